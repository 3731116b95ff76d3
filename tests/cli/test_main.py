from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import nbtrack
from nbtrack.cli.main import main
from nbtrack.store.layout import Store

Out = pytest.CaptureFixture[str]


def lines(capsys: Out) -> list[str]:
    return capsys.readouterr().out.splitlines()


def test_runs_are_listed_latest_first(store_dir: Path, capsys: Out) -> None:
    assert main(["runs"]) == 0
    head, *rows = lines(capsys)
    assert head.split() == ["ID", "NAME", "PROJECT", "STATE", "CREATED", "DURATION", "STEP"]
    assert [row.split()[0] for row in rows] == ["three", "two", "one"]
    assert "failed" in rows[1]


def test_names_cannot_reach_the_terminal_as_control_characters(store_dir: Path, capsys: Out) -> None:
    main(["runs"])
    assert capsys.readouterr().out.replace("\n", "").isprintable()


def test_runs_are_chosen_sorted_and_limited(store_dir: Path, capsys: Out) -> None:
    assert main(["runs", "digits", "--sort", "config.lr.value"]) == 0
    assert [row.split()[0] for row in lines(capsys)[1:]] == ["two", "one"]
    assert main(["runs", "--filter", '{"config.lr": {"$gt": 0.05}}']) == 0
    assert [row.split()[0] for row in lines(capsys)[1:]] == ["one"]
    assert main(["runs", "--sort=-summary_metrics.acc", "--limit", "1"]) == 0
    assert [row.split()[0] for row in lines(capsys)[1:]] == ["one", "…"]
    assert main(["runs", "nothing"]) == 0
    assert len(lines(capsys)) == 1


def test_json_is_strict_and_holds_config_and_summary(store_dir: Path, capsys: Out) -> None:
    assert main(["runs", "digits", "--json"]) == 0
    found = json.loads(capsys.readouterr().out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert [run["id"] for run in found] == ["two", "one"]
    assert found[1]["config"] == {"lr": 0.1}
    assert found[1]["summary"]["acc"] == 0.2
    assert found[1]["summary"]["odd"] == "NaN"


@pytest.mark.parametrize(
    "argv",
    [
        ["runs", "--filter", "{"],
        ["runs", "--filter", '{"nope": 1}'],
        ["runs", "--filter", "[]"],
        ["runs", "--sort", "nope"],
        ["runs", "a/b/c"],
    ],
)
def test_what_cannot_be_understood_is_said_in_one_line(store_dir: Path, capsys: Out, argv: list[str]) -> None:
    assert main(argv) == 2
    error = capsys.readouterr().err
    assert error.startswith("nbtrack: ")
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    "argv", [[], ["nope"], ["runs", "--limit", "0"], ["runs", "--limit", "x"], ["tidy", "--run"]]
)
def test_a_wrong_command_line_exits_with_two(argv: list[str], capsys: Out) -> None:
    with pytest.raises(SystemExit) as raised:
        main(argv)
    assert raised.value.code == 2
    assert "usage: nbtrack" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [["runs"], ["tidy"], ["fsck"]])
def test_no_store_is_said_and_exits_with_one(tmp_path: Path, capsys: Out, argv: list[str]) -> None:
    assert main([*argv, "--store", str(tmp_path / "nowhere")]) == 1
    assert "no store in" in capsys.readouterr().err


def test_the_store_may_be_named(store_dir: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NBTRACK_DIR")
    assert main(["runs", "faces", "--store", str(store_dir)]) == 0
    assert len(lines(capsys)) == 2


def test_tidy_seals_what_is_closed_and_loses_nothing(store_dir: Path, capsys: Out) -> None:
    def rows() -> list[dict]:
        return list(nbtrack.Api(dir=store_dir).run("one").scan_history(keys=["acc"]))

    before = rows()
    assert main(["tidy", "--run", "one", "--run", "two"]) == 0
    assert "2 runs" in capsys.readouterr().out
    assert main(["tidy"]) == 0
    assert rows() == before


def test_tidy_of_a_run_that_is_not_there_says_so(store_dir: Path, capsys: Out) -> None:
    assert main(["tidy", "--run", "nope"]) == 1
    assert "'nope'" in capsys.readouterr().err


def test_tidy_finishes_the_media_of_a_killed_process(tmp_path: Path, capsys: Out) -> None:
    # 12 MB take far longer to encode than the next statement to kill
    script = (
        "import os, signal, numpy as np, nbtrack\n"
        "run = nbtrack.init(project='p', id='killed')\n"
        "picture = np.random.default_rng(0).integers(0, 256, (2000, 2000, 3), np.uint8)\n"
        "run.log({'pic': nbtrack.Image(picture)})\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    store = tmp_path / "killed"
    environment = {
        **os.environ,
        "NBTRACK_DIR": str(store),
        "NBTRACK_SEAL": "off",
        "NBTRACK_SYSTEM_METRICS": "off",
    }
    died = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=False)
    assert died.returncode == -9, died.stderr.decode()
    assert main(["tidy", "--store", str(store)]) == 0
    assert "encoded 1 media of killed processes" in capsys.readouterr().out
    picture = nbtrack.Api(dir=store).run("killed").media("pic")[0].to_numpy()
    assert np.array_equal(picture, np.random.default_rng(0).integers(0, 256, (2000, 2000, 3), np.uint8))


def test_fsck_finds_nothing_wrong_with_a_sound_store(store_dir: Path, capsys: Out) -> None:
    assert main(["fsck"]) == 0
    assert "0 problems" in capsys.readouterr().out


def test_fsck_finds_a_missing_blob(store_dir: Path, capsys: Out) -> None:
    run = nbtrack.init(project="p", id="lossy")
    run.log({"pic": nbtrack.Image(np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8))})
    run.finish()
    for path in (store_dir / "blobs").rglob("*"):
        if path.is_file():
            path.unlink()
    assert main(["fsck"]) == 1
    assert "1 problem in" in capsys.readouterr().out


def test_doctor_reports_and_its_exit_code_says_whether_all_is_well(store_dir: Path, capsys: Out) -> None:
    assert main(["doctor"]) == (0 if nbtrack.doctor().ok else 1)
    assert str(store_dir) in capsys.readouterr().out


def test_doctor_reports_on_a_store_that_is_not_there(tmp_path: Path, capsys: Out) -> None:
    assert main(["doctor", "--store", str(tmp_path / "nowhere")]) == 1
    assert "no store in" in capsys.readouterr().out


def test_a_reader_that_goes_away_is_no_error(store_dir: Path) -> None:
    command = f"{sys.executable} -m nbtrack.cli.main runs --json | head -c 1"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True, check=False
    )
    assert done.stdout == "["
    assert done.stderr == ""


def test_it_runs_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "nbtrack.cli.main", "--help"], capture_output=True, text=True, check=True
    )
    assert all(name in done.stdout for name in ("runs", "tidy", "doctor", "fsck"))


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom nbtrack.cli.main import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "print(sorted({'numpy', 'pyarrow', 'sqlalchemy', 'PIL'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_tidy_opens_the_store_it_is_given_by_path(store_dir: Path) -> None:
    assert Store.open(store_dir).run_dir("one") is not None
    assert main(["tidy", "--store", str(store_dir), "--run", "one"]) == 0
