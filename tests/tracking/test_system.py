"""System metrics land under `_sys/`, at milliseconds since the run began."""

from __future__ import annotations

import os
import stat
import sys
import threading
import time
import types
import warnings

import psutil
import pytest

from nbtrack.errors import UsageError
from nbtrack.store.journal import Journal
from nbtrack.store.layout import Store
from nbtrack.store.reader import RunReader
from nbtrack.tracking import system


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", None)
    monkeypatch.setenv("PATH", "")


@pytest.fixture
def store(tmp_path):
    return Store.open(tmp_path / "store", create=True)


@pytest.fixture
def journal(store):
    journal = Journal(store, "r1", store.create_run_dir("r1", 1.0), started=time.time())
    yield journal
    journal.close()


def wait_for(store, key, n):
    reader = RunReader(store, "r1")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        reader.refresh()
        info = reader.keys(internal=True).get(key)
        if info is not None and info.n >= n:
            return reader
        time.sleep(0.02)
    raise AssertionError(f"{key} has not {n} points")


def test_the_first_sample_comes_at_once_with_all_basic_keys(store, journal, no_gpu):
    stop = system.start(journal, interval=3600, started=time.time())
    reader = wait_for(store, "_sys/proc.memory_rss_mb", 1)
    stop()
    keys = set(reader.keys(internal=True))
    assert keys >= {
        "_sys/cpu",
        "_sys/memory_percent",
        "_sys/proc.cpu",
        "_sys/proc.memory_rss_mb",
        "_sys/proc.threads",
        "_sys/disk_percent",
    }
    rss = reader.series("_sys/proc.memory_rss_mb").values[0]
    assert 1 < rss < psutil.virtual_memory().total / 2**20
    assert 0 <= reader.series("_sys/memory_percent").values[0] <= 100
    assert reader.series("_sys/proc.threads").values[0] >= 1


def test_steps_are_milliseconds_since_the_run_began_and_the_runs_step_stays(store, journal, no_gpu):
    stop = system.start(journal, interval=3600, started=time.time() - 100)
    reader = wait_for(store, "_sys/cpu", 1)
    stop()
    assert 100_000 <= reader.series("_sys/cpu").steps[0] < 200_000
    assert reader.last_step == -1


def test_it_goes_on_sampling_and_rates_come_with_the_second_sample(store, journal, no_gpu):
    stop = system.start(journal, interval=0.1, started=time.time())
    reader = wait_for(store, "_sys/cpu", 3)
    stop()
    assert (reader.series("_sys/cpu").steps[1:] > reader.series("_sys/cpu").steps[:-1]).all()
    rates = [key for key in reader.keys(internal=True) if key.endswith("_mb_s")]
    for key in rates:
        assert reader.series(key).steps[0] > reader.series("_sys/cpu").steps[0]
        assert (reader.series(key).values >= 0).all()


def test_stop_ends_the_thread_and_may_be_called_twice(store, journal, no_gpu):
    stop = system.start(journal, interval=0.1)
    wait_for(store, "_sys/cpu", 1)
    stop()
    stop()
    assert not [t for t in threading.enumerate() if t.name == "nbtrack-system" and t.is_alive()]


def test_what_the_machine_hides_is_left_out(monkeypatch, tmp_path, no_gpu):
    def denied(*_args, **_kwargs):
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil, "virtual_memory", denied)
    monkeypatch.setattr(psutil, "disk_io_counters", lambda: None)
    sampler = system.Sampler(str(tmp_path))
    sampler.sample()
    values = sampler.sample()
    assert "memory_percent" not in values
    assert not [name for name in values if name.startswith("disk.")]
    assert "proc.memory_rss_mb" in values


def test_a_failing_journal_ends_the_sampling_with_one_warning(journal, no_gpu, monkeypatch, capsys):
    def fail(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(journal, "rows", fail)
    stop = system.start(journal, interval=0.1)
    deadline = time.monotonic() + 30
    while any(t.name == "nbtrack-system" for t in threading.enumerate()) and time.monotonic() < deadline:
        time.sleep(0.02)
    stop()
    assert capsys.readouterr().err.count("system metrics are no longer recorded") == 1


@pytest.mark.parametrize("interval", [0, -1, 0.01, float("nan")])
def test_an_interval_that_is_too_short_is_an_error(journal, interval):
    with pytest.raises(UsageError, match="interval"):
        system.start(journal, interval=interval)


# ---- NVIDIA -------------------------------------------------------------------------------------------------


def nvml_with_two_boards():
    """Stands in for NVIDIA's library: the second board tells no power."""
    module = types.ModuleType("pynvml")

    class NVMLError(Exception):
        pass

    def power(device):
        if device == 1:
            raise NVMLError("Not Supported")
        return 71_500

    module.NVMLError = NVMLError
    module.NVML_TEMPERATURE_GPU = 0
    module.nvmlInit = lambda: None
    module.nvmlDeviceGetCount = lambda: 2
    module.nvmlDeviceGetHandleByIndex = lambda i: i
    module.nvmlDeviceGetUtilizationRates = lambda d: types.SimpleNamespace(gpu=40 + d)
    module.nvmlDeviceGetMemoryInfo = lambda _d: types.SimpleNamespace(used=2 * 2**30, total=8 * 2**30)
    module.nvmlDeviceGetTemperature = lambda d, _kind: 60 + d
    module.nvmlDeviceGetPowerUsage = power
    return module


def test_gpus_are_read_through_nvml_and_what_one_does_not_tell_is_left_out(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "pynvml", nvml_with_two_boards())
    values = system.Sampler(str(tmp_path)).sample()
    gpus = {name: value for name, value in values.items() if name.startswith("gpu.")}
    assert gpus == {
        "gpu.0.util": 40.0,
        "gpu.0.memory_mb": 2048.0,
        "gpu.0.memory_percent": 25.0,
        "gpu.0.temp": 60.0,
        "gpu.0.power_w": 71.5,
        "gpu.1.util": 41.0,
        "gpu.1.memory_mb": 2048.0,
        "gpu.1.memory_percent": 25.0,
        "gpu.1.temp": 61.0,
    }


def test_the_thread_leaves_alone_how_the_user_handles_warnings(monkeypatch, tmp_path):
    """A package on the path is imported: the old pynvml, which warns that it is old."""
    site = tmp_path / "site"
    (site / "pynvml-11.5.dist-info").mkdir(parents=True)
    (site / "pynvml-11.5.dist-info/METADATA").write_text("Name: pynvml\nVersion: 11.5\n")
    (site / "pynvml.py").write_text(
        "import warnings\n"
        "warnings.warn('The pynvml package is deprecated. Please install nvidia-ml-py', FutureWarning)\n"
        "class NVMLError(Exception): pass\n"
        "def nvmlInit(): raise NVMLError\n"
    )
    monkeypatch.delitem(sys.modules, "pynvml", raising=False)
    monkeypatch.syspath_prepend(str(site))
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        monkeypatch.delattr(warnings, "catch_warnings")  # no thread may use it
        values = system.Sampler(str(tmp_path)).sample()
        warnings.warn("of the user", stacklevel=1)
    assert [str(one.message) for one in said] == ["of the user"]
    assert not any(name.startswith("gpu.") for name in values)


def test_a_library_without_driver_means_no_gpus(monkeypatch, tmp_path):
    module = nvml_with_two_boards()

    def no_driver():
        raise module.NVMLError("Driver Not Loaded")

    module.nvmlInit = no_driver
    monkeypatch.setitem(sys.modules, "pynvml", module)
    assert not [name for name in system.Sampler(str(tmp_path)).sample() if name.startswith("gpu.")]


def fake_smi(folder, script):
    program = folder / "nvidia-smi"
    program.write_text(f"#!{sys.executable}\n{script}")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


@pytest.mark.skipif(os.name != "posix", reason="makes a program of a script")
def test_gpus_are_read_through_nvidia_smi_without_the_library(monkeypatch, tmp_path):
    fake_smi(tmp_path, "print('0, 35, 1024, 4096, 55, 70.25')")
    monkeypatch.setitem(sys.modules, "pynvml", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    values = system.Sampler(str(tmp_path)).sample()
    assert values["gpu.0.util"] == 35
    assert values["gpu.0.memory_percent"] == 25
    assert values["gpu.0.power_w"] == 70.25


@pytest.mark.skipif(os.name != "posix", reason="makes a program of a script")
def test_an_nvidia_smi_that_fails_is_not_asked_again(monkeypatch, tmp_path):
    log = tmp_path / "calls"
    fake_smi(tmp_path, f"open({str(log)!r}, 'a').write('x'); raise SystemExit(9)")
    monkeypatch.setitem(sys.modules, "pynvml", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    sampler = system.Sampler(str(tmp_path))
    sampler.sample()
    values = sampler.sample()
    assert log.read_text() == "x"
    assert not [name for name in values if name.startswith("gpu.")]
    assert "cpu" in values


def test_fields_that_are_no_numbers_are_left_out():
    text = "0, [N/A], 1024, 0, 55, [Not Supported]\nFailed to initialize NVML\n1, 7, 1, 2, 3, 4\n"
    assert system.parse_smi(text) == {
        "gpu.0.memory_mb": 1024,
        "gpu.0.temp": 55,
        "gpu.1.util": 7,
        "gpu.1.memory_mb": 1,
        "gpu.1.memory_percent": 50,
        "gpu.1.temp": 3,
        "gpu.1.power_w": 4,
    }
