"""Readers of formats that are lines: columns of PDB and GRO, words of PQR and MOL2, tables of molfiles.

Sources: PDB 3.3 (wwPDB), PQR (APBS), MDL molfiles V2000 and V3000 (BIOVIA CTfile formats), Tripos MOL2,
GROMACS GRO. A reader gets the lines of one model.
"""

from __future__ import annotations

import re

from nbtrack.media.structure_atoms import Atoms, Structure, element_of


def pdb(lines: list[str]) -> Structure:
    """Columns of a PDB file."""
    atoms = Atoms()
    for at, line in enumerate(lines, 1):
        if not line.startswith(("ATOM  ", "HETATM")):
            continue
        name, residue = line[12:16].strip(), line[17:20].strip()
        try:
            position = line[30:38], line[38:46], line[46:54]
            number = line[22:26].strip()
            element = line[76:78].strip() or (
                element_of(name, residue) if line[12:13] in {" ", ""} else element_of(name[:2], residue)
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
    return atoms.done()


def pqr(lines: list[str]) -> Structure:
    """Words of a PQR file."""
    atoms = Atoms()
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
            element_of(words[2], words[3]),
            words[2],
            words[3],
            chain,
            int(found[0]) if found else 0,
        )
    return atoms.done()


def gro(lines: list[str]) -> Structure:
    """Columns of a GRO file, whose nm become Å."""
    count = int(lines[1])
    atoms = Atoms()
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
        atoms.add(position, element_of(name, residue), name, residue, "", int(line[:5]))
    return atoms.done()


def sdf(lines: list[str]) -> Structure:
    """The table of atoms of a molfile."""
    counts = lines[3]
    atoms = Atoms()
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
        return atoms.done()
    number = int(counts[:3])
    if len(lines) < 4 + number:
        raise ValueError(f"it ends after {len(lines) - 4} of {number} atoms")
    for line in lines[4 : 4 + number]:
        symbol = line[31:34].strip()
        atoms.add((line[:10], line[10:20], line[20:30]), symbol, symbol)
    return atoms.done()


def mol2(lines: list[str]) -> Structure:
    """The ATOM section of a MOL2 file."""
    atoms = Atoms()
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
    return atoms.done()
