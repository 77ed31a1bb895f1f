import json
from pathlib import Path

import pytest

from nlp_service.errors import DataError
from training.trunk.config import Source
from training.trunk.sources import read_rows


def _write(folder: Path, rows: list[object]) -> None:
    (folder / "rows.jsonl").write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n", "utf-8")


def test_training_and_held_out_rows_together_are_all_rows(tmp_path: Path) -> None:
    rows = [{"text": f"第{number}单什么时候发货"} for number in range(400)]
    _write(tmp_path, rows)
    source = Source(path="rows.jsonl", held_out=0.25)

    kept = read_rows(source, tmp_path, seed=0)
    held_out = read_rows(source, tmp_path, seed=0, held_out=True)

    assert sorted(row["text"] for row in kept + held_out) == sorted(row["text"] for row in rows)
    assert 60 < len(held_out) < 140


def test_a_rows_side_does_not_depend_on_its_place(tmp_path: Path) -> None:
    rows = [{"intent": f"reason-{number}", "texts": ["a", "b"]} for number in range(100)]
    source = Source(path="rows.jsonl", held_out=0.3)
    _write(tmp_path, rows)
    before = {row["intent"] for row in read_rows(source, tmp_path, seed=0)}
    _write(tmp_path, rows[::-1])

    assert {row["intent"] for row in read_rows(source, tmp_path, seed=1)} == before


def test_a_limit_takes_the_same_rows_for_the_same_seed(tmp_path: Path) -> None:
    _write(tmp_path, [{"text": f"text {number}"} for number in range(100)])
    source = Source(path="rows.jsonl", limit=10)

    first, again, other = (read_rows(source, tmp_path, seed) for seed in (0, 0, 1))

    assert len(first) == 10
    assert first == again != other


@pytest.mark.parametrize("line", ["{", "[]", '{"label": "a"}', '{"text": 3}'])
def test_a_bad_line_is_named_by_number_without_its_text(tmp_path: Path, line: str) -> None:
    (tmp_path / "rows.jsonl").write_text('{"text": "good"}\n' + line + "\n", encoding="utf-8")

    with pytest.raises(DataError, match=r"rows\.jsonl: line 2"):
        read_rows(Source(path="rows.jsonl"), tmp_path, seed=0)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"absent\.jsonl"):
        read_rows(Source(path="absent.jsonl"), tmp_path, seed=0)
