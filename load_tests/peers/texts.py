"""Sentences and chats to send: real ones, no sentence twice, so that nothing is answered from a cache."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Document = dict[str, Any]
Split = Callable[[Sequence[Document]], list[list[tuple[int, str]]]]
"""From documents to each one's sentences, with the number of the turn that each stands in."""

SENTENCE_END = re.compile(r"(?<=\w)(?=[。！？；!?;\n]|\s*$)")
MAX_COPIES = 200


@dataclass(frozen=True)
class Corpus:
    """Chats whose sentences are all different.

    Attributes:
        chats: as `/v1/analyze` takes them.
        sentences: of each chat, as our server splits it.
        warm_up: chats of other sentences, to send before anything is measured.
    """

    chats: list[Document]
    sentences: list[list[str]]
    warm_up: list[Document]

    @property
    def all_sentences(self) -> list[str]:
        """The sentences of all chats, in order."""
        return [sentence for chat in self.sentences for sentence in chat]


def read_transcripts(path: Path) -> list[Document]:
    """Read a transcripts file (JSON Lines); only speakers and texts are kept.

    Raises:
        OSError, ValueError: if it can't be read or has a line that isn't a transcript.
    """
    documents = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            turns = [{"speaker": turn["speaker"], "text": turn["text"]} for turn in json.loads(line)["turns"]]
        except (ValueError, KeyError, TypeError):
            raise ValueError(f"{path}:{number}: not a transcript with turns") from None
        documents.append({"turns": turns})
    return documents


def copies(documents: Sequence[Document]) -> Iterator[Document]:
    """The documents, and again with a number at the end of each sentence, for files that are too small."""
    yield from documents
    for number in range(2, MAX_COPIES):
        for document in documents:
            turns = [{**turn, "text": SENTENCE_END.sub(f" {number}", turn["text"])} for turn in document["turns"]]
            yield {"turns": turns}


def without_repetition(documents: Iterable[Document], split: Split, wanted: int, warm_up: int = 8) -> Corpus:
    """Chats with about `wanted` sentences in all; turns with a sentence that an earlier turn had are left out."""
    seen: set[str] = set()
    chats: list[Document] = []
    sentences: list[list[str]] = []
    count = 0
    for group in _groups(documents, 32):
        for document, found in zip(group, split(group), strict=True):
            chat, own = _news(document, found, seen)
            if own:
                chats.append(chat)
                sentences.append(own)
                count += len(own) if len(chats) > warm_up else 0
            if count >= wanted:
                return Corpus(chats[warm_up:], sentences[warm_up:], chats[:warm_up])
    return Corpus(chats[warm_up:], sentences[warm_up:], chats[:warm_up])


def _news(document: Document, found: Sequence[tuple[int, str]], seen: set[str]) -> tuple[Document, list[str]]:
    """The document's turns in which every sentence is new, and those sentences; `seen` learns them."""
    turns, sentences = [], []
    for number, turn in enumerate(document["turns"]):
        own = [sentence for place, sentence in found if place == number]
        if own and len(set(own)) == len(own) and seen.isdisjoint(own):
            seen.update(own)
            turns.append(turn)
            sentences.extend(own)
    return {"turns": turns}, sentences


def _groups(documents: Iterable[Document], size: int) -> Iterator[list[Document]]:
    group: list[Document] = []
    for document in documents:
        group.append(document)
        if len(group) == size:
            yield group
            group = []
    if group:
        yield group
