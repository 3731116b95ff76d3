"""`nbtrack.show`: whatever it is, put it below the cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbtrack.errors import NotFoundError, UsageError
from nbtrack.panels.compare import compare
from nbtrack.panels.run import open_store, panel_of, reader_of

if TYPE_CHECKING:
    from nbtrack.media.base import Media
    from nbtrack.panels.widget import Panel


def show(thing: Any = None) -> Panel | Media | Any:
    """Return what displays `thing`; as the last expression of a cell it is shown.

    Args:
        thing: a run, a run of `Api`, a run id, a medium, a project's name (its latest runs side by side), a
            list of runs, or what `nbtrack.Image` takes (an array, a PIL image, a matplotlib figure). Default:
            the open run.

    Raises:
        NotFoundError: a name that is neither a run nor a project.
        UsageError: nothing that can be shown, or no run is open.

    Example:
        >>> nbtrack.show("3f9a1c2e")
        >>> nbtrack.show("digits")
    """
    from nbtrack.media.base import Media

    if thing is None:
        from nbtrack.tracking.current import get_run

        current = get_run()
        if current is None:
            raise UsageError("no run is open; name one: nbtrack.show(run)")
        return panel_of(current)
    if isinstance(thing, str):
        try:
            return panel_of(reader_of(thing, open_store()))
        except NotFoundError:
            return compare(thing)
    if hasattr(thing, "reader") or hasattr(thing, "run_dir"):
        return panel_of(thing)
    if isinstance(thing, Media):
        return thing
    if hasattr(thing, "_repr_mimebundle_") or hasattr(thing, "_ipython_display_"):
        return thing  # a panel, the runs of Api, anything that shows itself
    if isinstance(thing, list | tuple) and thing and all(hasattr(run, "reader") for run in thing):
        return compare(*thing)
    from nbtrack.media.coerce import coerce

    media = coerce(thing)
    if media is None:
        from nbtrack.media.image import Image

        media = Image(thing)
    return media
