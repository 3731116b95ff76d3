"""Writes the logs of a run frame by frame, with the clock in the test's hand."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from nbtrack.store import frames

if TYPE_CHECKING:
    from pathlib import Path

    from nbtrack.store.layout import Store
    from nbtrack.store.model import CellExecution, Pending

#: unix time at which the runs of the tests begin
START = 1_700_000_000.0


class Log:
    """One writer of a run. Times are seconds after `START`."""

    def __init__(
        self,
        store: Store,
        run_id: str = "r",
        writer: str = "aaaaaaaaaa",
        *,
        began: float = 0.0,
        started: float | None = None,
        offset: float = 0.0,
    ) -> None:
        self.dir = store.create_run_dir(run_id, START)
        self.run_id, self.writer, self.number = run_id, writer, -1
        self.started = began if started is None else started
        self.offset = offset
        self.schemas: dict[tuple[tuple[str, ...], str], int] = {}
        self.hlc = 0
        self.rotate(began, close=False)

    @property
    def path(self) -> Path:
        return self.dir / f"{self.writer}-{self.number:06}.nbl"

    def raw(self, data: bytes) -> Log:
        with self.path.open("ab") as file:
            file.write(data)
        return self

    def rotate(self, t: float = 0.0, *, close: bool = True) -> Log:
        if close:
            self.close(t, "rotate")
        self.number += 1
        self.schemas = {}
        hello = frames.Hello(
            self.run_id, self.writer, 1, "host", "boot", START + t, START + self.started, self.offset, None
        )
        return self.raw(frames.file_header(START + t) + frames.encode_hello(hello))

    def row(self, step: int, t: float, letters: str | None = None, /, **values: float) -> Log:
        return self.named(step, t, values, letters)

    def named(self, step: int, t: float, values: dict[str, float], letters: str | None = None) -> Log:
        schema = (tuple(values), letters or "f" * len(values))
        if schema not in self.schemas:
            self.schemas[schema] = len(self.schemas) + 1
            self.raw(frames.encode_schema(self.schemas[schema], *schema))
        return self.raw(frames.encode_row(self.schemas[schema], step, START + t, list(values.values())))

    def obj(
        self,
        step: int,
        t: float,
        key: str,
        meta: dict[str, Any],
        *,
        idx: int = 0,
        count: int = 0,
        kind: str = "json",
        blob: str | None = None,
        pending: Pending | None = None,
    ) -> Log:
        return self.raw(frames.encode_obj(step, START + t, key, idx, count, kind, meta, blob, pending))

    def meta(self, t: float, op: str, *path: str, value: Any = None) -> Log:
        self.hlc = max(int((START + t) * 1000) << 16, self.hlc + 1)
        return self.raw(frames.encode_meta(op, path, value, self.hlc))

    def set(self, t: float, *path: str, value: Any) -> Log:
        return self.meta(t, "set", *path, value=value)

    def blob(self, data: bytes) -> str:
        sha = hashlib.sha256(data).hexdigest()
        self.raw(frames.encode_blob(sha, data))
        return sha

    def text(self, t: float, text: str, stream: str = "stdout") -> Log:
        return self.raw(frames.encode_text(START + t, stream, text))

    def cell(self, cell: CellExecution | None) -> Log:
        return self.raw(frames.encode_cell(cell))

    def beat(self, t: float) -> Log:
        return self.raw(frames.encode_beat(frames.Beat(START + t, t, 1, "boot", 0)))

    def close(self, t: float, reason: str = "finish", exit_code: int = 0) -> Log:
        return self.raw(frames.encode_close(frames.Close(reason, exit_code, START + t)))
