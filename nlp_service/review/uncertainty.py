"""How unsure the model is of a text's contact reason."""

from collections import defaultdict

from nlp_service.contracts import ContactReason
from nlp_service.taxonomy import Taxonomy
from nlp_service.text import prepare, split_sentences

TOP_K = 20
"""Codes to ask for beside the chosen one: with 164 codes they hold nearly all of the probability."""
MAX_PART_CHARACTERS = 120
"""Four bytes each are fewer tokens than any encoder here reads."""


def uncertainty(reason: ContactReason, taxonomy: Taxonomy) -> float:
    """How unsure an answer with `TOP_K` alternatives is, in [0, 1].

    One minus the margin of the best over the second best node (Scheffer, Decomain & Wrobel, IDA 2001), averaged over
    the levels of the tree: siblings taken for each other count for less than branches.
    """
    if reason.skipped:
        return 0.0
    distribution = _distribution(reason)
    rest = max(0.0, 1 - sum(distribution.values()))  # out of scope, and codes that are hardly likely
    doubts = []
    for level in range(1, taxonomy.depth + 1):
        nodes: dict[str, float] = defaultdict(float)
        for code, probability in distribution.items():
            path = taxonomy.path(code)
            nodes[path[min(level, len(path)) - 1].code] += probability
        best, second, *_ = sorted([*nodes.values(), rest, 0.0], reverse=True)
        doubts.append(1 - (best - second))
    return min(1.0, max(0.0, round(sum(doubts) / len(doubts), 4)))


def telling_part(text: str, reason: ContactReason) -> str:
    """The sentence that the reason rests on most, or else the longest; prepared, at most `MAX_PART_CHARACTERS`."""
    if reason.evidence:
        strongest = max(reason.evidence, key=lambda evidence: evidence.weight)
        sentence = text[strongest.start : strongest.end]
    else:
        sentence = max((text[span.start : span.end] for span in split_sentences(text)), key=len, default="")
    return prepare(sentence)[:MAX_PART_CHARACTERS]


def _distribution(reason: ContactReason) -> dict[str, float]:
    """Probability of each code that the answer names."""
    codes = {node.code: node.probability for node in reason.alternatives}
    if reason.status == "tagged":
        codes[reason.path[-1].code] = reason.path[-1].probability
    return codes
