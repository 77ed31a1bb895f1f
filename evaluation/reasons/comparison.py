"""Two models on the same rows: what is better, and whether it could be chance."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from evaluation.reasons.decisions import correct
from evaluation.reasons.distribution import OUT_OF_SCOPE
from evaluation.reasons.intervals import Statistic, accuracy, draw, interval, macro_f1, value

LEVEL = 0.05
LEAST_SHOWN = 0.001

Rights = NDArray[np.bool_]


def mcnemar(right: Rights, other: Rights) -> float:
    """Two-sided p-value of both models being right equally often; exact.

    Source: McNemar, "Note on the Sampling Error of the Difference Between Correlated Proportions", Psychometrika 1947.
    """
    only_one, only_other = int((right & ~other).sum()), int((other & ~right).sum())
    if only_one + only_other == 0:
        return 1.0
    return float(binomtest(only_one, only_one + only_other).pvalue)


def holm(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """p-values of many tests, adjusted so that any one of them is wrongly below 5 % in 5 % of cases at most.

    Source: Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian Journal of Statistics 1979.
    """
    order = np.argsort(p_values, kind="stable")
    stepped = p_values[order] * np.arange(len(p_values), 0, -1)
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.minimum(np.maximum.accumulate(stepped), 1.0)
    return adjusted


def compare(
    truth: Sequence[str],
    predicted: Sequence[str],
    other: Sequence[str],
    *,
    names: tuple[str, str] = ("this model", "the other"),
    resamples: int,
    seed: int,
) -> dict[str, Any]:
    """A model's predictions against another's; differences are the first less the other.

    Args:
        names: of the two models, for the verdict.
    """
    right, other_right = correct(truth, predicted), correct(truth, other)
    p_value = mcnemar(right, other_right)
    differences = {
        "accuracy": _difference(accuracy(right), accuracy(other_right), resamples, seed),
        "macro_f1": _difference(macro_f1(truth, predicted), macro_f1(truth, other), resamples, seed),
    }
    codes = by_code(truth, right, other_right)
    return {
        "verdict": verdict(
            names, (float(right.mean()), float(other_right.mean())), codes, differences["accuracy"], p_value
        ),
        "mcnemar_p": p_value,
        "only_this_right": int((right & ~other_right).sum()),
        "only_against_right": int((other_right & ~right).sum()),
        "differences, this less against": differences,
        "by code": codes,
    }


def by_code(truth: Sequence[str], right: Rights, other: Rights) -> dict[str, dict[str, Any]]:
    """Recall of each true code under both models, McNemar's test on its rows, and Holm's correction over all codes."""
    labels = np.array(truth)
    codes = sorted({*truth} - {OUT_OF_SCOPE})
    rows = [labels == code for code in codes]
    p_values = np.array([mcnemar(right[some], other[some]) for some in rows])
    table = {}
    for code, some, p_value, adjusted in zip(codes, rows, p_values, holm(p_values), strict=True):
        recall, other_recall = float(right[some].mean()), float(other[some].mean())
        table[code] = {
            "rows": int(some.sum()),
            "recall": recall,
            "recall_against": other_recall,
            "p": float(p_value),
            "p_holm": float(adjusted),
            "result": _result(recall - other_recall, float(adjusted)),
        }
    return table


def verdict(
    names: tuple[str, str],
    accuracies: tuple[float, float],
    codes: dict[str, dict[str, Any]],
    gained: dict[str, float],
    p_value: float,
) -> str:
    """The comparison in one sentence, told of the model that is right more often.

    Args:
        gained: accuracy of the first less that of the second.
    """
    shown = f"p = {p_value:.3f}" if p_value >= LEAST_SHOWN else f"p < {LEAST_SHOWN}"
    results = [row["result"] for row in codes.values()]
    (best, high), (least, low) = zip(names, accuracies, strict=True)
    span, better, worse = (gained["low"], gained["high"]), results.count("better"), results.count("worse")
    if high < low:
        (best, high), (least, low) = (least, low), (best, high)
        span, better, worse = (-span[1], -span[0]), worse, better
    is_chance = p_value > LEVEL or high == low
    said = f"{best} isn't shown to be better than {least}" if is_chance else f"{best} is better than {least}"
    of_codes = _too_few_rows(codes) or (
        f"it is better on {better or 'none'} of {len(codes)} codes, worse on {worse or 'none'} (Holm, 5 %)"
    )
    return (
        f"{said}: accuracy {high:.3f} and {low:.3f}, a difference of {high - low:.3f} (95 % interval {span[0]:.3f} to "
        f"{span[1]:.3f}), {shown}; {of_codes}"
    )


def _too_few_rows(codes: dict[str, dict[str, Any]]) -> str:
    """That no code has the rows to pass Holm's test, even if only one model is ever right; "" if one has."""
    most = max((row["rows"] for row in codes.values()), default=0)
    needed = math.ceil(math.log2(2 * max(len(codes), 1) / LEVEL))  # n rows of that kind: p = 2 · 0.5ⁿ
    if most >= needed:
        return ""
    return (
        f"too few rows for a word on single codes: of {len(codes)}, one needs {needed} rows or more, "
        f"and none has more than {most} (Holm, 5 %)"
    )


def _result(difference: float, p_value: float) -> str | None:
    if p_value > LEVEL or difference == 0:
        return None
    return "better" if difference > 0 else "worse"


def _difference(one: Statistic, other: Statistic, resamples: int, seed: int) -> dict[str, float]:
    drawn = draw({"one": one, "other": other}, resamples, seed)
    return {"value": value(one) - value(other), **interval(drawn["one"] - drawn["other"])}
