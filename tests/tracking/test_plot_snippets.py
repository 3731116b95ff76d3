"""The snippets of W&B's guide on plots, as they are written there, with `import nbtrack as wandb`."""

from __future__ import annotations

import numpy as np
import pytest

import nbtrack
import nbtrack as wandb


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("NBTRACK_DIR", str(tmp_path / "store"))
    monkeypatch.chdir(tmp_path)
    with wandb.init(project="plots") as run:
        yield run


def logged(run) -> dict:
    run.finish()
    found = nbtrack.Api().run(f"plots/{run.id}")
    return {row.key: found.media(row.key)[0] for row in found.reader.objects()}


def test_line(run):
    x_values, y_values = range(5), [1, 4, 9, 16, 25]
    data = [[x, y] for (x, y) in zip(x_values, y_values)]  # noqa: B905  (as in the guide)
    table = wandb.Table(data=data, columns=["x", "y"])
    wandb.log({"my_custom_plot_id": wandb.plot.line(table, "x", "y", title="Custom Y vs X Line Plot")})
    found = logged(run)
    assert found["my_custom_plot_id"].vega["title"] == "Custom Y vs X Line Plot"
    assert found["my_custom_plot_id_table"].data == data


def test_scatter_bar_and_histogram(run):
    table = wandb.Table(data=[[0.1, 0.4], [0.3, 0.2]], columns=["class_x", "class_y"])
    wandb.log({"my_custom_id": wandb.plot.scatter(table, "class_x", "class_y")})
    table = wandb.Table(data=[["cat", 3], ["dog", 5]], columns=["label", "value"])
    wandb.log({"my_bar_chart_id": wandb.plot.bar(table, "label", "value", title="Custom Bar Chart")})
    table = wandb.Table(data=[[s] for s in np.random.default_rng(0).random(50)], columns=["scores"])
    wandb.log({"my_histogram": wandb.plot.histogram(table, "scores", title="Histogram")})
    names = {key: chart.spec.spec_name for key, chart in logged(run).items() if not key.endswith("_table")}
    assert names == {
        "my_custom_id": "wandb/scatter/v0",
        "my_bar_chart_id": "wandb/bar/v0",
        "my_histogram": "wandb/histogram/v0",
    }


def test_line_series(run):
    wandb.log(
        {
            "my_custom_id": wandb.plot.line_series(
                xs=[0, 1, 2, 3, 4],
                ys=[[10, 20, 30, 40, 50], [0.5, 11, 72, 3, 41]],
                keys=["metric Y", "metric Z"],
                title="Two Random Metrics",
                xname="x units",
            )
        }
    )
    assert len(logged(run)["my_custom_id"].table) == 10


def test_curves_and_confusion_matrix(run):
    rng = np.random.default_rng(0)
    ground_truth = rng.integers(0, 3, 60)
    predictions = rng.dirichlet(np.ones(3), 60)
    wandb.log({"pr": wandb.plot.pr_curve(ground_truth, predictions)})
    wandb.log({"roc": wandb.plot.roc_curve(ground_truth, predictions)})
    class_names = ["cat", "dog", "bird"]
    cm = wandb.plot.confusion_matrix(
        y_true=ground_truth, preds=predictions.argmax(1), class_names=class_names
    )
    wandb.log({"conf_mat": cm})
    found = logged(run)
    assert len(found["pr"].table) == 3 * 21
    assert sum(row[2] for row in found["conf_mat_table"].data) == 60


def test_custom_chart(run):
    table = wandb.Table(data=[[0, 1.5], [1, 1.6]], columns=["step", "height"])
    fields = {"x": "step", "value": "height"}
    with pytest.warns(nbtrack.errors.NbtrackWarning, match="carey/new_chart"):
        my_custom_chart = wandb.plot_table(
            vega_spec_name="carey/new_chart",
            data_table=table,
            fields=fields,
            string_fields={"title": "Height Histogram"},
        )
    wandb.log({"custom": my_custom_chart})
    assert logged(run)["custom"].spec.string_fields == {"title": "Height Histogram"}
