"""The runs that match a filter, fetched page by page as they are looked at."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, overload

from nbtrack.display import mimebundle
from nbtrack.errors import UsageError
from nbtrack.query.recorded import pandas_installed
from nbtrack.query.run import Run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbtrack.store.layout import Store
    from nbtrack.store.model import Json, RunQuery
    from nbtrack.store.protocols import Catalog

#: rows and columns that the HTML shows
_SHOWN_ROWS, _SHOWN_FIELDS = 20, 6


class Runs(Sequence[Run]):
    """A lazy, cached sequence of runs. Made by `Api.runs`.

    The first look asks the catalogue for a page and the total; the others follow when they are reached. What
    was fetched stays as it was until `Api.flush()`.

    Example:
        >>> best = Api().runs("digits", order="-summary_metrics.acc")[0]
    """

    def __init__(
        self, store: Store, catalog: Catalog, query: RunQuery, per_page: int = 50, path: str = ""
    ) -> None:
        #: "entity/project" or "project" as asked for; empty: of the whole store
        self._path = path
        self._store = store
        self._catalog = catalog
        self._query = query
        self._per_page = per_page
        self._total: int | None = None
        self._runs: list[Run] = []
        self._ids: set[str] = set()

    def __len__(self) -> int:
        if self._total is None:
            self._fetch(self._per_page)
        assert self._total is not None
        return self._total

    @overload
    def __getitem__(self, index: int) -> Run: ...
    @overload
    def __getitem__(self, index: slice) -> Runs: ...
    def __getitem__(self, index: int | slice) -> Run | Runs:
        total = len(self)
        if isinstance(index, slice):
            chosen = range(total)[index]
            if chosen:
                self._reach(max(chosen[0], chosen[-1]))
            part = Runs(self._store, self._catalog, self._query, self._per_page, self._path)
            part._runs = [self._runs[i] for i in chosen if i < len(self._runs)]
            part._total = len(part._runs)
            return part
        position = index + total if index < 0 else index
        if not 0 <= position < total:
            raise IndexError(f"runs[{index}]: there are {total} runs")
        self._reach(position)
        return self._runs[position]

    def __iter__(self) -> Iterator[Run]:
        position = 0
        while position < len(self):
            self._reach(position, ahead=self._per_page)
            if position >= len(self._runs):
                return
            yield self._runs[position]
            position += 1

    def _reach(self, position: int, ahead: int = 1) -> None:
        missing = position + 1 - len(self._runs)
        if missing > 0:
            self._fetch(max(missing, ahead, self._per_page))

    def _fetch(self, count: int) -> None:
        if self._total is None:
            self._catalog.refresh()
        page = self._catalog.runs(replace(self._query, limit=count, offset=len(self._runs)))
        fresh = [row for row in page.rows if row.meta.id not in self._ids]
        self._ids.update(row.meta.id for row in fresh)
        self._runs += [Run(self._store, self._catalog, row) for row in fresh]
        # runs may come and go between two pages: what could not be fetched is not counted
        self._total = page.total if self._total is None else self._total
        if len(page.rows) < count:
            self._total = len(self._runs)

    # ---- many histories -----------------------------------------------------------------------------------

    def histories(
        self,
        samples: int = 500,
        keys: Sequence[str] | None = None,
        x_axis: str = "_step",
        format: Literal["default", "pandas", "polars"] = "default",
        stream: Literal["default", "system"] = "default",
    ) -> Any:
        """Sampled histories of all the runs, one below the other, with a column `run_id`.

        Args:
            samples: rows of each run, as in `Run.history`.
            keys: only rows that hold all of these; None for everything.
            x_axis: a key that each row must also hold.
            format: "default" for a list of dicts, "pandas" or "polars" for a data frame.
            stream: "system" for system metrics.

        Example:
            >>> Api().runs("digits").histories(keys=["loss"], format="pandas")
        """
        if format not in {"default", "pandas", "polars"}:
            raise UsageError(f"format must be 'default', 'pandas' or 'polars', got {format!r}")
        parts = ((run.id, run.rows(keys, x_axis=x_axis, stream=stream).sampled(samples)) for run in self)
        if format == "default":
            return [{"run_id": run_id, **record} for run_id, rows in parts for record in rows.records()]
        if format == "pandas":
            import pandas as pd

            frames = [rows.to_pandas().assign(run_id=run_id) for run_id, rows in parts if len(rows)]
            return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame({"run_id": []})
        try:
            pl = import_module("polars")
        except ImportError:
            raise UsageError("format='polars' needs polars: pip install polars") from None
        tables = [
            pl.from_arrow(rows.to_arrow()).with_columns(run_id=pl.lit(run_id)) for run_id, rows in parts
        ]
        return pl.concat(tables, how="diagonal_relaxed") if tables else pl.DataFrame({"run_id": []})

    def to_pandas(self) -> Any:
        """One row a run: its columns, `config.<key>` and `summary.<key>`, indexed by id."""
        if not pandas_installed():
            raise UsageError("to_pandas() needs pandas: pip install pandas; to_arrow() does without")
        import pandas as pd

        table = self._table()
        frame = pd.DataFrame(
            {name: pd.Series(values, dtype=None if values else object) for name, values in table.items()}
        )
        frame["created_at"] = pd.to_datetime(frame["created_at"], utc=True)
        return frame.set_index("id")

    def to_arrow(self) -> Any:
        """As `to_pandas`, as a `pyarrow.Table`; a column of mixed types becomes text."""
        import pyarrow as pa

        arrays = {}
        for name, values in self._table().items():
            try:
                arrays[name] = pa.array(values)
            except (pa.ArrowInvalid, pa.ArrowTypeError):
                arrays[name] = pa.array([None if value is None else str(value) for value in values])
        return pa.table(arrays)

    def _table(self) -> dict[str, list[Any]]:
        runs = list(self)
        table: dict[str, list[Any]] = {
            "id": [run.id for run in runs],
            "name": [run.name for run in runs],
            "entity": [run.entity for run in runs],
            "project": [run.project for run in runs],
            "state": [run.state for run in runs],
            "created_at": [_moment(run) for run in runs],
            "duration": [run.duration for run in runs],
            "step": [run.lastHistoryStep for run in runs],
            "tags": [list(run.tags) for run in runs],
            "group": [run.group for run in runs],
            "job_type": [run.job_type for run in runs],
        }
        fields = [_fields(run) for run in runs]
        for name in sorted({name for some in fields for name in some}):
            table[name] = [some.get(name) for some in fields]
        return table

    # ---- display ------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        # without the store's folder: it would land in saved notebooks
        return f"<Runs {self._path} ({len(self)})>" if self._path else f"<Runs ({len(self)})>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Any:  # noqa: ARG002
        return mimebundle("runs", self)

    def _repr_html_(self) -> str:
        """A small table: the first runs, and the config and summary values in which they differ."""
        shown = self[:_SHOWN_ROWS]
        fields = [_fields(run) for run in shown]
        columns = _telling(fields)
        head = ["name", "id", "project", "state", "created", "step", *columns]
        lines = [
            [
                run.name,
                run.id,
                run.project,
                run.state,
                f"{_moment(run).astimezone():%Y-%m-%d %H:%M}",
                str(run.lastHistoryStep) if run.lastHistoryStep >= 0 else "",
                *[_short(some.get(column)) for column in columns],
            ]
            for run, some in zip(shown, fields, strict=True)
        ]
        rest = len(self) - len(shown)
        caption = f"{len(self)} run{'' if len(self) == 1 else 's'}" + (
            f", {len(shown)} shown" if rest else ""
        )
        body = "".join("<tr>" + _cells("td", line) + "</tr>" for line in lines)
        return (
            f"<table><caption>{caption}</caption><thead><tr>{_cells('th', head)}</tr></thead>"
            f"<tbody>{body}</tbody></table>"
        )


def _fields(run: Run) -> dict[str, Any]:
    """Scalar leaves of config and summary under their dotted names."""
    return {**_leaves("config", run.config), **_leaves("summary", run.summary_metrics)}


def _leaves(prefix: str, tree: Mapping[str, Json]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in tree.items():
        if isinstance(value, dict):
            if "_type" not in value:
                found.update(_leaves(f"{prefix}.{name}", value))
        elif not isinstance(value, list) and not name.startswith("_"):
            found[f"{prefix}.{name}"] = value
    return found


def _telling(fields: Sequence[Mapping[str, Any]]) -> list[str]:
    """The few fields that say most: those in which runs differ, config before summary."""
    names = sorted({name for some in fields for name in some})
    differ = [name for name in names if len({repr(some.get(name)) for some in fields}) > 1]
    chosen = differ or names
    config = [name for name in chosen if name.startswith("config.")]
    summary = [name for name in chosen if name.startswith("summary.")]
    half = max(_SHOWN_FIELDS // 2, _SHOWN_FIELDS - len(summary))
    config = config[:half]
    return config + summary[: _SHOWN_FIELDS - len(config)]


def _cells(tag: str, texts: Sequence[str]) -> str:
    return "".join(f"<{tag}>{html.escape(_clip(text))}</{tag}>" for text in texts)


def _clip(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


def _short(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _moment(run: Run) -> datetime:
    return datetime.fromisoformat(run.created_at).astimezone(UTC)
