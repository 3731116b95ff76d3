"""Who a run is, and where it goes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import nbtrack
from nbtrack import NbtrackWarning
from nbtrack.errors import NotFoundError, StoreVersionError, UsageError
from nbtrack.store.layout import Store
from nbtrack.store.reader import RunReader
from nbtrack.tracking import cells
from tests.tracking.conftest import points


def test_what_is_said_is_on_record(read, store_dir):
    run = nbtrack.init(
        entity="me",
        project="digits",
        id="abc",
        name="first",
        notes="n",
        tags=["a", "b", "a"],
        group="g",
        job_type="train",
    )
    meta = read(run).meta
    assert (meta.id, meta.project, meta.entity, meta.name) == ("abc", "digits", "me", "first")
    assert (meta.notes, meta.tags, meta.group, meta.job_type) == ("n", ("a", "b"), "g", "train")
    assert meta.created == run.start_time
    assert run.path == "me/digits/abc"
    assert run.store.root == store_dir
    assert (run.url, run.project_url, run.sweep_id, run.resumed, run.disabled) == (
        None,
        None,
        None,
        False,
        False,
    )


def test_defaults(tmp_path, read):
    run = nbtrack.init()
    assert run.project == "uncategorized"
    assert len(run.id) == 8
    assert run.id.isalnum()
    words = run.name.split("-")
    assert len(words) == 3
    assert words[2] == "1"
    assert run.path == f"uncategorized/{run.id}"
    run.finish()
    assert nbtrack.init().name.endswith("-2")


def test_the_git_repository_names_the_project(tmp_path, monkeypatch):
    deep = tmp_path / "my-repo" / "sub" / "deeper"
    deep.mkdir(parents=True)
    (tmp_path / "my-repo" / ".git").mkdir()
    monkeypatch.chdir(deep)
    assert nbtrack.init().project == "my-repo_sub_deeper"


def test_an_empty_project_is_the_default():
    assert nbtrack.init(project="").project == "uncategorized"


@pytest.mark.parametrize("project", ["<your-project>", "한글 프로젝트", "a.b-c_d", "x" * 128])
def test_usable_project_names(project, read):
    run = nbtrack.init(project=project, entity="<entity>")
    assert read(run).meta.project == project


@pytest.mark.parametrize("project", ["a/b", "a\\b", "a#b", "a?b", "a%b", "a:b", "x" * 129])
def test_unusable_project_names(project, store_dir):
    with pytest.raises(UsageError, match="project"):
        nbtrack.init(project=project)
    assert not store_dir.exists()


@pytest.mark.parametrize("run_id", ["", " a", "a ", "a:b", "a;b", "a,b", "a#b", "a?b", "a/b", "a'b"])
def test_unusable_ids(run_id):
    with pytest.raises(UsageError, match="id"):
        nbtrack.init(id=run_id)


@pytest.mark.parametrize("run_id", ["한글", "a b", "..", "A.B", "x" * 300, "CON"])
def test_unusual_ids_work(run_id, read):
    run = nbtrack.init(id=run_id)
    run.log({"a": 1})
    assert points(read(run), "a") == {0: 1}
    assert [found for found, _ in run.store.run_dirs()] == [run_id]


@pytest.mark.parametrize("tags", [[""], ["x" * 65], [3], [None]])
def test_unusable_tags(tags):
    with pytest.raises(UsageError, match="tag"):
        nbtrack.init(tags=tags)


def test_tags_may_be_one_text_and_set_later(read):
    run = nbtrack.init(tags="one")
    run.tags += ("two",)
    assert run.tags == read(run).meta.tags == ("one", "two")
    with pytest.warns(NbtrackWarning, match="stays"):
        run.tags = ["x" * 65]
    assert run.tags == ("one", "two")


def test_name_and_notes_can_be_set(run, read):
    run.name = "new"
    run.notes = "why"
    meta = read(run).meta
    assert (meta.name, meta.notes, run.name, run.notes) == ("new", "why", "new", "why")


@pytest.mark.parametrize("attribute", ["foo", "id", "step", "log"])
def test_other_attributes_cannot_be_set(run, attribute):
    with pytest.raises(Exception, match=f"{attribute}"):
        setattr(run, attribute, 1)


def test_unknown_attributes_say_so(run):
    with pytest.raises(Exception, match="Attribute foo is not supported on Run object"):
        run.foo = 1


def test_arguments_without_meaning_are_named_once():
    with pytest.warns(NbtrackWarning, match="force, sync_tensorboard, monitor_gym, anonymous, magic") as said:
        nbtrack.init(
            force=True,
            sync_tensorboard=True,
            monitor_gym=True,
            anonymous="allow",
            magic=True,
            tensorboard=False,
        )
    assert len(said) == 1
    assert said[0].filename == __file__


def test_environment_of_wandb(monkeypatch, read):
    for name, value in {
        "PROJECT": "env-project",
        "ENTITY": "env-entity",
        "NAME": "env-name",
        "NOTES": "env-notes",
        "TAGS": "a, b",
        "RUN_ID": "env-id",
        "RUN_GROUP": "env-group",
        "JOB_TYPE": "env-job",
    }.items():
        monkeypatch.setenv(f"WANDB_{name}", value)
    run = nbtrack.init()
    assert (run.path, run.name, run.notes, run.tags, run.group, run.job_type) == (
        "env-entity/env-project/env-id",
        "env-name",
        "env-notes",
        ("a", "b"),
        "env-group",
        "env-job",
    )


def test_nbtrack_variables_win_over_wandbs_and_arguments_over_both(monkeypatch):
    monkeypatch.setenv("WANDB_PROJECT", "w")
    monkeypatch.setenv("NBTRACK_PROJECT", "n")
    assert nbtrack.init(reinit="create_new").project == "n"
    assert nbtrack.init(reinit="create_new", settings={"project": "s"}).project == "s"
    assert nbtrack.init(reinit="create_new", settings={"project": "s"}, project="a").project == "a"


def test_dir_is_the_folder_beside_which_the_store_lies(tmp_path, monkeypatch):
    run = nbtrack.init(dir=tmp_path / "work", reinit="create_new")
    assert run.store.root == tmp_path / "work" / "nbtrack"
    again = nbtrack.init(dir=str(run.store.root), reinit="create_new")
    assert again.store.root == run.store.root
    monkeypatch.delenv("NBTRACK_DIR")
    assert nbtrack.init(reinit="create_new").store.root == tmp_path / "nbtrack"
    monkeypatch.setenv("WANDB_DIR", str(tmp_path / "w"))
    assert nbtrack.init(reinit="create_new").store.root == tmp_path / "w" / "nbtrack"
    monkeypatch.setenv("NBTRACK_DIR", str(tmp_path / "named"))
    assert nbtrack.init(reinit="create_new").store.root == tmp_path / "named"


def test_a_store_that_cannot_be_made_is_replaced_with_a_warning(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("NBTRACK_DIR", str(tmp_path / "file" / "store"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.warns(NbtrackWarning, match="cannot be written"):
        run = nbtrack.init()
    run.log({"a": 1})
    assert run.store.root.is_relative_to(tmp_path)
    assert run.summary["a"] == 1


def test_a_store_of_the_future_is_refused(store_dir):
    store = Store.open(store_dir, create=True)
    marker = store.root / "nbtrack.json"
    marker.write_text(marker.read_text().replace('"min_writer": 1', '"min_writer": 99'))
    with pytest.raises(StoreVersionError, match="Upgrade"):
        nbtrack.init()


# ---- reinit


def test_scripts_return_the_open_run():
    first = nbtrack.init(project="p")
    assert nbtrack.init() is first
    with pytest.warns(NbtrackWarning, match="project, config of this call have no effect"):
        assert nbtrack.init(project="q", config={"a": 1}) is first


def test_notebooks_finish_it(monkeypatch):
    monkeypatch.setattr(cells, "in_notebook", lambda: True)
    first = nbtrack.init()
    second = nbtrack.init()
    assert second is not first
    assert first.status() == "finished"
    assert nbtrack.run is second


@pytest.mark.parametrize("reinit", [True, "finish_previous"])
def test_finish_previous(reinit):
    first = nbtrack.init()
    assert nbtrack.init(reinit=reinit) is nbtrack.run is not first
    assert first.status() == "finished"


@pytest.mark.parametrize("reinit", [False, "return_previous"])
def test_return_previous(reinit):
    first = nbtrack.init()
    assert nbtrack.init(reinit=reinit) is first


def test_create_new_leaves_the_current_run_alone(read):
    first = nbtrack.init()
    second = nbtrack.init(reinit="create_new")
    first.log({"a": 1})
    second.log({"a": 2})
    assert nbtrack.run is first
    assert (points(read(first), "a"), points(read(second), "a")) == ({0: 1}, {0: 2})


def test_unknown_reinit_and_mode():
    with pytest.raises(UsageError, match="reinit"):
        nbtrack.init(reinit="sometimes")
    with pytest.raises(UsageError, match=r"mode.*online, offline"):
        nbtrack.init(mode="cloud")


@pytest.mark.parametrize(
    ("mode", "offline"), [("online", False), ("offline", True), ("dryrun", True), ("shared", False)]
)
def test_modes_all_record(mode, offline, read):
    run = nbtrack.init(mode=mode)
    run.log({"a": 1})
    assert run.offline is offline
    assert points(read(run), "a") == {0: 1}


# ---- resume


def finished(run_id="r1", **options):
    run = nbtrack.init(id=run_id, project="p", name="n", config={"lr": 1}, **options)
    for i in range(3):
        run.log({"a": i})
    run.finish()
    return run


@pytest.mark.parametrize("resume", ["allow", "must", "auto", True])
def test_resume_goes_on_after_the_last_step(read, resume):
    finished()
    run = nbtrack.init(id="r1", resume=resume)
    assert (run.resumed, run.step, run.starting_step) == (True, 3, 3)
    assert (run.project, run.name, run.config.lr) == ("p", "n", 1)
    run.log({"a": 10})
    assert run.status() == "running"
    reader = read(run)
    assert points(reader, "a") == {0: 0, 1: 1, 2: 2, 3: 10}
    runtime = reader.series("_runtime").values
    assert (runtime[1:] >= runtime[:-1]).all()
    run.finish()
    assert run.status() == "finished"


def test_resume_by_environment(monkeypatch):
    finished()
    monkeypatch.setenv("WANDB_RESUME", "must")
    monkeypatch.setenv("WANDB_RUN_ID", "r1")
    assert nbtrack.init().step == 3


def test_resumed_runs_take_new_names_and_config(read):
    finished()
    run = nbtrack.init(id="r1", resume="allow", name="other", config={"lr": 2, "b": 3})
    meta = read(run).meta
    assert (meta.name, meta.project) == ("other", "p")
    assert read(run).config == {"lr": 2, "b": 3}


def test_resume_allow_makes_what_is_not_there():
    run = nbtrack.init(id="new", resume="allow")
    assert (run.resumed, run.step) == (False, 0)


def test_resume_must_and_never():
    with pytest.raises(UsageError, match="'new' is not in the store"):
        nbtrack.init(id="new", resume="must")
    with pytest.raises(UsageError, match="needs the id"):
        nbtrack.init(resume="must")
    finished()
    with pytest.raises(UsageError, match="'r1' exists already"):
        nbtrack.init(id="r1", resume="never")
    with pytest.raises(UsageError, match="resume must be one of"):
        nbtrack.init(id="r1", resume="perhaps")


def test_resume_must_is_refused_while_another_run_is_open():
    finished()
    nbtrack.init(id="r2")
    with pytest.raises(UsageError, match=r"'r1' while run 'r2' is open"):
        nbtrack.init(id="r1", resume="must")


def test_an_existing_id_without_resume_goes_on_with_a_warning(read):
    finished()
    with pytest.warns(NbtrackWarning, match=r"'r1' exists already.*resume="):
        run = nbtrack.init(id="r1")
    run.log({"a": 9})
    assert points(read(run), "a") == {0: 0, 1: 1, 2: 2, 3: 9}


def test_resume_auto_finds_what_did_not_end_well():
    first = nbtrack.init(resume="auto")
    first.log({"a": 1})
    first.finish(exit_code=1)
    second = nbtrack.init(resume=True)
    assert (second.id, second.step) == (first.id, 1)
    second.finish()
    third = nbtrack.init(resume="auto")
    assert third.id != first.id


def test_define_metric_survives_a_resume(read):
    run = nbtrack.init(id="r1")
    run.define_metric("val", step_metric="epoch", summary="max")
    run.log({"epoch": 7})
    run.finish()
    run = nbtrack.init(id="r1", resume="must")
    run.log({"val": 3})
    run.log({"val": 2})
    assert points(read(run), "epoch") == {0: 7, 1: 7, 2: 7}
    assert run.summary["val"] == {"max": 3}


def test_shared_mode_joins_at_step_0(read):
    first = nbtrack.init(id="r1", mode="shared", reinit="create_new")
    first.log({"a": 1})
    second = nbtrack.init(id="r1", mode="shared", reinit="create_new")
    second.log({"b": 2})
    assert points(read(first), "b") == {0: 2}


def test_fork_from_takes_the_history_along(read):
    import numpy as np

    parent = nbtrack.init(id="p1", config={"lr": 1, "b": 2})
    parent.define_metric("a", summary="max")
    for i in range(5):
        parent.log({"a": i, "text": f"t{i}", "hist": nbtrack.Histogram(np.arange(10) + i)})
    parent.finish()
    child = nbtrack.init(fork_from="p1?_step=2", config={"lr": 5}, id="c1")
    assert (child.id, child.step) == ("c1", 3)
    assert child.config.as_dict() == {"lr": 5, "b": 2}
    child.log({"a": 1})
    child.finish()
    ours, theirs = read(child), read(parent)
    assert points(ours, "a") == {0: 0, 1: 1, 2: 2, 3: 1}
    assert ours.series("_timestamp").values[:3].tolist() == theirs.series("_timestamp").values[:3].tolist()
    assert [row.meta for row in ours.objects("text")] == [{"value": f"t{i}"} for i in range(3)]
    assert [row.meta for row in ours.objects("hist")] == [row.meta for row in theirs.objects("hist")[:3]]
    assert ours.summary()["a"] == {"max": 2}
    assert ours.meta.other["parent"] == {"run": "p1", "step": 2}
    assert ours.state() == "finished"
    runtime = ours.series("_runtime").values
    assert (runtime[1:] >= runtime[:-1]).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"fork_from": "p1"}, r"fork_from must look like"),
        ({"resume_from": "p1?loss=3"}, r"resume_from must look like"),
        ({"fork_from": "p1?_step=-1"}, r"must look like"),
        ({"fork_from": "p1?_step=1", "id": "p1"}, "begins a new run"),
        ({"resume_from": "p1?_step=1", "id": "p2"}, "but id is 'p2'"),
        ({"fork_from": "p1?_step=1", "resume": "allow"}, "exclude each other"),
        ({"fork_from": "p1?_step=1", "resume_from": "p1?_step=1"}, "exclude each other"),
    ],
)
def test_moments_that_cannot_be(arguments, message):
    with pytest.raises(UsageError, match=message):
        nbtrack.init(**arguments)


@pytest.mark.parametrize("argument", ["fork_from", "resume_from"])
def test_moments_of_unknown_runs(argument):
    with pytest.raises(NotFoundError, match="nope"):
        nbtrack.init(**{argument: "nope?_step=1"})
    assert nbtrack.run is None


# ---- attach, pickle


def test_attach_writes_beside_the_run_and_does_not_end_it(run, read):
    run.log({"a": 1})
    other = nbtrack.attach(run.id, step=0)
    other.log({"b": 2})
    other.finish()
    assert run.status() == "running"
    run.finish()
    assert run.status() == "finished"
    assert points(read(run), "b") == {0: 2}
    with pytest.raises(NotFoundError, match="nope"):
        nbtrack.attach("nope")


def test_a_run_can_be_sent_to_another_process(run, read):
    import pickle

    run.log({"a": 1})
    script = "import pickle, sys; run = pickle.load(sys.stdin.buffer); run.log({'b': run.step}); run.finish()"
    subprocess.run(
        [sys.executable, "-c", script],
        input=pickle.dumps(run),
        check=True,
        cwd=Path(nbtrack.__file__).parents[1],
    )
    assert points(read(run), "b") == {1: 1}
    assert run.status() == "running"


def test_starting_and_logging_imports_nothing_heavy(tmp_path):
    script = (
        "import nbtrack, sys\n"
        "run = nbtrack.init(settings={'quiet': True})\n"
        "for i in range(3): run.log({'a': 1.0, 'b': i, 's': 'x'})\n"
        "heavy = {'pyarrow', 'sqlalchemy', 'pandas', 'anywidget', 'PIL', 'matplotlib', 'IPython'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(nbtrack.__file__).parents[1])}
    subprocess.run([sys.executable, "-c", script], check=True, env=env, cwd=tmp_path)


def test_code_and_arguments_are_recorded(monkeypatch, read, tmp_path):
    script = tmp_path / "train.py"
    script.write_text("import nbtrack\nrun = nbtrack.init(id='c1', save_code=True)\nrun.log({'a': 1})\n")
    env = {**os.environ, "PYTHONPATH": str(Path(nbtrack.__file__).parents[1]), "NBTRACK_PACKAGES": "on"}
    del env["NBTRACK_SILENT"]
    subprocess.run([sys.executable, str(script), "--lr", "3"], check=True, env=env, cwd=tmp_path)
    reader = RunReader(Store.open(), "c1")
    reader.refresh()
    other = reader.meta.other
    assert other["args"] == ["--lr", "3"]
    assert other["program"].endswith("train.py")
    assert other["python"] == ".".join(map(str, sys.version_info[:3]))
    assert other["packages"]["count"] > 5
    assert (reader.run_dir / "files" / "code" / "train.py").read_text() == script.read_text()
