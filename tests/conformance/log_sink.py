"""What every `LogSink` must do. A back end inherits the class and says how to make one and how to read it."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import pytest

from nbtrack.errors import RunFinishedError
from nbtrack.store.frames import Type, decode_close, encode_text
from nbtrack.store.protocols import LogSink

if TYPE_CHECKING:
    from nbtrack.store.frames import Frame


class LogSinkConformance(ABC):
    """Frames go in, and come out whole, once, and in order, whatever happens between."""

    @abstractmethod
    def make(self) -> LogSink:
        """A new sink, of its own stream."""

    @abstractmethod
    def read(self, sink: LogSink) -> list[list[Frame]]:
        """The frames of each file that the sink has written so far, in order."""

    def texts(self, sink: LogSink) -> list[bytes]:
        return [bytes(frame.payload) for file in self.read(sink) for frame in file if frame.type == Type.TEXT]

    def payload(self, text: str) -> bytes:
        return encode_text(0.0, "stdout", text)[9:]

    def test_it_is_one(self):
        assert isinstance(self.make(), LogSink)

    def test_frames_can_be_read_as_soon_as_append_returns(self):
        sink = self.make()
        for i in range(5):
            sink.append(encode_text(0.0, "stdout", str(i)))
            assert self.texts(sink) == [self.payload(str(j)) for j in range(i + 1)]

    def test_several_frames_of_one_call_stay_together(self):
        sink = self.make()
        sink.append(b"".join(encode_text(0.0, "stdout", str(i)) for i in range(100)))
        assert len(self.texts(sink)) == 100

    def test_rotation_closes_one_file_and_goes_on_in_another(self):
        sink = self.make()
        sink.append(encode_text(0.0, "stdout", "a"))
        sink.rotate()
        sink.append(encode_text(0.0, "stdout", "b"))
        one, other = self.read(sink)
        assert self.texts(sink) == [self.payload("a"), self.payload("b")]
        assert one[-1].type == Type.CLOSE
        assert decode_close(one[-1].payload).reason == "rotate"
        assert Type.CLOSE not in [frame.type for frame in other]

    def test_each_file_begins_with_hello(self):
        sink = self.make()
        sink.append(encode_text(0.0, "stdout", "a"))
        sink.rotate()
        sink.rotate()
        sink.close("exit")
        assert [file[0].type for file in self.read(sink)] == [Type.HELLO] * 3

    def test_rotating_before_the_first_write_is_harmless(self):
        sink = self.make()
        sink.rotate()
        sink.append(encode_text(0.0, "stdout", "a"))
        assert self.texts(sink) == [self.payload("a")]

    def test_close_is_the_last_word_and_may_be_said_twice(self):
        sink = self.make()
        sink.append(encode_text(0.0, "stdout", "a"))
        sink.close("finish")
        sink.close("exit")
        *_, last = self.read(sink)
        assert [f.type for f in last].count(Type.CLOSE) == 1
        assert last[-1].type == Type.CLOSE
        assert decode_close(last[-1].payload).reason == "finish"

    def test_nothing_is_taken_after_close(self):
        sink = self.make()
        sink.append(encode_text(0.0, "stdout", "a"))
        sink.close("finish")
        with pytest.raises(RunFinishedError):
            sink.append(encode_text(0.0, "stdout", "b"))
        assert self.texts(sink) == [self.payload("a")]

    def test_threads_share_a_sink(self):
        sink = self.make()

        def work(name: int) -> None:
            for i in range(200):
                sink.append(encode_text(float(i), "stdout", f"{name}"))
                if i % 50 == name:
                    sink.rotate()

        threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        found = self.texts(sink)
        assert len(found) == 800
        for name in range(4):
            own = [encode_text(float(i), "stdout", f"{name}")[9:] for i in range(200)]
            assert [p for p in found if p in set(own)] == own

    def test_two_sinks_do_not_mix(self):
        one, other = self.make(), self.make()
        one.append(encode_text(0.0, "stdout", "a"))
        other.append(encode_text(0.0, "stdout", "b"))
        assert self.texts(one) == [self.payload("a")]
        assert self.texts(other) == [self.payload("b")]
