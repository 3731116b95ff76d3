"""The current run, and the module-level functions that act on it (`nbtrack.log` and its like)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, NoReturn

from nbtrack.errors import NbtrackError

if TYPE_CHECKING:
    import os
    from datetime import timedelta

    from nbtrack.tracking.alerts import AlertLevel
    from nbtrack.tracking.config import Config
    from nbtrack.tracking.metrics import Metric
    from nbtrack.tracking.run import Run
    from nbtrack.tracking.settings import Settings
    from nbtrack.tracking.summary import Summary

_run: Run | None = None


def get_run() -> Run | None:
    """`nbtrack.run`: the run that `init()` started last and that is not finished, or None."""
    return _run


def set_run(run: Run) -> None:
    """Make `run` the current one."""
    global _run
    _run = run


def forget(run: Run) -> None:
    """`run` has ended: if it was the current one, there is none now."""
    global _run
    if _run is run:
        _run = None


def get_config() -> Config | PreInit:
    """`nbtrack.config`: of the current run; before `init()` a mapping that says so when it is used."""
    return PreInit("config") if _run is None else _run.config


def get_summary() -> Summary | PreInit:
    """`nbtrack.summary`: of the current run; before `init()` a mapping that says so when it is used."""
    return PreInit("summary") if _run is None else _run.summary


def _needed(what: str) -> Run:
    if _run is None:
        _complain(what)
    return _run


def _complain(what: str) -> NoReturn:
    raise NbtrackError(f"You must call nbtrack.init() before nbtrack.{what}()")


class PreInit(MutableMapping[str, Any]):
    """`nbtrack.config` or `nbtrack.summary` before there is a run."""

    def __init__(self, name: str) -> None:
        object.__setattr__(self, "_name", name)

    def _refuse(self, use: str) -> NoReturn:
        raise NbtrackError(f"You must call nbtrack.init() before nbtrack.{self._name}{use}")

    def __getitem__(self, key: str) -> Any:
        self._refuse(f"[{key!r}]")

    def __setitem__(self, key: str, value: Any) -> None:
        self._refuse(f"[{key!r}]")

    def __delitem__(self, key: str) -> None:
        self._refuse(f"[{key!r}]")

    def __iter__(self) -> Iterator[str]:
        self._refuse("")

    def __len__(self) -> int:  # noqa: PLE0303
        self._refuse("")

    def __getattr__(self, key: str) -> Any:
        if key.startswith("__"):
            raise AttributeError(key)
        self._refuse(f".{key}")

    def __setattr__(self, key: str, value: Any) -> None:
        self._refuse(f".{key}")

    def update(self, *_args: Any, **_kwargs: Any) -> None:
        """Refuse."""
        self._refuse(".update")

    def __repr__(self) -> str:
        return f"<nbtrack.{self._name} before nbtrack.init()>"


# ---- functions of the current run; arguments and errors as of the methods of `Run` -----------------------


def log(
    data: Mapping[str, Any], step: int | None = None, commit: bool | None = None, sync: bool | None = None
) -> None:
    """`Run.log` of the current run."""
    if _run is None:
        _complain("log")
    _run.log(data, step, commit, sync)


def finish(exit_code: int | None = None, quiet: bool | None = None) -> None:
    """`Run.finish` of the current run; without one, nothing."""
    if _run is not None:
        _run.finish(exit_code, quiet)


def define_metric(
    name: str,
    step_metric: str | Metric | None = None,
    step_sync: bool | None = None,
    hidden: bool | None = None,
    summary: str | None = None,
    goal: str | None = None,
    overwrite: bool | None = None,
    objective: str | None = None,
) -> Metric:
    """`Run.define_metric` of the current run."""
    return _needed("define_metric").define_metric(
        name, step_metric, step_sync, hidden, summary, goal, overwrite, objective
    )


def alert(
    title: str,
    text: str = "",
    level: str | AlertLevel | None = None,
    wait_duration: float | timedelta | None = None,
) -> None:
    """`Run.alert` of the current run."""
    _needed("alert").alert(title, text, level, wait_duration)


def mark_preempting() -> None:
    """`Run.mark_preempting` of the current run."""
    _needed("mark_preempting").mark_preempting()


def save(
    glob_str: str | os.PathLike[str],
    base_path: str | os.PathLike[str] | None = None,
    policy: str = "live",
    glob: bool = True,
) -> list[str]:
    """`Run.save` of the current run."""
    return _needed("save").save(glob_str, base_path, policy, glob)


def restore(name: str, run_path: str | None = None, replace: bool = False, root: str | None = None) -> Any:
    """`Run.restore` of the current run."""
    return _needed("restore").restore(name, run_path, replace, root)


# ---- W&B's life cycle around runs; there is no account and no service here -------------------------------


def login(*_args: Any, **_kwargs: Any) -> bool:
    """Say that no account is needed, once. All arguments of `wandb.login` are accepted.

    Returns:
        True.
    """
    from nbtrack.tracking.term import termlog

    termlog("no login needed: everything is kept in the store on your own disk", repeat=False)
    return True


def setup(settings: Settings | None = None) -> Settings:
    """Return the settings that `init()` would begin with; W&B starts its service here, nbtrack has none."""
    from nbtrack.tracking.settings import Settings

    found = Settings.from_environment()
    if settings is not None:
        found.update(settings)
    return found


def teardown(exit_code: int | None = None) -> None:
    """Finish all open runs of this process."""
    from nbtrack.tracking.run import open_runs

    for run in open_runs():
        run.finish(exit_code)


def attach(run_id: str, root: str | None = None, step: int | None = None) -> Run:
    """Write to a run that another process has started; see `nbtrack.tracking.init.attach`."""
    from nbtrack.tracking.init import attach as attach_

    return attach_(run_id, root, step)
