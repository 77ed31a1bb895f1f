"""What is done outlasts the process, belongs to one manifest, and has one owner at a time."""

import os
from dataclasses import replace

import pytest

from nlp_service.batch import FileIdentity, WorkFolder, working
from nlp_service.batch import folder as module
from nlp_service.errors import DataError


def test_a_part_is_there_once_it_is_written(folder, part):
    assert not folder.has(1)
    folder.write(1, part)
    assert folder.has(1)
    assert folder.read(1) == part
    assert not folder.has(2)


def test_an_unfinished_part_is_none(folder, path, part, monkeypatch):
    def fails(*_):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(DataError, match="No space left on device; what is done is kept: run the same command again"):
        folder.write(1, part)
    assert not folder.has(1)
    (path / "000002.json.new").write_bytes(part.content())  # as a power cut would leave it
    assert not folder.has(2)


def test_the_same_run_goes_on(folder, path, manifest, part):
    folder.write(2, part)
    again = WorkFolder(path)
    again.begin(manifest, 4, restart=False)
    assert again.read(2) == part


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"file": FileIdentity(7, "f2")}, "IN"),
        ({"file": FileIdentity(8, "f1")}, "IN"),
        ({"part_size": 3}, "--part-size"),
        ({"answering": {"encoder": "e2", "reasons": "r1"}}, "encoder"),
        ({"answering": {"encoder": "e1"}}, "reasons"),
        ({"answering": {"encoder": "e1", "reasons": "r1", "taxonomy": "t1"}}, "taxonomy"),
    ],
)
def test_parts_of_something_else_are_refused_or_thrown_away(folder, path, manifest, part, change, named):
    folder.write(1, part)
    changed, again = replace(manifest, **change), WorkFolder(path)
    with pytest.raises(DataError, match=f"before {named} changed: --restart") as refused:
        again.begin(changed, 4, restart=False)
    assert "\n" not in str(refused.value)
    assert again.has(1)
    again.begin(changed, 4, restart=True)
    assert not again.has(1)
    again.begin(changed, 4, restart=False)


def test_parts_without_a_manifest_belong_to_nothing(folder, path, manifest, part):
    folder.write(1, part)
    (path / module.MANIFEST).unlink()
    again = WorkFolder(path)
    again.begin(manifest, 4, restart=False)
    assert not again.has(1)


def test_a_damaged_manifest_is_named_and_restarted(folder, path, manifest, part):
    folder.write(1, part)
    (path / module.MANIFEST).write_bytes(b"{")
    assert folder.counted(manifest.file) is None
    with pytest.raises(DataError, match=r"manifest\.json: damaged: --restart"):
        folder.begin(manifest, 4, restart=False)
    folder.begin(manifest, 4, restart=True)
    assert not folder.has(1)


def test_a_damaged_part_is_named(folder, path, part):
    folder.write(1, part)
    (path / "000001.json").write_bytes(part.content()[:-1])
    with pytest.raises(DataError, match=r"000001\.json: damaged: remove it and run the same command again"):
        folder.read(1)


def test_lines_are_counted_once(folder, path, manifest):
    assert WorkFolder(path).counted(manifest.file) == 4
    assert WorkFolder(path).counted(FileIdentity(7, "f2")) is None


def test_nobody_else_works_there_meanwhile(path):
    with working(path):
        with pytest.raises(DataError, match="another run is at work there"), working(path):
            pass
        assert path.exists()
    with working(path):  # free again
        pass


def test_a_lock_that_was_left_behind_keeps_nobody_out(folder, path, manifest, part):
    folder.write(1, part)
    leftover = path.with_name("other.parts")
    leftover.mkdir()
    (leftover / module.LOCK).touch()
    (leftover / module.MANIFEST).write_bytes((path / module.MANIFEST).read_bytes())
    with working(leftover) as found:
        assert found.counted(manifest.file) == 4


def test_a_lock_whose_folder_was_removed_meanwhile_isnt_taken(path, monkeypatch):
    """Between opening the lock and holding it, the run before removed both; a third may have made them anew."""
    taken, try_lock = [], module.try_lock

    def beaten(lock):
        held = try_lock(lock)
        if not taken:
            lock.unlink()
            path.rmdir()
        taken.append(held)
        return held

    monkeypatch.setattr(module, "try_lock", beaten)
    with working(path):
        assert len(taken) == 2
        monkeypatch.undo()
        with pytest.raises(DataError, match="another run"), working(path):
            pass


def test_it_is_gone_when_all_is_done(path, manifest, part):
    with working(path) as folder:
        folder.begin(manifest, 4, restart=False)
        folder.write(1, part)
        folder.remove()
        assert not path.exists()
        with working(path), working(path.with_name("other")):  # whose lock is its own
            pass


def test_the_next_runs_lock_isnt_removed_by_the_one_before(path, manifest):
    with working(path) as first:
        first.begin(manifest, 4, restart=False)
        first.remove()
        second = working(path)
        second.__enter__()
    assert (path / module.LOCK).exists()
    second.__exit__(None, None, None)
    assert not path.exists()


def test_what_others_put_there_stays(path, manifest, part):
    with working(path) as folder:
        folder.begin(manifest, 4, restart=False)
        folder.write(1, part)
        (path / "notes.txt").write_text("mine", encoding="utf-8")
        folder.remove()
    assert [item.name for item in path.iterdir()] == ["notes.txt"]


def test_a_folder_that_only_a_lock_is_in_is_removed_one_with_parts_stays(path, manifest, part):
    with working(path):
        pass
    assert not path.exists()
    with working(path) as folder:
        folder.begin(manifest, 4, restart=False)
    assert (path / module.MANIFEST).exists()


@pytest.mark.parametrize("place", ["none/out.parts", "file"])
def test_where_it_cant_be_made(tmp_path, place):
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=f"{place}: can't be written: "), working(tmp_path / place):
        pass


@pytest.mark.parametrize("name", ["none", "."])
def test_only_a_file_has_an_identity(tmp_path, name):
    with pytest.raises(DataError, match=r"can't be read|isn't a file"):
        FileIdentity.of(tmp_path / name)


def test_a_files_identity_is_its_content(tmp_path):
    one, other, same = (tmp_path / name for name in "abc")
    one.write_bytes(b"text\n")
    same.write_bytes(b"text\n")
    other.write_bytes(b"texT\n")
    assert FileIdentity.of(one) == FileIdentity.of(same) != FileIdentity.of(other)
    assert FileIdentity.of(one).size == 5
