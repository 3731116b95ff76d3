"""`init(fork_from=...)`: a new run that begins with the history of another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbtrack.store.frames import encode_obj
from nbtrack.store.journal import Journal
from nbtrack.tracking.recover import resolve

if TYPE_CHECKING:
    from nbtrack.store.reader import RunReader
    from nbtrack.tracking.run import Run


def copy_history(run: Run, parent: RunReader, step: int) -> None:
    """Copy what `parent` logged up to `step` into `run`, with its config and metric definitions.

    The copied rows keep the times at which they were logged, and `_runtime` goes on where the parent was:
    they get a log of their own whose clock is the parent's.
    """
    meta = parent.meta
    journal = Journal(
        run.store, run.id, run.store.create_run_dir(run.id, run.start_time), started=meta.created
    )
    journal.meta("set", ["run", "parent"], {"run": meta.id, "step": step})
    for name, value in parent.config.items():
        run.config.update({name: value}, allow_val_change=True)
    for definition in parent.metrics().values():
        run.define_metric(
            definition.name,
            definition.step_metric,
            definition.step_sync,
            definition.hidden,
            ",".join(definition.summary) or None,
            definition.goal,
            overwrite=True,
        )
    _copy_numbers(journal, parent, step)
    _copy_objects(journal, parent, step)
    journal.close("exit")


def _copy_numbers(journal: Journal, parent: RunReader, step: int) -> None:
    times = parent.series("_timestamp", hi=step)
    time_of = dict(zip(times.steps.tolist(), times.values.tolist(), strict=True))
    rows: dict[int, list[tuple[str, str, float]]] = {}
    for key in list(parent.keys()):
        series = parent.series(key, hi=step)
        for at, value in zip(series.steps.tolist(), series.values.tolist(), strict=True):
            rows.setdefault(at, []).append((key, series.dtype, value))
    began = parent.meta.created
    for at in sorted(rows):
        row = rows[at]
        journal.rows(
            at,
            time_of.get(at, began),
            tuple([key for key, _, _ in row]),
            "".join([letter for _, letter, _ in row]),
            [value for _, _, value in row],
        )


def _copy_objects(journal: Journal, parent: RunReader, step: int) -> None:
    for row in parent.objects():
        if row.step > step:
            continue
        meta, blob = resolve(parent, journal, row)
        if row.pending is None and blob is not None:
            try:
                # A small blob lies inside the parent's own log; a large one is a file already and only
                # touched.
                blob = journal.blob(parent.blob(blob))
            except FileNotFoundError:
                meta = {**meta, "error": "the bytes of this medium are lost"}
        journal.append(encode_obj(row.step, row.time, row.key, row.idx, row.count, row.kind, meta, blob))
