"""SIGKILL while media are put into the spool: each one whose reference was given out can be read afterwards."""

from __future__ import annotations

import errno
import os
import random
import subprocess
import sys

import numpy as np
import pytest

from nbtrack.store.model import SpoolRef
from nbtrack.store.spool import Spool, read_spool

KILLS = int(os.environ.get("NBTRACK_KILLS", "15"))

CHILD = """
import os, sys
from pathlib import Path
import numpy as np
from nbtrack.store.spool import Spool
spool = Spool(Path(sys.argv[1]))
rng = np.random.default_rng(int(sys.argv[2]))
held, n = [], 0
while True:
    n += 1
    size = int(rng.integers(1, 300_000))
    ref = spool.put(np.full(size, n % 251, np.uint8))
    held.append(ref)
    os.write(1, b"+ %s %d %d %d %d\\n" % (ref.file.encode(), ref.offset, ref.length, ref.seq, n % 251))
    if len(held) > 6:
        gone = held.pop(int(rng.integers(0, 6)))
        os.write(1, b"- %d\\n" % gone.seq)
        spool.release(gone)
"""


def test_every_reference_that_was_given_out_can_be_read(tmp_path):
    rng = random.Random(os.environ.get("NBTRACK_SEED", "1"))
    for kill in range(KILLS):
        folder = tmp_path / str(kill)
        folder.mkdir()
        with subprocess.Popen(
            [sys.executable, "-c", CHILD, str(folder), str(kill)], stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            lines = [child.stdout.readline() for _ in range(rng.randrange(1, 400))]
            child.kill()
            lines += child.stdout.readlines()
        held: dict[int, tuple[SpoolRef, int]] = {}
        for line in lines:
            sign, *told = line.split()
            if sign == "+":
                file, offset, length, seq, value = told[0], *map(int, told[1:])
                held[seq] = SpoolRef(file, offset, length, seq), value
            else:
                del held[int(told[0])]
        assert held
        for ref, value in held.values():
            data = np.frombuffer(read_spool(folder, ref), np.uint8)
            assert len(data) == ref.length
            assert (data == value).all()


def test_a_full_disk_is_an_error_and_leaves_the_spool_usable(tmp_path, monkeypatch):
    spool = Spool(tmp_path)
    kept = spool.put(b"x" * 10_000)
    monkeypatch.setattr("nbtrack.store.spool.AHEAD_BYTES", 0)
    pwritev, pwrite = os.pwritev, os.pwrite
    full = True

    def short(fd: int, parts: list[bytes], offset: int) -> int:
        return pwrite(fd, bytes(100), offset) if full else pwritev(fd, parts, offset)

    def none(fd: int, data: bytes, offset: int) -> int:
        if full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return pwrite(fd, data, offset)

    monkeypatch.setattr(os, "pwritev", short)
    monkeypatch.setattr(os, "pwrite", none)
    for _ in range(3):
        with pytest.raises(OSError, match="No space left"):
            # the part that fits is written by the first, the error comes from the second call
            spool.put(b"y" * 50_000)
    full = False
    ref = spool.put(b"z" * 50_000)
    assert spool.get(ref) == b"z" * 50_000
    assert spool.get(kept) == read_spool(tmp_path, kept) == b"x" * 10_000
    for each in (kept, ref):
        spool.release(each)
    spool.close()
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_comes_in_pieces_is_put_together(tmp_path, monkeypatch):
    spool = Spool(tmp_path)
    pwritev, pwrite, pread = os.pwritev, os.pwrite, os.pread
    monkeypatch.setattr(os, "pwritev", lambda fd, parts, at: pwritev(fd, [b"".join(parts)[:7000]], at))
    monkeypatch.setattr(os, "pwrite", lambda fd, data, at: pwrite(fd, data[:7000], at))
    monkeypatch.setattr(os, "pread", lambda fd, n, at: pread(fd, min(n, 3000), at))
    data = np.random.default_rng(0).bytes(50_000)
    ref = spool.put(data)
    assert spool.get(ref) == read_spool(tmp_path, ref) == data
