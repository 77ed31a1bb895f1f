"""Words of a text, found with jieba's dictionary, and their parts of speech."""

import re
import sys
import warnings
from collections.abc import Iterator
from functools import cache
from threading import Lock
from typing import Any, Final

_HAN_RUN: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]+")
# Letters and digits of scripts that write words apart: CJK begins at U+2E80.
_LETTER: Final = r"[^\W_\u2e80-\U0003ffff]"
_LATIN_WORD: Final = re.compile(rf"(?!\d){_LETTER}+(?:['’-]{_LETTER}+)*")
_loading = Lock()


def word_spans(text: str, *, guess_unknown: bool = True) -> Iterator[tuple[int, int]]:
    """Yield where each word is, `[start, end)`: all Chinese words (Simplified), then all words of letters.

    Args:
        guess_unknown: join characters to words that the dictionary lacks, with jieba's hidden Markov model; else each
            of them is a word.
    """
    for run in _HAN_RUN.finditer(text):
        for _, start, end in _tokenizer().tokenize(run.group(), HMM=guess_unknown):
            yield run.start() + start, run.start() + end
    for word in _LATIN_WORD.finditer(text):
        yield word.span()


def part_of_speech(word: str) -> str:
    """Return the most frequent part of speech of a Simplified word, in ICTCLAS tags ("n", "vn", …), "" if unknown.

    This is what `jieba.posseg` says of a word of the dictionary; its model of unknown words is left out, because
    loading it takes longer than the dictionary and its verdicts on short clauses are poor.
    """
    with _loading:
        tags = _load_tags()
    return tags.get(word, "")


def _tokenizer() -> Any:
    with _loading:
        return _load()


@cache
def _load() -> Any:
    """Return jieba's tokenizer with its dictionary read (about one second), without its cache file and its log.

    `jieba.Tokenizer.initialize` would read a marshalled dictionary from the shared temporary folder, where any user
    could have put it, and write one there.
    """
    with warnings.catch_warnings():
        # jieba imports pkg_resources, which says on import that it is deprecated.
        warnings.simplefilter("ignore")
        import jieba

    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    return tokenizer


@cache
def _load_tags() -> dict[str, str]:
    """Return the tag of each word in jieba's dictionary (about half a second); its lines are "word frequency tag"."""
    with _load().get_dict_file() as file:
        rows = (line.decode("utf-8").split() for line in file)
        return {row[0]: sys.intern(row[2]) for row in rows}
