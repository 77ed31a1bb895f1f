"""One encoder on every task: figures by family, task and figure."""

from collections.abc import Callable, Sequence

import numpy as np

from evaluation.encoder import changes, geometry, probes
from evaluation.encoder.geometry import Numbers
from evaluation.encoder.probes import Predict
from evaluation.encoder.tasks import CHANGED, CHANGED_PAIRS, Classification, Pairs, Search, Tasks, Texts, Tree, names_of
from nlp_service.contracts import Vectors
from nlp_service.tasks.reasons.prototypes import unit

SHOTS = (8, 64)
UNSEEN_SHOTS = 5

Embed = Callable[[Sequence[str]], Vectors]
"""Texts to unit vectors, shape (texts, dimension), in order."""

Figures = dict[str, dict[str, float]]
"""Task → figure → value."""


def judge(embed: Embed, tasks: Tasks, seed: int) -> dict[str, Figures]:
    """All figures of one encoder: family → task → figure → value."""
    fitted = {
        name: probes.linear_probe(embed(task.train.texts), task.train.labels)
        for name, task in tasks.classification.items()
    }
    return {
        "classification": {
            name: classification(embed, task, fitted[name], seed) for name, task in tasks.classification.items()
        },
        "unseen intents": {name: unseen(embed(rows.texts), rows.labels, seed) for name, rows in tasks.intents.items()},
        "pairs": {
            name: {"auc": geometry.pair_auc(embed(task.first), embed(task.second), task.same)}
            for name, task in tasks.pairs.items()
        },
        "clustering": {
            name: geometry.clustering(embed(rows.texts), rows.labels, seed) for name, rows in tasks.clusters.items()
        },
        "retrieval": {
            name: search(embed(task.queries.texts), embed(task.wordings.texts), task)
            for name, task in tasks.search.items()
        },
        "codes by name": {name: by_name(embed, tree) for name, tree in tasks.trees.items()},
        "Traditional": traditional(embed, tasks, fitted),
        "robustness": robustness(embed, tasks, fitted, seed),
    }


def classification(embed: Embed, task: Classification, fitted: Predict, seed: int) -> dict[str, float]:
    """Accuracy and macro-F1 of probes with 8, 64 and all examples of each label, and of the nearest neighbours."""
    train, test = (embed(task.train.texts), task.train.labels), (embed(task.test.texts), task.test.labels)
    runs = {f"probe, {shots} a label": probes.few_shot(train, test, shots, seed) for shots in SHOTS}
    runs["probe, all"] = probes.score(fitted, *test)
    runs["neighbours"] = probes.score(probes.nearest_neighbours(*train), *test)
    return {f"{run}: {figure}": value for run, figures in runs.items() for figure, value in figures.items()}


def unseen(vectors: Vectors, labels: Sequence[str], seed: int) -> dict[str, float]:
    """Intents that no training saw: clustered, told from five examples or fewer, found again; and the mean."""
    clustered = geometry.clustering(vectors, labels, seed)
    few = probes.few_shot_of_rest(vectors, labels, UNSEEN_SHOTS, seed)
    found = geometry.retrieval_of_same(vectors, labels)
    return {
        "mean": float(np.mean([clustered["accuracy"], few["accuracy"], found["recall_at_1"]])),
        "clustering: accuracy": clustered["accuracy"],
        "clustering: nmi": clustered["nmi"],
        f"probe, at most {UNSEEN_SHOTS} a label: accuracy": few["accuracy"],
        "retrieval: recall_at_1": found["recall_at_1"],
        "retrieval: mrr": found["mrr"],
    }


def by_name(embed: Embed, tree: Tree) -> dict[str, float]:
    """How often the code whose names are nearest is a message's, and lies in its branch of the top level.

    Messages and names are seen from their own means, as a tree without labels is served.
    """
    messages, names = (
        unit(vectors - vectors.mean(axis=0))
        for vectors in (embed(tree.messages.texts), embed([names_of(path) for path in tree.paths]))
    )
    found = [tree.paths[row] for row in (messages @ names.T).argmax(axis=1)]
    pairs = list(zip(found, tree.messages.labels, strict=True))
    return {
        "code": float(np.mean([one == other for one, other in pairs])),
        "top level": float(np.mean([one.split("/")[0] == other.split("/")[0] for one, other in pairs])),
    }


def search(queries: Vectors, wordings: Vectors, task: Search) -> dict[str, float]:
    """Recall at 1 and mean reciprocal rank of the entry that answers, each entry judged by its nearest wording."""
    entries = sorted(set(task.wordings.labels))
    cosines: Numbers = queries @ wordings.T
    owners = np.array(task.wordings.labels)
    scores = np.stack([cosines[:, owners == entry].max(axis=1) for entry in entries], axis=1)
    return geometry.retrieval(scores, np.array(task.queries.labels)[:, None] == np.array(entries)[None, :])


def traditional(embed: Embed, tasks: Tasks, fitted: dict[str, Predict]) -> Figures:
    """What is lost when texts come in Traditional characters; probes and FAQ wordings stay as they were."""
    rows = {}
    for name in CHANGED:
        test = tasks.classification[name].test
        rows[name] = compare(embed, test.texts, changes.to_traditional, _accuracy(fitted[name], test))
    for name in CHANGED_PAIRS:
        task = tasks.pairs[name]
        rows[name] = compare(embed, [*task.first, *task.second], changes.to_traditional, _auc(task))
    for name, asked in tasks.search.items():
        rows[name] = compare(embed, asked.queries.texts, changes.to_traditional, _recall(asked, embed))
    return rows


def robustness(embed: Embed, tasks: Tasks, fitted: dict[str, Predict], seed: int) -> Figures:
    """What is lost without punctuation and with typing errors."""
    ways: dict[str, Callable[[str], str]] = {
        "no punctuation": changes.without_punctuation,
        "typos": lambda text: changes.with_typos(text, seed),
    }
    rows = {}
    for name in CHANGED:
        test = tasks.classification[name].test
        for way, change in ways.items():
            rows[f"{name}, {way}"] = compare(embed, test.texts, change, _accuracy(fitted[name], test))
    return rows


def compare(
    embed: Embed, texts: Sequence[str], change: Callable[[str], str], score: Callable[[Vectors], float]
) -> dict[str, float]:
    """A score of vectors, shape (texts, dimension), before and after a change of their texts, and how near both are."""
    before, after = embed(texts), embed([change(text) for text in texts])
    original, changed = score(before), score(after)
    cosine = float(geometry.cosines(before, after).mean())
    return {"original": original, "changed": changed, "difference": changed - original, "cosine": cosine}


def _accuracy(predict: Predict, rows: Texts) -> Callable[[Vectors], float]:
    return lambda vectors: probes.score(predict, vectors, rows.labels)["accuracy"]


def _auc(task: Pairs) -> Callable[[Vectors], float]:
    size = len(task.same)
    return lambda vectors: geometry.pair_auc(vectors[:size], vectors[size:], task.same)


def _recall(task: Search, embed: Embed) -> Callable[[Vectors], float]:
    return lambda vectors: search(vectors, embed(task.wordings.texts), task)["recall_at_1"]
