from __future__ import annotations

import io
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nbtrack
from nbtrack.errors import LogTypeError, LogValueError, UnsupportedError
from nbtrack.media import structure
from nbtrack.media.registry import complete, encode, pieces
from nbtrack.panels.drawings import Drawn, draw

Chem = pytest.importorskip("rdkit.Chem")

DATA = Path(__file__).parents[1] / "data" / "molecules"
#: file -> atoms, chains, residues of its backbone
FILES = {
    "aspirin.sdf": (21, [], None),
    "caffeine.mol2": (24, [], None),
    "helices.pdb": (331, ["A", "B"], 40),
    "helices.mmcif": (331, ["A", "B"], 40),
    "helices.pqr": (331, ["A", "B"], 40),
    "helices.mmtf": (331, ["A", "B"], 40),
    "salt.cif": (8, [], None),
    "water.gro": (24, [], None),
}
#: file with several -> models, atoms of each, in their order
SEVERAL = {
    "ensemble.pdb": [65] * 5,
    "ensemble.mmcif": [65] * 5,
    "ensemble.pqr": [65] * 5,
    "ensemble.mmtf": [65] * 5,
    "ligands.sdf": [21, 24, 9],
    "ligands.mol2": [24, 9],
    "water-steps.gro": [24] * 3,
}
SMILES = "CC(=O)Nc1ccc(O)cc1"


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("NBTRACK_SILENT", "on")
    return tmp_path


def stored(media, store, key="molecule"):
    with nbtrack.init(project="p", dir=str(store)) as run:
        run.log({key: media})
    found = nbtrack.Api(dir=store).run(run.id).media(key)
    return found if isinstance(media, list) else found[0]


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_kept_byte_for_byte_and_its_atoms_are_counted(name, store):
    atoms, chains, residues = FILES[name]
    media = stored(nbtrack.Molecule(DATA / name, caption="c"), store)
    assert media.data == (DATA / name).read_bytes()
    assert media.format == name.rpartition(".")[2]
    assert media.caption == "c"
    meta = complete(media.record()).meta
    assert (meta["atoms"], meta.get("chains", []), meta.get("residues")) == (atoms, chains, residues)
    assert "poster" in meta["parts"]


def test_a_list_is_given_as_wandb_gives_it(store):
    media = [nbtrack.Molecule(DATA / name, caption=name) for name in ("aspirin.sdf", "helices.pdb")]
    with nbtrack.init(project="p", dir=str(store)) as run:
        run.log({"m": media})
    (row,) = nbtrack.Api(dir=store).run(run.id).scan_history(keys=["m"])
    assert row["m"]["_type"] == "molecule"
    assert row["m"]["count"] == 2
    assert row["m"]["captions"] == ["aspirin.sdf", "helices.pdb"]
    assert all(re.fullmatch(r"media/molecule/m_0_[0-9a-f]{20}\.(sdf|pdb)", n) for n in row["m"]["filenames"])


@pytest.mark.parametrize("opened", ["path", "text", "binary", "StringIO", "BytesIO"])
@pytest.mark.parametrize(
    ("name", "file_type"),
    [
        ("helices.pdb", "pdb"), ("helices.pqr", "pqr"), ("helices.mmcif", "mmcif"), ("helices.mmcif", "mcif"),
        ("salt.cif", "cif"), ("aspirin.sdf", "sdf"), ("aspirin.sdf", "sd"), ("water.gro", "gro"),
        ("caffeine.mol2", "mol2"), ("helices.mmtf", "mmtf"),
    ],
)  # fmt: skip
def test_every_format_is_taken_from_paths_and_open_files(name, file_type, opened, store):
    path = store / f"molecule.{file_type}"
    path.write_bytes((DATA / name).read_bytes())
    if file_type == "mmtf" and opened in {"text", "StringIO"}:
        with path.open() as file, pytest.raises(LogValueError, match="'rb'"):
            nbtrack.Molecule(file)
        return
    if opened == "path":
        media = nbtrack.Molecule(str(path), caption="c")
    elif opened in {"text", "binary"}:
        with path.open("r" if opened == "text" else "rb") as file:
            media = nbtrack.Molecule(file, caption="c")
    elif opened == "StringIO":
        media = nbtrack.Molecule(io.StringIO(path.read_text()), "c", file_type)
    else:
        media = nbtrack.Molecule(io.BytesIO(path.read_bytes()), caption="c", file_type=file_type)
    back = stored(media, store)
    assert (back.data, back.format, back.caption) == (path.read_bytes(), file_type, "c")
    assert len(back.structure())


@pytest.mark.parametrize("kind", [io.StringIO, io.BytesIO, "text", "binary"])
def test_open_files_are_read_from_their_beginning(kind):
    path = DATA / "helices.pdb"
    if kind in {"text", "binary"}:
        source = path.open("r" if kind == "text" else "rb")  # its name tells the format
        source.read(100)
        made = nbtrack.Molecule(source)
        source.close()
    else:
        source = kind(path.read_text() if kind is io.StringIO else path.read_bytes())
        source.read(100)
        made = nbtrack.Molecule(source, file_type="pdb")
    assert made.text == path.read_text()


@pytest.mark.parametrize("name", SEVERAL)
def test_all_models_of_a_file_are_counted_and_read(name, store):
    media = stored(nbtrack.Molecule(DATA / name), store)
    assert complete(media.record()).meta["models"] == media.models == len(SEVERAL[name])
    found = [media.structure(at) for at in range(media.models)]
    assert [len(one) for one in found] == SEVERAL[name]
    assert not np.array_equal(found[0].positions[:9], found[1].positions[:9])
    for wrong in (-1, media.models):
        with pytest.raises(LogValueError, match=rf"{len(found)} models, 0 to {len(found) - 1}; got {wrong}"):
            media.structure(wrong)


def test_all_formats_of_an_ensemble_give_the_same_models():
    kinds = ("pdb", "mmcif", "pqr", "mmtf")
    for at in range(5):
        first, *others = (
            structure.read((DATA / f"ensemble.{kind}").read_bytes(), kind, at) for kind in kinds
        )
        for other in others:
            np.testing.assert_allclose(other.positions, first.positions, atol=1e-3)
            assert other.names == first.names


def test_a_model_is_rdkits_too():
    media = nbtrack.Molecule(DATA / "ligands.sdf")
    assert [media.to_rdkit(at).GetProp("_Name") for at in range(3)] == ["aspirin", "caffeine", "ethanol"]
    ensemble = nbtrack.Molecule(DATA / "ensemble.pdb")
    np.testing.assert_allclose(
        ensemble.to_rdkit(3).GetConformer().GetPositions(), ensemble.structure(3).positions, atol=1e-3
    )


def test_conformers_of_rdkit_are_models(store):
    from rdkit.Chem import AllChem

    molecule = Chem.AddHs(Chem.MolFromSmiles("CCCO"))
    AllChem.EmbedMultipleConfs(molecule, 4, randomSeed=7)
    media = stored(nbtrack.Molecule.from_rdkit(molecule), store)
    assert media.models == 4
    for at, conformer in enumerate(molecule.GetConformers()):
        np.testing.assert_allclose(media.structure(at).positions, conformer.GetPositions(), atol=1e-3)


@given(st.binary(max_size=300), st.sampled_from(sorted({*structure.FORMATS.values()} - {"mmtf"})))
def test_pieces_of_models_lie_in_the_file(data, kind):
    from nbtrack.media.structure_models import models

    found = models(data, kind)
    assert found
    assert all(0 <= begin <= end <= len(data) for pieces in found for begin, end in pieces)


def test_all_formats_of_one_molecule_give_the_same_atoms():
    found = [
        structure.read((DATA / f"helices.{kind}").read_bytes(), kind)
        for kind in ("pdb", "mmcif", "pqr", "mmtf")
    ]
    for other in found[1:]:
        np.testing.assert_allclose(other.positions, found[0].positions, atol=1e-3)
        assert other.names == found[0].names
        assert other.chains == found[0].chains
        assert other.elements == found[0].elements
        assert other.numbers == found[0].numbers


def test_positions_are_in_angstrom():
    salt = structure.read((DATA / "salt.cif").read_bytes(), "cif").positions
    gaps = np.linalg.norm(salt[:, None] - salt[None], axis=2)
    assert gaps[gaps > 0].min() == pytest.approx(5.6402 / 2, abs=1e-3)
    water = structure.read((DATA / "water.gro").read_bytes(), "gro").positions
    assert np.linalg.norm(water[1] - water[0]) == pytest.approx(1.0, abs=0.02)


def test_positions_are_those_of_rdkit():
    for name in ("aspirin.sdf", "caffeine.mol2", "helices.pdb"):
        made = nbtrack.Molecule(DATA / name)
        np.testing.assert_allclose(
            made.structure().positions, made.to_rdkit().GetConformer().GetPositions(), atol=1e-6
        )


def test_molfiles_with_thousands_of_atoms_are_read():
    chain = Chem.MolFromSmiles("C" * 1200)
    shape = Chem.Conformer(1200)
    for at in range(1200):
        shape.SetAtomPosition(at, (1.27 * at, 0.8 * (at % 2), 0.0))
    chain.AddConformer(shape)
    made = nbtrack.Molecule.from_rdkit(chain)
    assert "V3000" in made.text
    assert len(made.structure()) == 1200
    assert made.to_rdkit().GetNumAtoms() == 1200


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: nbtrack.Molecule("missing.pdb"), LogValueError, "missing.pdb"),
        (lambda: nbtrack.Molecule(DATA / "make.py"), LogValueError, "'py'.*mmtf"),
        (lambda: nbtrack.Molecule("noextension"), LogValueError, "no extension"),
        (lambda: nbtrack.Molecule(7), LogTypeError, "int"),
        (lambda: nbtrack.Molecule(io.StringIO("ATOM  ")), LogValueError, "file_type"),
        (lambda: nbtrack.Molecule(io.StringIO("x"), file_type="xyz"), LogValueError, "'xyz'"),
        (lambda: nbtrack.Molecule(io.StringIO(""), file_type="pdb"), LogValueError, "empty.*ATOM or HETATM"),
        (lambda: nbtrack.Molecule(io.StringIO("hello"), file_type="pdb"), LogValueError, "a StringIO is no pdb file.*ATOM or HETATM.*hello"),
        (lambda: nbtrack.Molecule(io.StringIO("a\nb\nc"), file_type="gro"), LogValueError, "number of atoms"),
        (lambda: nbtrack.Molecule(io.BytesIO(b"<html>"), file_type="mmtf"), LogValueError, "MessagePack"),
        (lambda: nbtrack.Molecule.from_smiles("CC(C"), LogValueError, r"'CC\(C' cannot be read"),
        (lambda: nbtrack.Molecule.from_smiles("C(C)(C)(C)(C)C"), LogValueError, "valence.*5"),
        (lambda: nbtrack.Molecule.from_smiles(""), LogValueError, "no atom"),
        (lambda: nbtrack.Molecule.from_smiles(None), LogTypeError, "NoneType"),
        (lambda: nbtrack.Molecule.from_rdkit(3), LogTypeError, "int"),
        (lambda: nbtrack.Molecule.from_rdkit("missing.mol"), LogValueError, "missing.mol"),
        (lambda: nbtrack.Molecule.from_rdkit(DATA / "water.gro"), LogValueError, r"nbtrack\.Molecule\(path\)"),
        (lambda: nbtrack.Molecule.from_rdkit(Chem.Mol()), LogValueError, "no atom"),
        (
            lambda: nbtrack.Molecule.from_smiles("C", mmff_optimize_molecule_max_iterations=-1),
            LogValueError,
            "iterations",
        ),
        (lambda: nbtrack.Molecule(DATA / "helices.mmtf").text, UnsupportedError, "data"),
        (lambda: nbtrack.Molecule(DATA / "water.gro").to_rdkit(), UnsupportedError, "structure"),
    ],
)  # fmt: skip
def test_what_is_no_molecule_is_refused_at_the_call(call, error, says):
    with pytest.raises(error, match=says):
        call()


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("pdb", "ATOM      1  N   ALA A   1      xx.xxx\n"),
        ("pqr", "ATOM 1 N ALA 1\n"),
        ("sdf", "\n\n\n  9  0  0  0  0  0  0  0  0  0999 V2000\n"),
        ("mol2", "@<TRIPOS>ATOM\n1 C x y z C.3\n"),
        ("gro", "w\n3\n    1SOL     OW    1   0.200   0.200   0.200\n"),
        ("cif", "loop_\n_atom_site.id\n_atom_site.type_symbol\n1 C\n"),
        ("pdb", "ATOM      1  N   ALA A   1         nan     nan     nan\n"),
    ],
)
def test_a_damaged_file_is_said_with_its_key_and_the_run_goes_on(kind, text, store, capsys, monkeypatch):
    monkeypatch.setenv("NBTRACK_SILENT", "off")
    media = nbtrack.Molecule(io.StringIO(text), file_type=kind)
    with nbtrack.init(project="p", dir=str(store)) as run:
        run.log({"broken": media, "loss": 1.0})
        run.log({"loss": 0.5})
    assert re.search(rf"'broken'.*{kind} file", capsys.readouterr().err)
    assert [row["loss"] for row in nbtrack.Api(dir=store).run(run.id).scan_history(keys=["loss"])] == [
        1.0,
        0.5,
    ]


@given(st.binary(max_size=400), st.sampled_from(sorted(structure.FORMATS)))
def test_no_bytes_break_the_readers(data, kind):
    try:
        found = structure.read(data, kind)
    except LogValueError:
        return
    assert len(found) == len(found.positions) > 0


@settings(max_examples=40)
@given(st.integers(0, 26000), st.binary(min_size=1, max_size=4))
def test_a_file_with_wrong_bytes_is_read_or_refused(at, noise):
    for kind in ("pdb", "mmcif", "pqr", "mmtf"):
        data = bytearray((DATA / f"helices.{kind}").read_bytes())
        data[at % len(data) : at % len(data) + len(noise)] = noise
        try:
            found = structure.read(data, kind)
        except LogValueError:
            continue
        assert np.isfinite(found.positions).all()


def test_smiles_get_hydrogens_and_the_same_coordinates_each_time(store):
    media = stored([nbtrack.Molecule.from_smiles(SMILES), nbtrack.Molecule.from_smiles(SMILES)], store)
    one, other = media
    assert one.data == other.data
    molecule = one.to_rdkit()
    assert molecule.GetNumAtoms() == 20
    assert molecule.GetConformer().Is3D()
    assert Chem.MolToSmiles(Chem.RemoveHs(molecule)) == Chem.CanonSmiles(SMILES)


def test_the_forces_are_relaxed_when_asked_for():
    from rdkit.Chem import AllChem

    def energy(iterations):
        molecule = nbtrack.Molecule.from_smiles(
            "CC(C)Cc1ccc(cc1)C(C)C(=O)O", mmff_optimize_molecule_max_iterations=iterations
        ).to_rdkit()
        fields = AllChem.MMFFGetMoleculeProperties(molecule)
        return AllChem.MMFFGetMoleculeForceField(molecule, fields).CalcEnergy()

    assert energy(500) < energy(0) - 1


def test_smiles_are_embedded_off_the_callers_thread(store, monkeypatch):
    import threading

    from nbtrack.media import chemistry

    threads = []
    embedded = chemistry._embedded
    monkeypatch.setattr(
        chemistry,
        "_embedded",
        lambda *arguments: threads.append(threading.current_thread().name) or embedded(*arguments),
    )
    stored(nbtrack.Molecule.from_smiles("C"), store)
    assert threads
    assert all(name.startswith("nbtrack-encoder") for name in threads)


def test_smiles_that_cannot_be_embedded_are_flat_and_their_key_is_named(store, capsys, monkeypatch):
    monkeypatch.setenv("NBTRACK_SILENT", "off")
    with nbtrack.init(project="p", dir=str(store)) as run:
        run.log({"strained": nbtrack.Molecule.from_smiles("C1#CC1"), "loss": 1.0})
        run.log({"loss": 0.5})
    said = " ".join(capsys.readouterr().err.split())
    assert re.search(r"'strained'.*'C1#CC1'.*flat.*from_rdkit", said)
    back = nbtrack.Api(dir=store).run(run.id)
    assert not back.media("strained")[0].to_rdkit().GetConformer().Is3D()
    assert [row["loss"] for row in back.scan_history(keys=["loss"])] == [1.0, 0.5]


@pytest.mark.parametrize(
    "make",
    [
        lambda: nbtrack.Molecule.from_smiles("CC(C"),
        lambda: nbtrack.Molecule.from_rdkit(Chem.Mol()),
        lambda: nbtrack.Molecule(io.StringIO("hello"), file_type="pdb"),
        lambda: nbtrack.Molecule(io.StringIO("x")),
    ],
)
def test_a_run_goes_on_after_a_molecule_that_was_refused(make, store):
    with nbtrack.init(project="p", dir=str(store)) as run:
        with pytest.raises(LogValueError):
            run.log({"molecule": make()})
        run.log({"loss": 0.5})
    back = nbtrack.Api(dir=store).run(run.id)
    assert dict(back.summary)["loss"] == 0.5
    assert "molecule" not in back.summary


def test_what_cannot_be_embedded_is_flat_and_says_so():
    # five bonds at a carbon: nothing is known of its distances
    media = nbtrack.Molecule.from_smiles("C(C)(C)(C)(C)C", sanitize=False)
    made = complete(media.record())
    assert "flat" in made.meta["note"]
    assert made.meta["atoms"] == 6


def test_a_molecule_in_space_stays_where_it_is_unless_asked():
    pose = Chem.MolFromMolFile(str(DATA / "aspirin.sdf"), removeHs=False)
    kept = nbtrack.Molecule.from_rdkit(pose).structure().positions
    np.testing.assert_allclose(kept, pose.GetConformer().GetPositions(), atol=1e-3)
    anew = nbtrack.Molecule.from_rdkit(pose, convert_to_3d_and_optimize=True).structure().positions
    assert np.abs(anew - kept).max() > 0.1


def test_rdkits_molecules_come_back_with_their_bonds(store):
    resveratrol = Chem.MolFromSmiles("Oc1ccc(cc1)C=Cc1cc(O)cc(c1)O")
    back = stored(nbtrack.Molecule.from_rdkit(resveratrol), store)
    assert back.format == "sdf"
    assert Chem.MolToSmiles(Chem.RemoveHs(back.to_rdkit())).replace("/", "") == Chem.MolToSmiles(resveratrol)
    assert nbtrack.Molecule(resveratrol).data == back.data


def test_residues_keep_their_names():
    peptide = nbtrack.Molecule.from_rdkit(DATA / "helices.pdb")
    assert peptide.format == "pdb"
    assert peptide.structure().residues[:6] == ["ALA"] * 5 + ["ASP"]


@pytest.mark.parametrize("given", [str, Path])
@pytest.mark.parametrize(
    "name", ["aspirin.sdf", "aspirin.sd", "caffeine.mol2", "helices.pdb", "helices.ent", "2b3p.mol"]
)
def test_from_rdkit_reads_files(name, given, store):
    path = store / name
    if name.endswith(".mol"):
        path.write_text(Chem.MolToMolBlock(Chem.MolFromSmiles("CCO")))
    else:
        same = {"aspirin.sd": "aspirin.sdf", "helices.ent": "helices.pdb"}
        path.write_bytes((DATA / same.get(name, name)).read_bytes())
    back = stored(nbtrack.Molecule.from_rdkit(given(path), caption="c"), store)
    assert back.caption == "c"
    assert len(back.structure()) == back.to_rdkit().GetNumAtoms() > 0


def test_the_seeds_pictures_of_molecules_are_images(store):
    import rdkit.Chem.AllChem
    import rdkit.Chem.Draw

    molecule = Chem.MolFromSmiles("CC(=O)O")
    rdkit.Chem.AllChem.Compute2DCoords(molecule)
    rdkit.Chem.AllChem.GenerateDepictionMatching2DStructure(molecule, molecule)
    picture = rdkit.Chem.Draw.MolToImage(molecule, size=(300, 300))
    back = stored(nbtrack.Image(picture), store)
    np.testing.assert_array_equal(back.to_numpy(), np.asarray(picture))


def test_small_molecules_have_a_flat_drawing_and_large_ones_a_backbone():
    small = complete(nbtrack.Molecule.from_smiles(SMILES).record())
    svg = small.files[small.meta["parts"]["depiction"]].decode()
    assert "<svg" in svg
    assert "<script" not in svg
    assert small.meta["formula"] == "C8H9NO2"
    large = complete(nbtrack.Molecule(DATA / "helices.pdb").record())
    assert set(large.meta["parts"]) == {"poster"}


def inks(drawn: str) -> np.ndarray:
    """Colors of a drawing where it is opaque."""
    import base64

    from PIL import Image

    data = base64.b64decode(re.search(r"base64,([^\"]+)", drawn)[1])
    pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGBA")).reshape(-1, 4)
    return pixels[pixels[:, 3] > 200][:, :3]


@pytest.mark.parametrize("source", ["aspirin.sdf", "helices.pdb", "salt.cif", SMILES])
def test_the_still_shows_inks_that_read_on_light_and_dark(source):
    media = (
        nbtrack.Molecule(DATA / source)
        if "." in source
        else nbtrack.Molecule.from_smiles(source, caption="<b>")
    )
    made = complete(media.record())
    drawn = draw("molecule-file", [Drawn(made.meta, None, made.files.__getitem__)], 236)
    assert drawn
    assert "<b>" not in drawn
    assert len(drawn) < 20_000
    light = inks(drawn).mean(axis=1)
    assert len(light) > 200
    assert 60 < np.median(light) < 200


def test_a_bare_molecule_below_a_cell_is_a_picture():
    data, _ = nbtrack.Molecule(DATA / "aspirin.sdf")._repr_mimebundle_()
    assert "data:image/png;base64," in data["text/html"]
    assert "<script" not in data["text/html"]


def test_without_rdkit_files_are_logged_and_smiles_say_what_is_missing(tmp_path):
    code = f"""
        import sys
        sys.modules["rdkit"] = None
        import nbtrack
        from nbtrack.media.registry import complete
        made = complete(nbtrack.Molecule({str(DATA / "aspirin.sdf")!r}).record())
        assert made.meta["atoms"] == 21 and set(made.meta["parts"]) == {{"poster"}}, made.meta
        try:
            nbtrack.Molecule.from_smiles("C")
        except nbtrack.UnsupportedError as error:
            assert 'pip install "nbtrack[molecule]"' in str(error)
        else:
            raise SystemExit("no error")
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True, timeout=120)


def test_large_molecules_never_load_rdkit():
    code = f"""
        import sys, nbtrack
        from nbtrack.media.registry import complete
        complete(nbtrack.Molecule({str(DATA / "helices.pdb")!r}).record())
        assert "rdkit" not in sys.modules
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True, timeout=120)


def test_what_a_killed_process_left_is_encoded_later(store):
    """The codec needs nothing but its params and the bytes, as they are read from the spool."""
    for media in (nbtrack.Molecule.from_smiles(SMILES), nbtrack.Molecule(DATA / "helices.pdb")):
        raw = media.record().raw
        again = encode(raw.codec, raw.params, memoryview(b"".join(pieces(raw))))
        assert again == encode(raw.codec, raw.params, raw.data)
        assert again.blob


# ---- py3Dmol

py3dmol = pytest.importorskip("py3Dmol")


def test_a_view_is_py3dmols_and_brings_its_library_in_a_sandbox():
    view = nbtrack.Molecule(DATA / "helices.pdb").view(width=300, height=200)
    assert isinstance(view, py3dmol.view)
    assert view.setStyle({"stick": {}}) is view
    html = view._repr_html_()
    assert re.match(r'<iframe sandbox="allow-scripts" width="300" height="200"', html)
    assert "cdn.jsdelivr" not in html
    assert "src=&quot;http" not in html
    assert "default-src &#x27;none&#x27;" in html  # nothing is fetched, whatever the scripts try
    assert len(html) < 400_000


def test_a_view_is_written_as_a_page(tmp_path):
    view = nbtrack.Molecule(DATA / "aspirin.sdf").view()
    view.write_html(str(tmp_path / "page.html"), fullpage=True)
    page = (tmp_path / "page.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "height: 100vh" in page
    assert "https://" not in page.replace("https://3dmol.org", "")


def test_a_view_refuses_what_a_frame_cannot_do():
    view = nbtrack.Molecule(DATA / "aspirin.sdf").view()
    with pytest.raises(UnsupportedError, match=r"show\(\)"):
        view.insert("div")
    with pytest.raises(LogTypeError, match="width"):
        nbtrack.Molecule(DATA / "aspirin.sdf").view(width="wide")
