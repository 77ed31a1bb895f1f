"""Head and directions fitted on some texts, and what they say about sentences they haven't seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nlp_service.contracts import Encoder, Ngrams, Vectors
from nlp_service.heads import Head, softmax
from nlp_service.lexicon import Lexicon
from nlp_service.tasks.reasons import OUT_OF_SCOPE
from nlp_service.tasks.reasons.prototypes import NAME_WEIGHT, Centres, Prototypes, direction, texts_of, unit
from nlp_service.taxonomy import Taxonomy
from training import lexicon
from training.head import BATCH, FOLDS, MIN_PROBABILITY, Bags, Recipe, fit, sharpen
from training.lexicon import Words
from training.reasons.rows import Row, coarse_labels
from training.texts import bags_of, first_alike, sentence_ngrams, words_of
from training.vectors import encode_texts

LEAST_STEPS = 1000
"""Of a head's fit, however few texts there are."""
FEW = 5
"""With more labelled texts than these a code's name counts less and less beside them."""
NAMES_BEHIND = 4
"""A small tree's centre of names leans on the centre of messages as if it were this many names."""
TRUST_SCALE = 20.0
LEXICON_DECAY = 1e-3
NGRAMS = 12_000
RARE = 2
SHARES = (0.0, 0.25, 0.5)
"""Of the lexicon beside the head: the one that is right most often on held-out texts is taken."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Material:
    """Everything there is to learn from, as vectors.

    Attributes:
        codes: of the tree, in the order of all results; labels are these and, if there are such texts, `OUT_OF_SCOPE`.
        coarse: labels that say no more of a text than that it is about one of these codes.
        row_codes: of each text.
        twins: row of the first text that the encoder reads alike, shape (texts,): what was learned of a text's twin
            says nothing about texts that haven't been seen.
        ngrams: of each sentence of `bags`.
        named: vectors of each code's names, shape (names, dimension) each.
    """

    codes: Sequence[str]
    labels: Sequence[str]
    coarse: Mapping[str, Sequence[str]]
    row_codes: NDArray[np.str_]
    twins: NDArray[np.int64]
    bags: Bags
    words: Words
    ngrams: Sequence[Ngrams]
    named: Sequence[Vectors]
    centres: Centres

    @classmethod
    def of(cls, encoder: Encoder, tree: Taxonomy, codes: Sequence[str], rows: Sequence[Row]) -> "Material":
        row_codes = np.array([row.code for row in rows])
        labels = [*codes, OUT_OF_SCOPE] if OUT_OF_SCOPE in row_codes else list(codes)
        column = {code: number for number, code in enumerate(labels)}
        coarse = coarse_labels(tree, rows)
        meant = np.eye(len(labels), dtype=np.float32)
        for code, below in coarse.items():
            meant[column[code], [column[leaf] for leaf in below]] = 1
        targets = meant[[column[code] for code in row_codes]]
        weights = np.array([row.weight for row in rows], dtype=np.float32)
        texts = [row.text for row in rows]
        bags = bags_of(encoder, texts, targets, weights)
        words = Words(words_of(texts), targets, np.ones_like(targets), weights)
        named = _named(encoder, tree, codes)
        messages = bags.vectors.mean(axis=0)
        centres = Centres(messages, names_centre(np.concatenate(named), messages))
        return cls(
            codes, labels, coarse, row_codes, first_alike(texts), bags, words, sentence_ngrams(texts), named, centres
        )


@dataclass(frozen=True)
class Fitted:
    """A head, the lexicon beside it, and the codes' directions."""

    head: Head
    lexicon: Lexicon | None
    prototypes: Prototypes


@dataclass(frozen=True)
class HeldOut:
    """What models say about sentences of texts they weren't fitted on.

    Attributes:
        texts: which of the rows, shape (texts,).
        bag: which of these texts each sentence belongs to, shape (sentences,).
        by_label: of head and lexicon together, shape (sentences, labels).
        cosines: shape (sentences, codes).
        vectors: shape (sentences, dimension).
    """

    texts: NDArray[np.int64]
    bag: NDArray[np.int64]
    by_label: Numbers
    cosines: Numbers
    vectors: Vectors


def names_centre(names: Vectors, messages: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean of a tree's names, shape (names, dimension), leaning on the centre of messages if they are few."""
    centre = (names.sum(axis=0) + NAMES_BEHIND * messages) / (len(names) + NAMES_BEHIND)
    return np.asarray(centre, dtype=np.float32)


def fit_all(material: Material, recipe: Recipe, share: float, chosen: NDArray[np.bool_] | None = None) -> Fitted:
    """Fit on the chosen texts, shape (texts,); on all if not given.

    Args:
        share: of the lexicon beside the head; without one if 0.
    """
    chosen = np.ones(len(material.row_codes), dtype=bool) if chosen is None else chosen
    _begin(recipe, f"final model: {chosen.sum()} texts")
    head = sharpen(_head(material, recipe, chosen), 1 / (1 - share))
    beside = lexicon.scaled(_lexicon(material, chosen), share) if share else None
    return Fitted(head, beside, _chosen_prototypes(material, recipe, chosen))


def cross_validate(
    material: Material, recipe: Recipe, judged: NDArray[np.bool_], trained: NDArray[np.bool_]
) -> tuple[HeldOut, float]:
    """What models fitted on the other texts say about the judged ones, and the lexicon's best share in it.

    Texts to be judged that aren't to be trained on are judged by one model of all the others; the rest by folds. No
    model has learned from a twin of what it judges.

    Args:
        judged: shape (texts,). trained: shape (texts,).
    """
    drawn = np.random.default_rng(recipe.seed).integers(0, FOLDS, len(judged))
    folds = np.where(judged & trained, drawn[material.twins], -1)
    asked = [part for part in (judged & ~trained, *(folds == fold for fold in range(FOLDS))) if part.any()]
    parts = []
    for number, part in enumerate(asked, start=1):
        _begin(recipe, f"cross-validation: model {number} of {len(asked)}, for {part.sum()} of {judged.sum()} texts")
        parts.append(_ask(material, recipe, trained & ~part, part))
    texts, sizes = np.concatenate([part.texts for part in parts]), np.cumsum([0, *(len(part.texts) for part in parts)])
    bag = np.concatenate([part.bag + offset for part, offset in zip(parts, sizes[:-1], strict=True)])
    logits = {share: np.concatenate([part.logits(share) for part in parts]) for share in SHARES}
    share = max(SHARES, key=lambda share: (_right(material, texts, bag, logits[share]), -share))
    vectors = np.concatenate([part.vectors for part in parts])
    cosines = np.concatenate([part.cosines for part in parts])
    return HeldOut(texts, bag, softmax(logits[share]), cosines, vectors), share


@dataclass(frozen=True)
class _Asked:
    """Of the sentences of texts that were held out: `HeldOut`, with the logits of head and lexicon apart."""

    texts: NDArray[np.int64]
    bag: NDArray[np.int64]
    by_head: Numbers
    by_words: Numbers
    cosines: Numbers
    vectors: Vectors

    def logits(self, share: float) -> Numbers:
        return (1 - share) * self.by_head + share * self.by_words


def _ask(material: Material, recipe: Recipe, trained: NDArray[np.bool_], asked: NDArray[np.bool_]) -> _Asked:
    trained = trained & ~np.isin(material.twins, material.twins[asked])
    bags = material.bags.select(asked)
    ngrams = [part for part, owner in zip(material.ngrams, material.bags.bag, strict=True) if asked[owner]]
    return _Asked(
        np.flatnonzero(asked),
        bags.bag,
        _head(material, recipe, trained).logits(bags.vectors),
        _lexicon(material, trained).logits(ngrams).astype(np.float64),
        _chosen_prototypes(material, recipe, trained).cosines(bags.vectors),
        bags.vectors,
    )


def _begin(recipe: Recipe, step: str) -> None:
    if recipe.progress:
        recipe.progress.begin(step)


def _right(material: Material, texts: NDArray[np.int64], bag: NDArray[np.int64], logits: Numbers) -> int:
    """How many of the texts that have a code get it, by the mean of their sentences."""
    of_texts = np.zeros((len(texts), len(material.labels)))
    np.add.at(of_texts, bag, np.log(np.maximum(softmax(logits), MIN_PROBABILITY)))
    right = material.bags.targets[texts, of_texts.argmax(axis=1)] > 0
    return int((right & (material.row_codes[texts] != OUT_OF_SCOPE)).sum())


def _head(material: Material, recipe: Recipe, chosen: NDArray[np.bool_]) -> Head:
    bags = material.bags.select(chosen)
    steps = -(-len(bags.targets) // BATCH)
    return fit(material.labels, bags, replace(recipe, epochs=max(recipe.epochs, -(-LEAST_STEPS // steps))))


def _lexicon(material: Material, chosen: NDArray[np.bool_]) -> Lexicon:
    return lexicon.fit(material.words.select(chosen), decay=LEXICON_DECAY, most=NGRAMS, rare=RARE)


def _chosen_prototypes(material: Material, recipe: Recipe, chosen: NDArray[np.bool_]) -> Prototypes:
    return _prototypes(material, material.bags.select(chosen), material.row_codes[chosen], recipe.robustness > 0)


def _prototypes(material: Material, bags: Bags, codes: NDArray[np.str_], are_noisy: bool) -> Prototypes:
    """Each code's direction from its names and texts.

    Where labels may be wrong, a text counts by the probability that plain means give its label (one step of
    expectation maximisation).
    """
    vectors = unit(bags.vectors - material.centres.messages)
    owner = np.array([material.codes.index(code) if code in material.codes else -1 for code in codes])[bags.bag]
    weights = bags.share * bags.weights[bags.bag]
    plain = _directions(material, vectors, owner, weights)
    if are_noisy:
        strength = np.exp(TRUST_SCALE * (vectors @ plain.T).astype(np.float64))
        trust = strength[np.arange(len(owner)), owner] / strength.sum(axis=1)
        plain = _directions(material, vectors, owner, weights * trust)
    return Prototypes(material.centres.messages, plain)


def _directions(
    material: Material, vectors: Vectors, owner: NDArray[np.int64], weights: NDArray[np.floating]
) -> NDArray[np.float32]:
    sums = np.zeros((len(material.codes), vectors.shape[1]))
    inside = owner >= 0
    np.add.at(sums, owner[inside], vectors[inside] * weights[inside, None])
    count = np.bincount(owner[inside], minlength=len(material.codes))
    nothing = vectors[:0]
    names = np.array([direction(part, nothing, material.centres) for part in material.named])
    share = np.where(count > 0, NAME_WEIGHT * FEW / np.maximum(count, FEW), 1.0)
    return unit(unit(sums.astype(np.float32)) * (count > 0)[:, None] + share[:, None].astype(np.float32) * names)


def _named(encoder: Encoder, tree: Taxonomy, codes: Sequence[str]) -> list[Vectors]:
    """The vectors of each code's name and description."""
    texts = [texts_of(tree.node(code), tree)[0] for code in codes]
    vectors = encode_texts(encoder, [text for part in texts for text in part])
    return np.split(vectors, np.cumsum([len(part) for part in texts])[:-1])
