"""A conversation's main contact reason, the others, and the sentences they rest on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nlp_service.contracts import ContactReason, Evidence
from nlp_service.tasks.reasons.tree import Distribution, Tree
from nlp_service.text_head import READ_WHOLE

MAX_REASONS = 3
MAX_EVIDENCE = 3
MIN_SHARE = 0.15
"""A further reason needs this share of the vote: one stray sentence of a long conversation isn't a contact reason."""
LEAST_POOLED = 0.4
"""Least probability of a node that several sentences speak for: thresholds come from single messages, and a mean of
many that hardly agree clears them too easily."""
WHOLE_SHARE = 0.7
"""Of a text's reading in one piece beside that of its sentences; less if only a part of it is read so. Of 0, 0.3, 0.5,
0.7 and 1, on messages to trees that are known by their names alone, the best but for 1, which would leave sentences no
say."""
CERTAIN, SAYS_LITTLE = 0.95, 0.1
"""A sentence that may say less than others, as a statement, speaks for a reason of its own and for scope if its reason
is as probable as that; a greeting, which may say next to nothing, never."""
SHARPNESS = 2
"""Votes go with this power of a sentence's certainty, so that one clear statement outweighs many vague ones."""
LATER = 0.6
"""What a turn's vote for the main reason counts beside that of the turn before: people say first why they have come,
then talk about what the agent asks, offers and explains (chosen on 371 retail chats whose main reason was known)."""


@dataclass(frozen=True, slots=True)
class ReasonedSentence:
    """Where a customer's sentence is, and how much it may say about the contact reason.

    Attributes:
        weight: in [0, 1]; little for a greeting.
    """

    turn: int
    start: int
    end: int
    weight: float


def document_reasons(
    sentences: Sequence[ReasonedSentence],
    probabilities: NDArray[np.float64],
    tree: Tree,
    *,
    language: str,
    top_k: int,
    whole: Distribution | None = None,
) -> list[ContactReason]:
    """The contact reasons of one document, the main one first, each with its evidence.

    A further reason needs a sentence of its own that states it, early or late, and may say as much as any other or
    leaves no doubt.

    Args:
        sentences: the customer's, at least one.
        probabilities: of `ReasonClassifier.classify`, shape (sentences, codes).
        whole: the same of all in one piece, if it was read so; shape (codes,).
    """
    weights = np.array([sentence.weight for sentence in sentences])
    _, votes = pool(probabilities, weights, tree.is_small_talk)
    pooled, first_come = pool(probabilities, weights, tree.is_small_talk, _earliness(sentences))
    if whole is not None:
        share = WHOLE_SHARE * min(1.0, READ_WHOLE / sum(sentence.end - sentence.start for sentence in sentences))
        pooled = share * whole + (1 - share) * pooled
    at_least = LEAST_POOLED if (weights == weights.max()).sum() > 1 else 0.0
    main = tree.decide(pooled, language=language, top_k=top_k, at_least=at_least)
    stated = [
        code if speaking else None
        for code, speaking in zip(
            tree.sure_of_each(probabilities), _speaks(weights, probabilities).tolist(), strict=True
        )
    ]
    shares: dict[str, float] = {}
    for code, vote in zip(stated, votes, strict=True):
        if code is not None and (main.code is None or not _is_same_branch(tree, code, main.code)):
            shares[code] = shares.get(code, 0.0) + float(vote)
    further = [code for code in sorted(shares, key=lambda code: (-shares[code], code)) if shares[code] >= MIN_SHARE]
    reasons = [_with_evidence(main, sentences, probabilities, first_come, tree)]
    for code in further:
        rows = [row for row, other in enumerate(stated) if other == code]
        mean = votes[rows] @ probabilities[rows] / votes[rows].sum()
        reason = tree.decide(mean, language=language, top_k=top_k)
        listed = [known.code for known in reasons if known.code is not None]
        if len(reasons) < MAX_REASONS and not any(_is_same_branch(tree, reason.code or code, one) for one in listed):
            reasons.append(_with_evidence(reason, sentences, probabilities, votes, tree))
    return reasons


def pool(
    sentences: NDArray[np.float64],
    weights: NDArray[np.float64],
    is_small_talk: NDArray[np.bool_],
    earliness: NDArray[np.float64] | float = 1.0,
) -> tuple[Distribution, NDArray[np.float64]]:
    """One distribution for a text from those of its sentences.

    One sentence within scope is enough for the text to be: small talk around it doesn't push it out.

    Args:
        sentences: shape (sentences, codes), at least one.
        weights: shape (sentences,): how much each may say.
        is_small_talk: of each code, shape (codes,).
        earliness: factor on each sentence's vote, shape (sentences,).

    Returns:
        The distribution, and each sentence's share of the vote, shape (sentences,).
    """
    certainty = sentences.max(axis=1, initial=0.0)
    votes = weights * earliness * certainty**SHARPNESS * (1 - sentences @ is_small_talk.astype(np.float64))
    votes = votes / votes.sum() if votes.sum() > 0 else np.full(len(votes), 1 / len(votes))
    within_scope = float(sentences.sum(axis=1)[_speaks(weights, sentences)].max())
    pooled: Distribution = votes @ sentences
    return (pooled / pooled.sum() * within_scope if pooled.sum() > 0 else pooled), votes


def _speaks(weights: NDArray[np.float64], sentences: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which sentences speak for themselves, shape (sentences,)."""
    leaves_no_doubt = sentences.max(axis=1, initial=0.0) >= CERTAIN
    speaks: NDArray[np.bool_] = (weights == weights.max()) | ((weights >= SAYS_LITTLE) & leaves_no_doubt)
    return speaks


def _earliness(sentences: Sequence[ReasonedSentence]) -> NDArray[np.float64]:
    """`LATER` to the power of the turns in which the customer spoke before, shape (sentences,)."""
    turns = np.array([sentence.turn for sentence in sentences])
    before = np.unique(turns, return_inverse=True)[1].astype(np.float64)
    factors: NDArray[np.float64] = np.power(LATER, before)
    return factors


def _with_evidence(
    reason: ContactReason,
    sentences: Sequence[ReasonedSentence],
    probabilities: NDArray[np.float64],
    votes: NDArray[np.float64],
    tree: Tree,
) -> ContactReason:
    """The reason with the sentences that it rests on most, in order; a weight is a share of the reason's own vote."""
    if reason.code is None:
        return reason
    support = votes * tree.probability(reason.code, probabilities)
    if support.sum() == 0:
        return reason
    weights = support / support.sum()
    strongest = sorted(np.argsort(-weights, kind="stable")[:MAX_EVIDENCE])
    least = min(1 / (2 * MAX_EVIDENCE), float(weights.max()))
    evidence = [
        Evidence(sentences[row].turn, sentences[row].start, sentences[row].end, round(float(weights[row]), 6))
        for row in strongest
        if weights[row] >= least
    ]
    return replace(reason, evidence=evidence)


def _is_same_branch(tree: Tree, code: str, other: str) -> bool:
    """Whether one of the two nodes is, or lies below, the other."""
    first, second = ({node.code for node in tree.taxonomy.path(name)} for name in (code, other))
    return code in second or other in first
