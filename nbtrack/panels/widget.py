"""What every panel is made of: two anywidgets, one to push on and one to ask on.

The panel carries the page's code and one small trait, `data_hello`; everything else travels as messages, and
those are never saved into a notebook. The second widget has no view: the browser asks there (docs/design.md,
"Two comms").
"""

from __future__ import annotations

import os
import secrets
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import anywidget
import traitlets

from nbtrack.errors import NbtrackError, NotFoundError
from nbtrack.panels import packs
from nbtrack.panels.built import built
from nbtrack.panels.channel import has_front_end, open_channel
from nbtrack.panels.delta import build_delta, joined, points_of
from nbtrack.panels.details import details
from nbtrack.panels.push import FULL_BLOBS, Stream, pusher
from nbtrack.panels.questions import blob_bytes, cell_source, earlier_of, series_window
from nbtrack.panels.registry import register
from nbtrack.panels.rpc import Args, Dispatcher, Handler
from nbtrack.panels.still import compare_still, compare_text, run_still, run_text
from nbtrack.panels.tables import answer as tables
from nbtrack.panels.wire import Have, Hello, PackReply, RunDelta
from nbtrack.store.reader import RunReader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbtrack.store.layout import Store

#: names of runs in the title of a comparison
_NAMES = 3
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def source(name: str) -> str | Path:
    """Return what anywidget takes as `_esm` or `_css`.

    A path would make it keep each widget for ever, for the sake of hot reloading: so only with ANYWIDGET_HMR.
    """
    path = built(name)
    if os.environ.get("ANYWIDGET_HMR"):
        return path
    return path.read_text(encoding="utf-8") + "\n"  # a single line might be taken for a path


class Channeled(anywidget.AnyWidget):
    """An anywidget on a comm of our own (see `channel.py`), with no `Layout` widget beside it."""

    # ipywidgets 7 defines one, and IPython would prefer it to any mimebundle
    _ipython_display_: Any = None
    # a third comm that nobody uses, and the only one that executors would save into the notebook
    layout = traitlets.Any(None, allow_none=True).tag(sync=True)

    def open(self) -> None:
        """Open the comm."""
        channel = open_channel(self.get_state())
        if channel is not None:
            self.comm = channel
        else:
            super().open()


class AskWidget(Channeled):
    """The second widget of a panel: it only takes questions and sends their answers."""

    _esm = "export default {};"
    data_role = traitlets.Unicode("ask").tag(sync=True)


class Panel(Channeled):
    """A live view of one run or several: what `nbtrack.show` and `nbtrack.compare` return.

    Args:
        kind: "run", "compare" or "project".
        store: of all runs shown.
        readers: of the runs shown.
        title: shown in the panel's header.
        keys: patterns of the only keys to show; None: all.
        **more: what else the browser is told at first: see `Hello`.

    Example:
        >>> panel = nbtrack.show(run)
        >>> panel.save_html("run.html")
    """

    _esm = source("core.js")
    _css = source("core.css")
    data_hello = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        kind: Literal["run", "compare", "project"],
        store: Store,
        readers: Sequence[RunReader],
        title: str,
        keys: Sequence[str] | None = None,
        **more: Any,
    ) -> None:
        #: unique; the separate still carries it, so that this live view hides the right one
        self.panel_id = secrets.token_hex(8)
        self.readers = tuple(readers)
        self.keys_shown = None if keys is None else tuple(keys)
        #: series with more points than this are sent reduced
        self.points = points_of(len(readers))
        self.store = store
        self.streams = [Stream(reader) for reader in readers]
        self.closed = False
        #: how often the browser asked to be brought up to date
        self.asked = 0
        self._still_of: object = None
        self._stills: list[Any] = []
        self._still_lock = threading.Lock()
        self._ask = AskWidget()
        hello = Hello(
            v=1,
            panel=kind,
            panelId=self.panel_id,
            storeId=self.store.store_id,
            runs=[reader.run_id for reader in readers],
            title=title,
            askModel=self._ask.model_id,
            points=self.points,
        )
        if keys is not None:
            hello["keys"] = list(keys)
        told = {name: value for name, value in more.items() if value is not None}
        super().__init__(data_hello={**hello, **told})
        dispatcher = Dispatcher(self.handlers(), self._ask.send)
        self._ask.on_msg(lambda _widget, content, _buffers: dispatcher.receive(content))
        register(self.store)
        self.wake()

    def wake(self) -> None:
        """Look at the runs again: one of them may have been resumed."""
        if has_front_end():
            pusher.add(self)

    @property
    def run_ids(self) -> tuple[str, ...]:
        """Ids of the runs shown."""
        return tuple(reader.run_id for reader in self.readers)

    def handlers(self) -> dict[str, Handler]:
        """Return what answers each question of the browser."""
        return {
            "sync": self._sync,
            "series": self._series,
            "blob": self._blob,
            "cell": self._cell,
            "resume": self._resume,
            "pack": self._pack,
            "details": lambda args: details(self._reader(args["run"]), args),
            "table": lambda args: tables.answer(self._reader, args),
        }

    # ---- what it shows ------------------------------------------------------------------------------

    def still(self) -> str:
        """Return the panel as HTML that needs no script, at most `still.STILL_BYTES` long."""
        raise NotImplementedError

    def plain_text(self) -> str:
        """Return the panel as a few lines of text."""
        raise NotImplementedError

    def widget_bundle(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return `(data, metadata)` of the live view, with a line of text beside it."""
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        text = self.plain_text().partition("\n")[0]
        # anywidget adds what Colab needs to the metadata
        bundle = super()._repr_mimebundle_()
        metadata = bundle[1] if isinstance(bundle, tuple) else {}
        return {WIDGET_VIEW: view, "text/plain": text}, metadata

    def still_bundle(self) -> dict[str, str]:
        """Return the output that stays readable without a kernel; the live view hides it while it lives."""
        shown = self._shown()
        bundle = {
            "text/html": f'<div data-nbtrack-static="{self.panel_id}">{self.still()}</div>',
            "text/plain": self.plain_text(),
        }
        self._still_of = shown
        return bundle

    def still_is_stale(self) -> bool:
        """Whether the runs changed since `still_bundle()` was last asked for."""
        for reader in self.readers:
            reader.refresh()
        return self._still_of != self._shown()

    def is_live(self) -> bool:
        """Whether anything may still change: one of the runs goes on."""
        return pusher.serves(self)

    def freeze(self) -> None:
        """Display the still alone, without the live view."""
        from IPython.display import display

        bundle = self.still_bundle()
        # without the marker that would let a live view hide it
        bundle["text/html"] = f"<div>{self.still()}</div>"
        display(bundle, raw=True)

    def save_html(self, path: str | Path, *, media_bytes: int = 32 * 1024 * 1024) -> Path:
        """Write the panel as one HTML file that works offline, with its slider and curves.

        Args:
            path: of the file.
            media_bytes: of images and other media to put in, newest first, at full size as far as they fit.

        Returns:
            The absolute path.
        """
        from nbtrack.panels.page import page

        target = Path(path).absolute()
        target.write_text(page(self, media_bytes), encoding="utf-8")
        return target

    def close(self) -> None:
        """Remove the live view and stop pushing to it."""
        # no lock here: the garbage collector calls this too, in any thread and at any moment
        self.closed = True
        if hasattr(self, "_ask"):
            self._ask.close()
        super().close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {', '.join(self.run_ids)}>"

    def _ipython_display_(self) -> None:
        """Show the live view, and the still as an output of its own.

        A notebook reopened without its kernel shows nothing of a widget, not even its text.
        """
        from IPython.display import display

        data, metadata = self.widget_bundle()
        display(data, metadata=metadata, raw=True)
        handle = display(self.still_bundle(), raw=True, display_id=True)
        if handle is not None:
            with self._still_lock:
                self._stills.append(handle)
            if not self.is_live():  # it may have ended while its picture was drawn
                self.pushes_ended()

    def refresh_stills(self) -> None:
        """Bring the displayed stills up to date."""
        # the cell's end and the last push come together: whoever is second waits, and finds nothing to do
        with self._still_lock:
            if self._stills and self.still_is_stale():
                bundle = self.still_bundle()
                for handle in self._stills:
                    handle.update(bundle, raw=True)

    def pushes_ended(self) -> None:
        """Bring the displayed stills up to date for the last time; called by the pusher."""
        self.refresh_stills()
        with self._still_lock:
            self._stills.clear()

    def _shown(self) -> tuple[tuple[int, str], ...]:
        return tuple((reader.revision, reader.state()) for reader in self.readers)

    # ---- what the browser asks ------------------------------------------------------------------------

    def _reader(self, run: object) -> RunReader:
        for reader in self.readers:
            if reader.run_id == run:
                return reader
        for reader in self.readers:
            if (earlier := earlier_of(reader)) is not None and earlier["id"] == run:
                return RunReader.of(self.store, earlier["id"])
        raise NotFoundError(f"this panel does not show run {run!r}; it shows {', '.join(self.run_ids)}")

    def _sync(self, args: Args) -> tuple[Any, list[bytes]]:
        self.asked += 1
        asked = [Args(one) for one in args["runs"]]
        found = []
        for one in asked:
            try:
                reader = self._reader(one["run"])
                found.append(self.delta(reader, one.get("have"), FULL_BLOBS // len(asked)))
            except (NbtrackError, OSError):
                if len(asked) == 1:
                    raise
                continue  # it was deleted; the others are there
        return joined(found)

    def delta(self, reader: RunReader, have: Have | None, blobs_budget: int) -> tuple[RunDelta, list[bytes]]:
        """Return what a browser lacks of a run; see `build_delta`."""
        reader.refresh()
        return build_delta(
            reader, have, blobs_budget=blobs_budget, raw_points=self.points, keys=self.keys_shown
        )

    def _series(self, args: Args) -> tuple[Any, list[bytes]]:
        reader = self._reader(args["run"])
        return series_window(
            reader, args["keys"], args["lo"], args["hi"], args["buckets"], bool(args.get("mean"))
        )

    def _blob(self, args: Args) -> tuple[Any, list[bytes]]:
        error: NotFoundError | None = None
        for reader in self.readers:
            try:
                data, mime = blob_bytes(reader, args["sha"], args.get("px"))
            except NotFoundError as missing:
                error = missing
            else:
                return {"mime": mime}, [data]
        raise error or NotFoundError("this panel shows no run")

    def _cell(self, args: Args) -> tuple[Any, list[bytes]]:
        return cell_source(self._reader(args["run"]), self.store, args["cell"]), []

    def _resume(self, args: Args) -> tuple[Any, list[bytes]]:
        sentence = resume(self.store, args["run"])
        self.wake()
        return sentence, []

    def _pack(self, args: Args) -> tuple[Any, list[bytes]]:
        pack = packs.load(args["name"])
        return PackReply(mime=pack.mime, encoding="gzip", version=pack.version), [pack.gzipped]


class RunPanel(Panel):
    """The live view of one run. Get it from `panel_of`, which makes one for each run."""

    def __init__(self, reader: RunReader) -> None:
        super().__init__("run", reader.store, [reader], reader.meta.name or reader.run_id)

    def still(self) -> str:
        """Return the run as HTML that needs no script."""
        return run_still(self.readers[0])

    def plain_text(self) -> str:
        """Return the run as two or three lines."""
        return run_text(self.readers[0])


class ComparePanel(Panel):
    """Several runs over and beside each other.

    Args:
        readers: of the runs.
        keys: patterns of the only keys to show; None: all.
        align: the key on which the runs lie beside each other; None: the step.
        baseline: id of the run that the numbers of others are compared with.
    """

    def __init__(
        self,
        readers: Sequence[RunReader],
        keys: Sequence[str] | None = None,
        align: str | None = None,
        baseline: str | None = None,
    ) -> None:
        names = [reader.meta.name or reader.run_id for reader in readers]
        title = ", ".join(names) if len(names) <= _NAMES else f"{len(names)} runs"
        super().__init__("compare", readers[0].store, readers, title, keys, align=align, baseline=baseline)

    def still(self) -> str:
        """Return the comparison as HTML that needs no script."""
        return compare_still(self.readers, self.keys_shown)

    def plain_text(self) -> str:
        """Return a line for each run."""
        return compare_text(self.readers)


def resume(store: Store, run_id: str) -> str:
    """Open a run again as the kernel's current one; return the sentence that the panel shows.

    While another run is open, the next `init()` that names no run goes on with it instead.
    """
    from nbtrack.tracking.current import get_run
    from nbtrack.tracking.init import init
    from nbtrack.tracking.resume import pick

    current = get_run()
    if current is not None:
        if current.id == run_id:
            return f"Run {current.name} is open: nbtrack.log() goes on with it."
        name = RunReader.of(store, run_id).meta.name or run_id
        pick(run_id)
        return f"Run the cell again: its nbtrack.init() then goes on with {name}."
    meta = RunReader.of(store, run_id).meta
    run = init(project=meta.project, entity=meta.entity, id=run_id, resume="must", dir=str(store.root))
    return f"Run {run.name} is open again at step {run.step}: nbtrack.log() goes on with it."
