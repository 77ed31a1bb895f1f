"""Texts about anything, to ask a teacher about: `python -m training.wide_texts --config FILE --data DATA --out DIR`.

What a small encoder knows of words that its labelled data lacks, it has from its teacher alone, so the teacher must
be asked about more than that data. Four files, each row a `text`, nothing of them labelled:

- `words_zh`: words of jieba's dictionary, alone, in twos and in threes, as titles and codes are made;
- `sentences_zh`: sentences of the configuration's texts with other words of the same part of speech in place of some;
- `messages_zh`: a few such sentences, of different texts, in a row;
- `words_en`: frequent English words (wordfreq), alone, in twos and in threes.

Such texts mean little, but a teacher's vectors show what it makes of their words, alone and in company.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np

from evaluation.reporting import one_line_errors
from nlp_service.errors import DataError
from nlp_service.text import split_sentences
from nlp_service.text.words import part_of_speech, word_spans
from training.trunk import config
from training.trunk.sources import read_rows

LEAST_FREQUENCY = 20
"""Of a word in jieba's dictionary: what is rarer is mostly names."""
EXCHANGED = frozenset({"n", "v", "a", "vn", "an", "ns", "nz", "i", "l"})
SHARE_EXCHANGED = 0.35
TOGETHER = (0.5, 0.3, 0.2)
"""How often a word stands alone, in twos, in threes."""
SENTENCES_OF_A_MESSAGE = (2, 6)
ENGLISH_WORDS = 20_000
ROWS = {"words_zh": 60_000, "sentences_zh": 40_000, "messages_zh": 8_000, "words_en": 20_000}


class _Words:
    """Words to draw from, frequent ones more often: by the root of their frequency."""

    def __init__(self, words: Sequence[str], frequencies: Sequence[float]) -> None:
        self._words = words
        self._sums = np.cumsum(np.sqrt(np.asarray(frequencies, dtype=float)))

    def draw(self, generator: np.random.Generator) -> str:
        return self._words[int(np.searchsorted(self._sums, generator.random() * self._sums[-1], side="right"))]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.wide_texts", description=__doc__)
    parser.add_argument(
        "--config", type=Path, required=True, help="a run's, of whose distilled sources texts are taken"
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    with one_line_errors("training.wide_texts", options.out, needs=["torch", "wordfreq"]):
        write(options.config, options.data, options.out, options.seed, ROWS)


def write(path: Path, data: Path, out: Path, seed: int, rows: dict[str, int]) -> None:
    """Write the four files; a source inside `out` is none to take texts from.

    Args:
        path: of the configuration. rows: how many of each file at most; equal texts are written once.

    Raises:
        DataError: if the sources hold no Chinese sentence.
    """
    sentences = _chinese_sentences(config.read(path), data, out)
    if not sentences:
        raise DataError(f"{path}: the sources of its distilled tasks hold no Chinese sentence")
    chinese, of_kind = _dictionary()
    english = _english()
    write_one: dict[str, Callable[[np.random.Generator], str]] = {
        "words_zh": lambda generator: " ".join(_some(chinese, generator)),
        "sentences_zh": lambda generator: _exchanged(_one_of(sentences, generator), of_kind, generator),
        "messages_zh": lambda generator: _message(sentences, of_kind, generator),
        "words_en": lambda generator: " ".join(_some(english, generator)),
    }
    out.mkdir(parents=True, exist_ok=True)
    for number, (name, one) in enumerate(write_one.items()):
        generator = np.random.default_rng([seed, number])
        texts = dict.fromkeys(one(generator) for _ in range(rows[name]))
        lines = [json.dumps({"text": text}, ensure_ascii=False) for text in texts]
        (out / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(f"{out / name}.jsonl: {len(lines)} texts")


def _chinese_sentences(run: config.Config, data: Path, out: Path) -> list[str]:
    from training.trunk.tasks import texts_of

    tasks = [task for task in run.tasks if isinstance(task, config.Distil)]
    sources = {
        source.path: (source, task) for task in tasks for source in task.sources if Path(source.path).parent != out
    }
    found = (
        text
        for source, task in sources.values()
        for row in read_rows(source, data, run.seed)
        for text in texts_of(row, task.columns)
    )
    sentences = (text[span.start : span.end] for text in found for span in split_sentences(text))
    return list(dict.fromkeys(sentence for sentence in sentences if any("一" <= mark <= "鿿" for mark in sentence)))


def _dictionary() -> tuple[_Words, dict[str, _Words]]:
    """All words of two characters and more, and those of each part of speech."""
    lines = files("jieba").joinpath("dict.txt").read_text(encoding="utf-8").splitlines()
    rows = [(word, int(count), kind) for word, count, kind in map(str.split, lines)]
    rows = [row for row in rows if len(row[0]) > 1 and row[1] >= LEAST_FREQUENCY and row[2] in EXCHANGED]
    kinds = defaultdict(list)
    for word, count, kind in rows:
        kinds[kind].append((word, count))
    return _drawn_from([row[:2] for row in rows]), {kind: _drawn_from(words) for kind, words in kinds.items()}


def _english() -> _Words:
    from wordfreq import top_n_list, word_frequency

    words = [word for word in top_n_list("en", ENGLISH_WORDS) if len(word) > 1 and word.isalpha()]
    return _Words(words, [word_frequency(word, "en") for word in words])


def _drawn_from(rows: Sequence[tuple[str, int]]) -> _Words:
    return _Words([word for word, _ in rows], [count for _, count in rows])


def _some(words: _Words, generator: np.random.Generator) -> Iterator[str]:
    for _ in range(1 + int(generator.choice(len(TOGETHER), p=TOGETHER))):
        yield words.draw(generator)


def _one_of(sentences: Sequence[str], generator: np.random.Generator) -> str:
    return sentences[int(generator.integers(len(sentences)))]


def _message(sentences: Sequence[str], of_kind: dict[str, _Words], generator: np.random.Generator) -> str:
    count = int(generator.integers(*SENTENCES_OF_A_MESSAGE))
    return "".join(_exchanged(_one_of(sentences, generator), of_kind, generator) for _ in range(count))


def _exchanged(sentence: str, of_kind: dict[str, _Words], generator: np.random.Generator) -> str:
    """The sentence with some of its words exchanged for others of their part of speech."""
    parts, last = [], 0
    for start, end in word_spans(sentence, guess_unknown=False):
        kind = part_of_speech(sentence[start:end])
        if start >= last and end - start > 1 and kind in of_kind and generator.random() < SHARE_EXCHANGED:
            parts += [sentence[last:start], of_kind[kind].draw(generator)]
            last = end
    return "".join([*parts, sentence[last:]])


if __name__ == "__main__":
    main()
