import json
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from evaluation.heldout import is_held_out
from evaluation.labelled import Labelled
from nlp_service import artifact
from nlp_service.embedding.encoder.onnx import OnnxEncoder
from nlp_service.settings import MODELS
from nlp_service.tasks.emotions import EmotionClassifier, emotion
from nlp_service.tasks.sentiment import SentimentClassifier, label
from nlp_service.text import ngrams, ngrams_of, prepare, split_sentences
from training import emotions, kinds, sentence_head, sentiment
from training.sentence_rows import (
    _CHINESE_BEGINNINGS,
    _ENGLISH_BEGINNINGS,
    Source,
    in_other_words,
    put_together,
    sample,
    told_apart,
    weights_of,
)

ROWS = [Labelled(f"等了{number}天还没到。", "negative") for number in range(2, 60)]
ENGLISH = [Labelled(f"Waited {number} days and nothing came!", "complaint") for number in range(2, 40)]
SHARE = 0.3
LABELS = ("negative", "neutral", "positive")
THINGS = ("快递", "客服", "水壶", "耳机", "外卖", "沙发", "The kettle", "The courier", "Your app", "My order")
FEELINGS = {
    "negative": ("坏得没法用，气死我了", "太差了，真让人生气", " is awful and I am angry"),
    "neutral": ("在哪里可以查到", "是什么时候的", " is in the list"),
    "positive": ("真不错，我很喜欢", "特别好，开心", " is lovely and I like it"),
}
EMOTION_OF = {"negative": "anger", "neutral": None, "positive": "joy"}


def _made_of(rows: list[Labelled]) -> list[Labelled]:
    return list(in_other_words(Source(Path("seeds.jsonl"), rows, 4.0), SHARE).rows)


def _kept(rows: list[Labelled]) -> list[str]:
    return [row.text for row in rows if not is_held_out(row.text, SHARE)]


def test_held_out_rows_are_not_drawn_all_others_are() -> None:
    drawn = sample(ROWS, SimpleNamespace(seed=0, held_out=SHARE))

    assert {row.text for row in drawn} == set(_kept(ROWS))
    assert 0 < len(drawn) == len(_kept(ROWS)) < len(ROWS)


def test_the_order_is_drawn_with_the_seed() -> None:
    first, again, other = (sample(ROWS, SimpleNamespace(seed=seed, held_out=SHARE)) for seed in (0, 0, 1))

    assert first == again != other
    assert sorted(row.text for row in first) == sorted(row.text for row in other)
    assert [row.text for row in first] != _kept(ROWS)


def test_other_words_leave_measured_sentences_alone_and_keep_the_label() -> None:
    made = _made_of(ROWS)
    stems = {text.rstrip("。") for text in _kept(ROWS)}

    assert {row.label for row in made} == {"negative"}
    assert {stem + mark for stem in stems for mark in ("！", "")} <= {row.text for row in made}
    assert all(any(stem in row.text for stem in stems) for row in made)
    assert {row.text for row in made}.isdisjoint(row.text for row in ROWS)
    assert len({row.text for row in made}) == len(made) == 3 * len(stems)


@pytest.mark.parametrize(("rows", "beginnings"), [(ROWS, _CHINESE_BEGINNINGS), (ENGLISH, _ENGLISH_BEGINNINGS)])
def test_beginnings_are_of_the_sentences_language_and_none_is_preferred(
    rows: list[Labelled], beginnings: tuple[str, ...]
) -> None:
    texts = {row.text for row in _made_of(rows)}
    used = Counter(start for start in beginnings for text in _kept(rows) if start + text in texts)

    assert sum(used.values()) == len(_kept(rows))
    assert set(used) == set(beginnings)
    assert max(used.values()) - min(used.values()) <= 1


def test_a_courtesy_gets_no_beginning_and_nothing_that_is_there_already_is_made() -> None:
    rows = [Labelled("谢谢啦", "courtesy"), Labelled("谢谢啦！", "courtesy"), Labelled("！！！", "courtesy")]

    assert in_other_words(Source(Path("seeds.jsonl"), rows, 4.0), 0.0).rows == []


def test_other_words_weigh_half_as_much_as_the_seeds_they_are_made_of() -> None:
    made = in_other_words(Source(Path("seeds.jsonl"), ROWS, 4.0), SHARE)

    assert made.weight == 2.0
    assert made.path == Path("seeds.jsonl")


def test_a_source_is_asked_about_the_labels_it_has() -> None:
    two = Source(Path("reviews.csv"), [Labelled("好用", "positive"), Labelled("难用", "negative")], 1.0)

    assert told_apart(two, LABELS).tolist() == [1, 0, 1]
    assert told_apart(replace(two, rows=[], held_out=two.rows), LABELS).tolist() == [1, 0, 1]


@pytest.mark.parametrize("balance", [0.0, 0.5, 1.0])
def test_balanced_labels_count_alike_the_more_the_balance(balance: float) -> None:
    rows = [*[Labelled("好用", "positive")] * 16, *[Labelled("难用", "negative")] * 4]
    weights = weights_of(Source(Path("reviews.csv"), rows, 3.0, balance))

    assert weights.dtype == np.float32
    assert weights.mean() == pytest.approx(3.0)
    assert weights[16:].sum() / weights[:16].sum() == pytest.approx((4 / 16) ** (1 - balance))


SEEDS = Source(
    Path("seeds.jsonl"),
    [
        *[Labelled(f"第{number}个快递到哪了", "neutral") for number in range(40)],
        *[Labelled(f"第{number}次坏了！", "negative") for number in range(40)],
        *[Labelled(f"Box {number} is lovely", "positive") for number in range(40)],
        *[Labelled(f"Where is box {number}?", "neutral") for number in range(40)],
    ],
    4.0,
)


def test_seeds_put_together_feel_like_the_one_with_a_feeling() -> None:
    made = put_together(SEEDS, SHARE, "neutral", 200, seed=0)
    label_of = {row.text.rstrip("！"): row.label for row in SEEDS.rows}

    assert 195 <= len(made.rows) + len(made.held_out) <= 205
    for row in [*made.rows, *made.held_out]:
        spans = split_sentences(row.text)
        labels = [label_of[row.text[span.start : span.end].rstrip("。.！")] for span in spans]
        assert 2 <= len(labels) <= 3
        assert {row.label} == (set(labels) - {"neutral"} or {"neutral"})


def test_seeds_are_put_together_in_one_language_and_on_one_side() -> None:
    made = put_together(SEEDS, SHARE, "neutral", 200, seed=0)
    kept_back = {row.text for row in SEEDS.rows if is_held_out(row.text, SHARE)}

    for side, rows in ((False, made.rows), (True, made.held_out)):
        assert rows
        for row in rows:
            parts = [text for seed in SEEDS.rows if (text := seed.text) in row.text]
            assert row.text.isascii() or not any(part.isascii() for part in parts)
            longest = [part for part in parts if not any(part != other and part in other for other in parts)]
            assert {part in kept_back for part in longest} == {side}


def test_the_seed_draws_what_is_put_together() -> None:
    texts = [[row.text for row in put_together(SEEDS, SHARE, "neutral", 200, seed=seed).rows] for seed in (0, 0, 1)]
    assert texts[0] == texts[1] != texts[2]


def test_without_a_calm_seed_nothing_is_put_together() -> None:
    made = put_together(Source(Path("seeds.jsonl"), ROWS, 4.0), SHARE, "neutral", 200, seed=0)

    assert made.rows == made.held_out == []


# --- the commands ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def encoder() -> OnnxEncoder:
    return OnnxEncoder(artifact.load(MODELS / "encoder", "encoder"), threads=1)


def _texts() -> list[tuple[str, str]]:
    return [
        (thing + said, label)
        for label, some in FEELINGS.items()
        for said in some
        for thing in THINGS
        if thing.isascii() == said.isascii()
    ]


def _write(path: Path, rows: list[dict[str, str | None]]) -> Path:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    rows = [{"text": text, "sentiment": label, "emotion": EMOTION_OF[label]} for text, label in _texts()]
    return _write(tmp_path / "seeds.jsonl", rows)


def _run(monkeypatch: pytest.MonkeyPatch, module: object, folder: Path, seeds: Path, *train: Path) -> Path:
    out = folder / "made"
    options = ["--held-out", "0.4", "--epochs", "4", "--hidden", "0", "--threads", "1", "--lexicon-decay", "1e-4"]
    given = ["--seeds", seeds, "--train", *train, "--out", out, "--encoder", MODELS / "encoder", *options]
    monkeypatch.setattr(sys, "argv", [module.__name__, *map(str, given)])
    module.main()
    return out


def test_sentiment_is_learned_from_reviews_and_seeds(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seeds: Path, encoder: OnnxEncoder
) -> None:
    reviews = [{"text": f"店里的{text}。下次再说", "label": label} for text, label in _texts() if label != "neutral"]
    file = _write(tmp_path / "reviews.jsonl", [*reviews, {"text": " ", "label": "negative"}])
    out = _run(monkeypatch, sentiment, tmp_path, seeds, file)

    classifier = SentimentClassifier(artifact.load(out, "sentiment"), encoder_digest=encoder.info.digest)
    texts = [
        prepare(text) for text in ("台燈太差了，真让人生气", "台灯是什么时候的", "The lamp is lovely and I like it")
    ]
    probabilities = classifier.classify(encoder.encode(encoder.tokenize(texts)), ngrams_of(texts))
    review = "店里的椅子买了两把。坏得没法用，气死我了。"
    (vector,) = encoder.encode(encoder.tokenize([prepare(review)]))
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert [label(row) for row in probabilities] == list(LABELS)
    assert report["figures"]["seed sentences, cross-validated"]["accuracy"] > 0.8
    assert label(classifier.of_texts(np.full((1, 3), 1 / 3), vector[None], [ngrams(prepare(review))])[0]) == "negative"
    held_out = report["figures"]["texts of several sentences"]["held-out texts of several sentences, reviews.jsonl"]
    assert held_out["rows"] == sum(is_held_out(row["text"], 0.4) for row in reviews)
    assert held_out["accuracy"] > 0.8
    assert report["artifacts"]["sentiment"] == artifact.load(out, "sentiment").digest
    assert "快递" not in (out / "report.md").read_text(encoding="utf-8")


def test_emotions_of_other_names_are_learned_and_none_where_a_seed_is_unmarked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seeds: Path, encoder: OnnxEncoder
) -> None:
    rows = [("多亏有你，太感谢了", "grateful"), ("谢谢师傅帮忙，感谢", "grateful"), ("真恶心", "disgust")]
    posts = [{"text": f"{thing}那次{text}", "emotion": name} for text, name in rows for thing in THINGS]
    out = _run(monkeypatch, emotions, tmp_path, seeds, _write(tmp_path / "posts.jsonl", posts))

    classifier = EmotionClassifier(artifact.load(out, "emotions"), encoder_digest=encoder.info.digest)
    texts = [prepare(text) for text in ("台灯太差了，真让人生气", "台灯是什么时候的", "台灯特别好，开心")]
    probabilities = classifier.classify(encoder.encode(encoder.tokenize(texts)), ngrams_of(texts))
    used = json.loads((out / "report.json").read_text(encoding="utf-8"))["figures"]["texts used"]
    assert [emotion(row) for row in probabilities] == ["anger", None, "joy"]
    assert used["posts.jsonl, weight 1"] == sum(
        name == "grateful" and not is_held_out(f"{thing}那次{text}", 0.4) for text, name in rows for thing in THINGS
    )


@pytest.mark.parametrize("share", ["10", "1", "-0.1", "nan"])
def test_a_share_that_leaves_nothing_is_no_share(share: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        sentence_head.parser("kinds", None).parse_args(["--out", "made", "--held-out", share])
    assert caught.value.code == 2
    assert "--held-out: needs to be at least 0 and less than 1" in capsys.readouterr().err


@pytest.mark.parametrize(("share", "kept"), [("0", 40), ("0.1", 1)])
def test_without_a_held_out_seed_nothing_is_fitted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], share: str, kept: int
) -> None:
    texts = [text for text, _ in _texts() if not is_held_out(text, 0.1)][:kept]
    seeds = _write(tmp_path / "seeds.jsonl", [{"text": text, "kind": "complaint"} for text in texts])
    given = ["--seeds", seeds, "--out", tmp_path / "made", "--held-out", share, "--encoder", tmp_path / "absent"]
    monkeypatch.setattr(sys, "argv", ["kinds", *map(str, given)])
    with pytest.raises(SystemExit) as caught:
        kinds.main()
    (line,) = capsys.readouterr().err.splitlines()
    assert caught.value.code == 2
    assert f"--held-out {share} holds out none of {kept} seed sentences" in line
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("module", "row", "message"),
    [
        (sentiment, {"text": "难吃", "label": "furious"}, "labels must be negative, neutral, positive"),
        (emotions, {"text": "难吃", "emotion": "disgust"}, "no row has an emotion of neutral, happy"),
        (emotions, {"text": "难吃", "label": "anger"}, "needs a 'emotion'"),
    ],
)
def test_a_file_of_other_labels_is_one_line_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    seeds: Path,
    capsys: pytest.CaptureFixture[str],
    module: object,
    row: dict[str, str | None],
    message: str,
) -> None:
    with pytest.raises(SystemExit) as caught:
        _run(monkeypatch, module, tmp_path, seeds, _write(tmp_path / "train.jsonl", [row]))
    assert caught.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
    assert "难吃" not in line
