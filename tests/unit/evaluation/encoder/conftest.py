"""Small tasks of our own texts, and encoders whose figures can be told beforehand."""

import hashlib
import json
from itertools import product

import numpy as np
import pytest

from evaluation.encoder.candidates import Candidate
from evaluation.encoder.tasks import (
    CLUSTERED,
    FAQ_ENTRIES,
    FAQ_QUERIES,
    INTENTS,
    LABELLED,
    PAIRS,
    SPEED,
    SPOKEN,
    TREES,
    Classification,
    Pairs,
    Search,
    Tasks,
    Texts,
    Tree,
)
from nlp_service.text import prepare

SUBJECTS = {"refund": "退钱", "delivery": "到货时间", "invoice": "开发票", "size": "尺码大小"}
OPENINGS = ("你好，", "请问", "麻烦帮我看看", "我想问下", "客服在吗？")
CLOSINGS = ("怎么办", "有问题", "是怎么回事？", "说清楚点！")
LABELS = {
    opening + subject + closing: label
    for label, subject in SUBJECTS.items()
    for opening, closing in product(OPENINGS, CLOSINGS)
}


@pytest.fixture
def samples():
    """Eighty texts, twenty of each of four labels."""
    return Texts(tuple(LABELS), tuple(LABELS.values()))


@pytest.fixture
def tasks(samples):
    """Every family of tasks, all on the samples."""
    halves = [Texts(samples.texts[start::2], samples.labels[start::2]) for start in (0, 1)]
    paths = {label: f"{label}/{subject}" for label, subject in SUBJECTS.items()}
    named = Texts(samples.texts, tuple(paths[label] for label in samples.labels))
    same = tuple(int(a == b) for a, b in zip(samples.labels, samples.labels[10:], strict=False))
    return Tasks(
        classification={name: Classification(*halves) for name in ("cic", "waimai")},
        intents={"own": samples},
        pairs={"bq": Pairs(samples.texts[:-10], samples.texts[10:], same)},
        clusters={"dstc11": samples},
        search={"faq": Search(*halves)},
        trees={"own": Tree(named, tuple(paths.values()))},
        speed=samples.texts[:12],
        files=(),
    )


@pytest.fixture
def oracle():
    """Knows every sample's label by any character of its subject, in either script: no change of a text hides it."""
    axes = np.eye(len(SUBJECTS), dtype=np.float32)
    known = {character: axis for axis, subject in zip(axes, SUBJECTS.values(), strict=True) for character in subject}
    return lambda texts: np.stack([next(known[c] for c in prepare(text) if c in known) for text in texts])


@pytest.fixture
def blind():
    """Vectors that have nothing to do with what a text says."""

    def vector(text):
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
        direction = np.random.default_rng(seed).standard_normal(16)
        return (direction / np.linalg.norm(direction)).astype(np.float32)

    return lambda texts: np.stack([vector(text) for text in texts])


@pytest.fixture
def characters():
    """A bag of characters, each at a place of its own or one it shares with few."""

    def vector(text):
        counts = np.zeros(512, dtype=np.float32)
        for character in text:
            counts[ord(character) % 512] += 1
        return counts / np.linalg.norm(counts)

    return lambda texts: np.stack([vector(text) for text in texts])


@pytest.fixture
def candidate():
    """Makes a candidate of a function from texts to vectors."""
    return lambda encode, name="fake": Candidate(name, "0" * 64, 1_000_000, encode)


@pytest.fixture
def write_rows(tmp_path):
    """Writes rows as JSON Lines into a file under the test's folder."""

    def write(name, rows):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
        return path

    return write


@pytest.fixture
def data(tmp_path, samples, write_rows):
    """A folder of public sets, all of them made of the samples."""
    numbered = [
        {"text": f"{text}{number}", **dict.fromkeys(("label", "act", "emotion"), label)}
        for number in range(5)
        for text, label in zip(samples.texts, samples.labels, strict=True)
    ]
    files = {file for one in LABELLED for file in (one.train, one.test) if isinstance(file, str)}
    for file in {*files, *CLUSTERED.values(), *SPEED}:
        write_rows(f"data/{file}", numbered)
    pairs = [
        {"a": one["text"], "b": two["text"], "label": int(one["label"] == two["label"])}
        for one, two in zip(numbered, numbered[10:], strict=False)
    ]
    for file in (file for some, _ in PAIRS.values() for file in some):
        write_rows(f"data/{file}", pairs)
    turns = [{"speaker": "customer", "text": samples.texts[0]}, {"speaker": "agent", "text": samples.texts[1]}]
    write_rows(f"data/{SPOKEN}", [{"id": "1", "turns": turns}])
    return tmp_path / "data"


@pytest.fixture
def own(tmp_path, samples, write_rows):
    """A root with our own sets in it."""
    by_intent = [
        {"intent": f"{label}-{number}", "texts": [f"{text}{number}" for text, own in LABELS.items() if own == label]}
        for label in SUBJECTS
        for number in range(4)
    ]
    write_rows(f"own/{INTENTS}/own.jsonl", by_intent)
    codes = [
        {"intent": path, "texts": [path, f"{subject}怎么办{number}", f"请问{subject}的事{number}"]}
        for label, subject in SUBJECTS.items()
        for number in range(8)
        for path in [f"{label}/{subject}{number}"]
    ]
    write_rows(f"own/{TREES}/own.jsonl", codes)
    entries = [{"id": label, "questions": [subject], "answers": ["好的"]} for label, subject in SUBJECTS.items()]
    write_rows(f"own/{FAQ_ENTRIES}", entries)
    queries = [{"text": text, "label": label} for text, label in LABELS.items()]
    write_rows(f"own/{FAQ_QUERIES}", [*queries, {"text": "今天天气不错", "label": None}])
    return tmp_path / "own"
