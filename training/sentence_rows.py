"""Where the rows come from that sentence heads learn from, and how much each counts."""

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluation.heldout import is_held_out
from evaluation.labelled import Labelled
from nlp_service.text import split_sentences

_MARKS = "。！!.~～ "
_CHINESE_BEGINNINGS = (
    "你好，",
    "您好，",
    "请问一下，",
    "那个，",
    "亲，",
    "不好意思，",
    "嗯，",
    "你好，我想说，",
    "麻烦看一下，",
)
_ENGLISH_BEGINNINGS = (
    "Hi, ",
    "Hello, ",
    "Excuse me, ",
    "Um, ",
    "Good morning, ",
    "Hi there, ",
    "So, ",
    "Well, ",
    "@user ",
)


@dataclass(frozen=True)
class Source:
    """Labelled texts of one file, in a random order, and the weight of each in the loss.

    Attributes:
        balance: 0 leaves labels as frequent as they are; 1 lets them count alike, however often each occurs (how many
            of a shop's reviews are bad says nothing about other texts); between them, rare ones count more.
    """

    path: Path
    rows: Sequence[Labelled]
    weight: float
    balance: float = 0.0


def sample(rows: Sequence[Labelled], options: argparse.Namespace) -> list[Labelled]:
    """The rows that aren't held out, in an order drawn with the seed."""
    rows = [row for row in rows if not is_held_out(row.text, options.held_out)]
    order = np.random.default_rng(options.seed).permutation(len(rows))
    return [rows[number] for number in order]


def readable(source: Source) -> Source:
    """Without the texts that have no sentence."""
    return replace(source, rows=[row for row in source.rows if split_sentences(row.text)])


def in_other_words(seeds: Source, held_out: float) -> Source:
    """The seeds that aren't measured, in forms that must not decide: with an exclamation mark, without any mark, and
    after a polite beginning. (In reviews the mark goes with praise, in complaints with anger.)"""
    chosen = [(row.text.rstrip(_MARKS), row) for row in seeds.rows if not is_held_out(row.text, held_out)]
    texts = {text + mark: row.label for text, row in chosen if text for mark in ("！", "")}
    for number, (text, row) in enumerate(chosen):
        beginnings = _ENGLISH_BEGINNINGS if text.isascii() else _CHINESE_BEGINNINGS
        if text and row.label != "courtesy":
            texts[beginnings[number % len(beginnings)] + row.text] = row.label
    known = {row.text for row in seeds.rows}
    rows = [Labelled(text, label) for text, label in texts.items() if text not in known]
    return Source(seeds.path, rows, seeds.weight / 2, seeds.balance)


def told_apart(source: Source, labels: Sequence[str]) -> NDArray[np.float32]:
    """Which labels the source can tell apart, shape (rows, labels)."""
    known = {row.label for row in source.rows}
    return np.tile(np.array([label in known for label in labels], dtype=np.float32), (len(source.rows), 1))


def weights_of(source: Source) -> NDArray[np.float32]:
    """The weight of each row, shape (rows,)."""
    counted = Counter(row.label for row in source.rows)
    rarity = np.array([counted[row.label] ** -source.balance for row in source.rows])
    weights: NDArray[np.float32] = (source.weight * rarity / rarity.mean()).astype(np.float32)
    return weights


def used(sources: Sequence[Source]) -> Counter[str]:
    """How many texts of each file and weight."""
    counted: Counter[str] = Counter()
    for source in sources:
        counted[f"{source.path.name}, weight {source.weight:g}"] += len(source.rows)
    return counted
