"""Load on a running service, from outside: nothing is used but its HTTP interface. README.md says how to run it."""

import itertools
import json
import random
import re
import secrets
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from locust import FastHttpUser, events, task
from locust.env import Environment
from locust.runners import WorkerRunner

Item = TypeVar("Item")

TRANSCRIPTS = Path(__file__).resolve().parent.parent / "tests" / "fixtures" / "transcripts.jsonl"
DOCUMENT_FIELDS = ("id", "turns", "text", "language", "channel")
TURN_FIELDS = ("speaker", "text", "at", "stage")
MAX_QUESTION_LENGTH = 2_000
REPORT_KEY = "server_timing"

HAN = "\u3400-\u9fff"
EMOJI = "\u2600-\u27bf\U0001f300-\U0001faff"
# The gap between two words where the service may see the end of a sentence; it needn't be right about every one.
SENTENCE_GAP = re.compile(
    rf"(?<=[^\W_])(?:[\W_]*(?:[。！？；…~～\r\n{EMOJI}]|[!?;](?!\w)|\.\s)[\W_]*|(?<=[{HAN}])\s+(?=[{HAN}])|[\W_]*$)"
)
QUESTION = re.compile(r"[?？]|吗|嗎|呢$|怎么|怎麼|什么|什麼|多久|几天|哪")
TIMING = re.compile(r"(?:^|,)\s*([\w-]+)(?:;[^;,]*)*?;\s*dur=(\d+(?:\.\d+)?)")

_numbers = itertools.count(secrets.randbelow(10**9))
"""Starts anywhere, so that neither an earlier run nor another worker has sent the same texts."""


def renewed(text: str) -> str:
    """The text with a number at the end of each of its sentences that was never sent before."""
    number = next(_numbers)
    return SENTENCE_GAP.sub(lambda gap: f" {number}{gap.group()}", text)


def renewed_document(document: dict[str, Any]) -> dict[str, Any]:
    """The document with new texts."""
    if "turns" in document:
        return {**document, "turns": [{**turn, "text": renewed(turn["text"])} for turn in document["turns"]]}
    return {**document, "text": renewed(document["text"])}


@dataclass(frozen=True)
class Corpus:
    """What users send.

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
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    documents = [_document(line, f"{path}:{number}") for number, line in enumerate(lines, 1) if line.strip()]
    sentences = [sentence for document in documents for sentence in _customer_sentences(document)]
    if not sentences:
        raise ValueError(f"{path}: no customer says anything")
    short = [sentence for sentence in sentences if len(sentence) < MAX_QUESTION_LENGTH]
    return Corpus(documents, sentences, [sentence for sentence in short if QUESTION.search(sentence)] or short)


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
    for text in (turn["text"] for turn in turns if turn["speaker"] == "customer"):
        start = 0
        for gap in SENTENCE_GAP.finditer(text):
            if sentence := text[start : gap.end()].strip():
                yield sentence
            start = gap.end()


class ServiceUser(FastHttpUser):
    """What all users have in common: they wait for an answer, check that it is whole, and send the next request."""

    abstract = True

    @property
    def corpus(self) -> Corpus:
        """The texts to send."""
        return read_corpus(self._option("transcripts"))

    def texts(self, texts: list[str]) -> list[str]:
        """As many of these as a request holds."""
        return self._some(texts, renewed)

    def documents(self) -> list[dict[str, Any]]:
        """As many documents as a request holds."""
        return self._some(self.corpus.documents, renewed_document)

    def ask(self, path: str, body: dict[str, Any], answers: str = "results") -> None:
        """Send a request of one list; an answer that hasn't one item for each of the list's is a failure."""
        sent = sum(map(len, body.values()))
        with self.client.post(path, json=body, catch_response=True) as response:
            if response.status_code != 200:
                response.failure(f"status {response.status_code}")
            elif (received := len(response.json().get(answers, ()))) != sent:
                response.failure(f"{received} {answers} for {sent} items")

    def _some(self, items: list[Item], renew: Callable[[Item], Item]) -> list[Item]:
        chosen = random.choices(items, k=self._option("items"))
        return [renew(item) for item in chosen] if self._option("fresh") else chosen

    def _option(self, name: str) -> Any:
        return getattr(self.environment.parsed_options, name)


class TranscriptUser(ServiceUser):
    """Sends whole chats for everything there is."""

    @task(6)
    def analyze(self) -> None:
        """Everything about documents."""
        self.ask("/v1/analyze", {"documents": self.documents()}, "documents")


class SentenceUser(ServiceUser):
    """Sends single sentences, for reasons and sentiment by turns."""

    @task(2)
    def reasons(self) -> None:
        """Contact reasons."""
        self.ask("/v1/reasons", {"texts": self.texts(self.corpus.sentences)})

    @task(2)
    def sentiment(self) -> None:
        """Sentiment."""
        self.ask("/v1/sentiment", {"texts": self.texts(self.corpus.sentences)})


class FaqUser(ServiceUser):
    """Asks the knowledge base."""

    @task(1)
    def suggest(self) -> None:
        """Answers to questions."""
        self.ask("/v1/faq/suggest", {"questions": self.texts(self.corpus.questions)})


class MixedUser(TranscriptUser, SentenceUser, FaqUser):
    """Does what the others do, as often as the tasks' weights say."""


@dataclass
class StageTimes:
    """Sums of what the `Server-Timing` headers of successful answers say.

    Attributes:
        answers: number of answers with the header, by request name.
        seen: number of those that name a stage, by request name and stage.
        milliseconds: their sum, by request name and stage.
    """

    answers: Counter[str] = field(default_factory=Counter)
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)
    milliseconds: dict[tuple[str, str], float] = field(default_factory=dict)

    def on_request(self, name: str, response: Any = None, exception: Any = None, **_: Any) -> None:
        """Read one answer's header."""
        header = (getattr(response, "headers", None) or {}).get("Server-Timing")
        if exception is not None or not header:
            return
        self.answers[name] += 1
        for stage, duration in TIMING.findall(header):
            self._add(name, stage, 1, float(duration))

    def on_report_to_master(self, data: dict[str, Any], **_: Any) -> None:
        """Hand the sums to the master and begin anew."""
        stages = [(*key, self.seen[key], total) for key, total in self.milliseconds.items()]
        data[REPORT_KEY] = {"answers": dict(self.answers), "stages": stages}
        self.answers.clear()
        self.seen.clear()
        self.milliseconds.clear()

    def on_worker_report(self, data: dict[str, Any], **_: Any) -> None:
        """Take over a worker's sums."""
        report = data.get(REPORT_KEY, {"answers": {}, "stages": []})
        self.answers.update(report["answers"])
        for name, stage, count, total in report["stages"]:
            self._add(name, stage, count, total)

    def table(self) -> str:
        """Means over all answers to a request; a stage that an answer does not name counts as 0 there."""
        lines = ["", "Server-Timing, means", f"{'request':<24}{'answers':>9}  {'stage':<20}{'ms':>10}{'seen in':>10}"]
        for (name, stage), total in sorted(self.milliseconds.items(), key=lambda entry: (entry[0][0], -entry[1])):
            answers = self.answers[name]
            share = self.seen[name, stage] / answers
            lines.append(f"{name:<24}{answers:>9}  {stage:<20}{total / answers:>10.2f}{share:>10.0%}")
        return "\n".join(lines if self.milliseconds else [*lines, "no answer had the header"])

    def _add(self, name: str, stage: str, count: int, milliseconds: float) -> None:
        self.seen[name, stage] += count
        self.milliseconds[name, stage] = self.milliseconds.get((name, stage), 0.0) + milliseconds


def add_options(parser: ArgumentParser, **_: Any) -> None:
    """Add this file's options to Locust's."""
    group: Any = parser.add_argument_group("Texts")  # configargparse's: it has env_var
    group.add_argument(
        "--transcripts", env_var="LOAD_TRANSCRIPTS", default=str(TRANSCRIPTS), help="transcripts to send, JSON Lines"
    )
    group.add_argument(
        "--fresh", env_var="LOAD_FRESH", action="store_true", help="make every text new, so that no cache can answer"
    )
    group.add_argument(
        "--items", env_var="LOAD_ITEMS", type=int, default=1, help="documents, texts or questions in one request"
    )


def prepare(environment: Environment, **_: Any) -> None:
    """Check the options before any load, and listen to the answers."""
    options = environment.parsed_options
    if options is None:
        return
    if options.items < 1:
        sys.exit("--items must be at least 1")
    try:
        read_corpus(options.transcripts)
    except (OSError, ValueError) as error:
        sys.exit(f"--transcripts: {error}")
    stages = StageTimes()
    hooks: Any = environment.events
    hooks.request.add_listener(stages.on_request)
    if isinstance(environment.runner, WorkerRunner):
        hooks.report_to_master.add_listener(stages.on_report_to_master)
        return
    hooks.worker_report.add_listener(stages.on_worker_report)
    hooks.quitting.add_listener(lambda **_: print(stages.table()))


_hooks: Any = events  # Locust doesn't annotate them
_hooks.init_command_line_parser.add_listener(add_options)
_hooks.init.add_listener(prepare)
