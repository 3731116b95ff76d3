"""`jupyter nbtrack`: a Jupyter server that opens with the projects of the run store in this folder."""

from __future__ import annotations

import sys


def main(argv: list[str] | None = None) -> None:
    """Run until interrupted.

    Args:
        argv: options of `jupyter server`, as --no-browser, --port or --ServerApp.root_dir; default: the
            command line's.

    Example:
        $ jupyter nbtrack --port 8890
    """
    from jupyter_server.serverapp import ServerApp

    own = ["--ServerApp.default_url=/nbtrack/", "--ServerApp.jpserver_extensions={'nbtrack': True}"]
    ServerApp.launch_instance(argv=[*own, *(sys.argv[1:] if argv is None else argv)])
