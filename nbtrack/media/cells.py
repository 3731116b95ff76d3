"""Cells of a table that Parquet has no column type for: lists, dicts, arrays and media, as JSON text.

A medium in a cell goes through its own `Record`: until the table is encoded its cell holds a reference, `#3`,
or `#3,5,` for a list of media; then `{"_type": ..., "sha256": ...}` with the meta of its kind.
"""

from __future__ import annotations

import base64
import datetime
import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from nbtrack.errors import LogTypeError
from nbtrack.media.arrays import is_array_like, to_numpy
from nbtrack.media.base import Media
from nbtrack.media.registry import encode, load, pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nbtrack.media.base import Json

#: nesting of lists and dicts in a cell
MAX_DEPTH = 32
#: first character of a cell that stands for media which are not encoded yet; no JSON text begins with it
_REFERENCE = "#"


class CellMedia:
    """Gathers the media of a table's cells; one that stands in several cells is kept once."""

    def __init__(self) -> None:
        self._media: list[Media] = []
        self._seen: dict[int, int] = {}

    def reference(self, value: Media | Sequence[Media]) -> str:
        """Return the text of a cell that holds `value`."""
        if isinstance(value, Media):
            return f"{_REFERENCE}{self._number(value)}"
        return _REFERENCE + "".join(f"{self._number(one)}," for one in value)

    def _number(self, one: Media) -> int:
        number = self._seen.setdefault(id(one), len(self._media))
        if number == len(self._media):
            self._media.append(one)
        return number

    def snapshot(self) -> tuple[bytes, list[memoryview]]:
        """Return `(a list of what each medium is, as JSON; the raw bytes of all, in order)`."""
        described: list[dict[str, Json]] = []
        data: list[memoryview] = []
        for one in self._media:
            record = one.record()
            entry: dict[str, Json] = {"kind": record.kind, "meta": record.meta}
            if record.raw is not None:
                raw = pieces(record.raw)
                entry |= {"codec": record.raw.codec, "params": record.raw.params, "size": sum(map(len, raw))}
                data += raw
            described.append(entry)
        return json.dumps(described).encode(), data


def finish_media(described: bytes, data: memoryview, put: Callable[[bytes], str]) -> list[str]:
    """Encode the media of a `CellMedia.snapshot`.

    Args:
        described: what each is.
        data: the raw bytes of all.
        put: takes an encoded file, returns its SHA-256.

    Returns:
        The JSON of each as it stands in a cell. One that cannot be encoded says so under "error": it does not
        take the table with it.
    """
    done = []
    at = 0
    for entry in json.loads(described):
        size = entry.get("size", 0)
        cell = {"_type": entry["kind"], **entry["meta"]}
        if "codec" in entry:
            try:
                encoded = encode(entry["codec"], entry["params"], data[at : at + size])
                meta, blob = encoded.keep(entry["meta"], put)
            except Exception as error:
                cell["error"] = f"{type(error).__name__}: {error}"
            else:
                cell |= meta
                if blob is not None:
                    cell["sha256"] = blob
        at += size
        done.append(json.dumps(cell))
    return done


def resolve(text: str | None, done: list[str]) -> str | None:
    """Return a cell's text with its references replaced by what `finish_media` returned."""
    if text is None or not text.startswith(_REFERENCE):
        return text
    if text.endswith(","):
        return "[" + ", ".join(done[int(number)] for number in text[1:-1].split(",")) + "]"
    return "[]" if text == _REFERENCE else done[int(text[1:])]


def to_text(value: Any, media: CellMedia) -> str | None:
    """Return the text of a cell in a column of JSON; None for what is missing."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, Media):
        return media.reference(value)
    if isinstance(value, list | tuple) and value and all(isinstance(one, Media) for one in value):
        return media.reference(value)
    return json.dumps(_plain(value, 0), ensure_ascii=False).encode("utf-8", "replace").decode()


def _plain(value: Any, depth: int) -> Json:
    if depth > MAX_DEPTH:
        raise LogTypeError(f"Table: a cell is nested deeper than {MAX_DEPTH}, or holds itself")
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {"_type": "float", "value": str(float(value))}
    if isinstance(value, dict):
        return {str(key): _plain(one, depth + 1) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value, key=repr) if isinstance(value, set | frozenset) else value
        return [_plain(one, depth + 1) for one in items]
    if isinstance(value, np.generic):
        return _plain(value.item(), depth)
    if isinstance(value, datetime.datetime | datetime.date):
        return {"_type": "datetime", "value": value.isoformat()}
    if isinstance(value, bytes | bytearray):
        return {"_type": "bytes", "value": base64.b64encode(value).decode()}
    if isinstance(value, Media):
        raise LogTypeError(
            f"Table: a cell holds a {type(value).__name__} inside of a list or dict with other things; "
            "accepted are a medium, or a list of nothing but media"
        )
    if is_array_like(value):
        return _array(value, depth)
    if callable(rows := getattr(value, "to_dict", None)) and hasattr(value, "columns"):
        return _plain(_frame(value, rows), depth)
    return str(value)


def _array(value: Any, depth: int) -> Json:
    array = to_numpy(value)
    if array.ndim == 0:
        return _plain(array.item(), depth)
    if array.dtype.kind not in "biufUM":
        return _plain(array.tolist(), depth)
    if array.dtype.kind == "M":
        array = array.astype("datetime64[us]").astype(str)
    values = _finite(array.tolist()) if array.dtype.kind == "f" else array.tolist()
    return {"_type": "ndarray", "dtype": array.dtype.str, "shape": list(array.shape), "value": values}


def _finite(values: Any) -> Any:
    if isinstance(values, list):
        return [_finite(one) for one in values]
    return values if math.isfinite(values) else str(values)


def _frame(value: Any, rows: Callable[..., Any]) -> dict[str, Any]:
    """Return a data frame in a cell as {column: values}."""
    if type(value).__module__.startswith("polars"):
        return dict(rows(as_series=False))
    return dict(rows("list"))


# ---- reading back ------------------------------------------------------------------------------------------


def from_text(text: str | None, file: Callable[[str], bytes]) -> Any:
    """Return the value of a cell.

    Args:
        text: as it is stored.
        file: returns an encoded file by its SHA-256.
    """
    return None if text is None else _value(json.loads(text), file)


def _value(plain: Any, file: Callable[[str], bytes]) -> Any:
    if isinstance(plain, list):
        return [_value(one, file) for one in plain]
    if not isinstance(plain, dict):
        return plain
    kind = plain.get("_type")
    content = plain.get("value")
    if not isinstance(kind, str):
        return {key: _value(one, file) for key, one in plain.items()}
    if kind == "float":
        return float(str(content))
    if kind == "datetime":
        text = str(content)
        return datetime.datetime.fromisoformat(text) if "T" in text else datetime.date.fromisoformat(text)
    if kind == "bytes":
        return base64.b64decode(str(content))
    if kind == "ndarray":
        return np.array(content, dtype=np.dtype(str(plain["dtype"]))).reshape(plain["shape"])
    if kind.endswith("-file") or kind == "histogram":
        meta = {key: one for key, one in plain.items() if key not in {"_type", "sha256"}}
        sha = plain.get("sha256")
        return load(kind, meta, file(sha) if isinstance(sha, str) else None, file)
    return {key: _value(one, file) for key, one in plain.items()}
