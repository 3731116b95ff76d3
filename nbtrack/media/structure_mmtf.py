"""The reader of MMTF: MessagePack with packed columns (https://mmtf.rcsb.org, specification 1.0)."""

from __future__ import annotations

from typing import Any

import numpy as np

from nbtrack.errors import LogValueError
from nbtrack.media.structure_atoms import Atoms, Structure


def mmtf(data: bytes, model: int = 0) -> Structure:
    """The atoms of one model of a file.

    Raises:
        LogValueError: there is no such model.
        ValueError, KeyError, ...: it is damaged.
    """
    import msgspec

    try:
        table: dict[str, Any] = msgspec.msgpack.decode(data)
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from error
    per_model = table["chainsPerModel"]
    if not 0 <= model < len(per_model):
        raise LogValueError(
            f"this mmtf file has {len(per_model)} models, 0 to {len(per_model) - 1}; got {model}"
        )
    axes = [_unpacked(table[f"{axis}CoordList"]) for axis in "xyz"]
    groups, kinds = table["groupList"], _unpacked(table["groupTypeList"])
    numbers = _unpacked(table["groupIdList"])
    letters = _unpacked(table.get("chainNameList") or table["chainIdList"])
    # the columns hold all models one after the other
    first_chain = sum(per_model[:model])
    first_group = sum(table["groupsPerChain"][:first_chain])
    sizes = [len(group["atomNameList"]) for group in groups]
    here = sum(sizes[kinds[at]] for at in range(first_group))
    atoms = Atoms()
    at = first_group
    for chain in range(first_chain, first_chain + per_model[model]):
        for _ in range(table["groupsPerChain"][chain]):
            group = groups[kinds[at]]
            for name, element in zip(group["atomNameList"], group["elementList"], strict=True):
                position = (axis[here] for axis in axes)
                atoms.add(position, element, name, group["groupName"], letters[chain], int(numbers[at]))
                here += 1
            at += 1
    made = atoms.done()
    made.models = len(per_model)
    return made


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
