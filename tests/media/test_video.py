"""Everything that can be made into a Video, what is stored of it, and what comes back."""

from __future__ import annotations

import io
import struct
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

import nbtrack
from nbtrack.errors import LogTypeError, LogValueError, NbtrackWarning, UnsupportedError
from nbtrack.media import film as films
from nbtrack.media import frames, gif
from nbtrack.media.registry import complete, encode, load, mime
from nbtrack.media.video import Video
from nbtrack.panels.media import mimebundle

FILMS = ["mp4", "webm", "ogg"]


def scene(time=8, height=48, width=64):
    """A bright square that moves over a soft ground: (time, 3, height, width)."""
    y, x = np.mgrid[:height, :width]
    out = np.empty((time, 3, height, width), np.uint8)
    for t in range(time):
        ground = np.stack([x * 100 // width, y * 100 // height, 60 + 0 * x])
        left = 4 + t * 4
        out[t] = np.where((x >= left) & (x < left + 16) & (y >= 16) & (y < 32), 230, ground)
    return out


def stored(video):
    done = complete(video.record())
    return done.meta, done.blob, done.files


def rounds(video):
    """What is read back of a video that went through its codec."""
    meta, blob, files = stored(video)
    return load("video-file", meta, blob, files.__getitem__)


def film(format_="mp4", **options):
    return stored(Video(scene(**options), fps=8, format=format_))[1]


# ---- arrays -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format_", FILMS)
def test_a_film_looks_like_the_array(format_):
    back = rounds(Video(scene(), fps=8, format=format_))
    assert back.to_numpy().shape == (8, 3, 48, 64)
    assert np.abs(back.to_numpy().astype(int) - scene()).mean() < 4
    assert (back.width, back.height, back.fps, back.frames, back.duration) == (64, 48, 8, 8, 1)


@pytest.mark.parametrize("format_", FILMS)
def test_colors_are_kept(format_):
    colors = np.array([[220, 30, 30], [30, 200, 30], [40, 40, 230], [230, 210, 20]], np.uint8)
    array = np.broadcast_to(colors[:, :, None, None], (4, 3, 32, 32))
    back = rounds(Video(array, fps=4, format=format_)).to_numpy()
    assert np.abs(back[:, :, 16, 16].astype(int) - colors).max() <= 8


def test_a_gif_of_few_colors_is_exact():
    array = np.random.default_rng(0).integers(0, 2, (5, 3, 9, 7)).astype(np.uint8) * 255
    assert np.array_equal(rounds(Video(array, fps=10, format="gif")).to_numpy(), array)


def test_frames_of_a_gif_that_are_alike_all_come_back():
    array = np.zeros((9, 3, 8, 8), np.uint8)
    array[3:5] = 255
    back = rounds(Video(array, fps=7, format="gif"))
    assert np.array_equal(back.to_numpy(), array)
    assert back.frames == 9


@settings(max_examples=25)
@given(
    st.integers(1, 5), st.sampled_from([1, 3, 4]), st.integers(1, 19), st.integers(1, 19),
    st.sampled_from(["gif", *FILMS]), st.sampled_from([0.5, 4, 24, 29.97, 120]),
)  # fmt: skip
def test_videos_of_any_size_keep_it(time, channels, height, width, format_, fps):
    array = np.full((time, channels, height, width), 130, np.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NbtrackWarning)
        back = rounds(Video(array, fps=fps, format=format_))
    assert back.to_numpy().shape == (time, 3, height, width)
    assert np.abs(back.to_numpy().astype(int) - 130).max() <= 6
    assert back.frames == time


def test_gray_is_gray():
    back = rounds(Video(np.full((3, 1, 16, 16), 99, np.uint8), fps=4, format="mp4")).to_numpy()
    assert np.abs(back.astype(int) - 99).max() <= 2


@pytest.mark.parametrize(
    ("batch", "rows", "columns"),
    [(1, 1, 1), (2, 1, 2), (3, 1, 4), (4, 2, 2), (5, 2, 4), (9, 2, 8), (16, 4, 4)],
)
def test_a_batch_is_laid_out_as_w_and_b_does(batch, rows, columns):
    array = np.empty((batch, 2, 3, 8, 12), np.uint8)
    for i in range(batch):
        array[i] = 255 if i % 2 else 90
    video = Video(array, fps=4, format="gif")
    assert (video.width, video.height) == (columns * 12, rows * 8)
    pixels = rounds(video).to_numpy()
    for i in range(rows * columns):
        row, column = divmod(i, columns)
        tile = pixels[:, :, row * 8 : row * 8 + 8, column * 12 : column * 12 + 12]
        assert (tile == (0 if i >= batch else 255 if i % 2 else 90)).all(), i


@pytest.mark.parametrize(
    "view",
    [
        lambda a: np.ascontiguousarray(a.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2),
        np.asfortranarray,
        lambda a: np.repeat(a, 2, axis=3)[..., ::2],
        lambda a: a[::-1][::-1],
    ],
)
def test_however_an_array_lies_in_memory_it_is_the_same_film(view):
    array = (scene() > 128).astype(np.uint8) * 255
    assert np.array_equal(rounds(Video(view(array), fps=4, format="gif")).to_numpy(), array)


def test_channels_last_turned_over_is_not_copied():
    frames_last = np.zeros((4, 10, 12, 3), np.uint8)
    raw = Video(frames_last.transpose(0, 3, 1, 2), fps=4, format="gif").record().raw
    assert np.shares_memory(raw.data, frames_last)


@pytest.mark.parametrize(
    ("values", "seen"),
    [
        (np.array([False, True]), [0, 255]),
        (np.array([0.0, 0.5, 1.0]), [0, 127, 255]),
        (np.array([-1.0, 0.0, 1.0]), [0, 127, 255]),
        (np.array([0.0, 128.0, 255.0]), [0, 128, 255]),
        (np.array([-50, 0, 300], np.int64), [0, 0, 255]),
        (np.array([0, 255], np.uint16), [0, 255]),
        (np.array([np.nan, 1.0, np.inf, -np.inf]), [0, 255, 255, 0]),
        (np.array([np.nan, np.nan]), [0, 0]),
        (np.array([0.0, 1.0], np.float16), [0, 255]),
    ],
)
def test_how_numbers_become_pixels(values, seen, monkeypatch):
    monkeypatch.setattr(frames, "_said", set())
    array = np.broadcast_to(values[:, None, None, None], (len(values), 1, 8, 8))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NbtrackWarning)
        back = rounds(Video(array, fps=4, format="gif")).to_numpy()
    assert back[:, 0, 0, 0].tolist() == seen


@pytest.mark.parametrize(
    ("array", "word"),
    [
        (np.full((2, 1, 8, 8), 0.5), "stretched"),
        (np.full((2, 1, 8, 8), 400), "clipped"),
        (np.zeros((2, 4, 8, 8), np.uint8), "alpha"),
    ],
)
def test_what_is_changed_is_said_once(array, word, monkeypatch):
    monkeypatch.setattr(frames, "_said", set())
    record = Video(array, fps=4, format="gif").record()
    with pytest.warns(NbtrackWarning, match=word) as said:
        stored_thrice = [complete(record) for _ in range(3)]
    assert len(said) == 1
    assert len({done.blob for done in stored_thrice}) == 1


def test_torch_tensors_are_arrays():
    torch = pytest.importorskip("torch")
    assert rounds(Video(torch.zeros(2, 3, 8, 8, dtype=torch.uint8), fps=4, format="gif")).frames == 2


def test_without_a_format_it_is_a_gif_and_that_is_said():
    with pytest.warns(NbtrackWarning, match="format is not given"):
        video = Video(scene(2))
    assert (video.format, video.fps) == ("gif", 4)


def test_a_gif_beyond_fifty_frames_a_second_is_slowed_down_and_that_is_said():
    with pytest.warns(NbtrackWarning, match="at most 50"):
        video = Video(scene(4), fps=100, format="gif")
    assert stored(video)[0]["duration"] == pytest.approx(4 / 50)


@pytest.mark.parametrize("fps", [3, 7, 24, 29.97, 50])
def test_a_gif_lasts_as_long_as_it_should(fps):
    array = np.random.default_rng(0).integers(0, 255, (30, 3, 4, 4), dtype=np.uint8)
    _, blob, _ = stored(Video(array, fps=fps, format="gif"))
    assert gif.facts(blob).duration == pytest.approx(30 / fps, abs=0.011)
    with Pillow.open(io.BytesIO(blob)) as picture:
        assert picture.info["loop"] == 0


@pytest.mark.parametrize(
    ("array", "error", "words"),
    [
        (np.zeros((0, 3, 8, 8), np.uint8), LogValueError, ["no frames", "(0, 3, 8, 8)"]),
        (np.zeros((2, 3, 0, 8), np.uint8), LogValueError, ["empty"]),
        (np.zeros((8, 8, 8), np.uint8), LogValueError, ["(8, 8, 8)", "x[:, None]"]),
        (np.zeros((8, 8), np.uint8), LogValueError, ["Image"]),
        (np.zeros((2, 8, 8, 3), np.uint8), LogValueError, ["8 channels", "transpose(0, 3, 1, 2)"]),
        (np.zeros((2, 2, 8, 8, 3), np.uint8), LogValueError, ["transpose(0, 1, 4, 2, 3)"]),
        (np.zeros((2, 2, 8, 8), np.uint8), LogValueError, ["2 channels"]),
        (np.zeros((2, 3, 8, 8), complex), LogTypeError, ["complex128"]),
        (np.full((2, 3, 8, 8), "x"), LogTypeError, ["<U1"]),
        (np.zeros((1, 1, 1, 70_000), np.uint8), LogValueError, ["70000 x 1"]),
    ],
)  # fmt: skip
def test_what_is_no_video_is_refused_in_a_sentence(array, error, words):
    with pytest.raises(error) as refused:
        Video(array, fps=4, format="gif")
    for word in [*words, "Video"]:
        assert word in str(refused.value)


@pytest.mark.parametrize("fps", [0, -1, float("nan"), float("inf"), 1e9])
def test_a_rate_that_cannot_be_is_refused(fps):
    with pytest.raises(LogValueError, match="fps"):
        Video(scene(2), fps=fps, format="mp4")


def test_a_rate_that_is_no_number_is_refused():
    with pytest.raises(LogTypeError, match="fps"):
        Video(scene(2), fps="fast", format="mp4")


def test_an_unknown_format_is_refused():
    with pytest.raises(LogValueError, match=r"'avi'.*gif, mp4, webm, ogg"):
        Video(scene(2), format="avi")


# ---- files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format_", ["gif", *FILMS])
def test_a_file_is_kept_byte_for_byte_and_described(tmp_path, format_):
    path = tmp_path / f"clip.{format_}"
    path.write_bytes(film(format_))
    meta, blob, files = stored(Video(path, caption="c"))
    assert blob == path.read_bytes()
    assert (meta["format"], meta["width"], meta["height"], meta["caption"]) == (format_, 64, 48, "c")
    assert meta["duration"] == pytest.approx(1, abs=0.02)
    assert (meta["frames"], meta["fps"]) == (8, pytest.approx(8, abs=0.1))
    poster = Pillow.open(io.BytesIO(files[meta["parts"]["poster"]]))
    assert poster.size == (64, 48)
    assert np.abs(np.asarray(poster.convert("RGB")).astype(int) - scene()[0].transpose(1, 2, 0)).mean() < 8


@pytest.mark.parametrize("wrap", [bytes, io.BytesIO, bytearray])
def test_bytes_and_open_files_are_files(wrap):
    data = film()
    assert stored(Video(wrap(data), format="mp4"))[1] == data


def test_an_open_file_is_read_from_disk(tmp_path):
    path = tmp_path / "v.mp4"
    path.write_bytes(film())
    with path.open("rb") as file:
        assert stored(Video(file))[1] == path.read_bytes()


def test_a_rate_with_a_file_is_ignored_and_that_is_said():
    with pytest.warns(NbtrackWarning, match="fps is ignored"):
        assert Video(io.BytesIO(film()), fps=30).fps == 8


def test_a_file_with_another_ending_is_taken_for_what_it_is(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(film("webm"))
    assert Video(path).format == "webm"
    with pytest.warns(NbtrackWarning, match="webm file, not ogg"):
        assert Video(io.BytesIO(path.read_bytes()), format="ogg").format == "webm"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no film at all",
        b"\0\0\0\x18ftypisom" + bytes(500),
        b"GIF89a" + bytes(50),
        b"\x1a\x45\xdf\xa3" + bytes(99),
        b"OggS" + bytes(99),
    ],
)
def test_a_damaged_file_is_refused_in_a_sentence(data):
    with pytest.raises(LogValueError, match="Video"):
        Video(io.BytesIO(data))


def test_a_file_cut_short_is_refused_or_kept_with_what_can_be_seen():
    data = film("webm")
    meta, blob, _ = stored(Video(io.BytesIO(data[: len(data) * 2 // 3])))
    assert meta["width"] == 64
    assert len(blob) < len(data)


def test_a_gif_is_counted_off_the_callers_thread_and_kept_when_it_is_cut_short():
    data = film("gif")
    video = Video(data)
    assert (video.width, video.frames) == (64, None)
    assert rounds(video).frames == 8
    meta, blob, _ = stored(Video(data[: len(data) // 2]))
    assert (meta["width"], len(blob)) == (64, len(data) // 2)


def test_sound_alone_is_no_video():
    sound = pytest.importorskip("soundfile")
    file = io.BytesIO()
    sound.write(file, np.zeros(8000), 8000, format="OGG")
    with pytest.raises(LogValueError, match="no pictures"):
        Video(file)


@pytest.mark.parametrize(
    ("source", "error", "word"),
    [
        ("nope.mp4", LogValueError, "cannot be read"),
        ("clip.avi", LogValueError, "gif, mp4, webm, ogg"),
        ("https://example.org/a.mp4", LogValueError, "download it first"),
        (7, LogTypeError, "int"),
        (None, LogTypeError, "NoneType"),
        (io.StringIO("text"), LogTypeError, "'rb'"),
    ],
)
def test_what_is_no_file_is_refused(source, error, word):
    with pytest.raises(error, match=word):
        Video(source)


# ---- how it is stored ---------------------------------------------------------------------------------------


def boxes(blob):
    """Names of an mp4's boxes, in order."""
    at, found = 0, []
    while at < len(blob):
        size, name = struct.unpack_from(">I4s", blob, at)
        found.append(name.decode())
        at += size
    return found


def test_an_mp4_plays_in_browsers():
    import av

    blob = film(width=63, height=47)
    order = boxes(blob)
    assert order.index("moov") < order.index("mdat"), "a player has to load all before it can play"
    with av.open(io.BytesIO(blob)) as container:
        context = container.streams.video[0].codec_context
        assert (context.name, context.pix_fmt, context.width, context.height) == ("h264", "yuv420p", 64, 48)


def test_a_film_can_be_searched_second_by_second():
    import av

    blob = stored(Video(scene(32), fps=8, format="mp4"))[1]
    with av.open(io.BytesIO(blob)) as container:
        keys = [packet.pts for packet in container.demux(video=0) if packet.is_keyframe]
    assert len(keys) >= 4


@pytest.mark.parametrize("format_", ["gif", *FILMS])
def test_poster_and_strip_stand_beside_the_film(format_):
    meta, _, files = stored(Video(scene(40), fps=8, format=format_))
    poster = Pillow.open(io.BytesIO(files[meta["parts"]["poster"]]))
    strip = Pillow.open(io.BytesIO(files[meta["parts"]["strip"]]))
    assert poster.size == (64, 48)
    assert strip.size == (64 * meta["strip"], 48)
    last = np.asarray(strip.convert("RGB"))[:, -64:].astype(int)
    assert np.abs(last - scene(40)[-1].transpose(1, 2, 0)).mean() < 8


def test_nothing_is_encoded_before_the_encoder_thread():
    record = Video(scene(), fps=8, format="mp4").record()
    assert record.raw.codec == "video"
    assert record.meta == {
        "format": "mp4",
        "width": 64,
        "height": 48,
        "fps": 8.0,
        "frames": 8,
        "duration": 1.0,
    }
    again = encode(record.raw.codec, record.raw.params, record.raw.data.tobytes())
    assert films.sniff(again.blob) == "mp4"


def test_a_logged_video_is_read_back(tmp_path):
    with nbtrack.init(project="p", dir=str(tmp_path)) as run:
        run.log({"clip": Video(scene(), caption="one", fps=8, format="mp4")})
        run.log({"clips": [Video(scene(t), fps=8, format="gif") for t in (2, 3)]})
    found = nbtrack.Api(dir=tmp_path).run(run.id)
    (one,) = found.media("clip")
    assert isinstance(one, Video)
    assert (one.caption, one.frames) == ("one", 8)
    assert np.abs(one.to_numpy().astype(int) - scene()).mean() < 4
    one.save(tmp_path / "out.mp4")
    assert Video(tmp_path / "out.mp4").frames == 8
    rows = list(found.scan_history(keys=["clips"]))
    listed = rows[0]["clips"]
    assert (listed["_type"], listed["count"], len(listed["videos"])) == ("videos", 2, 2)
    assert listed["videos"][0]["_type"] == "video-file"
    assert listed["filenames"][0].startswith("media/videos/clips_")
    again = Video(one.to_numpy(), fps=one.fps, format="gif")
    assert rounds(again).frames == 8


def test_what_was_read_back_can_be_logged_again(tmp_path):
    back = rounds(Video(scene(), caption="c", fps=8, format="mp4"))
    meta, blob, _ = stored(back)
    assert blob == stored(Video(io.BytesIO(blob)))[1]
    assert (meta["caption"], meta["frames"]) == ("c", 8)


def test_before_it_is_encoded_it_can_be_described_but_not_shown():
    video = load("video-file", {"format": "mp4", "width": 64, "height": 48}, None)
    assert video.width == 64
    with pytest.raises(LogValueError, match="not encoded yet"):
        video.to_numpy()


def test_mime_types_follow_the_kind():
    assert mime("video-file", {"format": "ogg"}) == "video/ogg"
    assert mime("audio-file", {"format": "ogg"}) == "audio/ogg"
    assert mime("video-file", {"format": "mp4"}) == "video/mp4"


# ---- without PyAV -------------------------------------------------------------------------------------------


@pytest.fixture
def no_av(monkeypatch):
    monkeypatch.setattr(films, "has_av", lambda: False)


def test_without_pyav_the_call_names_the_extra(no_av):
    with pytest.raises(UnsupportedError, match=r'pip install "nbtrack\[video\]"'):
        Video(scene(), fps=8, format="mp4")
    assert rounds(Video(scene(), fps=8, format="gif")).frames == 8


def test_without_pyav_a_file_is_kept_as_it_is(monkeypatch):
    data = film()
    monkeypatch.setattr(films, "has_av", lambda: False)
    meta, blob, _ = stored(Video(io.BytesIO(data)))
    assert blob == data
    assert meta == {"format": "mp4", "size": len(data)}
    with pytest.raises(UnsupportedError, match="nbtrack"):
        load("video-file", meta, blob).to_numpy()


# ---- below a cell -------------------------------------------------------------------------------------------


def test_a_small_video_plays_below_its_cell_and_a_large_one_is_a_contact_sheet(monkeypatch):
    data, _ = mimebundle(Video(scene(), fps=8, format="mp4", caption="<b>bold</b>"))
    assert 'src="data:video/mp4;base64,' in data["text/html"]
    assert "<b>bold" not in data["text/html"]
    assert "<script" not in data["text/html"]
    monkeypatch.setattr("nbtrack.panels.players.MAX_BYTES", 10)
    data, _ = mimebundle(Video(scene(), fps=8, format="mp4"))
    assert "<video" not in data["text/html"]
    assert "<img" in data["text/html"]
    assert "<img" in mimebundle(Video(scene(), fps=8, format="gif"))[0]["text/html"]


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


@pytest.mark.parametrize("format_", ["gif", *FILMS])
@pytest.mark.parametrize(
    ("array", "shape"),
    [
        (np.full((3, 3, 9, 7), 130, np.uint8), (3, 3, 9, 7)),
        (np.full((3, 1, 9, 7), 130, np.int32), (3, 3, 9, 7)),
        (np.full((3, 4, 9, 7), 130 / 255), (3, 3, 9, 7)),
        (np.full((4, 3, 3, 8, 6), 130, np.float32), (3, 3, 16, 12)),
        (np.full((1, 3, 1, 1), 130, np.int64), (1, 3, 1, 1)),
    ],
    ids=["rgb", "gray", "alpha", "batch", "a pixel"],
)
@pytest.mark.filterwarnings("ignore::nbtrack.errors.NbtrackWarning")
def test_an_array_is_logged_and_read_back(logged, array, shape, format_):
    video = logged(lambda _: Video(array, fps=12, format=format_, caption="캡션"))
    assert video.to_numpy().shape == shape
    assert (video.format, video.caption, video.frames) == (format_, "캡션", shape[0])
    assert video.fps == pytest.approx(12)
    assert np.abs(video.to_numpy().astype(int) - 130).max() <= 6


@pytest.mark.parametrize("how", ["path", "str", "open", "BytesIO", "bytes"])
@pytest.mark.parametrize("format_", ["gif", *FILMS])
def test_a_file_is_logged_and_read_back_byte_for_byte(logged, format_, how):
    data = film(format_)

    def make(folder):
        path = folder / f"v.{format_}"
        path.write_bytes(data)
        return Video(
            {
                "path": path,
                "str": str(path),
                "open": path.open("rb"),
                "BytesIO": io.BytesIO(data),
                "bytes": data,
            }[how]
        )

    video = logged(make)
    assert video.format == format_
    assert video.record().raw.data == data
    assert video.to_numpy().shape == (8, 3, 48, 64)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (lambda folder: np.zeros((0, 3, 8, 8), np.uint8), ["no frames", "(0, 3, 8, 8)", "(time, channel, height, width)"]),
        (lambda folder: np.zeros((2, 8, 8, 3), np.uint8), ["(2, 8, 8, 3)", "transpose", "1, 3 or 4 channels"]),
        (lambda folder: np.zeros((8, 8), np.uint8), ["(8, 8)", "accepted"]),
        (lambda folder: np.zeros((2, 3, 8, 8), complex), ["complex128", "accepted"]),
        (lambda folder: (folder / "v.mp4").write_bytes(b"no film") and folder / "v.mp4", ["'v.mp4'", "gif, mp4, webm or ogg"]),
        (lambda folder: (folder / "v.avi").write_bytes(film()) and folder / "v.avi", ["'v.avi'", "gif, mp4, webm, ogg"]),
        (lambda folder: folder / "none.mp4", ["none.mp4", "cannot be read"]),
        (lambda folder: io.BytesIO(b"\0\0\0\x18ftypisom" + bytes(500)), ["cannot be read"]),
        (lambda folder: io.BytesIO(), ["the open file is empty", "gif, mp4, webm or ogg"]),
    ],
)  # fmt: skip
def test_after_a_refused_video_the_run_goes_on(logged, tmp_path, value, words):
    def make(folder):
        with pytest.raises((LogTypeError, LogValueError)) as refused:
            nbtrack.run.log({"clip": Video(value(folder), format="mp4")})
        for word in words:
            assert word in str(refused.value)
        return Video(scene(2), format="gif")

    assert logged(make).frames == 2
