"""Sibling contact reasons that their own authors' examples can't keep apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby

import numpy as np
from numpy.typing import NDArray

from nlp_service.taxonomy.advice import ALIKE_NAMES, CONFUSED, Advice, label
from nlp_service.taxonomy.tree import Node, Taxonomy

Vector = NDArray[np.float32]

MIN_EXAMPLES = 2
"""A leaf with fewer has nothing left to be judged by when one of them is set aside."""
CONFUSED_SHARE = 0.4
"""Chance would confuse half of a pair's examples."""
ALIKE_PERCENTILE = 99.0
MIN_NAME_PAIRS = 100
"""Below it, the percentile of the cosines between names is decided by a single pair."""


@dataclass(frozen=True)
class _Leaf:
    """A leaf and its vectors.

    Attributes:
        name: direction of its names' vectors together, shape (dimension,); zeros if it has no visible name.
        texts: its distinct examples as prepared.
        examples: their vectors, shape (examples, dimension).
    """

    node: Node
    name: Vector
    texts: Sequence[str]
    examples: Vector


def wordings(tree: Taxonomy) -> list[str]:
    """The names and examples of all leaves, each once: what `alike` needs the vectors of."""
    texts = [text for leaf in tree.leaves for text in (leaf.name.zh, leaf.name.en, *leaf.examples)]
    return list(dict.fromkeys(texts))


def alike(tree: Taxonomy, prepared: Mapping[str, str], vectors: Mapping[str, Vector]) -> list[Advice]:
    """Siblings among the leaves that are too alike, the worst first.

    Args:
        prepared: each of `wordings` as the encoder reads it.
        vectors: unit vectors by prepared text; a text that isn't there has nothing visible in it.
    """
    if not vectors:
        return []
    leaves = [_leaf(node, prepared, vectors) for node in tree.leaves]
    by_parent = sorted(leaves, key=lambda leaf: leaf.node.parent or "")
    families = [list(family) for _, family in groupby(by_parent, key=lambda leaf: leaf.node.parent)]
    confused = [found for family in families for found in _confused(family)]
    named = _alike_names(leaves, families)
    return [advice for group in (confused, named) for _, advice in sorted(group, key=lambda found: -found[0])]


def _confused(family: Sequence[_Leaf]) -> list[tuple[float, Advice]]:
    """Pairs of siblings whose examples are often nearer to the sibling, each with the share of them that is.

    Nearest centroid (Rocchio 1971), each example judged by a centroid that it wasn't counted in.
    """
    leaves = [leaf for leaf in family if len(leaf.texts) >= MIN_EXAMPLES]
    totals = [leaf.name + leaf.examples.sum(axis=0) for leaf in leaves]
    if len(leaves) < MIN_EXAMPLES:
        return []
    centroids = _unit(np.stack(totals))
    nearer = [
        leaf.examples @ centroids.T > (leaf.examples * _unit(total - leaf.examples)).sum(axis=1, keepdims=True)
        for leaf, total in zip(leaves, totals, strict=True)
    ]
    counts = np.stack([rows.sum(axis=0) for rows in nearer])
    sizes = np.array([len(leaf.texts) for leaf in leaves])
    shares = (counts + counts.T) / (sizes[:, None] + sizes)
    found = []
    for one, other in np.argwhere(np.triu(shares >= CONFUSED_SHARE, k=1)):
        astray = [(one, row) for row in np.flatnonzero(nearer[one][:, other])]
        astray += [(other, row) for row in np.flatnonzero(nearer[other][:, one])]
        shown = astray[0], astray[-1]  # one of each side's, where each side has one
        text = (
            f"{label(leaves[one].node, leaves[other].node)}: {len(astray)} of {sizes[one] + sizes[other]} examples are "
            f"nearer to the other's, e.g. {' and '.join(f'“{leaves[leaf].texts[row]}”' for leaf, row in shown)}"
        )
        found.append((float(shares[one, other]), Advice(CONFUSED, text)))
    return found


def _alike_names(leaves: Sequence[_Leaf], families: Sequence[Sequence[_Leaf]]) -> list[tuple[float, Advice]]:
    """Pairs of siblings with too few examples to be judged by, whose names are more alike than 99 % of strangers' are.

    Strangers are leaves with different parents.
    """
    names = np.stack([leaf.name for leaf in leaves])
    parents = np.array([leaf.node.parent or "" for leaf in leaves])
    strangers = np.triu(parents[:, None] != parents, k=1)
    if strangers.sum() < MIN_NAME_PAIRS:
        return []
    limit = float(np.percentile((names @ names.T)[strangers], ALIKE_PERCENTILE))
    found = []
    for one, other in (pair for family in families for pair in combinations(family, 2)):
        cosine = float(one.name @ other.name)
        if min(len(one.texts), len(other.texts)) < MIN_EXAMPLES and cosine > limit:
            text = f"{label(one.node, other.node)}: cosine {cosine:.2f}, where {limit:.2f} is unusual for strangers"
            found.append((cosine, Advice(ALIKE_NAMES, text)))
    return found


def _leaf(node: Node, prepared: Mapping[str, str], vectors: Mapping[str, Vector]) -> _Leaf:
    names = [text for text in {prepared[name]: None for name in (node.name.zh, node.name.en)} if text in vectors]
    texts = [text for text in {prepared[example]: None for example in node.examples} if text in vectors]
    name = _unit(_rows(names, vectors).sum(axis=0))
    return _Leaf(node, name, texts, _rows(texts, vectors))


def _rows(texts: Sequence[str], vectors: Mapping[str, Vector]) -> Vector:
    """Vectors of texts, shape (texts, dimension), even where there are none."""
    dimension = len(next(iter(vectors.values())))
    return np.array([vectors[text] for text in texts], dtype=np.float32).reshape(len(texts), dimension)


def _unit(vectors: Vector) -> Vector:
    """Rows of unit length; zeros stay zeros."""
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: Vector = np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0)
    return unit
