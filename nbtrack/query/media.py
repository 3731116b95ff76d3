"""What a logged object looks like to a reader: W&B's JSON and W&B's file names."""

from __future__ import annotations

import mimetypes
import re
from typing import TYPE_CHECKING, Any, cast

from nbtrack.media.registry import mime
from nbtrack.store.model import UNENDING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from nbtrack.store.model import Json, ObjectRow

#: `_type` of one medium -> folder below `media/`, where it is not simply the name before "-file"
_FOLDERS: dict[str, str] = {
    "image-file": "images",
    "incremental-table-file": "table",
    "video-file": "videos",
}
#: `_type` of one medium -> `_type` of a list of them; the others are given as a plain list
_LISTS: dict[str, str] = {
    "audio-file": "audio",
    "html-file": "html",
    "image-file": "images/separated",
    "molecule-file": "molecule",
    "object3D-file": "object3D",
    "plotly-file": "plotly",
    "video-file": "videos",
}
#: `_type` of one medium -> where W&B's dict of a list holds the dicts of its media, beside their file names
_LISTED: dict[str, str] = {"audio-file": "audio", "video-file": "videos"}
_EXTENSIONS: dict[str, str] = {"image/jpeg": "jpg", "application/octet-stream": "bin"}
#: what no file system takes in a name, and what Windows does not
_ILLEGAL = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')


def file_name(row: ObjectRow) -> str | None:
    """W&B's name of the medium's file, or None when it has none (yet).

    Example:
        `media/images/val/samples_12_0a1b2c3d4e5f60718293.png`
    """
    if row.blob is None:
        return None
    folder = _FOLDERS.get(row.kind, row.kind.removesuffix("-file"))
    parts = [_safe(part) for part in row.key.split("/") if part]
    stem = "/".join([_safe(folder), *parts]) if parts else _safe(folder)
    return f"media/{stem}_{row.step}_{row.blob[:20]}.{_extension(row)}"


def cell_json(rows: Sequence[ObjectRow]) -> Json:
    """W&B's JSON of what was logged under one key at one step.

    Args:
        rows: all rows of that key and step, ordered by `idx`, not empty.

    Returns:
        The plain value of strings, lists and the like; a dict with `_type` of a medium, of increments that of
        the last; for a list of media, W&B's dict of the list where it has one (`images/separated`, ...), else
        a list of dicts.
    """
    first = rows[0]
    if first.kind == "json":
        return first.meta.get("value") if first.count == 0 else [row.meta.get("value") for row in rows]
    if first.count in {0, UNENDING}:
        return _one(rows[-1])
    kind = _LISTS.get(first.kind)
    if kind is None or any(row.kind != first.kind for row in rows):
        return [_one(row) for row in rows]
    shared = {k: v for k, v in first.meta.items() if k in {"width", "height", "format", "grouping"}}
    listed: dict[str, Json] = {"_type": kind, **shared, "count": len(rows)}
    over = [_overlays(row) for row in rows]
    for name in ("masks", "boxes"):
        if any(name in one for one in over):
            listed[f"all_{name}"] = [one.get(name) for one in over]
    listed["filenames"] = [file_name(row) for row in rows]
    if place := _LISTED.get(first.kind):
        listed[place] = [_one(row) for row in rows]
    if first.kind == "audio-file":
        listed["sampleRates"] = [row.meta.get("sample_rate") for row in rows]
        listed["durations"] = [row.meta.get("duration") for row in rows]
    if any("caption" in row.meta for row in rows):
        listed["captions"] = [row.meta.get("caption") for row in rows]
    return listed


def _one(row: ObjectRow) -> dict[str, Json]:
    cell: dict[str, Json] = {"_type": row.kind, **row.meta, **_overlays(row)}
    if row.blob is not None:
        cell |= {"sha256": row.blob, "path": file_name(row)}
    elif row.pending is not None:
        cell["pending"] = True
    return cell


def _overlays(row: ObjectRow) -> dict[str, Json]:
    """`masks` and `boxes` of a picture in W&B's form; what is not encoded yet has no file."""
    found: dict[str, Json] = {}
    parts = cast("dict[str, str]", row.meta.get("parts") or {})
    for kind, part, described in (("masks", "mask", "mask"), ("boxes", "boxes", "boxes2D")):
        if not isinstance(groups := row.meta.get(kind), dict):
            continue
        found[kind] = group_cells = {}
        for name, group in groups.items():
            cell: dict[str, Json] = {"_type": described, **cast("dict[str, Json]", group)}
            if sha := parts.get(f"{part}/{name}"):
                cell |= {"sha256": sha, "path": _part_name(row, part, name, sha)}
            group_cells[name] = cell
    return found


def overlay_files(row: ObjectRow) -> dict[str, str]:
    """W&B's names of the files of a picture's masks and boxes, and their SHA-256."""
    cells = [cell for groups in _overlays(row).values() for cell in cast("dict[str, Any]", groups).values()]
    return {cell["path"]: cell["sha256"] for cell in cells if "path" in cell}


def class_labels(rows: Iterable[ObjectRow], file: Callable[[str], bytes]) -> dict[str, Json]:
    """What W&B puts into a run's config of the labels of its masks and boxes; {} where there are none.

    W&B writes it while it logs. Here it is derived: the labels stand with the pictures.

    Args:
        rows: all media of a run.
        file: returns a file by its SHA-256.

    Returns:
        {"mask/class_labels": {"<key>_wandb_delimeter_<group>": {"type", "key", "value": {id: label}}},
        "bounding_box/class_labels": ...}; of a group that was logged with several labels, the last ones.
    """
    from nbtrack.media.overlays import stored

    last: dict[tuple[str, str, str], ObjectRow] = {}
    for row in sorted(rows, key=lambda row: (row.step, row.idx)):
        for kind in ("masks", "boxes"):
            if row.kind == "image-file" and isinstance(groups := row.meta.get(kind), dict):
                last |= {(kind, row.key, name): row for name in groups}
    found: dict[str, Json] = {}
    for (kind, key, name), row in last.items():
        over = stored(row.meta, file)
        labels = over.masks[name].given if kind == "masks" else over.boxes[name].class_labels
        if not labels:
            continue
        of_kind = "mask/class_labels" if kind == "masks" else "bounding_box/class_labels"
        entry = f"{key}_wandb_delimeter_{name}"  # W&B's spelling
        value: Json = {str(i): label for i, label in labels.items()}
        cast("dict[str, Json]", found.setdefault(of_kind, {}))[entry] = {
            "type": of_kind,
            "key": entry,
            "value": value,
        }
    return found


def _part_name(row: ObjectRow, part: str, name: str, sha: str) -> str:
    folder, ending = ("images/mask", "mask.png") if part == "mask" else ("metadata/boxes2D", "boxes2D.json")
    stem = "/".join([_safe(piece) for piece in row.key.split("/") if piece] or ["picture"])
    return f"media/{folder}/{stem}_{_safe(name)}_{row.step}_{sha[:20]}.{ending}"


def _safe(part: str) -> str:
    cleaned = _ILLEGAL.sub("_", part)
    return cleaned if cleaned.strip(". ") else "_" * max(1, len(cleaned))


def _extension(row: ObjectRow) -> str:
    if isinstance(given := row.meta.get("format"), str) and re.fullmatch(r"[A-Za-z0-9]{1,8}", given):
        return given.lower()
    kind = mime(row.kind, row.meta)
    return _EXTENSIONS.get(kind) or (mimetypes.guess_extension(kind) or ".bin")[1:]


def with_increments(row: ObjectRow, every: Sequence[ObjectRow]) -> dict[str, Json]:
    """Return the meta of `row`; of a table's increment with the files "before" it, in order.

    Args:
        row: a medium.
        every: all that was logged under its key.
    """
    if row.kind != "incremental-table-file":
        return row.meta
    place = row.step, row.idx
    earlier = sorted((r.step, r.idx, r.blob) for r in every if r.kind == row.kind and r.blob is not None)
    return {**row.meta, "before": [blob for step, idx, blob in earlier if (step, idx) < place]}


def by_step(rows: Sequence[ObjectRow]) -> dict[int, Any]:
    """Step -> `cell_json`, of the rows of one key."""
    steps: dict[int, list[ObjectRow]] = {}
    for row in rows:
        steps.setdefault(row.step, []).append(row)
    return {step: cell_json(sorted(group, key=lambda row: row.idx)) for step, group in steps.items()}
