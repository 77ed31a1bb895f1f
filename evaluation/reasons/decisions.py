"""Right and wrong decisions: by code, by level, along the tree, and what is taken for what."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics import averages
from evaluation.reasons.distribution import OUT_OF_SCOPE, Answers, cut
from nlp_service.taxonomy import Taxonomy

MOST_CONFUSED = 30


def correct(truth: Sequence[str], predicted: Sequence[str]) -> NDArray[np.bool_]:
    """Whether each row is right, shape (rows,)."""
    return np.array([a == b for a, b in zip(truth, predicted, strict=True)], dtype=bool)


def shares(answers: Answers, truth: Sequence[str]) -> dict[str, float | None]:
    """How much is tagged, left for review and out of scope, and how much of what is said is right.

    A review is right if its node is the truth or lies above it.
    """
    statuses = np.array(answers.statuses)
    tagged, review = statuses == "tagged", statuses == "review"
    on_path = np.array([_lies_on(answers.tree, node, code) for node, code in zip(answers.decided, truth, strict=True)])
    return {
        "coverage": float(tagged.mean()),
        "review": float(review.mean()),
        "out_of_scope": float((statuses == "out_of_scope").mean()),
        "precision_of_tagged": _mean(correct(truth, answers.decided)[tagged]),
        "precision_of_review": _mean(on_path[review]),
    }


def by_level(answers: Answers, truth: Sequence[str], predicted: Sequence[str]) -> dict[str, dict[str, float]]:
    """Averages at each level of the tree.

    A truth or prediction that ends above a level stands for itself there: it is right only where both are that very
    node. What is no label of the level, a node left for review or out of scope in a file without such rows, abstains.
    """
    tree = answers.tree
    levels = {}
    for level in range(tree.depth):
        labels = {cut(tree, code, level) for code in (*answers.codes, *truth)}
        said = [cut(tree, code, level) for code in predicted]
        levels[f"level {level + 1}"] = averages(
            [cut(tree, code, level) for code in truth], [code if code in labels else None for code in said]
        )
    return levels


def ancestor_counts(tree: Taxonomy, truth: Sequence[str], predicted: Sequence[str]) -> NDArray[np.float64]:
    """Of each row, the nodes on both paths, on the predicted and on the true one, shape (rows, 3).

    A path holds the node itself and all above it but the root; out of scope is the root alone, so it holds nothing.
    """
    paths = {code: {node.code for node in tree.path(code)} for code in {*truth, *predicted} - {OUT_OF_SCOPE}}
    empty: set[str] = set()
    pairs = [(paths.get(a, empty), paths.get(b, empty)) for a, b in zip(truth, predicted, strict=True)]
    return np.array([[len(true & said), len(said), len(true)] for true, said in pairs], dtype=np.float64)


def hierarchical(counts: NDArray[np.float64]) -> dict[str, float]:
    """Hierarchical precision, recall and F1, micro over rows, of `ancestor_counts`.

    Source: Kiritchenko, Matwin, Nock, Famili, "Learning and Evaluation in the Presence of Class Hierarchies", 2006.
    """
    both, said, true = counts.sum(axis=0)
    return {
        "hierarchical_precision": float(both / said) if said else 0.0,
        "hierarchical_recall": float(both / true) if true else 0.0,
        "hierarchical_f1": float(2 * both / (said + true)) if said + true else 0.0,
    }


def siblings(tree: Taxonomy, truth: Sequence[str], predicted: Sequence[str]) -> dict[str, float | int | None]:
    """How many errors within scope (a code, but not the right one) stay below the right parent."""
    errors = _errors(truth, predicted)
    near = sum(count for pair, count in errors.items() if _share_parent(tree, *pair))
    total = errors.total()
    return {"errors": total, "below_the_same_parent": near, "share": near / total if total else None}


def most_confused(tree: Taxonomy, truth: Sequence[str], predicted: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The commonest pairs of a true and a predicted code, by rank."""
    ranked = sorted(_errors(truth, predicted).items(), key=lambda item: (-item[1], item[0]))[:MOST_CONFUSED]
    return {
        str(rank): {"truth": true, "predicted": said, "rows": count, "same_parent": _share_parent(tree, true, said)}
        for rank, ((true, said), count) in enumerate(ranked, start=1)
    }


def _errors(truth: Sequence[str], predicted: Sequence[str]) -> Counter[tuple[str, str]]:
    pairs = zip(truth, predicted, strict=True)
    return Counter(pair for pair in pairs if pair[0] != pair[1] and OUT_OF_SCOPE not in pair)


def _share_parent(tree: Taxonomy, code: str, other: str) -> bool:
    return tree.node(code).parent == tree.node(other).parent


def _lies_on(tree: Taxonomy, node: str, code: str) -> bool:
    return code != OUT_OF_SCOPE and node in {above.code for above in tree.path(code)}


def _mean(values: NDArray[np.bool_]) -> float | None:
    return float(values.mean()) if len(values) else None
