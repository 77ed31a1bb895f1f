"""Fit the numbers of `Calibration` and the thresholds on sentences that the models haven't seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp_service.errors import DataError
from nlp_service.tasks.reasons.blending import Calibration, blend, calibrated
from nlp_service.tasks.reasons.documents import pool
from nlp_service.tasks.reasons.levels import Levels
from nlp_service.tasks.reasons.prototypes import direction, unit
from nlp_service.taxonomy import Taxonomy
from training import noise
from training.reasons.fitting import HeldOut, Material

Numbers = NDArray[np.float64]
PRECISIONS = (0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98)
PULLS = (0.0, 2.0, 4.0, 8.0, 12.0, 20.0)
"""Of hundreds of texts a code 0 to 4 is the likeliest; of ten, where directions know more than a head, 12 and 20."""
TEMPERATURES = 0.5 * 5 ** (np.arange(37) / 24)
"""From 0.5 to 5.6: a head that a strong pull outweighs is cooled as far."""
MOST_BIAS = 0.15
MOST_LOSS = 0.003
"""What a code that nobody trained for may cost the others, in accuracy; on other texts than those it was fitted
on, a few parts in ten more or less."""
SHOTS = 5
EPISODES = 40
MOST_PLAYED = 4000
"""Texts on which adding codes is played."""
SLOPE = 20.0
FAR_SHARE = 0.005
"""Without texts that are out of scope, this share of those within lies too far from every code."""
OUT_OF_SCOPE_PRIOR = 0.02
"""Most of what reaches a contact centre has some reason of its tree."""
TINY = 1e-12
NEVER = 1.01
LEAST_SURE = 0.25
"""Least threshold, however low a target allows: a tag that is wrong three times of four helps nobody, however many
others are right, and most texts that are like nothing known are less probable."""


@dataclass(frozen=True)
class Measured:
    """Held-out texts and the code each was given: its column, or -1 for out of scope.

    Attributes:
        coarse: codes that say no more of a text than that it is about one of these; see `rows.coarse_labels`.
    """

    held_out: HeldOut
    given: NDArray[np.int64]
    levels: Levels
    tree: Taxonomy
    codes: Sequence[str]
    are_noisy: bool
    coarse: Mapping[int, Sequence[int]] = field(default_factory=dict)

    def inside(self) -> "Measured":
        """The texts that have a code."""
        keep = self.given >= 0
        rows = keep[self.held_out.bag]
        number = np.cumsum(keep) - 1
        part = self.held_out
        texts = HeldOut(
            part.texts[keep], number[part.bag[rows]], part.by_label[rows], part.cosines[rows], part.vectors[rows]
        )
        return replace(self, held_out=texts, given=self.given[keep])

    def blend(self, calibration: Calibration) -> tuple[Numbers, Numbers]:
        """`blending.blend` of every sentence, all codes known to the head."""
        width = len(self.codes)
        by_label = self.held_out.by_label
        out = by_label[:, width:].sum(axis=1)
        return blend(by_label[:, :width], out, self.held_out.cosines, np.ones(width, dtype=bool), calibration)

    def told_apart(self, texts: Numbers) -> Numbers:
        """Distributions over what labels tell apart: coarse ones have what lies below them, shape (texts, codes)."""
        texts = texts.copy() if self.coarse else texts
        for code, below in self.coarse.items():
            texts[:, code] += texts[:, below].sum(axis=1)
            texts[:, below] = 0
        return texts

    def texts(self, sentences: Numbers) -> Numbers:
        """Distributions of texts from those of their sentences, pooled as the service does; shape (texts, codes)."""
        is_small_talk = np.array([self.tree.is_small_talk(code) for code in self.codes])
        first = np.searchsorted(self.held_out.bag, np.arange(len(self.given) + 1))
        return np.array(
            [
                sentences[start] if end == start + 1
                else pool(sentences[start:end], np.ones(end - start), is_small_talk)[0]
                for start, end in pairwise(first)
            ]
        )  # fmt: skip


def calibrate(
    measured: Measured, material: Material, refusals: float, seed: int
) -> tuple[Calibration, noise.NoiseModel]:
    """Fit every number, one group after the other.

    Args:
        refusals: share of rightly classified texts that may be refused as out of scope.

    Raises:
        DataError: if there are texts out of scope, and none of the others gets its code.
    """
    inside = measured.inside()
    calibration, model = _temperatures(inside)
    calibration = _share_of_new(inside, material, calibration, seed)
    return _scope(measured, calibration, refusals), model


def thresholds(measured: Measured, calibration: Calibration, model: noise.NoiseModel) -> dict[str, list[float]]:
    """For each target precision the least probabilities by level.

    From the deepest level upwards: of the texts that no deeper level has decided, those whose likeliest node clears the
    threshold are right in the target share. No threshold is under `LEAST_SURE`.
    """
    judged = [of_level(measured.inside(), calibration, level) for level in range(1, measured.levels.depth + 1)]
    result: dict[str, list[float]] = {}
    for target in PRECISIONS:
        undecided = np.ones(len(judged[0].right), dtype=bool)
        by_level: list[float] = []
        threshold = NEVER
        for level in reversed(judged):
            if undecided.any():
                threshold = _threshold(level, undecided, target, model)
            undecided &= level.probability < threshold
            by_level.insert(0, round(max(threshold, LEAST_SURE), 4))
        result[f"{target:g}"] = by_level
    return result


@dataclass(frozen=True)
class LevelJudged:
    """The likeliest node of one level for every text.

    Attributes:
        probability: shape (texts,). right: whether the given code is it or lies below it, shape (texts,).
        chance: how often a label drawn at random would make it right.
    """

    probability: Numbers
    right: Numbers
    chance: float


def of_level(measured: Measured, calibration: Calibration, level: int) -> LevelJudged:
    """Judge one level, 1 at the top, on texts that all have a code."""
    sums = measured.levels.sums(final(measured, calibration))
    at = np.flatnonzero(measured.levels.level == level)
    best = sums[:, at].argmax(axis=1)
    lies_below = np.zeros((len(measured.codes), len(measured.levels.nodes)))
    for number, code in enumerate(measured.codes):
        lies_below[number, [measured.levels.row[node.code] for node in measured.tree.path(code)]] = 1
    truth = lies_below[measured.given][:, at]
    rows = np.arange(len(truth))
    return LevelJudged(sums[rows, at[best]], truth[rows, best], float(truth.mean(axis=0)[best].mean()))


def _temperatures(measured: Measured) -> tuple[Calibration, noise.NoiseModel]:
    """Pull and temperatures of the largest likelihood, and the share of wrong labels if labels may be wrong."""
    best: tuple[float, Calibration, noise.NoiseModel, Numbers] | None = None
    for pull in PULLS:
        calibration = Calibration(pull=pull)
        texts = measured.told_apart(measured.texts(measured.blend(calibration)[0]))
        logarithms = np.log(texts + TINY)
        model = noise.fit(logarithms, measured.given) if measured.are_noisy else _clean(logarithms, measured.given)
        score = _likelihood(noise.cool(logarithms, model.temperature), measured.given, model)
        if best is None or score > best[0]:
            best = score, calibration, model, texts
    assert best is not None
    _, calibration, model, texts = best
    temperatures = [model.temperature] * int(measured.levels.level.max())
    labelled = max(len(measured.tree.path(measured.codes[code])) for code in np.unique(measured.given))
    for _ in range(2):
        for level in range(labelled):
            scores = []
            for temperature in TEMPERATURES:
                tried = [*temperatures[:level], float(temperature), *temperatures[level + 1 :]]
                scores.append(_likelihood(measured.levels.temper(texts, tried), measured.given, model))
            temperatures[level] = round(float(TEMPERATURES[int(np.argmax(scores))]), 4)
    return replace(calibration, temperatures=tuple(temperatures)), model


def _share_of_new(measured: Measured, material: Material, calibration: Calibration, seed: int) -> Calibration:
    """Play at adding a code: one at a time is hidden from the head and known by its name and a few of its texts only.

    Its bias is the largest at which the others lose at most `MOST_LOSS`, on average over the codes played.
    """
    generator = np.random.default_rng(seed)
    width = len(measured.codes)
    held_out, first = measured.held_out, np.searchsorted(measured.held_out.bag, np.arange(len(measured.given)))
    single = np.bincount(held_out.bag, minlength=len(measured.given)) == 1
    chosen = generator.permutation(np.flatnonzero(single))[:MOST_PLAYED]
    rows, given = first[chosen], measured.given[chosen]
    cosines, vectors = held_out.cosines[rows], held_out.vectors[rows]
    seen = np.flatnonzero(np.bincount(given, minlength=width) > SHOTS)
    if not len(seen) or len(np.unique(given)) == 1:
        return calibration
    by_head = measured.told_apart(held_out.by_label[rows, :width] * np.exp(calibration.pull * cosines))
    strength = np.exp(calibration.scale * cosines)
    needed, cost = [], []
    played = generator.permutation(seen)[:EPISODES]
    for code in played:
        # People give typical examples: of the texts nearest to the code's direction, a few by chance.
        own = np.flatnonzero(given == code)
        near = own[np.argsort(-cosines[own, code], kind="stable")[: max(SHOTS, len(own) // 2)]]
        shots = generator.permutation(near)[:SHOTS]
        added = direction(material.named[code], vectors[shots], material.centres)
        others = by_head * (np.arange(width) != code)
        right = np.flatnonzero(others.argmax(axis=1) == given)
        best = others[right].max(axis=1) / others[right].sum(axis=1)
        against = strength[right].sum(axis=1) - strength[right, code]
        # From this bias on the added code is likelier than the one that is right (`blend`).
        likeness = unit(vectors[right] - material.centres.messages) @ added
        needed.append(np.log(best * against) / calibration.scale - likeness)
        cost.append(np.full(len(right), 1 / (given != code).sum() / len(played)))
    biases = np.concatenate(needed)
    order = np.argsort(biases)
    last = int(np.searchsorted(np.cumsum(np.concatenate(cost)[order]), MOST_LOSS, side="right"))
    bias = min(MOST_BIAS, float(biases[order[last]])) if last < len(order) else MOST_BIAS
    return replace(calibration, bias=floor(bias * 1e4) / 1e4)


def _scope(measured: Measured, calibration: Calibration, refusals: float) -> Calibration:
    """Log-odds of being within scope from the nearest code's cosine and the head's own odds.

    Raises:
        DataError: if there are texts out of scope, and none of the others gets its code.
    """
    plain = replace(calibration, nearest=0.0, odds=1.0, scope=0.0)
    cosines = _largest(measured, measured.held_out.cosines.max(axis=1))
    is_inside = measured.given >= 0
    if is_inside.all():
        limit = float(np.quantile(cosines, FAR_SHARE))
        return replace(calibration, nearest=SLOPE, odds=0.0, scope=-SLOPE * limit, in_scope=0.5)
    from sklearn.linear_model import LogisticRegression

    features = np.stack([cosines, _largest(measured, measured.blend(plain)[1])], axis=1)
    weights = np.where(
        is_inside, 1 / is_inside.sum(), OUT_OF_SCOPE_PRIOR / (1 - OUT_OF_SCOPE_PRIOR) / (~is_inside).sum()
    )
    fitted = LogisticRegression(C=1e3, max_iter=1000).fit(features, is_inside, sample_weight=weights * len(features))
    nearest, odds = (max(0.0, float(weight)) for weight in fitted.coef_[0])
    log_odds = features @ np.array([nearest, odds]) + float(fitted.intercept_[0])
    texts = measured.told_apart(measured.texts(measured.blend(calibration)[0]))
    right = is_inside & (texts.argmax(axis=1) == measured.given)
    if not right.any():
        raise DataError(
            f"none of the {is_inside.sum()} texts to calibrate on gets its code from models that haven't seen it: too "
            "few texts, or labels that have nothing to do with them"
        )
    limit = float(np.quantile(1 / (1 + np.exp(-log_odds[right])), refusals))
    return replace(
        calibration,
        nearest=nearest,
        odds=odds,
        usual=float(np.median(features[right, 1])),
        scope=float(fitted.intercept_[0]),
        in_scope=floor(limit * 1e6) / 1e6,  # never more than the texts have
    )


def _largest(measured: Measured, sentences: Numbers) -> Numbers:
    """Of each text the largest value of its sentences, shape (texts,)."""
    largest = np.full(len(measured.given), -np.inf)
    np.maximum.at(largest, measured.held_out.bag, sentences)
    return largest


def _threshold(level: LevelJudged, undecided: NDArray[np.bool_], target: float, model: noise.NoiseModel) -> float:
    """The least probability from which on the share of right ones is the target; above 1 if there is none."""
    probability, right = level.probability[undecided], level.right[undecided]
    order = np.argsort(-probability, kind="stable")
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    precision = (share - model.noise_rate * level.chance) / (1 - model.noise_rate)
    enough = np.flatnonzero(precision >= target)
    return float(probability[order[enough[-1]]]) if len(enough) else NEVER


def _likelihood(texts: Numbers, given: NDArray[np.int64], model: noise.NoiseModel) -> float:
    prior = np.bincount(given, minlength=texts.shape[1]) / len(given)
    right = texts[np.arange(len(given)), given]
    return float(np.log((1 - model.noise_rate) * right + model.noise_rate * prior[given] + TINY).mean())


def _clean(logarithms: Numbers, given: NDArray[np.int64]) -> noise.NoiseModel:
    """The temperature of the largest likelihood if every label is right."""
    right = np.arange(len(given))
    scores = [np.log(noise.cool(logarithms, t)[right, given] + TINY).mean() for t in noise.TEMPERATURES]
    return noise.NoiseModel(float(noise.TEMPERATURES[int(np.argmax(scores))]), 0.0)


def scope_figures(measured: Measured, calibration: Calibration) -> dict[str, Any]:
    """What the decision about scope does to texts with a code and to those without."""
    probability = final(measured, calibration).sum(axis=1)
    refused, is_inside = probability < calibration.in_scope, measured.given >= 0
    return {
        "texts with a code refused": float(refused[is_inside].mean()),
        "texts out of scope refused": float(refused[~is_inside].mean()) if (~is_inside).any() else None,
    }


def final(measured: Measured, calibration: Calibration) -> Numbers:
    """Calibrated distributions of the texts over what labels tell apart, shape (texts, codes)."""
    distributions, odds = measured.blend(calibration)
    return measured.told_apart(measured.texts(calibrated(distributions, odds, measured.levels, calibration)))
