"""Where circles and names go on the map."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot, pi, sqrt
from typing import Final
from unicodedata import east_asian_width

import numpy as np
from numpy.typing import NDArray

WIDTH: Final = 860.0
HEIGHT: Final = 620.0
_MARGIN: Final = 40.0
_MOST_STRETCHED: Final = 1.5
_COVERED: Final = 0.27  # of the map, by all circles together
_LARGEST: Final = 84.0
_SMALLEST: Final = 4.0
_GAP: Final = 2.0
_WORK: Final = 10_000  # circles times rounds of pushing
_MOST_ROUNDS: Final = 60
# A line may break after a space or a hyphen, and at any character of a wide script.
_PIECE: Final = re.compile(r"[\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]|[^\s\-\u2e80-\uffef]*[\s\-]?|.")
LINE: Final = 1.18
"""Height of a line, in heights of a letter."""
_GOLDEN_ANGLE: Final = pi * (3 - sqrt(5))


@dataclass(frozen=True, slots=True)
class Circle:
    """A circle on the map, in its units."""

    x: float
    y: float
    r: float


@dataclass(frozen=True, slots=True)
class Label:
    """A name on the map, in one line or two: which circle it names, its middle and its size."""

    circle: int
    lines: tuple[str, ...]
    x: float
    y: float
    width: float
    height: float


def circles(positions: Sequence[tuple[float, float]], sizes: Sequence[int]) -> list[Circle]:
    """Circles whose areas are as the sizes, near their positions in [-1, 1], pushed apart where they overlap."""
    if not sizes:
        return []
    unit = min(sqrt(_COVERED * WIDTH * HEIGHT / (pi * sum(sizes))), _LARGEST / sqrt(max(sizes)))
    radii = np.maximum(unit * np.sqrt(np.array(sizes, float)), _SMALLEST)
    places = _stretched(np.array(positions, float).reshape(len(sizes), 2)) * (1, -1)
    places = (places + 1) / 2 * (WIDTH - 2 * _MARGIN, HEIGHT - 2 * _MARGIN) + _MARGIN
    places = _inside(_pushed(places, radii), radii)
    return [Circle(x, y, r) for (x, y), r in zip(places.round(1).tolist(), radii.round(1).tolist(), strict=True)]


def _stretched(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """In the middle of [-1, 1], and stretched to fill it, but not much."""
    low, high = places.min(axis=0), places.max(axis=0)
    span = np.maximum((high - low) / 2, 1 / _MOST_STRETCHED)
    return np.asarray((places - (low + high) / 2) / span)


def _pushed(places: NDArray[np.float64], radii: NDArray[np.float64]) -> NDArray[np.float64]:
    """Every circle gives way to those that it overlaps, half each; on one place, each goes its own way."""
    angles = _GOLDEN_ANGLE * np.arange(len(radii))
    places = places + 0.01 * np.column_stack([np.cos(angles), np.sin(angles)])
    reach = radii[:, None] + radii[None, :] + _GAP
    for _ in range(min(_MOST_ROUNDS, _WORK // len(radii))):
        apart = places[:, None, :] - places[None, :, :]
        distance = np.maximum(np.hypot(apart[..., 0], apart[..., 1]), 1e-6)
        overlap = np.maximum(reach - distance, 0.0)
        np.fill_diagonal(overlap, 0.0)
        if not overlap.any():
            break
        places = _inside(places + 0.35 * (apart * (overlap / distance)[..., None]).sum(axis=1), radii)
    return places


def _inside(places: NDArray[np.float64], radii: NDArray[np.float64]) -> NDArray[np.float64]:
    room = radii[:, None] + _GAP
    return np.clip(places, room, np.array([WIDTH, HEIGHT]) - room)


def labels(placed: Sequence[Circle], names: Sequence[str], font: float, room: float, most: int) -> list[Label]:
    """Names of the largest circles, in, below, above or beside their own, where they cover no other name or circle.

    Args:
        placed: the circles.
        names: of each.
        font: size of a letter.
        room: for a line of a name, in widths of a Chinese character; a name has two lines at most.
        most: how many names at most.
    """
    done: list[Label] = []
    largest = sorted(range(len(placed)), key=lambda number: (-placed[number].r, number))
    for number in largest[: 3 * most]:
        half = min(room, ems(names[number]) / 2 + 1.5)
        spots = [spot for width in (room, half) for spot in _spots(number, placed[number], names[number], width, font)]
        # What covers no other circle is best, what covers some of its rim will do.
        tries = (spot for covered in (0.0, 0.2) for spot in spots if _free(spot, done, placed, covered))
        found = next(tries, None)
        if found:
            done.append(found)
        if len(done) == most:
            break
    return done


def _spots(number: int, circle: Circle, name: str, room: float, font: float) -> list[Label]:
    """Where the name may stand, the best first."""
    lines = broken(name, room)
    wide, high = font * max(map(ems, lines)), font * LINE * len(lines)
    beside, below = circle.r + wide / 2 + 5, circle.r + high / 2 + 3
    moves = [(0.0, below), (0.0, -below), (beside, 0.0), (-beside, 0.0)]
    if hypot(wide, 0.8 * high) < 2 * circle.r:
        moves.insert(0, (0.0, 0.0))
    return [Label(number, lines, round(circle.x + x, 1), round(circle.y + y, 1), wide, high) for x, y in moves]


def _free(label: Label, others: Sequence[Label], placed: Sequence[Circle], covered: float) -> bool:
    """Whether it is on the map, and covers neither another name nor more than that part of another circle's radius."""
    wide, high = label.width / 2, label.height / 2
    if not (wide <= label.x <= WIDTH - wide and high <= label.y <= HEIGHT - high):
        return False
    if any(
        abs(label.x - other.x) < wide + other.width / 2 + 4 and abs(label.y - other.y) < high + other.height / 2
        for other in others
    ):
        return False
    return all(
        number == label.circle
        or hypot(max(abs(label.x - circle.x) - wide, 0), max(abs(label.y - circle.y) - high, 0))
        >= (1 - covered) * circle.r
        for number, circle in enumerate(placed)
    )


def ems(text: str) -> float:
    """About how wide a text is, in widths of a Chinese character."""
    return sum(1.0 if east_asian_width(character) in "WF" else 0.56 for character in text)


def broken(text: str, room: float) -> tuple[str, ...]:
    """The text on one line or, evenly, on two; what doesn't fit on them is cut."""
    if ems(text) <= room:
        return (text,)
    goal = min(room, ems(text) / 2 + 1.5)
    first = ""
    for piece in _PIECE.findall(text):
        if first and ems((first + piece).rstrip()) > goal:
            break
        first += piece
    rest = text[len(first) :].strip()
    return tuple(filter(None, (_cut(first.rstrip(), room), _cut(rest, room))))


def _cut(text: str, room: float) -> str:
    if ems(text) <= room:
        return text
    kept = 1.0
    for position, character in enumerate(text):
        kept += ems(character)
        if kept > room:
            return text[:position].rstrip() + "…"
    return text
