"""What `%%nbtrack` keeps of what is shown twice, changed, replaced or broken; and that the cell never feels it."""

from __future__ import annotations

import pytest

import nbtrack

from .conftest import run_cell

HEAD = "%%nbtrack --project shown\nfrom IPython.display import HTML, display, update_display\n"


def kept(shell, source: str) -> dict[str, list]:
    """The captured media by key, read back."""
    run_cell(shell, HEAD + source)
    run = nbtrack.run.id
    nbtrack.finish()
    stored = nbtrack.Api().run(f"shown/{run}")
    return {k: stored.media(k) for k in sorted(stored.history_keys["keys"]) if k.startswith("cell/")}


def test_an_object_that_is_shown_twice_is_kept_once(shell):
    found = kept(shell, "page = HTML('<p>one')\ndisplay(page)\ndisplay(page)\npage")
    assert len(found["cell/html"]) == 1


def test_different_objects_of_one_kind_are_all_kept_in_order(shell):
    found = kept(shell, "for i in range(3):\n    display(HTML(f'<p>{i}'))")
    assert [one.html[-1] for one in found["cell/html"]] == ["0", "1", "2"]


def test_a_plotly_figure_that_is_shown_and_then_displayed_is_kept_once(shell):
    pytest.importorskip("plotly")
    source = (
        "import plotly.io as pio, plotly.graph_objects as go\npio.renderers.default = 'plotly_mimetype'\n"
    )
    found = kept(
        shell, source + "figure = go.Figure(go.Bar(y=[1, 5]))\nfigure.show()\ndisplay(figure)\nfigure"
    )
    assert len(found["cell/plotly"]) == 1


def test_a_plot_of_bokeh_whose_page_has_random_ids_is_kept_once(shell):
    pytest.importorskip("bokeh")
    source = "from bokeh.plotting import figure\np = figure()\np.line([1, 2], [3, 4])\ndisplay(p)\np"
    assert len(kept(shell, source)["cell/bokeh"]) == 1


def test_axes_and_their_figure_are_one_picture_as_it_was_last(shell):
    pytest.importorskip("matplotlib")
    source = (
        "import matplotlib\nmatplotlib.use('Agg')\nimport matplotlib.pyplot as plt\n"
        "figure, axes = plt.subplots(figsize=(1, 1))\naxes.plot([1, 2])\ndisplay(figure)\n"
        "axes.set_facecolor('red')\ndisplay(axes)\nfigure"
    )
    (picture,) = kept(shell, source + "; plt.close('all')\nfigure")["cell/figure"]
    red = picture.to_numpy()
    assert ((red[..., 0] > 250) & (red[..., 1] < 5)).mean() > 0.2


def test_what_replaces_a_display_replaces_what_was_kept_of_it(shell):
    source = "for i in range(5):\n    display(HTML(f'<p>{i} of 5'), display_id='bar', update=i > 0)\ndisplay(HTML('other'))"
    found = kept(shell, source)["cell/html"]
    assert ["4 of 5" in found[0].html, "other" in found[1].html, len(found)] == [True, True, 2]


def test_what_an_object_displays_on_its_way_is_a_part_of_it(shell):
    pytest.importorskip("PIL")
    source = (
        "from PIL import Image\n"
        "class Outer:\n    def _ipython_display_(self):\n        display(HTML('<p>inner'))\n"
        "display(Outer())"
    )
    assert [one.html.endswith("<p>inner") for one in kept(shell, source)["cell/html"]] == [True]


def test_media_of_every_class_have_a_key_of_their_own(shell):
    source = "import nbtrack\ndisplay(nbtrack.Histogram([1, 2]))\ndisplay(nbtrack.Html('<p>x'))\nnbtrack.Table(columns=['a'], data=[[1]])"
    assert list(kept(shell, source)) == ["cell/histogram", "cell/html", "cell/table"]


def test_an_object_that_cannot_be_kept_is_said_and_the_cell_goes_on(shell, monkeypatch):
    pytest.importorskip("py3Dmol")
    said: list[str] = []
    monkeypatch.setattr("nbtrack.notebook.capture.termwarn", said.append)
    run_cell(shell, HEAD + "import py3Dmol\nview = py3Dmol.view(query='pdb:1ycr')\nview\nafter = 1\nview")
    assert shell.user_ns["after"] == 1
    assert "no model" in said[0]


def test_a_broken_html_of_its_own_does_not_stop_the_cell(shell):
    run_cell(
        shell,
        HEAD + "class Broken:\n    def _repr_html_(self):\n        return 3\ndisplay(Broken())\nafter = 2",
    )
    assert shell.user_ns["after"] == 2


def test_what_was_shown_before_an_error_is_kept_and_the_error_is_the_cells_own(shell):
    result = shell.run_cell(HEAD + "display(HTML('<p>before'))\n1 / 0")
    assert isinstance(result.error_in_exec, ZeroDivisionError)
    assert "cell/html" in nbtrack.run.summary


def test_the_shell_is_as_it_was_afterwards(shell):
    formatter, publisher = shell.display_formatter, shell.display_pub
    before = vars(formatter).get("format"), vars(publisher).get("publish")
    run_cell(shell, HEAD + "display(HTML('x'))")
    assert (vars(formatter).get("format"), vars(publisher).get("publish")) == before


def test_a_capture_within_a_capture_leaves_the_outer_one_at_work(shell):
    source = (
        "get_ipython().run_cell_magic('nbtrack', '', \"display(HTML('<p>in'))\")\ndisplay(HTML('<p>out'))"
    )
    found = kept(shell, source)["cell/html"]
    assert any("<p>out" in one.html for one in found)
