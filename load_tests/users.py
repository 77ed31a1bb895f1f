"""Locust's users: each waits for an answer, checks that it is whole, and sends its next request."""

import random
from collections.abc import Callable
from functools import cache
from typing import Any

from locust import FastHttpUser, between, task

from load_tests import payloads
from load_tests.corpus import read_corpus
from load_tests.payloads import Payload

SENTENCES = "sentences"

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


class ServiceUser(FastHttpUser):
    """What all users have in common."""

    abstract = True
    priority = ""
    """Value of the header `X-Priority`; none is sent if it is empty."""

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
            if response.status_code != 200:
                response.failure(f"status {response.status_code}")
                return
            name, length = payload.answers
            received = len(response.json().get(name, ()))
            if length not in (None, received):
                response.failure(f"{received} {name} for {length} items")


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
