"""One flat row for each document: what a table of millions of tickets is joined with. It holds no customer's words."""

from dataclasses import dataclass, fields
from typing import Final, Literal

from nlp_service.contracts import Document, DocumentResult

PATH: Final = " › "
"""Between the names of a path, from the top of the tree down."""
LIST: Final = "|"
"""Between the items of a cell that holds several."""
DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Row:
    """What is known of one document.

    Attributes:
        line: where it ends in the file that was read.
        at: of the first turn that has one.
        status, code: of the main contact reason; null if the customer says nothing.
        reason: the names of its path, in the document's language. probability: of `code`.
        other_codes: those of further contact reasons.
        sentiment_mean, sentiment_start, sentiment_valley, sentiment_end: of the journey.
        questions: how many sentences of the customer's want to know or to have something.
        skipped: what couldn't be analysed, and why.
    """

    id: str | None
    line: int
    at: str | None
    channel: str | None
    status: Literal["tagged", "review", "out_of_scope"] | None
    code: str | None
    reason: str | None
    probability: float | None
    other_codes: str | None
    sentiment_mean: float | None
    sentiment_start: float | None
    sentiment_valley: float | None
    sentiment_end: float | None
    customer_sentences: int
    questions: int
    skipped: str | None


COLUMNS: Final = tuple(field.name for field in fields(Row))


def row(document: Document, line: int, result: DocumentResult) -> Row:
    """The row of a document."""
    reasons, journey = result.reasons or [], result.journey
    main = reasons[0] if reasons else None
    path = main.path if main else []
    return Row(
        id=document.id,
        line=line,
        at=next((turn.at for turn in document.turns if turn.at), None),
        channel=document.channel,
        status=main.status if main else None,
        code=main.code if main else None,
        reason=PATH.join(node.name for node in path) or None,
        probability=_rounded(path[-1].probability if path else None),
        other_codes=LIST.join(other.code for other in reasons[1:] if other.code) or None,
        sentiment_mean=_rounded(journey.mean if journey else None),
        sentiment_start=_rounded(journey.start if journey else None),
        sentiment_valley=_rounded(journey.valley if journey else None),
        sentiment_end=_rounded(journey.end if journey else None),
        customer_sentences=sum(sentence.speaker == "customer" for sentence in result.sentences or ()),
        questions=len(result.questions or ()),
        skipped=LIST.join(f"{item.feature}:{item.reason}" for item in result.skipped) or None,
    )


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, DIGITS)
