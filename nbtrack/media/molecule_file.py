"""Molecule files as they are handed over: read, and refused where they are plainly something else."""

from __future__ import annotations

from pathlib import Path

from nbtrack.errors import LogTypeError, LogValueError

#: extensions of the files that are taken
FILE_TYPES = frozenset({"pdb", "pqr", "mmcif", "mcif", "cif", "sdf", "sd", "gro", "mol2", "mmtf"})
#: one of these is in a file that is what its extension says
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
_HOLDS = {
    "gro": "the number of atoms in its second line",
    "mmtf": "a MessagePack map",
    **{kind: " or ".join(mark.decode().strip() for mark in marks) for kind, marks in _MARKS.items()},
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
    accepted = ", ".join(sorted(FILE_TYPES))
    if isinstance(source, str | Path):
        what = repr(str(source))
        path = Path(source).expanduser()
        found = _type(file_type or path.suffix, accepted, what)
        try:
            data = path.read_bytes()
        except (OSError, ValueError) as error:
            raise LogValueError(f"Molecule: the file {what} cannot be read: {error}") from error
    elif callable(read := getattr(source, "read", None)):
        name = getattr(source, "name", None)
        named = isinstance(name, str) and Path(name).suffix
        what = repr(name) if named else f"a {type(source).__name__}"
        if file_type is None and not named:
            raise LogValueError(
                f"Molecule: {what} does not tell its format: pass file_type, one of {accepted}"
            )
        found = _type(file_type or Path(str(name)).suffix, accepted, what)
        if callable(seek := getattr(source, "seek", None)) and getattr(source, "seekable", lambda: True)():
            seek(0)
        try:
            text = read()
        except UnicodeDecodeError:
            raise LogValueError(
                f"Molecule: {what} was opened as text and holds bytes: open it with 'rb'"
            ) from None
        data = text.encode() if isinstance(text, str) else bytes(text)
    else:
        raise LogTypeError(
            f"Molecule takes a path or an open file ({accepted}), not {type(source).__name__}; "
            "for SMILES: Molecule.from_smiles"
        )
    _check(data, found, what)
    return data, found


def _type(given: str, accepted: str, what: str) -> str:
    found = str(given).lower().removeprefix(".")
    if found not in FILE_TYPES:
        raise LogValueError(
            f"Molecule: {found or 'no extension'!r} of {what} is no format of these: {accepted}"
        )
    return found


def _check(data: bytes, file_type: str, what: str) -> None:
    """Refuse at the call what is plainly something else; the codec reads it whole."""
    wanted = _HOLDS[file_type]
    if not data.strip():
        raise LogValueError(f"Molecule: {what} is empty; a {file_type} file has {wanted}")
    marks = _MARKS.get(file_type)
    if marks:
        good = any(mark in data for mark in marks)
    elif file_type == "gro":
        lines = data.split(b"\n", 2)
        good = len(lines) > 2 and lines[1].strip().isdigit()
    else:  # MessagePack maps: fixmap, map 16, map 32
        good = 0x80 <= data[0] <= 0x8F or data[0] in {0xDE, 0xDF}
    if not good:
        raise LogValueError(
            f"Molecule: {what} is no {file_type} file, which has {wanted}; it begins {data[:40]!r}"
        )
