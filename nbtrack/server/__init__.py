"""The Jupyter server extension: panels read the store through it while the kernel is busy or dead.

Loads nothing but the handlers; numpy and the store come with the first request.
"""

from __future__ import annotations

from typing import Any


def _load_jupyter_server_extension(serverapp: Any) -> None:
    """Add the routes below `<base_url>nbtrack/v1/` to the server."""
    from nbtrack.server.handlers import add_handlers

    add_handlers(serverapp.web_app)
    serverapp.log.info("nbtrack: serving run stores to the panels")


load_jupyter_server_extension = _load_jupyter_server_extension
