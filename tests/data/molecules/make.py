"""Writes the molecules of this folder with rdkit, from public facts: python tests/data/molecules/make.py

- aspirin.sdf, caffeine.mol2: embedded from their SMILES.
- helices.pdb, .mmcif, .pqr, .mmtf: two ideal alpha helices (phi -57, psi -47) of calmodulin's first residues, as chains A
  and B, with a calcium ion beside them.
- helices-moved.pdb: the same, unfolding: for trajectories and superposition.
- ensemble.pdb, .mmcif, .pqr, .mmtf: five models of a helix of eight residues that opens, as a trajectory has them.
- ligands.sdf, ligands.mol2: several molecules in one file.
- water-steps.gro: three frames of the water that comes apart.
- salt.cif: rock salt (Fm-3m, a = 5.6402 Å), one cell with its eight ions.
- water.gro: eight water molecules (SPC: 0.1 nm, 109.47 degrees).
- rmsd.json: pairs of conformers with what rdkit's AlignMol gives for them.
"""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path

import msgspec
import numpy as np
from rdkit import Chem
from rdkit.Chem import AllChem, rdMolAlign, rdMolTransforms

HERE = Path(__file__).parent
SEQUENCE = "ADQLTEEQIAEFKEAFSLFD"


def embedded(smiles: str) -> Chem.Mol:
    molecule = Chem.AddHs(Chem.MolFromSmiles(smiles))
    AllChem.EmbedMolecule(molecule, randomSeed=7)
    AllChem.MMFFOptimizeMolecule(molecule)
    return molecule


def folded(phi: float, psi: float, sequence: str = SEQUENCE) -> Chem.Mol:
    """The peptide with the same angles everywhere, without hydrogens."""
    peptide = Chem.AddHs(Chem.MolFromSequence(sequence), addResidueInfo=True)
    AllChem.EmbedMolecule(peptide, randomSeed=7, useRandomCoords=True)
    peptide = Chem.RemoveHs(peptide)
    at = {}
    for atom in peptide.GetAtoms():
        info = atom.GetPDBResidueInfo()
        at[info.GetResidueNumber(), info.GetName().strip()] = atom.GetIdx()
    shape = peptide.GetConformer()
    for number in range(1, len(sequence) + 1):
        n, ca, c = (at[number, name] for name in ("N", "CA", "C"))
        if number > 1:
            rdMolTransforms.SetDihedralDeg(shape, at[number - 1, "C"], n, ca, c, phi)
            rdMolTransforms.SetDihedralDeg(shape, at[number - 1, "CA"], at[number - 1, "C"], n, ca, 180.0)
        if number < len(sequence):
            rdMolTransforms.SetDihedralDeg(shape, n, ca, c, at[number + 1, "N"], psi)
    rdMolTransforms.CanonicalizeConformer(shape)
    return peptide


def chains(peptide: Chem.Mol, **shifts: tuple[float, float, float]) -> list[dict]:
    """Chains of the peptide by name, each moved by so much, as rows of a PDB file."""
    rows = []
    for chain, shift in shifts.items():
        points = peptide.GetConformer().GetPositions() + shift
        for atom, (x, y, z) in zip(peptide.GetAtoms(), points, strict=True):
            info = atom.GetPDBResidueInfo()
            number = info.GetResidueNumber()
            rows.append(
                {
                    "record": "ATOM", "name": info.GetName().strip(), "residue": info.GetResidueName(), "chain": chain,
                    "number": number, "x": float(x), "y": float(y), "z": float(z), "b": 10.0 + 3.0 * abs(number - 10),
                    "element": atom.GetSymbol(),
                }
            )  # fmt: skip
    return rows


def pdb(peptide: Chem.Mol) -> list[dict]:
    """Two chains of the peptide and an ion."""
    rows = chains(peptide, A=(0.0, 0.0, 0.0), B=(0.0, 11.0, 3.0))
    rows.append(
        {"record": "HETATM", "name": "CA", "residue": "CA", "chain": "A", "number": 101, "x": 0.0, "y": 5.5, "z": 9.0,
         "b": 20.0, "element": "Ca"}
    )  # fmt: skip
    return rows


def write_pdb(path: Path, *models: list[dict]) -> None:
    lines = ["HEADER    HELICES, MADE FOR TESTS"]
    rows = models[0]
    if len(models) == 1:
        last = len(SEQUENCE)
        for serial, chain in enumerate("AB", 1):
            first, end = (
                next(r["residue"] for r in rows if r["chain"] == chain and r["number"] == n)
                for n in (1, last)
            )
            lines.append(
                f"HELIX  {serial:3d} {serial:3d} {first} {chain} {1:4d}  {end} {chain} {last:4d}  1{'':30s}{last - 1:6d}"
            )
    for number, rows in enumerate(models, 1):
        lines += [f"MODEL     {number:4d}"] * (len(models) > 1)
        for serial, r in enumerate(rows, 1):
            name = r["name"] if len(r["element"]) == 2 else f" {r['name']:<3}"
            lines.append(
                f"{r['record']:<6}{serial:5d} {name:<4} {r['residue']:>3} {r['chain']}{r['number']:4d}    "
                f"{r['x']:8.3f}{r['y']:8.3f}{r['z']:8.3f}{1.0:6.2f}{r['b']:6.2f}          {r['element'].upper():>2}"
            )
        lines += ["ENDMDL"] * (len(models) > 1)
    path.write_text("\n".join([*lines, "END", ""]))


def write_mmcif(path: Path, *models: list[dict]) -> None:
    tags = (
        "group_PDB id type_symbol label_atom_id label_alt_id label_comp_id label_asym_id label_entity_id label_seq_id "
        "Cartn_x Cartn_y Cartn_z occupancy B_iso_or_equiv auth_seq_id auth_asym_id pdbx_PDB_model_num"
    )
    lines = [
        "data_HELICES",
        "#",
        "_entry.id HELICES",
        "#",
        "loop_",
        *(f"_atom_site.{tag}" for tag in tags.split()),
    ]
    numbered = [(number, r) for number, rows in enumerate(models, 1) for r in rows]
    for serial, (number, r) in enumerate(numbered, 1):
        lines.append(
            f"{r['record']} {serial} {r['element'].upper()} {r['name']} . {r['residue']} {r['chain']} 1 {r['number']} "
            f"{r['x']:.3f} {r['y']:.3f} {r['z']:.3f} 1.00 {r['b']:.2f} {r['number']} {r['chain']} {number}"
        )
    path.write_text("\n".join([*lines, "#", ""]))


def write_pqr(path: Path, *models: list[dict]) -> None:
    radii = {"C": 1.70, "N": 1.55, "O": 1.52, "Ca": 2.31}
    lines = []
    for number, rows in enumerate(models, 1):
        lines += [f"MODEL     {number:4d}"] * (len(models) > 1)
        lines += [
            f"{r['record']:<6} {serial:5d} {r['name']:<4} {r['residue']} {r['chain']} {r['number']:4d} "
            f"{r['x']:8.3f} {r['y']:8.3f} {r['z']:8.3f} {2.0 if r['element'] == 'Ca' else 0.0:7.4f} "
            f"{radii[r['element']]:.4f}"
            for serial, r in enumerate(rows, 1)
        ]
        lines += ["ENDMDL" if len(models) > 1 else "TER"]
    path.write_text("\n".join([*lines, "END", ""]))


def write_mmtf(path: Path, *models: list[dict]) -> None:
    """MMTF 1.0: groups of atoms by type, packed columns; all models stand one after the other in these."""
    rows = [{**r, "model": number} for number, model in enumerate(models) for r in model]
    groups, kinds, numbers, per_chain, chains = [], [], [], [], []
    keys = list(dict.fromkeys((r["model"], r["chain"], r["record"], r["number"]) for r in rows))
    for key in keys:
        atoms = [r for r in rows if (r["model"], r["chain"], r["record"], r["number"]) == key]
        group = {
            "groupName": atoms[0]["residue"], "atomNameList": [r["name"] for r in atoms],
            "elementList": [r["element"] for r in atoms], "bondAtomList": [], "bondOrderList": [],
            "formalChargeList": [0] * len(atoms), "singleLetterCode": "?", "chemCompType": "L-PEPTIDE LINKING",
        }  # fmt: skip
        if group not in groups:
            groups.append(group)
        kinds.append(groups.index(group))
        numbers.append(key[3])
        if not chains or chains[-1] != key[:3]:
            chains.append(key[:3])
            per_chain.append(0)
        per_chain[-1] += 1

    def header(codec: int, size: int, parameter: int) -> bytes:
        return struct.pack(">iii", codec, size, parameter)

    def runs(values: list[int]) -> bytes:
        steps = np.diff([0, *values])
        packed: list[int] = []
        for step in steps.tolist():
            if packed and packed[-2] == step:
                packed[-1] += 1
            else:
                packed += [step, 1]
        return header(8, len(values), 0) + np.array(packed, ">i4").tobytes()

    def coordinates(axis: str) -> bytes:
        whole = np.round(np.array([r[axis] for r in rows]) * 1000).astype(int)
        packed: list[int] = []
        for step in np.diff([0, *whole.tolist()]).tolist():
            rest = step
            while not -32768 < rest < 32767:  # the extremes go on in the next number
                packed.append(32767 if rest > 0 else -32768)
                rest -= packed[-1]
            packed.append(rest)
        return header(10, len(rows), 1000) + np.array(packed, ">i2").tobytes()

    names = b"".join(chain.encode().ljust(4, b"\0") for _, chain, _ in chains)
    b = np.round(np.array([r["b"] for r in rows]) * 100).astype(int)
    table = {
        "mmtfVersion": "1.0.0", "mmtfProducer": "nbtrack's tests", "structureId": "TEST", "numBonds": 0,
        "numAtoms": len(rows), "numGroups": len(keys), "numChains": len(chains), "numModels": len(models),
        "groupList": groups, "groupTypeList": header(4, len(kinds), 0) + np.array(kinds, ">i4").tobytes(),
        "groupIdList": runs(numbers), "groupsPerChain": per_chain, "chainsPerModel": [sum(of == at for of, _, _ in chains) for at in range(len(models))],
        "chainIdList": header(5, len(chains), 4) + names, "chainNameList": header(5, len(chains), 4) + names,
        "xCoordList": coordinates("x"), "yCoordList": coordinates("y"), "zCoordList": coordinates("z"),
        "entityList": [{"chainIndexList": [at], "description": "", "sequence": "",
                        "type": "polymer" if record == "ATOM" else "non-polymer"} for at, (_, _, record) in enumerate(chains)],
        "atomIdList": runs([*range(1, len(rows) + 1)]),
        "bFactorList": header(10, len(rows), 100) + np.diff([0, *b.tolist()]).astype(">i2").tobytes(),
    }  # fmt: skip
    path.write_bytes(msgspec.msgpack.encode(table))


def mol2(molecule: Chem.Mol, name: str) -> str:
    def kind(atom: Chem.Atom) -> str:
        if atom.GetSymbol() == "H":
            return "H"
        aromatic = ".ar" if atom.GetIsAromatic() else ".3"
        return atom.GetSymbol() + {Chem.HybridizationType.SP2: ".2", Chem.HybridizationType.SP: ".1"}.get(
            atom.GetHybridization(), aromatic
        )

    orders = {1.0: "1", 2.0: "2", 3.0: "3", 1.5: "ar"}
    lines = [
        "@<TRIPOS>MOLECULE", name, f"{molecule.GetNumAtoms()} {molecule.GetNumBonds()} 1 0 0", "SMALL", "NO_CHARGES", "",
        "@<TRIPOS>ATOM",
    ]  # fmt: skip
    for at, (x, y, z) in enumerate(molecule.GetConformer().GetPositions()):
        atom = molecule.GetAtomWithIdx(at)
        label = f"{atom.GetSymbol()}{at + 1}"
        lines.append(
            f"{at + 1:4d} {label:<5} {x:9.4f} {y:9.4f} {z:9.4f} {kind(atom):<5} 1 {name[:3].upper()}1 0.0"
        )
    lines.append("@<TRIPOS>BOND")
    for bond in molecule.GetBonds():
        ends = bond.GetBeginAtomIdx() + 1, bond.GetEndAtomIdx() + 1
        lines.append(f"{bond.GetIdx() + 1:4d} {ends[0]:4d} {ends[1]:4d} {orders[bond.GetBondTypeAsDouble()]}")
    return "\n".join([*lines, ""])


def write_salt(path: Path) -> None:
    half = [(0, 0, 0), (0, 0.5, 0.5), (0.5, 0, 0.5), (0.5, 0.5, 0)]
    ions = [("Na", p) for p in half] + [("Cl", tuple((v + 0.5) % 1 for v in p)) for p in half]
    lines = ["data_halite", "_cell_length_a 5.6402(2)", "_cell_length_b 5.6402(2)", "_cell_length_c 5.6402(2)",
             "_cell_angle_alpha 90", "_cell_angle_beta 90", "_cell_angle_gamma 90", "_symmetry_space_group_name_H-M 'P 1'",
             "loop_", "_atom_site_label", "_atom_site_type_symbol", "_atom_site_fract_x", "_atom_site_fract_y",
             "_atom_site_fract_z"]  # fmt: skip
    for at, (symbol, (x, y, z)) in enumerate(ions, 1):
        lines.append(f"{symbol}{at} {symbol} {x:.4f} {y:.4f} {z:.4f}")
    path.write_text("\n".join([*lines, ""]))


def write_water(path: Path, *apart: float) -> None:
    """A frame for each distance of the molecules, in nm."""
    half = math.radians(109.47) / 2
    water = [("OW", (0, 0, 0)), ("HW1", (0.1 * math.sin(half), 0.1 * math.cos(half), 0)),
             ("HW2", (-0.1 * math.sin(half), 0.1 * math.cos(half), 0))]  # fmt: skip
    lines = []
    for time, gap in enumerate(apart):
        lines += ["Water, SPC geometry" + f" t= {time:.1f}" * (len(apart) > 1), f"{8 * 3:5d}"]
        for at in range(8):
            corner = [0.2 + gap * (at >> axis & 1) for axis in range(3)]
            for part, (name, point) in enumerate(water):
                x, y, z = (c + p for c, p in zip(corner, point, strict=True))
                lines.append(f"{at + 1:5d}{'SOL':<5}{name:>5}{at * 3 + part + 1:5d}{x:8.3f}{y:8.3f}{z:8.3f}")
        lines.append("   0.80000   0.80000   0.80000")
    path.write_text("\n".join([*lines, ""]))


def write_rmsd(path: Path) -> None:
    pairs = []
    for name, smiles in (
        ("ibuprofen", "CC(C)Cc1ccc(cc1)C(C)C(=O)O"),
        ("penicillin G", "CC1(C)SC2C(NC(=O)Cc3ccccc3)C(=O)N2C1C(=O)O"),
        ("ethanol", "CCO"),
    ):
        molecule = Chem.AddHs(Chem.MolFromSmiles(smiles))
        one, other = AllChem.EmbedMultipleConfs(molecule, 2, randomSeed=11)
        before = [molecule.GetConformer(at).GetPositions().round(4).tolist() for at in (one, other)]
        for at, points in zip((one, other), before, strict=True):
            for index, point in enumerate(points):
                molecule.GetConformer(at).SetAtomPosition(index, point)
        heavy = [(a.GetIdx(), a.GetIdx()) for a in molecule.GetAtoms() if a.GetAtomicNum() > 1]
        every = [(i, i) for i in range(molecule.GetNumAtoms())]
        found = {
            which: rdMolAlign.AlignMol(Chem.Mol(molecule), Chem.Mol(molecule), other, one, atomMap=atoms)
            for which, atoms in (("all", every), ("heavy", heavy))
        }
        moved = Chem.Mol(molecule)
        rdMolAlign.AlignMol(moved, molecule, other, one, atomMap=every)
        pairs.append(
            {"name": name, "elements": [a.GetSymbol() for a in molecule.GetAtoms()], "reference": before[0],
             "moving": before[1], "aligned": moved.GetConformer(other).GetPositions().round(4).tolist(), "rmsd": found}
        )  # fmt: skip
    path.write_text(json.dumps(pairs))


def main() -> None:
    aspirin = embedded("CC(=O)Oc1ccccc1C(=O)O")
    aspirin.SetProp("_Name", "aspirin")
    (HERE / "aspirin.sdf").write_text(Chem.MolToMolBlock(aspirin) + "$$$$\n")
    caffeine, ethanol = embedded("Cn1cnc2c1c(=O)n(C)c(=O)n2C"), embedded("CCO")
    (HERE / "caffeine.mol2").write_text(mol2(caffeine, "caffeine"))
    (HERE / "ligands.mol2").write_text(mol2(caffeine, "caffeine") + mol2(ethanol, "ethanol"))
    records = []
    for name, molecule in (("aspirin", aspirin), ("caffeine", caffeine), ("ethanol", ethanol)):
        molecule.SetProp("_Name", name)
        records.append(f"{Chem.MolToMolBlock(molecule)}> <score>\n{-len(records)}\n\n$$$$\n")
    (HERE / "ligands.sdf").write_text("".join(records))
    helices = pdb(folded(-57, -47))
    write_pdb(HERE / "helices.pdb", helices)
    write_mmcif(HERE / "helices.mmcif", helices)
    write_pqr(HERE / "helices.pqr", helices)
    write_mmtf(HERE / "helices.mmtf", helices)
    write_pdb(HERE / "helices-moved.pdb", pdb(folded(-70, -40)))
    opening = [chains(folded(-57 - 8 * at, -47 + 4 * at, SEQUENCE[:8]), A=(0.0, 0.0, 0.0)) for at in range(5)]
    for write in (write_pdb, write_mmcif, write_pqr, write_mmtf):
        write(HERE / f"ensemble.{write.__name__.removeprefix('write_')}", *opening)
    write_salt(HERE / "salt.cif")
    write_water(HERE / "water.gro", 0.31)
    write_water(HERE / "water-steps.gro", 0.31, 0.4, 0.5)
    write_rmsd(HERE / "rmsd.json")


if __name__ == "__main__":
    main()
