"""What every `ChangeFeed` must do. A back end inherits the class and says how to make feeds of one store."""

from __future__ import annotations

from abc import ABC, abstractmethod

from nbtrack.store.protocols import ChangeFeed, Hint


def hint(n: int, entity: str = "run") -> Hint:
    return Hint(entity, "w" * 10, n, n * 100, "open")


class ChangeFeedConformance(ABC):
    """Each reader sees each hint once, in the order of its writer."""

    @abstractmethod
    def make(self) -> ChangeFeed:
        """A feed of the test's store; each call is as good as another process."""

    def test_it_is_one(self):
        assert isinstance(self.make(), ChangeFeed)

    def test_an_empty_feed_has_nothing(self):
        hints, cursor = self.make().poll({})
        assert hints == []
        assert self.make().poll(cursor)[0] == []

    def test_a_hint_comes_back_as_it_was(self):
        feed = self.make()
        said = Hint("a/b ü", "w", 2**31, 2**40, "finish")
        feed.publish(said)
        assert feed.poll({})[0] == [said]

    def test_each_hint_is_seen_once(self):
        writer, reader = self.make(), self.make()
        cursor: dict[str, int] = {}
        seen: list[Hint] = []
        for n in range(10):
            writer.publish(hint(n))
            if n % 3 == 0:
                new, cursor = reader.poll(cursor)
                seen += new
        new, cursor = reader.poll(cursor)
        seen += new
        assert seen == [hint(n) for n in range(10)]
        assert reader.poll(cursor)[0] == []

    def test_readers_do_not_disturb_each_other(self):
        writer, one, other = self.make(), self.make(), self.make()
        writer.publish(hint(1))
        assert one.poll({})[0] == [hint(1)]
        assert other.poll({})[0] == [hint(1)]

    def test_a_cursor_is_not_changed_by_polling(self):
        feed = self.make()
        cursor: dict[str, int] = {}
        feed.publish(hint(1))
        feed.poll(cursor)
        assert cursor == {}

    def test_writers_keep_their_order(self):
        one, other = self.make(), self.make()
        for n in range(5):
            one.publish(hint(n, "a"))
            other.publish(hint(n, "b"))
        seen, _ = self.make().poll({})
        assert [h.number for h in seen if h.entity == "a"] == list(range(5))
        assert [h.number for h in seen if h.entity == "b"] == list(range(5))
