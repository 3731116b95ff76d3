from __future__ import annotations

import json
import random
import string
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from nbtrack.store import frames
from nbtrack.store.journal import Journal
from nbtrack.store.layout import Store
from nbtrack.store.model import CellExecution, Pending, SpoolRef
from nbtrack.store.reader import RunReader
from nbtrack.store.seal import GROUP, clean, seal
from nbtrack.store.sealed import GROUP_ROWS, SMALL_KEY
from tests.store.logs import START, Log

if TYPE_CHECKING:
    from pathlib import Path

NAN = float("nan")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store", create=True)


def everything(reader: RunReader) -> dict[str, Any]:
    """All that a reader says of a run, comparable."""
    keys = reader.keys(internal=True)
    return {
        "series": {
            key: (
                reader.series(key).dtype,
                reader.series(key).steps.tolist(),
                repr(reader.series(key).values.tolist()),
            )
            for key in keys
            if keys[key].n
        },
        "keys": {
            key: repr((i.kinds, i.dtype, i.n, i.first_step, i.last_step, i.min, i.max, i.last))
            for key, i in keys.items()
        },
        "objects": reader.objects(),
        "cells": reader.cells(),
        "console": reader.console(),
        "summary": repr(reader.summary()),
        "config": reader.config,
        "metrics": reader.metrics(),
        "meta": reader.meta,
        "state": reader.state(),
        "last_step": reader.last_step,
    }


def names(log: Log, suffix: str = "") -> list[str]:
    return sorted(p.name for p in log.dir.iterdir() if p.name.endswith(suffix))


def rich_run(store: Store, writer: str = "aaaaaaaaaa") -> Log:
    """A run with something of everything."""
    rng = random.Random(1)
    log = Log(store, writer=writer, started=-1.0, offset=5.0)
    log.set(0, "run", "name", value="rich").set(0, "config", "lr", value=0.1)
    log.set(0, "metric", "acc", value={"summary": ["max", "mean"]})
    log.cell(CellExecution(11, "c1", 1, START, "1" * 64))
    for step in range(50):
        log.row(step, step + 0.1, "fi", loss=1 / (step + 1), n=step)
        if step % 5 == 0:
            log.row(step, step + 0.2, acc=rng.random() if step else NAN)
            log.obj(
                step,
                step + 0.3,
                "x",
                {"w": 1},
                kind="image-file",
                pending=Pending("png", {}, SpoolRef("s", 0, 1)),
            )
        if step == 20:
            log.rotate(step + 0.4).cell(CellExecution(12, "c2", 2, START + 20, "2" * 64))
    log.named(5_000, 5, {"_sys/cpu": 1.0}).named(6_000, 6, {"_sys/cpu": 2.0})
    log.row(7, 60, loss=-1.0)  # late
    log.obj(0, 0.3, "x", {"w": 1, "format": "png"}, kind="image-file", blob=log.blob(b"picture"))
    log.text(61, "hello\n").set(62, "summary", "loss", value="by hand").set(62, "run", "tags", value=["t"])
    log.meta(63, "add", "run", "tags", value="u").beat(64).beat(65)
    return log.named(1, 66, {"날씨/온도": 1.0}).obj(2, 67, "huge", {"value": 2**80})


def test_sealing_changes_nothing_for_readers(store: Store) -> None:
    log = rich_run(store).close(70, "finish", 3)
    before = everything(RunReader(store, "r"))
    blob = RunReader(store, "r").blob(RunReader(store, "r").objects("x")[0].blob)
    assert seal(log.dir, min_bytes=0) == 1
    assert names(log) == [
        f"{log.writer}-000000-000001.num.parquet",
        f"{log.writer}-000000-000001.obj.parquet",
    ]
    reader = RunReader(store, "r")
    assert everything(reader) == before
    assert reader.problems == []
    assert reader.blob(reader.objects("x")[0].blob) == blob == b"picture"
    assert before["state"] == "failed"
    assert before["meta"].exit_code == 3


def test_sealing_again_does_nothing(store: Store) -> None:
    log = rich_run(store).close(70)
    seal(log.dir, min_bytes=0)
    content = {name: (log.dir / name).read_bytes() for name in names(log)}
    assert seal(log.dir, min_bytes=0) == 0
    assert {name: (log.dir / name).read_bytes() for name in names(log)} == content


def test_a_reader_that_had_read_all_sees_no_change(store: Store) -> None:
    log = rich_run(store).close(70)
    reader = RunReader(store, "r")
    before, revision = everything(reader), reader.revision
    seal(log.dir, min_bytes=0)
    assert not reader.refresh()
    assert reader.revision == revision
    assert everything(reader) == before
    assert reader.blob(reader.objects("x")[0].blob) == b"picture"


def test_a_reader_that_was_behind_catches_up_from_the_sealed_file(store: Store) -> None:
    log = rich_run(store)
    reader = RunReader(store, "r")
    lines = len(reader.console())
    log.row(80, 80, loss=8.0).text(81, "more\n").obj(80, 81, "note", {"value": "n"}).close(82)
    seal(log.dir, min_bytes=0)
    assert reader.refresh()
    assert everything(reader) == everything(RunReader(store, "r"))
    assert len(reader.console()) == lines + 1


def test_a_later_write_of_another_writer_wins_also_over_sealed_rows(store: Store) -> None:
    one = Log(store, writer="aaaaaaaaaa").row(0, 1, loss=1.0).row(0, 30, acc=1.0).close(31)
    two = Log(store, writer="bbbbbbbbbb").row(0, 20, loss=2.0).row(1, 40, loss=3.0).close(41)
    before = everything(RunReader(store, "r"))
    assert before["series"]["loss"][2] == "[2.0, 3.0]"
    for log in (one, two):
        seal(log.dir, min_bytes=0)
    assert everything(RunReader(store, "r")) == before


def test_small_streams_stay_logs(store: Store) -> None:
    log = Log(store).row(0, 1, loss=1.0).close(2)
    assert seal(log.dir) == 0
    assert names(log) == [log.path.name]


def test_row_groups_do_not_mix_long_keys_and_share_short_ones(store: Store) -> None:
    log = Log(store)
    n = GROUP_ROWS + 5_000
    log.raw(frames.encode_schema(1, ("long", "other"), "fi"))
    log.raw(b"".join(frames.encode_row(1, s, START + s, [s / 3, s]) for s in range(n)))
    for step in range(10):
        log.named(step, n + step, {f"k{i}": float(step + i) for i in range(50)})
    log.close(n + 20)
    before = everything(RunReader(store, "r"))
    size = sum((log.dir / name).stat().st_size for name in names(log))
    seal(log.dir)
    assert everything(RunReader(store, "r")) == before
    (path,) = log.dir.glob("*.num.parquet")
    file = pq.ParquetFile(path)
    footer = json.loads(file.metadata.metadata[b"nbl"])
    for group in range(file.num_row_groups):
        keys = set(file.read_row_group(group, ["key"]).column("key").to_pylist())
        assert file.metadata.row_group(group).num_rows <= GROUP_ROWS
        assert len(keys) == 1 or all(footer["keys"][key]["n"] < SMALL_KEY for key in keys)
    assert len(footer["keys"]["long"]["row_groups"]) == 2
    assert sum((log.dir / name).stat().st_size for name in names(log)) < size / 4


def test_any_parquet_tool_reads_the_numbers(store: Store) -> None:
    log = rich_run(store).close(70)
    reader = RunReader(store, "r")
    seal(log.dir, min_bytes=0)
    (path,) = log.dir.glob("*.num.parquet")
    rows = pq.read_table(path).to_pylist()
    assert [row["step"] for row in rows if row["key"] == "loss"] == reader.series("loss").steps.tolist()
    assert [row["value"] for row in rows if row["key"] == "loss"] == reader.series("loss").values.tolist()
    assert [row["key"] for row in rows] == sorted(row["key"] for row in rows)


def test_the_log_of_a_living_writer_is_never_sealed(store: Store) -> None:
    import fcntl

    log = Log(store).row(0, 1, loss=1.0)
    with log.path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert seal(log.dir, min_bytes=0) == 0
        assert names(log) == [log.path.name]
    assert seal(log.dir, min_bytes=0) == 1


def test_closed_logs_of_a_living_writer_are_sealed_in_aligned_groups_and_merged_at_the_end(
    store: Store,
) -> None:
    import fcntl

    log = Log(store)
    for number in range(2 * GROUP + 3):
        log.cell(CellExecution(100 + number // 3, "c", number, START, "0" * 64))
        log.row(2 * number, 10 * number, loss=number).row(2 * number + 1, 10 * number + 1, loss=number)
        log.obj(2 * number, 10 * number + 2, "note", {"value": number})
        log.rotate(10 * number + 3)
    log.row(1000, 1000, loss=0.0)
    reader = RunReader(store, "r")
    with log.path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        before = everything(reader)
        assert seal(log.dir, min_bytes=0) == 2
        assert names(log, ".num.parquet") == [
            f"{log.writer}-000000-000007.num.parquet",
            f"{log.writer}-000008-000015.num.parquet",
        ]
        assert len(names(log, ".nbl")) == 4
        assert everything(RunReader(store, "r")) == before
        half = RunReader(store, "r")
    log.close(1001)
    assert seal(log.dir, min_bytes=0) == 1
    assert names(log) == [f"{log.writer}-000000-000019.{kind}.parquet" for kind in ("num", "obj")]
    after = everything(RunReader(store, "r"))
    assert after["series"] == before["series"]
    assert after["objects"] == before["objects"]
    half.refresh()
    assert everything(half) == after  # though the files that it had not loaded yet are gone


def test_damaged_logs_are_left_as_they_are(store: Store) -> None:
    log = Log(store)
    for step in range(10):
        log.row(step, step, loss=step)
    log.close(11)
    data = bytearray(log.path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    log.path.write_bytes(data)
    assert seal(log.dir, min_bytes=0) == 0
    assert log.path.read_bytes() == bytes(data)


def test_torn_tail_of_a_dead_writer_is_sealed_without_it(store: Store) -> None:
    log = Log(store).row(0, 1, loss=1.0)
    log.raw(frames.encode_row(1, 1, START + 2, [2.0])[:30])
    assert seal(log.dir, min_bytes=0) == 1
    assert names(log, ".nbl") == []
    assert RunReader(store, "r").series("loss").values.tolist() == [1.0]
    assert seal(log.dir, min_bytes=0) == 0


def test_a_writer_thought_dead_that_comes_back_loses_nothing(store: Store) -> None:
    log = Log(store).row(0, 1, loss=1.0)
    content = log.path.read_bytes()
    seal(log.dir, min_bytes=0)
    # it goes on in the file that it has open, which appears again under its name
    log.path.write_bytes(content)
    log.row(1, 2, loss=2.0).row(2, 3, acc=1.0)
    reader = RunReader(store, "r")
    assert reader.series("loss").values.tolist() == [1.0, 2.0]
    assert reader.series("acc").values.tolist() == [1.0]
    clean(log.dir)
    assert names(log, ".nbl") == [log.path.name]
    log.close(4)
    assert seal(log.dir, min_bytes=0) == 1
    assert names(log, ".nbl") == []
    assert everything(RunReader(store, "r"))["series"]["loss"] == ("f", [0, 1, 2][:2], "[1.0, 2.0]")


def test_damaged_sealed_file_is_told_and_does_no_harm(store: Store) -> None:
    log = rich_run(store).close(70)
    Log(store, writer="bbbbbbbbbb").row(1000, 1000, loss=5.0)
    seal(log.dir, min_bytes=0)
    (path,) = log.dir.glob(f"{log.writer}*.num.parquet")
    path.write_bytes(path.read_bytes()[:-40])
    reader = RunReader(store, "r")
    assert reader.series("loss").values.tolist() == [5.0]
    assert any(path.name in problem.path for problem in reader.problems)


def test_sealed_file_that_is_damaged_inside_is_told_when_it_is_read(store: Store) -> None:
    log = rich_run(store).close(70)
    seal(log.dir, min_bytes=0)
    (path,) = log.dir.glob("*.num.parquet")
    data = bytearray(path.read_bytes())
    data[8:400] = bytes(392)
    path.write_bytes(data)
    reader = RunReader(store, "r")
    for key in list(reader.keys()):
        reader.series(key)
    assert reader.problems
    assert reader.config == {"lr": 0.1}


def test_random_keys_and_values_survive(store: Store) -> None:
    rng = random.Random(5)
    log = Log(store)
    pool = ["".join(rng.choices(string.printable + "äß한글😀", k=rng.randint(1, 30))) for _ in range(40)]
    t = 0.0
    for _ in range(400):
        keys = rng.sample(pool, rng.randint(1, 5))
        t += rng.choice([0.0, 0.001, 1.0, -5.0])
        values = [rng.choice([NAN, float("inf"), -0.0, rng.gauss(0, 1), 1e300]) for _ in keys]
        log.named(
            rng.randint(-5, 60),
            t,
            dict(zip(keys, values, strict=True)),
            "".join(rng.choice("fib") for _ in keys),
        )
    log.close(1e5)
    before = everything(RunReader(store, "r"))
    seal(log.dir, min_bytes=0)
    assert everything(RunReader(store, "r")) == before
    np.testing.assert_array_equal(RunReader(store, "r").series(pool[0]).steps, before["series"][pool[0]][1])


def test_logs_of_a_journal_are_sealed_while_it_goes_on_writing(store: Store) -> None:
    journal = Journal(store, "r", store.create_run_dir("r", START), started=START)
    reader = RunReader(store, "r")
    for step in range(50):
        journal.set_cell(CellExecution(1 + step // 20, "c", step // 20, START, "1" * 64))
        journal.rows(step, START + step, ("loss", "n"), "fi", (step / 3, step))
        journal.meta("set", ("summary", "note"), step)
        if step % 3 == 2:
            journal.rotate()
        if step % 10 == 9:
            seal(reader.run_dir, min_bytes=0)
            reader.refresh()
            assert everything(reader) == everything(RunReader(store, "r"))
    assert reader.state() == "running"
    assert list(reader.run_dir.glob("*.num.parquet"))
    journal.close("finish", 0)
    assert seal(reader.run_dir, min_bytes=0) == 1
    assert sorted(path.suffix for path in reader.run_dir.iterdir()) == [".parquet", ".parquet"]
    reader.refresh()
    assert everything(reader) == everything(RunReader(store, "r"))
    assert reader.series("loss").values.tolist() == [step / 3 for step in range(50)]
    assert reader.series("_cell").values.tolist() == [1 + step // 20 for step in range(50)]
    assert reader.summary()["note"] == 49
    assert reader.state() == "finished"
