"""Requests made in advance: while load runs, nothing is serialised, at most a number is put in its places."""

import itertools
import json
import random
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from load_tests.corpus import SENTENCE_GAP, Corpus, sentences_of

MARK = "\ue000"
"""Stands for the number until a request is sent; a character for private use, so no text has it."""
DIGITS = 6
"""With one more, the service would take the number for an order's, which tells no two questions apart."""
LEAST_PAYLOADS = 16
"""Different requests made in advance where one holds most of the corpus."""
CLUSTER_QUESTIONS = 300

_numbers = itertools.count(secrets.randbelow(10**DIGITS))
"""Starts anywhere, so that neither an earlier run nor another process has sent the same texts."""


@dataclass(frozen=True, slots=True)
class Payload:
    """A body for one route, as good for one request as for a million.

    Attributes:
        parts: the JSON between the places where a number goes; a single part if the texts are to repeat.
        sentences: how many it holds, by this program's count: requests differ in size, and this weighs them.
        answers: name of the list in the answer, and the length it must have; None where it isn't known before.
    """

    route: str
    parts: tuple[bytes, ...]
    sentences: int
    answers: tuple[str, int | None]

    def body(self) -> bytes:
        """The body to send, with a number that was never sent before wherever one goes. Its length never changes."""
        if len(self.parts) == 1:
            return self.parts[0]
        return (b"%0*d" % (DIGITS, next(_numbers) % 10**DIGITS)).join(self.parts)


class Source:
    """An endless, seeded choice of whole HTTP requests."""

    def __init__(self, payloads: Sequence[Payload], *, seed: int, headers: Mapping[str, str] | None = None) -> None:
        self._random = random.Random(seed)
        self._ready = [(payload, _head(payload, headers or {})) for payload in payloads]

    def draw(self) -> tuple[Payload, bytes]:
        """The next request, and what it was made of."""
        payload, head = self._random.choice(self._ready)
        return payload, head + payload.body()


def _head(payload: Payload, headers: Mapping[str, str]) -> bytes:
    lines = [
        f"POST {payload.route} HTTP/1.1",
        "Host: load-test",
        "Content-Type: application/json",
        f"Content-Length: {len(payload.body())}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("ascii")


def sentences(corpus: Corpus, *, fresh: bool, items: int = 1, route: str = "/v1/sentiment") -> list[Payload]:
    """Single sentences of customers, for `/v1/sentiment` or `/v1/reasons`."""
    groups = _groups(corpus.sentences, items)
    return [_payload(route, {"texts": _marked(group, fresh)}, len(group), ("results", len(group))) for group in groups]


def transcripts(corpus: Corpus, *, fresh: bool, items: int = 1) -> list[Payload]:
    """Whole conversations, for everything there is."""
    return [
        _payload(
            "/v1/analyze",
            {"documents": [_marked_document(document, fresh) for document in group]},
            sum(map(_size, group)),
            ("documents", len(group)),
        )
        for group in _groups(corpus.documents, items)
    ]


def faq(corpus: Corpus, *, fresh: bool, items: int = 1) -> list[Payload]:
    """Customers' questions to the knowledge base."""
    groups = _groups(corpus.questions, items)
    return [
        _payload("/v1/faq/suggest", {"questions": _marked(group, fresh)}, len(group), ("results", len(group)))
        for group in groups
    ]


def clustering(corpus: Corpus, *, fresh: bool, items: int = CLUSTER_QUESTIONS) -> list[Payload]:
    """Some hundred questions, to be grouped by what they ask; if the corpus has fewer, they come again, numbered."""
    length = len(corpus.questions)
    groups = [
        [marked(text, str(place // length + 1)) if place >= length else text for place, text in enumerate(group)]
        for group in _groups(corpus.questions, items)
    ]
    return [
        _payload(
            "/v1/questions/cluster",
            {"questions": [{"text": text} for text in _marked(group, fresh)]},
            len(group),
            ("clusters", None),
        )
        for group in groups
    ]


def embeddings(corpus: Corpus, *, fresh: bool, items: int = 1) -> list[Payload]:
    """Sentences whose vectors are wanted, in the shape of OpenAI's API."""
    groups = _groups(corpus.sentences, items)
    return [
        _payload("/v1/embeddings", {"model": "default", "input": _marked(group, fresh)}, len(group), ("data", items))
        for group in groups
    ]


def marked(text: str, mark: str = MARK) -> str:
    """The text with a place for a number, or another mark, at the end of each of its sentences."""
    return SENTENCE_GAP.sub(lambda gap: f" {mark}{gap.group()}", text)


def _payload(route: str, content: Mapping[str, Any], size: int, answers: tuple[str, int | None]) -> Payload:
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    return Payload(route, tuple(body.split(MARK.encode("utf-8"))), size, answers)


def _groups(items: Sequence[Any], size: int) -> list[list[Any]]:
    """Groups of `size`, each item about equally often."""
    endless = itertools.cycle(items)
    count = max(len(items) // size, min(len(items), LEAST_PAYLOADS))
    return [list(itertools.islice(endless, size)) for _ in range(count)]


def _marked(texts: Sequence[str], fresh: bool) -> list[str]:
    return [marked(text) for text in texts] if fresh else list(texts)


def _marked_document(document: Mapping[str, Any], fresh: bool) -> dict[str, Any]:
    if not fresh:
        return dict(document)
    if "turns" in document:
        return {**document, "turns": [{**turn, "text": marked(turn["text"])} for turn in document["turns"]]}
    return {**document, "text": marked(document["text"])}


def _size(document: Mapping[str, Any]) -> int:
    turns = document.get("turns", [{"text": document.get("text", "")}])
    return sum(1 for turn in turns for _ in sentences_of(turn["text"]))
