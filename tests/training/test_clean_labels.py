import argparse
import json
import random
from pathlib import Path

import numpy as np
import pytest

from evaluation.heldout import is_held_out
from nlp_service.embedding.encoder.fake import FakeEncoder
from nlp_service.errors import DataError
from training import clean_labels
from training.clean_labels import clean, read_posteriors, row_key
from training.trunk.config import Config
from training.trunk.tasks import LabelTask

TOPICS = {
    "refund": ("我要退款", "钱什么时候退给我", "退款怎么还没到账", "申请退钱", "退款进度查一下"),
    "delivery": ("快递到哪了", "包裹什么时候送到", "物流三天没动了", "还没收到货", "快递员电话多少"),
    "invoice": ("帮我开发票", "发票抬头写错了", "电子发票在哪下载", "要专用发票", "发票什么时候寄"),
}
OPENINGS = ("", "你好，", "请问", "麻烦，", "在吗，", "那个，")


@pytest.fixture
def meaningless(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Of an encoder that only tells texts apart."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(clean_labels.artifact, "load", lambda folder, kind: folder)
    monkeypatch.setattr(clean_labels, "OnnxEncoder", lambda folder, threads: FakeEncoder())


def _cleaned(folder: Path, rows: list[dict[str, str | None]], **options: object) -> Path:
    (folder / "train.jsonl").write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    clean(_options(folder / "train.jsonl", **{"encoder": [Path("fake")], "out": folder / "out", **options}))
    return folder / "out"


def _options(train: Path, **options: object) -> argparse.Namespace:
    usual = {"held_out": 0.0, "blind": True, "epochs": 20, "seed": 0, "threads": 1}
    return argparse.Namespace(
        **{"train": [train], "column": "label", "others": [], "others_limit": None, **usual, **options}
    )


def _orders(number: int) -> list[dict[str, str | None]]:
    chance = np.random.default_rng(0)
    unlike = [chr(0x4E00 + 37 * at) + chr(0x5E00 + 31 * at) for at in range(number)]
    return [{"text": f"訂單{name}", "label": str(chance.choice(list("abcd")))} for name in unlike]


@pytest.mark.parametrize("blind", [True, False])
def test_most_wrong_labels_are_seen_through(tmp_path: Path, blind: bool) -> None:
    chance = random.Random(0)
    right, rows = [], []
    for opening in OPENINGS:
        for topic, texts in TOPICS.items():
            for text in texts:
                given = chance.choice(sorted(set(TOPICS) - {topic})) if chance.random() < 0.25 else topic
                right.append(topic)
                rows.append({"text": opening + text, "label": given})
    train = tmp_path / "noisy.jsonl"
    train.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")

    clean(_options(train, encoder=[Path("models/encoder")], blind=blind, epochs=40, out=tmp_path / "out"))

    labels, posteriors = read_posteriors(tmp_path / "out")
    likeliest = [labels[posteriors[row_key(row["text"], row["label"])].argmax()] for row in rows]
    wrong_before = sum(row["label"] != topic for row, topic in zip(rows, right, strict=True))
    wrong_after = sum(label != topic for label, topic in zip(likeliest, right, strict=True))
    assert wrong_before >= 10
    assert wrong_after <= wrong_before / 2


def test_a_text_that_is_there_twice_is_not_judged_by_what_was_learned_of_it(meaningless: None, tmp_path: Path) -> None:
    """Labels are drawn at random: whoever knows more than some of them has seen them."""
    rows = _orders(40)
    twins = [{**row, "text": str(row["text"]).replace("訂單", "订单")} for row in rows]
    out = _cleaned(tmp_path, [*rows, *twins], epochs=100)
    figures = json.loads((out / "report.json").read_text(encoding="utf-8"))["figures"]

    assert figures["agreement with given labels, head on fake"] < 0.35
    assert figures["agreement with given labels, n-grams"] < 0.35


def test_soft_labels_know_the_rows_that_a_run_learns_from_and_no_other(meaningless: None, tmp_path: Path) -> None:
    rows = [*_orders(60), {"text": "nothing", "label": None}]
    soft = _cleaned(tmp_path, rows, held_out=0.2)
    labels, posteriors = read_posteriors(soft)
    kept = [row for row in rows if row["label"] and not is_held_out(row["text"], 0.2)]

    assert posteriors.keys() == {row_key(row["text"], row["label"]) for row in kept}
    assert 30 < len(kept) < 60
    task = _task(soft, tmp_path, held_out=0.2)
    assert task.labels == labels
    assert task.validation is not None
    assert len(task.validation.texts) == 60 - len(kept)
    with pytest.raises(DataError, match=f"doesn't know {60 - len(kept)} of 60 rows; .* no larger a --held-out"):
        _task(soft, tmp_path, held_out=0.0)


def test_texts_with_labels_of_another_scheme_are_told_by_what_was_learned(tmp_path: Path) -> None:
    rows = [
        {"text": opening + text, "reason": topic, "label": "other"}
        for opening in OPENINGS
        for topic, texts in TOPICS.items()
        for text in texts[1:]
    ]
    related = [{"text": f"{texts[0]}，谢谢", "label": "bad"} for texts in TOPICS.values()]
    (tmp_path / "reviews.jsonl").write_text("\n".join(map(json.dumps, related)), encoding="utf-8")
    train = tmp_path / "train.jsonl"
    train.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    models = {"encoder": [Path("models/encoder")], "epochs": 40, "out": tmp_path / "out"}

    clean(_options(train, column="reason", others=[tmp_path / "reviews.jsonl"], **models))

    labels, posteriors = read_posteriors(tmp_path / "out")
    said = {row["text"]: posteriors[row_key(row["text"], "bad")] for row in related}
    assert [labels[said[f"{texts[0]}，谢谢"].argmax()] for texts in TOPICS.values()] == list(TOPICS)
    assert len(posteriors) == len({row["text"] for row in rows}) + len(related)
    assert np.allclose([vector.sum() for vector in posteriors.values()], 1, atol=2e-3)

    clean(_options(train, column="reason", others=[tmp_path / "reviews.jsonl"], others_limit=2, **models))

    assert sum(row_key(row["text"], "bad") in read_posteriors(tmp_path / "out")[1] for row in related) == 2


def _task(soft: Path, data: Path, held_out: float) -> LabelTask:
    task = {"name": "orders", "objective": "labels", "share": 1, "soft_labels": soft}
    sources = [{"path": "train.jsonl", "held_out": held_out}]
    config = Config.model_validate({"name": "run", "steps": 1, "rate": 1e-3, "tasks": [{**task, "sources": sources}]})
    return LabelTask(config.tasks[0], config, data, "cpu")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([*_orders(20), {"text": " \u200b", "label": "a"}], r"train\.jsonl: line 21: has a label but no text"),
        ([{"text": "退款", "label": None}], "two labels or more"),
        ([{"text": f"退款{at}", "label": "a"} for at in range(9)], "two labels or more"),
        ([{"text": "退款", "label": label} for label in "ab" * 9], "18 texts: too few different ones"),
    ],
)
def test_rows_that_cannot_be_cross_validated_are_refused_before_any_work(
    tmp_path: Path, rows: list[dict[str, str | None]], said: str
) -> None:
    with pytest.raises(DataError, match=said):
        _cleaned(tmp_path, rows)


def test_a_blank_text_that_is_left_out_anyway_is_no_matter(meaningless: None, tmp_path: Path) -> None:
    _, posteriors = read_posteriors(_cleaned(tmp_path, [*_orders(20), {"text": " ", "label": None}], epochs=1))
    assert len(posteriors) == 20
