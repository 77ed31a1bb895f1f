"""Locust's users: each waits for an answer, checks that it is whole, and sends its next request."""

import random
from collections.abc import Callable
from functools import cache
from typing import Any

import gevent
from locust import FastHttpUser, between, task
from locust.env import Environment
from locust.exception import LocustError

from load_tests import payloads
from load_tests.corpus import read_corpus
from load_tests.payloads import Payload
from load_tests.records import UNANSWERED
from load_tests.server import LoadTestError, host_of

SENTENCES = "sentences"
NO_ANSWER_PAUSE_S = 1.0
"""Else a user whom nobody answers would ask thousands of times a second."""

_KINDS: dict[str, Callable[..., list[Payload]]] = {
    "reasons": lambda *given, **options: payloads.sentences(*given, **options, route="/v1/reasons"),
    "sentiment": payloads.sentences,
    "transcripts": payloads.transcripts,
    "faq": payloads.faq,
    "clustering": payloads.clustering,
    "embeddings": payloads.embeddings,
}


@cache
def _payloads(kind: str, path: str, fresh: bool, items: int) -> list[Payload]:
    return _KINDS[kind](read_corpus(path), fresh=fresh, items=items)


@cache
def _refusal(host: str, allow_remote: bool) -> str | None:
    try:
        host_of("host", host, allow_remote=allow_remote)
    except LoadTestError as error:
        return str(error)
    return None


def _problem(payload: Payload, response: Any) -> str | None:
    if response.status_code == UNANSWERED:
        return "no answer"
    if response.status_code != 200:
        return f"status {response.status_code}"
    name, length = payload.answers
    received = len(response.json().get(name, ()))
    return f"{received} {name} for {length} items" if length not in (None, received) else None


class ServiceUser(FastHttpUser):
    """What all users have in common."""

    abstract = True
    priority = ""
    """Value of the header `X-Priority`; none is sent if it is empty."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        # Once more, for what was typed into Locust's web page.
        options: Any = environment.parsed_options
        if (refusal := _refusal(str(self.host), options.allow_remote)) is not None:
            raise LocustError(refusal)

    def ask(self, kind: str, items: int | None = None) -> None:
        """Send a request of a kind; an answer without a result for each item is a failure.

        Args:
            items: documents, texts or questions in it; as many as the command line says, if not given.
        """
        options: Any = self.environment.parsed_options
        payload = random.choice(_payloads(kind, options.transcripts, options.fresh, items or options.items))
        headers = {"Content-Type": "application/json"} | ({"X-Priority": self.priority} if self.priority else {})
        with self.client.post(
            payload.route,
            data=payload.body(),
            headers=headers,
            catch_response=True,
            context={SENTENCES: payload.sentences},
        ) as response:
            if (problem := _problem(payload, response)) is not None:
                response.failure(problem)
        if response.status_code == UNANSWERED:
            gevent.sleep(NO_ANSWER_PAUSE_S)


class TranscriptUser(ServiceUser):
    """Sends whole conversations for everything there is."""

    @task(6)
    def analyze(self) -> None:
        """Everything about documents."""
        self.ask("transcripts")


class SentenceUser(ServiceUser):
    """Sends single sentences, for reasons and sentiment by turns."""

    @task(2)
    def reasons(self) -> None:
        """Contact reasons."""
        self.ask("reasons")

    @task(2)
    def sentiment(self) -> None:
        """Sentiment."""
        self.ask("sentiment")


class FaqUser(ServiceUser):
    """Asks the knowledge base."""

    @task(1)
    def suggest(self) -> None:
        """Answers to questions."""
        self.ask("faq")


class MixedUser(TranscriptUser, SentenceUser, FaqUser):
    """Does what the three others do, as often as the tasks' weights say."""


class EmbeddingUser(ServiceUser):
    """Wants sentence vectors."""

    @task
    def embed(self) -> None:
        """Vectors of sentences."""
        self.ask("embeddings")


class ClusterUser(ServiceUser):
    """Has questions grouped: `--items` of them, a few hundred if that isn't given."""

    @task
    def cluster(self) -> None:
        """Clusters of questions."""
        options: Any = self.environment.parsed_options
        self.ask("clustering", options.items if options.items > 1 else payloads.CLUSTER_QUESTIONS)


class InteractiveUser(SentenceUser):
    """Sends single sentences as somebody does who reads the answers; a neighbour for `BulkUser`."""

    wait_time = between(0.1, 0.5)
    priority = "interactive"


class BulkUser(ServiceUser):
    """Has many conversations analysed in each request, at full speed, in the lane for such work."""

    priority = "bulk"

    @task
    def analyze(self) -> None:
        """Everything about many documents."""
        options: Any = self.environment.parsed_options
        self.ask("transcripts", options.items if options.items > 1 else 16)
