"""The coarse level over the clusters, and where the clusters lie on a map."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlp_service.tasks.questions.finding.linkage import Floats, Labels, linked
from nlp_service.tasks.questions.wording.repeats import unit_rows

# Of the bundled encoder, version 1: ten domains of clinc150 and eleven of Bitext are found best at 0.08 to 0.16.
_LEAST_LIKENESS: Final = 0.08
_ROUNDS: Final = 200
_CELLS: Final = 200_000_000


def find_themes(clusters: Sequence[NDArray[np.float32]]) -> Labels:
    """Join clusters by average linkage, at a lower height than wordings are joined at.

    What all have in common, the trade they are about, is taken away before: one height fits narrow and wide traffic.

    Args:
        clusters: the vectors of each cluster's wordings, shape (wordings, dimension), unit rows.

    Returns:
        Shape (clusters,); the theme 0, 1, … of each cluster.
    """
    if not clusters:
        return np.empty(0, dtype=np.intp)
    common = np.mean([vectors.mean(axis=0, dtype=np.float64) for vectors in clusters], axis=0)
    sums = np.stack([unit_rows(vectors - common).sum(axis=0) for vectors in clusters])
    return linked(sums, np.array([len(vectors) for vectors in clusters]), _LEAST_LIKENESS)


def positions(middles: Floats) -> Floats:
    """Place clusters on a map so that distances on it are like those between their directions.

    Metric multidimensional scaling by majorisation (SMACOF: de Leeuw 1977), from the principal components.

    Args:
        middles: shape (k, dimension), unit rows.

    Returns:
        Shape (k, 2), in [-1, 1].
    """
    count = len(middles)
    if count < 2:
        return np.zeros((count, 2))
    wanted = np.sqrt(np.maximum(2 - 2 * middles @ middles.T, 0))
    centred = middles - middles.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)
    places = centred @ directions[:, -1:-3:-1]
    for _ in range(max(10, min(_ROUNDS, _CELLS // count**2))):
        squares = (places**2).sum(axis=1)
        apart = np.sqrt(np.maximum(squares[:, None] + squares - 2 * places @ places.T, 0))
        pull = np.divide(wanted, apart, out=np.zeros_like(wanted), where=apart > 1e-9)
        places = (pull.sum(axis=1)[:, None] * places - pull @ places) / count
    places -= places.mean(axis=0)
    placed: Floats = places / max(np.abs(places).max(), 1e-9)
    return placed
