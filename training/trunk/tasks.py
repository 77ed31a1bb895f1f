"""From rows to batches: batch number n of a task is a function of the seed and n, so that a run can be resumed."""

import zlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp_service.errors import DataError
from nlp_service.text import prepare, split_sentences
from training.clean_labels import read_posteriors, row_key
from training.trunk.augment import disturb
from training.trunk.config import Config, Distil, Groups, Labels, Pairs
from training.trunk.sources import read_rows
from training.trunk.teacher import head_outputs, teacher_vectors

_CHARACTERS_PER_TOKEN = {True: 1.6, False: 4.5}
_SORTED_OVER = 16
_VALIDATION_ROWS = 200
_PAIR = ("a", "b", "label")


@dataclass(frozen=True)
class Batch:
    """Texts as the tokenizer reads them, and what the objective compares their vectors with.

    Attributes:
        targets: labels: (texts, labels) probabilities; pairs: (texts / 2,) 0 or 1, `texts` being all a and then all b;
            groups: (texts,) group numbers; distil: (texts, dimension) centred teacher vectors of unit length.
    """

    texts: list[str]
    targets: NDArray[np.float32]


class Task:
    """Shared by all tasks: seeded order, disturbed texts."""

    def __init__(self, settings: Any, config: Config) -> None:
        self.name: str = settings.name
        self.settings = settings
        self._config = config
        self._salt = zlib.crc32(self.name.encode())

    def rows(self, data: Path, *needs: str) -> list[dict[str, Any]]:
        """Rows to train on; each has the columns that are needed."""
        seed = self._config.seed
        return [row for source in self.settings.sources for row in read_rows(source, data, seed, needs=needs)]

    def validation_rows(self, data: Path, *needs: str) -> list[dict[str, Any]]:
        """Rows of the configured validation files, or else what the sources hold out."""
        sources, held_out = self.settings.validation or self.settings.sources, not self.settings.validation
        seed = self._config.seed
        return [row for one in sources for row in read_rows(one, data, seed, needs=needs, held_out=held_out)]

    def generator(self, number: int, purpose: int = 0) -> np.random.Generator:
        return np.random.default_rng([self._config.seed, self._salt, purpose, number])

    def disturbed(self, text: str, generator: np.random.Generator) -> str:
        return prepare(disturb(text, self._config.augment, generator)) or prepare(text)

    def cropped(self, text: str, generator: np.random.Generator) -> str:
        """At most `max_tokens`, roughly: from the beginning, or from the start of a random sentence."""
        limit = int(self.settings.max_tokens * _CHARACTERS_PER_TOKEN[not text.isascii()])
        if len(text) <= limit or generator.random() < 0.5:
            return text[:limit]
        starts = [span.start for span in split_sentences(text) if span.start <= len(text) - limit // 2] or [0]
        start = starts[int(generator.integers(len(starts)))]
        return text[start : start + limit]


class _Order:
    """Batches of similar length over shuffled epochs."""

    def __init__(self, lengths: Sequence[int], batch: int) -> None:
        self._lengths = np.asarray(lengths)
        self._batch = min(batch, len(lengths))
        self.batches = len(lengths) // self._batch
        self._epoch = -1
        self._rows: NDArray[np.int64] = np.zeros((0, self._batch), dtype=np.int64)

    def rows(self, number: int, task: Task) -> NDArray[np.int64]:
        epoch, within = divmod(number, self.batches)
        if epoch != self._epoch:
            self._epoch, self._rows = epoch, self._shuffled(task.generator(epoch, purpose=1))
        rows: NDArray[np.int64] = self._rows[within]
        return rows

    def _shuffled(self, generator: np.random.Generator) -> NDArray[np.int64]:
        """An epoch's batches, shape (batches, texts in a batch)."""
        order = generator.permutation(len(self._lengths))
        window = self._batch * _SORTED_OVER
        pieces = [order[start : start + window] for start in range(0, len(order), window)]
        pieces = [piece[np.argsort(self._lengths[piece], kind="stable")] for piece in pieces]
        rows = np.concatenate(pieces)[: self.batches * self._batch].reshape(self.batches, self._batch)
        shuffled: NDArray[np.int64] = rows[generator.permutation(self.batches)]
        return shuffled


class LabelTask(Task):
    """Texts and probabilities of labels; `labels` are the head's outputs, in order."""

    settings: Labels

    def __init__(self, settings: Labels, config: Config, data: Path, device: str) -> None:
        super().__init__(settings, config)
        rows = [row for row in self.rows(data, "text") if isinstance(row.get(settings.column), str)]
        if settings.soft_labels:
            self.labels, known = read_posteriors(settings.soft_labels)
            self._targets = self._soft(rows, known)
        else:
            self.labels = sorted({row[settings.column] for row in rows})
            self._targets = self._one_hot(rows)
            self._targets *= 1 - settings.smoothing
            self._targets += settings.smoothing / len(self.labels)
        self._texts = [row["text"] for row in rows]
        if settings.teacher:
            answers = head_outputs(
                settings.teacher, self.name, self.labels, self._texts, 2 * settings.max_tokens, device
            )
            self._targets = (1 - settings.teacher_share) * self._targets + settings.teacher_share * answers
        self._order = _Order([min(len(text), 2 * settings.max_tokens) for text in self._texts], settings.batch)
        held_out = [row for row in self.validation_rows(data, "text") if row.get(settings.column) in self.labels]
        held_out = held_out[:_VALIDATION_ROWS]
        texts = [prepare(row["text"]) for row in held_out]
        self.validation = Batch(texts, self._one_hot(held_out)) if held_out else None

    def _soft(self, rows: Sequence[dict[str, Any]], known: dict[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        keys = [row_key(row["text"], row[self.settings.column]) for row in rows]
        unknown = sum(key not in known for key in keys)
        if unknown:
            raise DataError(
                f"task '{self.name}': {self.settings.soft_labels} doesn't know {unknown} of {len(rows)} rows; "
                "run training.clean_labels on the same file, with no larger a --held-out"
            )
        return np.stack([known[key] for key in keys])

    def _one_hot(self, rows: Sequence[dict[str, Any]]) -> NDArray[np.float32]:
        column = {label: number for number, label in enumerate(self.labels)}
        return np.eye(len(column), dtype=np.float32)[[column[row[self.settings.column]] for row in rows]]

    def batch(self, number: int) -> Batch:
        rows, generator = self._order.rows(number, self), self.generator(number)
        texts = [self.disturbed(self.cropped(self._texts[row], generator), generator) for row in rows]
        return Batch(texts, self._targets[rows])


class PairTask(Task):
    """Pairs of texts, of the same meaning or not."""

    settings: Pairs

    def __init__(self, settings: Pairs, config: Config, data: Path) -> None:
        super().__init__(settings, config)
        self._rows = self.rows(data, *_PAIR)
        self._order = _Order([len(row["a"]) + len(row["b"]) for row in self._rows], settings.batch)
        held_out = self.validation_rows(data, *_PAIR)[:_VALIDATION_ROWS]
        self.validation = self._as_batch(held_out, prepare) if held_out else None

    def batch(self, number: int) -> Batch:
        generator = self.generator(number)
        rows = [self._rows[row] for row in self._order.rows(number, self)]
        return self._as_batch(rows, lambda text: self.disturbed(text, generator))

    def _as_batch(self, rows: Sequence[dict[str, Any]], read: Any) -> Batch:
        texts = [read(row[side]) for side in ("a", "b") for row in rows]
        return Batch(texts, np.array([float(row["label"]) for row in rows], dtype=np.float32))


class GroupTask(Task):
    """Some texts of each of some groups; all groups of a batch come from one file, so that its neighbours are close."""

    settings: Groups

    def __init__(self, settings: Groups, config: Config, data: Path) -> None:
        super().__init__(settings, config)
        needs = () if settings.column else ("texts",)
        seed = config.seed
        self._files = [self._groups(read_rows(source, data, seed, needs=needs)) for source in settings.sources]
        sizes = np.array([len(groups) for groups in self._files], dtype=float)
        self._shares = sizes / sizes.sum()
        held_out = self._groups(self.validation_rows(data, *needs))
        texts = [(prepare(text), number) for number, group in enumerate(held_out) for text in group[:2]]
        numbers = np.array([number for _, number in texts], dtype=np.float32)
        self.validation = Batch([text for text, _ in texts], numbers) if texts else None

    def _groups(self, rows: Sequence[dict[str, Any]]) -> list[list[str]]:
        if self.settings.column is None:
            return [row["texts"] for row in rows]
        groups: dict[str, list[str]] = defaultdict(list)
        for row in rows:
            if row.get(self.settings.column) is not None:
                groups[row[self.settings.column]].append(row["text"])
        return [group for group in groups.values() if len(group) > 1]

    def batch(self, number: int) -> Batch:
        generator = self.generator(number)
        groups = self._files[int(generator.choice(len(self._files), p=self._shares))]
        chosen = generator.permutation(len(groups))[: self.settings.batch]
        texts, numbers = [], []
        for group in chosen:
            members = generator.permutation(len(groups[group]))[: self.settings.texts_per_group]
            texts += [self.disturbed(groups[group][member], generator) for member in members]
            numbers += [float(group)] * len(members)
        return Batch(texts, np.array(numbers, dtype=np.float32))


class DistilTask(Task):
    """Texts and the teacher's vectors of them, less their mean: what all texts share says nothing."""

    settings: Distil

    def __init__(self, settings: Distil, config: Config, data: Path, threads: int, device: str) -> None:
        super().__init__(settings, config)
        texts = (text for row in self.rows(data) for text in self._texts_of(row))
        self._texts = list(dict.fromkeys(text for text in texts if prepare(text)))
        vectors = teacher_vectors(settings.teacher, self._texts, threads, device)
        vectors -= vectors.mean(axis=0)
        self._targets = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        self._order = _Order([len(text) for text in self._texts], settings.batch)
        self.dimension = vectors.shape[1]
        self.validation = None

    def _texts_of(self, row: dict[str, Any]) -> list[str]:
        texts = texts_of(row, self.settings.columns)
        if not self.settings.sentences:
            return texts
        return [text[span.start : span.end] for text in texts for span in split_sentences(text)]

    def batch(self, number: int) -> Batch:
        rows, generator = self._order.rows(number, self), self.generator(number)
        return Batch([self.disturbed(self._texts[row], generator) for row in rows], self._targets[rows])


def texts_of(row: dict[str, Any], columns: Sequence[str]) -> list[str]:
    """The texts in a row's columns: each a text, several, or the turns of a conversation."""
    values = [row[column] for column in columns if column in row]
    parts = [part for value in values for part in (value if isinstance(value, list) else [value])]
    return [part["text"] if isinstance(part, dict) else part for part in parts]


AnyTask = LabelTask | PairTask | GroupTask | DistilTask


def make(config: Config, data: Path, *, threads: int, device: str) -> list[AnyTask]:
    """The tasks of a configuration, in its order; teachers run on `device`, or with `threads` on ONNX Runtime."""
    made: list[AnyTask] = []
    for settings in config.tasks:
        if isinstance(settings, Distil):
            made.append(DistilTask(settings, config, data, threads, device))
        elif isinstance(settings, Labels):
            made.append(LabelTask(settings, config, data, device))
        elif isinstance(settings, Pairs):
            made.append(PairTask(settings, config, data))
        else:
            made.append(GroupTask(settings, config, data))
    names = [task.name for task in made]
    if len(set(names)) < len(names):
        raise DataError("two tasks of this configuration have the same name")
    return made
