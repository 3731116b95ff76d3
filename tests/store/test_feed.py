"""The change feed in a folder, beyond what every feed must do (see tests/conformance)."""

from __future__ import annotations

import os

from nbtrack.store.feed import FileFeed
from nbtrack.store.protocols import Hint


def hint(n: int) -> Hint:
    return Hint("run", "w", n, n * 10, "open")


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path):
    (tmp_path / "feed").write_text("a file where the folder should be")
    feed = FileFeed(tmp_path)
    feed.publish(hint(1))
    assert (tmp_path / "feed").read_text() == "a file where the folder should be"


def test_a_torn_line_hides_only_itself(tmp_path):
    one, other = FileFeed(tmp_path), FileFeed(tmp_path)
    one.publish(hint(1))
    one.publish(hint(2))
    other.publish(hint(3))
    first = next(p for p in (tmp_path / "feed").iterdir() if len(p.read_bytes()) > 90)
    first.write_bytes(first.read_bytes()[:-3])
    found, cursor = FileFeed(tmp_path).poll({})
    assert sorted(h.number for h in found) == [1, 3]
    with first.open("ab") as file:
        file.write(b"xyz")
    assert FileFeed(tmp_path).poll(cursor)[0] == []


def test_a_feed_that_was_tidied_away_leaves_the_cursor(tmp_path):
    feed = FileFeed(tmp_path)
    feed.publish(hint(1))
    _, cursor = feed.poll({})
    for path in (tmp_path / "feed").iterdir():
        path.unlink()
    assert feed.poll(cursor) == ([], {})
    feed.publish(hint(2))
    assert feed.poll({})[0] == [hint(2)]


def test_a_forked_child_writes_a_file_of_its_own(tmp_path):
    feed = FileFeed(tmp_path)
    feed.publish(hint(1))
    if (pid := os.fork()) == 0:
        feed.publish(hint(2))
        os._exit(0)
    os.waitpid(pid, 0)
    feed.publish(hint(3))
    assert len(list((tmp_path / "feed").iterdir())) == 2
    assert sorted(h.number for h in feed.poll({})[0]) == [1, 2, 3]


def test_a_hint_takes_less_than_64_bytes(tmp_path):
    feed = FileFeed(tmp_path)
    feed.publish(Hint("a1b2c3d4", "k" * 10, 12, 8_388_608, "finish"))
    before = sum(p.stat().st_size for p in (tmp_path / "feed").iterdir())
    feed.publish(Hint("a1b2c3d4", "k" * 10, 12, 8_388_608, "finish"))
    assert sum(p.stat().st_size for p in (tmp_path / "feed").iterdir()) - before < 64
