"""Fit the head that sits on the encoder's vectors (needs the `train` extra: PyTorch).

One text may be several sentences: the head judges sentences, and a text's prediction is the weighted geometric mean of
its sentences' (multiple-instance learning), which is also how the service pools sentiment. So a review's label need not
be true of each of its sentences.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nlp_service.heads import Head, Layer, outputs
from training.progress import Progress

if TYPE_CHECKING:
    import torch

BATCH = 256
FOLDS = 3
WARM_UP = 0.1
MIN_PROBABILITY = 1e-6
GATE_WEIGHT = 0.2
"""Of telling the sources apart, in the loss of a head with experts."""


@dataclass(frozen=True)
class Bags:
    """Texts as bags of sentences.

    Attributes:
        vectors: shape (sentences, dimension).
        bag: which text each sentence belongs to, shape (sentences,), ascending.
        share: each sentence's share of its text, shape (sentences,); the shares of a text add up to 1.
        targets: shape (texts, labels): a row of zeros and ones; more than one 1 means "one of these".
        considered: shape (texts, labels): labels that the text can tell apart (1); the others' probability is left
            out (a review that is positive or negative says nothing about neutral).
        weights: shape (texts,).
        source: number of the source that each text is from, shape (texts,); experts learn them apart.
    """

    vectors: NDArray[np.float32]
    bag: NDArray[np.int64]
    share: NDArray[np.float32]
    targets: NDArray[np.float32]
    considered: NDArray[np.float32]
    weights: NDArray[np.float32]
    source: NDArray[np.int64] | None = None

    def pool(self, sentences: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probabilities of texts from those of their sentences, shape (texts, labels): the weighted geometric mean."""
        logarithms = np.zeros((len(self.targets), sentences.shape[1]))
        np.add.at(logarithms, self.bag, np.log(np.maximum(sentences, MIN_PROBABILITY)) * self.share[:, None])
        pooled = np.exp(logarithms - logarithms.max(axis=1, keepdims=True))
        probabilities: NDArray[np.float64] = pooled / pooled.sum(axis=1, keepdims=True)
        return probabilities

    def select(self, chosen: NDArray[np.bool_]) -> "Bags":
        """The texts where `chosen`, shape (texts,), is true."""
        rows = chosen[self.bag]
        renumbered = np.cumsum(chosen) - 1
        return Bags(
            self.vectors[rows],
            renumbered[self.bag[rows]],
            self.share[rows],
            self.targets[chosen],
            self.considered[chosen],
            self.weights[chosen],
            None if self.source is None else self.source[chosen],
        )


@dataclass(frozen=True)
class Recipe:
    """How to fit.

    Attributes:
        robustness: q of the generalised cross-entropy (Zhang & Sabuncu, NeurIPS 2018): 0 is cross-entropy, towards 1
            wrong labels count less and less.
        decay: AdamW weight decay. dropout: on the input and, if there is one, the hidden layer.
        hidden: width of a hidden layer; 0 for none.
        experts: one for each source of the texts (see `nlp_service.heads.Head`).
        progress: told of every epoch; silent if not given.
    """

    robustness: float = 0.0
    epochs: int = 20
    rate: float = 2e-3
    decay: float = 1.0
    dropout: float = 0.5
    hidden: int = 0
    experts: bool = False
    seed: int = 0
    progress: Progress | None = field(default=None, compare=False)


def fit(labels: Sequence[str], bags: Bags, recipe: Recipe) -> Head:
    """Fit a head; the same input and seed give the same head on the same machine."""
    import torch

    torch.manual_seed(recipe.seed)
    generator = np.random.default_rng(recipe.seed)
    mean, deviation = bags.vectors.mean(axis=0), bags.vectors.std(axis=0) + MIN_PROBABILITY
    vectors = torch.from_numpy((bags.vectors - mean) / deviation)
    source = bags.source if recipe.experts else None
    out = outputs(len(labels), 0 if source is None else int(source.max()) + 1)
    layers = [torch.nn.Linear(vectors.shape[1], recipe.hidden or out)]
    if recipe.hidden:
        layers.append(torch.nn.Linear(recipe.hidden, out))
    steps_between = [
        module for layer in layers for module in (torch.nn.Dropout(recipe.dropout), layer, torch.nn.ReLU())
    ]
    network = torch.nn.Sequential(*steps_between[:-1])
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    texts = len(bags.targets)
    steps = recipe.epochs * -(-texts // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.rate, steps, pct_start=WARM_UP)
    first = np.searchsorted(bags.bag, np.arange(texts + 1))
    for epoch in range(recipe.epochs):
        order, total = generator.permutation(texts), 0.0
        for start in range(0, texts, BATCH):
            loss = _loss(network, vectors, bags, first, order[start : start + BATCH], recipe)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += loss.item()
        if recipe.progress:
            recipe.progress.epoch(epoch + 1, recipe.epochs, total / (steps / recipe.epochs))
    first_layer, *others = [Layer(layer.weight.detach().numpy(), layer.bias.detach().numpy()) for layer in layers]
    weights = (first_layer.weights / deviation).astype(np.float32)
    biases = (first_layer.biases - weights @ mean).astype(np.float32)
    return Head(tuple(labels), (Layer(weights, biases), *others))


def cross_validate(
    labels: Sequence[str],
    bags: Bags,
    measured: NDArray[np.bool_],
    recipe: Recipe,
    drawn: NDArray[np.int64] | None = None,
) -> NDArray[np.float64]:
    """Probabilities of the measured texts by heads that haven't seen them, shape (measured texts, labels).

    Texts that aren't measured are trained on in every fold.

    Args:
        drawn: the fold of each text, shape (texts,); `folds` if not given.
    """
    fold = np.where(measured, folds(len(measured), recipe.seed) if drawn is None else drawn, -1)
    probabilities = np.zeros((len(measured), len(labels)))
    for number in range(FOLDS):
        head = fit(labels, bags.select(fold != number), recipe)
        held_out = bags.select(fold == number)
        probabilities[fold == number] = held_out.pool(head.probabilities(held_out.vectors))
    return probabilities[measured]


def folds(texts: int, seed: int) -> NDArray[np.int64]:
    """The fold that each text is held out in, shape (texts,)."""
    return np.random.default_rng(seed).integers(0, FOLDS, texts)


def _loss(
    network: "torch.nn.Module",
    vectors: "torch.Tensor",
    bags: Bags,
    first: NDArray[np.int64],
    texts: NDArray[np.int64],
    recipe: Recipe,
) -> "torch.Tensor":
    import torch

    sizes = first[texts + 1] - first[texts]
    rows = np.repeat(first[texts] - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
    labels = bags.targets.shape[1]
    found = network(vectors[rows])
    gate, logits = _mixed(found, labels)
    values = torch.cat([logits, gate], dim=1) * torch.from_numpy(bags.share[rows])[:, None]
    if len(rows) > len(texts):
        owner = torch.from_numpy(np.repeat(np.arange(len(texts)), sizes))
        values = torch.zeros(len(texts), values.shape[1]).index_add(0, owner, values)
    pooled = values[:, :labels].softmax(dim=1)
    considered = torch.from_numpy(bags.considered[texts])
    right = (pooled * torch.from_numpy(bags.targets[texts])).sum(dim=1) / (pooled * considered).sum(dim=1)
    right = right.clamp_min(MIN_PROBABILITY)
    robustness = recipe.robustness
    loss = -right.log() if robustness == 0 else (1 - right**robustness) / robustness
    if recipe.experts and bags.source is not None:
        sources = torch.from_numpy(bags.source[texts])
        loss = loss + GATE_WEIGHT * torch.nn.functional.cross_entropy(values[:, labels:], sources, reduction="none")
    weights = torch.from_numpy(bags.weights[texts])
    return (loss * weights).sum() / weights.sum()


def _mixed(values: "torch.Tensor", labels: int) -> tuple["torch.Tensor", "torch.Tensor"]:
    """The gate, shape (rows, experts), and the logits, as `nlp_service.heads.mixed` has them."""
    experts = (values.shape[1] - labels) // (labels + 1)
    logits, gate, additions = values.split([labels, experts, experts * labels], dim=1)
    if not experts:
        return gate, logits
    weighed = gate.softmax(dim=1)[:, :, None] * additions.reshape(len(values), experts, labels)
    return gate, logits + weighed.sum(dim=1)


def sharpen(head: Head, temperature: float) -> Head:
    """Fold a temperature into a head: below 1 makes it surer, above 1 less sure (Guo et al., ICML 2017)."""
    *others, last = head.layers
    by = np.full((len(last.biases), 1), 1 / temperature, dtype=np.float32)
    by[len(head.labels) : len(head.labels) + head.experts] = 1
    cooled = Layer(last.weights * by, last.biases * by[:, 0])
    return Head(head.labels, (*others, cooled))
