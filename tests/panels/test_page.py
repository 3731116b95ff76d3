from __future__ import annotations

import base64
import json
import re

import numpy as np

import nbtrack
from nbtrack.panels.built import built
from nbtrack.panels.widget import RunPanel

from .conftest import noise
from .test_delta import Receiver, assert_same


def embedded(html: str) -> dict:
    (text,) = re.findall(r'<script id="data" type="application/json">(.*?)</script>', html, re.DOTALL)
    return json.loads(text)


def saved(recorder, tmp_path, **options) -> str:
    panel = RunPanel(recorder.reader)
    path = panel.save_html(tmp_path / "run.html", **options)
    assert path.is_absolute()
    return path.read_text(encoding="utf-8")


def test_a_page_holds_the_whole_run(recorder, tmp_path):
    recorder.cell(5, "train()")
    for step in range(50):
        recorder.log(step, {"loss": 1 / (step + 1)})
    sha = recorder.media(49, "photo", nbtrack.Image(noise(300, 300)))[0]
    data = embedded(saved(recorder, tmp_path))
    (delta,) = data["deltas"]
    receiver = Receiver()
    receiver.apply(delta["content"], [base64.b64decode(buffer) for buffer in delta["buffers"]])
    assert_same(receiver, recorder.reader)
    assert base64.b64decode(data["blobs"][sha]["data"]) == recorder.reader.blob(sha)
    assert data["cells"][f"{recorder.run_id}/5"]["source"] == "train()"
    assert data["hello"]["runs"] == [recorder.run_id]


def test_media_beyond_the_limit_are_reduced_then_left_out(recorder, tmp_path):
    shas = [recorder.media(s, "photo", nbtrack.Image(noise(400, 400, s)))[0] for s in range(4)]
    full = len(recorder.reader.blob(shas[0]))
    blobs = embedded(saved(recorder, tmp_path, media_bytes=int(full * 1.2)))["blobs"]
    assert base64.b64decode(blobs[shas[3]]["data"]) == recorder.reader.blob(shas[3])
    assert blobs[shas[2]]["mime"] == "image/jpeg"
    assert embedded(saved(recorder, tmp_path, media_bytes=0))["blobs"] == {}


def test_a_page_asks_nobody(recorder, tmp_path):
    html = saved(recorder, tmp_path)
    outside = html.replace(built("core.js").read_text(encoding="utf-8"), "")
    assert re.findall(r"""(?:src|href)=["']?https?:""", outside) == []
    assert "default-src 'none'" in html


def test_hostile_text_stays_inside_the_data(recorder, tmp_path):
    evil = "</script><script>alert(1)</script><!--<script>"
    recorder.journal.meta("set", ["run", "name"], evil)
    recorder.config(**{evil: "<!--DATA--> <!--ESM--> /*CSS*/"})
    recorder.log(0, {evil: float("nan")})
    html = saved(recorder, tmp_path)
    code = re.search(r'<script id="esm".*?</script>', html, re.DOTALL)[0]
    assert html.replace(code, "").count("<script") == 2
    assert "alert(1)</script>" not in html
    data = embedded(html)
    assert data["hello"]["title"] == evil
    assert data["deltas"][0]["content"]["config"] == {evil: "<!--DATA--> <!--ESM--> /*CSS*/"}


def test_the_code_is_the_built_code(recorder, tmp_path):
    html = saved(recorder, tmp_path)
    (code,) = re.findall(r'<script id="esm" type="text/plain">(.*?)</script>', html, re.DOTALL)
    assert re.sub(r"\\x3c(?=/script|!--)", "<", code, flags=re.IGNORECASE) == built("core.js").read_text(
        encoding="utf-8"
    )


def test_long_series_are_reduced(recorder, tmp_path):
    values = np.arange(30_000.0)
    for start in range(30_000):
        recorder.log(start, {"loss": values[start]})
    content = embedded(saved(recorder, tmp_path))["deltas"][0]["content"]
    chunk = next(c for c in content["series"] if c["key"] == "loss")
    assert chunk["sampled"]
    assert chunk["n"] == 30_000
