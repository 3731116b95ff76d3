"""The page of a project: overview, page of a run, list of projects, in JupyterLab and alone."""

from __future__ import annotations

from .panel import PanelView, until

SETUP = """\
%load_ext nbtrack
import nbtrack, numpy as np, pathlib
for at, name in enumerate(["first", "두 번째", "<b>third</b>"]):
    with nbtrack.init(project="page", name=name, config={"lr": 10.0 ** -at}) as run:
        for step in range(20):
            run.log({"train/loss": at + step / 20, "pixels": nbtrack.Image(np.full((8, 8, 3), 10 * at + step, "uint8"))})
        print(f"trained {name}")
        pathlib.Path("notes.txt").write_text("kept")
        run.save("notes.txt")
"""
HOSTILE = """\
# Found

**lr** matters.

<script>window.broken = 1</script><img src=x onerror="window.broken = 2">
<a href="javascript:window.broken = 3">click</a> ![far](https://example.org/a.png)
<style>* { display: none !important }</style><form action="https://example.org"><input name="q"></form>
<svg><a xlink:href="javascript:window.broken = 4"><text>x</text></a></svg><iframe src="https://example.org"></iframe>
[a link](https://example.org)
"""


def tab(root, name):
    return root.get_by_role("tab", name=name, exact=True)


def test_what_is_said_of_a_project_stays_and_harms_nobody(open_notebook):
    nb = open_notebook(SETUP, 'nbtrack.project("page")', 'nbtrack.project("page")')
    nb.run(0)
    nb.run(1)
    root = nb.panel(1)
    tab(root, "Overview").click()
    facts = root.locator(".nb-overview-fact")
    until(lambda: facts.count() > 5)
    said = dict(fact.inner_text().split("\n", 1) for fact in facts.all())
    assert (said["Total runs"], said["Deleted runs"]) == ("3", "0")
    root.get_by_role("button", name="Star").click()
    root.get_by_role("button", name="Edit").click()
    root.get_by_label("Description, in Markdown").fill(HOSTILE)
    root.get_by_label("Description, in Markdown").press("Control+Enter")
    note = root.locator(".nb-markdown")
    assert note.locator("h1").inner_text() == "Found"
    assert note.locator("strong").inner_text() == "lr"
    link = note.get_by_role("link", name="a link")
    assert (link.get_attribute("target"), link.get_attribute("rel")) == ("_blank", "noopener noreferrer")
    assert note.locator("script, style, form, input, iframe, [onerror], [style]").count() == 0
    assert note.locator("img[src], a[href^=javascript], svg a").count() == 0
    nb.page.wait_for_timeout(300)
    assert nb.page.evaluate("window.broken") is None
    assert root.is_visible()
    root.get_by_label("Visibility", exact=True).select_option("private")
    root.get_by_role("button", name="Undo: visibility").click()
    until(lambda: root.get_by_label("Visibility", exact=True).input_value() == "team")
    root.get_by_role("button", name="Delete project").click()
    root.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    until(lambda: root.get_by_text("The project is deleted").count() == 1)
    root.get_by_role("button", name="Undelete project").click()
    # another panel, as after a restart
    nb.run(2)
    other = nb.panel(2)
    tab(other, "Overview").click()
    until(lambda: other.locator(".nb-markdown h1").count() == 1)
    assert other.get_by_role("button", name="Starred").get_attribute("aria-pressed") == "true"
    assert nb.foreign_requests() == []
    assert nb.errors == []


def test_a_run_has_a_page_of_its_own(open_notebook):
    nb = open_notebook(SETUP.replace('"page"', '"single"'), 'nbtrack.project("single")')
    nb.run(0)
    nb.run(1)
    root = nb.panel(1)
    tab(root, "Runs").click()
    root.get_by_text("두 번째").first.click()
    until(lambda: root.get_by_role("tablist", name="Run").count() == 1)
    panel = PanelView(root)
    until(lambda: panel.pixel("pixels", 0) == [29, 29, 29, 255])
    panel.press("Home")
    until(lambda: panel.pixel("pixels", 0) == [10, 10, 10, 255])
    tab(root, "Logs").click()
    until(lambda: "trained 두 번째" in root.get_by_role("log").inner_text())
    tab(root, "Files").click()
    with nb.page.expect_download() as download:
        root.get_by_role("button", name="notes.txt").click()
    assert download.value.path().read_text() == "kept"
    tab(root, "Code").click()
    until(lambda: root.locator(".nb-code-table").count() > 0)
    assert "Python" in root.locator(".nb-code-table").first.inner_text()
    root.get_by_role("button", name="All runs").click()
    until(lambda: root.get_by_text("<b>third</b>").count() > 0)
    for name in ("first", "두 번째"):
        root.get_by_role("row").filter(has_text=name).get_by_role("checkbox").check()
    root.get_by_role("button", name="Compare", exact=True).click()
    until(lambda: root.locator("section[aria-label=Config] thead th").count() == 3)
    assert root.get_by_role("tab", name="Comparison").get_attribute("aria-selected") == "true"
    assert nb.errors == []


def test_the_server_shows_the_same_page_without_a_kernel(open_notebook, lab):
    nb = open_notebook(SETUP.replace('"page"', '"alone"'))
    nb.run(0)
    page = nb.context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{lab.url}/nbtrack/")
    page.get_by_role("button", name="New project").click()
    page.get_by_label("Name", exact=True).fill("empty one")
    page.get_by_label("Description").fill("for *later*")
    page.get_by_role("button", name="Create project").click()
    tab(page, "Overview").click()
    until(lambda: page.locator(".nb-markdown em").count() == 1)
    page.get_by_role("button", name="empty one").click()
    page.get_by_label("Name of the project").fill("빈 프로젝트")
    page.get_by_role("button", name="Rename", exact=True).click()
    until(lambda: page.get_by_role("heading", name="빈 프로젝트").count() == 1)
    until(lambda: page.locator(".nb-markdown em").count() == 1)
    page.get_by_role("button", name="Projects", exact=True).click()
    page.get_by_role("button", name="alone").filter(has_text="3 runs").click()
    tab(page, "Runs").click()
    until(lambda: page.get_by_text("두 번째").count() > 0)
    assert "project=alone" in page.url
    page.reload()
    tab(page, "Overview").click()
    until(lambda: page.locator(".nb-overview-fact").count() > 5)
    assert errors == []
    page.close()


ELSEWHERE = """\
import subprocess, sys
code = '''
import sys, time, nbtrack
with nbtrack.init(project="distant", name="elsewhere") as run:
    for step in range(10_000):
        run.log({"loss": 1 / (step + 1)})
        time.sleep(0.05)
'''
process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
"""


def test_what_happens_elsewhere_is_seen(open_notebook):
    nb = open_notebook(
        '%load_ext nbtrack\nimport nbtrack\nnbtrack.Api().create_project("distant")',
        'nbtrack.project("distant")',
        ELSEWHERE,
        'nbtrack.Api().runs("distant")[0].delete()',
    )
    nb.run(0)
    nb.run(1)
    root = nb.panel(1)
    tab(root, "Runs").click()
    until(lambda: root.get_by_text("No runs yet").count() > 0)
    nb.run(2)
    root.scroll_into_view_if_needed()
    row = root.get_by_role("row").filter(has_text="elsewhere")
    until(lambda: row.count() == 1 and "running" in row.inner_text())
    tab(root, "Workspace").click()
    curve = root.locator('figure.nb-curve[aria-label="loss"]')
    until(lambda: curve.locator("canvas").count() == 1)
    # another process stops at its next log, which it was asked for in the page
    tab(root, "Runs").click()
    row.get_by_role("checkbox").check()
    root.get_by_role("button", name="Stop").click()
    until(lambda: "finished" in row.inner_text())
    nb.run(3)
    until(lambda: row.count() == 0)
    assert nb.errors == []
