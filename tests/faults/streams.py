"""Reads back what journals left, whatever happened to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbtrack.store.frames import Type, decode_schema
from nbtrack.store.scan import Rows, scan

if TYPE_CHECKING:
    from pathlib import Path


def rows(folder: Path) -> list[tuple[int, dict[str, float]]]:
    """(step, values) of all rows of a run, in the order of writers, files and frames."""
    found = []
    for path in sorted(folder.glob("*.nbl")):
        schemas: dict[int, tuple[str, ...]] = {}
        for item in scan(path.read_bytes()).items:
            if isinstance(item, Rows):
                for step, values in zip(item.steps.tolist(), item.values.tolist(), strict=True):
                    found.append((step, dict(zip(schemas[item.schema], values, strict=True))))
            elif item.type == Type.SCHEMA:
                schema = decode_schema(item.payload)
                schemas[schema.id] = schema.keys
    return found


def payloads(folder: Path, kind: Type) -> list[bytes]:
    """Payloads of all frames of one type."""
    return [
        bytes(item.payload)
        for path in sorted(folder.glob("*.nbl"))
        for item in scan(path.read_bytes()).items
        if not isinstance(item, Rows) and item.type == kind
    ]
