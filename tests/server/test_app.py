from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from nbtrack.store.layout import Store


def test_the_command_opens_a_server_at_the_projects(tmp_path: Path, monkeypatch) -> None:
    Store.open(tmp_path / "nbtrack", create=True)
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    command = "from nbtrack.server.app import main; main(['--no-browser', '--allow-root', '--port', '0'])"
    process = subprocess.Popen(
        [sys.executable, "-c", command], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    try:
        server = running(tmp_path / "JUPYTER_RUNTIME_DIR", process)
        url = f"{server['url']}nbtrack/?token={server['token']}"
        page = urllib.request.urlopen(url, timeout=30).read().decode()
    finally:
        process.terminate()
        process.communicate(timeout=30)
    config = json.loads(page.split('type="application/json">')[1].split("</script>")[0])
    assert (config["hello"]["panel"], config["hello"]["askModel"]) == ("project", "")


def running(folder: Path, process: subprocess.Popen[str]) -> dict[str, str]:
    """What the server says of itself, once it answers."""
    for _ in range(600):
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        for file in folder.glob("jpserver-*.json"):
            try:
                found: dict[str, str] = json.loads(file.read_text())
                urllib.request.urlopen(f"{found['url']}api/status?token={found['token']}", timeout=5).read()
            except (OSError, ValueError):
                continue
            return found
        time.sleep(0.1)
    raise AssertionError("the server did not answer within a minute")
