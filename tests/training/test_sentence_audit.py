"""Labels that look wrong among a sentence head's texts: found, in the right file, with a label its file can mean."""

import json
from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evaluation.labelled import Labelled
from nlp_service.errors import ConfigurationError
from nlp_service.review import tables
from training.head import Bags, Recipe
from training.lexicon import Words
from training.sentence_audit import audit
from training.sentence_head import Experts
from training.sentence_rows import Source
from training.texts import words_of

LABELS = ("positive", "neutral", "negative")
PHRASES = {"positive": "客服很耐心，非常满意", "neutral": "請問訂單幾號出貨", "negative": "the lid broke, terrible"}
OPPOSITE = {"positive": "negative", "neutral": "positive", "negative": "neutral"}
SEEDS, REVIEWS, UNSEEN = 180, 120, 12
PLANTED = (4, 23, 30, 60, 77, 95, 99, 130)
"""Seeds whose label is wrong."""
BAD_REVIEWS = (10, 61)
NEUTRAL_REVIEWS = (20, 21, 22)
"""Reviews that feel neutral, in a file that knows but two labels."""


def _true(number: int, labels: tuple[str, ...]) -> str:
    return labels[number % len(labels)]


def _seeds() -> list[tuple[str, str, str]]:
    """Text, given label, true label."""
    rows = [(f"{PHRASES[_true(n, LABELS)]} {n}", _true(n, LABELS), _true(n, LABELS)) for n in range(SEEDS)]
    return [(text, OPPOSITE[given] if n in PLANTED else given, true) for n, (text, given, true) in enumerate(rows)]


def _reviews() -> list[tuple[str, str, str]]:
    rows = []
    for number in range(REVIEWS + UNSEEN):
        label = _true(number, ("positive", "negative"))
        true = "neutral" if number in NEUTRAL_REVIEWS else label
        is_wrong = number in BAD_REVIEWS or number >= REVIEWS
        given = {"positive": "negative", "negative": "positive"}[label] if is_wrong else label
        rows.append((f"{PHRASES[true]} 評{number}", given, true))
    return rows


def _file(path: Path, rows: list[tuple[str, str, str]]) -> Path:
    path.write_text("".join(json.dumps({"text": text, "label": given}) + "\n" for text, given, _ in rows))
    return path


def _experts(rows: list[tuple[str, str, str]], by_head: np.ndarray) -> Experts:
    """Each text a sentence with a noisy vector of its true label; the head sees those `by_head`."""
    generator = np.random.default_rng(0)
    truth = np.array([LABELS.index(true) for *_, true in rows])
    vectors = (np.eye(len(LABELS), 8)[truth] + generator.normal(0, 0.05, (len(rows), 8))).astype(np.float32)
    targets = np.array([[given == label for label in LABELS] for _, given, _ in rows], dtype=np.float32)
    considered = np.ones_like(targets)
    considered[SEEDS : SEEDS + REVIEWS + UNSEEN, LABELS.index("neutral")] = 0
    weights = np.ones(len(rows), dtype=np.float32)
    bags = Bags(vectors, np.arange(len(rows)), weights, targets, considered, weights).select(by_head)
    words = Words(words_of([text for text, *_ in rows]), targets, considered, weights)
    return Experts(bags, by_head, words, np.zeros(len(rows), dtype=bool))


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Rows of the table and figures: seeds of two files, reviews of one, behind them the seeds in other words."""
    folder = tmp_path_factory.mktemp("audit")
    seeds, reviews = _seeds(), _reviews()
    paths = [_file(folder / "first.jsonl", seeds[:100]), _file(folder / "second.jsonl", seeds[100:])]
    shuffled = [reviews[n] for n in np.random.default_rng(1).permutation(REVIEWS)] + reviews[REVIEWS:]
    sources = [
        Source(paths[0], [Labelled(text, given) for text, given, _ in seeds], 1.0),
        Source(_file(folder / "reviews.jsonl", reviews), [Labelled(text, given) for text, given, _ in shuffled], 1.0),
    ]
    other_words = [(f"{text}{mark}", given, true) for text, given, true in seeds for mark in "！~"]
    rows = [*seeds, *shuffled, *other_words]
    by_head = np.ones(len(rows), dtype=bool)
    by_head[SEEDS + REVIEWS : SEEDS + REVIEWS + UNSEEN] = False
    options = Namespace(
        audit=folder / "audit.jsonl", seeds=paths, lexicon_share=0.5, lexicon_decay=1e-4, ngrams=5000, seed=0
    )
    recipe = Recipe(robustness=0.3, epochs=40, rate=3e-2, dropout=0.1)
    figures = audit(LABELS, sources, _experts(rows, by_head), recipe, 1.0, options)
    return [json.loads(line) for line in options.audit.read_text(encoding="utf-8").splitlines()], figures


def test_planted_wrong_labels_are_found_first_with_the_right_one_and_their_place(audited: Any) -> None:
    table, _ = audited
    seeds, reviews = _seeds(), _reviews()
    planted = {("first.jsonl" if n < 100 else "second.jsonl", n % 100 + 1, seeds[n][2]) for n in PLANTED}
    planted |= {("reviews.jsonl", n + 1, reviews[n][2]) for n in BAD_REVIEWS}
    found = [(row["file"], row["row"], row["suggested"]) for row in table if row["row"] - 1 not in NEUTRAL_REVIEWS]

    assert set(found[: len(planted)]) == planted


def test_a_file_of_two_labels_is_never_suggested_a_third(audited: Any) -> None:
    table, _ = audited
    suggested = [(row["suggested"], row["p_label"] + row["p_suggested"]) for row in table if "review" in row["file"]]

    assert len(suggested) >= len(BAD_REVIEWS)
    assert {label for label, _ in suggested} <= {"positive", "negative"}
    assert all(total == pytest.approx(1, abs=1e-5) for _, total in suggested)


def test_only_texts_that_the_head_learns_from_are_audited_and_none_in_other_words(audited: Any) -> None:
    table, figures = audited
    texts = {text for text, *_ in (*_seeds(), *_reviews()[:REVIEWS])}

    assert figures["labels"]["rows"] == len(texts)
    assert {row["text"] for row in table} <= texts
    assert figures["suspected labels by file"]["reviews.jsonl"]["rows"] == REVIEWS


def test_the_report_holds_no_text(audited: Any) -> None:
    _, figures = audited
    written = json.dumps(figures, ensure_ascii=False)

    assert figures["labels"]["suspected"] >= len(PLANTED)
    assert not any(phrase in written for phrase in PHRASES.values())


def test_what_people_decide_is_read_back(audited: Any, tmp_path: Path) -> None:
    table, _ = audited
    filled = tmp_path / "filled.jsonl"
    filled.write_text("".join(json.dumps(row | {"correct": row["suggested"]}) + "\n" for row in table))

    assert [row.label for row in tables.read(filled, "correct")] == [row["suggested"] for row in table]


def test_equal_texts_with_different_labels_are_named_by_file_and_row(tmp_path: Path) -> None:
    seeds = [("發票開錯了", "negative", "negative"), *_seeds(), ("发票开错了", "neutral", "negative")]
    path = _file(tmp_path / "seeds.jsonl", seeds)
    rows = [Labelled(text, given) for text, given, _ in seeds]
    options = Namespace(
        audit=tmp_path / "audit.csv", seeds=[path], lexicon_share=0.5, lexicon_decay=1e-4, ngrams=500, seed=0
    )
    experts = _experts(seeds, np.ones(len(seeds), dtype=bool))
    figures = audit(LABELS, [Source(path, rows, 1.0)], experts, Recipe(epochs=1), 1.0, options)

    assert figures["conflicting labels"] == {
        f"seeds.jsonl row 1, seeds.jsonl row {len(seeds)}": {"labels": "negative; neutral"}
    }


def test_a_table_of_another_ending_is_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="csv"):
        audit(LABELS, [], None, Recipe(), 1.0, Namespace(audit=tmp_path / "audit.txt"))  # type: ignore[arg-type]
