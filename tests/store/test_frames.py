"""Frames: what is written comes back, whatever happens to the bytes in between."""

from __future__ import annotations

import itertools
import math
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbtrack.store import crc, frames
from nbtrack.store.frames import FILE_HEADER, FRAME_HEAD, Beat, Close, Hello, HintFrame, Type
from nbtrack.store.model import CellExecution, ConsoleLine, ObjectRow, Pending, SpoolRef
from nbtrack.store.scan import Rows, scan

HEADER = frames.file_header(1_700_000_000.0)
I64 = st.integers(-(2**63), 2**63 - 1)
FLOAT = st.floats(allow_nan=True, allow_infinity=True)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | FLOAT | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


def same(a: object, b: object) -> bool:
    """Equality in which NaN equals NaN and types count."""
    if isinstance(a, float) and isinstance(b, float):
        return struct.pack("<d", a) == struct.pack("<d", b) or (math.isnan(a) and math.isnan(b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


def payload(frame: bytes) -> memoryview:
    (only,) = frames.iter_frames(HEADER + frame)
    assert only.end == FILE_HEADER + len(frame)
    return only.payload


# ---- each type comes back ---------------------------------------------------------------------------------


@given(st.integers(0, 2**32 - 1), I64, FLOAT, st.lists(FLOAT, max_size=10))
def test_a_row_comes_back(schema, step, time, values):
    got = frames.decode_row(payload(frames.encode_row(schema, step, time, values)))
    assert got[:2] == (schema, step)
    assert same(got[2], time)
    assert same(list(got[3]), values)


@given(st.lists(st.tuples(I64, FLOAT, FLOAT, FLOAT), min_size=1, max_size=200))
def test_many_rows_come_back_as_columns(rows):
    data = HEADER + b"".join(frames.encode_row(7, s, t, [a, b]) for s, t, a, b in rows)
    items, consumed, gaps = scan(data)
    assert (consumed, gaps) == (len(data), [])
    (got,) = items
    assert isinstance(got, Rows)
    assert (got.schema, got.offset, got.end) == (7, FILE_HEADER, len(data))
    steps, times, a, b = map(list, zip(*rows, strict=True))
    assert got.steps.tolist() == steps
    assert np.array_equal(got.times, times, equal_nan=True)
    assert np.array_equal(got.values, np.array([a, b]).T, equal_nan=True)


@given(st.lists(TEXT, max_size=6), st.data())
def test_a_schema_comes_back(keys, data):
    letters = data.draw(st.text("fib", min_size=len(keys), max_size=len(keys)))
    got = frames.decode_schema(payload(frames.encode_schema(3, keys, letters)))
    assert (got.id, list(got.keys), got.letters) == (3, keys, letters)


@given(st.sampled_from(["set", "del", "add", "remove"]), st.lists(TEXT, max_size=4), JSON)
def test_an_edit_comes_back_with_any_json_and_integers_of_any_size(op, path, value):
    got = frames.decode_meta(payload(frames.encode_meta(op, path, value, 2**63)))
    assert (got.op, list(got.path), got.hlc) == (op, path, 2**63)
    assert same(got.value, value)


@given(I64, FLOAT, TEXT, st.dictionaries(TEXT, JSON, max_size=4))
def test_an_object_comes_back(step, time, key, meta):
    ref = SpoolRef("w.spool", 4096, 10, 3)
    pending = Pending("png", meta, ref)
    for blob, waits in ((None, None), ("ab" * 32, None), (None, pending)):
        frame = frames.encode_obj(step, time, key, 1, 4, "image-file", meta, blob, waits)
        got = frames.decode_obj(payload(frame), cell=9)
        assert isinstance(got, ObjectRow)
        assert (got.key, got.step, got.idx, got.count, got.kind) == (key, step, 1, 4, "image-file")
        assert (got.blob, got.cell) == (blob, 9)
        assert same(got.time, time)
        assert same(got.meta, meta)
        if waits:
            assert got.pending is not None
            assert (got.pending.codec, got.pending.spool) == ("png", ref)
            assert same(got.pending.params, meta)
        else:
            assert got.pending is None


def test_the_small_types_come_back():
    hello = Hello("run", "w" * 10, 12, "host", "boot", 1.5, 2.5, 3.5, None)
    assert frames.decode_hello(payload(frames.encode_hello(hello))) == hello
    beat = Beat(1.0, 2.0, 3, "boot", -1)
    assert frames.decode_beat(payload(frames.encode_beat(beat))) == beat
    close = Close("finish", 1, 2.0)
    assert frames.decode_close(payload(frames.encode_close(close))) == close
    hint = HintFrame("run", "w", 3, 2**40, "open")
    assert frames.decode_hint(payload(frames.encode_hint(hint))) == hint
    cell = CellExecution(2**48 - 1, "id", 7, 1.5, "ab" * 32, "nb.ipynb")
    assert frames.decode_cell(payload(frames.encode_cell(cell))) == cell
    assert frames.decode_cell(payload(frames.encode_cell(None))) is None
    assert frames.decode_blob(payload(frames.encode_blob("ab" * 32, b"data"))) == ("ab" * 32, b"data")
    line = frames.decode_text(payload(frames.encode_text(1.0, "stderr", "a\nb")))
    assert line == ConsoleLine(1.0, "stderr", "a\nb")


def test_a_lone_surrogate_is_spelled_out_and_does_not_stop_the_frame():
    got = frames.decode_meta(payload(frames.encode_meta("set", ["config", "a\ud800"], {"k": "\udfff"}, 1)))
    assert got.path == ("config", "a\\ud800")
    assert got.value == {"k": "\\udfff"}


def test_fields_of_a_later_version_are_ignored():
    body = b"\x83\xa6reason\xa4exit\xa9exit_code\x00\xa1t\xcb" + struct.pack(">d", 1.0)
    more = b"\x84" + body[1:] + b"\xa3new\x01"
    assert frames.decode_close(more) == frames.decode_close(body)


@pytest.mark.parametrize(
    "decode",
    [
        frames.decode_schema,
        frames.decode_meta,
        frames.decode_obj,
        frames.decode_blob,
        frames.decode_text,
        frames.decode_beat,
        frames.decode_close,
        frames.decode_cell,
        frames.decode_hello,
        frames.decode_hint,
    ],
)
@pytest.mark.parametrize("junk", [b"", b"\xc1", b"\x80", b"\x93\x01\x02\x03", b"\x81\xa1t\xa1x"])
def test_a_payload_that_is_none_is_a_value_error(decode, junk):
    with pytest.raises(ValueError, match=r"not a \w+ payload"):
        decode(junk)


def test_a_payload_over_the_limit_is_refused_with_both_sizes():
    most = b"x" * frames.MAX_PAYLOAD
    assert len(frames.encode_frame(Type.TEXT, most)) == FRAME_HEAD + len(most)
    with pytest.raises(ValueError, match=r"at most 16,777,216 bytes, this one would have 16,777,217"):
        frames.encode_frame(Type.TEXT, most + b"x")
    with pytest.raises(ValueError, match="at most 16,777,216 bytes"):
        frames.encode_obj(0, 0.0, "k", 0, 0, "json", {"value": "x" * frames.MAX_PAYLOAD})


# ---- reading ----------------------------------------------------------------------------------------------


def log(n: int = 6) -> tuple[bytes, list[int]]:
    """A small log of all sorts, and where each frame ends."""
    parts = [
        frames.encode_hello(Hello("r", "w", 1, "h", "b", 1.0, 1.0, 0.0, 0)),
        frames.encode_schema(0, ["a", "b"], "fi"),
        *(frames.encode_row(0, i, float(i), [i / 2, float(i)]) for i in range(n)),
        frames.encode_obj(3, 4.0, "k", 0, 0, "json", {"value": "x"}),
        frames.encode_schema(1, ["c"], "f"),
        *(frames.encode_row(i % 2, i, float(i), [1.0] * (2 - i % 2)) for i in range(n, 2 * n)),
        frames.encode_text(5.0, "stdout", "hello"),
        frames.encode_close(Close("exit", 0, 6.0)),
    ]
    ends = list(np.cumsum([FILE_HEADER, *map(len, parts)]))
    return HEADER + b"".join(parts), [int(e) for e in ends]


def told(buf: bytes, offset: int = 0) -> list[tuple]:
    """What a log says, frame by frame, in a form that does not depend on how rows are grouped."""
    out: list[tuple] = []
    for item in scan(buf, offset).items:
        if isinstance(item, Rows):
            out += [
                ("row", item.schema, int(s), float(t), *v.tolist())
                for s, t, v in zip(item.steps, item.times, item.values, strict=True)
            ]
        else:
            out.append((item.type, bytes(item.payload)))
    return sorted(out, key=str)


def frame_by_frame(buf: bytes, ends: list[int]) -> list[tuple]:
    """The same, from the frames one at a time."""
    out = []
    for start, end in itertools.pairwise(ends):
        body = buf[start + FRAME_HEAD : end]
        if buf[start + 8] == Type.ROW:
            schema, step, time, values = frames.decode_row(body)
            out.append(("row", schema, step, time, *values))
        else:
            out.append((buf[start + 8], body))
    return sorted(out, key=str)


def test_scan_tells_what_the_frames_say():
    data, ends = log()
    assert told(data) == frame_by_frame(data, ends)
    assert scan(data).consumed == len(data)
    assert [f.end for f in frames.iter_frames(data)] == ends[1:]


def test_scan_takes_all_kinds_of_buffers():
    data, _ = log()
    assert told(bytearray(data)) == told(memoryview(data)) == told(data)


def test_a_torn_end_is_waited_for_at_every_byte():
    data, ends = log()
    for cut in range(len(data) + 1):
        whole = max([e for e in ends if e <= cut], default=0)
        _, consumed, gaps = scan(data[:cut])
        assert gaps == [], cut
        assert consumed == whole, cut
        first = frame_by_frame(data, [e for e in ends if e <= cut])
        rest = told(data, consumed)
        assert sorted(first + rest, key=str) == told(data), cut
        assert [f.end for f in frames.iter_frames(data[:cut])] == [e for e in ends[1:] if e <= cut]


def test_a_flipped_bit_costs_its_own_frame_and_no_other():
    data, ends = log(4)
    everything = frame_by_frame(data, ends)
    for at in range(len(data)):
        for bit in range(8):
            broken = bytearray(data)
            broken[at] ^= 1 << bit
            got = told(bytes(broken))
            if at < FILE_HEADER:
                newer = at == 4 and broken[4] > frames.VERSION
                assert got == ([] if newer else everything), (at, bit)
                continue
            hit = next(i for i, end in enumerate(ends) if end > at)
            lost = frame_by_frame(data, [ends[hit - 1], ends[hit]])
            assert sorted(got + lost, key=str) == everything, (at, bit)


def test_a_damaged_stretch_is_reported_with_its_place():
    data, ends = log()
    broken = bytearray(data)
    broken[ends[3] + 10] ^= 0xFF
    broken[ends[4] + 10] ^= 0xFF
    _, consumed, gaps = scan(bytes(broken))
    assert consumed == len(data)
    assert [(g.offset, g.end) for g in gaps] == [(ends[3], ends[5])]


def test_without_resync_the_scan_stops_before_the_damage():
    data, ends = log()
    broken = bytearray(data)
    broken[ends[3] + 10] ^= 0xFF
    _, consumed, gaps = scan(bytes(broken), resync=False)
    assert consumed == ends[3]
    assert [g.offset for g in gaps] == [ends[3]]


def test_damage_in_a_long_run_of_rows_costs_one_row():
    rows = [frames.encode_row(0, i, 0.0, [1.0]) for i in range(5000)]
    data = bytearray(HEADER + b"".join(rows))
    data[FILE_HEADER + 3210 * len(rows[0]) + 20] ^= 1
    items, consumed, gaps = scan(bytes(data))
    steps = np.concatenate([i.steps for i in items])
    assert consumed == len(data)
    assert len(gaps) == 1
    assert sorted(set(range(5000)) - set(steps.tolist())) == [3210]


def test_an_unknown_type_below_128_ends_the_log_and_one_above_is_skipped():
    row = frames.encode_row(0, 1, 2.0, [3.0])
    skipped = HEADER + row + frames.encode_frame(200, b"whatever") + row
    items, consumed, gaps = scan(skipped)
    assert (sum(len(i.steps) for i in items), consumed, gaps) == (2, len(skipped), [])
    stopped = HEADER + row + frames.encode_frame(99, b"whatever") + row
    items, consumed, gaps = scan(stopped)
    assert (len(items), consumed) == (1, FILE_HEADER + len(row))
    assert "newer version" in gaps[0].what


def test_a_log_of_a_newer_format_is_not_read():
    data = bytearray(log()[0])
    data[4] = 2
    items, consumed, gaps = scan(bytes(data))
    assert (items, consumed) == ([], 0)
    assert "newer version 2" in gaps[0].what


def test_rows_of_no_keys_and_of_alternating_schemas_are_kept_apart():
    data = HEADER + b"".join(frames.encode_row(i % 3, i, 0.0, [float(i)] * (i % 3)) for i in range(300))
    items, consumed, _ = scan(data)
    assert consumed == len(data)
    assert {i.schema: (i.values.shape, i.steps.tolist()) for i in items} == {
        k: ((100, k), list(range(k, 300, 3))) for k in range(3)
    }


def test_what_stands_between_rows_stays_between_them():
    cells = [CellExecution(i, "", i, 0.0, "") for i in (1, 2)]
    data = HEADER
    for cell in cells:
        data += frames.encode_cell(cell) + frames.encode_row(0, cell.id, 0.0, [])
    assert [i.steps.tolist() if isinstance(i, Rows) else i.type for i in scan(data).items] == [9, [1], 9, [2]]


@settings(deadline=None)
@given(st.binary(max_size=300), st.integers(0, 300))
def test_junk_is_never_more_than_a_gap(junk, at):
    data, _ = log(3)
    for buf in (junk, HEADER + junk, data[:at] + junk + data[at:]):
        result = scan(buf)
        assert 0 <= result.consumed <= len(buf)
        list(frames.iter_frames(buf))


def test_a_good_frame_behind_megabytes_of_junk_is_found():
    junk = np.random.default_rng(0).integers(0, 256, 3 * 2**20, dtype=np.uint8).tobytes()
    data, ends = log()
    assert told(data[: ends[2]] + junk + data[ends[2] :]) == told(data)


# ---- checksums --------------------------------------------------------------------------------------------


@given(st.integers(1, 80), st.integers(1, 70), st.randoms(use_true_random=False))
def test_the_checksums_of_pieces_give_the_checksum_of_the_whole(length, n, random):
    pieces = [random.randbytes(length) for _ in range(n)]
    crcs = np.array([zlib.crc32(p) for p in pieces], np.uint32)
    assert crc.combine(crcs, length) == zlib.crc32(b"".join(pieces))
    table = np.frombuffer(b"".join(pieces), np.uint8).reshape(n, length)
    assert crc.matches(table, crcs)
    crcs[random.randrange(n)] ^= 1 << random.randrange(32)
    assert not crc.matches(table, crcs)
