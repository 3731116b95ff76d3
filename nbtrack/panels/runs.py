"""How the runs that `Api` found show themselves: a table, nothing live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbtrack.query.runs import Runs

#: lines of the plain text
_SHOWN = 10


def mimebundle(runs: Runs) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return `(data, metadata)`: a table of the first runs as HTML, and a line for each as text."""
    count = len(runs)
    lines = [f"{count} run{'' if count == 1 else 's'}"]
    lines += [f"  {run.name or run.id} ({run.id}) · {run.project} · {run.state}" for run in runs[:_SHOWN]]
    if count > _SHOWN:
        lines.append(f"  and {count - _SHOWN} more")
    return {"text/html": runs._repr_html_(), "text/plain": "\n".join(lines)}, {}
