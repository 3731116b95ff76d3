"""What `log()` makes of values that do not say what they are."""

from __future__ import annotations

import datetime
import re
import subprocess
import sys
import warnings

import numpy as np
import pytest
from PIL import Image as Pillow

import nbtrack
from nbtrack.errors import LogTypeError, LogValueError, NbtrackWarning
from nbtrack.media.coerce import coerce
from nbtrack.media.histogram import Histogram
from nbtrack.media.image import Image


@pytest.mark.parametrize(
    "value",
    [
        None,
        1,
        0.5,
        True,
        "text",
        b"x",
        {},
        {"a": 1},
        [],
        (),
        [1, 2],
        ["a"],
        object(),
        np.float32(1),
        datetime.date(2026, 1, 1),
    ],
)
def test_what_has_no_media_meaning_is_none(value):
    assert coerce(value) is None


def test_media_stay_what_they_are():
    image, histogram = Image(np.zeros((2, 2))), Histogram([1])
    assert coerce(image) is image
    assert coerce(histogram) is histogram
    assert coerce((image, image)) == [image, image]


def test_pil_images_become_images_alone_and_in_lists():
    picture = Pillow.new("RGB", (3, 2))
    assert isinstance(coerce(picture), Image)
    made = coerce([picture, Image(np.zeros((2, 2)))])
    assert [type(one) for one in made] == [Image, Image]


def test_opened_files_are_pil_images_too(tmp_path):
    Pillow.new("RGB", (3, 2)).save(tmp_path / "a.png")
    with Pillow.open(tmp_path / "a.png") as picture:
        assert coerce(picture).width == 3


@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.bool_])
def test_arrays_of_more_than_32_numbers_become_histograms_with_32_bins(dtype):
    made = coerce(np.ones((3, 11), dtype))
    assert isinstance(made, Histogram)
    assert len(made.histogram) == 32
    assert coerce(np.ones(32, dtype)) is None


@pytest.mark.parametrize("array", [np.full(40, None), np.full(40, "a"), np.ones(40, complex)])
def test_arrays_of_something_else_have_no_media_meaning(array):
    assert coerce(array) is None


def test_lists_that_mix_are_refused_by_the_names_of_what_they_mix():
    image = Image(np.zeros((2, 2)))
    with pytest.raises(LogTypeError, match="Image and int"):
        coerce([image, 3])
    with pytest.raises(LogTypeError, match="Image and NoneType"):
        coerce([image, None])
    with pytest.raises(LogTypeError, match="Histogram and Image"):
        coerce([image, Histogram([1])])


def test_long_lists_of_images_are_cut_with_a_warning(monkeypatch):
    images = [Image(np.zeros((2, 2)))] * 109
    with pytest.warns(NbtrackWarning, match="109.*108"):
        assert len(coerce(images)) == 108
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(coerce(images[:108])) == 108
        assert len(coerce([Histogram([1])] * 200)) == 200


PDB = "ATOM      1  N   GLY A   1       0.000   0.000   0.000  1.00  0.00           N\nEND\n"


def test_recognizing_foreign_objects_imports_none_of_their_libraries():
    code = (
        "import sys; from nbtrack.media.coerce import coerce; import datetime\n"
        "class Odd: pass\n"
        "assert coerce(Odd()) is None and coerce([Odd()]) is None and coerce(datetime.date.today()) is None\n"
        "names = {'pandas', 'polars', 'plotly', 'altair', 'bokeh', 'rdkit', 'py3Dmol', 'IPython', 'matplotlib', 'mistune'}\n"
        "assert not names & set(sys.modules), names & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_data_frames_become_tables(library):
    module = pytest.importorskip(library)
    make = module.table if library == "pyarrow" else module.DataFrame
    made = coerce(make({"a": [1, 2], "나": ["x", None]}))
    assert isinstance(made, nbtrack.Table)
    assert made.columns == ["a", "나"]
    assert made.data == [[1, "x"], [2, None]]


def test_subclasses_of_frames_are_tables_and_series_are_not():
    pandas = pytest.importorskip("pandas")

    class Mine(pandas.DataFrame):
        pass

    assert isinstance(coerce(Mine({"a": [1]})), nbtrack.Table)
    assert coerce(pandas.Series([1, 2])) is None


def test_rdkit_molecules_become_molecules_alone_and_in_lists():
    chem = pytest.importorskip("rdkit.Chem")
    one = chem.MolFromSmiles("CCO")
    assert isinstance(coerce(one), nbtrack.Molecule)
    assert [type(made) for made in coerce([one, one])] == [nbtrack.Molecule] * 2
    assert coerce(chem.MolFromSmarts) is None


def test_py3dmol_views_become_the_models_that_they_hold():
    view = pytest.importorskip("py3Dmol").view()
    view.addModel(PDB, "pdb")
    assert coerce(view).text == PDB
    view.addModel(PDB.replace("GLY", "ALA"), "pdb")
    assert [made.text for made in coerce(view)] == [PDB, PDB.replace("GLY", "ALA")]
    assert len(coerce([view, view])) == 4


def test_py3dmol_views_without_a_model_that_can_be_kept_say_why():
    py3dmol = pytest.importorskip("py3Dmol")
    with pytest.raises(LogValueError, match="not fetched"):
        coerce(py3dmol.view(query="pdb:1ycr"))
    view = py3dmol.view()
    view.addModel("1\n\nC 0 0 0", "xyz")
    with pytest.raises(LogTypeError, match=r"'xyz'.*accepted are .*pdb"):
        coerce(view)


@pytest.mark.parametrize(
    "text",
    ['quotes " and \\ back', "line\nfeeds\r\n\t", ').addModel("x","pdb")', "한글", "</script>", '"'],
)
def test_the_text_of_a_model_survives_py3dmols_quoting(text):
    view = pytest.importorskip("py3Dmol").view()
    view.addModel(PDB + "REMARK " + text, "pdb")
    assert coerce(view).text == PDB + "REMARK " + text


def test_bokeh_plots_become_pages_with_their_script_inside():
    bokeh = pytest.importorskip("bokeh.plotting")
    plot = bokeh.figure(title="a plot of mine")
    plot.line([1, 2], [3, 4])
    made = coerce(plot)
    assert isinstance(made, nbtrack.Html)
    assert "a plot of mine" in made.html
    assert "<script src" not in made.html
    assert "<link" not in made.html


def test_what_holoviews_draws_is_of_its_back_end():
    hv = pytest.importorskip("holoviews")
    for backend, kind in (("bokeh", "html-file"), ("plotly", "plotly-file"), ("matplotlib", "plotly-file")):
        hv.extension(backend)
        made = coerce(hv.Curve([1, 2, 3], label="a curve of mine"))
        assert made.kind == kind
    assert made.note == "drawn by plotly from a matplotlib figure"


def test_what_panel_draws_is_a_page_with_its_scripts_inside():
    panel = pytest.importorskip("panel")
    made = coerce(panel.Row(panel.widgets.FloatSlider(name="a slider of mine"), "text"))
    assert isinstance(made, nbtrack.Html)
    assert "a slider of mine" in made.html
    assert not re.search(r"<script[^>]* src=.https?:(?!//cdn.jsdelivr.net/npm/mathjax)", made.html)
    assert not re.search(r"https://cdn\.holoviz\.org/[^\"]+\.css", made.html)


def test_no_file_outside_of_the_library_gets_into_a_page():
    panel = pytest.importorskip("panel")
    for name in ("../../bokeh/server/static/js/bokeh.min.js", "../__init__.py", "/etc/passwd"):
        for folder in (f"https://cdn.holoviz.org/panel/{panel.__version__}/dist", "static/extensions/panel"):
            page = f'<script src="{folder}/{name}"></script>'
            assert nbtrack.Html(page).html.endswith(page)


def test_pages_that_would_fetch_their_libraries_bring_them_along():
    bokeh = pytest.importorskip("bokeh")
    address = "https://cdn.bokeh.org/bokeh/release/bokeh-{}.min.js"
    page = '<script type="text/javascript" src="{}"></script><b>x</b>'
    made = nbtrack.Html(page.format(address.format(bokeh.__version__))).html
    assert len(made) > 500_000
    assert made.count("</script") == 1
    for other in (address.format("0.1"), address.format("../../../x"), "https://cdn.evil.test/bokeh.js"):
        assert other in nbtrack.Html(page.format(other)).html
    go = pytest.importorskip("plotly.graph_objects")
    figure = go.Figure().to_html(include_plotlyjs="cdn")
    assert re.search(r"<script[^>]* src=", figure)
    assert not re.search(r"<script[^>]* src=", nbtrack.Html(figure).html)
    kept = page.format(address.format(bokeh.__version__))
    assert nbtrack.Html(kept, inject=False).html == kept


def test_ipythons_objects_become_what_they_show():
    display = pytest.importorskip("IPython.display")
    assert coerce(display.HTML("<b>x</b>")).html.endswith("<b>x</b>")
    assert "<h1>x</h1>" in coerce(display.Markdown("# x")).html
    audio = coerce(display.Audio(np.zeros(100), rate=4000))
    assert (type(audio), audio.sample_rate) == (nbtrack.Audio, 4000)


@pytest.mark.parametrize("name", ["Image", "Video", "Audio"])
def test_what_lies_elsewhere_is_not_fetched(name):
    display = pytest.importorskip("IPython.display")
    remote = getattr(display, name)(url="http://evil.test/a.mp4", embed=False)
    with pytest.raises(LogValueError, match=r"evil\.test.*not fetched"):
        coerce(remote)


def test_other_objects_of_known_libraries_have_no_media_meaning():
    display = pytest.importorskip("IPython.display")
    assert coerce(display.IFrame("http://evil.test/", 1, 1)) is None
    assert coerce(display.Latex("$x$")) is None
