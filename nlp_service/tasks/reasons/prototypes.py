"""What a code's texts say about it: one direction a code, from its name, description and examples.

Nearest class means in the encoder's space (Snell et al., "Prototypical Networks for Few-shot Learning", NeurIPS 2017):
a code works as soon as it has a name, better with three examples, and no other code has to be learned again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp_service.contracts import Vectors
from nlp_service.taxonomy import Node, Taxonomy

Rows = NDArray[np.float32]
NAME_WEIGHT = 0.4
"""Of a code's name and description beside its examples (best of 0.2, 0.5 and 1 on the bundled tree)."""
LEAST_LENGTH = 1e-6


@dataclass(frozen=True)
class Centres:
    """Where messages lie in the encoder's space, and where names and descriptions do: not in the same place.

    Attributes:
        messages: mean vector of customers' messages, shape (dimension,).
        names: mean vector of the tree's names and descriptions, shape (dimension,).
    """

    messages: Rows
    names: Rows


@dataclass(frozen=True)
class Prototypes:
    """One unit vector a code.

    Attributes:
        centre: of messages, shape (dimension,).
        directions: shape (codes, dimension).
    """

    centre: Rows
    directions: Rows

    def cosines(self, vectors: Vectors) -> NDArray[np.float64]:
        """Cosine of each vector with each code's direction, seen from the centre; shape (vectors, codes)."""
        return (self.directions @ unit(vectors - self.centre).T).T.astype(np.float64, order="C")


def texts_of(node: Node, tree: Taxonomy) -> tuple[list[str], list[str]]:
    """What names a code, and its examples.

    With its parents' names, because "fees" alone may be anybody's: on trees that no training had seen, one message in
    fifty more found its code, one in twenty-five its top level.
    """
    described = [node.name.zh, node.name.en, node.description]
    path = [above.name for above in tree.path(node.code)]
    described.append(" ".join(name.zh for name in path))
    if node.name.en != node.name.zh:
        described.append(" ".join(name.en for name in path))
    named = [text for text in dict.fromkeys(described) if text.strip()]
    return named, [text for text in node.examples if text.strip()]


def direction(named: Vectors, examples: Vectors, centres: Centres) -> Rows:
    """A code's direction from the vectors of its names and of its examples; either may be empty."""
    from_names = unit(unit(named - centres.names).sum(axis=0, keepdims=True))
    from_examples = unit(unit(examples - centres.messages).sum(axis=0, keepdims=True))
    if not len(examples):
        return np.asarray(from_names[0])
    return np.asarray(unit(from_examples + NAME_WEIGHT * from_names)[0])


def directions(nodes: Sequence[Node], tree: Taxonomy, vectors: Mapping[str, Rows], centres: Centres) -> Rows:
    """The direction of each node of the tree from the vectors of its texts, shape (nodes, dimension)."""
    dimension = len(centres.messages)
    rows = np.zeros((len(nodes), dimension), dtype=np.float32)
    for row, node in enumerate(nodes):
        named, examples = (
            np.array([vectors[text] for text in texts], dtype=np.float32).reshape(-1, dimension)
            for texts in texts_of(node, tree)
        )
        rows[row] = direction(named, examples, centres)
    return rows


def unit(vectors: Rows) -> Rows:
    """Rows of length 1; a row of next to nothing stays next to nothing."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, LEAST_LENGTH), dtype=np.float32)
