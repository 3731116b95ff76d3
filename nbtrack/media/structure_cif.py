"""The reader of mmCIF and core CIF (IUCr): the loop `_atom_site`."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np

from nbtrack.media.structure_atoms import Atoms, Structure, element_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_TOKEN = re.compile(r"'(?:[^']|'(?=\S))*'|\"(?:[^\"]|\"(?=\S))*\"|\S+")


def cif(lines: list[str]) -> Structure:
    """The `_atom_site` loop. Core CIF gives fractions of the cell, mmCIF Å."""
    names: list[str] = []
    rows: list[list[str]] = []
    cell: dict[str, float] = {}
    state = "outside"
    for line in lines:
        word = line.strip()
        if word.lower() == "loop_":
            state, names = ("after" if rows else "head"), names if rows else []
        elif word.startswith("_"):
            tag, _, value = word.partition(" ")
            if tag.lower().startswith("_cell_") or tag.lower().startswith("_cell."):
                cell[tag.lower()[6:]] = _number(value.strip() or "nan")
            if state == "head":
                names.append(tag.lower())
            elif state == "rows":
                state = "after"
        elif not word or word.startswith(("#", "data_")):
            state = "after" if state == "rows" and rows else state
        elif state in {"head", "rows"}:
            state = "rows"
            if names and names[0].startswith("_atom_site") and "aniso" not in names[0]:
                rows.append(words(word))
        if state == "after" and rows:
            break
    column = {re.sub(r"^_atom_site[._]", "", name): at for at, name in enumerate(names)}
    return _sites(list(_whole(rows, len(names))), column, cell)


def words(line: str) -> list[str]:
    """The values of a line, which quotes may hold together."""
    if "'" not in line and '"' not in line:
        return line.split()
    return [token.strip("'\"") if token[0] in "'\"" else token for token in _TOKEN.findall(line)]


def _whole(rows: list[list[str]], width: int) -> Iterator[list[str]]:
    """Rows of the table, which may be broken over several lines."""
    held: list[str] = []
    for row in rows:
        held += row
        if len(held) >= width:
            yield held[:width]
            held = held[width:]
    if held:
        raise ValueError(f"the last atom has {len(held)} of {width} values")


def _sites(rows: list[list[str]], column: dict[str, int], cell: dict[str, float]) -> Structure:
    cartesian = "cartn_x" in column
    prefix = "cartn" if cartesian else "fract"
    if rows and f"{prefix}_x" not in column:
        raise ValueError("its atoms have neither Cartn_x nor fract_x")
    axes = [column[f"{prefix}_{axis}"] for axis in "xyz"] if rows else []
    atoms = Atoms()
    for row in rows:

        def value(*names: str, row: list[str] = row) -> str:
            found = (row[column[name]] for name in names if name in column)
            return next((one for one in found if one not in {".", "?"}), "")

        name, number = value("auth_atom_id", "label_atom_id", "label"), value("auth_seq_id", "label_seq_id")
        residue = value("auth_comp_id", "label_comp_id")
        element = re.sub(r"[^A-Za-z].*", "", value("type_symbol")) or element_of(name, residue)
        position = [_number(row[axis]) for axis in axes]
        chain = value("auth_asym_id", "label_asym_id")
        atoms.add(position, element, name, residue, chain, int(number) if number.lstrip("-").isdigit() else 0)
    made = atoms.done()
    if not cartesian and len(made):
        made.positions = made.positions @ _cell(cell).T
    return made


def _number(text: str) -> float:
    """A CIF number, which may end with its uncertainty: 1.234(5)."""
    return float(re.sub(r"\(\d+\)$", "", text.strip().partition(" ")[0]))


def _cell(cell: dict[str, float]) -> NDArray[np.float64]:
    """Matrix from fractions of a unit cell to Å, the first axis along x (IUCr's convention)."""
    a, b, c = (cell[f"length_{axis}"] for axis in "abc")
    alpha, beta, gamma = (
        math.radians(cell.get(f"angle_{angle}", 90.0)) for angle in ("alpha", "beta", "gamma")
    )
    cx = math.cos(beta)
    cy = (math.cos(alpha) - math.cos(beta) * math.cos(gamma)) / math.sin(gamma)
    cz = math.sqrt(max(0.0, 1 - cx * cx - cy * cy))
    return np.array(
        [[a, b * math.cos(gamma), c * cx], [0, b * math.sin(gamma), c * cy], [0, 0, c * cz]], np.float64
    )
