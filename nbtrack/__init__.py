"""nbtrack: experiment tracking that lives inside the notebook.

    import nbtrack
    run = nbtrack.init(project="digits", config={"lr": 1e-3})
    run.log({"loss": 0.3, "samples": [nbtrack.Image(x)]})
    run.finish()

Names are loaded when they are first used: `import nbtrack` alone imports nothing heavy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nbtrack.errors import (
    CommError,
    NbtrackError,
    NbtrackWarning,
    RunStopped,
    UnsupportedError,
    UsageError,
)

__version__ = "0.1.0"

Error = NbtrackError

#: public name -> "module:attribute", or a module
_LAZY: dict[str, str] = {
    "Api": "nbtrack.query.api:Api",
    "AlertLevel": "nbtrack.tracking.alerts:AlertLevel",
    "Audio": "nbtrack.media.audio:Audio",
    "Classes": "nbtrack.media.labels:Classes",
    "Config": "nbtrack.tracking.config:Config",
    "Histogram": "nbtrack.media.histogram:Histogram",
    "Html": "nbtrack.media.html:Html",
    "Image": "nbtrack.media.image:Image",
    "JoinedTable": "nbtrack.media.table:JoinedTable",
    "Molecule": "nbtrack.media.molecule:Molecule",
    "Object3D": "nbtrack.media.object3d:Object3D",
    "Plotly": "nbtrack.media.plotly:Plotly",
    "Run": "nbtrack.tracking.run:Run",
    "Settings": "nbtrack.tracking.settings:Settings",
    "Table": "nbtrack.media.table:Table",
    "Video": "nbtrack.media.video:Video",
    "alert": "nbtrack.tracking.current:alert",
    "attach": "nbtrack.tracking.current:attach",
    "box3d": "nbtrack.media.object3d:box3d",
    "chart_preset": "nbtrack.plot.presets:chart_preset",
    "chart_presets": "nbtrack.plot.presets:chart_presets",
    "compare": "nbtrack.panels.compare:compare",
    "define_metric": "nbtrack.tracking.current:define_metric",
    "doctor": "nbtrack.store.check:doctor",
    "finish": "nbtrack.tracking.current:finish",
    "init": "nbtrack.tracking.init:init",
    "log": "nbtrack.tracking.current:log",
    "login": "nbtrack.tracking.current:login",
    "mark_preempting": "nbtrack.tracking.current:mark_preempting",
    "plot": "nbtrack.plot",
    "plot_table": "nbtrack.plot.basic:plot_table",
    "project": "nbtrack.panels.project.show:project",
    "restore": "nbtrack.tracking.current:restore",
    "save": "nbtrack.tracking.current:save",
    "save_chart_preset": "nbtrack.plot.presets:save_chart_preset",
    "setup": "nbtrack.tracking.current:setup",
    "show": "nbtrack.panels.show:show",
    "teardown": "nbtrack.tracking.current:teardown",
    "termerror": "nbtrack.tracking.term:termerror",
    "termlog": "nbtrack.tracking.term:termlog",
    "termwarn": "nbtrack.tracking.term:termwarn",
    "workspaces": "nbtrack.workspaces",
}

#: names that follow the current run and are looked up anew each time
_CURRENT = frozenset({"run", "config", "summary"})

#: names of W&B that later versions will have; asking for one says so
_LATER = frozenset(
    {
        "Artifact",
        "ArtifactTTL",
        "Bokeh",
        "EvalTable",
        "Graph",
        "agent",
        "controller",
        "link_model",
        "log_artifact",
        "log_model",
        "pin_config_keys",
        "sklearn",
        "sweep",
        "unwatch",
        "use_artifact",
        "use_model",
        "visualize",
        "watch",
    }
)

__all__ = [  # noqa: PLE0604  (the lazy names are strings too)
    "CommError",
    "Error",
    "NbtrackError",
    "NbtrackWarning",
    "RunStopped",
    "UnsupportedError",
    "UsageError",
    "__version__",
    "load_ipython_extension",
    "unload_ipython_extension",
    *_LAZY,
    *_CURRENT,
]


def __getattr__(name: str) -> Any:
    if name in _CURRENT:
        return getattr(import_module("nbtrack.tracking.current"), f"get_{name}")()
    if target := _LAZY.get(name):
        module, _, attribute = target.partition(":")
        found = import_module(module)
        value = getattr(found, attribute) if attribute else found
        globals()[name] = value
        return value
    msg = f"module 'nbtrack' has no attribute {name!r}"
    if name in _LATER:
        msg = f"nbtrack.{name} is not in this version: W&B has it, nbtrack not yet (docs/differences.md)"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted(__all__)


def load_ipython_extension(ipython: Any) -> None:
    """`%load_ext nbtrack`: register magics, capture and display hooks. Idempotent."""
    from nbtrack.notebook.extension import load

    load(ipython)


def unload_ipython_extension(ipython: Any) -> None:
    """`%unload_ext nbtrack`: undo each hook, and nothing else."""
    from nbtrack.notebook.extension import unload

    unload(ipython)


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "nbtrack.server"}]


if TYPE_CHECKING:
    from nbtrack import plot as plot
    from nbtrack.media.audio import Audio as Audio
    from nbtrack.media.histogram import Histogram as Histogram
    from nbtrack.media.html import Html as Html
    from nbtrack.media.image import Image as Image
    from nbtrack.media.labels import Classes as Classes
    from nbtrack.media.molecule import Molecule as Molecule
    from nbtrack.media.object3d import Object3D as Object3D
    from nbtrack.media.object3d import box3d as box3d
    from nbtrack.media.plotly import Plotly as Plotly
    from nbtrack.media.table import JoinedTable as JoinedTable
    from nbtrack.media.table import Table as Table
    from nbtrack.media.video import Video as Video
    from nbtrack.panels.compare import compare as compare
    from nbtrack.panels.show import show as show
    from nbtrack.plot.basic import plot_table as plot_table
    from nbtrack.plot.presets import chart_preset as chart_preset
    from nbtrack.plot.presets import chart_presets as chart_presets
    from nbtrack.plot.presets import save_chart_preset as save_chart_preset
    from nbtrack.query.api import Api as Api
    from nbtrack.store.check import doctor as doctor
    from nbtrack.tracking.alerts import AlertLevel as AlertLevel
    from nbtrack.tracking.config import Config as Config
    from nbtrack.tracking.current import (
        alert as alert,
    )
    from nbtrack.tracking.current import (
        attach as attach,
    )
    from nbtrack.tracking.current import (
        define_metric as define_metric,
    )
    from nbtrack.tracking.current import (
        finish as finish,
    )
    from nbtrack.tracking.current import (
        log as log,
    )
    from nbtrack.tracking.current import (
        login as login,
    )
    from nbtrack.tracking.current import (
        mark_preempting as mark_preempting,
    )
    from nbtrack.tracking.current import (
        restore as restore,
    )
    from nbtrack.tracking.current import (
        save as save,
    )
    from nbtrack.tracking.current import (
        setup as setup,
    )
    from nbtrack.tracking.current import (
        teardown as teardown,
    )
    from nbtrack.tracking.init import init as init
    from nbtrack.tracking.run import Run as Run
    from nbtrack.tracking.settings import Settings as Settings
    from nbtrack.tracking.term import termerror as termerror
    from nbtrack.tracking.term import termlog as termlog
    from nbtrack.tracking.term import termwarn as termwarn

    run: Run | None
    config: Any
    summary: Any
