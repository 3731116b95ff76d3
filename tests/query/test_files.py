from __future__ import annotations

import base64
import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import nbtrack
from nbtrack.errors import NotFoundError, UsageError
from nbtrack.query.files import File

PICTURE = (np.arange(64 * 64) % 255).astype(np.uint8).reshape(64, 64)


@pytest.fixture
def run_id(tmp_path: Path) -> str:
    run = nbtrack.init(project="p", id="r")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("some notes\n")
    run.save("out/notes.txt", base_path=".")
    run.log({"val/pics": [nbtrack.Image(PICTURE), nbtrack.Image(255 - PICTURE)]})
    run.log({"../../evil": nbtrack.Image(PICTURE)})
    run.finish()
    return "r"


def test_saved_files_and_media_are_listed_under_wandbs_names(run_id: str) -> None:
    names = [file.name for file in nbtrack.Api().run(run_id).files()]
    assert names[0] == "out/notes.txt"
    assert sum(name.startswith("media/images/val/pics_0_") for name in names) == 2
    assert all(".." not in name.split("/") for name in names)
    assert len(names) == 4


def test_files_are_chosen_by_name_and_pattern(run_id: str) -> None:
    run = nbtrack.Api().run(run_id)
    assert [f.name for f in run.files(names=["out/notes.txt", "none"])] == ["out/notes.txt"]
    assert len(run.files(pattern="media/images/%.png")) == 3
    assert run.files(pattern="*.gif") == []
    with pytest.raises(NotFoundError, match=r"'out/note.txt'.*'out/notes.txt'"):
        run.file("out/note.txt")


def test_a_file_tells_its_size_type_and_hash(run_id: str) -> None:
    file = nbtrack.Api().run(run_id).file("out/notes.txt")
    assert (file.size, file.mimetype, file.url) == (11, "text/plain", None)
    assert file.md5 == base64.b64encode(hashlib.md5(b"some notes\n").digest()).decode()


def test_a_medium_is_downloaded_as_the_picture_it_is(run_id: str, tmp_path: Path) -> None:
    run = nbtrack.Api().run(run_id)
    row = next(iter(run.scan_history(keys=["val/pics"])))
    with run.file(row["val/pics"]["filenames"][1]).download(tmp_path / "got") as copy:
        path = Path(copy.name)
    assert path.is_relative_to(tmp_path / "got")
    assert np.array_equal(np.asarray(Image.open(path)), 255 - PICTURE)


def test_download_does_not_overwrite_unless_told(run_id: str, tmp_path: Path) -> None:
    file = nbtrack.Api().run(run_id).file("out/notes.txt")
    with file.download(tmp_path / "got") as copy:
        assert copy.read() == "some notes\n"
    target = tmp_path / "got" / "out" / "notes.txt"
    target.write_text("mine")
    with pytest.raises(UsageError, match="replace=True"):
        file.download(tmp_path / "got")
    with file.download(tmp_path / "got", exist_ok=True) as kept:
        assert kept.read() == "mine"
    with file.download(tmp_path / "got", replace=True) as new:
        assert new.read() == "some notes\n"
    assert [p.name for p in target.parent.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("name", ["../out.txt", "/etc/out.txt", "a/../../out.txt", "", ".", "link/out.txt"])
def test_download_stays_inside_its_folder(tmp_path: Path, name: str) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "outside").mkdir()
    (root / "link").symlink_to(tmp_path / "outside")
    source = tmp_path / "source"
    source.write_text("x")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UsageError, match="outside"):
        File(name, path=source).download(root, replace=True)
    assert sorted(tmp_path.rglob("*")) == before


def test_links_out_of_the_run_are_not_its_files(run_id: str, tmp_path: Path) -> None:
    run = nbtrack.Api().run(run_id)
    (tmp_path / "secret").write_text("secret")
    (run.dir / "files" / "stolen").symlink_to(tmp_path / "secret")
    assert "stolen" not in [file.name for file in run.files()]


def test_a_file_that_has_gone_is_said_to_be_gone(run_id: str) -> None:
    file = nbtrack.Api().run(run_id).file("out/notes.txt")
    (nbtrack.Api().run(run_id).dir / "files" / "out" / "notes.txt").unlink()
    with pytest.raises(NotFoundError, match=r"out/notes.txt"):
        file.read()


def test_media_of_a_run_can_be_opened_without_a_copy(run_id: str) -> None:
    run = nbtrack.Api().run(run_id)
    file = run.files(pattern="media/images/val/%")[0]
    assert Image.open(io.BytesIO(file.read())).size == (64, 64)
