from __future__ import annotations

import pytest

import nbtrack
from nbtrack import NbtrackWarning, Settings
from nbtrack.errors import UsageError


def test_wandbs_names_are_understood():
    settings = Settings(
        x_disable_stats=True,
        x_stats_sampling_interval=5,
        console="wrap",
        run_tags="a,b",
        id="x",
        mode="dryrun",
    )
    assert not settings.system_metrics
    assert settings.x_disable_stats
    assert settings.system_interval == settings._stats_sampling_interval == 5.0
    assert settings.console is True
    assert settings.run_tags == ("a", "b")
    assert (settings.run_id, settings.mode) == ("x", "offline")
    assert Settings(console="off").console is False


def test_settings_without_meaning_are_named_once():
    with pytest.warns(NbtrackWarning, match="base_url, start_method, x_anything") as said:
        Settings(start_method="thread", base_url="https://example.org", x_anything=1)
    assert len(said) == 1
    assert said[0].filename == __file__


def test_unknown_settings_are_errors_with_a_hint():
    with pytest.raises(UsageError, match=r"'projct' is not a setting.*'project'"):
        Settings(projct="x")
    settings = Settings()
    with pytest.raises(UsageError):
        settings.nope = 1
    with pytest.raises(AttributeError):
        settings.nope  # noqa: B018


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("mode", "cloud", "online, offline, disabled, shared"),
        ("silent", "maybe", "true or false"),
        ("system_interval", "often", "number"),
        ("system_interval", -1, "0 or more"),
        ("project", 3, "str"),
        ("run_tags", 3, "list of str"),
        ("bad_values", "ignore", "raise, warn"),
        ("resume", "perhaps", "allow, never, must, auto"),
    ],
)
def test_unusable_values_are_named(name, value, message):
    with pytest.raises(UsageError, match=rf"{name}.*{message}"):
        Settings(**{name: value})


def test_environment(monkeypatch):
    found = Settings.from_environment(
        {
            "WANDB_PROJECT": "w",
            "NBTRACK_PROJECT": "n",
            "WANDB_SILENT": "true",
            "WANDB_RESUME": "true",
            "NBTRACK_SEAL": "0",
            "WANDB_TAGS": "",
            "WANDB_CONSOLE": "off",
            "NBTRACK_DIR": "/ignored/here",
        }
    )
    assert (found.project, found.silent, found.resume, found.seal) == ("n", True, "auto", False)
    assert (found.run_tags, found.console, found.root_dir) == (None, False, None)


def test_a_wrong_variable_is_named():
    with pytest.raises(UsageError, match="WANDB_MODE"):
        Settings.from_environment({"WANDB_MODE": "sometimes"})


def test_copies_are_independent():
    one = Settings(project="a")
    two = one.copy()
    two.project = "b"
    assert (one.project, two.project) == ("a", "b")
    assert one.given() == {"project": "a"}


def test_a_default_that_was_said_wins_over_the_environment(monkeypatch):
    monkeypatch.setenv("WANDB_CONSOLE", "off")
    monkeypatch.setenv("NBTRACK_FINISH_TIMEOUT", "1")
    run = nbtrack.init(settings=Settings(finish_timeout=300))
    assert (run.settings.finish_timeout, run.settings.console) == (300, False)


def test_init_takes_settings_as_object_or_dict():
    assert nbtrack.init(settings=Settings(run_name="a"), reinit="create_new").name == "a"
    assert nbtrack.init(settings={"name": "b"}, reinit="create_new").name == "b"
