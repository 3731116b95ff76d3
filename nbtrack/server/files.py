"""The routes that hand out files: media of the store, and libraries that panels draw with."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

from nbtrack.errors import NotFoundError
from nbtrack.server.answers import RefusedError, StoreHandler, reads
from nbtrack.server.ranges import Part, wanted
from nbtrack.store.layout import blob_path

if TYPE_CHECKING:
    from nbtrack.panels.packs import Pack

MAX_PX = 8192
#: files in one answer, and bytes after which the others are left out
MAX_FILES = 64
FILES_BYTES = 4 * 1024 * 1024
_SHA = re.compile(r"[0-9a-f]{64}")


class Answer(NamedTuple):
    """Bytes of a blob: all, or the part that was asked for."""

    data: bytes
    kind: str
    part: Part | None
    #: of the whole, in bytes
    size: int


class BlobHandler(StoreHandler):
    """The bytes of one medium, or a part of them; they are named by their hash, so they never change."""

    _tag = ""

    @reads
    async def get(self, store_id: str, sha: str) -> None:
        """Answer with the blob, a part of it, or a picture's thumbnail of at most `px` pixels a side."""
        if not _SHA.fullmatch(sha):
            raise RefusedError(HTTPStatus.BAD_REQUEST, "a blob is named by 64 hexadecimal digits")
        px = self.integer("px", 0, MAX_PX, default=0) or None
        run_id = self.get_query_argument("run", None, strip=False)
        self._tag = f'"{sha}-{px or 0}"'
        # who holds a part of another file gets this one whole
        same = self.request.headers.get("If-Range", self._tag) == self._tag
        asked = self.request.headers.get("Range") if px is None and same else None

        def job() -> Answer:
            from nbtrack.panels.questions import blob_bytes

            store = self.stores.store(store_id)
            if asked and (stat := store.blobs.stat(blob_path(sha))):
                part = wanted(asked, stat.size)
                if part is not None:
                    head = store.blobs.get(stat.path, 0, 16)
                    data = store.blobs.get(stat.path, *part) if part.length else b""
                    return Answer(data, sniff(head), part, stat.size)
            data = blob_bytes(self.stores.reader(store_id, run_id) if run_id else store, sha, px)[0]
            part = wanted(asked, len(data))
            piece = data if part is None else data[part.start : part.start + part.length]
            return Answer(piece, sniff(data), part, len(data))

        data, kind, part, size = await self.work(job)
        if px is None:
            self.set_header("Accept-Ranges", "bytes")
        if part is not None and not part.length:
            self.set_header("Content-Range", f"bytes */{size}")
            self.write_error(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
            return
        if part is not None:
            self.set_status(HTTPStatus.PARTIAL_CONTENT)
            self.set_header("Content-Range", f"bytes {part.start}-{part.start + part.length - 1}/{size}")
            self.set_header("Etag", self._tag)
        self.set_header("Cache-Control", "private, max-age=31536000, immutable")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")
        self.finish(data, set_content_type=kind)

    def compute_etag(self) -> str | None:
        """The blob's name; tornado would hash the whole answer once more."""
        return self._tag or None


class BlobsHandler(StoreHandler):
    """Several small files at once: a grid with masks wants hundreds, and each request has its cost."""

    @reads
    async def post(self, store_id: str, run_id: str) -> None:
        """Answer `[[sha, px or null], ...]` with the MIME type of each, and a buffer for each that has one.

        null stands for what is not there, and for what no longer fits: it is asked for by itself.
        """
        files = self._files()

        def job() -> tuple[list[str | None], list[bytes]]:
            from nbtrack.panels.questions import blob_bytes

            reader = self.stores.reader(store_id, run_id)
            kinds: list[str | None] = []
            buffers: list[bytes] = []
            room = FILES_BYTES
            for sha, px in files:
                kinds.append(None)
                if room <= 0:
                    continue
                try:
                    data = blob_bytes(reader, sha, px)[0]
                except NotFoundError:
                    continue
                room -= len(data)
                kinds[-1] = sniff(data)
                buffers.append(data)
            return kinds, buffers

        self.packed(*await self.work(job))

    def _files(self) -> list[tuple[str, int | None]]:
        try:
            asked: Any = json.loads(self.request.body)
            files = [(sha, px) for sha, px in asked]
            named = all(_SHA.fullmatch(sha) and (px is None or 0 < px <= MAX_PX) for sha, px in files)
            if named and 0 < len(files) <= MAX_FILES:
                return files
        except (ValueError, TypeError, RecursionError):
            pass  # said below
        raise RefusedError(
            HTTPStatus.BAD_REQUEST, f"the body must be a list of 1 to {MAX_FILES} pairs [sha, px or null]"
        )


class PackHandler(StoreHandler):
    """A library that panels draw with, from a package of this server's environment."""

    _version = ""

    @reads
    async def get(self, store_id: str, name: str) -> None:
        """Send the browser to the address of the version that is here; there, answer with it."""

        def job() -> Pack:
            from nbtrack.panels import packs

            self.stores.store(store_id)  # who may not read the store gets nothing
            return packs.load(name)

        pack = await self.work(job)
        if self.get_query_argument("v", "") != pack.version:
            self.set_header("Cache-Control", "no-store")
            self.redirect(f"?v={pack.version}")
            return
        self._version = pack.version
        self.set_header("Cache-Control", "private, max-age=31536000, immutable")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")
        self.set_header("Content-Encoding", "gzip")
        self.finish(pack.gzipped, set_content_type=pack.mime)

    def compute_etag(self) -> str | None:
        """The version; tornado would hash the whole answer once more."""
        return f'"{self._version}"' if self._version else None


#: (offset, bytes there, type) of the media that a browser may show without running anything; not SVG
_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (0, b"BM", "image/bmp"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"fLaC", "audio/flac"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1a\x45\xdf\xa3", "video/webm"),
)


def sniff(data: bytes) -> str:
    """Media type by the first bytes: a picture, sound or film, else `application/octet-stream`."""
    for offset, magic, kind in _MAGIC:
        if data[offset : offset + len(magic)] == magic and (offset != 8 or data[:4] == b"RIFF"):
            return kind
    return "application/octet-stream"
