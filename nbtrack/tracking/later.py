"""What W&B's runs have and this version has not, by name: each says what to do instead."""

from __future__ import annotations

from typing import Any, NoReturn

from nbtrack.errors import UnsupportedError


class Later:
    """The part of a `Run` that is still to come."""

    def watch(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """W&B's gradient histograms; not in this version."""
        _later("run.watch", "log nbtrack.Histogram(parameter.grad) yourself")

    def unwatch(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """See `watch`."""
        _later("run.unwatch", "there is nothing to unwatch")

    def log_artifact(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """W&B's artifacts; not in this version."""
        _later("run.log_artifact", "run.save(path) keeps files with the run")

    def use_artifact(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """See `log_artifact`."""
        _later("run.use_artifact", "run.restore(name, run_path) gets a file of another run")

    link_artifact = upsert_artifact = finish_artifact = log_artifact

    def log_model(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """W&B's models; not in this version."""
        _later("run.log_model", "run.save(path) keeps files with the run")

    link_model = log_model

    def use_model(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """See `log_model`."""
        _later("run.use_model", "run.restore(name, run_path) gets a file of another run")


def _later(what: str, instead: str) -> NoReturn:
    raise UnsupportedError(f"{what} is not in this version of nbtrack; {instead}")
