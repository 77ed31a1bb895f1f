"""What is said to the service: transcripts from a file, taken apart into documents, sentences and questions."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

TRANSCRIPTS = Path(__file__).resolve().parent.parent / "tests" / "fixtures" / "transcripts.jsonl"
DOCUMENT_FIELDS = ("id", "turns", "text", "language", "channel")
TURN_FIELDS = ("speaker", "text", "at", "stage")
MAX_QUESTION_LENGTH = 1_900
"""The service's limit is 2 000 characters, and a text may be sent with a number at its end."""

HAN = "\u3400-\u9fff"
EMOJI = "\u2600-\u27bf\U0001f300-\U0001faff"
# The gap between two words where the service may see the end of a sentence; it needn't be right about every one.
SENTENCE_GAP = re.compile(
    rf"(?<=[^\W_])(?:[\W_]*(?:[。！？；…~～\r\n{EMOJI}]|[!?;](?!\w)|\.\s)[\W_]*|(?<=[{HAN}])\s+(?=[{HAN}])|[\W_]*$)"
)
QUESTION = re.compile(r"[?？]|吗|嗎|呢$|怎么|怎麼|什么|什麼|多久|几天|哪")


@dataclass(frozen=True)
class Corpus:
    """What can be sent.

    Attributes:
        documents: as `/v1/analyze` takes them.
        sentences: single sentences of the customers.
        questions: those that ask something; all sentences, if none does.
    """

    documents: list[dict[str, Any]]
    sentences: list[str]
    questions: list[str]


@cache
def read_corpus(path: str) -> Corpus:
    """Read a transcripts file, once per process.

    Raises:
        OSError, ValueError: if it can't be read, has a line that isn't a transcript, or no customer says anything.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise ValueError(f"{path}: not UTF-8") from None
    documents = [_document(line, f"{path}:{number}") for number, line in enumerate(lines, 1) if line.strip()]
    sentences = [sentence for document in documents for sentence in _customer_sentences(document)]
    if not sentences:
        raise ValueError(f"{path}: no customer says anything")
    short = [sentence for sentence in sentences if len(sentence) < MAX_QUESTION_LENGTH]
    return Corpus(documents, sentences, [sentence for sentence in short if QUESTION.search(sentence)] or short)


def sentences_of(text: str) -> Iterator[str]:
    """A text's sentences, roughly as the service would cut them."""
    start = 0
    for gap in SENTENCE_GAP.finditer(text):
        if sentence := text[start : gap.end()].strip():
            yield sentence
        start = gap.end()


def _document(line: str, place: str) -> dict[str, Any]:
    """A line's document, without fields that the service would refuse."""
    try:
        content = json.loads(line)
        document = {name: content[name] for name in DOCUMENT_FIELDS if content.get(name) is not None}
        if "turns" in document:
            document["turns"] = [_turn(turn) for turn in document["turns"]]
        elif not isinstance(document["text"], str):
            raise TypeError
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValueError(f"{place}: not a transcript") from None
    return document


def _turn(content: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(content["speaker"], str) or not isinstance(content["text"], str):
        raise TypeError
    return {name: content[name] for name in TURN_FIELDS if content.get(name) is not None}


def _customer_sentences(document: dict[str, Any]) -> Iterator[str]:
    turns = document.get("turns", [{"speaker": "customer", "text": document.get("text")}])
    for turn in turns:
        if turn["speaker"] == "customer":
            yield from sentences_of(turn["text"])
