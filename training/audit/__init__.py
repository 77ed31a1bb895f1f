"""Labels that look wrong: for a person to look at, the worst first.

Confident learning (Northcutt, Jiang & Chuang, JAIR 2021; the package cleanlab) asks of every row whether another label
is as likely as it usually is for rows that carry it. It is asked once in every family of siblings (a local classifier
per parent node: Silla & Freitas, Data Mining and Knowledge Discovery 2011), from the top down: is the branch right,
then, where nobody doubts the branch, the node below it, with probabilities among the siblings alone.

Siblings are easily confused, so a doubt between two nodes counts for less the more often the model confuses the two:
the margin must exceed 1 − κ, where κ is Cohen's kappa (1960) of given and likeliest label among their rows. Pairs of
hardly any agreement are no matter of single labels and are told as such, by `sibling_pairs`.
"""

from training.audit.findings import Conflict, SiblingPair, Suspicion, conflicts, sibling_pairs, suspicions
from training.audit.places import Place
from training.audit.report import check_audit, summary, write_audit

__all__ = [
    "Conflict",
    "Place",
    "SiblingPair",
    "Suspicion",
    "check_audit",
    "conflicts",
    "sibling_pairs",
    "summary",
    "suspicions",
    "write_audit",
]
