"""Which filesystem a path lies on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nbtrack.store import locality
from nbtrack.store.locality import filesystem, is_local, placement

MOUNTS = """\
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 27 0:40 / /home rw - nfs4 server:/home rw
31 30 0:41 / /home/me/drive rw - fuse.rclone remote: rw
32 27 0:42 / /with\\040space rw - xfs /dev/b rw
33 27 0:43 / /over rw - ext4 /dev/c rw
34 27 0:44 / /over rw - tmpfs none rw
"""


@pytest.fixture
def mounts(monkeypatch):
    """A machine with these mounts, on which each path exists."""
    read = Path.read_text

    def table(self: Path, *args: object, **kw: object) -> str:
        return MOUNTS if str(self) == "/proc/self/mountinfo" else read(self, *args, **kw)

    monkeypatch.setattr(Path, "read_text", table)
    monkeypatch.setattr(Path, "exists", lambda self: True)
    monkeypatch.setattr(Path, "resolve", lambda self: self)
    monkeypatch.setattr(Path, "stat", lambda self: os.stat_result((0,) * 10))
    locality._of_device.cache_clear()
    yield
    locality._of_device.cache_clear()


@pytest.mark.parametrize(
    ("path", "kind", "local", "where"),
    [
        ("/", "ext4", True, "direct"),
        ("/data/x", "ext4", True, "direct"),
        ("/home", "nfs4", False, "direct"),
        ("/home/me/runs", "nfs4", False, "direct"),
        ("/home/me/drive/runs", "fuse.rclone", False, "relay"),
        ("/home/me/drive2", "nfs4", False, "direct"),
        ("/homes", "ext4", True, "direct"),
        ("/with space/x", "xfs", True, "direct"),
        ("/over/x", "tmpfs", True, "direct"),
    ],
)
@pytest.mark.usefixtures("mounts")
def test_the_innermost_and_latest_mount_counts(path, kind, local, where):
    assert (filesystem(path), is_local(path), placement(path)) == (kind, local, where)


def test_a_path_that_is_not_there_yet_counts_as_its_parent(tmp_path):
    assert filesystem(tmp_path / "a" / "b") == filesystem(tmp_path)


@pytest.mark.skipif(not Path("/proc/self/mountinfo").exists(), reason="Linux")
def test_this_machine_has_proc():
    assert filesystem("/proc") == "proc"
    assert not is_local("/proc")
