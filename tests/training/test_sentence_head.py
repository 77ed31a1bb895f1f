from pathlib import Path
from types import SimpleNamespace

from evaluation.heldout import is_held_out
from evaluation.labelled import Labelled
from training.sentence_head import Source, sample, with_other_marks

ROWS = [Labelled(f"等了{number}天还没到。", "negative") for number in range(2, 60)]
SHARE = 0.3


def test_held_out_rows_are_not_drawn() -> None:
    drawn = sample(ROWS, SimpleNamespace(seed=0, rows=30, held_out=SHARE))

    assert len(drawn) == 30
    assert not any(is_held_out(row.text, SHARE) for row in drawn)


def test_other_marks_keep_the_label_and_leave_measured_sentences_alone() -> None:
    made = with_other_marks(Source(Path("seeds.jsonl"), ROWS, 4.0), SHARE).rows
    kept = [row.text for row in ROWS if not is_held_out(row.text, SHARE)]

    assert {row.text for row in made} == {text.rstrip("。") + mark for text in kept for mark in ("！", "")}
    assert {row.label for row in made} == {"negative"}
    assert 0 < len(kept) < len(ROWS)
