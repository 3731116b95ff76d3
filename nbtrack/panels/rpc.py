"""Answers what the browser asks: an op and its arguments come, a result or an error goes back. Always.

A question arrives on whatever thread the host likes: the main shell's, a subshell's, marimo's. It is answered
on a small pool, so a slow one holds up no other and can be called off while it waits.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from nbtrack.errors import NbtrackError, NotFoundError, StoreVersionError, UsageError
from nbtrack.panels.packs import PackError
from nbtrack.panels.wire import ErrorReply, Reply

#: `args -> (result, buffers)`
Handler = Callable[["Args"], tuple[Any, list[bytes]]]

#: questions of one panel that may wait; a slider that asks faster than disks answer meets it
MAX_WAITING = 64
#: questions answered at once, over all panels of the process
_WORKERS = 3

_log = logging.getLogger("nbtrack")


class BusyError(NbtrackError):
    """More questions wait than a panel may have."""


class Args(dict[str, Any]):
    """The arguments of a question; one that is missing is a `UsageError`."""

    def __missing__(self, name: str) -> Any:
        raise UsageError(f"args lacks {name!r}")


class Dispatcher:
    """Answers the questions of one panel.

    Args:
        handlers: op -> handler. They are called on pool threads, several at a time.
        send: takes the reply and its buffers; called on any thread.
    """

    def __init__(self, handlers: Mapping[str, Handler], send: Callable[[Reply, list[bytes]], None]) -> None:
        self._handlers = handlers
        self._send = send
        self._waiting: dict[str, Future[None] | None] = {}
        self._lock = threading.Lock()

    def receive(self, message: object) -> None:
        """Take a question. Returns at once and never raises; the answer is sent later."""
        if not isinstance(message, dict) or not isinstance(message.get("id"), str):
            _log.warning("a panel sent no question: %.200r", message)
            return
        ask_id, op, args = message["id"], message.get("op"), message.get("args")
        try:
            if not isinstance(args, dict):
                raise UsageError(f"args must be an object; got {type(args).__name__}")
            if op == "cancel":
                self._reply(ask_id, self._cancel(args.get("of")), [])
                return
            handler = self._handlers.get(op) if isinstance(op, str) else None
            if handler is None:
                raise UsageError(f"unknown op {op!r}; this kernel knows {', '.join(sorted(self._handlers))}")
            with self._lock:
                if len(self._waiting) >= MAX_WAITING:
                    raise BusyError(f"{MAX_WAITING} questions of this panel wait already")
                self._waiting[ask_id] = None
        except NbtrackError as error:
            self._fail(ask_id, error)
            return
        try:
            future = _pool().submit(self._answer, ask_id, handler, Args(args))
        except RuntimeError:  # no threads here (a browser's Python), or the interpreter is ending
            self._answer(ask_id, handler, Args(args))
            return
        with self._lock:
            if ask_id in self._waiting:
                self._waiting[ask_id] = future

    def _answer(self, ask_id: str, handler: Handler, args: Args) -> None:
        try:
            result, buffers = handler(args)
        except Exception as error:  # whatever it is, the browser has to hear of it
            if self._take(ask_id):
                self._fail(ask_id, error)
        else:
            if self._take(ask_id):
                self._reply(ask_id, result, buffers)

    def _cancel(self, of: object) -> bool:
        """Call off a question: True when it will not be answered any more."""
        if not isinstance(of, str):
            return False
        with self._lock:
            if of not in self._waiting:
                return False
            future = self._waiting.pop(of)
        if future is not None:
            future.cancel()
        return True

    def _take(self, ask_id: str) -> bool:
        """Claim the right to answer: False when it was called off."""
        with self._lock:
            return self._waiting.pop(ask_id, False) is not False

    def _reply(self, ask_id: str, result: Any, buffers: list[bytes]) -> None:
        self._deliver(Reply(id=ask_id, ok=True, result=result), buffers)

    def _fail(self, ask_id: str, error: Exception) -> None:
        reply = ErrorReply(type=type(error).__name__, message=str(error) or type(error).__name__)
        hint = _hint(error)
        if hint:
            reply["hint"] = hint
        if not isinstance(error, NbtrackError):
            _log.warning("a panel's question failed", exc_info=error)
        self._deliver(Reply(id=ask_id, ok=False, error=reply), [])

    def _deliver(self, reply: Reply, buffers: list[bytes]) -> None:
        try:
            self._send(reply, buffers)
        except Exception:  # the comm is gone: nobody is left to answer
            _log.warning("an answer could not be sent", exc_info=True)


def _hint(error: Exception) -> str:
    if isinstance(error, BusyError):
        return "Ask again when the answers have come."
    if isinstance(error, StoreVersionError):
        return "Update nbtrack in this kernel's environment."
    if isinstance(error, PackError):
        return "Install it, then try again."
    if isinstance(error, NotFoundError):
        return "It may have been removed; `nbtrack fsck` checks the store."
    if isinstance(error, OSError):
        return "Is the store's folder still there and readable?"
    return ""


def _pool() -> ThreadPoolExecutor:
    global _executor
    with _executor_lock:
        if _executor is None:
            _executor = ThreadPoolExecutor(_WORKERS, thread_name_prefix="nbtrack-ask")
        return _executor


_executor: ThreadPoolExecutor | None = None
_executor_lock = threading.Lock()
