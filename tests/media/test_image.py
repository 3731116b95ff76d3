"""Everything that can be made into an Image, and what comes back of it."""

from __future__ import annotations

import io
import threading
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image as Pillow

import nbtrack
from nbtrack.errors import LogTypeError, LogValueError, NbtrackWarning
from nbtrack.media import pixels
from nbtrack.media.image import Image
from nbtrack.media.registry import complete, encode, load


def gradient(height=6, width=8, channels=3):
    values = np.arange(height * width * channels, dtype=np.uint8).reshape(height, width, channels)
    return values[..., 0] if channels == 1 else values


def picture_file(path, fmt, mode="RGB", **options):
    Pillow.fromarray(gradient()).convert(mode).save(path, fmt, **options)
    return path


# ---- arrays -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "mode"),
    [((6, 8), "L"), ((6, 8, 1), "L"), ((6, 8, 3), "RGB"), ((6, 8, 4), "RGBA")],
)
def test_arrays_are_pictures_by_their_channels(shape, mode):
    array = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    picture = Image(array)
    assert (picture.width, picture.height, picture.mode, picture.format) == (8, 6, mode, "png")
    assert np.array_equal(picture.to_numpy(), array[..., 0] if shape[2:] == (1,) else array)


@pytest.mark.parametrize("shape", [(9, 6, 8, 1), (1, 9, 6, 8, 1)])
def test_a_batch_of_gray_arrays_is_a_grid(shape):
    assert Image(np.full(shape, 7, np.uint8)).to_numpy().shape == (18, 82)


@pytest.mark.parametrize(
    "shape", [(1, 6, 8, 3), (1, 1, 6, 8, 3), (6, 8, 3, 1), (6, 1, 8, 3), (1, 6, 8, 1, 3)]
)
def test_dimensions_of_size_one_are_dropped(shape):
    assert np.array_equal(Image(gradient().reshape(shape)).to_numpy(), gradient())


@pytest.mark.parametrize("shape", [(1, 6, 8), (6, 8, 1, 1), (1, 1, 6, 8)])
def test_gray_in_more_dimensions_is_gray(shape):
    assert np.array_equal(Image(gradient(channels=1).reshape(shape)).to_numpy(), gradient(channels=1))


def test_a_single_row_of_colors_stays_a_row():
    assert Image(np.zeros((1, 9, 3), np.uint8)).to_numpy().shape == (1, 9, 3)
    assert Image(np.zeros((1, 1, 3), np.uint8)).to_numpy().shape == (1, 1, 3)


def test_a_batch_of_arrays_is_a_grid():
    picture = Image(np.full((9, 6, 8, 3), 7, np.uint8))
    assert (picture.height, picture.width) == (2 * 8 + 2, 8 * 10 + 2)
    assert picture.to_numpy().shape == (18, 82, 3)


@given(
    hnp.arrays(
        st.one_of(hnp.boolean_dtypes(), hnp.integer_dtypes(endianness="="), hnp.floating_dtypes()),
        st.sampled_from([(3, 4), (3, 4, 1), (3, 4, 3), (3, 4, 4), (2, 3, 4, 3)]),
    ),
    st.sampled_from(["png", "jpg", "bmp"]),
)
def test_every_dtype_and_byte_order_can_be_logged_in_every_format(array, file_type):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NbtrackWarning)
        picture = Image(array, file_type=file_type)
        done = complete(picture.record())
    assert Pillow.open(io.BytesIO(done.blob)).size == (picture.width, picture.height)
    assert done.meta["format"] == file_type
    assert done.meta["size"] == len(done.blob)


@pytest.mark.parametrize(
    "view",
    [
        lambda a: a[::-1],
        lambda a: a[:, ::2],
        lambda a: a[..., ::-1],
        np.asfortranarray,
        lambda a: a.transpose(2, 0, 1).copy().transpose(1, 2, 0),
        lambda a: np.broadcast_to(a[:1], a.shape),
        lambda a: a.astype(">i4"),
    ],
)
def test_views_that_are_not_contiguous_are_the_same_picture(view):
    array = view(gradient())
    record = Image(array).record()
    assert record.raw.data.flags.c_contiguous
    assert np.array_equal(Image(array).to_numpy(), array)


def test_a_transposed_array_is_recorded_without_a_copy():
    first = np.zeros((3, 6, 8), np.float32)
    assert np.shares_memory(Image(first.transpose(1, 2, 0)).record().raw.data, first)


def test_record_does_not_copy_so_that_log_takes_the_snapshot():
    array = gradient()
    picture = Image(array)
    array[:] = 7
    assert (picture.to_numpy() == 7).all()
    assert np.shares_memory(picture.record().raw.data, array)


@pytest.mark.parametrize(
    ("array", "error"),
    [
        (np.float64(1), LogValueError),
        (np.array(1), LogValueError),
        (np.zeros(5), LogValueError),
        (np.zeros((0, 4)), LogValueError),
        (np.zeros((4, 0, 3)), LogValueError),
        (np.zeros((4, 4, 2)), LogValueError),
        (np.zeros((4, 4, 5)), LogValueError),
        (np.zeros((2, 4, 4, 5)), LogValueError),
        (np.zeros((2, 2, 2, 4, 3)), LogValueError),
        (np.zeros((4, 4), complex), LogTypeError),
        (np.full((4, 4), "a"), LogTypeError),
        (np.full((4, 4), None), LogTypeError),
        (np.zeros((4, 4), "M8[s]"), LogTypeError),
    ],
)
def test_what_is_no_picture_says_shape_dtype_and_what_is_accepted(array, error):
    with pytest.raises(error) as raised:
        Image(array)
    text = str(raised.value)
    if isinstance(array, np.ndarray):
        assert str(array.shape) in text
    assert "accepted" in text or "mode=" in text


def test_a_picture_with_channels_first_gets_a_hint():
    with pytest.raises(LogValueError, match=r"transpose\(1, 2, 0\)"):
        Image(np.zeros((3, 10, 12)))


def test_a_side_that_is_too_long_is_refused():
    with pytest.raises(LogValueError, match="65500"):
        Image(np.zeros((1, 65501), np.uint8))
    assert Image(np.zeros((1, 65500), np.uint8)).width == 65500


def test_clipping_is_counted_in_the_meta_and_said_once(monkeypatch):
    monkeypatch.setattr(pixels, "_said", set())
    picture = Image(np.array([[0, 300], [-1, 7]]))
    with pytest.warns(NbtrackWarning, match="clipped"):
        assert complete(picture.record()).meta["clipped"] == 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        complete(picture.record())


def test_warnings_that_are_errors_do_not_cost_the_picture(monkeypatch):
    monkeypatch.setattr(pixels, "_said", set())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert complete(Image(np.array([[0, 300]])).record()).blob


# ---- modes --------------------------------------------------------------------------------------------------


def test_sixteen_bits_are_kept_where_they_are_asked_for():
    array = np.array([[0, 300], [40000, 65535]], np.uint16)
    picture = Image(array, mode="I;16")
    assert picture.mode == "I;16"
    assert np.array_equal(picture.to_numpy(), array)
    assert Image(array, mode="I;16", file_type="jpg").mode == "L"
    with pytest.raises(LogValueError, match="gray"):
        Image(gradient(), mode="I;16")


def test_two_channels_need_the_mode_of_gray_with_alpha():
    array = gradient(channels=2)
    with pytest.raises(LogValueError, match="mode='LA'"):
        Image(array)
    assert np.array_equal(Image(array, mode="LA").to_numpy(), array)


def test_a_mode_with_as_many_channels_says_how_they_are_read():
    array = np.full((2, 2, 4), [0, 255, 255, 0], np.uint8)
    picture = Image(array, mode="CMYK")
    assert picture.mode == "RGB"
    assert np.array_equal(picture.to_numpy()[0, 0], [255, 0, 0])


def test_a_mode_with_other_channels_converts():
    assert Image(gradient(), mode="L").to_numpy().shape == (6, 8)
    assert Image(gradient(channels=1), mode="RGB").to_numpy().shape == (6, 8, 3)
    assert np.array_equal(Image(gradient(channels=4), mode="RGB").to_numpy(), gradient(channels=4)[..., :3])
    assert set(np.unique(Image(gradient(channels=1), mode="1").to_numpy())) <= {0, 255}


def test_an_unknown_mode_or_file_type_names_what_is_accepted():
    with pytest.raises(LogValueError, match="CMYK"):
        Image(gradient(), mode="XYZ")
    with pytest.raises(LogValueError, match="jpeg"):
        Image(gradient(), file_type="gif")


PIL_MODES = ["1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "I;16", "I", "F", "CMYK", "YCbCr", "HSV", "LAB"]  # fmt: skip


@pytest.mark.parametrize("mode", PIL_MODES)
@pytest.mark.parametrize("file_type", ["png", "jpg", "bmp"])
@pytest.mark.filterwarnings("ignore:.*has no transparency")
def test_pil_images_of_every_mode_in_every_format(mode, file_type):
    picture = Image(Pillow.new(mode, (8, 6)), file_type=file_type)
    stored = picture.to_pil()
    assert stored.size == (8, 6) == (picture.width, picture.height)
    assert stored.mode == picture.mode
    signature = {"png": b"\x89PNG", "jpg": b"\xff\xd8", "bmp": b"BM"}[file_type]
    assert complete(picture.record()).blob.startswith(signature)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "P"])
def test_pil_images_look_as_pillow_shows_them(mode):
    original = (
        Pillow.fromarray(gradient(channels=4))
        .convert("RGB")
        .convert("L" if mode == "LA" else "RGB")
        .convert(mode)
    )
    shown = Image(original).to_pil()
    assert np.array_equal(np.asarray(shown.convert("RGBA")), np.asarray(original.convert("RGBA")))


def test_a_palette_with_transparency_keeps_it():
    palette = Pillow.fromarray(gradient()).convert("P")
    palette.info["transparency"] = 0
    assert Image(palette).mode == "RGBA"


def test_sixteen_bit_pil_images_are_kept_and_float_ones_follow_the_rules():
    wide = Pillow.fromarray(np.array([[0, 60000]], np.uint16))
    assert Image(wide).to_numpy().tolist() == [[0, 60000]]
    assert Image(Pillow.fromarray(np.array([[0, 0.5, 1]], np.float32))).to_numpy().tolist() == [[0, 127, 255]]


def test_an_empty_pil_image_is_refused():
    with pytest.raises(LogValueError, match="empty"):
        Image(Pillow.new("RGB", (0, 5)))


def test_jpg_drops_transparency_with_a_warning():
    with pytest.warns(NbtrackWarning, match="alpha") as said:
        picture = Image(gradient(channels=4), file_type="jpg")
    assert said[0].filename == __file__  # the user's line, not ours
    assert picture.mode == "RGB"
    with pytest.warns(NbtrackWarning, match="alpha"):
        Image(Pillow.new("LA", (3, 3)), file_type="jpeg")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Image(gradient(), file_type="jpg")


# ---- files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fmt", "kept"), [("PNG", "png"), ("JPEG", "jpg"), ("BMP", "bmp")])
def test_files_of_the_kept_formats_stay_byte_for_byte(tmp_path, fmt, kept):
    path = picture_file(tmp_path / "그림 a", fmt)
    for given_path in (path, str(path)):
        picture = Image(given_path)
        done = complete(picture.record())
        assert done.blob == path.read_bytes()
        assert done.meta == {
            "width": 8,
            "height": 6,
            "format": kept,
            "mode": "RGB",
            "size": path.stat().st_size,
        }


@pytest.mark.parametrize("fmt", ["GIF", "WEBP", "TIFF", "PPM", "ICO"])
def test_other_files_are_decoded_into_png(tmp_path, fmt):
    options = {"lossless": True} if fmt == "WEBP" else {}
    path = picture_file(tmp_path / "a", fmt, **options)
    picture = Image(path)
    stored = picture.to_pil()
    assert picture.format == "png"
    assert stored.size == (picture.width, picture.height)
    assert stored.mode == picture.mode
    with Pillow.open(path) as original:
        assert np.array_equal(np.asarray(stored.convert("RGBA")), np.asarray(original.convert("RGBA")))


def test_another_file_type_or_mode_encodes_a_file_anew(tmp_path):
    path = picture_file(tmp_path / "a.png", "PNG")
    assert complete(Image(path, file_type="jpg").record()).blob[:2] == b"\xff\xd8"
    assert Image(path, mode="L").to_pil().mode == "L"
    assert complete(Image(path, file_type="png").record()).blob == path.read_bytes()


def test_the_contents_decide_not_the_name(tmp_path):
    assert Image(picture_file(tmp_path / "a.png", "JPEG")).format == "jpg"


def test_a_photo_on_its_side_is_measured_as_it_is_shown(tmp_path):
    exif = Pillow.Exif()
    exif[0x0112] = 6
    path = picture_file(tmp_path / "a.jpg", "JPEG", exif=exif)
    picture = Image(path)
    assert (picture.width, picture.height) == (6, 8)
    assert picture.to_pil().size == (6, 8)
    assert complete(picture.record()).blob == path.read_bytes()
    assert Image(path, file_type="png").to_pil().size == (6, 8)


def test_the_file_may_change_after_the_image_was_made(tmp_path):
    path = picture_file(tmp_path / "a.png", "PNG")
    before = path.read_bytes()
    picture = Image(path)
    path.unlink()
    assert complete(picture.record()).blob == before


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + b"x" * 40])
def test_unreadable_files_are_refused_by_name(tmp_path, content):
    path = tmp_path / "깨진.png"
    path.write_bytes(content)
    with pytest.raises(LogValueError, match="깨진"):
        Image(path)


def test_a_cut_off_png_is_refused(tmp_path):
    path = picture_file(tmp_path / "a.png", "PNG")
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(LogValueError, match="is not a picture"):
        Image(path)


def test_missing_files_folders_and_addresses_are_refused(tmp_path):
    with pytest.raises(LogValueError, match="nowhere"):
        Image(tmp_path / "nowhere.png")
    with pytest.raises(LogValueError, match="cannot be read"):
        Image(tmp_path)
    with pytest.raises(LogValueError, match="cannot be read"):
        Image("a\0b.png")
    with pytest.raises(LogValueError, match="URL"):
        Image("https://example.org/a.png")


def test_bytes_of_a_file_can_be_an_image(tmp_path):
    data = picture_file(tmp_path / "a.png", "PNG").read_bytes()
    picture = Image.from_bytes(data, caption="x")
    assert complete(picture.record()).blob == data
    with pytest.raises(LogValueError, match="picture"):
        Image.from_bytes(b"x")


# ---- matplotlib ---------------------------------------------------------------------------------------------


@pytest.fixture
def plt():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    plt.close("all")
    yield plt
    plt.close("all")


def test_figures_axes_artists_and_pyplot_are_pictures_of_the_figure(plt):
    figure, axes = plt.subplots(figsize=(2, 1), dpi=50)
    (line,) = axes.plot([1, 2, 3])
    for value in (figure, axes, line, plt):
        picture = Image(value)
        assert (picture.width, picture.height, picture.format) == (100, 50, "png")
    assert len(np.unique(Image(figure).to_numpy())) > 2


def test_a_subfigure_stands_for_the_whole_figure(plt):
    figure = plt.figure(figsize=(2, 1), dpi=50)
    left, _right = figure.subfigures(1, 2)
    left.subplots().plot([1])
    assert Image(left).width == 100


def test_a_figure_is_drawn_when_the_image_is_made(plt):
    figure, axes = plt.subplots()
    axes.plot([1, 2])
    picture = Image(figure)
    before = picture.to_numpy()
    axes.clear()
    assert np.array_equal(picture.to_numpy(), before)


def test_a_figure_can_become_a_jpg(plt):
    _figure, axes = plt.subplots()
    axes.plot([1])
    with pytest.warns(NbtrackWarning, match="alpha"):
        picture = Image(plt, file_type="jpg")
    assert picture.mode == "RGB"
    assert complete(picture.record()).blob.startswith(b"\xff\xd8")


def test_empty_figures_are_refused_with_advice(plt):
    with pytest.raises(LogValueError, match="no open matplotlib figure"):
        Image(plt)
    assert plt.get_fignums() == []
    with pytest.raises(LogValueError, match="nothing is drawn"):
        Image(plt.figure())
    _figure, axes = plt.subplots()
    (line,) = axes.plot([1])
    line.remove()
    with pytest.raises(LogValueError, match="no open matplotlib figure"):
        Image(line)


# ---- what belongs to a picture ------------------------------------------------------------------------------


def test_another_image_is_shared_with_its_own_caption():
    first = Image(gradient(), caption="first", grouping=2)
    assert Image(first).caption == "first"
    second = Image(first, caption="second")
    assert (second.caption, second.grouping) == ("second", 2)
    assert second.record().raw.data is first.record().raw.data
    assert first.caption == "first"


def test_another_image_may_get_another_format_or_mode(tmp_path):
    assert Image(Image(gradient()), file_type="jpg").format == "jpg"
    assert Image(Image(gradient()), mode="L").to_numpy().shape == (6, 8)
    path = picture_file(tmp_path / "a.png", "PNG")
    assert Image(Image(path), file_type="bmp").to_pil().size == (8, 6)


@pytest.mark.parametrize("caption", ["", "캡션 🙂", 'quotes " and <b>', "line\nbreak", 3, 0.5])
def test_captions_are_text_of_any_kind(caption):
    assert complete(Image(gradient(), caption=caption).record()).meta["caption"] == str(caption)


def test_a_caption_that_utf8_cannot_hold_is_repaired():
    assert Image(gradient(), caption="a\ud800b").caption == "a\ufffdb"
    assert Image(gradient(), caption="\ud83d\ude42").caption == "🙂"


def test_meta_has_only_what_was_given():
    meta = Image(gradient()).record().meta
    assert meta == {"width": 8, "height": 6, "format": "png", "mode": "RGB"}
    assert Image(gradient(), grouping=np.int64(3)).record().meta["grouping"] == 3
    with pytest.raises(LogTypeError, match="grouping"):
        Image(gradient(), grouping="a")


@pytest.mark.parametrize("value", [None, 3, [[1, 2], [3, 4]], b"bytes", {"a": 1}, object()])
def test_other_types_are_refused_by_name(value):
    with pytest.raises(LogTypeError, match=f"{type(value).__name__}.*accepted"):
        Image(value)


def test_repr_is_one_line():
    assert repr(Image(gradient(), caption="고양이")) == "<Image 8x6 RGB png '고양이'>"


# ---- reading back -------------------------------------------------------------------------------------------


def test_a_stored_picture_is_read_back_and_can_be_logged_again():
    done = complete(Image(gradient(), caption="c", grouping=2).record())
    read = load("image-file", done.meta, done.blob)
    assert (read.width, read.height, read.caption, read.grouping, read.mode) == (8, 6, "c", 2, "RGB")
    assert np.array_equal(read.to_numpy(), gradient())
    assert np.array_equal(np.asarray(read.image), gradient())
    assert complete(read.record()).blob == done.blob


def test_a_picture_that_is_not_encoded_yet_can_be_described():
    read = load("image-file", Image(gradient()).record().meta, None)
    assert repr(read) == "<Image 8x6 RGB png>"
    with pytest.raises(LogValueError, match="not encoded yet"):
        read.to_pil()
    with pytest.raises(LogValueError, match="not encoded yet"):
        Image(read, file_type="jpg")


def test_codecs_work_in_any_thread_and_give_the_same_bytes():
    record = Image(gradient().astype(np.float32)).record()
    results = []

    def work():
        results.append(encode(record.raw.codec, record.raw.params, record.raw.data.tobytes()).blob)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(results)) == 1
    assert results[0] == complete(record).blob


def test_it_is_public():
    assert nbtrack.Image is Image
