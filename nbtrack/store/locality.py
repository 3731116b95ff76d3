"""Which filesystem a path lies on, and what may be expected of it.

Locks, shared memory maps and `fdatasync` mean what they say on a local filesystem only. Nothing here is
needed for correctness of the logs; it decides about liveness by lock, the place of the index, and the spool.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

#: filesystems of this machine alone: locks and shared memory maps work
LOCAL = frozenset(
    {"apfs", "bcachefs", "btrfs", "exfat", "ext2", "ext3", "ext4", "f2fs", "fuseblk", "hfs", "jfs", "msdos"}
    | {"ntfs", "ntfs3", "overlay", "ramfs", "reiserfs", "tmpfs", "ufs", "vfat", "xfs", "zfs"}
)
#: shared between machines, but a file with one writer behaves
SHARED = frozenset(
    {"9p", "afs", "afpfs", "beegfs", "beegfs_nodev", "ceph", "cifs", "gfs2", "glusterfs", "gpfs", "lustre"}
    | {"nfs", "nfs4", "ocfs2", "smb2", "smb3", "smbfs", "virtiofs", "wekafs"}
)
#: Writing to a mapped page whose blocks were allocated before cannot fail for want of space. (Filesystems
#: that copy on write, btrfs and zfs, give no such promise: there a full disk would end the process: SIGBUS.)
MAPPABLE = frozenset({"ext2", "ext3", "ext4", "f2fs", "overlay", "tmpfs", "xfs"})

Placement = Literal["direct", "relay"]


def filesystem(path: str | Path) -> str:
    """Type of the filesystem that `path` (or its nearest existing parent) lies on; "" when unknown.

    Example:
        >>> filesystem("/dev/shm")
        'tmpfs'
    """
    here = Path(path).resolve()
    while not here.exists() and here != here.parent:
        here = here.parent
    if Path("/proc/self/mountinfo").exists():
        return _of_device(str(here), here.stat().st_dev)
    return _of_psutil(str(here))


def is_local(path: str | Path) -> bool:
    """Whether file locks and shared memory maps work there."""
    return filesystem(path) in LOCAL


def is_mappable(path: str | Path) -> bool:
    """Whether a preallocated file may be written through a shared memory map without fear of SIGBUS."""
    return filesystem(path) in MAPPABLE


def placement(path: str | Path) -> Placement:
    """Whether logs may grow in place there, or closed ones have to be copied there (cloud drives)."""
    return "direct" if filesystem(path) in LOCAL | SHARED else "relay"


@lru_cache(maxsize=256)
def _of_device(path: str, device: int) -> str:  # noqa: ARG001
    """Look `path` up in the mount table; `device` makes a new mount over it a new question."""
    best, found = "", ""
    for line in Path("/proc/self/mountinfo").read_text(errors="surrogateescape").splitlines():
        fields, _, tail = line.partition(" - ")
        mount = _unescape(fields.split(" ")[4])
        inside = path == mount or path.startswith(mount.rstrip("/") + "/")
        if inside and len(mount) >= len(best):  # of two mounts at one place the later one is on top
            best, found = mount, tail.split(" ")[0]
    return found


def _unescape(field: str) -> str:
    """Undo the octal escapes of the mount table (space, tab, newline, backslash)."""
    for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        field = field.replace(code, char)
    return field


def _of_psutil(path: str) -> str:
    import psutil

    mounts = [p for p in psutil.disk_partitions(all=True) if path.startswith(p.mountpoint)]
    return max(mounts, key=lambda p: len(p.mountpoint)).fstype.lower() if mounts else ""
