"""Atoms of a molecule file: as much as a picture and a count need, and what is wrong with a damaged file.

The readers know where atoms stand in each format, not its whole grammar: bonds, symmetry and crystal data are
the viewer's and rdkit's. `structure_models` finds the models of a file that has several.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nbtrack.errors import LogValueError
from nbtrack.media import structure_mmtf, structure_text
from nbtrack.media.structure_atoms import Structure
from nbtrack.media.structure_cif import cif
from nbtrack.media.structure_models import joined, models

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FORMATS", "Structure", "alone", "read"]

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
_READERS: dict[str, Callable[[list[str]], Structure]] = {
    "pdb": structure_text.pdb,
    "pqr": structure_text.pqr,
    "cif": cif,
    "sdf": structure_text.sdf,
    "mol2": structure_text.mol2,
    "gro": structure_text.gro,
}


def read(data: bytes | memoryview, file_type: str, model: int = 0) -> Structure:
    """Read the atoms of one model of a file.

    Args:
        data: its bytes.
        file_type: its extension, a key of `FORMATS`.
        model: which one, from 0.

    Raises:
        LogValueError: it is damaged, of another format, has no such model, or holds no atom.

    Example:
        >>> len(read(Path("aspirin.sdf").read_bytes(), "sdf"))
        21
    """
    kind = FORMATS[file_type]
    try:
        if kind == "mmtf":
            made = structure_mmtf.mmtf(bytes(data), model)
        else:
            block, count = alone(bytes(data), file_type, model)
            made = _READERS[kind](block.decode("utf-8", "replace").splitlines())
            made.models = count
    except LogValueError:
        raise
    except (ValueError, IndexError, KeyError, TypeError, OverflowError, EOFError) as error:
        raise LogValueError(f"no readable {file_type} file: {error}") from error
    if not len(made):
        raise LogValueError(f"there is no atom in this {file_type} file")
    if not np.isfinite(made.positions).all():
        raise LogValueError(f"this {file_type} file has atoms whose coordinates are no finite numbers")
    return made


def alone(data: bytes, file_type: str, model: int = 0) -> tuple[bytes, int]:
    """Return one model of a text file as a file of its own, and how many models there are.

    Raises:
        LogValueError: there is no such model.
    """
    found = models(data, FORMATS[file_type])
    if not 0 <= model < len(found):
        raise LogValueError(
            f"this {file_type} file has {len(found)} models, 0 to {len(found) - 1}; got {model}"
        )
    return joined(data, found[model]), len(found)
