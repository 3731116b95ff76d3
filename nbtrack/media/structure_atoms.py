"""The atoms of a molecule: what every reader fills, and what comes of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

#: two letters that begin an atom's name and are an element
_TWO = frozenset(
    ["CL", "BR", "NA", "MG", "ZN", "FE", "MN", "CU", "CO", "NI", "SE", "LI", "AL", "SI", "CR", "AG", "AU",
     "PT", "PD", "HG", "PB", "CD", "SN", "TI"]
)  # fmt: skip
#: residues of proteins and nucleic acids: no atom of theirs is a metal or a halogen
_POLYMER = frozenset(
    ["ALA", "ARG", "ASN", "ASP", "CYS", "GLN", "GLU", "GLY", "HIS", "ILE", "LEU", "LYS", "MET", "PHE", "PRO",
     "SER", "THR", "TRP", "TYR", "VAL", "MSE", "A", "C", "G", "U", "DA", "DC", "DG", "DT"]
)  # fmt: skip


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


@dataclass(slots=True)
class Atoms:
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
        """Add one; texts of numbers are read. Å."""
        x, y, z = map(float, position)
        self.positions.append((x, y, z))
        self.elements.append(element.capitalize())
        self.names.append(name)
        self.residues.append(residue)
        self.chains.append(chain)
        self.numbers.append(number)

    def done(self) -> Structure:
        """Return what has been added."""
        positions = np.array(self.positions, np.float64).reshape(-1, 3)
        return Structure(positions, self.elements, self.names, self.residues, self.chains, self.numbers)


def element_of(name: str, residue: str = "") -> str:
    """Guess the element from an atom's name: CA is a carbon in an amino acid, and calcium as an ion."""
    letters = re.sub(r"[^A-Za-z]", "", name).upper()
    if residue.upper() not in _POLYMER and (
        letters[:2] in _TWO or (letters == "CA" and residue.upper() == "CA")
    ):
        return letters[:2]
    return letters[:1]
