"""Objectives: which figures of a scenario must lie within which bounds, and which of them do."""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

OBJECTIVES = Path(__file__).with_name("slo.toml")
EVERY = "every"
"""Table of what is asked of each scenario; a scenario's own table wins."""
_BOUNDS = {"max": "at most", "min": "at least"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """One objective, measured.

    Attributes:
        bound: `max` or `min`.
        value: the figure; None if the scenario didn't measure it, which breaks the objective.
    """

    figure: str
    bound: str
    limit: float
    value: float | None
    kept: bool

    def line(self) -> str:
        """The verdict as one line."""
        value = "wasn't measured" if self.value is None else f"is {self.value:.6g}"
        return f"{self.figure} {value}, must be {_BOUNDS[self.bound]} {self.limit:g}"

    def record(self) -> dict[str, Any]:
        """For the report."""
        return asdict(self)


def read_objectives(path: Path) -> dict[str, dict[str, dict[str, float]]]:
    """Tables of scenarios: figure → bounds.

    Raises:
        OSError: if it can't be read.
        ValueError: if it isn't TOML of that form.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path}: not TOML: {error}") from None
    for scenario, objectives in tables.items():
        if not isinstance(objectives, dict):
            raise ValueError(f"{path}: {scenario} isn't a table")
        for figure, bounds in objectives.items():
            if not _are_bounds(bounds):
                raise ValueError(f"{path}: [{scenario}] {figure}: give {{ max = … }} or {{ min = … }}")
    return tables


def judge(
    tables: Mapping[str, Mapping[str, Mapping[str, float]]], scenario: str, figures: Mapping[str, Any]
) -> list[Verdict]:
    """Measure a scenario's figures by its objectives and those of every scenario."""
    objectives = {**tables.get(EVERY, {}), **tables.get(scenario, {})}
    return [
        _verdict(figure, bound, limit, figures.get(figure))
        for figure, bounds in objectives.items()
        for bound, limit in bounds.items()
    ]


def _verdict(figure: str, bound: str, limit: float, value: float | None) -> Verdict:
    kept = value is not None and (value <= limit if bound == "max" else value >= limit)
    return Verdict(figure, bound, limit, value, kept)


def _are_bounds(bounds: object) -> bool:
    return (
        isinstance(bounds, dict)
        and bool(bounds)
        and all(
            name in _BOUNDS and isinstance(limit, int | float) and not isinstance(limit, bool)
            for name, limit in bounds.items()
        )
    )
