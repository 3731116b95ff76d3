"""The wheel holds everything that the browser and the server need."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from nbtrack.panels import packs

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return zipfile.ZipFile(next(out.glob("nbtrack-*.whl")))


def test_wheel_holds_the_front_end_and_the_type_marker(wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())
    assert {"nbtrack/static/core.js", "nbtrack/static/core.css", "nbtrack/py.typed"} <= names
    built = packs.names() - packs.LIBRARIES.keys()
    assert {f"nbtrack/static/packs/{name}.js" for name in built} <= names


def test_each_pack_names_the_licenses_of_what_it_contains(wheel: zipfile.ZipFile) -> None:
    for name in wheel.namelist():
        if name.startswith("nbtrack/static/") and name.endswith(".js"):
            first = wheel.read(name).decode().partition("\n")[0]
            if "Contains" in first:
                file = first.split(": ")[1].removesuffix(" */")
                assert str(Path(name).parent / file) in wheel.namelist()


def test_wheel_switches_the_server_extension_on(wheel: zipfile.ZipFile) -> None:
    config = next(
        n for n in wheel.namelist() if n.endswith("etc/jupyter/jupyter_server_config.d/nbtrack.json")
    )
    assert b'"nbtrack": true' in wheel.read(config)


def test_wheel_holds_each_module_of_the_package_and_nothing_beside_it(wheel: zipfile.ZipFile) -> None:
    names = {n for n in wheel.namelist() if n.endswith(".py")}
    source = {str(p.relative_to(ROOT)) for p in (ROOT / "nbtrack").rglob("*.py")}
    assert names == source


def test_core_is_small_and_names_no_host(wheel: zipfile.ZipFile) -> None:
    core = wheel.read("nbtrack/static/core.js").decode()
    assert len(core) <= 150 * 1024
    assert "import(" not in core.replace("import(t)", "")
    for name in wheel.namelist():
        if name.endswith((".js", ".css")):
            text = wheel.read(name).decode()
            for host in ("unpkg.com", "jsdelivr", "cdnjs", "esm.sh", "googleapis"):
                assert host not in text, name
