"""Personal data out of a text: numbers by shape and check digit, names and addresses only where they can't be mistaken.

Each module finds some types in a reading of the text; `resolution` decides between candidates that overlap. There is
no model: the same text always gets the same answer, in a time that grows with its length alone.
"""

from collections.abc import Collection
from typing import Final

from nlp_service.contracts import PERSONAL_DATA, PersonalData, RedactedSpan, RedactedText
from nlp_service.text.redaction._reading import Reading
from nlp_service.text.redaction.resolution import found

REDACTION_VERSION: Final = "1"
"""Changes with every change of what is found."""

__all__ = ["REDACTION_VERSION", "redact"]


def redact(text: str, types: Collection[PersonalData] = PERSONAL_DATA) -> RedactedText:
    """Put `[TYPE]` in the place of personal data; what is masked already stays as it is.

    Args:
        text: any string.
        types: what is replaced. What isn't among them is recognised nonetheless: no part of an identity number is
            replaced as a telephone number where only these are wanted.

    Returns:
        The text with tags, and where in the text as given each of them was, in Unicode code points.
    """
    reading = Reading.of(text)
    spans = [
        RedactedSpan(*reading.as_sent(candidate.start, candidate.end), candidate.kind)
        for candidate in found(reading.text)
        if candidate.kind is not None and candidate.kind in types
    ]
    return RedactedText(_tagged(text, spans), spans)


def _tagged(text: str, spans: list[RedactedSpan]) -> str:
    parts, position = [], 0
    for span in spans:
        parts += [text[position : span.start], f"[{span.type.upper()}]"]
        position = span.end
    return "".join([*parts, text[position:]])
