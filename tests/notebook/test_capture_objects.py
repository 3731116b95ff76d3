"""Objects of other libraries that a `%%nbtrack` cell shows, read back as what they are."""

from __future__ import annotations

import base64
import io
import wave

import numpy as np
import pytest
from PIL import Image as Pillow

import nbtrack

from .conftest import run_cell

PDB = """\
ATOM      1  N   GLY A   1       0.000   0.000   0.000  1.00  0.00           N
ATOM      2  CA  GLY A   1       1.458   0.000   0.000  1.00  0.00           C
ATOM      3  C   GLY A   1       2.009   1.420   0.000  1.00  0.00           C
ATOM      4  O   GLY A   1       1.251   2.390   0.000  1.00  0.00           O
END
"""


def shown(shell, source: str, key: str) -> list:
    """Run `source` as a tracked cell; the media that it left under `key`, and under no other key."""
    run_cell(shell, f"%%nbtrack --project shown\n{source}")
    run = nbtrack.run.id
    nbtrack.finish()
    stored = nbtrack.Api().run(f"shown/{run}")
    found = sorted(k for k in stored.history_keys["keys"] if k.startswith("cell/"))
    assert found == [key]
    return stored.media(key)


def test_an_rdkit_molecule_is_a_molecule(shell):
    pytest.importorskip("rdkit")
    (made,) = shown(shell, "from rdkit import Chem\nChem.MolFromSmiles('CCO')", "cell/molecule")
    assert made.to_rdkit().GetNumHeavyAtoms() == 3


@pytest.mark.parametrize("how", ["view", "view.show()", "display(view)"])
def test_the_models_of_a_py3dmol_view_are_molecules_byte_for_byte(shell, how):
    pytest.importorskip("py3Dmol")
    shell.push({"pdb": PDB})
    source = f"import py3Dmol\nfrom IPython.display import display\nview = py3Dmol.view()\nview.addModel(pdb, 'pdb')\nview.setStyle({{'stick': {{}}}})\n{how}"
    (made,) = shown(shell, source, "cell/molecule")
    assert made.text == PDB
    assert made.format == "pdb"


def test_a_grid_of_views_leaves_each_model(shell):
    pytest.importorskip("py3Dmol")
    shell.push({"pdb": PDB})
    made = shown(
        shell,
        "import py3Dmol\nv = py3Dmol.view(viewergrid=(1, 2))\n"
        "v.addModel(pdb, 'pdb', viewer=(0, 0))\nv.addModel(pdb.replace('GLY', 'ALA'), 'pdb', viewer=(0, 1))\nv.show()",
        "cell/molecule",
    )
    assert ["ALA" in one.text for one in made] == [False, True]


def test_a_plotly_figure_is_itself_shown_or_displayed(shell):
    pytest.importorskip("plotly")
    (made,) = shown(shell, "import plotly.graph_objects as go\ngo.Figure(go.Bar(y=[1, 5]))", "cell/plotly")
    assert '"bar"' in made.json


def test_an_altair_chart_is_its_specification_with_its_data(shell):
    pytest.importorskip("altair")
    source = (
        "import altair as alt, pandas as pd\n"
        "alt.Chart(pd.DataFrame({'a': ['가', 'b'], 'b': [1, 2]})).mark_bar().encode(x='a', y='b')"
    )
    (made,) = shown(shell, source, "cell/altair")
    assert made.vega["mark"]["type"] == "bar"
    assert [row["a"] for rows in made.vega["datasets"].values() for row in rows] == ["가", "b"]


@pytest.mark.parametrize("how", ["p", "show(p)", "row(p, figure())"])
def test_a_bokeh_plot_is_a_page_with_bokehs_own_script(shell, how):
    pytest.importorskip("bokeh")
    source = (
        "from bokeh.plotting import figure, show\nfrom bokeh.io import output_notebook\n"
        "from bokeh.layouts import row\nfrom bokeh.resources import INLINE\noutput_notebook(INLINE, hide_banner=True)\n"
        f"p = figure(width=200, height=100, title='플롯')\np.line([1, 2], [3, 4])\n{how}"
    )
    (made,) = shown(shell, source, "cell/bokeh")
    assert "<script src" not in made.html
    assert '"type":"object","name":"Figure"' in made.html


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_frame_is_a_table(shell, library):
    pytest.importorskip(library)
    (made,) = shown(
        shell, f"import {library} as lib\nlib.DataFrame({{'이름': ['a', 'b'], 'x': [1, 2]}})", "cell/table"
    )
    assert made.columns == ["이름", "x"]
    assert made.data == [["a", 1], ["b", 2]]


def test_the_names_of_a_frames_rows_are_a_column(shell):
    pytest.importorskip("pandas")
    (made,) = shown(shell, "import pandas as pd\npd.DataFrame({'x': [1., 2.]}).describe()[:1]", "cell/table")
    assert made.columns == ["index", "x"]
    assert made.data == [["count", 2.0]]


def test_a_frame_with_the_same_column_twice_is_kept_as_it_is_seen(shell):
    pytest.importorskip("pandas")
    source = "import pandas as pd\npd.DataFrame([[1, 2]], columns=['a', 'a'])"
    (made,) = shown(shell, source, "cell/html")
    assert "<td>2</td>" in made.html


def test_of_a_long_frame_the_first_rows_are_kept_and_it_is_said(shell, monkeypatch):
    pytest.importorskip("pandas")
    said: list[str] = []
    monkeypatch.setattr("nbtrack.notebook.capture.termwarn", said.append)
    monkeypatch.setattr("nbtrack.notebook.capture.MAX_FRAME_ROWS", 3)
    (made,) = shown(shell, "import pandas as pd\npd.DataFrame({'x': range(5)})", "cell/table")
    assert made.get_column("x") == [0, 1, 2]
    assert "5 rows" in said[0]
    assert "first 3" in said[0]


def test_a_styled_frame_is_its_html(shell):
    pytest.importorskip("pandas")
    pytest.importorskip("jinja2")
    (made,) = shown(
        shell,
        "import pandas as pd\npd.DataFrame({'x': [1]}).style.set_caption('styled')",
        "cell/html",
    )
    assert "styled" in made.html


def test_ipythons_audio_is_audio(shell):
    pytest.importorskip("IPython")
    source = (
        "import numpy as np\nfrom IPython.display import Audio\nAudio(np.sin(np.arange(800) / 10), rate=8000)"
    )
    (made,) = shown(shell, source, "cell/audio")
    assert made.sample_rate == 8000
    assert len(made.to_numpy()) == 800


def test_ipythons_audio_of_a_file_is_audio(shell, tmp_path):
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(4000)
        file.writeframes(np.zeros(100, "<i2").tobytes())
    (made,) = shown(
        shell,
        f"from IPython.display import Audio\nAudio(filename={str(tmp_path / 'a.wav')!r})",
        "cell/audio",
    )
    assert made.sample_rate == 4000


def gif(frames: int) -> bytes:
    out = io.BytesIO()
    first, *rest = [Pillow.new("RGB", (8, 6), (90 * i, 0, 0)) for i in range(frames)]
    first.save(out, "GIF", save_all=True, append_images=rest, loop=0) if rest else first.save(out, "GIF")
    return out.getvalue()


@pytest.mark.parametrize("embed", [True, False])
def test_ipythons_video_is_a_video_byte_for_byte(shell, tmp_path, embed):
    data = gif(3)
    (tmp_path / "v.gif").write_bytes(data)
    source = f"from IPython.display import Video\nVideo({str(tmp_path / 'v.gif')!r}, embed={embed}, mimetype='image/gif')"
    (made,) = shown(shell, source, "cell/video")
    assert made.format == "gif"
    assert made.frames == 3


def test_ipythons_picture_is_an_image_and_a_moving_one_a_video(shell):
    out = io.BytesIO()
    Pillow.new("RGB", (5, 4), "red").save(out, "PNG")
    shell.push({"png": out.getvalue(), "gif": gif(2), "still": gif(1)})
    (made,) = shown(shell, "from IPython.display import Image\nImage(png)", "cell/image")
    assert (made.width, made.height) == (5, 4)
    (made,) = shown(shell, "from IPython.display import Image\nImage(gif)", "cell/video")
    assert made.frames == 2
    (made,) = shown(shell, "from IPython.display import Image\nImage(still)", "cell/image")
    assert made.width == 8


def test_html_markdown_and_svg_are_html(shell):
    for source, found in {
        "HTML('<b>굵게</b>')": "<b>굵게</b>",
        "Markdown('# Title\\n\\n| a | b |\\n|---|---|\\n| 1 | 2 |')": "<td>1</td>",
        'SVG(\'<svg xmlns="http://www.w3.org/2000/svg"><circle r="3"/></svg>\')': "<circle",
    }.items():
        (made,) = shown(shell, f"from IPython.display import HTML, Markdown, SVG\n{source}", "cell/html")
        assert found in made.html


def test_markdown_without_mistune_is_its_source(monkeypatch):
    from nbtrack.media.foreign import markdown

    monkeypatch.setitem(__import__("sys").modules, "mistune", None)
    assert "&lt;b&gt; # x" in markdown("<b> # x")


def test_what_an_unknown_object_draws_of_itself_is_kept(shell):
    picture = io.BytesIO()
    Pillow.new("RGB", (7, 3)).save(picture, "PNG")
    shell.push({"png": base64.b64encode(picture.getvalue()).decode()})
    (made,) = shown(
        shell,
        "class Drawn:\n    def _repr_png_(self):\n        return png\nDrawn()",
        "cell/image",
    )
    assert (made.width, made.height) == (7, 3)
    (made,) = shown(
        shell, "class Vector:\n    def _repr_svg_(self):\n        return '<svg/>'\nVector()", "cell/html"
    )
    assert "<svg/>" in made.html


@pytest.mark.parametrize(
    "source",
    ["'text'", "42", "[1, 2]", "display(nbtrack.run)", "IFrame('http://evil.test/', 10, 10)", "Latex('$x$')"],
)
def test_text_panels_and_remote_pages_are_not_kept(shell, source):
    run_cell(shell, f"%%nbtrack --project shown\nimport nbtrack\nfrom IPython.display import *\n{source}")
    assert [key for key in nbtrack.run.summary if key.startswith("cell/")] == []
