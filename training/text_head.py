"""Fit what reads texts of several sentences as a whole, and how much it counts beside their sentences."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from evaluation.labelled import Labelled
from evaluation.metrics import expected_calibration_error
from nlp_service.contracts import Encoder
from nlp_service.heads import softmax
from nlp_service.sentence_head import SentenceHead
from nlp_service.text import split_sentences
from nlp_service.text_head import TextHead
from training import lexicon
from training.head import Recipe, fit, sharpen
from training.lexicon import Words
from training.sentence_rows import Source, numbers_of, told_apart, weights_of
from training.texts import bags_of, whole_words_of, wholes_of, words_of

MIN_PROBABILITY = 1e-6
EXPERTS = ("sentences", "head on the whole", "lexicon on the whole")
FIRST_SHARES = (0.5, 0.25, 0.25)
FEWEST = 100
"""Held-out texts from which shares are fitted; with fewer, the first guess stands."""
MOST_SHARE = 4.0


@dataclass(frozen=True)
class HeldOut:
    """Held-out texts of several sentences, and what each expert says of them.

    Attributes:
        logits: shape (experts, texts, labels). given: columns of the labels, shape (texts,).
        considered: shape (texts, labels). weights: shape (texts,); those of a source add up to 1.
        source: the name of each text's source.
    """

    logits: NDArray[np.float64]
    given: NDArray[np.int64]
    considered: NDArray[np.float32]
    weights: NDArray[np.float64]
    source: list[str]

    def probabilities(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of all experts together, shape (texts, labels), among the labels that the source can tell apart."""
        logits = np.tensordot(shares, self.logits, axes=1) + np.where(self.considered > 0, 0, -np.inf)
        return softmax(logits)

    def shares(self, chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        """The experts' exponents of least cross-entropy on some texts, none below 0; shape (experts,)."""
        if chosen.sum() < FEWEST:
            return np.array(FIRST_SHARES)
        rows = np.flatnonzero(chosen)

        def loss(shares: NDArray[np.float64]) -> float:
            right = self.probabilities(shares)[rows, self.given[rows]]
            return float(-(self.weights[rows] * np.log(np.maximum(right, MIN_PROBABILITY))).sum())

        bounds = [(0.0, MOST_SHARE)] * len(EXPERTS)
        found: NDArray[np.float64] = minimize(loss, np.array(FIRST_SHARES), method="L-BFGS-B", bounds=bounds).x
        return found


def fit_text_head(
    labels: Sequence[str],
    sources: Sequence[Source],
    sentence_head: SentenceHead,
    encoder: Encoder,
    recipe: Recipe,
    options: argparse.Namespace,
) -> tuple[TextHead, dict[str, Any]]:
    """Fit it, and the figures of held-out texts of several sentences.

    Args:
        sources: texts and held-out texts.
        sentence_head: finished, with its temperature.
        options: `lexicon_decay` and `ngrams` of the lexicon, `rows` that the head sees of a source.
    """
    rows = [row for source in sources for row in source.rows]
    targets = _targets(labels, rows)
    considered = np.concatenate([np.tile(told_apart(source, labels), (len(source.rows), 1)) for source in sources])
    weights = np.concatenate([weights_of(source) for source in sources])
    chosen = np.concatenate([np.arange(len(source.rows)) < options.rows for source in sources])
    texts = [row.text for row in rows]
    some = [texts[row] for row in np.flatnonzero(chosen)]
    wholes = wholes_of(encoder, some, targets[chosen], weights[chosen], considered[chosen])
    head = fit(labels, replace(wholes, source=numbers_of(sources)[chosen]), recipe)
    seen = Words(whole_words_of(texts), targets, considered, weights)
    words = lexicon.fit(seen, decay=options.lexicon_decay, most=options.ngrams)
    held_out = _held_out(labels, sources, sentence_head, SentenceHead(head, words), encoder)
    everything = np.ones(len(held_out.given), dtype=bool)
    sentences, by_head, by_words = held_out.shares(everything).tolist()
    whole = SentenceHead(sharpen(head, 1 / max(by_head, MIN_PROBABILITY)), lexicon.scaled(words, by_words))
    figures = dict(zip((f"share of {name}" for name in EXPERTS), (sentences, by_head, by_words), strict=True))
    return TextHead(whole, sentences), figures | _figures(held_out)


def _held_out(
    labels: Sequence[str],
    sources: Sequence[Source],
    sentence_head: SentenceHead,
    whole: SentenceHead,
    encoder: Encoder,
) -> HeldOut:
    kept = [[row for row in source.held_out if len(split_sentences(row.text)) > 1] for source in sources]
    rows = [row for some in kept for row in some]
    if not rows:
        nothing = np.zeros((0, len(labels)))
        return HeldOut(
            np.zeros((len(EXPERTS), *nothing.shape)),
            np.zeros(0, dtype=np.int64),
            nothing.astype(np.float32),
            np.zeros(0),
            [],
        )
    texts, targets = [row.text for row in rows], _targets(labels, rows)
    considered = np.concatenate(
        [np.tile(told_apart(source, labels), (len(some), 1)) for source, some in zip(sources, kept, strict=True)]
    )
    ones = np.ones(len(rows), dtype=np.float32)
    bags = bags_of(encoder, texts, targets, ones)
    pooled = bags.pool(sentence_head.head.probabilities(bags.vectors))
    vectors = wholes_of(encoder, texts, targets, ones, considered).vectors
    logits = np.stack(
        [
            np.log(np.maximum(pooled, MIN_PROBABILITY))
            + lexicon.log_probabilities(sentence_head.lexicon, words_of(texts)),
            np.log(np.maximum(whole.head.probabilities(vectors), MIN_PROBABILITY)),
            lexicon.log_probabilities(whole.lexicon, whole_words_of(texts)),
        ]
    )
    return HeldOut(
        logits,
        targets.argmax(axis=1),
        considered,
        np.concatenate([np.full(len(some), 1 / max(1, len(some))) for some in kept]),
        [source.path.name for source, some in zip(sources, kept, strict=True) for _ in some],
    )


def _figures(held_out: HeldOut) -> dict[str, Any]:
    """By source: accuracy of the sentences alone and of all together, shares fitted on the other half of the texts."""
    half = np.random.default_rng(0).permutation(len(held_out.given)) % 2 == 0
    together = np.zeros(held_out.logits.shape[1:])
    for part in (half, ~half):
        together[part] = held_out.probabilities(held_out.shares(~part))[part]
    alone = held_out.probabilities(np.array([1.0, 0.0, 0.0])).argmax(axis=1) == held_out.given
    right = together.argmax(axis=1) == held_out.given
    figures = {}
    for name in dict.fromkeys(held_out.source):
        rows = np.array([source == name for source in held_out.source])
        figures[f"held-out texts of several sentences, {name}"] = {
            "rows": int(rows.sum()),
            "accuracy, sentences alone": float(alone[rows].mean()),
            "accuracy": float(right[rows].mean()),
            "expected_calibration_error": expected_calibration_error(
                together[rows].max(axis=1), right[rows].astype(float)
            ),
        }
    return figures


def _targets(labels: Sequence[str], rows: Sequence[Labelled]) -> NDArray[np.float32]:
    return np.array([[row.label == label for label in labels] for row in rows], dtype=np.float32)
