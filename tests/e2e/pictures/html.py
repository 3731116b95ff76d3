"""Makes the pictures of docs/media/html.md in a real JupyterLab.

python -m tests.e2e.pictures.html [folder]
"""

from __future__ import annotations

from ..lab import Notebook
from ..panel import PanelView, until
from .stage import Save, main

LOG = '''\
%load_ext nbtrack
import html
import nbtrack

REPORT = """
<h2>Epoch {epoch}: 오류 분석</h2>
<p>Three classes are confused most often; <b>{share} %</b> of all errors are theirs.</p>
<table><tr><th>label</th><th>predicted</th><th>count</th></tr>
<tr><td>고양이</td><td>개</td><td>{a}</td></tr><tr><td>ship</td><td>plane</td><td>{b}</td></tr>
<tr><td>deer</td><td>horse</td><td>{c}</td></tr></table>
"""

def saliency(words, weights):
    """Words, colored by their weight."""
    spans = [f"<span style='background:rgba(218,115,13,{w:.2f});padding:2px 3px'>{html.escape(t)}</span>"
             for t, w in zip(words, weights)]
    return f"<p style='color:#222;line-height:2'>{' '.join(spans)}</p>"

PAGE = """<!DOCTYPE html><html><body style="margin:0;color:#234;font:13px sans-serif">
<canvas id=c width=460 height=110></canvas><script>
const g = c.getContext("2d"), n = 90;
for (let i = 0; i < n; i++) {
  const h = 12 + 80 * Math.abs(Math.sin(i / 9 + STEP)) * (1 - i / n);
  g.fillStyle = `hsl(${200 + i} 60% 50%)`; g.fillRect(i * 5, 105 - h, 4, h);
}
</script></body></html>"""

run = nbtrack.init(project="reports", name="html")
for epoch in range(4):
    shift = epoch / 6
    run.log({
        "report": nbtrack.Html(REPORT.format(epoch=epoch, share=60 - 4 * epoch, a=31 - epoch, b=19, c=12 - epoch)),
        "saliency": [
            nbtrack.Html(saliency("the film is slow but never dull".split(), [.1, .2, .05, .7 - shift, .3, .5, .8]), caption="review 17, positive"),
            nbtrack.Html(saliency("배우들의 연기가 정말 훌륭했다".split(), [.2, .4, .6, .9 - shift]), caption="review 42, 긍정"),
            nbtrack.Html(saliency("I want my money back".split(), [.05, .3, .1, .6, .9]), caption="review 58, negative"),
        ],
        "script": nbtrack.Html(PAGE.replace("STEP", str(epoch))),
    })
run.finish()
'''


def shoot(nb: Notebook, save: Save) -> None:
    nb.run(0)
    panel = PanelView(nb.panel(0))
    until(lambda: panel.step() >= 3)
    for key in ("report", "saliency", "script"):
        panel.card(key).locator("iframe").first.wait_for()
    save(panel.root, "media-html")


if __name__ == "__main__":
    main(shoot, LOG)
