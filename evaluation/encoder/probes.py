"""Labels from frozen vectors: a linear probe and the nearest neighbours."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics import classification
from nlp_service.contracts import Vectors

INVERSE_REGULARISATION = 10.0
ITERATIONS = 1000
NEIGHBOURS = 10
DRAWS = 3

Predict = Callable[[Vectors], list[str]]


def linear_probe(vectors: Vectors, labels: Sequence[str]) -> Predict:
    """Multinomial logistic regression on vectors of shape (rows, dimension), the same settings for every encoder.

    The vectors are centred and scaled to a mean square length of 1 first, both learned from these rows: one encoder's
    vectors fill the sphere and another's a narrow cone, and regularisation would weigh on the second alone.

    Source: Alain & Bengio, "Understanding intermediate layers using linear classifier probes", 2016.
    """
    from sklearn.linear_model import LogisticRegression

    rows = vectors.astype(np.float64)
    centre = rows.mean(axis=0)
    length = float(np.sqrt(((rows - centre) ** 2).sum(axis=1).mean())) or 1.0
    model = LogisticRegression(C=INVERSE_REGULARISATION, max_iter=ITERATIONS)
    model.fit((rows - centre) / length, list(labels))
    return lambda others: [str(label) for label in model.predict((others.astype(np.float64) - centre) / length)]


def nearest_neighbours(vectors: Vectors, labels: Sequence[str]) -> Predict:
    """Vote of the ten nearest by cosine, each with the inverse of its distance as its weight.

    Source: Dudani, "The Distance-Weighted k-Nearest-Neighbor Rule", 1976.
    """
    from sklearn.neighbors import KNeighborsClassifier

    model = KNeighborsClassifier(min(NEIGHBOURS, len(labels)), weights="distance", metric="cosine", algorithm="brute")
    model.fit(vectors, list(labels))
    return lambda others: [str(label) for label in model.predict(others)]


def score(predict: Predict, vectors: Vectors, labels: Sequence[str]) -> dict[str, float]:
    """Accuracy and macro-F1 on vectors of shape (rows, dimension)."""
    figures = classification(labels, predict(vectors))
    return {"accuracy": figures["accuracy"], "macro_f1": figures["macro_f1"]}


def draw(labels: Sequence[str], shots: int, seed: int) -> NDArray[np.bool_]:
    """Which rows are examples: at most `shots` of each label, by chance; shape (rows,)."""
    chance = np.random.default_rng(seed)
    of_label = np.array(labels)
    drawn = np.zeros(len(labels), dtype=bool)
    for label in sorted(set(labels)):
        drawn[chance.permutation(np.flatnonzero(of_label == label))[:shots]] = True
    return drawn


def few_shot(
    train: tuple[Vectors, Sequence[str]], test: tuple[Vectors, Sequence[str]], shots: int, seed: int
) -> dict[str, float]:
    """Scores of probes that saw `shots` examples of each label; mean over three draws."""
    vectors, labels = train
    scores = []
    for number in range(DRAWS):
        drawn = draw(labels, shots, seed + number)
        probe = linear_probe(vectors[drawn], [label for label, used in zip(labels, drawn, strict=True) if used])
        scores.append(score(probe, *test))
    return average(scores)


def few_shot_of_rest(vectors: Vectors, labels: Sequence[str], shots: int, seed: int) -> dict[str, float]:
    """The same within one set: each draw's probe is scored on the rows that weren't drawn.

    Args:
        shots: of each label, or fewer, so that the rarest keeps a row to be scored on.
    """
    names = np.array(labels)
    fewest = int(np.unique(names, return_counts=True)[1].min())
    scores = []
    for number in range(DRAWS):
        drawn = draw(labels, min(shots, max(1, fewest - 1)), seed + number)
        probe = linear_probe(vectors[drawn], names[drawn].tolist())
        scores.append(score(probe, vectors[~drawn], names[~drawn].tolist()))
    return average(scores)


def average(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    """The mean of each figure over several runs."""
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
