import json
from pathlib import Path

import pytest

from nlp_service.errors import DataError
from nlp_service.text.words import part_of_speech
from training import wide_texts
from training.trunk import config
from training.trunk.config import Config

FEW = {"words_zh": 40, "sentences_zh": 40, "messages_zh": 10, "words_en": 20}
SENTENCES = ("我昨天买的水壶坏了", "请问发票什么时候寄给我")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A configuration that distils one file of two texts, one of which is English."""
    rows = [{"text": "。".join(SENTENCES) + "。"}, {"text": "My kettle leaks."}]
    (tmp_path / "tickets.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    task = {"name": "base", "objective": "distil", "share": 1, "teacher": "runs/base"}
    sources = [{"path": "tickets.jsonl"}, {"path": str(tmp_path / "wide/words_zh.jsonl")}]
    described = {"name": "run", "steps": 1, "rate": 1e-3, "tasks": [{**task, "sources": sources}]}
    config.write(Config.model_validate(described), tmp_path / "run.yaml")
    return tmp_path


def _written(run: Path, seed: int = 0) -> dict[str, list[str]]:
    wide_texts.write(run / "run.yaml", run, run / "wide", seed, FEW)
    return {
        name: [json.loads(line)["text"] for line in (run / f"wide/{name}.jsonl").read_text().splitlines()]
        for name in FEW
    }


def test_words_stand_in_for_words_of_their_kind_and_the_rest_stays(run: Path) -> None:
    written = _written(run)

    first = [text for text in written["sentences_zh"] if text.startswith("我") and text.endswith("了。")]
    assert len(set(first)) > 5
    assert not any("kettle" in text for texts in written.values() for text in texts)
    assert any("水壶" not in text for text in first)
    changed = next(text for text in first if "昨天买的" in text and text.endswith("坏了。") and "水壶" not in text)
    assert part_of_speech(changed.removeprefix("我昨天买的").removesuffix("坏了。")) == part_of_speech("水壶")


def test_words_stand_alone_and_together_and_none_twice(run: Path) -> None:
    written = _written(run)

    for name in ("words_zh", "words_en"):
        assert {len(text.split()) for text in written[name]} == {1, 2, 3}
        assert len(set(written[name])) == len(written[name]) <= FEW[name]
    assert all(part_of_speech(word) for text in written["words_zh"] for word in text.split())
    assert all(text.isascii() for text in written["words_en"])


def test_a_message_is_several_sentences(run: Path) -> None:
    assert all(text.count("。") >= 2 for text in _written(run)["messages_zh"])


def test_a_seed_says_it_all(run: Path) -> None:
    """What an earlier call wrote into the same folder included."""
    assert _written(run) == _written(run) != _written(run, seed=1)


def test_a_configuration_without_chinese_texts_is_refused(run: Path) -> None:
    (run / "tickets.jsonl").write_text(json.dumps({"text": "My kettle leaks."}), encoding="utf-8")

    with pytest.raises(DataError, match=r"run\.yaml: the sources of its distilled tasks hold no Chinese sentence"):
        _written(run)
