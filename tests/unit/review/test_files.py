"""Files are written whole or not at all."""

import os
import threading

import pytest

from nlp_service.errors import DataError
from nlp_service.review.files import refuse_same, replacing


def test_the_new_file_takes_the_old_ones_place(tmp_path):
    path = tmp_path / "out.txt"
    path.write_text("old", encoding="utf-8")
    with replacing(path) as file:
        file.write("新的\n\ud800")
        assert path.read_text(encoding="utf-8") == "old"
    assert path.read_bytes() == "新的\n?".encode()


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "out.txt"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt), replacing(path) as file:
        file.write("half of it")
        raise KeyboardInterrupt
    assert path.read_text(encoding="utf-8") == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["out.txt"]


def test_two_that_write_the_same_file_at_once_dont_mix(tmp_path):
    path = tmp_path / "out.txt"
    with replacing(path) as first:
        with replacing(path) as second:
            first.write("first")
            second.write("second one")
        assert path.read_text(encoding="utf-8") == "second one"
    assert path.read_text(encoding="utf-8") == "first"
    assert [item.name for item in tmp_path.iterdir()] == ["out.txt"]


def test_it_has_the_permissions_of_any_new_file(tmp_path):
    usual, path = tmp_path / "usual.txt", tmp_path / "out.txt"
    usual.touch()
    with replacing(path) as file:
        file.write("x")
    assert path.stat().st_mode == usual.stat().st_mode


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666, 0o444])
def test_it_has_the_permissions_of_the_file_whose_place_it_takes(tmp_path, mode):
    path = tmp_path / "out.txt"
    path.touch()
    path.chmod(mode)
    with replacing(path) as file:
        (unfinished,) = tmp_path.glob(".*.unfinished")
        assert unfinished.stat().st_mode & ~(mode | 0o200) & 0o777 == 0
        file.write("x")
    assert path.stat().st_mode & 0o777 == mode


@pytest.mark.parametrize("name", ["file/out.txt", "none/out.txt", ".", "x" * 300])
def test_what_cant_be_written_is_told(tmp_path, name):
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=r"can't be written: [A-Z]"), replacing(tmp_path / name) as file:
        file.write("x")
    assert [item.name for item in tmp_path.iterdir()] == ["file"]


def test_a_name_may_be_as_long_as_the_file_system_allows(tmp_path):
    path = tmp_path / ("名" * 83 + ".jsonl")
    with replacing(path) as file:
        file.write("x")
    assert path.read_text(encoding="utf-8") == "x"


@pytest.mark.parametrize("before", ["old", None])
def test_of_a_link_the_file_that_it_points_at_is_written(tmp_path, before):
    (tmp_path / "folder").mkdir()
    path, target = tmp_path / "out.txt", tmp_path / "folder" / "target.txt"
    if before is not None:
        target.write_text(before, encoding="utf-8")
    path.symlink_to(target)
    with replacing(path) as file:
        file.write("new")
    assert path.is_symlink()
    assert target.read_text(encoding="utf-8") == "new"


def test_a_pipe_is_written_as_it_is(tmp_path):
    path, read = tmp_path / "pipe", []
    os.mkfifo(path)
    reader = threading.Thread(target=lambda: read.append(path.read_text(encoding="utf-8")), daemon=True)
    reader.start()
    with replacing(path) as file:
        file.write("x")
    reader.join(10)
    assert read == ["x"]
    assert path.is_fifo()


def test_the_unfinished_file_may_be_kept(tmp_path):
    path, kept = tmp_path / "out.txt", []
    with pytest.raises(KeyboardInterrupt), replacing(path, abandon=kept.append) as file:
        file.write("half of it")
        raise KeyboardInterrupt
    (unfinished,) = kept
    assert unfinished.read_text(encoding="utf-8") == "half of it"
    assert list(tmp_path.iterdir()) == [unfinished]


def test_the_file_that_is_read_isnt_written(tmp_path):
    path, link, hard_link, copy = (tmp_path / name for name in ("in", "link", "hard_link", "copy"))
    path.write_text("x", encoding="utf-8")
    link.symlink_to(path)
    hard_link.hardlink_to(path)
    copy.write_text("x", encoding="utf-8")
    for written in (path, link, hard_link):
        with pytest.raises(DataError, match=f"{written.name}: is the file that is read"):
            refuse_same(path, written)
    refuse_same(path, copy)
    refuse_same(path, tmp_path / "none")
    refuse_same(path, tmp_path / ("x" * 300))
    refuse_same(tmp_path / "none", path)
