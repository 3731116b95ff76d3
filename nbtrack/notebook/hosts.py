"""What kind of front end this is, found by looking, never by asking over a network."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any


def notebook_name(shell: Any) -> str:
    """File name of the notebook, "" when the front end does not tell it.

    JupyterLab sets `JPY_SESSION_NAME` for its kernels, VS Code a variable in the user's namespace;
    `NBTRACK_NOTEBOOK_NAME` (or W&B's `WANDB_NOTEBOOK_NAME`) overrides both.
    """
    for variable in ("NBTRACK_NOTEBOOK_NAME", "WANDB_NOTEBOOK_NAME"):
        if name := os.environ.get(variable):
            return name
    if path := shell.user_ns.get("__vsc_ipynb_file__"):
        return Path(str(path)).name
    if path := os.environ.get("JPY_SESSION_NAME"):
        return Path(path).name
    return ""


def is_kernel(shell: Any) -> bool:
    """Whether `shell` belongs to a Jupyter kernel, with a front end that shows rich output."""
    return hasattr(shell, "kernel")


def is_colab() -> bool:
    """Google Colab, where each output is an iframe of its own."""
    return "google.colab" in sys.modules
