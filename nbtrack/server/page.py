"""The stand-alone page: `<base_url>nbtrack/` shows the projects of a store, without a notebook or a kernel.

    nbtrack/                           the stores that are known here; the only one is opened at once
    nbtrack/?store=<id>                its projects
    nbtrack/?store=<id>&project=<name>[&entity=<name>]

It is the panel of the notebook on the same routes.
"""

from __future__ import annotations

import asyncio
import hashlib
import html
import json
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_server.base.handlers import JupyterHandler
from tornado import web

from nbtrack.errors import NbtrackError
from nbtrack.panels import registry
from nbtrack.panels.built import built
from nbtrack.server.answers import RefusedError, StoreHandler, reads

if TYPE_CHECKING:
    from nbtrack.panels.wire import Hello
    from nbtrack.store.layout import Store

_TEMPLATE = Path(__file__).with_name("page.html")
_TYPES = {"core.js": "text/javascript", "core.css": "text/css"}


class PageHandler(JupyterHandler):
    """The page itself."""

    auth_resource = "nbtrack"

    @property
    def content_security_policy(self) -> str:
        """Nothing from anywhere else; scripts of logged HTML run in frames without this page's origin."""
        return (
            "default-src 'none'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'; "
            "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval' 'unsafe-eval' blob:; "
            "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' data: blob:; "
            "font-src data:; worker-src blob:; frame-src 'self' blob: data:; connect-src 'self' blob: data:"
        )

    @reads
    async def get(self) -> None:
        """Answer with the page of a store, of a project, or the list of stores."""
        store_id = self.get_query_argument("store", None)
        root = self.settings.get("server_root_dir", ".")
        stores = await asyncio.to_thread(known, Path(root))
        if store_id is None and len(stores) == 1:
            store_id = stores[0].store_id
        config: dict[str, Any] = {"baseUrl": self.base_url, "version": version()}
        listed = ""
        if store_id is None:
            listed = _list(stores)
        elif all(store.store_id != store_id for store in stores):
            raise web.HTTPError(HTTPStatus.NOT_FOUND, "no such store")
        else:
            config["hello"] = hello(
                store_id, self.get_query_argument("project", ""), self.get_query_argument("entity", "")
            )
        page = _TEMPLATE.read_text(encoding="utf-8")
        for place, text in (
            ("<!--BASE-->", html.escape(self.base_url)),
            ("<!--VERSION-->", version()),
            ("<!--STORES-->", listed),
            ("<!--CONFIG-->", json.dumps(config).replace("<", r"\u003c")),
        ):
            page = page.replace(place, text)
        _ = self.xsrf_token  # asking for it sets the cookie that the panel's questions need
        self.set_header("Cache-Control", "no-store")
        self.finish(page)


class CoreHandler(StoreHandler):
    """The front end's own code, which notebooks get with the widget."""

    @reads
    async def get(self, name: str) -> None:
        """Answer with the file; its address changes with its content."""
        data = await self.work(lambda: built(name).read_bytes())
        self.set_header("Cache-Control", "private, max-age=31536000, immutable")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.finish(data, set_content_type=_TYPES[name])


def known(root: Path) -> list[Store]:
    """Return the stores that panels have registered, and those beside the notebooks of this server.

    Args:
        root: the server's folder of notebooks.
    """
    from nbtrack.store.layout import Store

    root = root.expanduser()
    found: dict[str, Store] = {}
    for place in [root / "nbtrack", root / ".nbtrack", *registry.roots()]:
        try:
            store = Store.open(place)
        except (NbtrackError, OSError):
            continue  # gone, or not a store: there is nothing to show
        if found.setdefault(store.store_id, store) is store:
            registry.register(store)
    return list(found.values())


def hello(store_id: str, project: str, entity: str) -> Hello:
    """Return what a panel in a notebook is told by its kernel."""
    from nbtrack.panels.delta import points_of
    from nbtrack.panels.wire import Hello, ProjectName

    told = Hello(
        v=1,
        panel="project",
        panelId="page",
        storeId=store_id,
        runs=[],
        title=project or "Projects",
        askModel="",
        points=points_of(1),
    )
    if project:
        told["project"] = ProjectName(entity=entity, project=project)
    return told


def _list(stores: list[Store]) -> str:
    if not stores:
        return "<p>No run store is known here yet: <code>nbtrack.init()</code> in a notebook makes one.</p>"
    lines = "".join(
        f'<li><a href="?store={html.escape(store.store_id)}">{html.escape(str(store.root))}</a></li>'
        for store in stores
    )
    return f"<h1>Run stores</h1><ul>{lines}</ul>"


@cache
def version() -> str:
    """Return a short hash of the front end's code."""
    try:
        return hashlib.sha256(built("core.js").read_bytes() + built("core.css").read_bytes()).hexdigest()[:12]
    except NbtrackError as error:
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, str(error)) from None
