"""Tickets as exports have them: a row each, with the text that a customer wrote, perhaps of several sentences."""

from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Discriminator, Tag, TypeAdapter

from nlp_service.api.requests import Label, RequestModel, Text, Time, TranscriptDocument
from nlp_service.contracts import Document, Turn

COLUMNS: Final = ("text", "id", "at", "channel", "language")


class Ticket(RequestModel):
    """A document of one text by the customer; whatever else its row says is left alone."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True, strict=False)

    text: Text
    id: Label | None = None
    at: Time | None = None
    channel: Label | None = None
    language: Literal["zh-Hans", "zh-Hant", "en"] | None = None

    def record(self) -> Document:
        """As the analysis takes it."""
        turn = Turn(speaker="customer", text=self.text, at=self.at)
        return Document((turn,), id=self.id, language=self.language, channel=self.channel)


def _form(value: object) -> str:
    return "@turns" if isinstance(value, dict) and value.get("turns") is not None else "@text"


_ADAPTER: Final[TypeAdapter[Ticket | TranscriptDocument]] = TypeAdapter(
    Annotated[Annotated[Ticket, Tag("@text")] | Annotated[TranscriptDocument, Tag("@turns")], Discriminator(_form)]
)


def document(line: bytes) -> Document:
    """The document of a line: a ticket, or a transcript if it has `turns`.

    Raises:
        ValidationError, UnicodeDecodeError: if it can't be used.
    """
    return _ADAPTER.validate_json(line.decode("utf-8")).record()
