"""Atoms of a molecule file: as much as a picture and a count need, and what is wrong with a damaged file.

The readers know where atoms stand in each format, not its whole grammar: bonds, symmetry and crystal data are
the viewer's and rdkit's. Of a file with several models or molecules the first one is read.

Formats: PDB 3.3 and PQR columns (wwPDB; APBS), mmCIF and core CIF (IUCr), MDL molfiles V2000 and V3000
(BIOVIA CTfile formats), Tripos MOL2, GROMACS GRO, MMTF 1.0 (RCSB).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from nbtrack.errors import LogValueError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

#: format of a file by its extension; one format has several
FORMATS: dict[str, str] = {
    "pdb": "pdb",
    "pqr": "pqr",
    "mmcif": "cif",
    "mcif": "cif",
    "cif": "cif",
    "sdf": "sdf",
    "sd": "sdf",
    "mol": "sdf",
    "gro": "gro",
    "mol2": "mol2",
    "mmtf": "mmtf",
}

#: two letters that begin an atom's name and are an element
_TWO = frozenset(
    {
        "CL",
        "BR",
        "NA",
        "MG",
        "ZN",
        "FE",
        "MN",
        "CU",
        "CO",
        "NI",
        "SE",
        "LI",
        "AL",
        "SI",
        "CR",
        "AG",
        "AU",
        "PT",
        "PD",
        "HG",
        "PB",
        "CD",
        "SN",
        "TI",
    }
)
#: residues of proteins and nucleic acids: no atom of theirs is a metal or a halogen
_POLYMER = frozenset(
    [
        "ALA",
        "ARG",
        "ASN",
        "ASP",
        "CYS",
        "GLN",
        "GLU",
        "GLY",
        "HIS",
        "ILE",
        "LEU",
        "LYS",
        "MET",
        "PHE",
        "PRO",
        "SER",
        "THR",
        "TRP",
        "TYR",
        "VAL",
        "MSE",
        "A",
        "C",
        "G",
        "U",
        "DA",
        "DC",
        "DG",
        "DT",
    ]
)
_TOKEN = re.compile(r"'(?:[^']|'(?=\S))*'|\"(?:[^\"]|\"(?=\S))*\"|\S+")


@dataclass(slots=True)
class Structure:
    """Atoms in the order of the file.

    Attributes:
        positions: (n, 3) float64, in Å.
        elements: symbols as "C" or "Cl"; "" where the file does not say.
        names: of the atoms in their residues, as "CA".
        residues: names of the residues; "" outside of any.
        chains: of each atom; "" where there are none.
        numbers: of the residues.
        models: how many models or molecules the file holds.
    """

    positions: NDArray[np.float64]
    elements: list[str]
    names: list[str]
    residues: list[str]
    chains: list[str]
    numbers: list[int]
    models: int = 1

    def __len__(self) -> int:
        return len(self.elements)


def read(data: bytes | memoryview, file_type: str) -> Structure:
    """Read the atoms of a file.

    Args:
        data: its bytes.
        file_type: its extension, a key of `FORMATS`.

    Raises:
        LogValueError: it is damaged, of another format, or holds no atom.

    Example:
        >>> len(read(Path("aspirin.sdf").read_bytes(), "sdf"))
        21
    """
    kind = FORMATS[file_type]
    try:
        made = _mmtf(bytes(data)) if kind == "mmtf" else _READERS[kind](_lines(bytes(data)))
    except (ValueError, IndexError, KeyError, TypeError, OverflowError, EOFError) as error:
        raise LogValueError(f"no readable {file_type} file: {error}") from error
    if not len(made):
        raise LogValueError(f"there is no atom in this {file_type} file")
    if not np.isfinite(made.positions).all():
        raise LogValueError(f"this {file_type} file has atoms whose coordinates are no finite numbers")
    return made


@dataclass(slots=True)
class _Rows:
    """Atoms while they are read."""

    positions: list[tuple[float, float, float]] = field(default_factory=list)
    elements: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    residues: list[str] = field(default_factory=list)
    chains: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)

    def add(
        self,
        position: Iterable[str | float],
        element: str,
        name: str = "",
        residue: str = "",
        chain: str = "",
        number: int = 0,
    ) -> None:
        x, y, z = map(float, position)
        self.positions.append((x, y, z))
        self.elements.append(element.capitalize())
        self.names.append(name)
        self.residues.append(residue)
        self.chains.append(chain)
        self.numbers.append(number)

    def done(self, models: int = 1) -> Structure:
        positions = np.array(self.positions, np.float64).reshape(-1, 3)
        return Structure(
            positions, self.elements, self.names, self.residues, self.chains, self.numbers, models
        )


def _lines(data: bytes) -> list[str]:
    return data.decode("utf-8", "replace").splitlines()


def _element(name: str, residue: str = "") -> str:
    """Guess the element from an atom's name: CA is a carbon in an amino acid, and calcium as an ion."""
    letters = re.sub(r"[^A-Za-z]", "", name).upper()
    if residue.upper() not in _POLYMER and (
        letters[:2] in _TWO or (letters == "CA" and residue.upper() == "CA")
    ):
        return letters[:2]
    return letters[:1]


def _pdb(lines: list[str]) -> Structure:
    atoms, models = _Rows(), 0
    for at, line in enumerate(lines, 1):
        if line.startswith("MODEL "):
            models += 1
        if models > 1 or not line.startswith(("ATOM  ", "HETATM")):
            continue
        name, residue = line[12:16].strip(), line[17:20].strip()
        try:
            position = line[30:38], line[38:46], line[46:54]
            number = line[22:26].strip()
            element = line[76:78].strip() or (
                _element(name, residue) if line[12:13] in {" ", ""} else _element(name[:2], residue)
            )
            # beyond 9,999 numbers are written in other bases, in several ways
            atoms.add(
                position,
                element,
                name,
                residue,
                line[21:22].strip(),
                int(number) if number.lstrip("-").isdigit() else 0,
            )
        except ValueError as error:
            raise ValueError(f"line {at} has no coordinates in columns 31 to 54: {line[:60]!r}") from error
    return atoms.done(max(models, 1))


def _pqr(lines: list[str]) -> Structure:
    atoms = _Rows()
    for at, line in enumerate(lines, 1):
        if not line.startswith(("ATOM", "HETATM")):
            continue
        words = line.split()
        # separated by blanks; the chain may be missing, between the residue's name and number
        if len(words) < 10:
            raise ValueError(
                f"line {at} has {len(words)} fields where a pqr atom has 10 or 11: {line[:60]!r}"
            )
        chain = words[4] if len(words) > 10 else ""
        found = re.match(r"-?\d+", words[-6])
        atoms.add(
            words[-5:-2],
            _element(words[2], words[3]),
            words[2],
            words[3],
            chain,
            int(found[0]) if found else 0,
        )
    return atoms.done()


def _gro(lines: list[str]) -> Structure:
    count = int(lines[1])
    atoms = _Rows()
    if len(lines) < count + 2:
        raise ValueError(f"it ends after {len(lines) - 2} of {count} atoms")
    # as many decimals as the file has: the distance between the points says how wide a column is
    points = [found.start() for found in re.finditer(r"\.", lines[2])] if count else []
    if count and len(points) < 3:
        raise ValueError(f"line 3 has no coordinates: {lines[2][:60]!r}")
    wide = points[1] - points[0] if count else 8
    for line in lines[2 : count + 2]:
        name, residue = line[10:15].strip(), line[5:10].strip()
        position = (float(line[20 + i * wide : 20 + (i + 1) * wide]) * 10 for i in range(3))  # nm
        atoms.add(position, _element(name, residue), name, residue, "", int(line[:5]))
    return atoms.done()


def _sdf(lines: list[str]) -> Structure:
    models = max(1, sum(line.startswith("$$$$") for line in lines))
    counts = lines[3]
    atoms = _Rows()
    if "V3000" in counts:
        inside = False
        for line in lines[4:]:
            words = line.split()
            if words[2:4] == ["BEGIN", "ATOM"]:
                inside = True
            elif words[2:4] == ["END", "ATOM"]:
                break
            elif inside:
                atoms.add(words[4:7], words[3], words[3])
        return atoms.done(models)
    number = int(counts[:3])
    if len(lines) < 4 + number:
        raise ValueError(f"it ends after {len(lines) - 4} of {number} atoms")
    for line in lines[4 : 4 + number]:
        symbol = line[31:34].strip()
        atoms.add((line[:10], line[10:20], line[20:30]), symbol, symbol)
    return atoms.done(models)


def _mol2(lines: list[str]) -> Structure:
    atoms = _Rows()
    models = sum(line.startswith("@<TRIPOS>MOLECULE") for line in lines)
    begin = next((at for at, line in enumerate(lines) if line.startswith("@<TRIPOS>ATOM")), None)
    if begin is None:
        raise ValueError("it has no @<TRIPOS>ATOM section")
    for line in lines[begin + 1 :]:
        if line.startswith("@"):
            break
        words = line.split()
        if not words:
            continue
        number = int(words[6]) if len(words) > 6 and words[6].lstrip("-").isdigit() else 0
        residue = re.sub(r"\d+$", "", words[7]) if len(words) > 7 else ""
        atoms.add(words[2:5], words[5].partition(".")[0], words[1], residue, "", number)
    return atoms.done(max(models, 1))


def _cif(lines: list[str]) -> Structure:
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
                rows.append(
                    [token.strip("'\"") if token[0] in "'\"" else token for token in _TOKEN.findall(word)]
                )
        if state == "after" and rows:
            break
    column = {re.sub(r"^_atom_site[._]", "", name): at for at, name in enumerate(names)}
    return _sites(list(_whole(rows, len(names))), column, cell)


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
    atoms, first, models = _Rows(), None, set()
    for row in rows:
        if (at := column.get("pdbx_pdb_model_num")) is not None:
            first = first or row[at]
            models.add(row[at])
            if row[at] != first:
                continue

        def value(*names: str, row: list[str] = row) -> str:
            found = (row[column[name]] for name in names if name in column)
            return next((one for one in found if one not in {".", "?"}), "")

        name, number = value("auth_atom_id", "label_atom_id", "label"), value("auth_seq_id", "label_seq_id")
        residue = value("auth_comp_id", "label_comp_id")
        element = re.sub(r"[^A-Za-z].*", "", value("type_symbol")) or _element(name, residue)
        position = [_number(row[axis]) for axis in axes]
        chain = value("auth_asym_id", "label_asym_id")
        atoms.add(position, element, name, residue, chain, int(number) if number.lstrip("-").isdigit() else 0)
    made = atoms.done(max(len(models), 1))
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


_READERS: dict[str, Callable[[list[str]], Structure]] = {
    "pdb": _pdb,
    "pqr": _pqr,
    "cif": _cif,
    "sdf": _sdf,
    "mol2": _mol2,
    "gro": _gro,
}


def _mmtf(data: bytes) -> Structure:
    """MMTF: MessagePack with packed columns (https://mmtf.rcsb.org, specification 1.0)."""
    import msgspec

    try:
        table: dict[str, Any] = msgspec.msgpack.decode(data)
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from error
    axes = [_unpacked(table[f"{axis}CoordList"]) for axis in "xyz"]
    groups, kinds = table["groupList"], _unpacked(table["groupTypeList"])
    numbers = _unpacked(table["groupIdList"])
    chain_ids = table.get("chainNameList") or table["chainIdList"]
    letters = _unpacked(chain_ids)
    atoms = _Rows()
    per_chain = table["groupsPerChain"][: table["chainsPerModel"][0]]
    ends = np.cumsum(per_chain)
    for at in range(int(ends[-1]) if len(ends) else 0):
        group, chain = groups[kinds[at]], letters[int(np.searchsorted(ends, at, "right"))]
        for name, element in zip(group["atomNameList"], group["elementList"], strict=True):
            here = len(atoms.elements)
            position = (axis[here] for axis in axes)
            atoms.add(position, element, name, group["groupName"], chain, int(numbers[at]))
    return atoms.done(int(table.get("numModels", 1)))


def _unpacked(column: Any) -> Any:
    """Decode a packed column; the codecs that the columns above use."""
    if not isinstance(column, bytes):
        return column
    codec, size, parameter = (int.from_bytes(column[at : at + 4], "big", signed=True) for at in (0, 4, 8))
    body = column[12:]
    if codec == 4:
        return np.frombuffer(body, ">i4")[:size]
    if codec == 5:  # fixed-length text
        return [body[at : at + parameter].rstrip(b"\0").decode() for at in range(0, len(body), parameter)]
    if codec == 8:  # run lengths of differences
        runs = np.frombuffer(body, ">i4").astype(np.int64)
        return np.cumsum(np.repeat(runs[::2], runs[1::2]))
    if codec == 10:  # differences in 16 bits, the extremes go on in the next number
        steps = np.frombuffer(body, ">i2").astype(np.int64)
        carried = (steps == 32767) | (steps == -32768)
        starts = np.concatenate([[0], np.flatnonzero(~carried)[:-1] + 1]).astype(np.intp)
        return np.cumsum(np.add.reduceat(steps, starts)) / parameter if len(steps) else steps
    raise ValueError(f"codec {codec} of MMTF is not known here")
