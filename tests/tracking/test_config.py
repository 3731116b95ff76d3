from __future__ import annotations

import argparse
import datetime
import enum
import math
import sys
import warnings

import numpy as np
import pytest

import nbtrack
from nbtrack import NbtrackWarning
from nbtrack.errors import ConfigError, LogTypeError, NotFoundError, UsageError
from nbtrack.tracking import cells


def test_items_and_attributes_are_the_same():
    config = nbtrack.Config({"lr": 0.1})
    config.batch = 32
    config["n"] = 3
    assert (config["lr"], config.lr, config["batch"], config.n) == (0.1, 0.1, 32, 3)
    assert dict(config) == {"lr": 0.1, "batch": 32, "n": 3}
    assert "lr" in config
    assert "x" not in config
    assert config.get("x", 5) == 5
    assert len(config) == 3


def test_a_missing_key_is_named():
    config = nbtrack.Config({"lr": 0.1})
    with pytest.raises(KeyError, match="nope"):
        config["nope"]
    with pytest.raises(AttributeError, match=r"'nope'.*'lr'"):
        config.nope  # noqa: B018
    assert not hasattr(config, "nope")


def test_changing_a_value_needs_permission():
    config = nbtrack.Config({"lr": 0.1})
    with pytest.raises(ConfigError, match=r'"lr" from 0.1 to 0.2.*allow_val_change=True'):
        config["lr"] = 0.2
    with pytest.raises(ConfigError):
        config.update({"lr": 0.2})
    assert config.lr == 0.1
    config.update({"lr": 0.2}, allow_val_change=True)
    assert config.lr == 0.2


def test_the_same_value_may_be_set_again():
    config = nbtrack.Config({"a": 1, "b": [1, 2], "nan": math.nan})
    config.update({"a": 1, "b": [1, 2], "nan": math.nan})
    with pytest.raises(ConfigError):
        config.a = True


def test_setdefaults_adds_only_what_is_missing():
    config = nbtrack.Config({"a": 1})
    config.setdefaults({"a": 2, "b": 3})
    assert dict(config) == {"a": 1, "b": 3}


def test_leading_dashes_are_stripped_and_private_keys_hidden():
    config = nbtrack.Config({"--lr": 0.1, "_secret": 1})
    assert config["lr"] == config["-lr"] == 0.1
    assert list(config) == ["lr"]
    assert config["_secret"] == 1
    assert config.as_dict() == {"lr": 0.1, "_secret": 1}


def test_values_become_json():
    class Opt(enum.Enum):
        ADAM = 1

    config = nbtrack.Config(
        {
            "np": np.float32(0.5),
            "arr": np.arange(3),
            "opt": Opt.ADAM,
            "when": datetime.date(2024, 1, 2),
            "set": {1},
            "nested": {"a": (1, 2)},
            "fn": math.sqrt,
            "ns": argparse.Namespace(x=1),
            "none": None,
        }
    )
    assert config.as_dict() == {
        "np": 0.5,
        "arr": [0, 1, 2],
        "opt": "ADAM",
        "when": "2024-01-02",
        "set": [1],
        "nested": {"a": [1, 2]},
        "fn": "math.sqrt",
        "ns": {"x": 1},
        "none": None,
    }


def test_what_has_no_json_form_is_named():
    config = nbtrack.Config()
    with pytest.raises(LogTypeError, match=r"config\.model"):
        config.model = object()
    with pytest.raises(LogTypeError, match="output"):
        config.img = nbtrack.Image(np.zeros((2, 2)))
    with pytest.raises(LogTypeError, match="keys must be str"):
        config[3] = 1
    assert dict(config) == {}


def test_locked_keys_stay_with_a_warning():
    config = nbtrack.Config({"lr": 1, "b": 2})
    config.lock({"lr": 5}, "sweep")
    with pytest.warns(NbtrackWarning, match=r"'lr'.*sweep.*stays 5"):
        config.update({"lr": 7, "b": 3}, allow_val_change=True)
    assert dict(config) == {"lr": 5, "b": 3}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        config.lr = 5


def test_keys_cannot_be_deleted():
    config = nbtrack.Config({"lr": 1})
    with pytest.raises(ConfigError, match="lr"):
        del config["lr"]


class Flags:
    def flag_values_dict(self):
        return {"lr": 3}


@pytest.mark.parametrize("given", [{"lr": 3}, argparse.Namespace(lr=3), Flags(), nbtrack.Config({"lr": 3})])
def test_init_takes_config_in_many_forms(read, given):
    run = nbtrack.init(config=given)
    assert run.config.lr == 3
    assert read(run).config == {"lr": 3}


def test_config_may_be_a_yaml_path(tmp_path):
    (tmp_path / "c.yaml").write_text("lr: 0.5\nbatch:\n  desc: size\n  value: 8\nwandb_version: 1\n")
    run = nbtrack.init(config=str(tmp_path / "c.yaml"))
    assert dict(run.config) == {"lr": 0.5, "batch": 8}


def test_config_defaults_of_the_working_folder_are_overridden(tmp_path):
    (tmp_path / "config-defaults.yaml").write_text("lr: {value: 1}\nepochs: {value: 9}\n")
    run = nbtrack.init(config={"lr": 2})
    assert dict(run.config) == {"lr": 2, "epochs": 9}


def test_bad_config_files_are_named(tmp_path):
    with pytest.raises(NotFoundError, match=r"missing\.yaml"):
        nbtrack.init(config="missing.yaml")
    (tmp_path / "bad.yaml").write_text("a: [1")
    with pytest.raises(UsageError, match=r"bad\.yaml.*YAML"):
        nbtrack.init(config="bad.yaml")
    (tmp_path / "list.yaml").write_text("- 1")
    with pytest.raises(UsageError, match="mapping"):
        nbtrack.init(config="list.yaml")
    with pytest.raises(UsageError, match="not int"):
        nbtrack.init(config=3)
    assert nbtrack.run is None


def test_without_pyyaml_the_message_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "yaml", None)
    (tmp_path / "c.yaml").write_text("lr: 0.5\n")
    with pytest.raises(UsageError, match="pip install pyyaml"):
        nbtrack.init(config="c.yaml")


def test_include_and_exclude_keys():
    given = {"a": 1, "b": 2, "c": 3}
    one = nbtrack.init(config=given, config_include_keys=["a", "b"], reinit="create_new")
    two = nbtrack.init(config=given, config_exclude_keys=["a"], reinit="create_new")
    assert (dict(one.config), dict(two.config)) == ({"a": 1, "b": 2}, {"b": 2, "c": 3})
    with pytest.raises(UsageError, match="exclude each other"):
        nbtrack.init(config=given, config_include_keys=["a"], config_exclude_keys=["a"])


def test_changes_are_on_disk_at_once(run, read):
    run.config.lr = 0.1
    run.config.update({"nested": {"x": [1]}})
    nbtrack.config.more = "yes"
    assert read(run).config == {"lr": 0.1, "nested": {"x": [1]}, "more": "yes"}


def test_assigning_config_updates_it(run):
    run.config = {"a": 1}
    assert dict(run.config) == {"a": 1}


def test_notebooks_may_change_values(monkeypatch):
    monkeypatch.setattr(cells, "in_notebook", lambda: True)
    run = nbtrack.init(config={"lr": 1})
    run.config.lr = 2
    assert run.config.lr == 2
    strict = nbtrack.init(config={"lr": 1}, allow_val_change=False)
    with pytest.raises(ConfigError):
        strict.config.lr = 2


def test_config_static_is_read_only(run):
    run.config.a = 1
    with pytest.raises(TypeError):
        run.config_static["a"] = 2


def test_config_of_a_finished_run_cannot_change(run):
    run.config.a = 1
    run.finish()
    assert run.config.a == 1
    with pytest.raises(nbtrack.UsageError, match="finished"):
        run.config.b = 2
    assert "b" not in run.config
