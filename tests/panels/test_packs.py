from __future__ import annotations

import gzip
import re
import sys
from pathlib import Path

import pytest

import nbtrack
from nbtrack.errors import NotFoundError
from nbtrack.panels import packs
from nbtrack.panels.page import page
from nbtrack.panels.run import panel_of

ROOT = Path(__file__).parents[2]
FIGURE = {"data": [{"type": "scatter", "y": [1, 2]}], "layout": {}}


@pytest.fixture
def no_plotly(monkeypatch):
    packs.load.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == "plotly"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "plotly", None)
    yield
    packs.load.cache_clear()


def test_the_plotly_pack_is_the_plotly_js_of_the_installed_package():
    from plotly.offline import get_plotlyjs

    pack = packs.load("plotly")
    assert gzip.decompress(pack.gzipped).decode() == get_plotlyjs()
    assert packs.load("plotly") is pack


def test_the_version_names_the_content(monkeypatch):
    monkeypatch.setitem(packs.LIBRARIES, "one", lambda: "1")
    monkeypatch.setitem(packs.LIBRARIES, "two", lambda: "2")
    one = packs.load("one")
    assert one.version != packs.load("two").version
    packs.load.cache_clear()
    assert packs.load("one") == one


@pytest.mark.parametrize(
    "name", ["", "nothing", "../plotly", "../core", "packs/html", "/etc/passwd", "plotly.js"]
)
def test_only_packs_of_the_table_are_known(name):
    with pytest.raises(NotFoundError, match="plotly"):
        packs.load(name)


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "js/src/packs").iterdir()))
def test_each_viewer_pack_was_built_and_takes_preact_from_the_core(name):
    source = gzip.decompress(packs.load(name).gzipped).decode()
    assert 'require("preact/jsx-runtime")' in source
    assert "exports.parts=" in source


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "js/src/libraries").iterdir()))
def test_each_library_of_ours_knows_nothing_of_the_core(name):
    source = gzip.decompress(packs.load(name).gzipped).decode()
    assert "preact" not in source
    assert "exports." in source


def test_each_pack_that_a_viewer_asks_for_is_known():
    index = (ROOT / "js/src/viewers/index.ts").read_text(encoding="utf-8")
    asked = set(re.findall(r'registerLazy\("([^"]+)", "[^"]+", "([^"]+)"\)', index))
    assert asked
    for kind, pack in asked:
        assert pack in packs.NEEDED[kind]


def test_without_plotly_the_error_says_how_to_install_it(no_plotly):
    with pytest.raises(NotFoundError, match="pip install plotly"):
        packs.load("plotly")


def test_plotly_that_is_installed_later_is_found(no_plotly, monkeypatch):
    with pytest.raises(NotFoundError):
        packs.load("plotly")
    monkeypatch.undo()
    assert packs.load("plotly").version


@pytest.fixture
def panel(tmp_path, monkeypatch):
    monkeypatch.setenv("NBTRACK_DIR", str(tmp_path / "store"))
    monkeypatch.setenv("NBTRACK_SILENT", "on")

    def made(value):
        with nbtrack.init(project="packs") as run:
            run.log({"loss": 1.0, "medium": value})
        return panel_of(run)

    return made


def test_a_saved_page_carries_plotly_js_only_for_plotly_figures(panel):
    pack = packs.load("plotly")
    with_figure = page(panel(nbtrack.Plotly(FIGURE)), 2**20)
    without = page(panel(nbtrack.Html("<p>hi")), 2**20)
    assert len(with_figure) - len(without) > len(pack.gzipped)
    assert '"plotly"' not in without.partition('"packs": ')[2]
    assert "unsafe-eval'" not in without.partition("</head>")[0]
    for made in (with_figure, without):
        assert "<!--EVAL-->" not in made


def test_a_page_is_saved_without_plotly_too(panel, no_plotly):
    made = page(panel(nbtrack.Plotly(FIGURE)), 2**20)
    assert '"plotly"' not in made.partition('"packs": ')[2]
    assert '"plotly-figure"' in made
