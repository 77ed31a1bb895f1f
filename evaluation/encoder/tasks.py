"""What the encoders are compared on: which files, and how each is split.

Where a set has no test file, `evaluation.heldout` decides by a row's own text; training leaves the same rows out.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from evaluation.faq import read_queries
from evaluation.heldout import is_held_out
from evaluation.labelled import read_labelled, read_rows, read_texts
from nlp_service.errors import DataError
from nlp_service.tasks.faq import read_entries

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Texts to tell labels of.

    Attributes:
        test: the file to score on, or the share of `train` that is held out for it.
        column: where the label is; rows without one are left out.
        most: at most so many training rows, drawn by chance.
    """

    name: str
    train: str
    test: str | float
    column: str = "label"
    most: int | None = None


LABELLED = (
    LabelledSet("cic", "reasons/cic_train.jsonl", test="reasons/cic_dev.jsonl"),
    LabelledSet("clinc150", "reasons/clinc150_train.jsonl", test="reasons/clinc150_val.jsonl"),
    LabelledSet("bitext", "reasons/bitext.jsonl", test=0.1),
    LabelledSet("waimai", "sentiment/waimai.jsonl", test=0.1),
    LabelledSet("hotel", "sentiment/hotel.jsonl", test=0.1),
    LabelledSet("shopping", "sentiment/shopping.jsonl", test=0.05, most=10_000),
    LabelledSet("amazon_zh", "sentiment/amazon_zh_valid.jsonl", test=0.2),
    LabelledSet("tweets_en", "sentiment/tweets_en_train.jsonl", test=0.2),
    LabelledSet("drama", "sentiment/drama_valid.jsonl", test=0.1),
    LabelledSet("drama_act", "sentiment/drama_valid.jsonl", test=0.1, column="act"),
    LabelledSet("weibo", "sentiment/weibo_emotion_train.jsonl", "sentiment/weibo_emotion_dev.jsonl", column="emotion"),
    # GPL-3.0 at their sources: to evaluate with, never to train a shipped model on.
    LabelledSet("car", "sentiment/car.jsonl", test=0.3),
    LabelledSet("airline_en", "sentiment/airline_en.jsonl", test=0.3),
)
CHANGED = ("cic", "waimai")
"""Labelled sets whose test texts are scored in other ways of writing too."""

PAIRS: dict[str, tuple[tuple[str, ...], float]] = {
    "bq": (("pairs/bq.jsonl",), 0.25),
    "afqmc": (("pairs/afqmc_dev.jsonl",), 1.0),
    "bustm": (("pairs/bustm_dev_few_all.jsonl",), 1.0),
}
"""Files of pairs, and the share of them that is held out, by the first text."""
CHANGED_PAIRS = ("bq",)

CLUSTERED = {"dstc11": "questions/dstc11_development.jsonl", "cic": "reasons/cic_dev.jsonl"}

SPOKEN = "transcripts/retail_zh.jsonl"
SPEED = ("sentiment/waimai.jsonl", "reasons/clinc150_val.jsonl")
SPEED_ROWS = 200
"""Of each source: what customers say in transcripts, and these files."""

# Our own, in this repository.
INTENTS = "training/seeds/paraphrases"
INTENTS_SHARE = 0.2
TREES = "training/seeds/trees"
FAQ_ENTRIES = "models/faq/retail.jsonl"
FAQ_QUERIES = "evaluation/challenge/faq_queries.jsonl"


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts and the label of each; both of shape (rows,)."""

    texts: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Classification:
    """Texts to fit a probe on, and texts to score it on."""

    train: Texts
    test: Texts


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of texts, and for each whether it means the same (1) or not (0); all of shape (pairs,)."""

    first: tuple[str, ...]
    second: tuple[str, ...]
    same: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """Queries, each labelled with the entry that answers it, and wordings, each labelled with its entry."""

    queries: Texts
    wordings: Texts


@dataclass(frozen=True, slots=True)
class Tree:
    """Messages, each labelled with its code's path, and the paths of all codes: names from the top down, with "/"."""

    messages: Texts
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tasks:
    """Everything that is scored, by name, and the files it came from."""

    classification: dict[str, Classification]
    intents: dict[str, Texts]
    pairs: dict[str, Pairs]
    clusters: dict[str, Texts]
    search: dict[str, Search]
    trees: dict[str, Tree]
    speed: tuple[str, ...]
    files: tuple[Path, ...]

    def texts(self) -> list[str]:
        """The distinct texts of all tasks, as they were written."""
        sets = [part for task in self.classification.values() for part in (task.train, task.test)]
        sets += [*self.intents.values(), *self.clusters.values(), *(tree.messages for tree in self.trees.values())]
        sets += [part for task in self.search.values() for part in (task.queries, task.wordings)]
        pairs = [text for task in self.pairs.values() for text in (*task.first, *task.second)]
        names = [names_of(path) for tree in self.trees.values() for path in tree.paths]
        return list(dict.fromkeys([*(text for part in sets for text in part.texts), *pairs, *names]))


def read_tasks(data: Path, own: Path = Path(), *, limit: int | None = None, seed: int = 0) -> Tasks:
    """Read all tasks.

    Args:
        data: the folder of public sets.
        own: the root of this repository.
        limit: at most so many rows of each side of a public set, drawn by chance, for a quick look.

    Raises:
        DataError: if a file can't be read as it should, or leaves nothing to score.
    """
    if not data.is_dir():
        raise DataError(f"{data}: no such folder")
    intents = sorted((own / INTENTS).glob("*.jsonl"))
    if not intents:
        raise DataError(f"{own / INTENTS}: holds no files of intents")
    trees = sorted((own / TREES).glob("*.jsonl"))
    if not trees:
        raise DataError(f"{own / TREES}: holds no trees")
    return Tasks(
        classification={one.name: _classification(one, data, limit, seed) for one in LABELLED},
        intents={path.stem: read_intents(path) for path in intents},
        pairs={
            name: _pairs([data / file for file in files], share, limit, seed) for name, (files, share) in PAIRS.items()
        },
        clusters={name: _labelled(data / file, limit=limit, seed=seed) for name, file in CLUSTERED.items()},
        search={"retail_faq": _search(own / FAQ_ENTRIES, own / FAQ_QUERIES)},
        trees={path.stem: read_tree(path) for path in trees},
        speed=_speed(data),
        files=tuple(_files(data, own, [*intents, *trees])),
    )


def split(rows: Texts, share: float) -> tuple[Texts, Texts]:
    """Rows to train on, and the held-out share to score on."""
    together = list(zip(rows.texts, rows.labels, strict=True))
    return (
        _texts(row for row in together if not is_held_out(row[0], share)),
        _texts(row for row in together if is_held_out(row[0], share)),
    )


def read_intents(path: Path) -> Texts:
    """The texts of the held-out intents of a file of `{"intent", "texts": […]}`, so that no training saw an intent."""
    return _with_two_labels(_texts(_held_out(_groups(path))), path)


def read_tree(path: Path) -> Tree:
    """The messages of the held-out codes of a tree, to be told among all its codes by name."""
    groups = _groups(path)
    messages = [(text, intent) for text, intent in _held_out(groups) if text != intent]
    return Tree(_with_two_labels(_texts(messages), path), tuple(intent for intent, _ in groups))


def names_of(path: str) -> str:
    """A code's path as an encoder reads it."""
    return path.replace("/", " ")


def _held_out(groups: Iterable[tuple[str, list[str]]]) -> list[tuple[str, str]]:
    return [(text, intent) for intent, texts in groups if is_held_out(intent, INTENTS_SHARE) for text in texts]


def _groups(path: Path) -> list[tuple[str, list[str]]]:
    found: list[tuple[str, list[str]]] = []
    for where, row in read_rows(path):
        if not isinstance(row, dict) or not isinstance(row.get("intent"), str) or not _are_strings(row.get("texts")):
            raise DataError(f"{where}: needs an 'intent' (string) and 'texts' (strings)")
        found.append((row["intent"], row["texts"]))
    return found


def _classification(one: LabelledSet, data: Path, limit: int | None, seed: int) -> Classification:
    path = data / one.train
    if isinstance(one.test, str):
        train, test = _labelled(path, one.column), _labelled(data / one.test, one.column)
    else:
        train, test = split(_labelled(path, one.column), one.test)
    train, test = _drawn(_drawn(train, one.most, seed), limit, seed), _drawn(test, limit, seed)
    return Classification(_with_two_labels(train, path), _with_two_labels(test, path))


def _labelled(path: Path, column: str = "label", *, limit: int | None = None, seed: int = 0) -> Texts:
    rows = _texts((row.text, row.label) for row in read_labelled(path, column) if row.label is not None)
    return _with_two_labels(_drawn(rows, limit, seed), path)


def _pairs(paths: Sequence[Path], share: float, limit: int | None, seed: int) -> Pairs:
    found: list[tuple[str, str, int]] = []
    for where, row in (numbered for path in paths for numbered in read_rows(path)):
        if not (isinstance(row, dict) and _are_strings([row.get("a"), row.get("b")]) and row.get("label") in (0, 1)):
            raise DataError(f"{where}: needs 'a' and 'b' (strings) and a 'label' (0 or 1)")
        if is_held_out(row["a"], share):
            found.append((row["a"], row["b"], row["label"]))
    found = _sample(found, limit, seed)
    if len({label for _, _, label in found}) < 2:
        raise DataError(f"{paths[0]}: leaves no pairs of both labels to score")
    first, second, same = zip(*found, strict=True)
    return Pairs(first, second, same)


def _search(entries: Path, queries: Path) -> Search:
    known = read_entries(entries)
    asked = read_queries(queries, {entry.id for entry in known})
    return Search(
        queries=_texts((query.text, query.label) for query in asked if query.label is not None),
        wordings=_texts((question, entry.id) for entry in known for question in entry.questions),
    )


def _speed(data: Path) -> tuple[str, ...]:
    """The same sentences in every run: no seed and no limit touch them."""
    try:
        chats = [row for _, row in read_rows(data / SPOKEN)]
        spoken = [turn["text"] for chat in chats for turn in chat["turns"] if turn["speaker"] == "customer"]
    except (KeyError, TypeError):
        raise DataError(f"{data / SPOKEN}: needs 'turns' of 'speaker' and 'text'") from None
    sources = [spoken, *(read_texts(data / file) for file in SPEED)]
    return tuple(text for source in sources for text in _sample(source, SPEED_ROWS, seed=0))


def _files(data: Path, own: Path, intents: Iterable[Path]) -> list[Path]:
    files = [file for one in LABELLED for file in (one.train, one.test) if isinstance(file, str)]
    files += [file for some, _ in PAIRS.values() for file in some]
    files += [*CLUSTERED.values(), SPOKEN, *SPEED]
    return [*(data / file for file in dict.fromkeys(files)), *intents, own / FAQ_ENTRIES, own / FAQ_QUERIES]


def _texts(rows: Iterable[tuple[str, str]]) -> Texts:
    listed = list(rows)
    return Texts(tuple(text for text, _ in listed), tuple(label for _, label in listed))


def _drawn(rows: Texts, most: int | None, seed: int) -> Texts:
    return _texts(_sample(list(zip(rows.texts, rows.labels, strict=True)), most, seed))


def _sample(rows: Sequence[T], most: int | None, seed: int) -> list[T]:
    return list(rows) if most is None or most >= len(rows) else random.Random(seed).sample(rows, most)


def _with_two_labels(rows: Texts, path: Path) -> Texts:
    if len(set(rows.labels)) < 2:
        raise DataError(f"{path}: leaves fewer than two labels to score")
    return rows


def _are_strings(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)
