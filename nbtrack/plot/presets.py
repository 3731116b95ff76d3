"""Chart presets: named Vega and Vega-Lite specifications with holes for columns and text.

    ${field:x}    the column that is mapped to "x"
    ${string:t}   the text that is given for "t"
    ${type:x}     "quantitative", "temporal" or "nominal", by what the column mapped to "x" holds; without a
                  cell that is not missing it is "quantitative"

The first two are W&B's. What has an unfilled hole is left out: a channel without its column, a title without
text. Our own presets are files of this package, under W&B's names; what a user saves lies in the store, under
`charts/`.
"""

from __future__ import annotations

import copy
import json
import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from nbtrack.errors import LogTypeError, LogValueError, NotFoundError
from nbtrack.media.chart import drawable
from nbtrack.store.folder import temporary

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from nbtrack.media.table import Table

_HOLE = re.compile(r"\$\{(field|string|type):([^}]*)\}")
_TYPES = {"number": "quantitative", "timestamp": "temporal", None: "quantitative"}
#: keys of a specification whose value people or we ourselves read: a column's name stands there as it is
_SHOWN = frozenset({"title", "text", "subtitle", "description", "name", "label", "tall", "counted", "summed"})
#: longest specification, in characters of its JSON
MAX_SPEC = 1024 * 1024


@cache
def _built_in() -> dict[str, dict[str, Any]]:
    found = (json.loads(file.read_text()) for file in files("nbtrack.plot").joinpath("specs").iterdir())
    return {one["name"]: one["spec"] for one in found}


def chart_presets() -> list[str]:
    """Return the names of all presets: W&B's that nbtrack draws, and those saved in the store.

    Example:
        >>> "wandb/line/v0" in nbtrack.chart_presets()
        True
    """
    folder = _folder()
    saved = [unquote(path.stem) for path in folder.glob("*.json")] if folder.is_dir() else []
    return sorted({*_built_in(), *saved})


def chart_preset(name: str) -> dict[str, Any]:
    """Return the specification of a preset, to be changed and saved under another name.

    Raises:
        NotFoundError: there is none of this name; the message says which there are.

    Example:
        spec = nbtrack.chart_preset("wandb/bar/v0")
        spec["mark"]["color"] = "teal"
        nbtrack.save_chart_preset("ada/teal-bars", spec)
    """
    if name in _built_in():  # nobody can save another under such a name
        return copy.deepcopy(_built_in()[name])
    path = _path(name)
    if path.is_file():
        return dict(json.loads(path.read_text("utf-8")))
    raise NotFoundError(f"there is no chart preset {name!r}; known are {', '.join(chart_presets())}")


def save_chart_preset(name: str, spec: Mapping[str, Any] | str) -> str:
    """Save a specification under a name, for `nbtrack.plot_table` in this and other notebooks.

    Args:
        name: usually "<who>/<what>". A preset of the same name is replaced; charts that were logged stay as
            they are.
        spec: Vega or Vega-Lite, as a dict or as JSON. It reads its rows from the data set "wandb";
            for columns it has holes such as "${field:x}", for text "${string:title}".

    Returns:
        The name.

    Raises:
        LogTypeError: `spec` is neither a dict nor JSON of one.
        LogValueError: the name is empty or one of nbtrack's own, or the specification draws nothing, or its
            JSON has more than a million characters.
    """
    if not isinstance(name, str) or not name.strip() or len(quote(name, safe="")) > 200:
        raise LogValueError(f"a chart preset is named by some text of up to 200 characters, not {name!r}")
    if name in _built_in():
        raise LogValueError(f"{name!r} is a preset of nbtrack's own: save yours under another name")
    try:
        found = json.loads(spec) if isinstance(spec, str) else json.loads(json.dumps(spec, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise LogTypeError(f"chart preset {name!r}: the specification is no JSON ({error})") from None
    check(found, f"chart preset {name!r}")
    path = _path(name)
    with temporary(path) as temp:
        temp.write_text(json.dumps(found, indent=1, ensure_ascii=False), "utf-8")
        temp.replace(path)
    return name


def check(spec: Any, what: str) -> None:
    """Look whether something can be a specification.

    Raises:
        LogTypeError: it is no dict.
        LogValueError: it draws nothing, or is too long.
    """
    if not isinstance(spec, dict):
        raise LogTypeError(f"{what}: a specification is a dict, not {type(spec).__name__}")
    parts = {"mark", "marks", "layer", "hconcat", "vconcat", "concat", "facet", "repeat", "spec"}
    if not parts & set(spec):
        raise LogValueError(
            f"{what}: this specification draws nothing: Vega-Lite has a 'mark' (or layers or charts), "
            f"Vega has 'marks'; it has {', '.join(sorted(map(str, spec))) or 'nothing'}"
        )
    if len(json.dumps(spec)) > MAX_SPEC:
        raise LogValueError(
            f"{what}: the specification has more than {MAX_SPEC:,} characters; log its data as a Table"
        )


def holes(spec: Any) -> list[str]:
    """Return the names of a specification's holes for columns, sorted.

    Example:
        >>> holes(nbtrack.chart_preset("wandb/bar/v0"))
        ['label', 'value']
    """
    return sorted({name for what, name in _HOLE.findall(json.dumps(spec)) if what == "field"})


def fill(
    spec: dict[str, Any], fields: Mapping[str, str], strings: Mapping[str, str], table: Table
) -> dict[str, Any]:
    """Return a copy of a specification whose holes are filled.

    Args:
        spec: with holes.
        fields: hole -> column of the table.
        strings: hole -> text.
        table: what is drawn.
    """
    kinds = {str(column.name): column.type.kind for column in drawable(table)}

    def value(what: str, name: str) -> str | None:
        if what == "string":
            return strings.get(name) or None
        column = fields.get(name)
        if column is None or what == "field":
            return column
        return _TYPES.get(kinds.get(column), "nominal")

    def text(leaf: str, key: str) -> str | None:
        """The leaf with its holes filled; None when one of them stays empty."""
        if whole := _HOLE.fullmatch(leaf):
            found = value(whole[1], whole[2])
            # elsewhere a dot would lead into an object
            return (
                found
                if found is None or whole[1] != "field" or key in _SHOWN
                else re.sub(r"([.\[\]])", r"\\\1", found)
            )
        given = {hole.group(): value(hole[1], hole[2]) for hole in _HOLE.finditer(leaf)}
        if None in given.values():
            return None
        return _HOLE.sub(lambda hole: _quoted(str(given[hole.group()]), key), leaf)

    def walk(node: Any, key: str) -> Any:
        if isinstance(node, str):
            return text(node, key)
        if isinstance(node, list):
            return [made for one in node if (made := walk(one, key)) is not None or one is None]
        if not isinstance(node, dict):
            return node
        made = {name: walk(one, name) for name, one in node.items()}
        if isinstance(node.get("field"), str) and made["field"] is None:
            return None  # a channel without its column
        return {name: one for name, one in made.items() if one is not None or node[name] is None}

    return dict(walk(spec, ""))


def _quoted(name: str, key: str) -> str:
    """A name inside of a longer text: in an expression it stands between quotes."""
    return name if key in _SHOWN else name.replace("\\", "\\\\").replace("'", "\\'").replace('"', '\\"')


def _path(name: str) -> Path:
    return _folder() / f"{quote(name, safe='')}.json"


def _folder() -> Path:
    """Where presets are saved: in the store of the current run, else in the usual one."""
    from nbtrack.store.layout import default_root
    from nbtrack.tracking import current

    run = current.get_run()
    return (run.store.root if run is not None else default_root()) / "charts"
