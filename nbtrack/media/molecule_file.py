"""Molecule files as they are handed over: read, and refused where they are plainly something else."""

from __future__ import annotations

from pathlib import Path

from nbtrack.errors import LogTypeError, LogValueError

#: extensions of the files that are taken
FILE_TYPES = frozenset({"pdb", "pqr", "mmcif", "mcif", "cif", "sdf", "sd", "gro", "mol2", "mmtf"})
#: what a file holds if it is what its extension says
_MARKS: dict[str, tuple[bytes, ...]] = {
    "pdb": (b"ATOM  ", b"HETATM"),
    "pqr": (b"ATOM", b"HETATM"),
    "mmcif": (b"_atom_site",),
    "mcif": (b"_atom_site",),
    "cif": (b"_atom_site",),
    "sdf": (b"V2000", b"V3000"),
    "sd": (b"V2000", b"V3000"),
    "mol2": (b"@<TRIPOS>ATOM",),
}


def read_file(source: object, file_type: str | None) -> tuple[bytes, str]:
    """Return the bytes and the format of a path or an open file.

    Args:
        source: a path, or an open file, text or binary, that is read from its beginning.
        file_type: one of `FILE_TYPES`; None: as its name says.

    Raises:
        LogTypeError: something else was given.
        LogValueError: no such file, an unknown format, or a file that is plainly not of its format.
    """
    data, found = _read(source, file_type)
    _check(data, found)
    return data, found


def _read(source: object, file_type: str | None) -> tuple[bytes, str]:
    accepted = ", ".join(sorted(FILE_TYPES))
    if isinstance(source, str | Path):
        path = Path(source).expanduser()
        found = _type(file_type or path.suffix, accepted, repr(str(source)))
        try:
            return path.read_bytes(), found
        except (OSError, ValueError) as error:
            raise LogValueError(f"Molecule: the file {str(source)!r} cannot be read: {error}") from error
    if not callable(read := getattr(source, "read", None)):
        raise LogTypeError(
            f"Molecule takes a path or an open file ({accepted}), not {type(source).__name__}; "
            "for SMILES: Molecule.from_smiles"
        )
    name = getattr(source, "name", None)
    if file_type is None and not (isinstance(name, str) and Path(name).suffix):
        raise LogValueError(
            f"Molecule: a {type(source).__name__} does not tell its format: pass file_type, one of {accepted}"
        )
    found = _type(file_type or Path(str(name)).suffix, accepted, type(source).__name__)
    if callable(seek := getattr(source, "seek", None)) and getattr(source, "seekable", lambda: True)():
        seek(0)
    data = read()
    return (data.encode() if isinstance(data, str) else bytes(data)), found


def _type(given: str, accepted: str, what: str) -> str:
    found = str(given).lower().removeprefix(".")
    if found not in FILE_TYPES:
        raise LogValueError(
            f"Molecule: {found or 'no extension'!r} of {what} is no format of these: {accepted}"
        )
    return found


def _check(data: bytes, file_type: str) -> None:
    """Refuse at the call what is plainly something else; the codec reads it whole."""
    if not data.strip():
        raise LogValueError(f"Molecule: the {file_type} file is empty")
    marks = _MARKS.get(file_type)
    if marks and not any(mark in data for mark in marks):
        shown = " or ".join(repr(mark.decode().strip()) for mark in marks)
        raise LogValueError(
            f"Molecule: this is no {file_type} file: it has no {shown}; it begins {data[:40]!r}"
        )
    if file_type == "gro":
        lines = data.split(b"\n", 2)
        if len(lines) < 3 or not lines[1].strip().isdigit():
            raise LogValueError("Molecule: this is no gro file: its second line is not the number of atoms")
    # MessagePack maps: fixmap, map 16, map 32
    if file_type == "mmtf" and not (0x80 <= data[0] <= 0x8F or data[0] in {0xDE, 0xDF}):
        raise LogValueError(f"Molecule: this is no mmtf file (MessagePack); it begins {data[:8]!r}")
