"""The HTTP routes. All but /project only read; all are authenticated and authorized; threads do the work.

    <base_url>nbtrack/v1/<store>/hello                                   GET   JSON
                                /deltas                                  POST  what runs -> packed Deltas
                                /project                             POST  a ProjectAsk -> packed answer
                                /run/<run>/series?key…&lo&hi&buckets&mean GET   packed SeriesWindow
                                /run/<run>/cell/<execution>              GET   JSON CellSource
                                /run/<run>/table                         POST  args -> packed, panels/tables
                                /run/<run>/details                       POST  args -> packed, panels/details
                                /run/<run>/blobs                         POST  [[sha, px]] -> packed files
                                /blob/<sha>[?px=&run=]                   GET   bytes, or one range of them
                                /pack/<name>[?v=]                        GET   JavaScript, see panels/packs.py
    <base_url>nbtrack/v1/core.js, core.css                               GET   the front end's own code
    <base_url>nbtrack/[?store&project&entity]                            GET   the stand-alone page

An error is JSON, `{"error": {"type", "message"}}`, and never tells a path or a stack.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from jupyter_server.utils import url_path_join

from nbtrack.errors import NotFoundError
from nbtrack.server.answers import RefusedError, StoreHandler, nothing, reads
from nbtrack.server.files import BlobHandler, BlobsHandler, PackHandler
from nbtrack.server.page import CoreHandler, PageHandler
from nbtrack.server.projects import ProjectHandler
from nbtrack.server.stores import Stores

if TYPE_CHECKING:
    from tornado import web


#: threads for reading; requests beyond wait for their turn
THREADS = 8
#: bytes; a `Have` of 10,000 keys takes a tenth of it
MAX_BODY = 4 * 1024 * 1024
#: bytes of blobs that one delta carries along; the browser asks for the others one by one
BLOBS_BUDGET = 512 * 1024
#: runs in one question, and points of a key in its answer
MAX_RUNS = 64
MAX_POINTS = 100_000


class HelloHandler(StoreHandler):
    """Whether this server can read the store."""

    @reads
    async def get(self, store_id: str) -> None:
        """Answer with the store's id and nbtrack's version."""
        store = await self.work(lambda: self.stores.store(store_id))
        self.set_header("Cache-Control", "no-store")
        self.finish(json.dumps({"v": 1, "storeId": store.store_id, "nbtrack": version("nbtrack")}))


class DeltasHandler(StoreHandler):
    """What is new in runs."""

    @reads
    async def post(self, store_id: str) -> None:
        """Answer with everything that changed since the `Have` of each run in the body.

        Of several, those that are not there are left out. Longer series are reduced to `points`.
        """
        asked, points = self._asked()
        budget = BLOBS_BUDGET // len(asked)

        def job() -> tuple[Any, list[bytes]]:
            from nbtrack.panels.delta import build_delta, joined

            found = []
            for one in asked:
                try:
                    reader = self.stores.reader(store_id, one["run"])
                except NotFoundError:
                    if len(asked) == 1:
                        raise
                    continue  # it was deleted; the others are there
                found.append(build_delta(reader, one["have"], blobs_budget=budget, raw_points=points))
            return joined(found)

        self.packed(*await self.work(job))

    def _asked(self) -> tuple[list[dict[str, Any]], int]:
        if len(self.request.body) > MAX_BODY:
            raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body exceeds {MAX_BODY} bytes")
        try:
            asked: Any = json.loads(self.request.body)
        except (ValueError, RecursionError):
            raise RefusedError(HTTPStatus.BAD_REQUEST, "the body is not JSON") from None
        runs, points = (asked.get("runs"), asked.get("points")) if isinstance(asked, dict) else (None, None)
        if not (isinstance(runs, list) and 0 < len(runs) <= MAX_RUNS and all(map(_is_asked, runs))):
            raise RefusedError(
                HTTPStatus.BAD_REQUEST,
                f"runs of the body must be 1 to {MAX_RUNS} of "
                "{run: str, have: null or {rev: int, series: {key: [int, int]}}}",
            )
        if type(points) is not int or not 0 < points <= MAX_POINTS:
            raise RefusedError(HTTPStatus.BAD_REQUEST, f"points of the body must be 1 to {MAX_POINTS}")
        return runs, points


def _is_asked(one: Any) -> bool:
    if not (isinstance(one, dict) and isinstance(one.get("run"), str) and "have" in one):
        return False
    have = one["have"]
    return have is None or (
        isinstance(have, dict)
        and _whole(have.get("rev"))
        and isinstance(have.get("origin", ""), str)
        and isinstance(series := have.get("series"), dict)
        and all(isinstance(v, list) and len(v) == 2 and all(_whole(n) for n in v) for v in series.values())
    )


class SeriesHandler(StoreHandler):
    """A closer look at part of one series."""

    @reads
    async def get(self, store_id: str, run_id: str) -> None:
        """Answer with the points from step `lo` to `hi` at which each `key` has one, reduced to `buckets`."""
        keys = self.get_query_arguments("key", strip=False)
        if not keys:
            raise RefusedError(HTTPStatus.BAD_REQUEST, "key is missing")
        lo, hi = self.number("lo"), self.number("hi")
        mean = self.get_query_argument("mean", "") == "true"

        def job() -> tuple[Any, list[bytes]]:
            from nbtrack.panels.questions import MAX_BUCKETS, series_window

            buckets = self.integer("buckets", 1, MAX_BUCKETS, default=1000)
            return series_window(self.stores.reader(store_id, run_id), keys, lo, hi, buckets, mean)

        self.packed(*await self.work(job))


class TableHandler(StoreHandler):
    """Rows of a logged table."""

    @reads
    async def post(self, store_id: str, run_id: str) -> None:
        """Answer a question about a table of the run; it is in the body."""
        args = self.question(MAX_BODY)

        def job() -> tuple[Any, list[bytes]]:
            from nbtrack.panels.tables.answer import answer

            return answer(lambda run: self.stores.reader(store_id, str(run)), {**args, "run": run_id})

        await self.answer(job)


class DetailsHandler(StoreHandler):
    """What a run recorded beside its rows."""

    @reads
    async def post(self, store_id: str, run_id: str) -> None:
        """Answer a question about the run; it is in the body."""
        args = self.question(MAX_BODY)

        def job() -> tuple[Any, list[bytes]]:
            from nbtrack.panels.details import details

            return details(self.stores.reader(store_id, run_id), args)

        await self.answer(job)


class CellHandler(StoreHandler):
    """The source of the cell execution that logged something."""

    @reads
    async def get(self, store_id: str, run_id: str, execution: str) -> None:
        """Answer with its source, and that of the execution of the same cell before it."""

        def job() -> Any:
            from nbtrack.panels.questions import cell_source

            reader = self.stores.reader(store_id, run_id)
            return cell_source(reader, reader.store, int(execution))

        found = await self.work(job)
        if found is None:
            nothing()
        self.set_header("Cache-Control", "no-store")
        self.finish(json.dumps(found))


class NothingHandler(StoreHandler):
    """Every other address below `nbtrack/`."""

    @reads
    async def get(self) -> None:
        """Answer 404, as JSON."""
        nothing()

    post = put = delete = patch = head = get


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def add_handlers(web_app: web.Application) -> None:
    """Add the routes to a Jupyter server's application. Harmless when called twice."""
    if "nbtrack_stores" in web_app.settings:
        return
    web_app.settings["nbtrack_stores"] = Stores()
    web_app.settings["nbtrack_threads"] = ThreadPoolExecutor(THREADS, thread_name_prefix="nbtrack")
    root = url_path_join(web_app.settings["base_url"], "nbtrack")
    store = root + r"/v1/([0-9A-Za-z_-]{1,64})"
    run = store + r"/run/([^/]+)"
    web_app.add_handlers(
        ".*$",
        [
            (store + r"/hello", HelloHandler),
            (store + r"/deltas", DeltasHandler),
            (store + r"/project", ProjectHandler),
            (run + r"/series", SeriesHandler),
            (run + r"/table", TableHandler),
            (run + r"/details", DetailsHandler),
            (run + r"/cell/([0-9]{1,15})", CellHandler),
            (run + r"/blobs", BlobsHandler),
            (store + r"/blob/([^/]+)", BlobHandler),
            (store + r"/pack/([a-z0-9]{1,32})", PackHandler),
            (root + r"/v1/(core\.js|core\.css)", CoreHandler),
            (root + r"/?", PageHandler),
            (root + r"/.*", NothingHandler),
        ],
    )
