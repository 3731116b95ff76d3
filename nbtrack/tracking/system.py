"""System metrics: a daemon thread samples processor, memory, disk, network and NVIDIA GPUs.

| key | unit |
|---|---|
| `_sys/cpu` | % of all cores together |
| `_sys/memory_percent` | % of the machine's memory in use |
| `_sys/proc.cpu` | % of one core, this process; above 100 with several threads |
| `_sys/proc.memory_rss_mb` | MiB resident, this process |
| `_sys/proc.threads` | threads of this process |
| `_sys/disk_percent` | % full, the file system of the working folder |
| `_sys/disk.read_mb_s`, `_sys/disk.write_mb_s` | MiB/s, all disks, since the sample before |
| `_sys/net.recv_mb_s`, `_sys/net.sent_mb_s` | MiB/s, all interfaces, since the sample before |
| `_sys/gpu.<n>.util` | % of the time in which a kernel ran |
| `_sys/gpu.<n>.memory_mb`, `_sys/gpu.<n>.memory_percent` | MiB and % of its memory in use |
| `_sys/gpu.<n>.temp` | °C |
| `_sys/gpu.<n>.power_w` | W |

What a machine does not tell is left out. GPUs are read through NVML when `nvidia-ml-py` is installed, through
`nvidia-smi` otherwise.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
import warnings
from typing import TYPE_CHECKING, Any

from nbtrack.errors import UsageError
from nbtrack.store.model import SYSTEM_PREFIX
from nbtrack.tracking.term import termwarn

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nbtrack.store.journal import Journal

_MIB = 1024 * 1024
#: processor use is measured over this time before the first sample
_WARM_UP_S = 0.1
_SMI_TIMEOUT_S = 5
#: shortest time between two samples, in seconds
MIN_INTERVAL = 0.1


def start(
    journal: Journal, interval: float = 10.0, started: float | None = None, path: str | Path = "."
) -> Callable[[], None]:
    """Sample now and then every `interval` seconds, until stopped. A forked child does not go on.

    Args:
        journal: gets rows of `_sys/` keys whose step is milliseconds since `started`.
        interval: seconds, at least 0.1.
        started: unix seconds at which the run began; None: now.
        path: whose file system `disk_percent` is about.

    Returns:
        A function that ends the sampling; harmless when called twice.

    Raises:
        UsageError: an interval that is too short.
    """
    if not interval >= MIN_INTERVAL:
        raise UsageError(f"system metrics need an interval of at least {MIN_INTERVAL} s; got {interval!r}")
    began = time.time() if started is None else started
    end = threading.Event()
    thread = threading.Thread(
        target=_sample_until,
        args=(end, journal, str(path), interval, began),
        name="nbtrack-system",
        daemon=True,
    )
    thread.start()

    def stop() -> None:
        end.set()
        if thread.is_alive() and thread is not threading.current_thread():
            thread.join(timeout=1)  # it may wait for nvidia-smi: a daemon may be left behind

    return stop


def _sample_until(end: threading.Event, journal: Journal, path: str, interval: float, began: float) -> None:
    try:
        sampler = Sampler(path)
        due = time.monotonic() + interval
        wait = _WARM_UP_S
        while not end.wait(wait):
            values = sampler.sample()
            now = time.time()
            keys = tuple(SYSTEM_PREFIX + name for name in values)
            if not end.is_set():
                journal.rows(
                    max(0, round((now - began) * 1000)), now, keys, "f" * len(keys), list(values.values())
                )
            wait = max(0.0, due - time.monotonic())
            due = max(due, time.monotonic()) + interval
    except Exception as error:  # the run goes on without them
        if not end.is_set():
            termwarn(f"system metrics are no longer recorded: {type(error).__name__}: {error}")


class Sampler:
    """Reads the machine. The first sample has no rates.

    Args:
        path: a file or folder on the file system of interest.
    """

    def __init__(self, path: str) -> None:
        import psutil

        self._errors = (psutil.Error, OSError, RuntimeError)
        self._psutil = psutil
        self._process = psutil.Process()
        self._path = path
        self._before: tuple[float, dict[str, float]] | None = None
        self._gpus = _gpu_reader()
        psutil.cpu_percent()  # both measure from here on
        self._process.cpu_percent()

    def sample(self) -> dict[str, float]:
        """Name without prefix -> value, of everything that could be read."""
        values: dict[str, float] = {}
        for read in (self._machine, self._own, self._disk, self._rates, self._gpus):
            try:
                values |= read()
            except self._errors:
                # containers and other systems hide some of it: what is hidden is left out, each time anew
                continue
        return values

    def _machine(self) -> dict[str, float]:
        return {"cpu": self._psutil.cpu_percent(), "memory_percent": self._psutil.virtual_memory().percent}

    def _own(self) -> dict[str, float]:
        with self._process.oneshot():
            return {
                "proc.cpu": self._process.cpu_percent(),
                "proc.memory_rss_mb": self._process.memory_info().rss / _MIB,
                "proc.threads": self._process.num_threads(),
            }

    def _disk(self) -> dict[str, float]:
        return {"disk_percent": self._psutil.disk_usage(self._path).percent}

    def _rates(self) -> dict[str, float]:
        disk, net = self._psutil.disk_io_counters(), self._psutil.net_io_counters()
        counts: dict[str, float] = {}
        if disk is not None:  # machines without disks of their own have no counters
            counts |= {"disk.read_mb_s": disk.read_bytes, "disk.write_mb_s": disk.write_bytes}
        if net is not None:
            counts |= {"net.recv_mb_s": net.bytes_recv, "net.sent_mb_s": net.bytes_sent}
        now = time.monotonic()
        before, self._before = self._before, (now, counts)
        if before is None or now <= before[0]:
            return {}
        passed = now - before[0]
        return {
            name: max(0.0, count - before[1][name]) / _MIB / passed
            for name, count in counts.items()
            if name in before[1]
        }


def _gpu_reader() -> Callable[[], dict[str, float]]:
    """How the NVIDIA GPUs of this machine are read; a function that finds none where there are none."""
    try:
        if "pynvml" not in sys.modules and _old_pynvml():
            # It says that it is old. Not `catch_warnings`: at its end a thread would put back how warnings
            # were handled at its beginning, in the midst of whatever the user does with them.
            warnings.filterwarnings("ignore", "The pynvml package is deprecated", FutureWarning)
        import pynvml
    except ImportError:
        return _Smi() if shutil.which("nvidia-smi") else dict
    try:
        return _Nvml(pynvml)
    except pynvml.NVMLError:  # installed, but no driver
        return dict


def _old_pynvml() -> bool:
    """Whether the module comes with the package of its own name, not with nvidia-ml-py."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return bool(version("pynvml"))
    except PackageNotFoundError:
        return False


class _Nvml:
    """GPUs through NVIDIA's management library."""

    def __init__(self, nvml: Any) -> None:
        self._nvml = nvml
        nvml.nvmlInit()
        self._devices = [nvml.nvmlDeviceGetHandleByIndex(i) for i in range(nvml.nvmlDeviceGetCount())]

    def __call__(self) -> dict[str, float]:
        values: dict[str, float] = {}
        for i, device in enumerate(self._devices):
            for read in (self._utilization, self._memory, self._temperature, self._power):
                try:
                    values |= {f"gpu.{i}.{name}": value for name, value in read(device).items()}
                except self._nvml.NVMLError:
                    continue  # not every board and not every partition of one tells everything
        return values

    def _utilization(self, device: Any) -> dict[str, float]:
        return {"util": float(self._nvml.nvmlDeviceGetUtilizationRates(device).gpu)}

    def _memory(self, device: Any) -> dict[str, float]:
        memory = self._nvml.nvmlDeviceGetMemoryInfo(device)
        return {"memory_mb": memory.used / _MIB, "memory_percent": 100 * memory.used / memory.total}

    def _temperature(self, device: Any) -> dict[str, float]:
        return {"temp": float(self._nvml.nvmlDeviceGetTemperature(device, self._nvml.NVML_TEMPERATURE_GPU))}

    def _power(self, device: Any) -> dict[str, float]:
        return {"power_w": self._nvml.nvmlDeviceGetPowerUsage(device) / 1000}


class _Smi:
    """GPUs through the `nvidia-smi` program. Gives up for good when it fails."""

    _FIELDS = "index,utilization.gpu,memory.used,memory.total,temperature.gpu,power.draw"

    def __init__(self) -> None:
        self._works = True

    def __call__(self) -> dict[str, float]:
        if not self._works:
            return {}
        command = ["nvidia-smi", f"--query-gpu={self._FIELDS}", "--format=csv,noheader,nounits"]
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                timeout=_SMI_TIMEOUT_S,
                check=True,
                stdin=subprocess.DEVNULL,
            )
        except (OSError, subprocess.SubprocessError):
            self._works = False
            return {}
        return parse_smi(done.stdout)


def parse_smi(text: str) -> dict[str, float]:
    """Read the CSV of `nvidia-smi`; fields that are no numbers ("[N/A]") are left out."""
    values: dict[str, float] = {}
    for line in text.splitlines():
        index, *fields = (field.strip() for field in line.split(","))
        if len(fields) != 5 or not index.isdecimal():
            continue
        util, used, total, temp, power = (_number(field) for field in fields)
        found = {"util": util, "memory_mb": used, "temp": temp, "power_w": power}
        if used is not None and total:
            found["memory_percent"] = 100 * used / total
        values |= {f"gpu.{index}.{name}": value for name, value in found.items() if value is not None}
    return values


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
