"""What a chart of many points costs: to log, to send, to paint.

    python -m tests.benchmarks.bench_charts

A scatter of 1,000, 10,000 and 100,000 points in a real JupyterLab: milliseconds from the key press on the slider to
the first change of what is drawn, for steps that have to be fetched and for those shown before. And, without a
browser, how long `log()` of charts of a million rows blocks its caller, how long the encoder then works, and what
travels.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

import nbtrack
from nbtrack.media.registry import complete
from tests.benchmarks.bench_viewers import moves
from tests.e2e.lab import LabServer, Notebook, launch_chromium, notebook

SIZES = (1_000, 10_000, 100_000)
STEPS = 5

SETUP = """\
%load_ext nbtrack
import nbtrack, numpy as np
rng = np.random.default_rng(0)
"""
LOG = """\
run = nbtrack.init(project="bench")
for step in range({steps}):
    table = nbtrack.Table(columns=["x", "y"], data=rng.normal(step, 1, ({points}, 2)))
    run.log({{"chart": nbtrack.plot.scatter(table, "x", "y")}})
run.finish()
"""


def of_a_million(folder: Path) -> list[str]:
    """Log a line, a scatter and a histogram, and say what each took."""
    os.environ["NBTRACK_DIR"] = str(folder / "store")
    rows = np.column_stack([np.arange(1_000_000.0), np.random.default_rng(0).normal(size=1_000_000)])
    nbtrack.Table.MAX_ROWS = len(rows)
    charts = {
        "line": lambda table: nbtrack.plot.line(table, "x", "y"),
        "scatter": lambda table: nbtrack.plot.scatter(table, "x", "y"),
        "histogram": lambda table: nbtrack.plot.histogram(table, "y"),
    }
    lines = []
    for given in ("array", "lists"):
        data = rows if given == "array" else rows.tolist()
        for name, chart_of in charts.items():
            with nbtrack.init(project="million", settings=nbtrack.Settings(console="off")) as run:
                one = nbtrack.Table(columns=["v"], data=[[1.0]])
                run.log({"first": nbtrack.plot.histogram(one, "v")})
                chart = chart_of(nbtrack.Table(columns=["x", "y"], data=data))
                started = time.perf_counter()
                run.log({"chart": chart})
                blocked = time.perf_counter() - started
            record = chart.record()
            started = time.perf_counter()
            complete(record)
            encoded = time.perf_counter() - started
            (row,) = nbtrack.Api().run(f"million/{run.id}").reader.objects("chart")
            lines.append(
                f"| {name} of {given} | {blocked * 1000:.0f} | {encoded * 1000:.0f} | {row.meta['rows']:,} "
                f"| {int(str(row.meta['size'])):,} |"
            )
    return lines


def main() -> None:
    print(f"load average at the start {os.getloadavg()[0]:.1f}\n")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        print("| 1,000,000 rows | log() ms | encoder ms | rows drawn | bytes |\n|---|---|---|---|---|")
        print("\n".join(of_a_million(Path(folder))) + "\n")
        root, home = Path(folder, "work"), Path(folder, "home")
        root.mkdir()
        home.mkdir()
        server = LabServer(root, home)
        browser = launch_chromium(playwright)
        print("| points | new p50 | new max | seen p50 | seen max | bytes |\n|---|---|---|---|---|---|")
        for points in SIZES:
            size = (
                'print("SIZE", nbtrack.Api().run(f"bench/{run.id}").reader.objects("chart")[0].meta["size"])'
            )
            notebook(root / f"{points}.ipynb", SETUP, LOG.format(steps=STEPS, points=points), size)
            nb = Notebook(browser, server, f"{points}.ipynb")
            for cell in range(3):
                nb.run(cell, 300)
            sent = int(json.loads(nb.text(2).split("SIZE")[1].strip().split()[0]))
            new, seen, lost = moves(nb, 1, "chart", last=STEPS - 1, count=STEPS - 1)
            cells = (
                [f"{f(times):.0f}" for times in (new, seen) for f in (statistics.median, max)]
                if not lost
                else []
            )
            print(f"| {points:,} | {' | '.join(cells) or 'unanswered'} | {sent:,} |", flush=True)
            nb.page.evaluate("() => jupyterapp.shell.currentWidget.context.sessionContext.shutdown()")
            nb.close()
        browser.close()
        server.stop()


if __name__ == "__main__":
    main()
