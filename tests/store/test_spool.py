"""The spool: bytes that wait for their encoder."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from nbtrack.store import spool as module
from nbtrack.store.model import SpoolRef
from nbtrack.store.spool import HEADER_BYTES, PAGE, Spool, read_spool


@pytest.fixture
def spool(tmp_path):
    made = Spool(tmp_path, "w" * 10)
    yield made
    made.close()


def picture(n: int = 50_000, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, n, dtype=np.uint8)


def test_what_is_put_can_be_read_here_and_elsewhere(spool, tmp_path):
    for data in (b"", b"x", picture().tobytes(), bytearray(b"abc"), memoryview(b"abcd")[1:]):
        ref = spool.put(data)
        assert spool.get(ref) == read_spool(tmp_path, ref) == bytes(data)
        assert ref.file == "wwwwwwwwww.spool"
    array = picture(24_000).view(np.float32).reshape(20, 10, 30)
    assert spool.get(spool.put(array)) == array.tobytes()


@settings(deadline=None)
@given(st.lists(st.binary(max_size=9000), max_size=5), st.integers(1, 600))
def test_several_pieces_lie_behind_each_other(tmp_path_factory, pieces, times):
    folder = tmp_path_factory.mktemp("spool")
    spool = Spool(folder)
    pieces = pieces * times if sum(map(len, pieces)) < 2000 else pieces
    ref = spool.put(*pieces)
    assert spool.get(ref) == read_spool(folder, ref) == b"".join(pieces)
    spool.release(ref)
    spool.close()
    assert list(folder.iterdir()) == []


def test_the_caller_may_change_its_array_at_once(spool):
    array = picture()
    before = array.tobytes()
    ref = spool.put(array)
    array[:] = 0
    assert spool.get(ref) == before


def test_no_file_is_made_before_it_is_needed(tmp_path):
    Spool(tmp_path).close()
    assert list(tmp_path.iterdir()) == []


def test_the_file_goes_when_the_last_region_is_released(tmp_path):
    spool = Spool(tmp_path)
    refs = [spool.put(picture(seed=i)) for i in range(3)]
    spool.release(refs[0])
    spool.close()
    assert read_spool(tmp_path, refs[1]) == picture(seed=1).tobytes()
    spool.release(refs[1])
    assert spool.get(refs[2]) == picture(seed=2).tobytes()
    spool.release(refs[2])
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_taken_after_close_and_nothing_released_twice(spool):
    ref = spool.put(b"x")
    spool.release(ref)
    with pytest.raises(ValueError, match="was released"):
        spool.get(ref)
    with pytest.raises(ValueError, match="was released before"):
        spool.release(ref)
    spool.close()
    spool.close()
    with pytest.raises(ValueError, match="closed"):
        spool.put(b"x")


def test_a_released_region_is_used_again_and_says_so(spool, tmp_path):
    old = spool.put(picture())
    spool.release(old)
    with pytest.raises(ValueError, match="released or damaged"):
        read_spool(tmp_path, old)
    for seed in range(1, 20):  # the space that was written ahead is as good a place
        new = spool.put(picture(seed=seed))
        if new.offset == old.offset:
            break
    assert new.offset == old.offset
    assert read_spool(tmp_path, new) == picture(seed=seed).tobytes()
    with pytest.raises(ValueError, match="used again"):
        read_spool(tmp_path, old)


def test_the_file_does_not_grow_while_regions_are_released(spool, tmp_path):
    for seed in range(50):
        spool.release(spool.put(picture(seed=seed)))
    assert (tmp_path / "wwwwwwwwww.spool").stat().st_size <= 10 * 50_000


def test_damage_is_noticed(spool, tmp_path):
    ref = spool.put(picture())
    path = tmp_path / ref.file
    good = path.read_bytes()
    for at in (0, 8, 16, 24, 28, HEADER_BYTES, HEADER_BYTES + ref.length - 1):
        bad = bytearray(good)
        bad[ref.offset + at] ^= 1
        path.write_bytes(bad)
        with pytest.raises(ValueError, match=r"damaged|used again"):
            read_spool(tmp_path, ref)
    path.write_bytes(good[: ref.offset + ref.length])
    with pytest.raises(ValueError, match="cut off"):
        read_spool(tmp_path, ref)
    path.write_bytes(good)
    assert read_spool(tmp_path, ref) == picture().tobytes()


def test_a_spool_that_is_gone_is_file_not_found(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_spool(tmp_path, SpoolRef("gone.spool", 0, 1, 1))


@pytest.mark.parametrize("name", ["../x.spool", "/etc/passwd", "x.nbl", "a\\b.spool"])
def test_a_reference_cannot_point_out_of_the_folder(tmp_path, name):
    with pytest.raises(ValueError, match="not the name of a spool"):
        read_spool(tmp_path, SpoolRef(name, 0, 1, 1))


def test_put_waits_for_room(tmp_path):
    spool = Spool(tmp_path, limit=200_000)
    refs = [spool.put(picture()) for _ in range(3)]
    done = threading.Event()

    def more() -> None:
        refs.append(spool.put(picture(seed=9)))
        done.set()

    thread = threading.Thread(target=more)
    thread.start()
    assert not done.wait(0.2)
    spool.release(refs.pop(0))
    thread.join(30)
    assert done.is_set()
    assert spool.get(refs[-1]) == picture(seed=9).tobytes()
    for ref in refs:
        spool.release(ref)
    spool.close()


def test_put_gives_up_with_a_timeout_when_nobody_releases(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    spool = Spool(tmp_path, limit=100_000)
    ref = spool.put(picture())
    with pytest.raises(TimeoutError, match="wait for their encoder"):
        spool.put(picture(80_000))
    spool.release(ref)
    assert spool.get(spool.put(picture(80_000))) == picture(80_000).tobytes()


def test_close_ends_the_waiting(tmp_path):
    spool = Spool(tmp_path, limit=100_000)
    spool.put(picture())
    errors: list[str] = []

    def more() -> None:
        try:
            spool.put(picture(80_000))
        except ValueError as error:
            errors.append(str(error))

    thread = threading.Thread(target=more)
    thread.start()
    spool.close()
    thread.join(30)
    assert errors == ["the spool is closed"]


def test_one_region_may_be_larger_than_the_limit(tmp_path):
    spool = Spool(tmp_path, limit=PAGE)
    assert spool.get(spool.put(picture())) == picture().tobytes()


def test_threads_do_not_mix_their_bytes(tmp_path):
    spool = Spool(tmp_path, limit=2_000_000)
    wrong: list[int] = []

    def work(seed: int) -> None:
        for i in range(40):
            data = picture(5_000 + 997 * ((seed + i) % 7), seed * 100 + i).tobytes()
            ref = spool.put(data)
            if not spool.get(ref) == read_spool(tmp_path, ref) == data:
                wrong.append(seed)
            spool.release(ref)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    spool.close()
    assert wrong == []


def test_a_deleted_file_is_followed_by_a_new_one(spool, tmp_path):
    old = spool.put(picture())
    (tmp_path / old.file).unlink()
    new = spool.put(picture(seed=1))
    assert new.file != old.file
    assert read_spool(tmp_path, new) == picture(seed=1).tobytes()
    assert spool.get(old) == picture().tobytes()
    spool.release(old)
    spool.release(new)


def test_a_deleted_folder_is_made_again(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    spool = Spool(folder)
    first = spool.put(b"x")
    (folder / first.file).unlink()
    folder.rmdir()
    assert read_spool(folder, spool.put(b"y")) == b"y"
    spool.close()


def test_descriptors_are_given_back(tmp_path):
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        spool = Spool(tmp_path)
        ref = spool.put(picture())
        spool.close()
        spool.release(ref)
        del spool
    for thread in threading.enumerate():
        if thread.name == "nbtrack-spool":
            thread.join()
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert list(tmp_path.iterdir()) == []


class SpoolMachine(RuleBasedStateMachine):
    """Any order of put and release: no region ever changes before it is released."""

    def __init__(self) -> None:
        super().__init__()
        import tempfile

        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name)
        self.spool = Spool(self.path)
        self.held: dict[SpoolRef, bytes] = {}
        self.gone: list[SpoolRef] = []
        self.seed = 0

    @rule(pages=st.integers(0, 5), odd=st.integers(-70, 70))
    def put(self, pages, odd):
        self.seed += 1
        data = np.random.default_rng(self.seed).bytes(max(0, pages * PAGE + odd))
        self.held[self.spool.put(data)] = data

    @rule(which=st.integers(0, 1000))
    def release(self, which):
        if self.held:
            ref = list(self.held)[which % len(self.held)]
            self.spool.release(ref)
            del self.held[ref]
            self.gone.append(ref)

    @invariant()
    def held_ones_are_unharmed(self):
        for ref, data in self.held.items():
            assert read_spool(self.path, ref) == data

    @invariant()
    def released_ones_are_not_mistaken(self):
        for ref in self.gone[-3:]:
            with pytest.raises(ValueError, match=r"released|used again|cut off"):
                read_spool(self.path, ref)

    def teardown(self):
        for ref in self.held:
            self.spool.release(ref)
        self.spool.close()
        assert list(self.path.iterdir()) == []
        self.folder.cleanup()


TestSpoolMachine = SpoolMachine.TestCase
TestSpoolMachine.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
