"""The wordings that stand for a cluster: few, and together in its middle."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from nlp_service.tasks.questions.wording.repeats import Group, unit_rows

MOST_WORDINGS: Final = 8
LONGEST_WORDING: Final = 2_000
# The half of the questions that is nearest to the centroid: what is shown to people should be typical.
_TYPICAL: Final = 0.5


def wordings(groups: Sequence[Group]) -> list[str]:
    """Return up to eight typical wordings of a cluster as sent, the most central first.

    They are chosen one by one, each so that the mean of the chosen ones' vectors comes nearest to the centroid
    (herding, Welling 2009): they differ from each other, and what is near to their mean is near to the cluster.

    Args:
        groups: of the cluster, at least one.

    Returns:
        At least one wording, unless all have more than 2,000 characters.
    """
    vectors = np.stack([group.vector for group in groups]).astype(np.float64)
    centroid = unit_rows(np.array([group.size for group in groups]) @ vectors)
    cosines = vectors @ centroid
    fitting = [index for index, group in enumerate(groups) if len(group.text) <= LONGEST_WORDING]
    typical = sorted(fitting, key=lambda index: (-cosines[index], groups[index].key))
    typical = typical[: max(MOST_WORDINGS, round(_TYPICAL * len(typical)))]
    chosen: list[int] = []
    total = np.zeros_like(centroid)
    while typical and len(chosen) < MOST_WORDINGS:
        nearness = unit_rows(total + vectors[typical]) @ centroid
        best = typical.pop(int(nearness.argmax()))
        chosen.append(best)
        total += vectors[best]
    return [groups[index].text for index in sorted(chosen, key=lambda index: (-cosines[index], groups[index].key))]
