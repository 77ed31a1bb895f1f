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
_ENDS = "。！？!?.…"
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
        held_out: rows of the file that nothing is learned from.
        balance: 0 leaves labels as frequent as they are; 1 lets them count alike, however often each occurs (how many
            of a shop's reviews are bad says nothing about other texts); between them, rare ones count more.
    """

    path: Path
    rows: Sequence[Labelled]
    weight: float
    balance: float = 0.0
    held_out: Sequence[Labelled] = ()


def sample(rows: Sequence[Labelled], options: argparse.Namespace) -> list[Labelled]:
    """The rows that aren't held out, in an order drawn with the seed."""
    rows = [row for row in rows if not is_held_out(row.text, options.held_out)]
    order = np.random.default_rng(options.seed).permutation(len(rows))
    return [rows[number] for number in order]


def kept_back(rows: Sequence[Labelled], options: argparse.Namespace) -> list[Labelled]:
    """The rows that `sample` leaves out."""
    return [row for row in rows if is_held_out(row.text, options.held_out)]


def readable(source: Source) -> Source:
    """Without the texts that have no sentence."""
    rows, held_out = ([row for row in some if split_sentences(row.text)] for some in (source.rows, source.held_out))
    return replace(source, rows=rows, held_out=held_out)


def put_together(seeds: Source, held_out: float, calm: str, number: int, seed: int) -> Source:
    """Texts of two or three seeds in one language, that feel like the only one of them with a feeling.

    Reviews say nothing about texts in which somebody asks, or only states; these do. What reads whole texts hasn't seen
    the held-out ones; the finished head of sentences has learned from every seed and looks better on them than it is.

    Args:
        held_out: share of seeds that make up the held-out texts.
        calm: the label of no feeling.
        number: of texts; a share of them is held out.
    """
    generator = np.random.default_rng(seed)
    groups: dict[tuple[bool, bool], dict[str, list[str]]] = {}
    for row in seeds.rows:
        key = row.text.isascii(), is_held_out(row.text, held_out)
        groups.setdefault(key, {}).setdefault(row.label or "", []).append(row.text)
    sides: dict[bool, list[Labelled]] = {False: [], True: []}
    for (is_ascii, is_kept_back), by_label in sorted(groups.items()):
        if calm in by_label:
            share = sum(map(len, by_label.values())) / len(seeds.rows)
            for _ in range(round(number * share)):
                sides[is_kept_back].append(_several(by_label, calm, " " if is_ascii else "", generator))
    return replace(
        seeds, path=Path("seeds, put together"), rows=sides[False], held_out=sides[True], weight=seeds.weight / 2
    )


def _several(by_label: dict[str, list[str]], calm: str, between: str, generator: np.random.Generator) -> Labelled:
    label = sorted(by_label)[int(generator.integers(len(by_label)))]
    drawn = [label, *[calm] * int(generator.integers(1, 3))]
    sentences = [by_label[one][int(generator.integers(len(by_label[one])))] for one in generator.permutation(drawn)]
    ended = [text if text[-1] in _ENDS else f"{text}{'.' if between else '。'}" for text in sentences]
    return Labelled(between.join(ended), label)


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
    """Which labels the source can tell apart, shape (labels,): those of all its rows, held out or not."""
    known = {row.label for row in (*source.rows, *source.held_out)}
    return np.array([label in known for label in labels], dtype=np.float32)


def weights_of(source: Source) -> NDArray[np.float32]:
    """The weight of each row, shape (rows,)."""
    counted = Counter(row.label for row in source.rows)
    rarity = np.array([counted[row.label] ** -source.balance for row in source.rows])
    weights: NDArray[np.float32] = (source.weight * rarity / rarity.mean()).astype(np.float32)
    return weights


def numbers_of(sources: Sequence[Source]) -> NDArray[np.int64]:
    """Which source each row is from, shape (rows of all sources,); sources of one file have one number."""
    names = list(dict.fromkeys(source.path for source in sources))
    return np.concatenate([np.full(len(source.rows), names.index(source.path)) for source in sources])


def used(sources: Sequence[Source]) -> Counter[str]:
    """How many texts of each file and weight."""
    counted: Counter[str] = Counter()
    for source in sources:
        counted[f"{source.path.name}, weight {source.weight:g}"] += len(source.rows)
    return counted
