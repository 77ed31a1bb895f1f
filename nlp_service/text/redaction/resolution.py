"""Which of the candidates hold: of those that overlap, the longest; of equal ones, what the text itself says."""

import re
from collections.abc import Iterator
from typing import Final

from nlp_service.text.masks import HOLE, MASK
from nlp_service.text.redaction._candidates import Candidate, Kind, Stretch, stretches
from nlp_service.text.redaction.documents import documents, plates
from nlp_service.text.redaction.names import names
from nlp_service.text.redaction.network import network
from nlp_service.text.redaction.orders import orders
from nlp_service.text.redaction.phones import phones, spelled_phones
from nlp_service.text.redaction.places import places
from nlp_service.text.redaction.quantities import quantities
from nlp_service.text.redaction.series import series

_ANYWHERE: Final = (network, plates, places, names, spelled_phones)
_NEAR_DIGITS: Final = (phones, documents, orders, quantities, series)
_DIGITS: Final = re.compile("[0-9](?:[ -~]{0,3}?[0-9]){3}")
"""Four digits near each other: less makes no number."""
_MARGIN: Final = 48
"""As far from its number as a label may be, and more."""
_PRECEDENCE: Final[tuple[Kind, ...]] = (
    None,
    "url",
    "email",
    "ip",
    "address",
    "name",
    "id_number",
    "bank_card",
    "phone",
    "licence_plate",
    "order_number",
)
"""Of what is as long and as well named."""
_NAMED_PRECEDENCE: Final[tuple[Kind, ...]] = ("order_number", *(kind for kind in _PRECEDENCE if kind != "order_number"))
_MOST_ROUNDS: Final = 8
# A mask with such a run in it was written by somebody: {{13812345678}}.
_NUMBER: Final = re.compile("@|(?<![*xX0-9])[0-9]{5}(?![0-9]{0,20}[*xX])")


def found(text: str) -> list[Candidate]:
    """Everything personal in a reading, in order, none over another.

    What is found may have hidden its neighbours (a name glued to a number), so the rest is looked through again, until
    nothing more is found: then redacting the redacted text changes nothing. No ordinary text needs more than two
    rounds; more than a few would take a hostile one's time.
    """
    text = MASK.sub(_hidden_mask, text)
    all_found: list[Candidate] = []
    for _ in range(_MOST_ROUNDS):
        new = [candidate for candidate in _resolved(text) if candidate.kind is not None]
        if not new:
            break
        all_found += new
        text = _without(text, new)
    return sorted(all_found)


def _resolved(text: str) -> Iterator[Candidate]:
    taken = bytearray(len(text))
    for candidate in sorted(_candidates(text), key=_order):
        start, end = candidate.start, candidate.end
        if taken.find(1, start, end) < 0:
            taken[start:end] = b"\1" * (end - start)
            yield candidate


def _hidden_mask(mask: re.Match[str]) -> str:
    """What masking left stays as it is, and is hidden from all detectors."""
    written = mask.group()
    is_bold = written.endswith("**") and mask.string[max(0, mask.start() - 2) : mask.start()] == "**"
    return written if is_bold or _NUMBER.search(written) else HOLE * len(written)


def _candidates(text: str) -> Iterator[Candidate]:
    for detect in _ANYWHERE:
        yield from detect(Stretch(text, 0, len(text)))
    for stretch in stretches(text, _DIGITS, _MARGIN, _MARGIN):
        for detect in _NEAR_DIGITS:
            yield from detect(stretch)


def _order(candidate: Candidate) -> tuple[int, bool, int, int]:
    precedence = _NAMED_PRECEDENCE if candidate.named else _PRECEDENCE
    length = candidate.end - candidate.start
    return -length, not candidate.named, precedence.index(candidate.kind), candidate.start


def _without(text: str, candidates: list[Candidate]) -> str:
    """The text with holes, so that what is on either side doesn't run together."""
    parts, position = [], 0
    for start, end, *_ in sorted(candidates):
        parts += [text[position:start], HOLE * (end - start)]
        position = end
    return "".join([*parts, text[position:]])
