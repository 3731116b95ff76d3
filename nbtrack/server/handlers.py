"""The HTTP routes. Each reads; all are authenticated and authorized; the work is done in a thread pool.

    <base_url>nbtrack/v1/<store>/hello                                   GET   JSON
                                /run/<run>/delta                         POST  Have | null -> packed RunDelta
                                /run/<run>/series?key&lo&hi&buckets      GET   packed SeriesWindow
                                /run/<run>/cell/<execution>              GET   JSON CellSource
                                /run/<run>/table                         POST  args -> packed, panels/tables
                                /blob/<sha>[?px=&run=]                   GET   bytes, or one range of them
                                /pack/<name>[?v=]                        GET   JavaScript, see panels/packs.py

An error is JSON, `{"error": {"type", "message"}}`, and never tells a path or a stack.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeVar, cast

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado import web

from nbtrack.errors import LogValueError, NotFoundError, StoreError, StoreVersionError
from nbtrack.panels.packs import PackError
from nbtrack.server.ranges import Part, wanted
from nbtrack.server.stores import Stores
from nbtrack.store.layout import blob_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbtrack.panels.packs import Pack

#: threads for reading; requests beyond wait for their turn
THREADS = 8
#: bytes; a `Have` of 10,000 keys takes a tenth of it
MAX_BODY = 4 * 1024 * 1024
#: bytes of blobs that one delta carries along; the browser asks for the others one by one
BLOBS_BUDGET = 512 * 1024
MAX_BUCKETS = 100_000
MAX_PX = 8192

_SHA = re.compile(r"[0-9a-f]{64}")
_INT = re.compile(r"-?[0-9]{1,18}")

#: the answer to each error of ours; the error's own text may name a path
_ANSWERS: tuple[tuple[type[Exception], HTTPStatus, str], ...] = (
    (PackError, HTTPStatus.NOT_FOUND, "The server's environment lacks plotly: pip install plotly"),
    (NotFoundError, HTTPStatus.NOT_FOUND, "The store does not hold this"),
    (FileNotFoundError, HTTPStatus.NOT_FOUND, "The store does not hold this"),
    (StoreVersionError, HTTPStatus.CONFLICT, "The store was written by a newer nbtrack than the server has"),
    (StoreError, HTTPStatus.CONFLICT, "The store cannot be read"),
    (PermissionError, HTTPStatus.FORBIDDEN, "The server may not read the store"),
)


T = TypeVar("T")
Method = TypeVar("Method", bound="Callable[..., Any]")


def reads(method: Method) -> Method:
    """A verb for users who are signed in and may read; every verb here is one, POST included."""
    return cast("Method", web.authenticated(authorized("read")(method)))


class RefusedError(Exception):
    """A request that is answered with `status` and `message`."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class StoreHandler(APIHandler):
    """Base of the routes: threads, arguments, errors."""

    auth_resource = "nbtrack"
    #: an open panel must not keep an otherwise idle server alive
    _track_activity = False

    @property
    def content_security_policy(self) -> str:
        """Nothing that is served here may run, whatever it holds."""
        return f"{super().content_security_policy}; sandbox"

    @property
    def stores(self) -> Stores:
        """The stores of this server."""
        stores: Stores = self.settings["nbtrack_stores"]
        return stores

    async def work(self, job: Callable[[], T]) -> T:
        """Run `job` on a thread: reading must not hold up the server."""
        threads: ThreadPoolExecutor = self.settings["nbtrack_threads"]
        return await asyncio.get_running_loop().run_in_executor(threads, job)

    def integer(self, name: str, lo: int, hi: int, default: int | None = None) -> int:
        """Read an integer from the query string.

        Raises:
            RefusedError: it is missing without a default, no integer, or out of range.
        """
        text = self.get_query_argument(name, None)
        if text is None and default is not None:
            return default
        if text is None or not _INT.fullmatch(text) or not lo <= int(text) <= hi:
            raise RefusedError(HTTPStatus.BAD_REQUEST, f"{name} must be an integer from {lo} to {hi}")
        return int(text)

    def number(self, name: str) -> float:
        """Read a finite number as JavaScript writes it.

        Raises:
            RefusedError: it is missing or no number.
        """
        try:
            number = float(self.get_query_argument(name))
        except (ValueError, web.MissingArgumentError):
            number = math.nan
        if not math.isfinite(number):
            raise RefusedError(HTTPStatus.BAD_REQUEST, f"{name} must be a finite number")
        return number

    def packed(self, content: Any, buffers: list[bytes]) -> None:
        """Answer with a header and its buffers (wire.ts, `PackedHeader`)."""
        from nbtrack.panels.wire import pack

        self.set_header("Cache-Control", "no-store")
        self.finish(pack(content, buffers), set_content_type="application/octet-stream")

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer every error as JSON."""
        error = (kwargs.get("exc_info") or (None, None))[1]
        message = HTTPStatus(status_code).phrase
        if isinstance(error, RefusedError):
            status_code, message = error.status, error.message
        elif not isinstance(error, web.HTTPError):
            for kind, status, text in _ANSWERS:
                if isinstance(error, kind):
                    status_code, message = status, text
                    break
        self.set_status(status_code)
        self.finish(json.dumps({"error": {"type": HTTPStatus(status_code).name.lower(), "message": message}}))

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Keep what is the browser's doing out of the server's log."""
        if not isinstance(value, (RefusedError, *(kind for kind, _, _ in _ANSWERS))):
            super().log_exception(typ, value, tb)


class HelloHandler(StoreHandler):
    """Whether this server can read the store."""

    @reads
    async def get(self, store_id: str) -> None:
        """Answer with the store's id and nbtrack's version."""
        store = await self.work(lambda: self.stores.store(store_id))
        self.set_header("Cache-Control", "no-store")
        self.finish(json.dumps({"v": 1, "storeId": store.store_id, "nbtrack": version("nbtrack")}))


class DeltaHandler(StoreHandler):
    """What is new in a run."""

    @reads
    async def post(self, store_id: str, run_id: str) -> None:
        """Answer with everything that changed since the `Have` in the body."""
        have = self._have()

        def job() -> tuple[Any, list[bytes]]:
            from nbtrack.panels.delta import build_delta

            return build_delta(self.stores.reader(store_id, run_id), have, blobs_budget=BLOBS_BUDGET)

        self.packed(*await self.work(job))

    def _have(self) -> Any:
        if len(self.request.body) > MAX_BODY:
            raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body exceeds {MAX_BODY} bytes")
        try:
            have = json.loads(self.request.body or b"null")
        except (ValueError, RecursionError):
            raise RefusedError(HTTPStatus.BAD_REQUEST, "the body is not JSON") from None
        if have is None or (
            isinstance(have, dict)
            and _whole(have.get("rev"))
            and isinstance(have.get("origin", ""), str)
            and isinstance(series := have.get("series"), dict)
            and all(
                isinstance(v, list) and len(v) == 2 and all(_whole(n) for n in v) for v in series.values()
            )
        ):
            return have
        raise RefusedError(
            HTTPStatus.BAD_REQUEST, "the body must be null or {rev: int, series: {key: [int, int]}}"
        )


class SeriesHandler(StoreHandler):
    """A closer look at part of one series."""

    @reads
    async def get(self, store_id: str, run_id: str) -> None:
        """Answer with the points of `key` from step `lo` to `hi`, at most 2 * `buckets` of them."""
        key = self.get_query_argument("key", None, strip=False)
        if key is None:
            raise RefusedError(HTTPStatus.BAD_REQUEST, "key is missing")
        lo, hi = self.number("lo"), self.number("hi")
        buckets = self.integer("buckets", 1, MAX_BUCKETS, default=1000)

        def job() -> tuple[Any, list[bytes]]:
            from nbtrack.panels.questions import series_window

            return series_window(self.stores.reader(store_id, run_id), key, lo, hi, buckets)

        self.packed(*await self.work(job))


class TableHandler(StoreHandler):
    """Rows of a logged table."""

    @reads
    async def post(self, store_id: str, run_id: str) -> None:
        """Answer a question about a table of the run; it is in the body."""
        args = self._args()

        def job() -> tuple[Any, list[bytes]]:
            from nbtrack.panels.tables.answer import answer

            return answer(lambda run: self.stores.reader(store_id, str(run)), {**args, "run": run_id})

        try:
            found = await self.work(job)
        except LogValueError as error:  # tells what was asked, never a path
            raise RefusedError(HTTPStatus.BAD_REQUEST, str(error)) from None
        self.packed(*found)

    def _args(self) -> dict[str, Any]:
        if len(self.request.body) > MAX_BODY:
            raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body exceeds {MAX_BODY} bytes")
        try:
            args = json.loads(self.request.body)
        except (ValueError, RecursionError):
            args = None
        if not isinstance(args, dict):
            raise RefusedError(HTTPStatus.BAD_REQUEST, "the body must be a JSON object")
        return args


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
            _nothing()
        self.set_header("Cache-Control", "no-store")
        self.finish(json.dumps(found))


class Answer(NamedTuple):
    """Bytes of a blob: all, or the part that was asked for."""

    data: bytes
    kind: str
    part: Part | None
    #: of the whole, in bytes
    size: int


class BlobHandler(StoreHandler):
    """The bytes of one medium, or a part of them; they are named by their hash, so they never change."""

    _tag = ""

    @reads
    async def get(self, store_id: str, sha: str) -> None:
        """Answer with the blob, a part of it, or a picture's thumbnail of at most `px` pixels a side."""
        if not _SHA.fullmatch(sha):
            raise RefusedError(HTTPStatus.BAD_REQUEST, "a blob is named by 64 hexadecimal digits")
        px = self.integer("px", 0, MAX_PX, default=0) or None
        run_id = self.get_query_argument("run", None, strip=False)
        self._tag = f'"{sha}-{px or 0}"'
        # who holds a part of another file gets this one whole
        same = self.request.headers.get("If-Range", self._tag) == self._tag
        asked = self.request.headers.get("Range") if px is None and same else None

        def job() -> Answer:
            from nbtrack.panels.questions import blob_bytes

            store = self.stores.store(store_id)
            if asked and (stat := store.blobs.stat(blob_path(sha))):
                part = wanted(asked, stat.size)
                if part is not None:
                    head = store.blobs.get(stat.path, 0, 16)
                    data = store.blobs.get(stat.path, *part) if part.length else b""
                    return Answer(data, sniff(head), part, stat.size)
            data = blob_bytes(self.stores.reader(store_id, run_id) if run_id else store, sha, px)[0]
            part = wanted(asked, len(data))
            piece = data if part is None else data[part.start : part.start + part.length]
            return Answer(piece, sniff(data), part, len(data))

        data, kind, part, size = await self.work(job)
        if px is None:
            self.set_header("Accept-Ranges", "bytes")
        if part is not None and not part.length:
            self.set_header("Content-Range", f"bytes */{size}")
            self.write_error(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
            return
        if part is not None:
            self.set_status(HTTPStatus.PARTIAL_CONTENT)
            self.set_header("Content-Range", f"bytes {part.start}-{part.start + part.length - 1}/{size}")
            self.set_header("Etag", self._tag)
        self.set_header("Cache-Control", "private, max-age=31536000, immutable")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")
        self.finish(data, set_content_type=kind)

    def compute_etag(self) -> str | None:
        """The blob's name; tornado would hash the whole answer once more."""
        return self._tag or None


class PackHandler(StoreHandler):
    """A library that panels draw with, from a package of this server's environment."""

    _version = ""

    @reads
    async def get(self, store_id: str, name: str) -> None:
        """Send the browser to the address of the version that is here; there, answer with it."""

        def job() -> Pack:
            from nbtrack.panels import packs

            self.stores.store(store_id)  # who may not read the store gets nothing
            return packs.load(name)

        pack = await self.work(job)
        if self.get_query_argument("v", "") != pack.version:
            self.set_header("Cache-Control", "no-store")
            self.redirect(f"?v={pack.version}")
            return
        self._version = pack.version
        self.set_header("Cache-Control", "private, max-age=31536000, immutable")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")
        self.set_header("Content-Encoding", "gzip")
        self.finish(pack.gzipped, set_content_type=pack.mime)

    def compute_etag(self) -> str | None:
        """The version; tornado would hash the whole answer once more."""
        return f'"{self._version}"' if self._version else None


class NothingHandler(StoreHandler):
    """Every other address below `nbtrack/`."""

    @reads
    async def get(self) -> None:
        """Answer 404, as JSON."""
        _nothing()

    post = put = delete = patch = head = get


#: (offset, bytes there, type) of the media that a browser may show without running anything; not SVG
_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (0, b"BM", "image/bmp"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"fLaC", "audio/flac"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1a\x45\xdf\xa3", "video/webm"),
)


def sniff(data: bytes) -> str:
    """Media type by the first bytes: a picture, sound or film, else `application/octet-stream`."""
    for offset, magic, kind in _MAGIC:
        if data[offset : offset + len(magic)] == magic and (offset != 8 or data[:4] == b"RIFF"):
            return kind
    return "application/octet-stream"


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _nothing() -> NoReturn:
    raise RefusedError(HTTPStatus.NOT_FOUND, "The store does not hold this")


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
            (run + r"/delta", DeltaHandler),
            (run + r"/series", SeriesHandler),
            (run + r"/table", TableHandler),
            (run + r"/cell/([0-9]{1,15})", CellHandler),
            (store + r"/blob/([^/]+)", BlobHandler),
            (store + r"/pack/([a-z0-9]{1,32})", PackHandler),
            (root + r"/.*", NothingHandler),
        ],
    )
