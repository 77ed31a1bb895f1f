"""Part two: everything about whole chats, none of whose sentences was seen before."""

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

from load_tests.peers.client import PeerError, Request, ask, drive, post
from load_tests.peers.contenders import CORES, Contender
from load_tests.peers.figures import Rounds
from load_tests.peers.servers import run_app, serving
from load_tests.peers.texts import Corpus, Document

ANALYZE = "/v1/analyze"


@dataclass(frozen=True)
class Setup:
    """What is measured.

    Attributes:
        ours: our server as it comes, its cache on.
        three: the server with three models.
        encoder_python: an interpreter that has onnxruntime and tokenizers.
        artifact: our encoder.
        connections: each sends one chat at a time.
    """

    ours: Contender
    three: Contender
    encoder_python: Path
    artifact: Path
    connections: int


@dataclass
class Results:
    """Round by round.

    Attributes:
        limits: the bare encoder's sentences a second, by its configuration.
    """

    new: Rounds = field(default_factory=Rounds)
    cached: Rounds = field(default_factory=Rounds)
    three: Rounds = field(default_factory=Rounds)
    limits: dict[str, list[float]] = field(default_factory=dict)

    @property
    def limit(self) -> tuple[str, list[float]]:
        """The best configuration of the bare encoder and its rounds: what is called the limit."""
        return max(self.limits.items(), key=lambda item: sorted(item[1])[len(item[1]) // 2])


def analyze(documents: Sequence[Document], sentences: int = 0) -> Request:
    """A request for everything about these documents."""
    return post(ANALYZE, json.dumps({"documents": documents}, ensure_ascii=False).encode("utf-8"), sentences)


def split_by(port: int, documents: Sequence[Document]) -> list[list[tuple[int, str]]]:
    """Each document's sentences as our server splits it, with the numbers of their turns.

    Raises:
        PeerError: if it doesn't answer.
    """
    answers = json.loads(ask(port, analyze(documents)))["documents"]
    return [
        [(item["turn"], _cut(document, item)) for item in answer["sentences"]]
        for document, answer in zip(documents, answers, strict=True)
    ]


def _cut(document: Document, sentence: dict[str, Any]) -> str:
    text: str = document["turns"][sentence["turn"]]["text"]
    return text[sentence["start"] : sentence["end"]]


def measure(setup: Setup, corpus: Corpus, *, seconds: float, rounds: int, folder: Path) -> Results:
    """Our server, the bare encoder and the three models in turn, `rounds` times over.

    Raises:
        PeerError: if one of them fails, or our server finds other sentences than before.
    """
    results = Results()
    sentences = folder / "sentences.json"
    sentences.write_text(json.dumps(corpus.all_sentences, ensure_ascii=False), encoding="utf-8")
    try:
        for number in range(rounds):
            print(f"chats, round {number + 1} of {rounds}", flush=True)
            _ours(setup, corpus, results, seconds, folder)
            for name, rate in bare(setup.encoder_python, setup.artifact, sentences).items():
                results.limits.setdefault(name, []).append(rate)
            _three(setup.three, corpus, results, seconds, folder)
    finally:
        sentences.unlink()
    return results


def _ours(setup: Setup, corpus: Corpus, results: Results, seconds: float, folder: Path) -> None:
    """A fresh server: all chats once, then again and again, when it knows them all."""
    requests = [analyze([chat], len(own)) for chat, own in zip(corpus.chats, corpus.sentences, strict=True)]
    with _served(setup.ours, folder) as port:
        for chat in corpus.warm_up:
            ask(port, analyze([chat]))
        load = drive(port, requests, setup.connections, keep_bodies=True)
        found = sum(len(document["sentences"]) for body in load.bodies for document in json.loads(body)["documents"])
        if found != load.sentences:
            raise PeerError(f"our server found {found} sentences, {load.sentences} were expected")
        results.new.add(load)
        results.cached.add(drive(port, cycle(requests), setup.connections, seconds))


def _three(three: Contender, corpus: Corpus, results: Results, seconds: float, folder: Path) -> None:
    """As many chats as it manages in a few seconds; it is slow, and its speed doesn't change with time."""
    bodies = [json.dumps({"sentences": own}, ensure_ascii=False).encode("utf-8") for own in corpus.sentences]
    requests = [post("/analyze", body, len(own)) for body, own in zip(bodies, corpus.sentences, strict=True)]
    with _served(three, folder) as port:
        ask(port, requests[-1])
        results.three.add(drive(port, cycle(requests), CORES, 2 * seconds))


def bare(python: Path, artifact: Path, sentences: Path) -> dict[str, float]:
    """The bare encoder's sentences a second, by configuration."""
    rates = {}
    for result in json.loads(run_app(python, "bare_encoder.py", artifact, sentences, "--cores", str(CORES))):
        threads = "1 thread each" if result["threads"] == 1 else f"{result['threads']} threads"
        way = f"{result['callers']} caller{'s' * (result['callers'] > 1)}, {threads}"
        rates[f"{way}, without tokenizer"] = result["encoder"]
        rates[f"{way}, with tokenizer"] = result["with_tokenizer"]
    return rates


def _served(contender: Contender, folder: Path) -> AbstractContextManager[int]:
    return serving(contender.command, contender.environment, contender.ready, folder / f"{contender.name} chats.log")
