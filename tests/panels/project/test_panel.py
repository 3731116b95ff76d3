from __future__ import annotations

import pytest

import nbtrack
from nbtrack.errors import NotFoundError, UsageError
from nbtrack.panels.still import STILL_BYTES
from nbtrack.panels.wire import Hello
from tests.conformance.catalog import make_run
from tests.panels.test_wire import check


@pytest.fixture
def runs(store, monkeypatch):
    monkeypatch.setenv("NBTRACK_DIR", str(store.root))
    for at in range(12):
        make_run(store, f"r{at:02}", project="p", name=f"run {at}", created=1e9 + at, rows={"loss": [at]})
    make_run(store, "lab", project="p", entity="lab", name="of the lab", rows={"loss": [1.0]})


def test_a_project_is_found_by_its_name(runs):
    panel = nbtrack.project("p")
    check(panel.data_hello, Hello)
    assert panel.data_hello["project"] == {"entity": "", "project": "p"}
    assert panel.data_hello["runs"] == []
    assert nbtrack.project("lab/p").data_hello["project"] == {"entity": "lab", "project": "p"}
    assert "project" not in nbtrack.project().data_hello
    with pytest.raises(NotFoundError, match="Could not find project 'q'"):
        nbtrack.project("q")
    with pytest.raises(UsageError, match="'project' or 'entity/project'"):
        nbtrack.project("a/b/c")


def test_what_it_leaves_in_the_notebook_names_its_latest_runs(runs):
    panel = nbtrack.project("p")
    still, text = panel.still(), panel.plain_text()
    assert "12 runs, the latest 10 are shown" in still
    assert "run 11" in still
    assert "run 1<" not in still
    assert len(still.encode()) <= STILL_BYTES
    assert text.splitlines()[0] == "p: 12 runs"
    assert "of the lab" not in still + text
    assert "lab/p: 1 run" in nbtrack.project().plain_text()


def test_its_still_changes_with_its_runs(runs, store):
    panel = nbtrack.project("p")
    panel.still_bundle()
    assert not panel.still_is_stale()
    make_run(store, "new", project="p", name="newest", rows={"loss": [1.0]})
    nbtrack.Api().catalog.refresh()
    assert panel.still_is_stale()
    assert "newest" in panel.still_bundle()["text/html"]


def test_its_reader_chooses_which_runs_are_kept_up_to_date(runs):
    panel = nbtrack.project("p")
    watch = panel.handlers()["watch"]
    assert watch({"runs": ["r01", "gone", "r03"]}) == (2, [])
    first = panel.streams[0]
    assert panel.run_ids == ("r01", "r03")
    watch({"runs": ["r03", "r01"]})
    assert panel.run_ids == ("r03", "r01")
    assert panel.streams[1] is first
    watch({"runs": []})
    assert panel.run_ids == ()


def test_it_is_saved_as_a_comparison_of_what_is_shown(runs, tmp_path):
    panel = nbtrack.project("p")
    page = panel.save_html(tmp_path / "p.html").read_text(encoding="utf-8")
    assert '"panel": "compare"' in page
    assert '"runs": ["r02", "r03"' in page
    panel.handlers()["watch"]({"runs": ["r07"]})
    assert '"runs": ["r07"]' in panel.save_html(tmp_path / "p.html").read_text(encoding="utf-8")


def test_a_project_without_runs_says_so(runs, tmp_path):
    nbtrack.Api().create_project("empty")
    panel = nbtrack.project("empty")
    assert "empty: no runs yet" in panel.still()
    with pytest.raises(UsageError, match="no runs to save"):
        panel.save_html(tmp_path / "x.html")
