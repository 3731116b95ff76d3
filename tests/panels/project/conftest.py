from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nbtrack.panels.project.answer import answer
from nbtrack.store.layout import Store
from nbtrack.store.roster import Roster

Ask = Callable[..., Any]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store", create=True)


@pytest.fixture
def ask(store: Store) -> Ask:
    """Asks as the page does, of all that the files hold by now; every answer is JSON."""

    def asked(what: str, *, project: str = "p", entity: str = "", **args: Any) -> Any:
        Roster.of(store).catalog.refresh()
        question = json.loads(json.dumps({"what": what, "project": project, "entity": entity, **args}))
        result, buffers = answer(store, question)
        assert bool(buffers) == (what == "export" and "problem" not in result)
        json.dumps(result, allow_nan=False)
        return (result, buffers[0]) if buffers else result

    return asked
