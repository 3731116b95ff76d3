from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nbtrack.workspaces as ws
from nbtrack.errors import NotFoundError, UsageError
from nbtrack.query.expression import parse_expression
from nbtrack.store.entities import Documents, Edit
from nbtrack.store.layout import Store
from nbtrack.workspaces.panels import PANELS
from nbtrack.workspaces.places import changes, place, placed


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("NBTRACK_DIR", str(tmp_path / "store"))
    monkeypatch.setenv("NBTRACK_SILENT", "on")
    return Store.open(tmp_path / "store", create=True)


def view_of(store: Store, workspace: ws.Workspace) -> dict[str, Any]:
    tree = Documents(store).read("project", f"{workspace.entity}/{workspace.project}").tree
    found: dict[str, Any] = tree["views"][workspace.id]
    return found


def page_edits(store: Store, workspace: ws.Workspace, *edits: Edit) -> None:
    """Edit a view as its page does."""
    below = [Edit(edit.op, ["views", workspace.id, *edit.path], edit.value) for edit in edits]
    Documents(store).write("project", f"{workspace.entity}/{workspace.project}", below)


def sections_of(doc: dict[str, Any]) -> list[str]:
    return [one["name"] for one in sorted(doc["sections"].values(), key=lambda one: one["order"])]


def losses() -> ws.Workspace:
    return ws.Workspace(
        entity="lab",
        project="digits",
        name="Losses 한국어 🚀",
        sections=[
            ws.Section(
                "Validation",
                panels=[
                    ws.LinePlot(x="Step", y=["val/loss", "val/acc"], smoothing_factor=0.6, log_y=True),
                    ws.BarPlot(metrics=["acc"]),
                    ws.ScalarChart(metric="acc", groupby_aggfunc="mean", title="Best"),
                ],
                is_open=True,
            ),
            ws.Section("Notes", [ws.MarkdownPanel(markdown="# Why")], pinned=True),
        ],
        settings=ws.WorkspaceSettings(smoothing_type="gaussian", smoothing_weight=0.5, max_runs=50),
        runset_settings=ws.RunsetSettings(
            query="try",
            filters=[ws.Config("lr") < 0.1, ws.Metric("State") == "finished"],
            groupby=[ws.Config("opt"), "run:group"],
            order=[ws.Ordering(ws.Summary("acc"), ascending=False)],
            run_settings={"a": ws.RunSettings(color="#ff0000"), "b": ws.RunSettings(disabled=True)},
            pinned_columns=["run:displayName", "summary:acc", "config:lr"],
            pinned_runs=["b", "a"],
            baseline_run="a",
        ),
    )


def test_a_saved_workspace_is_the_view_that_the_page_reads(store: Store) -> None:
    saved = losses()
    assert saved.save() is saved
    doc = view_of(store, saved)
    assert doc["name"] == "Losses 한국어 🚀"
    assert sections_of(doc) == ["Notes", "Validation"]  # pinned ones first
    panels = sorted(doc["panels"].values(), key=lambda one: (one["section"], one["order"]))
    by_kind = {panel["kind"]: panel for panel in panels}
    assert by_kind["line"]["config"] == {
        "x": "Step",
        "keys": ["val/loss", "val/acc"],
        "smoothing": 0.6,
        "log_y": True,
    }
    assert by_kind["bar"]["config"] == {"field": "summary.acc"}
    assert (by_kind["scalar"]["title"], by_kind["scalar"]["config"]) == (
        "Best",
        {"field": "summary.acc", "over": "mean"},
    )
    assert by_kind["markdown"]["config"] == {"text": "# Why"}
    inside = [one["kind"] for one in panels if one["section"] == by_kind["bar"]["section"]]
    assert inside == ["line", "bar", "scalar"]
    assert doc["query"] == {
        "search": "try",
        "filter": '(config.lr < 0.1) and (state = "finished")',
        "sort": [["summary.acc", True]],
        "group": ["config.opt", "run.group"],
    }
    assert doc["runs"] == {"a": {"color": "#ff0000"}, "b": {"hidden": True}}
    assert sorted(doc["columns"], key=lambda name: doc["columns"][name]["order"]) == [
        "summary.acc",
        "config.lr",
    ]
    assert sorted(doc["pinned_runs"], key=doc["pinned_runs"].get) == ["b", "a"]
    assert doc["baseline_run"] == "a"
    assert doc["settings"]["smoothing_type"] == "gaussian"
    assert doc["settings"]["max_runs"] == 50
    assert doc["settings"]["group_by_prefix"] == "last"
    assert doc["settings"]["auto_generate_panels"] is False


def test_a_loaded_view_is_what_was_saved(store: Store) -> None:
    saved = losses().save()
    loaded = ws.Workspace.from_view("lab/digits", "Losses 한국어 🚀")
    assert loaded._doc() == saved._doc()
    assert [section.name for section in loaded.sections] == ["Notes", "Validation"]
    line = loaded.sections[1].panels[0]
    assert isinstance(line, ws.LinePlot)
    assert (line.x, line.y, line.smoothing_factor, line.log_y) == ("Step", ["val/loss", "val/acc"], 0.6, True)
    assert loaded.runset_settings.pinned_columns == ["summary:acc", "config:lr"]
    assert loaded.runset_settings.pinned_runs == ["b", "a"]
    assert repr(line) == "LinePlot(x='Step', y=['val/loss', 'val/acc'], log_y=True, smoothing_factor=0.6)"
    before = Documents(store).read("project", "lab/digits").version
    loaded.save()
    assert Documents(store).read("project", "lab/digits").version == before


def test_only_what_was_changed_is_written(store: Store) -> None:
    saved = losses().save()
    loaded = ws.Workspace.from_view("digits", "Losses 한국어 🚀", entity="lab")
    line = loaded.sections[1].panels[0]
    page_edits(
        store,
        loaded,
        Edit("set", ["settings", "max_runs"], 100),
        Edit("set", ["panels", line.id, "config", "log_x"], True),
        Edit("set", ["columns", "config.lr", "width"], 240),
        Edit("set", ["panels", "auto:acc"], {"deleted": True}),
    )
    loaded.settings.x_axis = "epoch"
    line.title = "Loss"
    loaded.sections[0].panels.append(ws.RunComparer(diff_only="split"))
    loaded.save()
    doc = view_of(store, saved)
    assert (doc["settings"]["max_runs"], doc["settings"]["x_axis"]) == (100, "epoch")
    assert (doc["panels"][line.id]["title"], doc["panels"][line.id]["config"]["log_x"]) == ("Loss", True)
    assert doc["columns"]["config.lr"]["width"] == 240
    assert doc["panels"]["auto:acc"] == {"deleted": True}
    assert {one["kind"] for one in doc["panels"].values() if "kind" in one} == {
        "line",
        "bar",
        "scalar",
        "markdown",
        "comparer",
    }


def test_what_is_taken_out_here_is_taken_away(store: Store) -> None:
    saved = losses().save()
    gone = saved.sections[0].panels.pop(1)
    notes = saved.sections.pop(1)
    saved.runset_settings.run_settings.pop("a")
    saved.runset_settings.filters = ""
    saved.save()
    doc = view_of(store, saved)
    assert gone.id not in doc["panels"]
    assert notes.id not in doc["sections"]
    assert doc["runs"] == {"b": {"hidden": True}}
    assert "filter" not in doc["query"]
    assert [one["kind"] for one in doc["panels"].values()] == ["line", "scalar"]


def test_sections_and_panels_are_moved(store: Store) -> None:
    saved = losses().save()
    saved.sections[1].pinned = False
    first = saved.sections[0].panels
    first.reverse()
    saved.save()
    doc = view_of(store, saved)
    assert sections_of(doc) == ["Validation", "Notes"]
    kinds = sorted(
        (one for one in doc["panels"].values() if one["kind"] != "markdown"), key=lambda one: one["order"]
    )
    assert [one["kind"] for one in kinds] == ["scalar", "bar", "line"]


def test_what_the_page_made_is_loaded_and_kept(store: Store) -> None:
    saved = ws.Workspace("", "digits").save()
    page_edits(
        store,
        saved,
        Edit(
            "set",
            ["panels", "p1"],
            {"kind": "histogram", "section": "auto:val", "config": {"field": "summary.a"}},
        ),
        Edit(
            "set",
            ["panels", "p2"],
            {"kind": "bar", "section": "s", "config": {"field": "config.lr", "sort": "x"}},
        ),
        Edit("set", ["panels", "p3"], {"kind": "line", "section": "s", "deleted": True}),
        Edit("set", ["sections", "s"], {"name": "Mine", "order": "a0V", "layout": "custom"}),
        Edit("set", ["sections", "auto:train", "open"], False),
        Edit("set", ["query", "group"], ["tags"]),
    )
    loaded = ws.Workspace.from_view("digits", "Untitled view")
    assert [section.name for section in loaded.sections] == ["Mine", "val"]
    other = loaded.sections[1].panels[0]
    assert isinstance(other, ws.PagePanel)
    assert (other.page_kind, other.settings) == ("histogram", {"field": "summary.a"})
    bar = loaded.sections[0].panels[0]
    assert isinstance(bar, ws.BarPlot)
    assert [one.field for one in bar.metrics] == ["config.lr"]  # type: ignore[union-attr]
    bar.title = "Rates"
    loaded.save()
    doc = view_of(store, loaded)
    assert doc["panels"]["p2"]["config"] == {"field": "config.lr", "sort": "x"}
    assert doc["sections"]["auto:train"] == {"open": False}
    assert doc["query"]["group"] == ["tags"]
    del loaded.sections[1]
    loaded.save()
    assert view_of(store, loaded)["sections"]["auto:val"] == {"deleted": True}


def test_a_copy_is_a_view_of_its_own(store: Store) -> None:
    first = losses().save()
    page_edits(store, first, Edit("set", ["columns", "config.lr", "width"], 99), Edit("set", ["owner"], "me"))
    first_id = first.id
    copy = ws.Workspace.from_view("lab/digits", first_id)
    copy.name = "Copy"
    copy.settings.max_runs = 7
    copy.save_as_new_view()
    assert copy.id != first_id
    doc = view_of(store, copy)
    assert (doc["name"], doc["settings"]["max_runs"], doc["columns"]["config.lr"]["width"]) == ("Copy", 7, 99)
    assert "owner" not in doc
    assert doc["panels"].keys() == view_of(store, first)["panels"].keys()
    assert view_of(store, first)["settings"]["max_runs"] == 50
    names = [view.name for view in ws.Workspace.views("lab/digits")]
    assert names == ["Workspace", "Copy", "Losses 한국어 🚀"]
    copy.delete()
    assert [view.name for view in ws.Workspace.views("digits", "lab")] == ["Workspace", "Losses 한국어 🚀"]


def test_deleting_the_first_view_leaves_it_as_it_was_at_first(store: Store) -> None:
    first = ws.Workspace.from_view("digits")
    first.settings.max_runs = 3
    first.save().delete()
    assert Documents(store).read("project", "/digits").tree == {}
    assert ws.Workspace.from_view("digits").settings.max_runs == 10


def test_the_first_view_is_always_there(store: Store) -> None:
    first = ws.Workspace.from_view("digits")
    assert (first.id, first.name, first.auto_generate_panels, first.settings.group_by_prefix) == (
        "default",
        "Workspace",
        True,
        "first",
    )
    first.settings.max_runs = 3
    first.save()
    assert view_of(store, first) == {"settings": {"max_runs": 3}}


def test_views_are_found_by_addresses_too() -> None:
    saved = losses().save()
    for name in (saved.id, "Losses%20%ED%95%9C%EA%B5%AD%EC%96%B4%20%F0%9F%9A%80"):
        assert ws.Workspace.from_url(f"https://host.example/lab/digits?nw={name}").id == saved.id
    assert saved.url is None
    with pytest.raises(NotFoundError, match=r"no view 'Losses 한국'.*'Losses 한국어"):
        ws.Workspace.from_view("lab/digits", "Losses 한국")


def test_every_kind_of_panel_survives_a_round_trip(store: Store) -> None:
    columns = [
        ws.ParallelCoordinatesPlotColumn("c::lr", log=True),
        ws.ParallelCoordinatesPlotColumn("acc", "Acc", True),
    ]
    panels: list[ws.Panel] = [
        ws.LinePlot(y=["a"], range_x=(0, None), metric_regex="val/.*", layout=ws.Layout(0, 0, 12, 6)),
        ws.ScatterPlot(x=ws.Config("lr"), y="acc", z="loss", log_x=True, regression=True),
        ws.BarPlot(metrics=["acc", ws.Summary("loss")], orientation="v"),
        ws.ScalarChart(metric=ws.Metric("Runtime"), groupby_aggfunc="max"),
        ws.ParallelCoordinatesPlot(columns=[*columns]),
        ws.ParameterImportancePlot(with_respect_to="acc"),
        ws.RunComparer(diff_only="split"),
        ws.MediaBrowser(media_keys=["samples"], num_columns=4, mode="grid", grid_x_axis="step"),
        ws.MarkdownPanel(markdown="*text*"),
        ws.CodeComparer(diff="unified"),
        ws.CustomChart(chart_name="lab/bars", chart_fields={"x": "a"}, query={"summary": ["a"]}),
    ]
    assert {panel.kind for panel in panels} == set(PANELS)
    saved = ws.Workspace("", "digits", "All", [ws.Section("All", panels)]).save()
    loaded = ws.Workspace.from_view("digits", "All")
    assert [type(panel) for panel in loaded.sections[0].panels] == [type(panel) for panel in panels]
    assert [panel.config() for panel in loaded.sections[0].panels] == [panel.config() for panel in panels]
    assert loaded._doc() == saved._doc()
    configs = {panel["kind"]: panel.get("config") for panel in view_of(store, saved)["panels"].values()}
    assert configs["scatter"] == {
        "x": "config.lr",
        "y": "summary.acc",
        "color": "summary.loss",
        "log_x": True,
        "regression": True,
    }
    assert configs["bar"] == {
        "field": "summary.acc",
        "fields": ["summary.acc", "summary.loss"],
        "orientation": "v",
    }
    assert configs["parallel"] == {
        "fields": ["config.lr", "summary.acc"],
        "log": ["config.lr"],
        "flip": ["summary.acc"],
        "names": {"summary.acc": "Acc"},
    }
    assert configs["importance"] == {"metric": "summary.acc"}
    assert configs["media"]["keys"] == ["samples"]
    line = next(one for one in view_of(store, saved)["panels"].values() if one["kind"] == "line")
    assert [line[name] for name in "xywh"] == [0, 0, 6, 6]
    assert line["config"]["range_x"] == [0, None]
    section = next(iter(view_of(store, saved)["sections"].values()))
    assert section["layout"] == "custom"


def test_a_section_has_settings_of_its_own(store: Store) -> None:
    section = ws.Section(
        "S",
        layout_settings=ws.SectionLayoutSettings(columns=2, rows=1),
        panel_settings=ws.SectionPanelSettings(x_min=25, smoothing_type="average", smoothing_weight=3),
    )
    saved = ws.Workspace("", "digits", sections=[section]).save()
    doc = view_of(store, saved)["sections"][section.id]
    assert (doc["columns"], doc["rows"], doc["open"]) == (2, 1, False)
    assert doc["settings"] == {"x_min": 25, "smoothing_type": "average", "smoothing_weight": 3}
    loaded = ws.Workspace.from_view("digits", "Untitled view").sections[0]
    assert loaded.panel_settings == section.panel_settings
    assert loaded.layout_settings == section.layout_settings


@pytest.mark.parametrize(
    ("filters", "text"),
    [
        ("Config('lr') = 0.001 and State = 'finished'", "Config('lr') = 0.001 and State = 'finished'"),
        (ws.Metric("val/loss") < 1, "`summary.val/loss` < 1"),
        (ws.Metric("Name") != 'a "b" 한', 'name != "a \\"b\\" 한"'),
        (ws.Metric("ID").isin(["a", "b"]), 'id in ["a", "b"]'),
        (ws.Config("opt").notin(["sgd"]), 'config.opt not in ["sgd"]'),
        (ws.Tags() == "best", 'tags = "best"'),
        (ws.Metric("CreatedTimestamp").within_last(5, "days"), "created_at within_last 5 days"),
        (ws.Or(ws.Config("a") == 1, ws.And(ws.Config("b") >= 2, ws.Config("c") == None)), None),  # noqa: E711
        ((ws.Config("a") == 1) & (ws.Config("b") == True) | (ws.Summary("c") > 2.5), None),  # noqa: E712
        ([], ""),
    ],
)
def test_filters_are_text_that_the_page_understands(store: Store, filters: Any, text: str | None) -> None:
    saved = ws.Workspace("", "digits", runset_settings=ws.RunsetSettings(filters=filters)).save()
    stored = view_of(store, saved).get("query", {}).get("filter", "")
    assert text is None or stored == text
    parse_expression(stored)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda w: setattr(w.runset_settings, "filters", "acc >"), "something is missing"),
        (lambda w: setattr(w.runset_settings, "pinned_runs", ["x"] * 21), "up to 20 runs"),
        (lambda w: setattr(w.settings, "smoothing_type", "fancy"), "smoothing_type must be one of"),
        (lambda w: setattr(w.settings, "max_runs", 0), "max_runs"),
        (lambda w: setattr(w, "name", " "), "name of a view"),
        (lambda w: setattr(w, "project", "a/b"), "project"),
        (lambda w: w.sections.append(w.sections[0]), "listed twice"),
        (lambda w: w.sections[0].panels.append(w.sections[0].panels[0]), "listed twice"),
        (lambda w: w.sections[0].panels.append("loss"), "panels such as LinePlot"),
        (
            lambda w: w.sections[0].panels.append(ws.LinePlot(y=["a"], range_x=(float("nan"), 1))),
            "nan is no JSON",
        ),
    ],
)
def test_what_means_nothing_is_refused_and_nothing_written(store: Store, change: Any, says: str) -> None:
    workspace = losses()
    change(workspace)
    with pytest.raises(UsageError, match=says):
        workspace.save()
    assert Documents(store).list("project") == []


def test_chained_comparisons_are_refused() -> None:
    with pytest.raises(UsageError, match="And"):
        0 < ws.Metric("acc") < 1  # noqa: B015
    with pytest.raises(UsageError, match="not with"):
        ws.Metric("acc") > ws.Metric("loss")  # noqa: B015


def test_importing_loads_nothing_heavy() -> None:
    code = "import nbtrack.workspaces, nbtrack, sys; print(*[m for m in ('sqlalchemy', 'pyarrow', 'pandas') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


# ---- places and changes ------------------------------------------------------------------------------------


def test_places_sort_and_leave_room() -> None:
    places = [place(index) for index in range(5000)]
    assert places == sorted(set(places))
    assert all(one < "a1" and not one.endswith("0") for one in places)


def test_places_stay_where_nothing_was_moved() -> None:
    assert placed(["a1", "a2", "b03"]) == ["a1", "a2", "b03"]
    assert placed(["a2", "a1"]) == [place(0), place(1)]
    assert placed(["a1", ""]) == [place(0), place(1)]


TREES = st.recursive(
    st.integers(0, 3) | st.booleans() | st.lists(st.integers(), max_size=2),
    lambda below: st.dictionaries(st.sampled_from("abc"), below, min_size=1, max_size=3),
    max_leaves=8,
)
DOCS = st.dictionaries(st.sampled_from("abc"), TREES, max_size=3)


@given(DOCS, DOCS)
def test_changes_lead_from_one_document_to_the_other(before: dict[str, Any], after: dict[str, Any]) -> None:
    from nbtrack.store.frames import Meta
    from nbtrack.store.tree import Tree

    tree = Tree()
    for clock, edit in enumerate([*changes({}, before), *changes(before, after)], 1):
        tree.take("w", Meta(edit.op, tuple(edit.path), edit.value, clock))
    assert tree.document().tree == after
    assert list(changes(after, after)) == []
