from __future__ import annotations

import json
from typing import Any

import pytest
from jupyter_server.auth.authorizer import Authorizer

import nbtrack
from nbtrack.store.layout import Store

from .test_routes import Fetch, refused, unpack

pytest_plugins = ["pytest_jupyter.jupyter_server"]


class ReadersOnly(Authorizer):
    """Lets everybody read and nobody write."""

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        return resource != "nbtrack" or action == "read"


@pytest.fixture
def jp_server_config(request: pytest.FixtureRequest) -> dict[str, Any]:
    config = {"jpserver_extensions": {"nbtrack": True}, "allow_unauthenticated_access": False}
    return {"ServerApp": config | getattr(request, "param", {})}


def ask(fetch: Fetch, store: Store, what: str, **more: Any) -> Any:
    options = {name: more.pop(name) for name in ("headers",) if name in more}
    body = json.dumps({"what": what, "entity": "", "project": "p", **more})
    return fetch("nbtrack", "v1", store.store_id, "project", method="POST", body=body, **options)


PAGE: dict[str, Any] = {"query": {}, "fields": ["config.lr", "summary.pics"], "offset": 0, "limit": 10}


async def test_the_server_answers_while_no_kernel_does(jp_fetch: Fetch, store: Store) -> None:
    content, buffers = unpack((await ask(jp_fetch, store, "page", **PAGE)).body)
    assert (content["total"], content["matched"], buffers) == (1, 1, [])
    assert [(row["id"], row["values"]) for row in content["rows"]] == [("r", [0.1, {"_type": "image-file"}])]
    query = {"filter": "lr > 0.01"}
    content, (file,) = unpack(
        (await ask(jp_fetch, store, "export", query=query, fields=["config.lr"], format="csv")).body
    )
    assert content == {"mime": "text/csv"}
    assert bytes(file).decode().splitlines()[1].startswith('"r",')


async def test_a_wrong_filter_is_an_answer(jp_fetch: Fetch, store: Store) -> None:
    content, _ = unpack((await ask(jp_fetch, store, "check", filter="lrr > 0.01")).body)
    assert content["problem"]["suggestions"] == ["config.lr"]


async def test_what_is_done_in_the_page_is_stored(jp_fetch: Fetch, store: Store) -> None:
    edits = [{"op": "set", "path": ["project", "description"], "value": "무엇을 하나"}]
    content, _ = unpack((await ask(jp_fetch, store, "edit", edits=edits)).body)
    assert content["tree"] == {"project": {"description": "무엇을 하나"}}
    assert unpack((await ask(jp_fetch, store, "document")).body)[0] == content
    content, _ = unpack(
        (await ask(jp_fetch, store, "act", runs=["r", "gone"], act="tag", tags=["best"])).body
    )
    assert content["done"] == 1
    assert "gone" in content["failed"][0]
    content, _ = unpack((await ask(jp_fetch, store, "page", **PAGE)).body)
    assert content["rows"][0]["tags"] == ["best"]
    assert nbtrack.Api(dir=store.root).run("r").tags == ["best"]


async def test_what_cannot_be_answered_is_said(jp_fetch: Fetch, store: Store) -> None:
    assert (await refused(ask(jp_fetch, store, "secrets")))[0] == 400
    status, message = await refused(ask(jp_fetch, store, "page", query={"sort": [["run.shoe_size", True]]}))
    assert status == 400
    assert "run.shoe_size" in message
    assert (await refused(ask(jp_fetch, store, "edit", edits=[{"op": "set", "path": []}])))[0] == 400
    assert (await refused(ask(jp_fetch, store, "act", runs=["r"], act="explode")))[0] == 400
    for body in ("[]", "{", json.dumps({"what": ["edit"], "project": "p"})):
        request = jp_fetch("nbtrack", "v1", store.store_id, "project", method="POST", body=body)
        assert (await refused(request))[0] == 400
    request = jp_fetch("nbtrack", "v1", "0" * 32, "project", method="POST", body='{"what": "projects"}')
    assert (await refused(request))[0] == 404


async def test_strangers_get_nothing(jp_fetch: Fetch, store: Store) -> None:
    strange = {"Authorization": "token wrong"}
    for what in ("page", "edit"):
        assert (await refused(ask(jp_fetch, store, what, headers=strange)))[0] == 403


@pytest.mark.parametrize("jp_server_config", [{"authorizer_class": ReadersOnly}], indirect=True)
async def test_readers_change_nothing(jp_fetch: Fetch, store: Store) -> None:
    assert unpack((await ask(jp_fetch, store, "page", **PAGE)).body)[0]["matched"] == 1
    edits = [{"op": "set", "path": ["project", "starred"], "value": True}]
    assert (await refused(ask(jp_fetch, store, "edit", edits=edits)))[0] == 403
    assert (await refused(ask(jp_fetch, store, "act", runs=["r"], act="delete")))[0] == 403
    assert unpack((await ask(jp_fetch, store, "document")).body)[0]["tree"] == {}


async def test_a_page_elsewhere_cannot_write_with_the_cookie_of_this_one(
    jp_fetch: Fetch, jp_serverapp: Any, store: Store
) -> None:
    token = jp_serverapp.identity_provider.token
    reply = await jp_fetch(
        "nbtrack", "v1", store.store_id, "hello", params={"token": token}, headers={"Authorization": ""}
    )
    cookies = "; ".join(cookie.split(";")[0] for cookie in reply.headers.get_list("Set-Cookie"))
    assert cookies
    edits = [{"op": "set", "path": ["project", "starred"], "value": True}]
    headers = {"Authorization": "", "Cookie": f"{cookies}; _xsrf={'ab' * 16}"}
    assert (await refused(ask(jp_fetch, store, "edit", edits=edits, headers=headers)))[0] == 403
    assert unpack((await ask(jp_fetch, store, "document")).body)[0]["tree"] == {}
    headers["X-XSRFToken"] = "ab" * 16
    content, _ = unpack((await ask(jp_fetch, store, "edit", edits=edits, headers=headers)).body)
    assert content["tree"] == {"project": {"starred": True}}
