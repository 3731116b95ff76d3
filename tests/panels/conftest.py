"""Runs written through the real journal, without the tracking layer."""

from __future__ import annotations

import hashlib
import io
import json
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import comm
import numpy as np
import pytest
from comm.base_comm import BaseComm
from hypothesis import settings

from nbtrack.media.base import Media
from nbtrack.media.registry import complete
from nbtrack.panels import registry
from nbtrack.store.frames import encode_obj
from nbtrack.store.journal import Journal
from nbtrack.store.layout import Store
from nbtrack.store.model import CellExecution
from nbtrack.store.reader import RunReader

if TYPE_CHECKING:
    from nbtrack.panels.widget import Panel

# examples take as long as the machine is busy
settings.register_profile("panels", deadline=None)
settings.load_profile("panels")

#: a moment that no test depends on
T0 = 1_750_000_000.0


class Recorder:
    """Writes one run; a tenth of a second passes between two steps."""

    def __init__(self, store: Store, run_id: str = "a1b2c3d4", **meta: object) -> None:
        self.store, self.run_id = store, run_id
        run_dir = store.create_run_dir(run_id, T0)
        self.journal = Journal(store, run_id, run_dir, started=T0)
        for name, value in {"name": run_id, "project": "digits", "created": T0, **meta}.items():
            self.journal.meta("set", ["run", name], value)

    @property
    def reader(self) -> RunReader:
        """Up to date, and always the same one."""
        self._reader = RunReader.of(self.store, self.run_id)
        return self._reader

    def config(self, **values: object) -> None:
        for name, value in values.items():
            self.journal.meta("set", ["config", name], value)

    def log(self, step: int, numbers: Mapping[str, float]) -> None:
        keys = tuple(numbers)
        self.journal.rows(step, T0 + step / 10, keys, "f" * len(keys), tuple(numbers.values()))

    def media(self, step: int, key: str, media: Media | Sequence[Media]) -> list[str | None]:
        """Log media; return the SHA-256 of each blob."""
        many = isinstance(media, Sequence)
        shas = []
        for idx, one in enumerate(media if many else [media]):
            record = one.record()
            made = complete(record)
            shas.append(None if made.blob is None else self.journal.blob(made.blob))
            count = len(media) if many else 0
            self.object(step, key, record.kind, made.meta, shas[-1], idx, count)
        return shas

    def object(
        self,
        step: int,
        key: str,
        kind: str,
        meta: dict[str, object],
        blob: str | None = None,
        idx: int = 0,
        count: int = 0,
    ) -> None:
        self.journal.append(encode_obj(step, T0 + step / 10, key, idx, count, kind, meta, blob))

    def cell(self, id: int, source: str, *, cell_id: str = "c1", count: int = 1, time: float = T0) -> None:
        """What is logged from here on comes from this execution of a cell."""
        sha = self.journal.blob(source.encode())
        assert sha == hashlib.sha256(source.encode()).hexdigest()
        self.journal.set_cell(CellExecution(id, cell_id, count, time, sha, "work.ipynb"))

    def finish(self, exit_code: int = 0) -> None:
        self.journal.close("finish", exit_code)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store", create=True)


@pytest.fixture
def recorder(store: Store) -> Recorder:
    return Recorder(store, name="amber-fox")


@pytest.fixture
def make_recorder(store: Store) -> Callable[..., Recorder]:
    return lambda run_id, **meta: Recorder(store, run_id, **meta)


@pytest.fixture(autouse=True)
def jupyter_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the store registry out of the user's own folder."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    place = registry.folder()
    assert place is not None
    return place


class FrontEnd:
    """Stands where a browser would: takes what widgets send, and sends what a browser would."""

    def __init__(self) -> None:
        self.opened: dict[str, dict[str, Any]] = {}
        self.sent: list[tuple[str, Any, list[bytes]]] = []
        self._arrived = threading.Condition()

    def take(self, comm_id: str, msg_type: str, data: dict[str, Any], buffers: list[bytes]) -> None:
        json.dumps(data, allow_nan=False)
        with self._arrived:
            if msg_type == "comm_open":
                self.opened[comm_id] = data["state"]
            elif data.get("method") == "custom":
                content = data["content"]
                several = content["deltas"] if content.get("t") == "deltas" else [content]
                self.sent += [(comm_id, one, buffers) for one in several]
            self._arrived.notify_all()

    def wait(self, found: Callable[[list[Any]], bool], comm_id: str | None = None) -> list[Any]:
        """Block until the messages (of one comm) are as `found` wants them; return them with their buffers."""

        def messages() -> list[Any]:
            return [(content, buffers) for to, content, buffers in self.sent if comm_id in (None, to)]

        with self._arrived:
            assert self._arrived.wait_for(lambda: found([m for m, _ in messages()]), timeout=30), messages()
            return messages()

    def ask(self, panel: Panel, op: str, **args: object) -> tuple[dict[str, Any], list[bytes]]:
        """Ask as a browser does; return the reply and its buffers."""
        comm_id = panel.data_hello["askModel"]
        ask_id = f"{op}-{len(self.sent)}-{secrets.token_hex(4)}"
        content = {"id": ask_id, "op": op, "args": args}
        message = {"content": {"data": {"method": "custom", "content": content}}, "buffers": []}
        comm.get_comm_manager().get_comm(comm_id).handle_msg(message)
        messages = self.wait(lambda sent: any(m.get("id") == ask_id for m in sent), comm_id)
        return next((m, buffers) for m, buffers in messages if m["id"] == ask_id)


@pytest.fixture
def front_end(monkeypatch: pytest.MonkeyPatch) -> Iterator[FrontEnd]:
    """A host that has comms, but no kernel of ipykernel's: as marimo or JupyterLite."""
    there = FrontEnd()

    class HostComm(BaseComm):
        def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys):
            there.take(self.comm_id, msg_type, data or {}, list(buffers or []))

    def create_comm(**options: Any) -> HostComm:
        return HostComm(**options)

    monkeypatch.setattr(comm, "create_comm", create_comm)
    from nbtrack.panels import run

    monkeypatch.setattr(run, "_panels", made := {})
    yield there
    for panel in made.values():
        panel.close()


def noise(width: int, height: int, seed: int = 0) -> np.ndarray:
    """An image that no codec can make small."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def png(array: np.ndarray) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(array).save(out, "PNG")
    return out.getvalue()
