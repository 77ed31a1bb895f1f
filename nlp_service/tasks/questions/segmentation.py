"""Words of a question, Chinese and English, with the form in which they were written."""

from collections.abc import Iterator

from nlp_service.tasks.questions.repeats import without_masks
from nlp_service.tasks.questions.stop_words import STOP_WORDS, TELLING_CHARACTERS
from nlp_service.text import to_simplified
from nlp_service.text.words import word_spans


def words(text: str) -> Iterator[tuple[str, str]]:
    """Yield each telling word as (Simplified or lower-case form, form as written); stop words are left out.

    A single Chinese character is left out unless it tells something by itself.
    """
    written = without_masks(text)
    simplified = to_simplified(written)
    # OpenCC replaces characters one by one in nearly every text; where it doesn't, offsets can't be mapped back.
    surface = written if len(written) == len(simplified) else simplified
    for start, end in word_spans(simplified):
        word = simplified[start:end].lower()
        if word not in STOP_WORDS and (len(word) > 1 or word in TELLING_CHARACTERS):
            yield word, surface[start:end].lower()
