from __future__ import annotations

import io
import json
import struct
import subprocess
import sys
import warnings
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tornado.httpclient import HTTPClientError

import nbtrack
from nbtrack.panels.packs import load
from nbtrack.panels.registry import register
from nbtrack.server.ranges import MAX_PART
from nbtrack.store.layout import Store

from .conftest import PICTURE

pytest_plugins = ["pytest_jupyter.jupyter_server"]

Fetch = Callable[..., Awaitable[Any]]


@pytest.fixture
def jp_server_config() -> dict[str, Any]:
    return {"ServerApp": {"jpserver_extensions": {"nbtrack": True}, "allow_unauthenticated_access": False}}


def unpack(body: bytes) -> tuple[Any, list[np.ndarray]]:
    """As wire.ts says, written anew."""
    (length,) = struct.unpack_from("<I", body)
    header = json.loads(body[4 : 4 + length])
    at = -(-(4 + length) // 8) * 8
    arrays = []
    for size in header["buffers"]:
        arrays.append(np.frombuffer(body[at : at + size], np.uint8))
        at += -(-size // 8) * 8
    assert at == len(body)
    return header["content"], arrays


async def refused(request: Awaitable[Any]) -> tuple[int, str]:
    """Status and message of an error; every error is JSON and tells no place."""
    with pytest.raises(HTTPClientError) as raised:
        await request
    response = raised.value.response
    assert response is not None
    text = response.body.decode()
    assert "secret place" not in text
    assert "Traceback" not in text
    error = json.loads(text)["error"]
    assert set(error) == {"type", "message"}
    return response.code, error["message"]


def blob_of(store: Store) -> str:
    row = next(iter(nbtrack.Api(dir=store.root).run("r").scan_history(keys=["pics"])))
    return str(row["pics"]["sha256"])


async def test_hello_says_whether_the_store_can_be_read(store: Store, jp_fetch: Fetch) -> None:
    answer = json.loads((await jp_fetch("nbtrack", "v1", store.store_id, "hello")).body)
    assert answer == {"v": 1, "storeId": store.store_id, "nbtrack": nbtrack.__version__}


def asked(*runs: str, have: Any = None, points: int = 4000) -> str:
    return json.dumps({"runs": [{"run": run, "have": have} for run in runs], "points": points})


async def test_a_delta_from_nothing_is_the_whole_run(store: Store, jp_fetch: Fetch) -> None:
    response = await jp_fetch("nbtrack", "v1", store.store_id, "deltas", method="POST", body=asked("r"))
    content, buffers = unpack(response.body)
    (delta,) = content["deltas"]
    assert (delta["t"], delta["run"], delta["full"]) == ("delta", "r", True)
    assert delta["info"]["state"] == "finished"
    assert delta["config"] == {"lr": 0.1}
    (loss,) = (chunk for chunk in delta["series"] if chunk["key"] == "loss")
    assert buffers[loss["values"]].view(np.float64).tolist() == [0, 1, 2, 3, 4]
    assert [(row["key"], row["step"]) for row in delta["media"]] == [("pics", 5)]
    assert response.headers["Cache-Control"] == "no-store"


async def test_a_delta_holds_only_what_is_new(store: Store, jp_fetch: Fetch) -> None:
    async def deltas(*runs: str, **given: Any) -> tuple[Any, Any]:
        address = ("nbtrack", "v1", store.store_id, "deltas")
        content, buffers = unpack((await jp_fetch(*address, method="POST", body=asked(*runs, **given))).body)
        return content["deltas"], buffers

    (delta,), _ = await deltas("r")
    have = {
        "rev": delta["rev"],
        **({"origin": delta["origin"]} if "origin" in delta else {}),
        "series": {chunk["key"]: [chunk["epoch"], chunk["n"]] for chunk in delta["series"]},
    }
    (again,), _ = await deltas("r", have=have)
    assert (again["full"], again["series"], again["media"]) == (False, [], [])
    run = nbtrack.init(project="p", id="r", resume="must", dir=str(store.root))
    run.log({"loss": 9.0})
    (later,), buffers = await deltas("r", have=have)
    run.finish()
    (loss,) = (chunk for chunk in later["series"] if chunk["key"] == "loss")
    assert (loss["from"], loss["n"]) == (5, 6)
    assert buffers[loss["values"]].view(np.float64).tolist() == [9.0]

    # several at once share the buffers; those that are not there are left out
    (one, other), buffers = await deltas("r", "gone", "r")
    for chunk in (one["series"][0], other["series"][0]):
        assert len(buffers[chunk["values"]].view(np.float64)) == 6
    assert one["series"][0]["values"] != other["series"][0]["values"]
    (reduced,), _ = await deltas("r", points=2)
    assert reduced["series"][0]["sampled"]


@pytest.mark.parametrize(
    "body",
    [
        *(
            asked("r", have=have)
            for have in (
                [1], "x", {"rev": "1", "series": {}}, {"rev": 1}, {"rev": 1, "series": {"a": 3}},
                {"rev": 1, "series": {"a": [1]}}, {"rev": True, "series": {}},
                {"rev": 1, "series": {}, "origin": 3},
            )
        ),
        "{", "null", "[]", asked(), asked("r", points=0), asked("r", points=10**9), asked(*["r"] * 65),
        '{"points": 9, "runs": [{"run": "r"}]}', '{"points": 9, "runs": [{"run": 1, "have": null}]}',
        "[" * 100_000,
    ],
)  # fmt: skip
async def test_a_body_that_asks_for_no_run_is_refused(store: Store, jp_fetch: Fetch, body: str) -> None:
    status, message = await refused(
        jp_fetch("nbtrack", "v1", store.store_id, "deltas", method="POST", body=body)
    )
    assert (status, "body" in message) == (400, True)


async def test_a_huge_body_is_refused(store: Store, jp_fetch: Fetch) -> None:
    status, _ = await refused(
        jp_fetch("nbtrack", "v1", store.store_id, "deltas", method="POST", body=" " * 5_000_000)
    )
    assert status == 413


async def test_a_window_of_a_series(store: Store, jp_fetch: Fetch) -> None:
    response = await jp_fetch(
        "nbtrack",
        "v1",
        store.store_id,
        "run",
        "r",
        "series",
        params={"key": "loss", "lo": 1, "hi": 3, "buckets": 50},
    )
    window, buffers = unpack(response.body)
    assert (window["keys"], window["sampled"]) == (["loss"], False)
    assert buffers[window["steps"]].view(np.float64).tolist() == [1, 2, 3]
    assert buffers[window["values"][0]].view(np.float64).tolist() == [1, 2, 3]


@pytest.mark.parametrize(("lo", "hi"), [("0.5", "3.5"), ("-1e21", "1e21"), ("-1e-7", "2")])
async def test_a_window_may_be_cut_between_steps(store: Store, jp_fetch: Fetch, lo: str, hi: str) -> None:
    response = await jp_fetch(
        "nbtrack", "v1", store.store_id, "run", "r", "series", params={"key": "loss", "lo": lo, "hi": hi}
    )
    window, buffers = unpack(response.body)
    steps = buffers[window["steps"]].view(np.float64).tolist()
    assert steps == [step for step in range(5) if float(lo) <= step <= float(hi)]


@pytest.mark.parametrize(
    ("params", "name"),
    [
        ({"lo": 0, "hi": 1}, "key"),
        ({"key": "loss", "hi": 1}, "lo"),
        ({"key": "loss", "lo": "x", "hi": 1}, "lo"),
        ({"key": "loss", "lo": 0, "hi": "NaN"}, "hi"),
        ({"key": "loss", "lo": "-Infinity", "hi": 1}, "lo"),
        ({"key": "loss", "lo": 0, "hi": 1, "buckets": 0}, "buckets"),
        ({"key": "loss", "lo": 0, "hi": 1, "buckets": 10**9}, "buckets"),
    ],
)
async def test_a_window_that_cannot_be_is_refused(
    store: Store, jp_fetch: Fetch, params: dict[str, Any], name: str
) -> None:
    status, message = await refused(
        jp_fetch("nbtrack", "v1", store.store_id, "run", "r", "series", params=params)
    )
    assert (status, message.split()[0]) == (400, name)


async def test_a_picture_comes_as_it_is_and_can_be_kept(store: Store, jp_fetch: Fetch) -> None:
    sha = blob_of(store)
    response = await jp_fetch("nbtrack", "v1", store.store_id, "blob", sha)
    assert response.headers["Content-Type"] == "image/png"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert policy.endswith("sandbox")
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(response.body))), PICTURE)
    with pytest.raises(HTTPClientError) as raised:
        await jp_fetch(
            "nbtrack", "v1", store.store_id, "blob", sha, headers={"If-None-Match": response.headers["Etag"]}
        )
    assert raised.value.code == 304


async def part(
    store: Store, jp_fetch: Fetch, sha: str, asked: str, run: str = "", **headers: str
) -> tuple[int, str, bytes]:
    """Status, Content-Range and body of a request for a part."""
    given = {"Range": asked, **{name.replace("_", "-"): value for name, value in headers.items()}}
    params = {"run": run} if run else {}
    try:
        response = await jp_fetch("nbtrack", "v1", store.store_id, "blob", sha, params=params, headers=given)
    except HTTPClientError as refusal:
        response = refusal.response
    return response.code, response.headers.get("Content-Range", ""), response.body


FILM = b"\0\0\0\x18ftypisom" + bytes(range(256)) * 400


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-", 0, len(FILM) - 1),
        ("bytes=1000-1999", 1000, 1999),
        ("bytes=102000-999999", 102000, len(FILM) - 1),
        ("bytes=-12", len(FILM) - 12, len(FILM) - 1),
        ("bytes=-999999999", 0, len(FILM) - 1),
    ],
)
async def test_a_player_gets_the_part_that_it_seeks(
    store: Store, jp_fetch: Fetch, asked: str, first: int, last: int
) -> None:
    sha = store.put_blob(FILM)
    assert await part(store, jp_fetch, sha, asked) == (
        206,
        f"bytes {first}-{last}/{len(FILM)}",
        FILM[first : last + 1],
    )


async def test_a_part_is_kept_and_walled_like_the_whole(store: Store, jp_fetch: Fetch) -> None:
    sha = store.put_blob(FILM)
    whole = await jp_fetch("nbtrack", "v1", store.store_id, "blob", sha)
    piece = await jp_fetch("nbtrack", "v1", store.store_id, "blob", sha, headers={"Range": "bytes=9000-9009"})
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert whole.body == FILM
    for name in ("Content-Type", "Etag", "Cache-Control", "X-Content-Type-Options", "Accept-Ranges",
                 "Content-Security-Policy", "Cross-Origin-Resource-Policy"):  # fmt: skip
        assert piece.headers[name] == whole.headers[name], name
    assert piece.headers["Content-Type"] == "video/mp4"
    assert piece.headers["Content-Length"] == "10"


async def test_a_part_of_a_large_file_is_bounded(store: Store, jp_fetch: Fetch) -> None:
    film = FILM + bytes(MAX_PART)
    code, place, body = await part(store, jp_fetch, store.put_blob(film), "bytes=100-")
    assert (code, place) == (206, f"bytes 100-{100 + MAX_PART - 1}/{len(film)}")
    assert body == film[100 : 100 + MAX_PART]


@pytest.mark.parametrize(
    "asked", [f"bytes={len(FILM)}-", f"bytes={len(FILM) + 5}-{len(FILM) + 9}", "bytes=-0"]
)
async def test_a_part_beyond_the_end_cannot_be_had(store: Store, jp_fetch: Fetch, asked: str) -> None:
    code, place, body = await part(store, jp_fetch, store.put_blob(FILM), asked)
    assert (code, place) == (416, f"bytes */{len(FILM)}")
    assert json.loads(body)["error"]["type"] == "requested_range_not_satisfiable"


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=0-1,5-6",
        "bytes=5-4",
        "bytes=-",
        "bytes=a-b",
        "lines=1-2",
        "bytes=1",
        "bytes=" + "9" * 400 + "-",
    ],
)
async def test_a_range_that_a_server_may_ignore_gives_the_whole(
    store: Store, jp_fetch: Fetch, asked: str
) -> None:
    assert await part(store, jp_fetch, store.put_blob(FILM), asked) == (200, "", FILM)


async def test_a_part_of_a_file_that_changed_is_the_whole(store: Store, jp_fetch: Fetch) -> None:
    sha = store.put_blob(FILM)
    assert (await part(store, jp_fetch, sha, "bytes=0-9", If_Range=f'"{sha}-0"'))[0] == 206
    assert (await part(store, jp_fetch, sha, "bytes=0-9", If_Range='"another"'))[0] == 200


async def test_a_part_of_a_small_blob_comes_out_of_its_run(store: Store, jp_fetch: Fetch) -> None:
    run = nbtrack.init(project="p", id="tiny part", dir=str(store.root))
    run.log({"dot": nbtrack.Image(PICTURE[:2, :2])})
    run.finish()
    row = next(iter(nbtrack.Api(dir=store.root).run("tiny part").scan_history(keys=["dot"])))
    code, place, body = await part(store, jp_fetch, row["dot"]["sha256"], "bytes=1-3", run="tiny part")
    assert (code, body) == (206, b"PNG")
    assert place.startswith("bytes 1-3/")


async def test_a_thumbnail_is_never_cut(store: Store, jp_fetch: Fetch) -> None:
    response = await jp_fetch(
        "nbtrack",
        "v1",
        store.store_id,
        "blob",
        blob_of(store),
        params={"px": 64},
        headers={"Range": "bytes=0-3"},
    )
    assert response.code == 200
    assert max(Image.open(io.BytesIO(response.body)).size) <= 64


async def test_a_thumbnail_is_small(store: Store, jp_fetch: Fetch) -> None:
    response = await jp_fetch(
        "nbtrack", "v1", store.store_id, "blob", blob_of(store), params={"px": 64, "run": "r"}
    )
    assert response.headers["Content-Type"].startswith("image/")
    assert max(Image.open(io.BytesIO(response.body)).size) <= 64


async def test_several_files_come_in_one_answer(
    store: Store, jp_fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture, film, none = blob_of(store), store.put_blob(FILM), "0" * 64

    async def files(*asked: tuple[str, int | None]) -> tuple[Any, list[bytes]]:
        response = await jp_fetch(
            "nbtrack", "v1", store.store_id, "run", "r", "blobs", method="POST", body=json.dumps(asked)
        )
        kinds, buffers = unpack(response.body)
        return kinds, [bytes(buffer) for buffer in buffers]

    kinds, buffers = await files((film, None), (none, None), (picture, None), (picture, 64))
    assert kinds[1:3] == [None, "image/png"]
    assert buffers[0] == FILM
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(buffers[1]))), PICTURE)
    assert max(Image.open(io.BytesIO(buffers[2])).size) == 64
    monkeypatch.setattr("nbtrack.server.files.FILES_BYTES", 1)
    assert [kind is None for kind in (await files((film, None), (picture, None)))[0]] == [False, True]


@pytest.mark.parametrize(
    "body", ["", "null", "[]", '["a"]', '[["x", null]]', f'[["{"0" * 64}", 0]]', f'[["{"0" * 64}", "9"]]',
             json.dumps([["0" * 64, None]] * 65)]
)  # fmt: skip
async def test_what_is_no_list_of_files_is_refused(store: Store, jp_fetch: Fetch, body: str) -> None:
    place = ("nbtrack", "v1", store.store_id, "run", "r", "blobs")
    status, message = await refused(jp_fetch(*place, method="POST", body=body))
    assert status == 400
    assert "[sha, px or null]" in message


async def test_small_blobs_are_found_with_their_run(store: Store, jp_fetch: Fetch) -> None:
    run = nbtrack.init(project="p", id="tiny", dir=str(store.root))
    run.log({"dot": nbtrack.Image(PICTURE[:2, :2])})
    run.finish()
    row = next(iter(nbtrack.Api(dir=store.root).run("tiny").scan_history(keys=["dot"])))
    sha = row["dot"]["sha256"]
    response = await jp_fetch("nbtrack", "v1", store.store_id, "blob", sha, params={"run": "tiny"})
    assert Image.open(io.BytesIO(response.body)).size == (2, 2)


@pytest.mark.parametrize(
    "data",
    [b"<html><script>alert(1)</script>", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", b"%PDF-1.7", b""],
)  # fmt: skip
async def test_what_could_run_in_a_browser_is_only_bytes(store: Store, jp_fetch: Fetch, data: bytes) -> None:
    response = await jp_fetch("nbtrack", "v1", store.store_id, "blob", store.put_blob(data))
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.body == data


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("nope/hello", 404),
        ("../hello", 404),
        ("{store}/deltas", 404),
        ("nope/deltas", 404),
        ("{store}/run/..%2F..%2Fr/series?key=loss&lo=0&hi=1", 404),
        ("{store}/run/r/series?key=nope&lo=0&hi=1", 404),
        ("{store}/run/r/cell/12345", 404),
        ("{store}/blob/" + "0" * 64, 404),
        ("{store}/blob/" + "0" * 63, 400),
        ("{store}/blob/" + "Z" * 64, 400),
        ("{store}/blob/..%2F..%2Fnbtrack.json", 400),
        ("{store}/blob/" + "0" * 64 + "?px=x", 400),
        ("{store}/blob/" + "0" * 64 + "?px=99999999", 400),
        ("{store}/pack/nothing", 404),
        ("{store}/pack/..%2Fplotly", 404),
        ("{store}/pack/plotly.js", 404),
        ("nope/pack/plotly", 404),
        ("{store}/nothing", 404),
    ],
)
async def test_what_is_not_there_is_said_without_a_place(
    store: Store, jp_fetch: Fetch, address: str, status: int, http_server_client: Any, jp_auth_header: Any,
    jp_base_url: str,
) -> None:  # fmt: skip
    post = {"method": "POST", "body": asked("nope")} if address.endswith("deltas") else {}
    url = f"{jp_base_url}nbtrack/v1/{address.format(store=store.store_id)}"
    code, _ = await refused(http_server_client.fetch(url, headers=dict(jp_auth_header), **post))
    assert code == status


async def test_a_pack_comes_from_an_address_that_names_its_version(
    store: Store, http_server_client: Any, jp_auth_header: Any, jp_base_url: str
) -> None:
    from plotly.offline import get_plotlyjs

    url = f"{jp_base_url}nbtrack/v1/{store.store_id}/pack/plotly"
    with pytest.raises(HTTPClientError) as raised:
        await http_server_client.fetch(f"{url}?v=0", headers=dict(jp_auth_header), follow_redirects=False)
    sent = raised.value.response
    assert sent is not None
    assert (sent.code, sent.headers["Cache-Control"]) == (302, "no-store")
    assert sent.headers["Location"] == f"?v={load('plotly').version}"
    # pytest-jupyter's client cannot follow: it takes every address for one without a host
    response = await http_server_client.fetch(url + sent.headers["Location"], headers=dict(jp_auth_header))
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert response.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.body.decode() == get_plotlyjs()


async def test_a_pack_whose_package_the_server_lacks_is_not_found(
    store: Store, jp_fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    load.cache_clear()
    monkeypatch.setitem(sys.modules, "plotly", None)
    monkeypatch.delitem(sys.modules, "plotly.offline", raising=False)
    status, message = await refused(jp_fetch("nbtrack", "v1", store.store_id, "pack", "plotly"))
    assert status == 404
    assert "pip install plotly" in message


async def test_strangers_get_nothing(store: Store, jp_fetch: Fetch) -> None:
    for parts, given in (
        (("hello",), {}),
        (("deltas",), {"method": "POST", "body": asked("r")}),
        (("blob", blob_of(store)), {}),
        (("run", "r", "blobs"), {"method": "POST", "body": "[]"}),
        (("pack", "plotly"), {}),
        (("nothing",), {}),
    ):
        status, _ = await refused(
            jp_fetch("nbtrack", "v1", store.store_id, *parts, headers={"Authorization": ""}, **given)
        )
        assert status == 403


async def test_a_cookie_alone_does_not_let_other_pages_post(
    store: Store, jp_fetch: Fetch, jp_serverapp: Any
) -> None:
    first = await jp_fetch("api", "me", params={"token": jp_serverapp.identity_provider.token})
    cookies = "; ".join(c.split(";")[0] for c in first.headers.get_list("Set-Cookie"))
    assert cookies
    status, _ = await refused(
        jp_fetch("nbtrack", "v1", store.store_id, "deltas", method="POST", body=asked("r"),
                 headers={"Cookie": cookies, "Authorization": ""})
    )  # fmt: skip
    assert status == 403


async def test_only_registered_stores_are_served(store: Store, jp_fetch: Fetch, tmp_path: Path) -> None:
    hidden = Store.open(tmp_path / "not registered", create=True)
    assert (await refused(jp_fetch("nbtrack", "v1", hidden.store_id, "hello")))[0] == 404
    assert register(hidden)
    await jp_fetch("nbtrack", "v1", hidden.store_id, "hello")


async def test_a_registration_that_leads_elsewhere_is_not_followed(
    store: Store, jp_fetch: Fetch, tmp_path: Path
) -> None:
    await jp_fetch("nbtrack", "v1", store.store_id, "hello")
    other = Store.open(tmp_path / "other", create=True)
    marker = store.root / "nbtrack.json"
    marker.write_text((other.root / "nbtrack.json").read_text())
    assert (await refused(jp_fetch("nbtrack", "v1", store.store_id, "hello")))[0] == 404
    marker.unlink()
    assert (await refused(jp_fetch("nbtrack", "v1", store.store_id, "hello")))[0] == 404


async def test_a_store_of_a_newer_nbtrack_is_said_to_be_one(store: Store, jp_fetch: Fetch) -> None:
    marker = store.root / "nbtrack.json"
    marker.write_text(json.dumps({**json.loads(marker.read_text()), "min_reader": 999}))
    status, message = await refused(jp_fetch("nbtrack", "v1", store.store_id, "hello"))
    assert status == 409
    assert "newer nbtrack" in message


async def test_run_ids_of_any_script_are_found(store: Store, jp_fetch: Fetch) -> None:
    run = nbtrack.init(project="p", id="실험 1 %41", dir=str(store.root))
    run.log({"한글/키": 1.0})
    run.finish()
    response = await jp_fetch(
        "nbtrack", "v1", store.store_id, "run", "실험 1 %41", "series",
        params={"key": "한글/키", "lo": 0, "hi": 9},
    )  # fmt: skip
    assert unpack(response.body)[0]["keys"] == ["한글/키"]


async def test_an_open_panel_does_not_keep_the_server_awake(
    store: Store, jp_fetch: Fetch, jp_web_app: Any
) -> None:
    before = jp_web_app.settings.get("api_last_activity")
    await jp_fetch("nbtrack", "v1", store.store_id, "hello")
    assert jp_web_app.settings.get("api_last_activity") == before


def test_every_route_asks_who_it_is(
    jp_configurable_serverapp: Callable[..., Any], jp_server_config: dict[str, Any]
) -> None:
    from jupyter_server.utils import JupyterServerAuthWarning

    with warnings.catch_warnings():
        warnings.simplefilter("error", JupyterServerAuthWarning)
        app = jp_configurable_serverapp(config=jp_server_config)
    assert "nbtrack_stores" in app.web_app.settings


def test_the_config_that_is_installed_turns_the_extension_on() -> None:
    config = Path(nbtrack.__file__).parents[1] / "jupyter-config" / "server-config" / "nbtrack.json"
    assert json.loads(config.read_text()) == {"ServerApp": {"jpserver_extensions": {"nbtrack": True}}}
    (point,) = nbtrack._jupyter_server_extension_points()
    assert point == {"module": "nbtrack.server"}


def test_the_server_loads_little() -> None:
    code = (
        "import sys, nbtrack, nbtrack.server\n"
        "from nbtrack.server import handlers\n"
        "heavy = {'anywidget', 'ipywidgets', 'PIL', 'pyarrow', 'pandas', 'sqlalchemy', 'matplotlib', 'numpy'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
