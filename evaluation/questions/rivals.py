"""Other ways to cluster the same vectors: what people use today, and what knows the number of labels beforehand."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from time import perf_counter
from typing import Final

import numpy as np

from evaluation.questions.figures import Labels
from nlp_service.contracts import Vectors
from nlp_service.errors import ConfigurationError, DataError
from nlp_service.text import detect_language
from nlp_service.text.words import word_spans

STARTS: Final = 4
"""Of k-means."""
WARM_UP_ROWS: Final = 300
LEAST_FOR_BERTOPIC: Final = 50
MOST_FOR_AGGLOMERATIVE: Final = 20_000
"""It holds all distances in memory: 3 GB for so many."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is to be clustered.

    Attributes:
        vectors: shape (texts, dimension), unit rows, or zeros.
        labels: how many there are in truth, for those that ask.
    """

    texts: Sequence[str]
    vectors: Vectors
    labels: int
    seed: int

    def first(self, rows: int) -> "Case":
        """Only some of the questions."""
        return replace(
            self, texts=self.texts[:rows], vectors=self.vectors[:rows], labels=min(self.labels, rows, len(self.texts))
        )


@dataclass(frozen=True, slots=True)
class Rival:
    """A way to cluster.

    Attributes:
        told: whether it is told the true number of labels.
        packages: what has to be installed, by the names it is imported by.
    """

    cluster: Callable[[Case], Labels]
    told: bool
    packages: tuple[str, ...] = ()
    install: str = ""


def check(names: Sequence[str], rows: int) -> None:
    """See that these rivals can be asked about so many questions.

    Raises:
        ConfigurationError: if a package is missing.
        DataError: if there are too few questions, or too many.
    """
    for name in names:
        rival = RIVALS[name]
        missing = [package for package in rival.packages if find_spec(package) is None]
        if missing:
            raise ConfigurationError(f"{name} needs {' and '.join(missing)}: pip install {rival.install}")
    if "bertopic" in names and rows < LEAST_FOR_BERTOPIC:
        raise DataError(f"bertopic needs at least {LEAST_FOR_BERTOPIC} questions, not {rows}")
    if "agglomerative" in names and rows > MOST_FOR_AGGLOMERATIVE:
        raise DataError(f"agglomerative takes at most {MOST_FOR_AGGLOMERATIVE} questions, not {rows}")


def run(name: str, case: Case) -> tuple[Labels, float]:
    """Clusters and seconds; some of the questions are clustered before, so that loading and compiling don't count."""
    cluster = RIVALS[name].cluster
    with warnings.catch_warnings():
        # Of libraries that aren't ours, about versions to come and about being made repeatable.
        warnings.simplefilter("ignore")
        cluster(case.first(WARM_UP_ROWS))
        start = perf_counter()
        found = cluster(case)
        return found, perf_counter() - start


def _bertopic(case: Case) -> Labels:
    """BERTopic (Grootendorst, 2022) as it comes, but seeded; for Chinese, words are jieba's, as its author advises."""
    from sklearn.feature_extraction.text import CountVectorizer

    # These are the parameters that BERTopic gives UMAP by itself.
    reduction = import_module("umap").UMAP(
        n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", low_memory=False, random_state=case.seed
    )
    chinese = any(detect_language(text) != "en" for text in case.texts)
    words = CountVectorizer(tokenizer=_words, token_pattern=None) if chinese else CountVectorizer()
    model = import_module("bertopic").BERTopic(umap_model=reduction, vectorizer_model=words)
    topics, _ = model.fit_transform(list(case.texts), case.vectors)
    return np.array(topics, dtype=np.intp)


def _words(text: str) -> list[str]:
    return [text[start:end] for start, end in word_spans(text)]


def _hdbscan(case: Case) -> Labels:
    """HDBSCAN (Campello et al., 2013) as it comes, on the vectors as they are."""
    from hdbscan import HDBSCAN

    labels: Labels = HDBSCAN(core_dist_n_jobs=1).fit_predict(case.vectors.astype(np.float64)).astype(np.intp)
    return labels


def _agglomerative(case: Case) -> Labels:
    """Average linkage of cosine distances. Distances are given, because a text without a vector has no cosine."""
    from sklearn.cluster import AgglomerativeClustering

    distances = np.clip(1 - case.vectors @ case.vectors.T, 0, None)
    model = AgglomerativeClustering(case.labels, metric="precomputed", linkage="average")
    return model.fit_predict(distances).astype(np.intp)  # type: ignore[no-any-return]  # scikit-learn isn't typed


def _kmeans(case: Case, *, words: bool) -> Labels:
    """K-means on the vectors, or without any encoder on TF-IDF of character n-grams."""
    from sklearn.cluster import KMeans
    from sklearn.feature_extraction.text import TfidfVectorizer

    points = case.vectors
    if words:
        points = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True).fit_transform(case.texts)
    return KMeans(case.labels, n_init=STARTS, random_state=case.seed).fit_predict(points).astype(np.intp)  # type: ignore[no-any-return]  # scikit-learn isn't typed


RIVALS: Final = {
    "bertopic": Rival(_bertopic, told=False, packages=("bertopic", "umap"), install="bertopic umap-learn"),
    "hdbscan": Rival(_hdbscan, told=False),
    "kmeans": Rival(partial(_kmeans, words=False), told=True),
    "agglomerative": Rival(_agglomerative, told=True),
    "tfidf": Rival(partial(_kmeans, words=True), told=True),
}
