"""A comm of our own, because ipykernel's answers too late, fires too much and is saved too often.

- ipykernel 7.4 hands a browser message to the (sub)shell that last *published* on that comm. Opening a widget
  in a cell publishes from the main shell, so a question would wait for the cell's end. This class has no such
  memory and leaves the message where the front end sent it: on a subshell.
- The stock comm fires IPython's `pre_execute` and `post_execute` around each message; on a subshell that
  flushes the running cell's half-drawn matplotlib figures (jupyterlab#19719). A question is no cell.
- Messages carry no parent, so executors such as nbconvert do not take them for a cell's outputs, and neither
  the bundle nor the data of a panel is saved as widget state into the notebook.

It is built on the public `comm` package. Where ipywidgets 7, another kernel or no kernel at all is at work,
the host's own comm is used and `open_channel` returns None.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

TARGET = "jupyter.widget"


def has_front_end() -> bool:
    """Whether anything can receive what a panel sends: False in plain Python."""
    if "marimo" in sys.modules:
        return True
    kernels = sys.modules.get("ipykernel.kernelbase")
    if kernels is not None and kernels.Kernel.initialized():
        return True
    # other kernels (JupyterLite, xeus) put their own comm in place of the do-nothing default
    comm = sys.modules.get("comm")
    return comm is not None and comm.create_comm.__module__ != "comm"


def open_channel(state: dict[str, Any]) -> Any | None:
    """Open a widget comm with `state`; None where the host's own comm has to do."""
    import ipywidgets
    from ipywidgets._version import __protocol_version__

    kernels = sys.modules.get("ipykernel.kernelbase")
    major = int(ipywidgets.__version__.partition(".")[0])
    if major < 8 or kernels is None or not kernels.Kernel.initialized():
        return None
    if "comm" not in sys.modules or "ipykernel" not in sys.modules["comm"].create_comm.__module__:
        return None  # somebody else took the comms over
    return _channel_class()(
        target_name=TARGET,
        data={"state": state, "buffer_paths": []},
        metadata={"version": __protocol_version__},
    )


def _channel_class() -> Callable[..., Any]:
    """Build the class when it is first needed: `comm` and ipykernel are heavy and may be missing."""
    global _class
    if _class is None:
        from comm.base_comm import BaseComm
        from ipykernel.jsonutil import json_clean
        from ipykernel.kernelbase import Kernel

        class Channel(BaseComm):
            """A comm that remembers no shell, fires no events and has no parent."""

            def publish_msg(
                self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **keys: Any
            ) -> None:
                if not Kernel.initialized():
                    return  # the interpreter is going down
                kernel = Kernel.instance()
                assert kernel.session is not None
                kernel.session.send(
                    kernel.iopub_socket,
                    msg_type,
                    json_clean({"data": data or {}, "comm_id": self.comm_id, **keys}),
                    metadata=json_clean(metadata or {}),
                    parent={},
                    ident=self.topic,
                    buffers=buffers,
                )

            def handle_msg(self, msg: Any) -> None:
                if self._msg_callback:
                    self._msg_callback(msg)

        _class = Channel
    return _class


_class: Callable[..., Any] | None = None
