from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from .lab import LabServer, Notebook, launch_chromium, notebook

pytestmark = pytest.mark.e2e


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in Path(item.path).parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    server = LabServer(tmp_path_factory.mktemp("work"), tmp_path_factory.mktemp("home"))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def module_page() -> Iterator[list[Notebook]]:
    """The page that the tests of a module share, once the first has opened it."""
    shared: list[Notebook] = []
    yield shared
    for view in shared:
        view.close()


@pytest.fixture
def open_notebook(
    browser: Browser, lab: LabServer, request: pytest.FixtureRequest, module_page: list[Notebook]
) -> Iterator[Callable[..., Notebook]]:
    """Open a notebook of these cells; `fresh` in a page that has loaded nothing of ours before."""
    failed, opened = request.session.testsfailed, []
    free = module_page.copy()

    def open_(*sources: str, fresh: bool = False) -> Notebook:
        name = f"{request.node.name.replace('[', '-').replace(']', '')}.ipynb"
        notebook(lab.root / name, *sources)
        if free and not fresh:
            view = free.pop()
            view.turn_to(name)
        else:
            view = Notebook(browser, lab, name)
            opened.append(view)
        return view

    yield open_
    views = [view for view in module_page + opened if not view.page.is_closed()]
    sound = request.session.testsfailed == failed  # else no test inherits whatever state the page is in
    module_page[:] = views[:1] if sound else []
    for view in views[1:] if sound else views:
        view.close()
