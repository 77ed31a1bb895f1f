"""Questions of two labels, one of which has enough to be injected, and a clusterer that is told what to say of it."""

import numpy as np
import pytest

from evaluation.questions.windows import windows
from nlp_service.contracts import Cluster, Clustering, GoneCluster

COMING = "parcel"
RUNS = 3


class Told:
    """Makes a cluster of each first word; one that is not among the earlier ones is told as `event`.

    Attributes:
        samples: of each answer with earlier clusters, what was drawn of their window, and what vectors it got.
    """

    def __init__(self, event, of_all=()):
        self._event = event
        self._of_all = set(of_all)
        self._drawn = []
        self.samples = []

    def cluster(self, questions, vectors, kinds, previous, *, previous_sample):
        if previous:
            self.samples.append((self._drawn, previous_sample))
        else:
            self._drawn = [question.text for question in questions[:2]]
        words = [question.text.split()[0] for question in questions]
        known = {cluster.id for cluster, _ in previous}
        gone = [GoneCluster(word, word, "quiet", [], None) for word in sorted(known - set(words))]
        clusters = [self._cluster(word, words, questions, known) for word in sorted(set(words))]
        return Clustering(clusters, [], gone=gone, sample=[question.text for question in questions[:2]])

    def _cluster(self, word, words, questions, known):
        rows = [row for row, other in enumerate(words) if other == word]
        event = "steady" if word in known and word not in self._of_all else self._event
        members, text = [questions[row].id for row in rows], questions[rows[0]].text
        share = len(rows) / len(questions)
        return Cluster(word, word, text, len(rows), share, "enquiry", [], members, 1.0, event, wordings=[text])


def follow(clusterer, word=COMING, others=38):
    """Figures; `word` begins the questions of the label that comes."""
    texts = [f"{word} {row}" for row in range(24)] + [f"refund {row}" for row in range(others)]
    labels = [COMING] * 24 + ["refund"] * 10 + [None] * (others - 10)
    return windows(
        texts, labels, np.eye(len(texts), dtype=np.float32), ["enquiry"] * len(texts), clusterer, runs=RUNS, seed=0
    )


def test_a_label_that_comes_and_is_told_is_born():
    figures = follow(Told("born"))

    assert [figures[name] for name in ("born", "born_where_found", "born_or_grown")] == [1.0, 1.0, 1.0]
    assert (figures["born_injected"], figures["born_where_found_injected"]) == (RUNS, RUNS)


@pytest.mark.parametrize(("event", "noticed"), [("grown", 1.0), ("steady", 0.0)])
def test_growth_is_counted_apart_from_birth(event, noticed):
    figures = follow(Told(event))

    assert (figures["born"], figures["born_where_found"], figures["born_or_grown"]) == (0.0, 0.0, noticed)


def test_a_label_in_no_cluster_of_its_own_counts_among_the_born_only_where_it_can_be_found():
    figures = follow(Told("born", of_all=["refund"]), word="refund", others=80)

    assert (figures["born"], figures["born_injected"]) == (0.0, RUNS)
    assert (figures["born_where_found"], figures["born_where_found_injected"]) == (None, 0.0)


def test_what_is_said_of_the_same_traffic_is_a_false_event():
    quiet, loud = follow(Told("born")), follow(Told("grown", of_all=[COMING]))

    assert (quiet["ids_kept"], quiet["answers_with_false_event"], quiet["false_events_per_cluster"]) == (1.0, 0.0, 0.0)
    assert (loud["ids_kept"], loud["answers_with_false_event"], loud["false_events_per_cluster"]) == (1.0, 1.0, 0.5)


def test_the_next_window_is_given_the_vectors_of_the_sample():
    told = Told("born")
    texts = [f"{COMING} {row}" for row in range(24)] + [f"refund {row}" for row in range(38)]

    follow(told)

    assert len(told.samples) > RUNS
    assert all([texts[row] for row in vectors.argmax(axis=1)] == drawn for drawn, vectors in told.samples)
