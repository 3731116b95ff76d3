"""Html: the forms that its constructor takes, what is put into a head, and what it refuses in a sentence."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nbtrack
from nbtrack.errors import LogTypeError, LogValueError
from nbtrack.media.html import Html
from nbtrack.media.registry import complete
from nbtrack.panels.draw_html import excerpt
from nbtrack.panels.drawings import Drawn, draw
from nbtrack.panels.framed_html import POLICY, SANDBOX

KOREAN = "<p>한국어 문서</p>"


def stored(html: Html) -> str:
    return complete(html.record()).blob.decode()


def test_text_is_markup():
    assert Html("<p>x</p>", inject=False).html == "<p>x</p>"


@pytest.mark.parametrize("form", [str, Path, lambda p: p.as_uri(), lambda p: f"file://localhost{p}"])
def test_a_path_is_read(tmp_path, form):
    page = tmp_path / "한글 page.html"
    page.write_text(KOREAN, encoding="utf-8")
    assert Html(form(page), inject=False).html == KOREAN


@pytest.mark.parametrize("mode", [{"mode": "r", "encoding": "utf-8"}, {"mode": "rb"}])
def test_open_files_are_read_from_their_beginning(tmp_path, mode):
    page = tmp_path / "page.html"
    page.write_text(KOREAN, encoding="utf-8")
    with page.open(**mode) as file:
        file.read(3)
        assert Html(file, inject=False).html == KOREAN
    assert Html(io.StringIO(KOREAN), inject=False).html == KOREAN
    assert Html(io.BytesIO(KOREAN.encode()), inject=False).html == KOREAN


def test_a_text_that_looks_like_a_path_is_markup_on_request():
    assert Html("missing.html", inject=False, data_is_not_path=True).html == "missing.html"
    assert Html("<a href='x'>see report.html", inject=False).html == "<a href='x'>see report.html"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("missing.html", r"'missing\.html' cannot be read.*data_is_not_path=True"),
        (Path("missing.txt"), r"'missing\.txt' cannot be read"),
        ("https://evil.test/a.html", "is not fetched"),
        ("file://evil.test/a.html", "is not fetched"),
    ],
)
def test_what_cannot_be_read_is_said(data, says):
    with pytest.raises(LogValueError, match=says):
        Html(data)


def test_a_closed_file_is_said():
    file = io.StringIO("x")
    file.close()
    with pytest.raises(ValueError, match="closed"):
        Html(file)


@pytest.mark.parametrize("data", [3, None, b"<p>", ["<p>"], object()])
def test_other_types_are_refused_by_name(data):
    with pytest.raises(LogTypeError, match=f"not {type(data).__name__}"):
        Html(data)


@pytest.mark.parametrize(
    "data",
    [
        KOREAN.encode("utf-8"),
        KOREAN.encode("utf-8-sig"),
        KOREAN.encode("utf-16"),
        b"<meta charset=cp949>" + KOREAN.encode("cp949"),
        b'<META http-equiv="Content-Type" content="text/html; charset=EUC-KR">' + KOREAN.encode("euc-kr"),
    ],
)
def test_files_are_read_in_the_encoding_that_they_tell(tmp_path, data):
    (tmp_path / "page.html").write_bytes(data)
    html = Html(str(tmp_path / "page.html"))
    assert html.html.endswith(KOREAN)
    assert KOREAN in stored(html)


@pytest.mark.parametrize("data", [KOREAN.encode("cp949"), b"<meta charset=klingon>\xff\xfa"])
def test_bytes_in_no_known_encoding_are_refused(data):
    with pytest.raises(LogValueError, match="neither UTF-8 nor"):
        Html(io.BytesIO(data))


def test_injected_are_a_character_set_a_base_and_a_look_and_nothing_remote():
    html = Html(KOREAN).html
    for part in ('<meta charset="utf-8">', '<base target="_blank">', "<style>"):
        assert part in html
    assert "http" not in html
    assert html.endswith(KOREAN)


@pytest.mark.parametrize(
    ("document", "before"),
    [
        (
            "<!DOCTYPE html><html lang=ko><head><title>t</title></head><body>",
            "<!DOCTYPE html><html lang=ko><head>",
        ),
        ("\n<!doctype html>\n<html><body>x", "\n<!doctype html>\n<html>"),
        ("<HEAD profile=x><TITLE>t</TITLE></HEAD>", "<HEAD profile=x>"),
        ("<header>no head</header>", ""),
    ],
)
def test_in_a_whole_document_they_stand_in_its_head(document, before):
    html = Html(document).html
    assert html.startswith(before + '<meta charset="utf-8">')
    assert html.endswith(document[len(before) :])


def test_nothing_is_injected_twice():
    once = Html("<p>x").html
    assert Html(once).html == once


def test_a_page_with_colors_of_its_own_stays_light():
    assert "color-scheme" in Html("<p>plain").html
    assert "color-scheme" not in Html("<p style='color:#222'>x").html


@given(st.text(max_size=300))
def test_any_text_comes_back_as_it_is(text):
    html = Html(text, inject=False, data_is_not_path=True)
    made = complete(html.record())
    assert Html.from_record(made.meta, made.blob, {}.__getitem__).html == text


def test_lone_surrogates_do_not_stop_a_log():
    assert stored(Html("a\ud800b", inject=False)) == "a?b"


def test_large_documents_are_read_back_through_the_api(tmp_path, monkeypatch):
    monkeypatch.setenv("NBTRACK_DIR", str(tmp_path))
    page = "<p>" + "한" * 3_000_000
    with nbtrack.init(project="pages") as run:
        run.log({"page": Html(page, inject=False, caption="긴 문서")})
    (back,) = nbtrack.Api().run(f"pages/{run.id}").media("page")
    assert back.html == page
    assert back.caption == "긴 문서"


# ---- in a page without scripts -----------------------------------------------------------------------------


def drawn(*pages: str, **meta) -> str:
    files = {str(at): page.encode() for at, page in enumerate(pages)}
    return draw("html-file", [Drawn(meta, sha, files.__getitem__) for sha in files], 236)


def test_a_still_says_how_a_document_begins():
    made = drawn("<title>보고서</title><h1>Done</h1><table><tr><td>loss<td>0.3</table>")
    assert "<b>보고서</b>" in made
    assert "Done<br>loss · 0.3" in made


def test_nothing_of_the_markup_gets_into_a_still():
    made = drawn("&lt;script&gt;alert(1)&lt;/script&gt;<p>x<script>alert(2)</script>", caption="<img src=x>")
    assert "<script" not in made
    assert "<img" not in made
    assert "alert(2)" not in made
    assert "&lt;script&gt;alert(1)" in made


def test_a_page_that_scripts_draw_says_what_it_is():
    assert "a page of 2,000 kB" in drawn("<script>" + " " * 2_000_000 + "</script><div></div>")


def test_of_many_documents_the_first_are_drawn():
    made = drawn(*(f"<p>page {i}" for i in range(9)))
    assert "page 2" in made
    assert "and 6 more" in made


def test_a_document_that_is_lost_does_not_stop_the_others():
    def file(sha: str) -> bytes:
        if sha == "lost":
            raise OSError(sha)
        return b"<p>here"

    made = draw("html-file", [Drawn({}, "lost", file), Drawn({}, "there", file)], 236)
    assert "here" in made


@given(st.text(alphabet="<>/ab \"'=!-&;pscript\n", max_size=200))
def test_any_markup_is_drawn_within_bounds(markup):
    found = excerpt(markup)
    assert len(found.lines) <= 8
    made = drawn(markup)
    assert "<script" not in made
    assert len(made) < 6000


# ---- below a cell


class _Outside(HTMLParser):
    """Elements and text of an output; what stands in attributes is not looked into."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words += data

    def of(self, name):
        return [attrs for tag, attrs in self.tags if tag == name]


HOSTILE = "<!DOCTYPE html><h1 title='\"&amp;'>Done</h1></iframe><script>parent.hacked = 1</script><p>words"


def test_a_bare_document_is_alive_in_a_frame_without_an_origin():
    data, _ = Html(HOSTILE)._repr_mimebundle_()
    output = _Outside(data["text/html"])
    (frame,) = output.of("iframe")
    assert frame["sandbox"] == "allow-scripts"
    assert not output.of("h1")
    assert len(output.of("script")) == 1  # ours, which hears the height
    assert "hacked" not in output.words
    wall = _Outside(str(frame["srcdoc"]))
    assert not wall.of("script")
    (inner,) = wall.of("iframe")
    assert inner["sandbox"] == "allow-scripts"
    assert all(page.of("meta")[0]["content"] == POLICY for page in (wall, _Outside(str(inner["srcdoc"]))))
    document = str(inner["srcdoc"])
    assert document.startswith("<!DOCTYPE html><meta http-equiv")
    assert document.endswith(Html(HOSTILE).html.removeprefix("<!DOCTYPE html>"))
    # without frames, styles and scripts (a notebook that is not trusted) its text is left
    assert "Done" in output.words
    assert "words" in output.words


def test_the_frame_below_a_cell_is_that_of_the_panel():
    script = (Path(__file__).parents[2] / "js/src/viewers/html/frame.ts").read_text(encoding="utf-8")
    said = re.search(r"const POLICY =(.*?);\n\n", script, re.DOTALL)
    assert said
    assert "".join(re.findall(r'"([^"]*)"', said[1])) == POLICY
    assert f'SANDBOX = "{SANDBOX}"' in script


def test_a_large_document_stays_out_of_the_notebook():
    data, _ = Html("<p>begins</p>" + "<!-- x -->" * 60_000)._repr_mimebundle_()
    assert "iframe" not in data["text/html"]
    assert "begins" in data["text/html"]
    assert "0.6 MB" in data["text/html"]
