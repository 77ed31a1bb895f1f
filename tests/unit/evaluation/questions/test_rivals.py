"""Rivals: they find what is plain to see, and what they need is said."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from evaluation.questions import rivals
from evaluation.questions.figures import agreement
from nlp_service.errors import ConfigurationError, DataError

SUBJECTS = ["怎么申请退款", "Where is my parcel", "可以開發票嗎"]


@pytest.fixture
def case():
    """Sixty questions in three directions."""
    truth = np.arange(60) % 3
    vectors = np.eye(8, dtype=np.float32)[truth] + np.random.default_rng(0).normal(0, 0.02, (60, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return rivals.Case([SUBJECTS[label] for label in truth], vectors, 3, 0)


@pytest.mark.parametrize("name", [name for name in rivals.RIVALS if name != "bertopic"])
def test_plain_clusters_are_found_and_timed(name, case):
    found, seconds = rivals.run(name, case)
    assert agreement(np.arange(60) % 3, found)["acc"] == 1.0
    assert seconds > 0.0


def test_a_text_without_a_vector_is_no_obstacle(case):
    case.vectors[5] = 0.0
    assert len(rivals.run("agglomerative", case)[0]) == 60


def test_bertopic_is_seeded_and_given_the_vectors_and_jieba_only_for_chinese(case, monkeypatch):
    made = []

    class BERTopic:
        def __init__(self, umap_model, vectorizer_model):
            made.append((umap_model, vectorizer_model))

        def fit_transform(self, texts, vectors):
            assert vectors.shape == (len(texts), 8)
            return [int(row) for row in vectors.argmax(axis=1) - 1], None

    monkeypatch.setitem(sys.modules, "bertopic", SimpleNamespace(BERTopic=BERTopic))
    monkeypatch.setitem(sys.modules, "umap", SimpleNamespace(UMAP=lambda **parameters: parameters))
    found, _ = rivals.run("bertopic", case)
    assert found.tolist() == [-1, 0, 1] * 20
    english = rivals.Case(["Where is my parcel"] * 60, case.vectors, 3, 7)
    rivals.run("bertopic", english)
    (_, (seeded, chinese), _, (again, plain)) = made
    assert (seeded["random_state"], again["random_state"]) == (0, 7)
    assert chinese.build_analyzer()("怎么申请退款") == ["怎么", "申请", "退款"]
    assert plain.build_analyzer()("Where is my parcel") == ["where", "is", "my", "parcel"]


def test_the_warm_up_is_a_part_of_the_case(case):
    part = case.first(2)
    assert (len(part.texts), part.vectors.shape, part.labels, part.seed) == (2, (2, 8), 2, 0)
    assert case.first(1000).labels == 3


def test_a_missing_package_is_named_with_its_command(monkeypatch):
    monkeypatch.setattr(rivals, "find_spec", lambda package: None)
    with pytest.raises(ConfigurationError, match="bertopic needs bertopic and umap: pip install bertopic umap-learn"):
        rivals.check(["kmeans", "bertopic"], 100)
    rivals.check(["kmeans"], 100)


@pytest.mark.parametrize(("name", "rows"), [("bertopic", 49), ("agglomerative", 20_001)])
def test_too_few_or_too_many_questions_are_refused(name, rows, monkeypatch):
    monkeypatch.setattr(rivals, "find_spec", lambda package: package)
    with pytest.raises(DataError, match=f"{name} .* not {rows}"):
        rivals.check([name], rows)
    rivals.check([name], 1000)
