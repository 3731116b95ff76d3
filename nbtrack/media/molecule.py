"""Molecules: structure files, rdkit's molecules and SMILES."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from nbtrack.display import molecule_view
from nbtrack.errors import LogTypeError, LogValueError, UnsupportedError
from nbtrack.media import chemistry
from nbtrack.media.base import Encoded, Json, Media, Raw, Record, stored
from nbtrack.media.molecule_file import FILE_TYPES, read_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO

    from nbtrack.media.structure import Structure


@dataclass(frozen=True, slots=True)
class Source:
    """What a molecule is made of: the codec's params and bytes.

    Attributes:
        data: None for one that was read back before it was encoded.
        meta: as it was stored, of one that was read back.
    """

    params: dict[str, Json]
    data: bytes | None
    meta: dict[str, Json] = field(default_factory=dict)


class Molecule(Media):
    """A molecule or a complex of several.

    Args:
        data_or_path: Path of an existing file, or an open file object (text or binary; read from its
            beginning). An rdkit molecule is taken as by `from_rdkit`.
        caption: Text shown with it.
        file_type: Format of a file object that has no name to tell it: one of `SUPPORTED_TYPES`. For a path
            it wins over the extension.

    Raises:
        LogTypeError: something else was given.
        LogValueError: no such file, an unknown format, or a file that is plainly not of its format.

    Files are kept byte for byte. Everything else (coordinates of SMILES, the flat drawing of small
    molecules, which needs rdkit) is made off the caller's thread.

    Example:
        >>> run.log({"protein": nbtrack.Molecule("6lu7.pdb")})
        >>> run.log({"pose": nbtrack.Molecule.from_rdkit(pose, caption=f"{score:.1f} kcal/mol")})
        >>> run.log({"acetaminophen": nbtrack.Molecule.from_smiles("CC(=O)Nc1ccc(O)cc1")})
    """

    kind: ClassVar[str] = "molecule-file"
    #: extensions of the files that are taken
    SUPPORTED_TYPES: ClassVar[frozenset[str]] = FILE_TYPES

    def __init__(
        self,
        data_or_path: str | Path | IO[str] | IO[bytes] | Any,
        caption: str | None = None,
        file_type: str | None = None,
    ) -> None:
        self.caption = None if caption is None else str(caption)
        self.source: Source
        if isinstance(data_or_path, Source):
            self.source = data_or_path
        elif isinstance(data_or_path, Molecule):
            self.source = data_or_path.source
            self.caption = data_or_path.caption if caption is None else self.caption
        elif chemistry.is_rdkit(data_or_path):
            self.source = self.from_rdkit(data_or_path).source
        else:
            data, found = read_file(data_or_path, file_type)
            self.source = Source({"source": "file", "file_type": found}, data)

    @classmethod
    def from_rdkit(
        cls,
        data_or_path: Any,
        caption: str | None = None,
        convert_to_3d_and_optimize: bool | None = None,
        mmff_optimize_molecule_max_iterations: int = 200,
    ) -> Self:
        """A molecule of rdkit's.

        Args:
            data_or_path: An `rdkit.Chem.Mol`, whose conformers become models; or the path of a mol, sdf, sd,
                pdb, ent or mol2 file, of which the first molecule is taken.
            caption: Text shown with it.
            convert_to_3d_and_optimize: Add hydrogens, embed in space (ETKDG with a fixed seed) and optimize
                with MMFF94. None: only what has no coordinates in space yet, so that a docked pose or a
                protein stays where it is. False: what has none is drawn flat.
            mmff_optimize_molecule_max_iterations: of the optimization, at most.

        Raises:
            LogTypeError: neither a molecule nor a path.
            LogValueError: the file cannot be read.
            UnsupportedError: rdkit is not installed.
        """
        if isinstance(data_or_path, str | Path):
            molecule = chemistry.of_file(Path(data_or_path).expanduser())
        elif chemistry.is_rdkit(data_or_path):
            molecule = data_or_path
        else:
            raise LogTypeError(
                f"Molecule.from_rdkit takes an rdkit molecule or a path, not {type(data_or_path).__name__}"
            )
        if not molecule.GetNumAtoms():
            raise LogValueError("Molecule.from_rdkit: the molecule has no atom")
        embed = convert_to_3d_and_optimize
        if embed is None:
            embed = not chemistry.is_3d(molecule)
        iterations = _iterations(mmff_optimize_molecule_max_iterations)
        params: dict[str, Json] = {"source": "rdkit", "embed": bool(embed), "iterations": iterations}
        return cls(Source(params, bytes(molecule.ToBinary())), caption)

    @classmethod
    def from_smiles(
        cls,
        data: str,
        caption: str | None = None,
        sanitize: bool = True,
        convert_to_3d_and_optimize: bool = True,
        mmff_optimize_molecule_max_iterations: int = 200,
    ) -> Self:
        """A molecule of its SMILES. It is checked here; its coordinates are found off the caller's thread.

        Args:
            data: The SMILES.
            caption: Text shown with it.
            sanitize: Refuse impossible valences. With False they are taken, and drawn flat if need be.
            convert_to_3d_and_optimize: As of `from_rdkit`; False: drawn flat.
            mmff_optimize_molecule_max_iterations: of the optimization, at most.

        Raises:
            LogTypeError: `data` is no text.
            LogValueError: `data` is no SMILES, or no possible molecule.
            UnsupportedError: rdkit is not installed.
        """
        chemistry.of_smiles(data, sanitize=sanitize)
        params: dict[str, Json] = {
            "source": "smiles",
            "sanitize": bool(sanitize),
            "embed": bool(convert_to_3d_and_optimize),
            "iterations": _iterations(mmff_optimize_molecule_max_iterations),
        }
        return cls(Source(params, data.encode()), caption)

    @classmethod
    def from_record(cls, meta: dict[str, Json], blob: bytes | None, file: Callable[[str], bytes]) -> Self:
        """Read a stored one back."""
        params: dict[str, Json] = {"source": "file", "file_type": meta.get("format", "")}
        return cls(Source(params, blob, meta), cast("str | None", meta.get("caption")))

    @property
    def format(self) -> str:
        """Format of the stored file, as its extension: "pdb", "sdf", ..."""
        return self._made[1]

    @property
    def data(self) -> bytes:
        """The stored file."""
        return self._made[0]

    @property
    def text(self) -> str:
        """The stored file as text.

        Raises:
            UnsupportedError: it is binary (mmtf).
        """
        data, file_type = self._made
        if file_type == "mmtf":
            raise UnsupportedError("Molecule: mmtf files are binary; use .data")
        return data.decode("utf-8", "replace")

    def structure(self, model: int = 0) -> Structure:
        """Atoms and their positions.

        Args:
            model: of a file with several (frames, records, an ensemble), from 0.

        Returns:
            `.positions` is a float64 array (n, 3) in Å; `.models` says how many models there are.

        Raises:
            LogValueError: there is no such model.

        Example:
            >>> path = np.stack([molecule.structure(at).positions for at in range(molecule.models)])
        """
        from nbtrack.media.structure import read

        return read(*self._made, model)

    @property
    def models(self) -> int:
        """How many models the file has: frames of a trajectory, records of an SDF, members of an ensemble."""
        return self.structure().models

    def to_rdkit(self, model: int = 0) -> Any:
        """The molecule as rdkit's, hydrogens kept.

        Args:
            model: of a file with several, from 0.

        Raises:
            UnsupportedError: rdkit is not installed, or does not read this format.
            LogValueError: there is no such model, or rdkit finds no molecule in it.
        """
        from nbtrack.media.structure import alone

        data, file_type = self._made
        if file_type not in chemistry.FILES:
            raise UnsupportedError(
                f"rdkit does not read {file_type} files, only {', '.join(chemistry.FILES)}; "
                "structure() has the atoms and their positions"
            )
        block, _ = alone(data, file_type, model)
        found = chemistry.of_block(block.decode("utf-8", "replace"), file_type)
        if found is None:
            raise LogValueError(f"rdkit finds no molecule in this {file_type} file")
        return found

    def view(
        self, width: int = 640, height: int = 480, style: dict[str, Any] | None = None, model: int = 0
    ) -> Any:
        """A py3Dmol view that needs no internet: 3Dmol.js comes from this package, in a sandboxed frame.

        Args:
            width: in CSS pixels.
            height: in CSS pixels.
            style: 3Dmol's, as `{"stick": {}}`. None: cartoon for chains, balls and sticks for the rest.
            model: of a file with several, from 0.

        Returns:
            A `py3Dmol.view`: its methods work as ever (`view.setStyle(...)`, `view.show()`).

        Raises:
            UnsupportedError: py3Dmol is not installed.
            LogValueError: there is no such model.

        Example:
            >>> nbtrack.Molecule("6lu7.pdb").view().setStyle({"cartoon": {"color": "spectrum"}}).show()
        """
        return molecule_view(self, width, height, style, model)

    @cached_property
    def _made(self) -> tuple[bytes, str]:
        """The stored file and its format: coordinates are found once."""
        source = self.source
        data = stored(source.data, self.kind)
        if source.params["source"] == "file":
            return data, str(source.params["file_type"])
        from nbtrack.media.registry import complete

        done = complete(self.record())
        return cast(bytes, done.blob), str(done.meta["format"])

    def record(self) -> Record:
        """Return what to store."""
        source = self.source
        data = stored(source.data, self.kind)
        meta: dict[str, Json] = {k: v for k, v in source.meta.items() if k not in {"parts", "error"}}
        if self.caption is not None:
            meta["caption"] = self.caption
        if source.params["source"] == "file":
            meta |= {"format": source.params["file_type"], "size": len(data)}
        return Record(self.kind, meta, Raw("molecule", source.params, data, slow=True))

    def __repr__(self) -> str:
        source = self.source
        what = str(source.params.get("file_type") or source.params["source"])
        caption = "" if self.caption is None else f" {self.caption!r}"
        return f"<Molecule {what}, {len(source.data or b''):,} bytes{caption}>"


def encode(params: dict[str, Json], data: bytes | memoryview) -> Encoded:
    """Codec "molecule": the file, what is known of it, and pictures of it.

    Params: source ("file", "rdkit" or "smiles"); file_type of a file; embed and iterations of the others;
    sanitize of SMILES. Parts: "poster" (PNG) of all, "depiction" (SVG) of small molecules where rdkit is.

    Raises:
        LogValueError: the file is damaged.
    """
    from nbtrack.media.projection import backbone, picture
    from nbtrack.media.structure import read

    molecule, note = None, ""
    if params["source"] == "file":
        blob, file_type = bytes(data), str(params["file_type"])
    else:
        if params["source"] == "smiles":
            molecule = chemistry.of_smiles(bytes(data).decode(), sanitize=bool(params["sanitize"]))
        else:
            molecule = chemistry.of_binary(bytes(data))
        made = chemistry.made(
            molecule, embed=bool(params["embed"]), iterations=cast(int, params["iterations"])
        )
        blob, file_type, note = made
    structure = read(blob, file_type)
    meta: dict[str, Json] = {"format": file_type, "size": len(blob), "atoms": len(structure)}
    chains = [chain for chain in dict.fromkeys(structure.chains) if chain]
    if chains:
        meta["chains"] = cast("list[Json]", chains[:64])
    if structure.models > 1:
        meta["models"] = structure.models
    if note:
        meta["note"] = note
    trace = backbone(structure)
    if trace:
        meta["residues"] = len(trace)
    depiction = None if trace else _depiction(molecule, blob, file_type, structure, meta)
    if depiction is None:
        return Encoded(meta, blob, {"poster": picture(structure)})
    return Encoded(meta, blob, {"poster": depiction.png, "depiction": depiction.svg})


def _depiction(
    molecule: Any, blob: bytes, file_type: str, structure: Structure, meta: dict[str, Json]
) -> chemistry.Depiction | None:
    """Flat drawing and formula of a small molecule; None where there is no rdkit or it cannot read it."""
    from nbtrack.media.structure import alone

    heavy = sum(element != "H" for element in structure.elements)
    if heavy > chemistry.MAX_DEPICTED or (molecule is None and file_type not in chemistry.FILES):
        return None
    try:
        if molecule is None:
            first, _ = alone(blob, file_type)
            molecule = chemistry.of_block(first.decode("utf-8", "replace"), file_type)
    except UnsupportedError:  # the plain picture does without rdkit
        return None
    if molecule is None:
        return None
    meta["formula"] = chemistry.formula(molecule)
    return chemistry.depict(molecule)


def _iterations(value: Any) -> int:
    try:
        count = int(value.__index__())
    except AttributeError:
        raise LogTypeError(
            f"Molecule: mmff_optimize_molecule_max_iterations must be an int; got {value!r}"
        ) from None
    if count < 0:
        raise LogValueError(f"Molecule: mmff_optimize_molecule_max_iterations must be 0 or more; got {count}")
    return count
