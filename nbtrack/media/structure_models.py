"""Where the models of a file stand: frames of a trajectory, records of an SDF, members of an ensemble.

A model is pieces of the file which, joined, are a file of that format with this model alone. So readers,
rdkit and py3Dmol need not know of files with several. The viewer cuts in the same way
(js/src/viewers/molecule/models.ts).
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from nbtrack.media.structure_cif import words

if TYPE_CHECKING:
    from collections.abc import Callable

#: begin and end in the file, of each piece of a model
Pieces = list[tuple[int, int]]

# Patterns begin with what is rare or literal: they look through files of many megabytes.
_PDB_END = re.compile(rb"\nEND(?:MDL)?[ \t\r]*(?=\n|\Z)")
_PDB_BODY = re.compile(rb"(?:\A|\n)(?:MODEL |ATOM|HETATM)")
_PDB_ATOM = re.compile(rb"(?:\A|\n)(?:ATOM|HETATM)")
_SDF_END = re.compile(rb"\n\$\$\$\$[^\n]*(?:\n|\Z)")
_MOL2_BEGIN = re.compile(rb"@<TRIPOS>MOLECULE")
_CIF_BLOCK = re.compile(rb"(?:\A|\n)data_", re.IGNORECASE)
_CIF_SITES = re.compile(rb"\n[ \t]*loop_\s+(?!_atom_site.aniso)((?:_atom_site[._][^\s]+\s+)+)", re.IGNORECASE)
_CIF_ROWS_END = re.compile(rb"(?:\n|\A)[ \t]*(?=[#_\r\n]|loop_|data_|\Z)", re.IGNORECASE)


def models(data: bytes, kind: str) -> list[Pieces]:
    """Find the models of a file.

    Args:
        data: the file.
        kind: its format, a value of `structure.FORMATS` other than "mmtf".

    Returns:
        One entry a model, in their order; never none: what cannot be cut is one model, for its reader to
        judge.

    Example:
        >>> len(models(Path("poses.sdf").read_bytes(), "sdf"))
        20
    """
    return _CUT[kind](data) or [[(0, len(data))]]


def joined(data: bytes, pieces: Pieces) -> bytes:
    """Return one model as a file of its own."""
    if pieces == [(0, len(data))]:
        return data
    return b"".join(data[begin:end] for begin, end in pieces)


def _pdb(data: bytes) -> list[Pieces]:
    """ENDMDL ends a model, END a record. What a record has before and after its models belongs to each."""
    found: list[Pieces] = []
    head, tail, bodies = (0, 0), (0, 0), Pieces()
    begin = 0
    ends = [(match.start(), match.end(), b"MDL" in match[0]) for match in _PDB_END.finditer(data)]
    for stop, after, goes_on in [*ends, (len(data), len(data), False)]:
        if _PDB_ATOM.search(data, begin, stop):
            if not bodies and (body := _PDB_BODY.search(data, begin, stop)):
                head, begin = (begin, body.start()), body.start()
            bodies.append((begin, stop))
        elif bodies:
            tail = (begin, stop)
        if not goes_on:
            found += [[head, body_, tail] if tail[0] else [head, body_] for body_ in bodies]
            tail, bodies = (0, 0), Pieces()
        begin = after
    return found


def _sdf(data: bytes) -> list[Pieces]:
    cuts = [0, *(match.end() for match in _SDF_END.finditer(data)), len(data)]
    return [[(begin, end)] for begin, end in pairwise(cuts) if data[begin:end].strip(b" \t\r\n$")]


def _mol2(data: bytes) -> list[Pieces]:
    cuts = [*(match.start() for match in _MOL2_BEGIN.finditer(data)), len(data)]
    return [[piece] for piece in pairwise(cuts)]


def _gro(data: bytes) -> list[Pieces]:
    """A title, the number of atoms, a line for each, the box."""
    found: list[Pieces] = []
    begin = 0
    while begin < len(data):
        title = data.find(b"\n", begin) + 1
        count = data[title : data.find(b"\n", title)].strip() if title else b""
        if not count.isdigit():
            break  # empty lines at the end, or damage that the reader of the first model tells of
        end = title
        for _ in range(min(int(count), len(data)) + 2):
            if (end := data.find(b"\n", end) + 1) == 0:
                end = len(data)
                break
        found.append([(begin, end)])
        begin = end
    return found


def _cif(data: bytes) -> list[Pieces]:
    """Each data block with atoms; in it, rows of one model number."""
    found: list[Pieces] = []
    cuts = [match.start() for match in _CIF_BLOCK.finditer(data)] or [0]
    for begin, end in pairwise([*cuts, len(data)]):
        sites = _CIF_SITES.search(data, begin, end)
        if sites is None:
            continue
        rows = sites.end()
        last = _CIF_ROWS_END.search(data, rows, end)
        stop = last.start() + 1 if last else end
        names = [name.lower().partition(b".")[2] for name in sites[1].split()]
        if b"pdbx_pdb_model_num" not in names:
            found.append([(begin, end)])
            continue
        at, width = names.index(b"pdbx_pdb_model_num"), len(names)
        found += [
            [(begin, rows), *pieces, (stop, end)]
            for pieces in _by_number(data, rows, stop, at, width).values()
        ]
    return found


def _by_number(data: bytes, begin: int, end: int, at: int, width: int) -> dict[str, Pieces]:
    """Rows of the table by the value of column `at`; a row may be broken over several lines."""
    found: dict[str, Pieces] = {}
    held: list[str] = []
    first = begin
    while begin < end:
        after = data.find(b"\n", begin, end) + 1 or end
        held += words(data[begin:after].decode("utf-8", "replace"))
        if len(held) >= width:
            pieces = found.setdefault(held[at], [])
            if pieces and pieces[-1][1] == first:
                pieces[-1] = (pieces[-1][0], after)
            else:
                pieces.append((first, after))
            held, first = [], after
        begin = after
    if held and found:  # the file ends within a row: its reader says so
        pieces = list(found.values())[-1]
        pieces.append((first, end))
    return found


_CUT: dict[str, Callable[[bytes], list[Pieces]]] = {
    "pdb": _pdb,
    "pqr": _pdb,
    "sdf": _sdf,
    "mol2": _mol2,
    "gro": _gro,
    "cif": _cif,
}
