"""Settings of a run: defaults, then `WANDB_*`, then `NBTRACK_*`, then what the call says.

`Settings` takes every name that `wandb.Settings` takes. Those that mean nothing without a server are accepted
and named once in a warning; names that neither knows are an error.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from nbtrack.errors import UsageError, warn

MODES = ("online", "offline", "disabled", "shared")
_LEGACY_MODES = {"dryrun": "offline", "run": "online"}
REINIT = ("default", "return_previous", "finish_previous", "create_new")
RESUME = ("allow", "never", "must", "auto")
BAD_VALUES = ("raise", "warn")

_TRUE = frozenset({"1", "true", "yes", "on", "y", "t"})
_FALSE = frozenset({"0", "false", "no", "off", "n", "f", ""})


def _flag(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise UsageError(f"{name} must be true or false, not {value!r}")


def _number(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise UsageError(f"{name} must be a number, not {value!r}") from None
    if not number >= 0:
        raise UsageError(f"{name} must be 0 or more, not {value!r}")
    return number


def _text(name: str, value: Any) -> str:
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if not isinstance(value, str):
        raise UsageError(f"{name} must be a str, not {type(value).__name__}")
    return value


def _texts(name: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if not isinstance(value, Iterable):
        raise UsageError(f"{name} must be a list of str, not {type(value).__name__}")
    return tuple(_text(name, part) for part in value)


def _choice(*accepted: str) -> Callable[[str, Any], str]:
    def parse(name: str, value: Any) -> str:
        text = str(value).strip().lower()
        if text not in accepted:
            raise UsageError(f"{name} must be one of {', '.join(accepted)}; not {value!r}")
        return text

    return parse


def _mode(name: str, value: Any) -> str:
    text = str(value).strip().lower()
    return _choice(*MODES)(name, _LEGACY_MODES.get(text, text))


def _reinit(name: str, value: Any) -> str:
    if isinstance(value, bool) or (isinstance(value, str) and value.strip().lower() in _TRUE | _FALSE):
        return "finish_previous" if _flag(name, value) else "return_previous"
    return _choice(*REINIT)(name, value)


def _resume(name: str, value: Any) -> str | None:
    if isinstance(value, bool) or (isinstance(value, str) and value.strip().lower() in _TRUE | _FALSE):
        return "auto" if _flag(name, value) else None
    return _choice(*RESUME)(name, value)


def _console(name: str, value: Any) -> bool:
    # W&B names the way of capturing (wrap, redirect, ...); here there is one, and "off".
    if isinstance(value, str) and value.strip().lower() in {
        "auto",
        "wrap",
        "wrap_raw",
        "wrap_emu",
        "redirect",
    }:
        return True
    return _flag(name, value)


def _setting(
    default: Any, parse: Callable[[str, Any], Any], env: str | None = None, own_env: str | None = None
) -> Any:
    """A field: its parser, `WANDB_<env>` and `NBTRACK_<env>` (or only `NBTRACK_<own_env>`)."""
    return field(
        default=default, metadata={"parse": parse, "env": env, "own_env": env if own_env is None else own_env}
    )


@dataclass(init=False)
class Settings:
    """What can be set for a run; see the comments of the fields.

    Example:
        >>> Settings(console=False, x_stats_sampling_interval=5).system_interval
        5.0

    Raises:
        UsageError: for a name that is not a setting, or a value that the setting does not take.
    """

    # where and what
    project: str | None = _setting(None, _text, "PROJECT")
    entity: str | None = _setting(None, _text, "ENTITY")
    run_id: str | None = _setting(None, _text, "RUN_ID")
    run_name: str | None = _setting(None, _text, "NAME")
    run_notes: str | None = _setting(None, _text, "NOTES")
    run_tags: tuple[str, ...] | None = _setting(None, _texts, "TAGS")
    run_group: str | None = _setting(None, _text, "RUN_GROUP")
    run_job_type: str | None = _setting(None, _text, "JOB_TYPE")
    #: folder whose `nbtrack` folder is the store
    root_dir: str | None = _setting(None, _text, "DIR", own_env="")
    mode: str = _setting("online", _mode, "MODE")
    reinit: str = _setting("default", _reinit, "REINIT")
    resume: str | None = _setting(None, _resume, "RESUME")
    #: "<run id>?_step=<n>": rewind that run, or begin a new one with its history up to n
    resume_from: str | None = _setting(None, _text)
    fork_from: str | None = _setting(None, _text)
    config_paths: tuple[str, ...] | None = _setting(None, _texts, "CONFIG_PATHS")
    #: None: automatic, that is, allowed in notebooks
    allow_val_change: bool | None = _setting(None, _flag)

    # what is recorded beside the metrics
    #: stdout and stderr
    console: bool = _setting(True, _console, "CONSOLE")
    #: CPU, memory, disk, network and NVIDIA metrics
    system_metrics: bool = _setting(True, _flag, own_env="SYSTEM_METRICS")
    #: seconds between two samples of them
    system_interval: float = _setting(10.0, _number, own_env="SYSTEM_INTERVAL")
    #: the script or notebook itself
    save_code: bool = _setting(False, _flag, "SAVE_CODE")
    disable_code: bool = _setting(False, _flag, "DISABLE_CODE")
    disable_git: bool = _setting(False, _flag, "DISABLE_GIT")
    #: names and versions of the installed packages
    packages: bool = _setting(True, _flag, own_env="PACKAGES")
    ignore_globs: tuple[str, ...] = _setting((), _texts, "IGNORE_GLOBS")
    program: str | None = _setting(None, _text, "PROGRAM")
    notebook_name: str | None = _setting(None, _text, "NOTEBOOK_NAME")
    host: str | None = _setting(None, _text, "HOST")
    username: str | None = _setting(None, _text, "USERNAME")

    # how it behaves
    #: "raise" an error for a value that cannot be logged, or only "warn"; the other keys are written either
    #: way
    bad_values: str = _setting("raise", _choice(*BAD_VALUES), own_env="BAD_VALUES")
    silent: bool = _setting(False, _flag, "SILENT")
    quiet: bool = _setting(False, _flag, "QUIET")
    #: start the process that seals logs into Parquet when a run ends
    seal: bool = _setting(True, _flag, own_env="SEAL")
    #: seconds that `finish()` waits for media to be encoded; what is left is encoded by `nbtrack tidy`
    finish_timeout: float = _setting(300.0, _number, own_env="FINISH_TIMEOUT")

    def __init__(self, **values: Any) -> None:
        object.__setattr__(self, "_given", set())
        for item in fields(self):
            object.__setattr__(self, item.name, item.default)
        self.update(values)

    def __setattr__(self, name: str, value: Any) -> None:
        self.update({name: value})

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Return the defaults, overridden by `WANDB_*` and then `NBTRACK_*`. Empty variables are unset."""
        environ = os.environ if environ is None else environ
        settings = cls()
        for item in fields(cls):
            for prefix, key in (("WANDB_", "env"), ("NBTRACK_", "own_env")):
                variable = prefix + (item.metadata[key] or "")
                if item.metadata[key] and (value := environ.get(variable)):
                    settings._set(item.name, value, variable)
        return settings

    def update(self, values: Settings | Mapping[str, Any]) -> None:
        """Take over a mapping, or what was said in another `Settings`."""
        if isinstance(values, Settings):
            values = values.given()
        ignored = []
        for given, value in values.items():
            name, inverted = _ALIASES.get(given, (given, False))
            if name not in _PARSERS:
                if given in _IGNORED.split() or given.startswith("x_"):
                    ignored.append(given)
                    continue
                import difflib

                close = difflib.get_close_matches(given, [*_PARSERS, *_ALIASES], 1)
                hint = f"; did you mean {close[0]!r}?" if close else ""
                raise UsageError(f"{given!r} is not a setting of nbtrack{hint}")
            self._set(name, not _flag(given, value) if inverted else value, given)
        if ignored:
            warn("settings that mean nothing without a W&B server are ignored: " + ", ".join(sorted(ignored)))

    def given(self) -> dict[str, Any]:
        """What was said, by argument, assignment or environment; the rest are defaults."""
        names: set[str] = self._given
        return {item.name: getattr(self, item.name) for item in fields(self) if item.name in names}

    def copy(self) -> Settings:
        """Return an independent copy."""
        return Settings(**self.given())

    def _set(self, name: str, value: Any, given: str) -> None:
        object.__setattr__(self, name, None if value is None else _PARSERS[name](given, value))
        self._given.add(name)

    def __getattr__(self, name: str) -> Any:
        # W&B's own names of settings that go by another name here
        alias = _ALIASES.get(name)
        if alias is None:
            raise AttributeError(f"Settings has no field {name!r}")
        value = getattr(self, alias[0])
        return not value if alias[1] else value


_PARSERS: dict[str, Callable[[str, Any], Any]] = {
    item.name: item.metadata["parse"] for item in fields(Settings)
}

#: W&B's (or older) name -> (our name, whether the meaning is inverted)
_ALIASES: dict[str, tuple[str, bool]] = {
    "dir": ("root_dir", False),
    "id": ("run_id", False),
    "name": ("run_name", False),
    "notes": ("run_notes", False),
    "tags": ("run_tags", False),
    "group": ("run_group", False),
    "job_type": ("run_job_type", False),
    "x_disable_stats": ("system_metrics", True),
    "_disable_stats": ("system_metrics", True),
    "x_disable_meta": ("packages", True),
    "_disable_meta": ("packages", True),
    "x_stats_sampling_interval": ("system_interval", False),
    "_stats_sampling_interval": ("system_interval", False),
    "_stats_sample_rate_seconds": ("system_interval", False),
}

#: names of `wandb.Settings` and of older releases that ask for a server, an uploader or a service process
_IGNORED = """
    allow_media_symlink allow_offline_artifacts anonymous api_key app_url app_url_override artifact_dir
    async_upload_concurrency_limit base_url colab_url credentials_file data_dir deployment disable_hints
    disable_job_creation docker email files_dir force git_commit git_remote git_remote_url git_root
    heartbeat_seconds http_proxy https_proxy identity_token_file init_timeout insecure_disable_ssl is_local
    launch launch_config_path log_dir log_internal log_symlink_internal log_symlink_user log_user
    login_timeout max_end_of_run_history_metrics max_end_of_run_summary_metrics noop offline project_url
    proxies relogin require_core resume_fname rootdir run_mode run_url save_requirements sagemaker_disable
    service_transport service_wait settings_system settings_workspace show_colors show_emoji show_errors
    show_info show_warnings stop_fn start_method start_time strict summary_errors summary_timeout
    summary_warnings sweep_id sweep_param_path sweep_url symlink sync_dir sync_file sync_symlink_latest
    system_sample system_sample_seconds table_raise_on_max_row_limit_exceeded timespec tmp_dir use_dot_wandb
    user_agent wandb_dir _async_upload_concurrency_limit _disable_machine_info _disable_service
    _disable_setproctitle _disable_update_check _disable_viewer _internal_check_process
    _internal_queue_timeout _live_policy_rate_limit _live_policy_wait_time _require_core
    _require_legacy_service _require_service _save_requirements _service_wait _show_operation_stats
    _start_time _stats_open_metrics_endpoints _stats_neuron_monitor_config_path _stats_disk_paths _stats_pid
    _sync _tmp_code_dir _tracelog
"""


def nbtrack_dir(settings: Settings) -> Path | None:
    """The store folder that `NBTRACK_DIR` or `dir=` names, or None for the default beside the notebook.

    `dir=X` (and `WANDB_DIR`) means `X/nbtrack` (or `X/.nbtrack`, when it is there), unless `X` is itself a
    store.
    """
    if settings.root_dir is None:
        return None
    root = Path(settings.root_dir).expanduser()
    if (root / "nbtrack.json").exists():
        return root
    hidden = root / ".nbtrack"
    if hidden.is_dir() or (root / "nbtrack" / "__init__.py").exists():
        return hidden
    return root / "nbtrack"
