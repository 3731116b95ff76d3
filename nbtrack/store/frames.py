"""The bytes of a log: how frames are written and read. Pure; no files.

A log is a 16-byte file header and then frames, all little-endian: u32 length of the payload, u32 CRC-32 of
type + payload, u8 type, payload. `docs/design.md` lists the types. Numbers travel as packed ROW frames whose
keys are named once per file by a SCHEMA frame; everything else is msgpack (via msgspec).

Writing: the `encode_*` functions return one whole frame each. Reading: `nbtrack.store.scan.scan` turns a
buffer into `Frame` and `Rows` items and says how far it came; the `decode_*` functions take a payload.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import asdict
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

import msgspec
from msgspec import Struct

from nbtrack.store.model import CellExecution, ConsoleLine, Json, ObjectRow, Pending, SpoolRef

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Buffer = bytes | bytearray | memoryview

MAGIC = b"NBL1"
VERSION = 1
#: bytes before the first frame
FILE_HEADER = 16
#: bytes of a frame before its payload
FRAME_HEAD = 9
#: largest payload in bytes
MAX_PAYLOAD = 16 * 2**20
#: blobs of at least this many bytes are files of their own
MAX_INLINE_BLOB = 16 * 2**10

_FILE = struct.Struct("<4sBBHQ")
_HEAD = struct.Struct("<IIB")
_ROW = struct.Struct("<Iqd")
#: length and checksum; what follows (type + payload) is exactly what the checksum covers
LEAD = struct.Struct("<II")


class Type(IntEnum):
    """Frame types. A reader must know those below 128 and may skip the others."""

    ROW = 1
    SCHEMA = 2
    META = 3
    OBJ = 4
    BLOB = 5
    TEXT = 6
    BEAT = 7
    CLOSE = 8
    CELL = 9
    HELLO = 10
    HINT = 128


_KNOWN = frozenset(int(t) for t in Type)


class Frame(NamedTuple):
    """A verified frame other than ROW; `payload` is a view of the buffer that was scanned."""

    type: int
    payload: memoryview
    #: of the frame's first byte, in the buffer
    offset: int
    end: int


class Schema(Struct, frozen=True):
    """Names of the values of ROW frames with this id; `letters` has one of f, i, b for each key."""

    id: int
    keys: tuple[str, ...]
    letters: str


class Meta(Struct, frozen=True):
    """An edit of something named by `path`. Last `hlc` wins, the writer's id breaks ties."""

    op: Literal["set", "del", "add", "remove"]
    path: tuple[str, ...]
    value: Any
    #: hybrid logical clock: unix milliseconds << 16 | counter
    hlc: int


class Beat(Struct, frozen=True):
    """Sign of life: unix time, monotonic time, process id, boot id of the host, last step written."""

    t: float
    mono: float
    pid: int
    boot: str
    step: int


class Close(Struct, frozen=True):
    """Last frame of a log that was closed on purpose."""

    reason: str
    exit_code: int
    t: float


class Hello(Struct, frozen=True):
    """First frame of each log: who writes it. `_runtime` of a row is time - started + offset."""

    run: str
    writer: str
    pid: int
    host: str
    boot: str
    t: float
    started: float
    offset: float
    rank: int | None


class HintFrame(Struct, frozen=True):
    """A line of the change feed; see `nbtrack.store.protocols.Hint`."""

    e: str
    w: str
    n: int
    size: int
    state: str


class _Spool(Struct, frozen=True):
    file: str
    offset: int
    length: int
    seq: int = 0


class _Pending(Struct, frozen=True):
    codec: str
    params: dict[str, Any]
    spool: _Spool


class _Object(Struct, frozen=True):
    s: int
    t: float
    k: str
    i: int
    n: int
    y: str
    m: dict[str, Any]
    b: str | None
    p: _Pending | None


class _Text(Struct, frozen=True):
    t: float
    stream: Literal["stdout", "stderr"]
    text: str


class _Cell(Struct, frozen=True):
    id: int
    cell_id: str
    count: int
    t: float
    src: str
    nb: str


# ---- msgpack ----------------------------------------------------------------------------------------------

#: msgpack knows 64-bit integers; longer ones travel as an extension of this code, in decimal
_BIG_INT = 1


def _extension(code: int, data: memoryview) -> object:
    if code == _BIG_INT:
        return int(bytes(data))
    raise ValueError(f"unknown msgpack extension {code}")


_encoder = msgspec.msgpack.Encoder()
_T = TypeVar("_T")


def _pack(value: object) -> bytes:
    try:
        return _encoder.encode(value)
    except (OverflowError, UnicodeEncodeError):
        return _encoder.encode(_mend(msgspec.to_builtins(value)))


def _mend(value: Any) -> Any:
    """Replace what msgpack cannot say: integers beyond 64 bits, and lone surrogates in strings."""
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return msgspec.msgpack.Ext(_BIG_INT, str(value).encode())
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_mend(k): _mend(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_mend(v) for v in value]
    return value


def _decoder(type_: type[_T]) -> Callable[[Buffer], _T]:
    decode = msgspec.msgpack.Decoder(type_, ext_hook=_extension).decode

    def decode_payload(payload: Buffer) -> _T:
        try:
            return decode(payload)
        except msgspec.DecodeError as error:
            raise ValueError(f"not a {type_.__name__.strip('_')} payload: {error}") from error

    return decode_payload


# ---- encoding ---------------------------------------------------------------------------------------------


def file_header(created: float) -> bytes:
    """Return the 16 bytes that begin a log; `created` in unix seconds."""
    return _FILE.pack(MAGIC, VERSION, 0, 0, int(created * 1000))


def encode_frame(type: int, payload: bytes) -> bytes:
    """Frame `payload`.

    Raises:
        ValueError: when it is larger than `MAX_PAYLOAD` bytes.
    """
    if len(payload) > MAX_PAYLOAD:
        raise ValueError(f"a frame holds at most {MAX_PAYLOAD:,} bytes, this one would have {len(payload):,}")
    body = bytes((type,)) + payload
    return LEAD.pack(len(payload), zlib.crc32(body)) + body


def row_packer(count: int) -> Callable[..., bytes]:
    """Return `pack(Type.ROW, schema_id, step, time, *values)`: the body of a ROW of `count` values.

    Body means type and payload, as the checksum covers them: see `LEAD`. The journal keeps one per schema.
    """
    return struct.Struct(f"<BIqd{count}d").pack


def encode_row(schema_id: int, step: int, time: float, values: Sequence[float]) -> bytes:
    """One row of numbers; `step` is a signed 64-bit integer, `time` unix seconds."""
    body = row_packer(len(values))(Type.ROW, schema_id, step, time, *values)
    return LEAD.pack(len(body) - 1, zlib.crc32(body)) + body


def encode_schema(schema_id: int, keys: Sequence[str], letters: str) -> bytes:
    """Name the values of the ROW frames with this id; `letters` says f, i or b for each."""
    return encode_frame(Type.SCHEMA, _pack(Schema(schema_id, tuple(keys), letters)))


def encode_meta(op: str, path: Sequence[str], value: Json | object, hlc: int) -> bytes:
    """Edit of `path`: op set, del, add or remove."""
    return encode_frame(Type.META, _pack({"op": op, "path": list(path), "value": value, "hlc": hlc}))


def encode_obj(
    step: int,
    time: float,
    key: str,
    idx: int,
    count: int,
    kind: str,
    meta: dict[str, Json],
    blob: str | None = None,
    pending: Pending | None = None,
) -> bytes:
    """One value that is not a number; see `ObjectRow` for the fields.

    Raises:
        ValueError: when `meta` is larger than a frame can hold (16 MiB).
    """
    waits = None
    if pending:
        waits = _Pending(pending.codec, pending.params, _Spool(**asdict(pending.spool)))
    return encode_frame(Type.OBJ, _pack(_Object(step, time, key, idx, count, kind, meta, blob, waits)))


def encode_blob(sha: str, data: bytes | memoryview) -> bytes:
    """Bytes that are kept inside the log, below `MAX_INLINE_BLOB`; `sha` is their SHA-256 in hex."""
    return encode_frame(Type.BLOB, bytes.fromhex(sha) + data)


def encode_text(time: float, stream: str, text: str) -> bytes:
    """Console output; `stream` is stdout or stderr."""
    return encode_frame(Type.TEXT, _pack({"t": time, "stream": stream, "text": text}))


def encode_beat(beat: Beat) -> bytes:
    """Sign of life."""
    return encode_frame(Type.BEAT, _pack(beat))


def encode_close(close: Close) -> bytes:
    """End of a log."""
    return encode_frame(Type.CLOSE, _pack(close))


def encode_cell(cell: CellExecution | None) -> bytes:
    """Cell execution that wrote the rows from here on; None: not known."""
    c = cell or CellExecution(0, "", 0, 0.0, "")
    return encode_frame(Type.CELL, _pack(_Cell(c.id, c.cell_id, c.count, c.time, c.source, c.notebook)))


def encode_hello(hello: Hello) -> bytes:
    """Beginning of a log."""
    return encode_frame(Type.HELLO, _pack(hello))


def encode_hint(hint: HintFrame) -> bytes:
    """A line of the change feed."""
    return encode_frame(Type.HINT, _pack(hint))


# ---- decoding: each takes the payload of a frame and raises ValueError when it is not one ------------------

decode_schema = _decoder(Schema)
decode_meta = _decoder(Meta)
decode_beat = _decoder(Beat)
decode_close = _decoder(Close)
decode_hello = _decoder(Hello)
decode_hint = _decoder(HintFrame)
_decode_object = _decoder(_Object)
_decode_text = _decoder(_Text)
_decode_cell = _decoder(_Cell)


def decode_obj(payload: Buffer, cell: int = 0) -> ObjectRow:
    """Return the row; `cell` is the execution named by the CELL frame before it."""
    o = _decode_object(payload)
    pending = None
    if o.p:
        spool = SpoolRef(**msgspec.structs.asdict(o.p.spool))
        pending = Pending(o.p.codec, o.p.params, spool)
    return ObjectRow(o.k, o.s, o.i, o.n, o.y, o.m, o.b, pending, o.t, cell)


def decode_blob(payload: Buffer) -> tuple[str, bytes]:
    """Return (SHA-256 in hex, data)."""
    if len(payload) < 32:
        raise ValueError("not a Blob payload: shorter than its hash")
    return bytes(payload[:32]).hex(), bytes(payload[32:])


def decode_text(payload: Buffer) -> ConsoleLine:
    """Return the piece of console output."""
    t = _decode_text(payload)
    return ConsoleLine(t.t, t.stream, t.text)


def decode_cell(payload: Buffer) -> CellExecution | None:
    """Return the execution, or None when it is not known from here on."""
    c = _decode_cell(payload)
    return CellExecution(c.id, c.cell_id, c.count, c.t, c.src, c.nb) if c.id else None


def decode_row(payload: Buffer) -> tuple[int, int, float, tuple[float, ...]]:
    """Return (schema id, step, time, values) of one ROW; `scan` decodes many at once."""
    schema_id, step, time = _ROW.unpack_from(payload)
    return schema_id, step, time, struct.unpack_from(f"<{(len(payload) - 20) // 8}d", payload, 20)


def iter_frames(buf: Buffer, offset: int = 0) -> Iterator[Frame]:
    """Yield the frames from `offset` on, ROWs too, up to the first that is torn or wrong."""
    view = memoryview(buf)
    pos = max(offset, FILE_HEADER)
    while (end := frame_end(view, pos)) > 0:
        yield Frame(view[pos + 8], view[pos + FRAME_HEAD : end], pos, end)
        pos = end


def frame_end(view: memoryview, pos: int) -> int:
    """Where the frame at `pos` ends; 0 when it is not all there, -1 when it is wrong."""
    if pos + FRAME_HEAD > len(view):
        return 0
    size, crc, kind = _HEAD.unpack_from(view, pos)
    if size > MAX_PAYLOAD:
        return -1
    end: int = pos + FRAME_HEAD + size
    if end > len(view):
        return 0 if kind in _KNOWN else -1
    return end if zlib.crc32(view[pos + 8 : end]) == crc else -1
