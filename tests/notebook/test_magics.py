from __future__ import annotations

import json

import pytest
from IPython.core.error import UsageError

import nbtrack
from nbtrack.notebook.magics import complete, sort_order

from .conftest import run_cell


def test_status_says_that_nothing_is_open(shell, capsys):
    run_cell(shell, "%nbtrack")
    assert "No run is open" in capsys.readouterr().out


def test_status_names_the_open_run(shell, capsys):
    run_cell(shell, "import nbtrack; run = nbtrack.init(project='digits', name='first')")
    run_cell(shell, "%nbtrack status")
    assert "first" in capsys.readouterr().out


def test_runs_are_listed_sorted_and_filtered(shell):
    for lr in (0.1, 0.3, 0.2):
        with nbtrack.init(project="digits", config={"lr": lr}) as run:
            run.log({"loss": lr * 2})
    listed = run_cell(shell, "%nbtrack runs digits --sort -config.lr")
    assert [r.config["lr"] for r in listed] == [0.3, 0.2, 0.1]
    listed = run_cell(
        shell,
        """%nbtrack runs digits --filter '{"summary_metrics.loss": {"$lt": 0.5}}' --sort summary.loss""",
    )
    assert [r.config["lr"] for r in listed] == [0.1, 0.2]
    listed = run_cell(
        shell, "%nbtrack runs digits --filter 'loss < 0.5 and state = \"finished\"' --sort summary.loss"
    )
    assert [r.config["lr"] for r in listed] == [0.1, 0.2]
    with pytest.raises(UsageError, match=r"did you mean summary\.loss.*\nlos > 1\n\^\^\^"):
        run_cell(shell, "%nbtrack runs digits --filter 'los > 1'")


def test_resume_goes_on_with_the_run(shell):
    with nbtrack.init(project="digits") as run:
        run.log({"loss": 1})
    resumed = run_cell(shell, f"%nbtrack resume {run.id}")
    assert resumed.id == run.id
    assert resumed.step == 1


@pytest.mark.parametrize("line", ["dance", "runs --what", "resume", "show --step x"])
def test_a_wrong_call_is_a_usage_error(shell, line):
    with pytest.raises(UsageError):
        run_cell(shell, f"%nbtrack {line}")


def test_sort_order_speaks_wandb():
    assert sort_order("-summary.loss") == "-summary_metrics.loss"
    assert sort_order("created_at") == "+created_at"


def test_completion_offers_commands_then_names(shell):
    class Event:
        line = "%nbtrack "
        symbol = ""

    assert "compare" in complete(shell, Event())
    with nbtrack.init(project="digits") as run:
        run.log({"loss": 1})
    Event.line = "%nbtrack runs "
    assert complete(shell, Event()) == ["digits"]
    Event.line = "%nbtrack resume "
    assert complete(shell, Event()) == [run.id]


def test_cell_magic_keeps_what_the_cell_displays(shell):
    run_cell(
        shell,
        "%%nbtrack --project shown --name kept\n"
        "from PIL import Image as P\nfrom IPython.display import HTML, display\nimport pandas as pd\n"
        "display(P.new('RGB', (4, 3), 'red'))\ndisplay(HTML('<b>hi</b>'))\npd.DataFrame({'a': [1, 2]})",
    )
    run = nbtrack.run
    assert (run.project, run.name) == ("shown", "kept")
    nbtrack.finish()
    stored = nbtrack.Api().run(run.id)
    assert stored.media("cell/image")[0].to_pil().getpixel((0, 0)) == (255, 0, 0)
    assert "<b>hi</b>" in stored.media("cell/html")[0].html
    assert stored.media("cell/table")[0].data == [[1], [2]]


def test_cell_magic_keeps_figures_of_the_inline_backend(shell):
    run_cell(
        shell,
        "import matplotlib; matplotlib.use('module://matplotlib_inline.backend_inline')",
    )
    run_cell(
        shell,
        "%%nbtrack --project shown --key plot --step 7\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]); None",
    )
    run = nbtrack.run
    nbtrack.finish()
    image = nbtrack.Api().run(run.id).media("plot", step=7)[0]
    assert image.width > 100


def test_cell_magic_keeps_plotly_figures(shell):
    run_cell(
        shell,
        "%%nbtrack --project shown\nimport plotly.graph_objects as go\nfrom IPython.display import display\n"
        "import plotly.io as pio; pio.renderers.default = 'json'\ndisplay(go.Figure(go.Scatter(y=[1, 2])))",
    )
    run = nbtrack.run
    nbtrack.finish()
    assert '"scatter"' in nbtrack.Api().run(run.id).media("cell/plotly")[0].json


@pytest.mark.parametrize("show", ["figure.show()", "display(figure)", "figure"])
def test_cell_magic_keeps_a_plotly_figure_once_however_it_is_shown(shell, show):
    run_cell(
        shell,
        "%%nbtrack --project shown\nimport plotly.graph_objects as go\nfrom IPython.display import display\n"
        "import plotly.io as pio; pio.renderers.default = 'plotly_mimetype'\n"
        f"figure = go.Figure(go.Scatter(y=[1, 2]))\n{show}",
    )
    run = nbtrack.run
    nbtrack.finish()
    stored = nbtrack.Api().run(run.id)
    assert len(stored.media("cell/plotly")) == 1
    assert json.loads(stored.media("cell/plotly")[0].json)["data"][0]["type"] == "scatter"


def test_cell_magic_leaves_the_shell_as_it_was(shell):
    publish, display = shell.display_pub.publish, shell.display_formatter.format
    run_cell(shell, "%%nbtrack --project shown\n1")
    assert (shell.display_pub.publish, shell.display_formatter.format) == (publish, display)


def test_cell_magic_without_capture_logs_nothing(shell):
    run_cell(shell, "%%nbtrack --project shown --no-capture\nfrom IPython.display import HTML\nHTML('x')")
    nbtrack.run.reader.refresh()
    assert nbtrack.run.reader.keys() == {}


def test_cell_magic_lets_errors_through_and_keeps_what_came_before(shell):
    with pytest.raises(ZeroDivisionError):
        run_cell(
            shell,
            "%%nbtrack --project shown\nfrom IPython.display import HTML, display\ndisplay(HTML('<i>before</i>'))\n1/0",
        )
    nbtrack.run.reader.refresh()
    assert set(nbtrack.run.reader.keys()) == {"cell/html"}


def test_cell_magic_binds_names_and_displays_the_last_expression(shell):
    run_cell(shell, "%%nbtrack --project shown\nvalue = 6 * 7\nvalue")
    assert shell.user_ns["value"] == 42
    assert shell.user_ns["_"] == 42
