"""What a batch's vectors are compared with. All vectors have unit length; every function returns a mean loss."""

import torch
from torch.nn import functional

_SCALE = 20.0
_ITSELF = -1e9


def labels(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Cross-entropy with soft targets; both of shape (texts, labels)."""
    return functional.cross_entropy(logits, targets)


def pairs(vectors: torch.Tensor, same: torch.Tensor) -> torch.Tensor:
    """CoSENT (Su, 2022), every same-meaning pair above every other, plus in-batch negatives for same-meaning pairs.

    Args:
        vectors: shape (2 × pairs, dimension): all first texts, then all second ones.
        same: shape (pairs,), 1 or 0.
    """
    first, second = vectors.chunk(2)
    cosines = (first * second).sum(dim=1) * _SCALE
    wrong = (cosines[:, None] - cosines[None, :])[(same[:, None] < 0.5) & (same[None, :] > 0.5)]
    ranking = torch.logsumexp(torch.cat([cosines.new_zeros(1), wrong]), dim=0)
    positive = same > 0.5
    if not bool(positive.any()):
        return ranking
    similarities = first @ second.T * _SCALE
    right = torch.arange(len(same), device=vectors.device)
    contrast = functional.cross_entropy(similarities[positive], right[positive])
    return ranking + contrast


def groups(vectors: torch.Tensor, group: torch.Tensor, temperature: float) -> torch.Tensor:
    """Supervised contrastive loss (Khosla et al., NeurIPS 2020).

    Args:
        vectors: shape (texts, dimension). group: which group each belongs to, shape (texts,).
    """
    itself = torch.eye(len(group), dtype=torch.bool, device=vectors.device)
    similarities = (vectors @ vectors.T / temperature).masked_fill(itself, _ITSELF)
    same = (group[:, None] == group[None, :]) & ~itself
    logarithms = similarities.log_softmax(dim=1)
    count = same.sum(dim=1)
    counted = count > 0
    return -(logarithms * same).sum(dim=1)[counted].div(count[counted]).mean()


def distil(vectors: torch.Tensor, mapped: torch.Tensor, teacher: torch.Tensor, temperature: float) -> torch.Tensor:
    """Point in the teacher's direction, and see the batch's texts as near and far from each other as it does.

    Args:
        vectors: the student's, shape (texts, dimension). mapped: the same in the teacher's space.
        teacher: shape (texts, teacher's dimension).
    """
    direction = 1 - functional.cosine_similarity(mapped, teacher).mean()
    itself = torch.eye(len(vectors), dtype=torch.bool, device=vectors.device)
    student_view = (vectors @ vectors.T / temperature).masked_fill(itself, _ITSELF).log_softmax(dim=1)
    teacher_view = (teacher @ teacher.T / temperature).masked_fill(itself, _ITSELF).softmax(dim=1)
    return direction + functional.kl_div(student_view, teacher_view, reduction="batchmean")
