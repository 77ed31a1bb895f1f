"""What is said twice in a wording."""

import re
from bisect import bisect
from collections.abc import Iterator
from typing import Final

# Fewer characters come again by chance.
_FEWEST_HAN: Final = 2
_FEWEST_LETTERS: Final = 4
_RUN: Final = re.compile(f"[\u4e00-\u9fff]{{{_FEWEST_HAN},}}|[a-z]{{{_FEWEST_LETTERS},}}")
_OR: Final = "还是"


def repetitions(text: str) -> list[str]:
    """Return what comes again in its line: two Han characters or four small letters, and what follows if that does too.

    The search goes on behind the place where it comes for the last time. Before 还是 there are alternatives instead,
    such as "能退还是不能退". All this is what `([\u4e00-\u9fff]{2,}|[a-z]{4,})(?!.*还是).*\\1` finds, in cubic time.
    """
    return [found for line in text.split("\n") for found in _in_line(line)]


def _in_line(line: str) -> Iterator[str]:
    starts = list(_starts(line))
    last = {line[start : start + fewest]: start for start, fewest, _ in starts}
    alternative = line.rfind(_OR)
    position = 0
    for start, fewest, stop in starts:
        shortest = max(fewest, alternative + 1 - start)
        # Where the first characters don't come again, and that is nearly everywhere, the line need not be searched.
        if start < position or last[line[start : start + fewest]] < start + shortest:
            continue
        if found := _longest(line, start, range(shortest, stop - start + 1)):
            position = line.rfind(found) + len(found)
            yield found


def _starts(line: str) -> Iterator[tuple[int, int, int]]:
    """Where a repetition could begin, how many characters it has at least, and where it ends at the latest."""
    for run in _RUN.finditer(line):
        fewest = _FEWEST_LETTERS if run.group().isascii() else _FEWEST_HAN
        for start in range(run.start(), run.end() - fewest + 1):
            yield start, fewest, run.end()


def _longest(line: str, start: int, lengths: range) -> str:
    """What comes again of what is at `start`; if it does, all that is shorter does."""
    again = bisect(lengths, False, key=lambda length: line.find(line[start : start + length], start + length) < 0)
    return line[start : start + lengths[again - 1]] if again else ""
