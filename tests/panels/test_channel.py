"""Panels in a real kernel: who answers while a cell runs, and what executors see."""

from __future__ import annotations

import json
import secrets
import time
from pathlib import Path

import pytest
from jupyter_client.manager import start_new_kernel

from nbtrack.store.layout import Store

from .conftest import Recorder

SHOW = """
import time
from nbtrack.panels.run import panel_of
panel = panel_of(reader)
print(panel.model_id, panel.data_hello["askModel"])
"""


class Kernel:
    """A front end without a browser."""

    def __init__(self, client) -> None:
        self.client = client
        self.seen: list[dict] = []

    def until(self, found, timeout: float = 60) -> dict:
        """Return the first message that `found` wants; it may have come already."""
        end = time.monotonic() + timeout
        for message in self.seen:
            if found(message):
                return message
        while time.monotonic() < end:
            message = self.client.get_iopub_msg(timeout=timeout)
            self.seen.append(message)
            if found(message):
                return message
        raise AssertionError("it did not come")

    def start(self, code: str) -> str:
        return self.client.execute(code)

    def ended(self, request: str):
        def found(message) -> bool:
            return (
                message["parent_header"].get("msg_id") == request
                and message["content"].get("execution_state") == "idle"
            )

        return found

    def run(self, code: str) -> str:
        """Run a cell; return what it printed."""
        request = self.start(code)
        self.until(self.ended(request))
        mine = [m for m in self.seen if m["parent_header"].get("msg_id") == request]
        errors = [m["content"]["traceback"] for m in mine if m["msg_type"] == "error"]
        assert not errors, "\n".join(errors[0])
        printed = [m["content"] for m in mine if m["msg_type"] == "stream"]
        return "".join(part["text"] for part in printed if part["name"] == "stdout")

    def subshell(self) -> str:
        """Ask for a thread beside the main one, as JupyterLab does for comms."""
        message = self.client.session.msg("create_subshell_request")
        self.client.control_channel.send(message)
        while True:
            reply = self.client.get_control_msg(timeout=60)
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                return reply["content"]["subshell_id"]

    def ask(self, comm_id: str, subshell: str, op: str, **args: object) -> str:
        ask_id = f"{op}-{secrets.token_hex(4)}"
        data = {"method": "custom", "content": {"id": ask_id, "op": op, "args": args}}
        message = self.client.session.msg("comm_msg", {"comm_id": comm_id, "data": data})
        message["header"]["subshell_id"] = subshell
        self.client.shell_channel.send(message)
        return ask_id


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory):
    place = tmp_path_factory.mktemp("kernel")
    env = {"JUPYTER_DATA_DIR": str(place), "IPYTHONDIR": str(place)}
    import os

    manager, client = start_new_kernel(
        env={**os.environ, **env, "PYTHONPATH": str(Path(__file__).parents[2])}, cwd=str(place)
    )
    yield Kernel(client)
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.fixture
def opened(kernel: Kernel, store: Store, recorder: Recorder) -> tuple[str, str]:
    """A panel in the kernel: the ids of its two models."""
    recorder.log(0, {"loss": 1.0})
    kernel.run(
        "from nbtrack.store.layout import Store\nfrom nbtrack.store.reader import RunReader\n"
        f"reader = RunReader.of(Store.open({str(store.root)!r}), {recorder.run_id!r})"
    )
    panel, ask = kernel.run(SHOW).split()
    return panel, ask


def reply_to(ask_id: str):
    def found(message) -> bool:
        if message["msg_type"] != "comm_msg":
            return False
        return message["content"]["data"].get("content", {}).get("id") == ask_id

    return found


def test_the_first_question_is_answered_while_the_cell_that_showed_the_panel_runs(kernel, opened, recorder):
    _, ask = opened
    subshell = kernel.subshell()
    # the same cell shows another panel, works, publishes on it, and goes on until it hears of the answer
    cell = kernel.start(
        "panel.close()\n"
        + SHOW
        + "while panel.asked == 0:\n    panel.send({'t': 'notice'})\n    time.sleep(0.01)\n"
        "panel._ask.send({'t': 'notice'})\nprint('heard')"
    )
    printed = kernel.until(lambda m: m["msg_type"] == "stream" and m["parent_header"].get("msg_id") == cell)
    ask = printed["content"]["text"].split()[1]
    first = kernel.ask(ask, subshell, "sync", runs=[{"run": recorder.run_id, "have": None}])
    reply = kernel.until(reply_to(first))
    assert reply["content"]["data"]["content"]["ok"]
    kernel.until(kernel.ended(cell))
    assert any("heard" in m["content"].get("text", "") for m in kernel.seen)


def test_later_questions_are_answered_too_though_the_kernel_published_there(kernel, opened, recorder):
    _, ask = opened
    subshell = kernel.subshell()
    kernel.run("panel._ask.send({'t': 'notice'}); panel.asked = 0")
    cell = kernel.start("panel._ask.send({'t': 'notice'})\nwhile panel.asked < 3:\n    time.sleep(0.01)")
    for _ in range(3):
        asked = kernel.ask(ask, subshell, "sync", runs=[{"run": recorder.run_id, "have": None}])
        kernel.until(reply_to(asked))
    kernel.until(kernel.ended(cell))


def test_a_question_fires_no_events_of_cells(kernel, opened, recorder):
    _, ask = opened
    subshell = kernel.subshell()
    kernel.run(
        "fired = []\nget_ipython().events.register('pre_execute', lambda: fired.append('pre'))\n"
        "get_ipython().events.register('post_execute', lambda: fired.append('post'))"
    )
    kernel.run("fired.clear()")
    asked = kernel.ask(ask, subshell, "sync", runs=[{"run": recorder.run_id, "have": None}])
    kernel.until(reply_to(asked))
    assert kernel.run("print(fired)") == "['post', 'pre']\n", "of the two cells around it only"


def test_a_run_is_resumed_from_its_panel(kernel, opened, recorder):
    _, ask = opened
    subshell = kernel.subshell()
    recorder.finish()
    asked = kernel.ask(ask, subshell, "resume", run=recorder.run_id)
    reply = kernel.until(reply_to(asked))["content"]["data"]["content"]
    assert "open again at step 1" in reply.get("result", reply)
    assert kernel.run("import nbtrack; print(nbtrack.run.id)") == f"{recorder.run_id}\n"
    asked = kernel.ask(ask, subshell, "resume", run=recorder.run_id)
    assert "is open" in kernel.until(reply_to(asked))["content"]["data"]["content"]["result"]
    kernel.run("nbtrack.log({'loss': 0.5}); nbtrack.finish()")
    recorder.reader.refresh()
    assert recorder.reader.last_step == 1
    assert recorder.reader.state() == "finished"


def test_while_a_run_is_open_the_next_one_goes_on_with_the_run_that_was_picked(
    kernel, opened, recorder, store
):
    _, ask = opened
    subshell = kernel.subshell()
    recorder.finish()
    init = f"import nbtrack; run = nbtrack.init(project='digits', dir={str(store.root)!r}); print(run.id)"
    kernel.run(init)
    asked = kernel.ask(ask, subshell, "resume", run=recorder.run_id)
    reply = kernel.until(reply_to(asked))["content"]["data"]["content"]
    assert "Run the cell again" in reply["result"]
    assert kernel.run(f"nbtrack.finish(); {init}") == f"{recorder.run_id}\n"
    kernel.run("nbtrack.finish()")


def test_what_a_panel_sends_belongs_to_no_cell(kernel, opened):
    ours = {
        m["content"]["comm_id"]: m
        for m in kernel.seen
        if m["msg_type"] == "comm_open" and m["content"]["comm_id"] in opened
    }
    assert set(ours) == set(opened)
    assert all(message["parent_header"] == {} for message in ours.values())
    assert all(message["content"]["target_name"] == "jupyter.widget" for message in ours.values())


def test_an_executed_notebook_keeps_the_still_and_no_widget_state(store, recorder, tmp_path):
    import nbformat
    from nbclient import NotebookClient

    recorder.log(0, {"loss": 0.5})
    recorder.finish()
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(
                f"import nbtrack, os\nos.environ['NBTRACK_DIR'] = {str(store.root)!r}\n"
                f"nbtrack.show({recorder.run_id!r})"
            )
        ]
    )
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert "widgets" not in notebook.metadata
    view, still = notebook.cells[0].outputs
    assert "application/vnd.jupyter.widget-view+json" in view["data"]
    assert "amber-fox" in still["data"]["text/html"]
    assert len(json.dumps(notebook)) < 60_000
    assert str(store.root) not in json.dumps(notebook.cells[0].outputs)
