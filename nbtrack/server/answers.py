"""What all routes share: who may ask, threads, arguments, and errors that tell no path."""

from __future__ import annotations

import asyncio
import json
import math
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, cast

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web

from nbtrack.errors import NotFoundError, StoreError, StoreVersionError, UsageError
from nbtrack.panels.packs import PackError

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import ThreadPoolExecutor

    from nbtrack.server.stores import Stores

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
    """A verb for users who are signed in and may read; nearly every verb here is one, POST included."""
    return cast("Method", web.authenticated(authorized("read")(method)))


def writes(method: Method) -> Method:
    """A verb for users who are signed in and may also write."""
    return cast("Method", web.authenticated(authorized("write")(method)))


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

    def question(self, limit: int) -> dict[str, Any]:
        """Read the question in the body: a JSON object of at most `limit` bytes.

        Raises:
            RefusedError: it is something else.
        """
        if len(self.request.body) > limit:
            raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body exceeds {limit} bytes")
        try:
            args = json.loads(self.request.body)
        except (ValueError, RecursionError):
            args = None
        if not isinstance(args, dict):
            raise RefusedError(HTTPStatus.BAD_REQUEST, "the body must be a JSON object")
        return args

    async def answer(self, job: Callable[[], tuple[Any, list[bytes]]]) -> None:
        """Answer with what `job` returns; what it finds wrong with the question is said.

        Raises:
            RefusedError: the question means nothing.
        """
        try:
            found = await self.work(job)
        except UsageError as error:  # tells what was asked, never a path
            raise RefusedError(HTTPStatus.BAD_REQUEST, str(error)) from None
        self.packed(*found)

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


def nothing() -> NoReturn:
    """Refuse: the store does not hold what was asked for."""
    raise RefusedError(HTTPStatus.NOT_FOUND, "The store does not hold this")
