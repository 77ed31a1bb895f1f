"""Disturb a text as speech recognition, hurry and phones do, without changing what it means.

Scripts need no disturbing: preparation turns Traditional characters into Simplified ones before the encoder sees them.
"""

import re
import unicodedata

import numpy as np

from training.trunk.config import Augment

_FILLERS = {
    "zh": ("嗯", "那个", "就是", "呃", "就是说", "然后", "啊", "这个"),
    "en": ("um", "uh", "yeah so", "hi", "so", "you know", "like", "okay"),
}
_HAN = re.compile(r"[\u3400-\u9fff]")
_CHARACTERS_PER_TYPO = 10


def disturb(text: str, settings: Augment, generator: np.random.Generator) -> str:
    """A version of `text`; each disturbance comes with its own probability. Never empty if `text` isn't."""
    punctuation, typos, disfluency, case = generator.random(4) < (
        settings.punctuation,
        settings.typos,
        settings.disfluency,
        settings.case,
    )
    changed = text
    if punctuation:
        changed = without_punctuation(changed)
    if typos:
        changed = with_typos(changed, generator)
    if disfluency:
        changed = with_filler(changed, generator)
    if case:
        changed = changed.lower()
    return changed if changed.strip() else text


def without_punctuation(text: str) -> str:
    """The text with runs of punctuation dropped, or replaced by a space between Latin words."""
    kept = (" " if unicodedata.category(character)[0] == "P" else character for character in text)
    return re.sub(r"(?<=[\u3400-\u9fff]) +| +(?=[\u3400-\u9fff])", "", " ".join("".join(kept).split()))


def with_typos(text: str, generator: np.random.Generator) -> str:
    """About one character in ten dropped, doubled or swapped with its neighbour; at least one, texts under 4 none."""
    characters = list(text)
    for _ in range(max(1, len(text) // _CHARACTERS_PER_TYPO) if len(text) > 3 else 0):
        at = int(generator.integers(len(characters) - 1))
        kind = generator.integers(3)
        if kind == 0:
            del characters[at]
        elif kind == 1:
            characters.insert(at, characters[at])
        else:
            characters[at], characters[at + 1] = characters[at + 1], characters[at]
    return "".join(characters)


def with_filler(text: str, generator: np.random.Generator) -> str:
    """The text with a filler word in front, or between two of its clauses or words."""
    chinese = bool(_HAN.search(text))
    filler = str(generator.choice(_FILLERS["zh" if chinese else "en"]))
    if chinese:
        comma = text.find("，")
        at = comma + 1 if comma > 0 and generator.random() < 0.5 else 0
        return text[:at] + filler + text[at:]
    words = text.split(" ")
    words.insert(int(generator.integers(len(words))) if generator.random() < 0.5 else 0, filler)
    return " ".join(words)
