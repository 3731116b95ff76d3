"""`run.config`: the inputs of a run, as a dict whose keys are attributes too."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Any

from nbtrack.errors import ConfigError, LogTypeError, NotFoundError, UsageError, warn
from nbtrack.media.base import Media
from nbtrack.tracking.values import to_json

#: called with (key, JSON value) for each change; `None` in place of a function: nothing is recorded
Recorder = Callable[[str, Any], None]


class Config(MutableMapping[str, Any]):
    """Inputs of a run: hyperparameters and whatever else it began with.

    Items and attributes are the same. A value that is there already changes only with `allow_val_change`; in
    notebooks that is allowed, so that a cell may be run again. Keys that begin with "-" lose it, keys that
    begin with "_" are private: kept, but not shown by `keys()`.

    Example:
        >>> config = Config({"lr": 0.1})
        >>> config.batch_size = 32
        >>> config["lr"], dict(config)
        (0.1, {'lr': 0.1, 'batch_size': 32})

    Raises:
        ConfigError: when a value would change without `allow_val_change`.
        LogTypeError: for a value that has no JSON form.
    """

    _items: dict[str, Any]
    _locked: dict[str, str]
    _record: Recorder | None
    _allow: bool

    def __init__(
        self,
        values: object = None,
        *,
        record: Recorder | None = None,
        allow_val_change: bool = False,
    ) -> None:
        set_ = object.__setattr__
        set_(self, "_items", {})
        set_(self, "_locked", {})
        set_(self, "_record", record)
        set_(self, "_allow", allow_val_change)
        if values is not None:
            self.update(values)

    # ---- reading

    def __getitem__(self, key: str) -> Any:
        return self._items[_plain(key)]

    def __getattr__(self, key: str) -> Any:
        if key.startswith("__"):
            raise AttributeError(key)
        try:
            return self._items[_plain(key)]
        except KeyError:
            known = ", ".join(map(repr, self)) or "nothing"
            raise AttributeError(f"config has no key {key!r}; it holds {known}") from None

    def __iter__(self) -> Iterator[str]:
        return iter([key for key in self._items if not key.startswith("_")])

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and _plain(key) in self._items

    def as_dict(self) -> dict[str, Any]:
        """Return a copy as a plain dict, private keys included."""
        return dict(self._items)

    def __repr__(self) -> str:
        return f"Config({dict(self)!r})"

    # ---- writing

    def __setitem__(self, key: str, value: Any) -> None:
        self._set(key, value, allow=None)

    def __setattr__(self, key: str, value: Any) -> None:
        self._set(key, value, allow=None)

    def __delitem__(self, key: str) -> None:
        raise ConfigError(f"config[{key!r}] cannot be deleted: what a run began with stays on record")

    def __delattr__(self, key: str) -> None:
        del self[key]

    def update(  # type: ignore[override]  # W&B's signature, which has allow_val_change
        self, d: object, allow_val_change: bool | None = None
    ) -> None:
        """Take over all of `d`: a mapping, an argparse Namespace, absl flags, or the path of a YAML file.

        Raises:
            ConfigError: when a value would change and `allow_val_change` is not true.
        """
        for key, value in as_mapping(d).items():
            self._set(key, value, allow=allow_val_change)

    def setdefaults(self, d: object) -> None:
        """Take over those keys of `d` that are not there yet."""
        for key, value in as_mapping(d).items():
            if key not in self:
                self._set(key, value, allow=None)

    def persist(self) -> None:
        """Harmless: every change is on disk already."""

    def lock(self, d: object, by: str) -> None:
        """Set keys that later changes leave alone with a warning; `by` says whose they are ("sweep")."""
        for key, value in as_mapping(d).items():
            self._locked.pop(_plain(key), None)
            self._set(key, value, allow=True)
            self._locked[_plain(key)] = by

    def restore(self, items: Mapping[str, Any]) -> None:
        """Fill with what is on record already, without recording it again."""
        self._items.update(items)

    def _set(self, key: str, value: Any, *, allow: bool | None) -> None:
        key = _plain(key)
        value = _value(key, value)
        if key in self._locked:
            if self._items[key] != value:
                warn(
                    f"config[{key!r}] is set by the {self._locked[key]} and stays {self._items[key]!r}; "
                    f"{value!r} is ignored"
                )
            return
        if key in self._items:
            old = self._items[key]
            if _same(old, value):
                return
            if not (self._allow if allow is None else allow):
                raise ConfigError(
                    f'Attempted to change value of key "{key}" from {old!r} to {value!r}. If you really want '
                    "to do this, pass allow_val_change=True to config.update()"
                )
        # First on record, then in memory: a config that could not be recorded is not believed either.
        if self._record is not None:
            self._record(key, value)
        self._items[key] = value


def _plain(key: object) -> str:
    if not isinstance(key, str):
        raise LogTypeError(f"config: keys must be str, not {type(key).__name__} ({key!r})")
    return key.lstrip("-") or key


def _value(key: str, value: Any) -> Any:
    if isinstance(value, Media):
        raise LogTypeError(
            f"config[{key!r}]: a {type(value).__name__} is an output; use log() or summary for it"
        )
    if _is_namespace(value):
        value = vars(value)
    return to_json(value, f"config.{key}")


def _same(old: Any, new: Any) -> bool:
    # NaN is the only value that differs from itself; 1 and True are equal to Python but not to a reader
    return type(old) is type(new) and (old == new or (old != old and new != new))  # noqa: PLR0124


def _is_namespace(value: object) -> bool:
    argparse = sys.modules.get("argparse")  # who has a Namespace has imported it
    return argparse is not None and isinstance(value, argparse.Namespace)


def as_mapping(d: object) -> Mapping[str, Any]:
    """Return what `config=` may be given as a mapping.

    Raises:
        UsageError: for anything that is not a mapping, namespace, flags object or path of a YAML file.
        NotFoundError: for a path that does not exist.
    """
    if d is None:
        return {}
    if isinstance(d, Config):
        return d.as_dict()
    if isinstance(d, Mapping):
        return d
    if _is_namespace(d):
        return vars(d)
    flags = getattr(d, "flag_values_dict", None)  # absl.flags.FLAGS
    if callable(flags):
        return dict(flags())
    if isinstance(d, (str, Path)):
        return read_yaml(Path(d))
    raise UsageError(
        "config must be a dict, an argparse Namespace, absl flags or the path of a YAML file, "
        f"not {type(d).__name__}"
    )


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a config file; both plain `key: value` and W&B's `key: {value: ..., desc: ...}` are understood.

    Raises:
        NotFoundError: there is no such file.
        UsageError: PyYAML is not installed, or the file holds no mapping.
    """
    if not path.is_file():
        raise NotFoundError(f"config file {str(path)!r} does not exist")
    try:
        import yaml  # type: ignore[import-untyped]
    except ImportError:
        raise UsageError(
            f"reading {str(path)!r} needs PyYAML: `pip install pyyaml`, or give config as a dict"
        ) from None
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise UsageError(f"config file {str(path)!r} is not valid YAML: {error}") from error
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise UsageError(f"config file {str(path)!r} must hold a mapping, not a {type(loaded).__name__}")
    return {
        str(key): value["value"] if isinstance(value, dict) and "value" in value else value
        for key, value in loaded.items()
        if key not in {"wandb_version", "_wandb"}
    }


def select(values: Mapping[str, Any], include: Any, exclude: Any) -> dict[str, Any]:
    """Apply W&B's `config_include_keys` or `config_exclude_keys` (one of them).

    Raises:
        UsageError: when both are given.
    """
    if include and exclude:
        raise UsageError("config_include_keys and config_exclude_keys exclude each other")
    if include:
        return {key: value for key, value in values.items() if key in include}
    return {key: value for key, value in values.items() if key not in (exclude or ())}
