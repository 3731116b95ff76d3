"""The snippets of W&B's guide on plots, as they are written there, with `import nbtrack as wandb`."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

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


def test_matplotlib_becomes_plotly_and_an_image_by_request(run):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    plt.plot([1, 2, 3, 4])
    plt.ylabel("some interesting numbers")
    wandb.log({"chart": plt})
    wandb.log({"picture": wandb.Image(plt)})
    plt.close("all")
    with pytest.raises(nbtrack.errors.LogValueError, match="'chart': the plot is empty"):
        wandb.log({"chart": plt})
    fig = plt.figure()
    plt.plot([1, 2])
    wandb.log({"kept": fig})
    plt.close(fig)
    found = logged(run)
    assert [type(found[key]).__name__ for key in ("chart", "picture", "kept")] == [
        "Plotly",
        "Image",
        "Plotly",
    ]


def test_plotly_as_html_in_a_table(run):
    px = pytest.importorskip("plotly.express")
    table = wandb.Table(columns=["plotly_figure"])
    path_to_plotly_html = "./plotly_figure.html"
    fig = px.scatter(x=[0, 1, 2, 3, 4], y=[0, 1, 4, 9, 16])
    fig.write_html(path_to_plotly_html, auto_play=False)
    table.add_data(wandb.Html(path_to_plotly_html))
    run.log({"test_table": table})
    assert "plotly-graph-div" in logged(run)["test_table"].data[0][0].html


#: what follows `import wandb`, with the import of the rest above it, as in the guide
BOKEH = """\
from scipy.signal import spectrogram
import holoviews as hv
import panel as pn
from scipy.io import wavfile
import numpy as np
from bokeh.resources import INLINE

hv.extension("bokeh", logo=False)
import nbtrack as wandb


def save_audio_with_bokeh_plot_to_html(audio_path, html_file_name):
    sr, wav_data = wavfile.read(audio_path)
    duration = len(wav_data) / sr
    f, t, sxx = spectrogram(wav_data, sr)
    spec_gram = hv.Image((t, f, np.log10(sxx)), ["Time (s)", "Frequency (hz)"]).opts(
        width=500, height=150, labelled=[]
    )
    audio = pn.pane.Audio(wav_data, sample_rate=sr, name="Audio", throttle=500)
    slider = pn.widgets.FloatSlider(end=duration, visible=False)
    line = hv.VLine(0).opts(color="white")
    slider.jslink(audio, value="time", bidirectional=True)
    slider.jslink(line, value="glyph.location")
    combined = pn.Row(audio, spec_gram * line, slider).save(html_file_name)


html_file_name = "audio_with_plot.html"
audio_path = "hello.wav"
save_audio_with_bokeh_plot_to_html(audio_path, html_file_name)

wandb_html = wandb.Html(html_file_name)
run = wandb.init(project="audio_test")
my_table = wandb.Table(columns=["audio_with_plot"], data=[[wandb_html], [wandb_html]])
run.log({"audio_table": my_table})
run.finish()
"""
SPEECH = Path(__file__).parents[1] / "data" / "sounds" / "speech.flac"


def test_bokeh_with_sound_in_a_table(tmp_path, monkeypatch):
    soundfile = pytest.importorskip("soundfile")
    for name in ("scipy", "holoviews", "panel"):
        pytest.importorskip(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NBTRACK_DIR", str(tmp_path / "store"))
    soundfile.write("hello.wav", *soundfile.read(SPEECH, dtype="int16"))
    names: dict = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # the logarithm of silence
        exec(compile(BOKEH, "the guide", "exec"), names)
    table = nbtrack.Api().run(f"audio_test/{names['run'].id}").media("audio_table")[0]
    (first,), (second,) = table.data
    saved = Path("audio_with_plot.html").read_text()
    fetched = re.compile(r"<script[^>]* src=.(https?:[^\"']+)")
    assert len(fetched.findall(saved)) > 3  # it would fetch bokeh and panel
    assert fetched.findall(first.html) == []
    assert "stylesheet" not in re.findall(r"<link[^>]*https?:[^>]*>", first.html)
    assert first.html == second.html
