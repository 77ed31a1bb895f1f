"""A sample of a window's questions, from which the next run tells what was there before, found or not."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from heapq import nsmallest
from typing import Final

from nlp_service.contracts import QuestionItem
from nlp_service.tasks.questions.naming.representatives import LONGEST_WORDING
from nlp_service.tasks.questions.wording.repeats import Group
from nlp_service.text import without_masks

MOST_SAMPLED: Final = 1_000


def draw_sample(groups: Sequence[Group], questions: Sequence[QuestionItem]) -> list[str]:
    """Draw up to 1,000 questions without replacement, each as likely as any other, and return their texts.

    Which ones follows from the texts alone, in whatever order they come: the nth question of a text has the digest of
    the text and n, and those with the smallest digests are drawn, in the order of these. So the first k of a sample are
    a sample, too.

    Args:
        groups: of all questions with a word, whose `rows` are positions in `questions`.

    Returns:
        Texts as the encoder reads them, without links, addresses and numbers of orders; none of more than 2,000
        characters.
    """
    met: Counter[str] = Counter()
    ranked: list[tuple[bytes, str]] = []
    for group in groups:
        for row in group.rows:
            text = questions[row].text
            met[text] += 1
            digest = hashlib.sha256(f"{met[text]} {text}".encode("utf-8", "surrogatepass")).digest()
            ranked.append((digest, text))
    drawn = (without_masks(text) for _, text in nsmallest(MOST_SAMPLED, ranked))
    return [text for text in drawn if len(text) <= LONGEST_WORDING]
