"""Words of a question, Chinese and English, with the form in which they were written."""

import re
import warnings
from collections.abc import Iterator
from functools import cache
from threading import Lock
from typing import Any, Final

from nlp_service.tasks.questions.repeats import HAN, without_masks
from nlp_service.tasks.questions.stop_words import STOP_WORDS, TELLING_CHARACTERS
from nlp_service.text import to_simplified

_HAN_RUN: Final = re.compile(f"[{HAN}]+")
# Letters and digits of scripts that write words apart: CJK begins at U+2E80.
_LETTER: Final = r"[^\W_\u2e80-\U0003ffff]"
_LATIN_WORD: Final = re.compile(rf"(?!\d){_LETTER}+(?:['’-]{_LETTER}+)*")
_loading = Lock()


def words(text: str) -> Iterator[tuple[str, str]]:
    """Yield each telling word as (Simplified or lower-case form, form as written); stop words are left out.

    A single Chinese character is left out unless it tells something by itself.
    """
    written = without_masks(text)
    simplified = to_simplified(written)
    # OpenCC replaces characters one by one in nearly every text; where it doesn't, offsets can't be mapped back.
    surface = written if len(written) == len(simplified) else simplified
    for start, end in _spans(simplified):
        word = simplified[start:end].lower()
        if word not in STOP_WORDS and (len(word) > 1 or word in TELLING_CHARACTERS):
            yield word, surface[start:end].lower()


def _spans(text: str) -> Iterator[tuple[int, int]]:
    for run in _HAN_RUN.finditer(text):
        for _, start, end in _tokenizer().tokenize(run.group()):
            yield run.start() + start, run.start() + end
    for word in _LATIN_WORD.finditer(text):
        yield word.span()


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
