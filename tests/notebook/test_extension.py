from __future__ import annotations

import pytest

import nbtrack
from nbtrack.notebook.extension import guarded, load, unload
from nbtrack.tracking import hooks, term

from .conftest import run_cell


def hooks_of(shell):
    return (
        {name: list(callbacks) for name, callbacks in shell.events.callbacks.items()},
        {kind: set(names) for kind, names in shell.magics_manager.magics.items()},
        set(shell.display_formatter.ipython_display_formatter.deferred_printers),
        list(hooks.run_started),
        list(hooks.run_finished),
    )


def test_loading_twice_is_loading_once(shell):
    once = hooks_of(shell)
    load(shell)
    assert hooks_of(shell) == once


def test_unloading_undoes_each_hook_and_nothing_else(shell):
    unload(shell)
    bare = hooks_of(shell)
    assert "nbtrack" not in bare[1]["line"]
    load(shell)
    assert hooks_of(shell) != bare
    unload(shell)
    assert hooks_of(shell) == bare


def test_a_failing_hook_never_reaches_the_cell(capsys):
    term.configure(silent=False)
    calls = []

    def broken(argument):
        calls.append(argument)
        raise RuntimeError("no")

    hook = guarded(broken)
    hook(1)
    hook(2)
    assert calls == [1, 2]
    assert capsys.readouterr().err.count("RuntimeError") == 1


def test_rows_know_the_cell_that_wrote_them(shell):
    run_cell(shell, "import nbtrack; run = nbtrack.init(project='p'); run.log({'a': 1})", cell_id="one")
    run_cell(shell, "run.log({'a': 2})\nrun.log({'a': 3})", cell_id="two")
    reader = nbtrack.run.reader
    reader.refresh()
    by_id = {cell.id: cell for cell in reader.cells()}
    written_by = [by_id[int(v)].cell_id for v in reader.series("_cell").values]
    assert written_by == ["one", "two", "two"]
    source = reader.blob(reader.cells()[-1].source).decode()
    assert source == "run.log({'a': 2})\nrun.log({'a': 3})"


def test_the_same_source_is_kept_once(shell):
    run_cell(shell, "import nbtrack; run = nbtrack.init(project='p')")
    for _ in range(3):
        run_cell(shell, "run.log({'a': 1})", cell_id="again")
    reader = nbtrack.run.reader
    reader.refresh()
    cells = [cell for cell in reader.cells() if cell.cell_id == "again"]
    assert len({cell.id for cell in cells}) == 3
    assert len({cell.source for cell in cells}) == 1


def test_a_rerun_cell_knows_its_earlier_run(shell):
    from nbtrack.notebook.earlier import note_earlier
    from nbtrack.tracking import cells

    source = "import nbtrack\nrun = nbtrack.init(project='p')\nrun.log({'a': 1})"
    run_cell(shell, source, cell_id="train")
    first = nbtrack.run
    note_earlier(first, cells.current()).join()
    first.finish()
    run_cell(shell, source, cell_id="train")
    second = nbtrack.run
    note_earlier(second, cells.current()).join()
    second.reader.refresh()
    assert second.reader.meta.other["earlier"]["id"] == first.id


def test_a_picked_run_is_gone_on_with_by_the_next_init_and_no_other(shell):
    from nbtrack.panels.widget import resume

    with nbtrack.init(project="p") as earlier:
        earlier.log({"a": 1})
    now = nbtrack.init(project="p")
    assert "Run the cell again" in resume(now.store, earlier.id)
    now.finish()
    again = nbtrack.init(project="p")
    assert (again.id, again.step) == (earlier.id, 1)
    again.finish()
    assert nbtrack.init(project="p").id not in {earlier.id, now.id}


@pytest.mark.parametrize("source", ["1/0", "raise KeyboardInterrupt"])
def test_errors_of_the_cell_are_left_alone(shell, source):
    result = shell.run_cell(source, store_history=True)
    assert type(result.error_in_exec) in {ZeroDivisionError, KeyboardInterrupt}


def test_a_disabled_run_as_a_cells_value_is_a_line_of_text(shell, capsys):
    shell.run_cell('import nbtrack\nnbtrack.init(mode="disabled")')
    out = capsys.readouterr()
    assert "disabled" in out.out.lower()
    assert "Traceback" not in out.out + out.err
