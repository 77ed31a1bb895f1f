"""Clusterings written by hand, and a service that isn't one."""

from contextlib import contextmanager

import numpy as np
import pytest

from evaluation.questions.figures import OUTLIER
from evaluation.questions.served import Asked, Grouping
from nlp_service.contracts import Cluster


@pytest.fixture
def make_cluster():
    """Makes a cluster of these rows."""

    def make(name, members=(), theme=None):
        rows = [str(row) for row in members]
        return Cluster(f"q-{name}", name, name, len(rows), 0.5, "enquiry", [name], rows, 1.0, "born", theme=theme)

    return make


@pytest.fixture
def make_grouping(make_cluster):
    """Makes a grouping from the number of each question's cluster and the clusters' names."""

    def make(labels, names, themes=None):
        clusters = tuple(make_cluster(name, np.flatnonzero(labels == row)) for row, name in enumerate(names))
        return Grouping(np.array(labels, dtype=np.intp), clusters, None if themes is None else np.array(themes))

    return make


class Fake:
    """Texts whose first words are alike are one cluster; those that begin with "other" are in none."""

    def __init__(self, make_grouping):
        self._make = make_grouping
        self.clusterer = "the clusterer"

    def cluster(self, texts):
        first = [text.split()[0] for text in texts]
        names = sorted(set(first) - {"other"})
        labels = np.array([names.index(word) if word in names else OUTLIER for word in first])
        return Asked(self._make(labels, names), self.embed(texts), ["enquiry"] * len(texts), 0.5)

    def embed(self, texts):
        words = sorted({text.split()[0] for text in texts})
        return np.eye(len(words), dtype=np.float32)[[words.index(text.split()[0]) for text in texts]]

    def digests(self):
        return {"encoder": "e" * 64}


@pytest.fixture
def fake(make_grouping):
    """Stands for `served.served`."""

    @contextmanager
    def served(settings):
        yield Fake(make_grouping)

    return served
