"""Functions that the notebook edge wants called when a run starts or ends.

Layers above `tracking` may not be imported here, so they register themselves. A hook that raises is named
once and dropped: somebody's display code never stops a training run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbtrack.tracking.term import termwarn

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbtrack.tracking.run import Run

    Hook = Callable[[Run], None]

#: called at the end of `init()`, with the run
run_started: list[Hook] = []
#: called at the end of `finish()`, with the run
run_finished: list[Hook] = []


def add(hooks: list[Hook], hook: Hook) -> None:
    """Append `hook`; adding the same one again changes nothing."""
    if hook not in hooks:
        hooks.append(hook)


def remove(hooks: list[Hook], hook: Hook) -> None:
    """Take `hook` out; harmless when it is not there."""
    if hook in hooks:
        hooks.remove(hook)


def fire(hooks: list[Hook], run: Run) -> None:
    """Call each hook with `run`."""
    for hook in list(hooks):
        try:
            hook(run)
        except Exception as error:
            remove(hooks, hook)
            name = getattr(hook, "__qualname__", repr(hook))
            termwarn(f"the hook {name} failed and is switched off: {type(error).__name__}: {error}")
