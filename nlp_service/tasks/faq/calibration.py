"""From an entry's score to the probability that it answers the question."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nlp_service.artifact import Artifact
from nlp_service.errors import ArtifactError
from nlp_service.tasks.faq.scoring import BACKGROUNDS, Numbers, Scoring, best_and_rival, features

BACKGROUND_FILE = "background.safetensors"
WORDINGS_FILE = "wordings.safetensors"
"""The vectors of the sample knowledge base's wordings, so that starting with it needn't encode them."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic model over `scoring.features`, fitted by `training.faq`.

    Attributes:
        score_weight, lead_weight, intercept: of the log-odds that an entry is the right one; the weights aren't
            negative, so a higher score never means a lower probability.
        threshold: lowest probability at which the best entry is suggested.
        encoder: digest of the encoder whose vectors it was fitted on.
    """

    scoring: Scoring
    score_weight: float
    lead_weight: float
    intercept: float
    threshold: float
    encoder: str

    @classmethod
    def from_artifact(cls, artifact: Artifact) -> "Calibration":
        """Read an artefact of kind `faq`.

        Raises:
            ArtifactError: if its configuration or its background vectors aren't what this version reads.
        """
        tensors = artifact.tensors(BACKGROUND_FILE)
        if any(name not in tensors or tensors[name].ndim != 1 for name in BACKGROUNDS):
            raise ArtifactError(
                f"{artifact.folder}: {BACKGROUND_FILE} needs one vector each for {', '.join(BACKGROUNDS)}"
            )
        try:
            return cls(
                scoring=Scoring(
                    backgrounds={name: tensors[name] for name in BACKGROUNDS},
                    centroid_weight=_number(artifact.config, "centroid_weight", 0.0, 1.0),
                ),
                score_weight=_number(artifact.config, "score_weight", 0.0),
                lead_weight=_number(artifact.config, "lead_weight", 0.0),
                intercept=_number(artifact.config, "intercept"),
                threshold=_number(artifact.config, "threshold", 0.0, 1.0),
                encoder=str(artifact.config.get("encoder", "")),
            )
        except ValueError as error:
            raise ArtifactError(f"{artifact.folder}: {error}") from None

    def probabilities(self, scores: Numbers) -> Numbers:
        """Probability of each entry to be the right one, shape (entries,), in [0, 1]; they needn't add up to 1."""
        weights = np.array([self.score_weight, self.lead_weight])
        odds = (features(scores) * weights).sum(axis=1) + self.intercept
        return np.asarray(1 / (1 + np.exp(-np.clip(odds, -60, 60))))

    def best(self, scores: Numbers) -> float:
        """The highest of them, which is that of the highest score, without the others."""
        score, rival = best_and_rival(scores)
        odds = score * self.score_weight + (score - rival) * self.lead_weight + self.intercept
        return 1 / (1 + math.exp(-min(max(odds, -60.0), 60.0)))


def _number(config: Mapping[str, Any], name: str, low: float = -np.inf, high: float = np.inf) -> float:
    value = config.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ValueError(f"config: '{name}' must be a number from {low:g} to {high:g}")
    return float(value)
