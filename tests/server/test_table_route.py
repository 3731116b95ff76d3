from __future__ import annotations

import json
from typing import Any

import pytest

import nbtrack
from nbtrack.store.layout import Store

from .test_routes import Fetch, refused, unpack

pytest_plugins = ["pytest_jupyter.jupyter_server"]


@pytest.fixture
def jp_server_config() -> dict[str, Any]:
    return {"ServerApp": {"jpserver_extensions": {"nbtrack": True}, "allow_unauthenticated_access": False}}


@pytest.fixture
def sha(store: Store) -> str:
    """A small table in a run of its own: its file lies in the run's log."""
    with nbtrack.init(project="p", id="t") as run:
        run.log({"table": nbtrack.Table(columns=["id", "s"], data=[[i, "x" * i] for i in range(9)])})
    (row,) = nbtrack.Api().run("t").reader.objects("table")
    assert row.blob is not None
    return row.blob


def ask(fetch: Fetch, store: Store, body: Any, run: str = "t", **options: Any) -> Any:
    text = body if isinstance(body, str) else json.dumps(body)
    return fetch("nbtrack", "v1", store.store_id, "run", run, "table", method="POST", body=text, **options)


async def test_the_server_answers_while_no_kernel_does(jp_fetch: Fetch, store: Store, sha: str) -> None:
    reply = await ask(jp_fetch, store, {"shas": [sha], "what": "page", "filter": "len(s) > 6"})
    content, buffers = unpack(reply.body)
    assert [row[0] for row in content["rows"]] == [7, 8]
    assert buffers == []
    reply = await ask(jp_fetch, store, {"shas": [sha], "what": "export", "format": "csv"})
    content, (file,) = unpack(reply.body)
    assert content == {"mime": "text/csv"}
    assert bytes(file).startswith(b'\xef\xbb\xbf"id","s"\n0,')


async def test_a_wrong_filter_is_an_answer(jp_fetch: Fetch, store: Store, sha: str) -> None:
    reply = await ask(jp_fetch, store, {"shas": [sha], "what": "page", "filter": "ids > 6"})
    assert unpack(reply.body)[0]["problem"]["length"] == 3


async def test_what_cannot_be_answered_is_said(jp_fetch: Fetch, store: Store, sha: str) -> None:
    assert (await refused(ask(jp_fetch, store, "[]")))[0] == 400
    assert (await refused(ask(jp_fetch, store, "{")))[0] == 400
    assert (await refused(ask(jp_fetch, store, {"shas": []})))[0] == 400
    assert (await refused(ask(jp_fetch, store, {"shas": ["0" * 64]})))[0] == 404
    assert (await refused(ask(jp_fetch, store, {"shas": ["../../nbtrack.json"]})))[0] == 404
    assert (await refused(ask(jp_fetch, store, {"shas": [sha]}, run="gone")))[0] == 404
    status, message = await refused(ask(jp_fetch, store, {"shas": [sha], "sort": "id"}))
    assert status == 400
    assert "sort must be" in message


async def test_strangers_get_nothing(jp_fetch: Fetch, store: Store, sha: str) -> None:
    strange = {"Authorization": "token wrong"}
    status, _ = await refused(ask(jp_fetch, store, {"shas": [sha]}, headers=strange))
    assert status == 403
