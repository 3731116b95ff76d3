"""Makes docs/images/charts.png: presets on two classifiers of digits, over each other.

python -m tests.e2e.pictures.charts [folder]
"""

from __future__ import annotations

from ..lab import Notebook
from ..panel import PanelView, until
from . import stage

SETUP = """\
import nbtrack, numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

digits = load_digits()
train, test = slice(0, 900), slice(900, None)
names = [str(i) for i in range(10)]
runs = []
for c in (0.0003, 0.01):
    run = nbtrack.init(project="charts", name=f"C = {c}", config={"C": c})
    for step, iterations in enumerate((2, 5, 12)):
        model = LogisticRegression(C=c, max_iter=iterations).fit(digits.data[train], digits.target[train])
        p = model.predict_proba(digits.data[test])
        true, guess = digits.target[test], p.argmax(1)
        right = [[n, float((guess[true == i] == i).mean())] for i, n in enumerate(names)]
        sure = nbtrack.Table(columns=["confidence"], data=[[v] for v in p.max(1).tolist()])
        flat = nbtrack.Table(columns=["sure", "margin"], data=np.column_stack([p.max(1), p.max(1) - np.sort(p, 1)[:, -2]]))
        run.log({
            "bar": nbtrack.plot.bar(nbtrack.Table(columns=["digit", "recall"], data=right), "digit", "recall", title="Recall"),
            "confusion": nbtrack.plot.confusion_matrix(y_true=true, preds=guess, class_names=names, title="Confusion"),
            "histogram": nbtrack.plot.histogram(sure, "confidence", title="Confidence"),
            "pr": nbtrack.plot.pr_curve(true, p, labels=names, classes_to_plot=[1, 5, 8, 9]),
            "roc": nbtrack.plot.roc_curve(true, p, labels=names, classes_to_plot=[1, 8]),
            "scatter": nbtrack.plot.scatter(flat, "sure", "margin", title="Margin over confidence"),
        })
    run.finish()
    runs.append(run)
"""
KEYS = ("confusion", "histogram", "pr", "scatter")


def shoot(nb: Notebook, save: stage.Save) -> None:
    nb.page.set_viewport_size({"width": 1280, "height": 2400})
    nb.run(0, 300)
    nb.run(1)
    panel = PanelView(nb.panel(1))
    for key in KEYS:
        panel.seen(key).locator(".nb-chart canvas").first.wait_for(timeout=60_000)
    until(lambda: "Loading" not in panel.root.inner_text())
    save(panel.root, "charts")


if __name__ == "__main__":
    stage.main(shoot, SETUP, f"nbtrack.compare(*runs, keys={KEYS!r})")
