"""Everything that can be made into an Audio, what is stored of it, and what comes back."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import nbtrack
from nbtrack.errors import LogTypeError, LogValueError, NbtrackWarning, UnsupportedError
from nbtrack.media import riff, sound, waveform
from nbtrack.media.audio import Audio
from nbtrack.media.registry import complete, load
from nbtrack.panels.media import mimebundle


def tone(seconds=0.25, rate=8000, frequency=440.0):
    return np.sin(2 * np.pi * frequency * np.arange(int(seconds * rate)) / rate) * 0.8


def stored(audio):
    done = complete(audio.record())
    return done.meta, done.blob, done.files


def rounds(audio):
    """What is read back of a sound that went through its codec."""
    meta, blob, files = stored(audio)
    return load("audio-file", meta, blob, files.__getitem__)


def overview(audio):
    meta, _, files = stored(audio)
    return np.frombuffer(files[meta["parts"]["peaks"]], "<i2").reshape(-1, meta["peaks"], 2)


# ---- arrays -------------------------------------------------------------------------------------------------


def test_floats_become_sixteen_bits_that_every_player_reads():
    meta, blob, _ = stored(Audio(tone(), sample_rate=8000))
    with wave.open(io.BytesIO(blob)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth(), file.getnframes()) == (
            8000,
            1,
            2,
            2000,
        )
        samples = np.frombuffer(file.readframes(2000), "<i2")
    assert np.abs(samples / 32767 - tone()).max() < 1 / 32767
    assert (meta["sample_rate"], meta["channels"], meta["samples"], meta["duration"]) == (8000, 1, 2000, 0.25)


@given(hnp.arrays(st.sampled_from([np.int16, np.int32]), st.tuples(st.integers(1, 60), st.integers(1, 4))))
def test_integers_of_sixteen_and_thirty_two_bits_come_back_as_they_were(samples):
    back = rounds(Audio(samples, sample_rate=8000)).to_numpy()
    assert back.dtype == samples.dtype
    assert np.array_equal(back.reshape(samples.shape), samples)


@pytest.mark.parametrize(
    ("samples", "heard"),
    [
        (np.array([-128, 0, 127], np.int8), [-32768, 0, 32512]),
        (np.array([0, 128, 255], np.uint8), [-32768, 0, 32512]),
        (np.array([-32768, 5, 32767], np.int64), [-32768, 5, 32767]),
        (np.array([0, 65535], np.uint16), [0, 65535]),
        (np.array([0.0, 1.0, -1.0], np.float16), [0, 32767, -32767]),
        (np.array([0.0, 0.5], np.longdouble), [0, 16384]),
        (np.array([1, 2, 3], ">i2"), [1, 2, 3]),
    ],
)
def test_how_numbers_become_samples(samples, heard):
    assert rounds(Audio(samples, sample_rate=8000)).to_numpy().tolist() == heard


@pytest.mark.parametrize(
    ("samples", "heard", "clipped"),
    [
        (np.array([2.0, -3.0, 0.5]), [32767, -32767, 16384], 2),
        (np.array([np.nan, np.inf, -np.inf, 1.0]), [0, 32767, -32767, 32767], 3),
        (np.array([2**40, -(2**40), 7]), [2**31 - 1, -(2**31), 7], 2),
    ],
)
def test_what_is_outside_is_clipped_and_said(samples, heard, clipped, monkeypatch):
    monkeypatch.setattr(sound, "_said", set())
    audio = Audio(samples, sample_rate=8000)
    with pytest.warns(NbtrackWarning, match="clipped"):
        meta, blob, _ = stored(audio)
    assert riff.read(blob)[0][:, 0].tolist() == heard
    assert meta["clipped"] == clipped


def test_stereo_keeps_its_channels():
    both = np.stack([tone(), -tone() / 2], axis=1)
    back = rounds(Audio(both, sample_rate=8000))
    assert (back.channels, back.to_numpy().shape) == (2, (2000, 2))
    assert np.abs(back.to_numpy() / 32767 - both).max() < 1 / 32767


@pytest.mark.parametrize("turn", [lambda a: a.T, lambda a: np.ascontiguousarray(a.T)])
def test_channels_first_is_understood_where_nothing_else_is_possible(turn):
    both = np.stack([tone(), -tone() / 2], axis=1)
    assert np.array_equal(
        rounds(Audio(turn(both), sample_rate=8000)).to_numpy(),
        rounds(Audio(both, sample_rate=8000)).to_numpy(),
    )


def test_an_array_that_is_only_turned_over_is_not_copied():
    lies = np.zeros((2, 9000), np.int16)
    assert np.shares_memory(Audio(lies.T, sample_rate=8000).record().raw.data, lies)


def test_lists_of_numbers_are_arrays():
    assert rounds(Audio([0.0, 0.5, -0.5], sample_rate=8000)).to_numpy().tolist() == [0, 16384, -16384]


def test_the_rate_of_the_users_own_document_is_taken():
    assert Audio(np.zeros(64), caption="OooOoo", sample_rate=32).duration == 2


@pytest.mark.parametrize(
    ("value", "rate", "error", "words"),
    [
        (tone(), None, LogValueError, ["needs sample_rate", "(2000,)"]),
        (np.zeros(0), 8000, LogValueError, ["empty"]),
        (np.zeros((0, 2)), 8000, LogValueError, ["empty"]),
        (np.zeros((2, 3, 4)), 8000, LogValueError, ["(2, 3, 4)", "list"]),
        (np.zeros((100, 100)), 8000, LogValueError, ["more than 32 channels"]),
        (np.zeros(5, complex), 8000, LogTypeError, ["complex128"]),
        (np.zeros(5, bool), 8000, LogTypeError, ["bool"]),
        (np.array(["a"]), 8000, LogTypeError, ["<U1"]),
        (tone(), 0, LogValueError, ["sample_rate", "got 0"]),
        (tone(), 10**7, LogValueError, ["sample_rate"]),
        (tone(), "fast", LogTypeError, ["sample_rate"]),
        (tone(), float("nan"), LogTypeError, ["sample_rate"]),
        (None, None, LogTypeError, ["NoneType"]),
        (5, None, LogTypeError, ["int"]),
        ("nope.wav", None, LogValueError, ["cannot be read"]),
        ("https://example.org/a.wav", None, LogValueError, ["download it first"]),
        (io.StringIO("text"), None, LogTypeError, ["'rb'"]),
    ],
)
def test_what_is_no_sound_is_refused_in_a_sentence(value, rate, error, words):
    with pytest.raises(error) as refused:
        Audio(value, sample_rate=rate)
    for word in [*words, "Audio"]:
        assert word in str(refused.value)


# ---- files --------------------------------------------------------------------------------------------------


def written(format_, subtype=None, channels=1):
    soundfile = pytest.importorskip("soundfile")
    file = io.BytesIO()
    soundfile.write(file, np.repeat(tone()[:, None], channels, axis=1), 8000, format=format_, subtype=subtype)
    return file.getvalue()


@pytest.mark.parametrize("format_", ["wav", "flac", "ogg", "mp3"])
def test_a_file_is_kept_byte_for_byte_and_described(tmp_path, format_):
    path = tmp_path / f"clip.{format_}"
    path.write_bytes(written(format_.upper(), channels=2))
    audio = Audio(path, caption="c")
    meta, blob, _ = stored(audio)
    assert blob == path.read_bytes()
    assert (meta["format"], meta["sample_rate"], meta["channels"], meta["caption"]) == (format_, 8000, 2, "c")
    assert meta["duration"] == pytest.approx(0.25, abs=0.1)
    heard = rounds(audio).to_numpy()
    scale = 32767 if heard.dtype == np.int16 else 1
    assert np.abs(np.abs(heard / scale).max() - 0.8) < 0.1
    assert overview(audio).shape[0] == 2


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
@pytest.mark.parametrize("format_", ["WAV", "WAVEX"])
def test_each_kind_of_wav_file_is_read(format_, subtype):
    samples = rounds(Audio(written(format_, subtype))).to_numpy()
    scale = {"i": 2.0 ** (8 * samples.dtype.itemsize - 1), "f": 1.0}[samples.dtype.kind]
    assert np.abs(samples / scale - tone()).max() < 0.02


def test_a_compressed_wav_file_is_refused_in_a_sentence():
    with pytest.raises(LogValueError, match="format 7"):
        Audio(written("WAV", "ULAW"))


@pytest.mark.parametrize(
    "data",
    [b"", b"no sound", b"RIFF\0\0\0\0WAVE", b"fLaC" + bytes(60), b"OggS" + bytes(60), b"ID3" + bytes(60)],
)
def test_a_damaged_file_is_refused_in_a_sentence(data):
    with pytest.raises(LogValueError, match="Audio"):
        Audio(io.BytesIO(data))


@given(st.binary(max_size=200), st.integers(0, 60), st.binary(max_size=4))
def test_no_header_brings_the_reader_of_wav_files_down(tail, at, patch):
    data = bytearray(riff.write(np.arange(8, dtype=np.int16)[:, None], 8000))
    data[at : at + len(patch)] = patch
    for damaged in (bytes(data), b"RIFF\0\0\0\0WAVE" + tail, bytes(data[:at])):
        try:
            samples, rate = riff.read(damaged)
        except LogValueError:
            continue
        assert samples.ndim == 2
        assert rate > 0


def test_a_wav_file_cut_short_says_how_much_is_there():
    data = riff.write(np.zeros((1000, 1), np.int16), 8000)
    assert Audio(data[:-1000]).duration == pytest.approx(0.0625)


def test_a_file_without_samples_is_refused():
    with pytest.raises(LogValueError, match="no samples"):
        Audio(riff.write(np.zeros((0, 1), np.int16), 8000))


def test_a_rate_with_a_file_is_ignored_and_that_is_said():
    with pytest.warns(NbtrackWarning, match="sample_rate is ignored"):
        assert Audio(written("WAV"), sample_rate=1).sample_rate == 8000


@pytest.mark.parametrize("wrap", [bytes, io.BytesIO, bytearray])
def test_bytes_and_open_files_are_files(wrap):
    data = written("WAV")
    assert stored(Audio(wrap(data)))[1] == data


def test_without_soundfile_a_compressed_file_is_kept_as_it_is(monkeypatch):
    data = written("OGG")
    monkeypatch.setattr(sound, "can_read", lambda format_: format_ == "wav")
    audio = Audio(data)
    assert stored(audio)[:2] == ({"format": "ogg", "size": len(data)}, data)
    with pytest.raises(UnsupportedError, match=r'pip install "nbtrack\[audio\]"'):
        audio.to_numpy()
    assert len(rounds(Audio(tone(), sample_rate=8000)).to_numpy()) == 2000


# ---- waveforms ----------------------------------------------------------------------------------------------


@given(st.integers(1, 20_000), st.integers(1, 3), st.sampled_from([np.int16, np.int32, np.float32]))
def test_a_waveform_keeps_the_extremes_and_is_small(count, channels, dtype):
    rng = np.random.default_rng(count)
    scale = 1 if dtype is np.float32 else np.iinfo(dtype).max
    samples = (rng.uniform(-1, 1, (count, channels)) * scale).astype(dtype)
    found = waveform.peaks(samples)
    assert found.shape == (channels, min(count, waveform.PEAKS), 2)
    assert (found[..., 0] <= found[..., 1]).all()
    loud = np.abs(samples.astype(np.float64)).max(axis=0) / scale
    assert np.abs(np.abs(found / 32767).max(axis=(1, 2)) - loud).max() < 1e-4


def test_a_click_is_seen_where_it_is():
    samples = np.zeros(1_000_000, np.float32)
    samples[750_000] = 1
    found = overview(Audio(samples, sample_rate=48_000))[0, :, 1]
    assert np.flatnonzero(found) == [int(0.75 * waveform.PEAKS)]


def reference(samples, block):
    """Extremes of each `block` samples, one after the other."""
    return np.array(
        [[[c.min(), c.max()] for c in samples[at : at + block].T] for at in range(0, len(samples), block)]
    )


@settings(max_examples=15)
@given(
    st.integers(1, 3 * 4096 * 4), st.integers(1, 3), st.sampled_from([np.int16, np.int32, np.float32]),
    st.sampled_from([1, 7, 64]),
)  # fmt: skip
def test_each_level_of_a_pyramid_keeps_the_extremes_of_its_stretches(count, channels, dtype, at_once):
    rng = np.random.default_rng(count)
    scale = 1 if dtype is np.float32 else np.iinfo(dtype).max
    samples = (rng.uniform(-1, 1, (count, channels)) * scale).astype(dtype)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(waveform, "BLOCK", 2)
        patch.setattr(waveform, "_AT_ONCE", at_once)
        levels = waveform.pyramid(samples)
    assert list(levels) == ([] if count <= 2 * 4096 else [2, 8] if count > 8 * 4096 else [2])
    for block, level in levels.items():
        assert level.shape == (-(-count // block), channels, 2)
        exact = reference(samples, block) / scale
        assert np.abs(level / 32767 - exact).max() < 1e-4


def test_a_pyramid_of_a_very_long_sound_has_longer_stretches(monkeypatch):
    monkeypatch.setattr(waveform, "_FINEST", 4096)
    monkeypatch.setattr(waveform, "PEAKS", 16)
    levels = waveform.pyramid(np.zeros((256 * 4096 + 1, 1), np.int16))
    assert list(levels) == [1024, 4096, 16384, 65536]


def test_a_long_sound_has_a_pyramid_and_a_short_one_none(tmp_path):
    long = np.zeros((2_000_000, 2), np.int16)
    long[1_234_567] = [9000, -8000]
    meta, blob, files = stored(Audio(long, sample_rate=44_100))
    assert meta["levels"] == [256]
    data = files[meta["parts"]["pyramid"]]
    assert len(data) < len(blob) / 100
    level = np.frombuffer(data, "<i2").reshape(-1, 2, 2)
    assert np.argwhere(level).tolist() == [[1_234_567 // 256, 0, 1], [1_234_567 // 256, 1, 0]]
    meta, _, _ = stored(Audio(np.zeros(8000), sample_rate=8000))
    assert "levels" not in meta
    assert set(meta["parts"]) == {"peaks"}


# ---- how it is stored ---------------------------------------------------------------------------------------


def test_a_logged_sound_is_read_back(tmp_path):
    with nbtrack.init(project="p", dir=str(tmp_path)) as run:
        run.log({"one": Audio(tone(5), sample_rate=8000, caption="a tone")})
        run.log({"many": [Audio(tone(s), sample_rate=8000, caption=f"{s} s") for s in (0.5, 0.25)]})
    found = nbtrack.Api(dir=tmp_path).run(run.id)
    (one,) = found.media("one")
    assert isinstance(one, Audio)
    assert (one.caption, one.duration, one.sample_rate) == ("a tone", 5, 8000)
    assert np.abs(one.to_numpy() / 32767 - tone(5)).max() < 1 / 32767
    one.save(tmp_path / "out.wav")
    assert Audio(tmp_path / "out.wav").duration == 5
    (row,) = found.scan_history(keys=["many"])
    listed = row["many"]
    assert listed["_type"] == "audio"
    assert (listed["durations"], listed["sampleRates"]) == ([0.5, 0.25], [8000, 8000])
    assert listed["captions"] == ["0.5 s", "0.25 s"]
    assert [clip["_type"] for clip in listed["audio"]] == ["audio-file", "audio-file"]
    assert listed["filenames"][0].startswith("media/audio/many_")


def test_at_most_a_hundred_clips_are_logged_at_a_step(tmp_path):
    with (
        nbtrack.init(project="p", dir=str(tmp_path)) as run,
        pytest.warns(NbtrackWarning, match="100 are logged"),
    ):
        run.log({"many": [Audio([0.1], sample_rate=8000)] * 101})
    assert len(nbtrack.Api(dir=tmp_path).run(run.id).media("many")) == 100


def test_what_was_read_back_can_be_logged_again():
    back = rounds(Audio(tone(), sample_rate=8000, caption="c"))
    meta, blob, _ = stored(back)
    assert (meta["caption"], meta["samples"]) == ("c", 2000)
    assert blob == back.record().raw.data


def test_before_it_is_encoded_it_can_be_described_but_not_heard():
    audio = load("audio-file", {"format": "wav", "duration": 2.0}, None)
    assert audio.duration == 2
    with pytest.raises(LogValueError, match="not encoded yet"):
        audio.to_numpy()


def test_nothing_heavy_is_imported_for_an_array():
    import subprocess
    import sys

    code = (
        "import sys, numpy as np, nbtrack\n"
        "nbtrack.Audio(np.zeros(9), sample_rate=8000).record()\n"
        "nbtrack.Video(np.zeros((2, 3, 8, 8), np.uint8), fps=4, format='mp4').record()\n"
        "print(sorted({'av', 'soundfile', 'PIL', 'pyarrow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# ---- below a cell -------------------------------------------------------------------------------------------


def test_a_small_sound_plays_below_its_cell_and_a_large_one_is_drawn():
    data, _ = mimebundle(Audio(tone(), sample_rate=8000, caption="<b>bold</b>"))
    assert 'src="data:audio/wav;base64,' in data["text/html"]
    assert "<img" in data["text/html"]
    assert "<b>bold" not in data["text/html"]
    data, _ = mimebundle(Audio(np.zeros(200_000, np.int16), sample_rate=8000))
    assert "<audio" not in data["text/html"]
    assert "<img" in data["text/html"]


def test_speech_of_a_file_is_heard_as_it_is(tmp_path: Path):
    import shutil
    import subprocess

    if not shutil.which("espeak-ng"):
        pytest.skip("espeak-ng is not installed")
    path = tmp_path / "speech.wav"
    subprocess.run(["espeak-ng", "-w", str(path), "Nothing leaves your own disk."], check=True)
    audio = Audio(path)
    assert audio.sample_rate == 22050
    assert np.abs(overview(audio)).max() > 3000


# ---- through the public API ---------------------------------------------------------------------------------


@pytest.fixture
def logged(tmp_path):
    """Logs a value under "clip" and returns what another reader finds."""

    def log(make):
        with nbtrack.init(project="p", dir=str(tmp_path)) as run:
            run.log({"clip": make(tmp_path), "loss": 1.0})
        found = nbtrack.Api(dir=tmp_path).run(run.id)
        assert [row["loss"] for row in found.scan_history(keys=["loss"])] == [1.0]
        return found.media("clip")[0]

    return log


@pytest.mark.parametrize("shape", [(20_000,), (20_000, 2), (7,)])
@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.uint8, np.float32, np.float64])
def test_an_array_is_logged_and_read_back(logged, shape, dtype):
    heard = np.sin(np.arange(np.prod(shape))).reshape(shape) * 0.7
    kind = np.dtype(dtype)
    if kind == np.uint8:
        samples = (heard * 127 + 128).astype(dtype)
    else:
        samples = (heard * (1 if kind.kind == "f" else np.iinfo(dtype).max)).astype(dtype)
    audio = logged(lambda _: Audio(samples, sample_rate=16_000, caption="캡션"))
    back = audio.to_numpy()
    assert back.shape == shape
    assert np.abs(back / np.iinfo(back.dtype).max - heard).max() < 0.02
    assert (audio.caption, audio.sample_rate) == ("캡션", 16_000)
    assert audio.duration == pytest.approx(shape[0] / 16_000, abs=1e-6)


@pytest.mark.parametrize("how", ["path", "str", "open", "BytesIO", "bytes"])
@pytest.mark.parametrize("format_", ["wav", "flac", "ogg", "mp3"])
def test_a_file_is_logged_and_read_back_byte_for_byte(logged, format_, how):
    data = written(format_.upper(), channels=2)

    def make(folder):
        path = folder / f"a.{format_}"
        path.write_bytes(data)
        return Audio(
            {
                "path": path,
                "str": str(path),
                "open": path.open("rb"),
                "BytesIO": io.BytesIO(data),
                "bytes": data,
            }[how]
        )

    audio = logged(make)
    assert (audio.format, audio.channels, audio.sample_rate) == (format_, 2, 8000)
    assert audio.record().raw.data == data


def test_a_file_with_another_ending_is_taken_for_what_it_is(logged):
    def make(folder):
        (folder / "a.mp3").write_bytes(written("FLAC"))
        return Audio(folder / "a.mp3")

    assert logged(make).format == "flac"


@pytest.mark.parametrize(
    ("value", "rate", "words"),
    [
        (lambda folder: np.zeros(100), None, ["needs sample_rate", "(100,)", "with sample_rate"]),
        (lambda folder: np.zeros((0, 2)), 8000, ["empty", "(0, 2)", "accepted"]),
        (lambda folder: np.zeros((2, 3, 4)), 8000, ["(2, 3, 4)", "(samples, channels)"]),
        (lambda folder: np.zeros(5, complex), 8000, ["complex128", "accepted"]),
        (lambda folder: (folder / "a.wav").write_bytes(b"no sound") and folder / "a.wav", None, ["'a.wav'", "wav, mp3, flac or ogg"]),
        (lambda folder: io.BytesIO(b"fLaC" + bytes(60)), None, ["flac", "cannot be read"]),
        (lambda folder: folder / "none.wav", None, ["none.wav", "cannot be read"]),
    ],
)  # fmt: skip
def test_after_a_refused_sound_the_run_goes_on(logged, value, rate, words):
    def make(folder):
        with pytest.raises((LogTypeError, LogValueError)) as refused:
            nbtrack.run.log({"clip": Audio(value(folder), sample_rate=rate)})
        for word in words:
            assert word in str(refused.value)
        return Audio(tone(), sample_rate=8000)

    assert logged(make).duration == 0.25
