"""The closing lines of a run: how its metrics went, and what they came to."""

from __future__ import annotations

import math
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from nbtrack.tracking.run import Run

MAX_METRICS = 10
WIDTH = 40
_BLOCKS = "▁▂▃▄▅▆▇█"
_ASCII_BLOCKS = "_.-=+*#@"


def sparkline(
    values: Sequence[float] | NDArray[np.float64], width: int = WIDTH, blocks: str = _BLOCKS
) -> str:
    """Draw values as one line of text, at most `width` characters; what is not finite is a blank.

    Example:
        >>> sparkline([1, 2, 3, 4])
        '▁▃▆█'
    """
    import numpy as np

    array = np.asarray(values, dtype=float)
    if len(array) > width:
        # A mean per column; a column without a finite value stays empty.
        columns = np.array_split(array, width)
        array = np.array([c[np.isfinite(c)].mean() if np.isfinite(c).any() else np.nan for c in columns])
    finite = array[np.isfinite(array)]
    if not len(finite):
        return " " * len(array)
    low, span = finite.min(), finite.max() - finite.min()
    scaled = (
        (array - low) / span
        if span > 0 and math.isfinite(span)
        else np.where(np.isfinite(array), 0.0, np.nan)
    )
    top = len(blocks) - 1
    return "".join(blocks[round(float(x) * top)] if math.isfinite(x) else " " for x in scaled)


def footer(run: Run, *, shown_elsewhere: bool = False) -> str:
    """The text that `finish()` prints: sparklines and summary of at most 10 metrics, and where the run is.

    Args:
        run: The run that has ended.
        shown_elsewhere: A panel shows its metrics: only say that it has ended.
    """
    reader = run.reader
    reader.refresh()
    if shown_elsewhere:
        return _last_words(run)
    blocks = _BLOCKS if _prints_blocks() else _ASCII_BLOCKS
    keys = sorted(
        key
        for key, info in reader.keys().items()
        if info.n and not ((definition := reader.definition(key)) and definition.hidden)
    )
    lines: list[str] = []
    shown = keys[:MAX_METRICS]
    column = max((len(key) for key in shown), default=0)
    history = [
        f"  {key:>{column}} {sparkline(series.values, blocks=blocks)}"
        for key in shown
        if len((series := reader.series(key)).values) > 1
    ]
    if history:
        lines += ["Run history:", *history]
    summary = {key: value for key, value in reader.summary().items() if not key.startswith("_")}
    named = [key for key in summary if key in shown or key not in keys][:MAX_METRICS]
    if named:
        column = max(len(key) for key in named)
        lines += ["Run summary:", *(f"  {key:>{column}} {_short(summary[key])}" for key in named)]
    if len(keys) > MAX_METRICS:
        lines.append(f"  ... and {len(keys) - MAX_METRICS} more metrics")
    lines.append(_last_words(run))
    return "\n".join(lines)


def _last_words(run: Run) -> str:
    steps = run.reader.last_step + 1
    verdict = "finished" if not run.exit_code else f"failed (exit code {run.exit_code})"
    return (
        f"Run {run.name} ({run.path}) {verdict} after {steps:,} step{'' if steps == 1 else 's'}; "
        f"kept in {_shown(run.store.root)}"
    )


def _short(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, float):
        return f"{value:.5g}"
    if isinstance(value, dict):
        if "_type" in value:
            return f"<{value['_type']}>"
        return ", ".join(f"{name} {_short(one)}" for name, one in value.items())
    text = f"<list of {len(value)}>" if isinstance(value, list) else str(value)
    return text if len(text) <= WIDTH else text[: WIDTH - 1] + "…"


def _shown(path: Path) -> str:
    """Relative if it is below: footers end up in saved notebooks, which should not name home folders."""
    relative = os.path.relpath(path)
    return relative if not relative.startswith("..") else str(path)


def _prints_blocks() -> bool:
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    try:
        _BLOCKS.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
