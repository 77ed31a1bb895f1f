"""Files are written whole or not at all."""

import pytest

from nlp_service.review.files import replacing


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
