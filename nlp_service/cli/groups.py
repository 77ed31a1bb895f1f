"""What is analysed together, and what is too much even alone."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from nlp_service.errors import UnusableLineError

if TYPE_CHECKING:
    from nlp_service.contracts import Document

T = TypeVar("T")


def grouped(items: Iterable[T], size: Callable[[T], int], most: int) -> Iterator[list[T]]:
    """Items in order, so few together that the analysis never refuses several for their number of sentences.

    Args:
        size: at least the characters of an item: no sentence has fewer than one.
        most: items together.
    """
    from nlp_service.document_judging import MOST_SENTENCES

    group: list[T] = []
    room = MOST_SENTENCES
    for item in items:
        if group and (len(group) == most or size(item) > room):
            yield group
            group, room = [], MOST_SENTENCES
        group.append(item)
        room -= size(item)
    if group:
        yield group


def manageable(document: "Document") -> "Document":
    """The document, if the analysis takes it when it comes alone.

    Raises:
        UnusableLineError: if not.
    """
    from nlp_service.conversation import split
    from nlp_service.document_judging import MOST_SENTENCES

    if document.characters > MOST_SENTENCES and _has(MOST_SENTENCES + 1, split(document, ("customer", "agent"))):
        raise UnusableLineError(f"more than {MOST_SENTENCES} sentences")
    return document


def _has(count: int, items: Iterator[object]) -> bool:
    return next(islice(items, count - 1, None), None) is not None
