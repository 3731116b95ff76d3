from __future__ import annotations

import re
from pathlib import Path

import pytest

from nbtrack.panels.project import wire
from tests.panels.test_wire import fields_of

TYPESCRIPT = Path(__file__).parents[3] / "js/src/panels/project/wire.ts"

SHARED = [
    "ProjectName", "RunsQuery", "Edit", "Revised", "RunRow", "RunsPage", "RunIds", "Column", "Columns", "Numbers",
    "Group", "Groups", "Values", "Acted", "Overview", "Document",
    "ImportanceRow", "Importance",
]  # fmt: skip


def interface(name: str) -> dict[str, bool]:
    """Field -> whether it may be left out, of an interface in wire.ts and those that it extends."""
    source = re.sub(r"/\*\*.*?\*/", "", TYPESCRIPT.read_text(encoding="utf-8"), flags=re.DOTALL)
    found = re.search(rf"export interface {name} (?:extends (\w+) )?\{{\n(.*?)\n\}}", source, re.DOTALL)
    assert found is not None, f"wire.ts has no interface {name}"
    inherited = interface(found[1]) if found[1] else {}
    return inherited | {m[1]: bool(m[2]) for m in re.finditer(r"^  (\w+)(\??):", found[2], re.MULTILINE)}


@pytest.mark.parametrize("name", SHARED)
def test_typescript_and_python_name_the_same_fields(name):
    here = {field: not required for field, (_, required) in fields_of(getattr(wire, name)).items()}
    assert interface(name) == here


def test_lists_in_answers_name_the_same_fields():
    source = TYPESCRIPT.read_text(encoding="utf-8")
    problem = re.search(r"export interface Problem \{\n  problem: \{\n(.*?)\n  \};", source, re.DOTALL)
    assert set(re.findall(r"^    (\w+)\??:", problem[1], re.MULTILINE)) == fields_of(wire.Misread).keys()
    line = re.search(r"projects: \(ProjectName & \{\n(.*?)\n  \}\)\[\]", source, re.DOTALL)
    named = set(re.findall(r"^    (\w+)\??:", line[1], re.MULTILINE))
    assert named | interface("ProjectName").keys() == fields_of(wire.ProjectLine).keys()
    texts = re.search(r"Numbers \| \{ (.*?) \}", source)
    assert set(re.findall(r"(\w+):", texts[1])) == fields_of(wire.Texts).keys()
