"""Makes the pictures of docs/project.md in a real JupyterLab.

python -m tests.e2e.pictures.project [folder]
"""

from __future__ import annotations

from ..lab import Notebook
from ..panel import until
from .stage import Save, main

RUNS = """\
%load_ext nbtrack
from itertools import product
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
import nbtrack

data = load_digits()
x_train, x_val, y_train, y_val = train_test_split(data.data / 16, data.target, random_state=0)
for at, (rate, width, activation) in enumerate(product((0.0005, 0.002, 0.01), (16, 64), ("relu", "tanh"))):
    with nbtrack.init(project="digits", name=f"{activation}-{width}-{at}", tags=["baseline"] if at == 3 else [],
                      config={"rate": rate, "width": width, "activation": activation}) as run:
        model = MLPClassifier((width,), activation, learning_rate_init=rate, batch_size=64, random_state=at)
        for _ in range(30):
            model.partial_fit(x_train, y_train, classes=range(10))
            wrong = [i for i, guess in enumerate(model.predict(x_val)) if guess != y_val[i]][:4]
            run.log({"train/loss": model.loss_, "train/accuracy": model.score(x_train, y_train),
                     "val/accuracy": model.score(x_val, y_val),
                     "val/mistakes": [nbtrack.Image(x_val[i].reshape(8, 8), caption=str(y_val[i])) for i in wrong]})
"""
DESCRIBED = """\
api = nbtrack.Api()
project = api.project("digits")
project.star()
project.describe('''Which network reads **8x8 digits** best?

| tried | found |
|---|---|
| learning rate | 0.002 and above learn in 30 epochs |
| width | 64 helps, 16 is enough for tanh |
''')
"""
PAGE = 'nbtrack.project("digits")'


def shoot(nb: Notebook, save: Save) -> None:
    nb.page.set_viewport_size({"width": 1440, "height": 1100})
    nb.run(0, 300)
    nb.run(1)
    nb.run(2)
    root = nb.panel(2)
    until(lambda: root.locator("figure.nb-curve").count() > 2)
    save(root, "project-workspace")
    root.get_by_role("tab", name="Runs", exact=True).click()
    until(lambda: root.get_by_role("row").count() > 8)
    save(root, "project-runs")
    root.get_by_role("tab", name="Overview", exact=True).click()
    until(lambda: root.locator(".nb-overview-fact").count() > 5)
    save(root, "project-overview")


if __name__ == "__main__":
    main(shoot, RUNS, DESCRIBED, PAGE)
