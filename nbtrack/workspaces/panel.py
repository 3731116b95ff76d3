"""What all panels of a workspace have, and how their arguments become the config that the page keeps."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, Self

from nbtrack.workspaces.expr import BaseMetric, field_of, metric_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbtrack.store.model import Json

#: arguments that are no part of the config
_OWN = frozenset({"title", "layout"})


@dataclass
class Layout:
    """Where a panel stands on W&B's grid of 24 columns; its section has a custom layout then."""

    x: int = 0
    y: int = 0
    w: int = 8
    h: int = 6


@dataclass(kw_only=True, eq=False, repr=False)
class Panel:
    """What all panels have.

    Attributes:
        title: Heading; default: after what is shown.
        layout: Place in the section; default: after the panel before it.
    """

    title: str | None = None
    layout: Layout | None = None

    #: of the page
    kind: ClassVar[str] = ""
    #: argument -> its name in the page's config, where that is another
    names: ClassVar[Mapping[str, str]] = {}
    #: arguments that are columns of runs, or lists of these
    columns_of_runs: ClassVar[frozenset[str]] = frozenset()

    def __post_init__(self) -> None:
        #: of the document, and the text by which it sorts; "" until it is saved
        self.id = ""
        self.order = ""
        #: what the page keeps in the config that has no argument here
        self.rest: dict[str, Json] = {}

    def config(self) -> dict[str, Any]:
        """What the page keeps: arguments that are not at their default."""
        found: dict[str, Any] = dict(self.rest)
        for one in fields(self):
            value = getattr(self, one.name)
            if one.name not in _OWN and not _is_default(one, value):
                found[self.names.get(one.name, one.name)] = _plain(value, one.name in self.columns_of_runs)
        return found

    def __repr__(self) -> str:
        given = [one.name for one in fields(self) if not _is_default(one, getattr(self, one.name))]
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in given)})"

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Undo `config`."""
        taken = {cls.names.get(one.name, one.name): one.name for one in fields(cls) if one.name not in _OWN}
        given = {}
        for name, value in config.items():
            if name in taken:
                given[taken[name]] = _given(taken[name], value, taken[name] in cls.columns_of_runs)
        panel = cls(**given)
        panel.rest = {name: value for name, value in config.items() if name not in taken}
        return panel


def _is_default(one: Any, value: object) -> bool:
    if isinstance(value, BaseMetric):  # its == makes a filter
        return False
    default = one.default if one.default is not MISSING else one.default_factory()
    if isinstance(value, (list, tuple)):
        return not any(part is not None for part in value)
    return bool(value == default)


def _plain(value: Any, column: bool) -> Any:
    """Return what an argument is in the document."""
    if isinstance(value, BaseMetric):
        return value.field if column else value.name
    if isinstance(value, str):
        return field_of(value) if column else value
    if isinstance(value, (list, tuple)):
        return [_plain(one, column) for one in value]
    if isinstance(value, dict):
        return {name: _plain(one, column) for name, one in value.items()}
    return value


def _given(name: str, value: Any, column: bool) -> Any:
    """Undo `_plain`."""
    if isinstance(value, list) and (column or name.startswith("range_")):
        parts = [_given("", one, column) for one in value]
        return parts if column else tuple(parts)
    return metric_of(value) if column and isinstance(value, str) and value else value
