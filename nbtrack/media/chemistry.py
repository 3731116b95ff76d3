"""What rdkit does for molecules: reads SMILES and files, makes them three-dimensional, draws them flat.

rdkit is a big package (160 MB, about a second to import): it is imported when one of these is called.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from nbtrack.errors import LogTypeError, LogValueError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: files that `Molecule.from_rdkit` reads, by extension
FILES = ("mol", "sdf", "sd", "pdb", "ent", "mol2")
#: atoms other than hydrogen up to which a flat drawing says something
MAX_DEPICTED = 100
#: the same coordinates at every call, on every machine
_SEED = 0xF00D
#: seconds that one molecule's embedding may take
_TIMEOUT_S = 120
#: side of a depiction in CSS pixels
DEPICTION = (320, 240)
#: inks that read on white and on near-black
_GRAY, _INKS = (
    (0.50, 0.53, 0.57),
    {
        1: (0.55, 0.58, 0.62),
        7: (0.23, 0.48, 0.86),
        8: (0.85, 0.29, 0.27),
        9: (0.20, 0.60, 0.38),
        15: (0.82, 0.49, 0.12),
        16: (0.66, 0.55, 0.05),
        17: (0.20, 0.60, 0.38),
        35: (0.66, 0.36, 0.24),
        53: (0.56, 0.34, 0.70),
    },
)


class Made(NamedTuple):
    """A molecule as a file.

    Attributes:
        data: its text.
        file_type: "sdf" (bond orders and charges kept), or "pdb" where the atoms stand in residues.
        note: what did not go as asked for; "" when all did.
    """

    data: bytes
    file_type: str
    note: str = ""


def rdkit() -> Any:
    """Return `rdkit.Chem`.

    Raises:
        UnsupportedError: rdkit is not installed.
    """
    try:
        from rdkit import Chem
    except ImportError:
        raise UnsupportedError(
            'this needs rdkit, which is not installed here: pip install "nbtrack[molecule]"'
        ) from None
    return Chem


def is_rdkit(value: object) -> bool:
    """Whether `value` is an rdkit molecule. Imports nothing."""
    return any(cls.__module__.startswith("rdkit.") and cls.__name__ == "Mol" for cls in type(value).__mro__)


def of_smiles(smiles: object, *, sanitize: bool = True) -> Any:
    """Return the rdkit molecule of a SMILES.

    Raises:
        LogTypeError: `smiles` is no text.
        LogValueError: it cannot be read, or it breaks the rules of valence.
    """
    if not isinstance(smiles, str):
        raise LogTypeError(f"Molecule.from_smiles takes a SMILES string, not {type(smiles).__name__}")
    chem = rdkit()
    from rdkit.rdBase import BlockLogs

    shown = smiles if len(smiles) <= 80 else smiles[:79] + "…"
    with BlockLogs():
        found = chem.MolFromSmiles(smiles, sanitize=False)
        if found is None:
            raise LogValueError(
                f"Molecule: {shown!r} cannot be read as SMILES (accepted: one molecule as in 'CC(=O)O')"
            )
        if not found.GetNumAtoms():
            raise LogValueError(f"Molecule: the SMILES {shown!r} has no atom")
        if sanitize:
            problems = [problem.Message() for problem in chem.DetectChemistryProblems(found)]
            if problems:
                raise LogValueError(f"Molecule: the SMILES {shown!r} is no possible molecule: {problems[0]}")
            found = chem.MolFromSmiles(smiles)
        else:
            found = _counted(found)
    if found is None:  # in no known case, since both halves went well
        raise LogValueError(f"Molecule: {shown!r} cannot be read as SMILES")
    return found


def of_file(path: Path) -> Any:
    """Return the first molecule of a file, as rdkit reads it, hydrogens kept.

    Raises:
        LogValueError: no such file, another extension, or nothing in it that rdkit can read.
    """
    extension = path.suffix.lower().removeprefix(".")
    if extension not in FILES:
        raise LogValueError(
            f"Molecule.from_rdkit reads {', '.join(FILES)} files and rdkit molecules, not {str(path)!r}; "
            "for other formats: nbtrack.Molecule(path)"
        )
    if not path.is_file():
        raise LogValueError(f"Molecule: there is no file {str(path)!r}")
    found = of_block(path.read_bytes().decode("utf-8", "replace"), extension)
    if found is None or not found.GetNumAtoms():
        raise LogValueError(f"Molecule: rdkit finds no molecule in {str(path)!r}")
    return found


def of_block(text: str, file_type: str) -> Any:
    """Return rdkit's molecule of a file's text, None where it cannot be read or the format is not rdkit's."""
    chem = rdkit()
    from rdkit.rdBase import BlockLogs

    readers: dict[str, Callable[..., Any]] = {
        "mol": chem.MolFromMolBlock,
        "sdf": chem.MolFromMolBlock,
        "sd": chem.MolFromMolBlock,
        "pdb": chem.MolFromPDBBlock,
        "ent": chem.MolFromPDBBlock,
        "mol2": chem.MolFromMol2Block,
    }
    reader = readers.get(file_type)
    if reader is None:
        return None
    first = re.split(r"^\$\$\$\$", text, maxsplit=1, flags=re.MULTILINE)[0]
    with BlockLogs():
        found = reader(first, removeHs=False)
        if found is None:  # odd valences: still a structure that can be looked at
            found = reader(first, removeHs=False, sanitize=False)
            found = None if found is None else _counted(found)
    return found


def of_binary(data: bytes) -> Any:
    """Return the molecule of what `Mol.ToBinary()` gave."""
    return _counted(rdkit().Mol(data))


def _counted(molecule: Any) -> Any:
    """A molecule that was not sanitized, with the counts of hydrogens and rings that all else asks for."""
    chem = rdkit()
    if molecule.NeedsUpdatePropertyCache():
        molecule.UpdatePropertyCache(strict=False)
    chem.FastFindRings(molecule)
    return molecule


def is_3d(molecule: Any) -> bool:
    """Whether the molecule has coordinates in space."""
    return bool(molecule.GetNumConformers()) and bool(molecule.GetConformer().Is3D())


def made(molecule: Any, *, embed: bool, iterations: int) -> Made:
    """Return the molecule as a file, of several models where it has several conformers.

    Args:
        molecule: rdkit's.
        embed: give it hydrogens and coordinates in space anew (ETKDG with a fixed seed), then optimize
            these (MMFF94, UFF where that has no parameters).
        iterations: of the optimization, at most.
    """
    chem = rdkit()
    from rdkit.Chem import AllChem
    from rdkit.rdBase import BlockLogs

    note = ""
    with BlockLogs():
        if embed:
            molecule, note = _embedded(molecule, iterations)
        if not molecule.GetNumConformers():
            molecule = chem.Mol(molecule)
            AllChem.Compute2DCoords(molecule)
        if all(atom.GetPDBResidueInfo() is not None for atom in molecule.GetAtoms()):
            return Made(chem.MolToPDBBlock(molecule).encode(), "pdb", note)
        big = molecule.GetNumAtoms() > 999  # more than a V2000 counts line can say
        write = chem.MolToV3KMolBlock if big else chem.MolToMolBlock
        kekulize = not big and _kekulizes(molecule)
        blocks = (
            write(molecule, confId=conformer.GetId(), kekulize=kekulize) + "$$$$\n"
            for conformer in molecule.GetConformers()
        )
        return Made("".join(blocks).encode(), "sdf", note)


def _kekulizes(molecule: Any) -> bool:
    chem = rdkit()
    try:
        chem.Kekulize(chem.Mol(molecule))
    except chem.KekulizeException:
        return False
    return True


def _embedded(molecule: Any, iterations: int) -> tuple[Any, str]:
    """The molecule in space, or flat and why."""
    chem = rdkit()
    from rdkit.Chem import AllChem

    whole = chem.AddHs(molecule, addResidueInfo=True)
    options = AllChem.ETKDGv3()
    options.randomSeed = _SEED
    options.timeout = _TIMEOUT_S
    try:
        found = AllChem.EmbedMolecule(whole, options)
        if found < 0:
            options.useRandomCoords = True
            found = AllChem.EmbedMolecule(whole, options)
    except (RuntimeError, ValueError):  # without valences there are no distances
        found = -1
    if found < 0:
        flat = chem.Mol(molecule)
        flat.RemoveAllConformers()
        smiles = chem.MolToSmiles(flat)
        shown = smiles if len(smiles) <= 80 else smiles[:79] + "…"
        return flat, (
            f"no coordinates in space were found for {shown!r} (ETKDG): it is shown flat; "
            "a molecule that has coordinates is taken as it is (Molecule.from_rdkit)"
        )
    if AllChem.MMFFHasAllMoleculeParams(whole):
        AllChem.MMFFOptimizeMolecule(whole, maxIters=iterations)
    elif AllChem.UFFHasAllMoleculeParams(whole):
        AllChem.UFFOptimizeMolecule(whole, maxIters=iterations)
    return whole, ""


class Depiction(NamedTuple):
    """A flat drawing of a molecule, transparent, in inks for light and dark pages."""

    svg: bytes
    png: bytes


def depict(molecule: Any) -> Depiction | None:
    """Draw a molecule of up to `MAX_DEPICTED` atoms flat, without hydrogens; None for larger ones."""
    chem = rdkit()
    from rdkit.Chem import AllChem
    from rdkit.Chem.Draw import rdMolDraw2D
    from rdkit.rdBase import BlockLogs

    if not 0 < molecule.GetNumHeavyAtoms() <= MAX_DEPICTED:
        return None
    with BlockLogs():
        try:
            flat = chem.RemoveHs(molecule)
        except ValueError:  # what cannot be sanitized is drawn as it is
            flat = chem.Mol(molecule)
        flat.RemoveAllConformers()
        AllChem.Compute2DCoords(flat)
        width, height = DEPICTION
        svg = rdMolDraw2D.MolDraw2DSVG(width, height)
        png = rdMolDraw2D.MolDraw2DCairo(2 * width, 2 * height)
        for drawer in (svg, png):
            options = drawer.drawOptions()
            options.clearBackground = False
            options.updateAtomPalette({0: _GRAY, 6: _GRAY, -1: _GRAY, **_INKS})
            options.bondLineWidth = 2
            options.padding = 0.06
            options.maxFontSize = 18 if drawer is svg else 36
            options.fixedBondLength = 28 if drawer is svg else 56
            drawn = rdMolDraw2D.PrepareMolForDrawing(flat, kekulize=_kekulizes(flat), addChiralHs=False)
            drawer.DrawMolecule(drawn)
            drawer.FinishDrawing()
    return Depiction(svg.GetDrawingText().encode(), cast(bytes, png.GetDrawingText()))


def formula(molecule: Any) -> str:
    """The sum formula, as "C9H8O4"."""
    from rdkit.Chem.rdMolDescriptors import CalcMolFormula

    return str(CalcMolFormula(molecule))
