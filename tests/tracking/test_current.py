"""`nbtrack.log` and its like; the run's smaller methods."""

from __future__ import annotations

import datetime
import hashlib

import pytest

import nbtrack
from nbtrack import NbtrackWarning
from nbtrack.errors import LogTypeError, LogValueError, NotFoundError, UnsupportedError, UsageError
from nbtrack.store.model import CellExecution
from nbtrack.tracking import cells
from nbtrack.tracking.settings import Settings
from tests.tracking.conftest import points


@pytest.mark.parametrize(
    "call",
    [
        lambda: nbtrack.log({"a": 1}),
        lambda: nbtrack.define_metric("a"),
        lambda: nbtrack.alert("a"),
        lambda: nbtrack.save("a"),
        nbtrack.mark_preempting,
        lambda: nbtrack.config.lr,
        lambda: nbtrack.config["lr"],
        lambda: nbtrack.config.update({"a": 1}),
        lambda: nbtrack.summary.update({"a": 1}),
        lambda: setattr(nbtrack.config, "lr", 1),
        lambda: nbtrack.summary["a"],
        lambda: list(nbtrack.summary),
        lambda: nbtrack.summary.__setitem__("a", 1),
    ],
)
def test_before_init_everything_says_so(call):
    with pytest.raises(nbtrack.Error, match=r"You must call nbtrack\.init\(\) before nbtrack\."):
        call()


def test_before_init_there_is_no_run():
    assert nbtrack.run is None
    nbtrack.finish()
    assert "before nbtrack.init()" in repr(nbtrack.config)


def test_functions_act_on_the_current_run(read):
    run = nbtrack.init()
    assert nbtrack.run is run
    nbtrack.log({"a": 1})
    nbtrack.config.lr = 0.5
    nbtrack.summary["s"] = 2
    nbtrack.define_metric("a", summary="max")
    nbtrack.finish()
    reader = read(run)
    assert {k: v for k, v in reader.summary().items() if k[0] != "_"} == {"a": {"max": 1}, "s": 2}
    assert reader.config == {"lr": 0.5}
    assert nbtrack.run is None


def test_login_setup_teardown(run):
    assert nbtrack.login(key="x", relogin=True) is True
    assert isinstance(nbtrack.setup(), Settings)
    nbtrack.teardown()
    assert run.status() == "finished"


def test_alerts_are_kept_side_by_side(run, read, capsys):
    from nbtrack.tracking import term

    term.configure(silent=False)
    run.alert("low", "accuracy", level="warn")
    run.alert("other", "x", level=nbtrack.AlertLevel.ERROR)
    run.log({"a": 1})
    run.alert("third")
    rows = read(run).objects("_alert")
    assert [(row.step, row.meta["title"], row.meta["level"]) for row in rows] == [
        (0, "low", "WARN"),
        (0, "other", "ERROR"),
        (1, "third", "INFO"),
    ]
    said = capsys.readouterr().err
    assert "WARNING low: accuracy" in said
    assert "ERROR other: x" in said


def test_a_title_is_not_repeated_for_a_while(run, read):
    for _ in range(3):
        run.alert("same", wait_duration=datetime.timedelta(hours=1))
    run.alert("none", wait_duration=0)
    run.alert("none", wait_duration=0)
    assert [row.meta["title"] for row in read(run).objects("_alert")] == ["same", "none", "none"]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"title": "x" * 64}, LogValueError, "64"),
        ({"title": ""}, LogValueError, "title"),
        ({"title": 3}, LogTypeError, "title"),
        ({"title": "a", "text": 3}, LogTypeError, "text"),
        ({"title": "a", "level": "LOUD"}, LogValueError, "INFO, WARN, ERROR"),
        ({"title": "a", "wait_duration": "long"}, LogTypeError, "wait_duration"),
        ({"title": "a", "wait_duration": -1}, LogValueError, "wait_duration"),
    ],
)
def test_wrong_alerts_are_named(run, arguments, error, message):
    with pytest.raises(error, match=message):
        run.alert(**arguments)


def test_save_copies_files_and_keeps_their_paths(run, tmp_path):
    (tmp_path / "ck" / "deep").mkdir(parents=True)
    (tmp_path / "ck" / "a.pt").write_text("a")
    (tmp_path / "ck" / "deep" / "b.pt").write_text("b")
    assert len(run.save("ck/*.pt")) == 1
    run.save(tmp_path / "ck" / "deep" / "b.pt", base_path=tmp_path)
    (tmp_path / "abs.txt").write_text("abs")
    run.save(str(tmp_path / "abs.txt"), policy="now")
    folder = run.store.run_dir(run.id) / "files"
    assert (folder / "ck" / "a.pt").read_text() == "a"
    assert (folder / "ck" / "deep" / "b.pt").read_text() == "b"
    assert (folder / "abs.txt").read_text() == "abs"
    assert run.dir == str(folder)


def test_live_files_are_copied_again_at_the_end(run, tmp_path):
    (tmp_path / "a.txt").write_text("old")
    (tmp_path / "now.txt").write_text("old")
    run.save("a.txt")
    run.save("now.txt", policy="now")
    with pytest.warns(NbtrackWarning, match=r"nothing matches '\*\.later'"):
        run.save("*.later", policy="end")
    for name in ("a.txt", "now.txt", "x.later"):
        (tmp_path / name).write_text("new")
    run.finish()
    folder = run.store.run_dir(run.id) / "files"
    assert [(folder / name).read_text() for name in ("a.txt", "now.txt", "x.later")] == ["new", "old", "new"]


def test_nothing_is_saved_outside_of_the_run(run, tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "secret").write_text("x")
    with pytest.raises(UsageError, match="outside"):
        run.save("secret", base_path="sub")
    with pytest.raises(UsageError, match="outside"):
        run.save("../secret")
    with pytest.raises(UsageError, match="leads out"):
        run.restore("../../../../secret")
    with pytest.raises(UsageError, match="policy"):
        run.save("secret", policy="never")
    with pytest.raises(UsageError, match="local path"):
        run.save("s3://bucket/x")


def test_names_with_wildcard_characters(run, tmp_path):
    (tmp_path / "a[1].txt").write_text("x")
    (copy,) = run.save("a[1].txt", glob=False)
    assert copy.endswith("a[1].txt")


def test_restore_from_this_and_other_runs(tmp_path):
    (tmp_path / "m.txt").write_text("first")
    first = nbtrack.init(project="p", id="one")
    first.save("m.txt")
    first.finish()
    (tmp_path / "m.txt").unlink()
    run = nbtrack.init(project="p", id="two")
    with run.restore("m.txt", "p/one") as file:
        assert file.read() == "first"
    assert (tmp_path / "m.txt").read_text() == "first"
    (tmp_path / "m.txt").write_text("mine")
    run.restore("m.txt", "me/p/one").close()
    assert (tmp_path / "m.txt").read_text() == "mine"
    run.restore("m.txt", "one", replace=True).close()
    assert (tmp_path / "m.txt").read_text() == "first"
    run.restore("m.txt", "one", root=str(tmp_path / "elsewhere")).close()
    assert (tmp_path / "elsewhere" / "m.txt").exists()
    with pytest.raises(ValueError, match="Could not find run"):
        run.restore("m.txt", "p/nope")
    with pytest.raises(NotFoundError, match="nope"):
        run.restore("nope", "one")


def test_log_code(run, tmp_path):
    source = tmp_path / "src"
    for name in ("a.py", "pkg/b.py", "requirements.txt", "data.bin", ".venv/x.py", "__pycache__/c.py"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text("x")
    run.log_code(source)
    folder = run.store.run_dir(run.id) / "files" / "code"
    assert sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()) == [
        "a.py",
        "pkg/b.py",
        "requirements.txt",
    ]
    kept = run.log_code(
        source, include_fn=lambda path, root: path.endswith(".bin"), exclude_fn=lambda path: False
    )
    assert len(kept) == 1


@pytest.mark.parametrize(
    "method",
    [
        "watch",
        "unwatch",
        "log_artifact",
        "use_artifact",
        "link_artifact",
        "log_model",
        "use_model",
        "link_model",
    ],
)
def test_what_comes_later_says_so(run, method):
    with pytest.raises(UnsupportedError, match=r"not in this version of nbtrack"):
        getattr(run, method)("x")


def test_pinned_config_keys_and_preempting(run, read):
    run.pin_config_keys(["lr"])
    run.mark_preempting()
    other = read(run).meta.other
    assert other["pinned_config"] == ["lr"]
    assert other["preempting"] >= run.start_time


def test_write_logs(run, read):
    run.write_logs("hello\n")
    assert [line.text for line in read(run).console()] == ["hello\n"]


def test_old_wandb_methods(run):
    assert (run.get_url(), run.get_project_url(), run.get_sweep_url()) == (None, None, None)
    assert run.project_name() == "test"


def execution(number, source):
    sha = hashlib.sha256(source.encode()).hexdigest()
    return CellExecution(number, f"cell-{number}", number, 1.0 * number, sha, "nb.ipynb")


def test_rows_know_the_cell_that_wrote_them(run, read):
    run.log({"a": 1})
    for number, source in ((5, "run.log(5)"), (6, "run.log(6)")):
        cells.set_current(execution(number, source), source)
        run.log({"a": number})
        run.log({"text": "x"})
    cells.set_current(None)
    run.log({"a": 3})
    reader = read(run)
    assert points(reader, "_cell") == {1: 5, 2: 5, 3: 6, 4: 6}
    assert [row.cell for row in reader.objects("text")] == [5, 6]
    assert [cell.cell_id for cell in reader.cells()] == ["cell-5", "cell-6"]
    assert reader.blob(reader.cells()[0].source) == b"run.log(5)"
