"""How far long work is: bars on a terminal, now and then a line elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nlp_service.cli import terminal

if TYPE_CHECKING:
    from nlp_service.contracts import Progress

SECONDS_BETWEEN_NOTES = 10.0


@contextmanager
def shown() -> "Iterator[Progress]":
    """Shows each step that the work tells of."""
    console = terminal.console(stderr=True)
    if not console.is_terminal:
        yield _notes()
        return
    with terminal.bars(console) as bars:
        tasks: dict[str, Any] = {}

        def show(step: str, done: int, of: int) -> None:
            if step not in tasks:
                for earlier in tasks.values():
                    bars.update(earlier, completed=bars.tasks[earlier].total)
                tasks[step] = bars.add_task(step, total=of)
            bars.update(tasks[step], completed=done, total=of)

        yield show
        for earlier in tasks.values():
            bars.update(earlier, completed=bars.tasks[earlier].total)


def _notes() -> "Progress":
    """A line when a step begins, and one every ten seconds while it lasts."""
    current, told = "", 0.0

    def tell(step: str, done: int, of: int) -> None:
        nonlocal current, told
        now = time.monotonic()
        if step != current or now - told >= SECONDS_BETWEEN_NOTES:
            current, told = step, now
            click.echo(f"{step}: {done} of {of}", err=True)

    return tell


@contextmanager
def reading(file: Path) -> Iterator[None]:
    """Shows on a terminal that a file is read, however long that takes."""
    with terminal.bars(terminal.console(stderr=True)) as bars:
        bars.add_task(f"reading {file.name}", total=None)
        yield


class Pace:
    """How many documents are done, how fast, and how long the others will take.

    Attributes:
        done: those that were done before it began among them, by which no speed is measured.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._began = time.monotonic()
        self._fresh = self.done = 0

    def add(self, count: int, *, is_fresh: bool) -> None:
        """Count documents that are done."""
        self.done += count
        self._fresh += count if is_fresh else 0

    def __str__(self) -> str:
        place = f"{self.done} of {self._total} documents"
        if not self._fresh:
            return place
        rate = self._fresh / max(time.monotonic() - self._began, 1e-3)
        left = timedelta(seconds=round((self._total - self.done) / rate))
        return f"{place}, {rate:.3g} a second, {left} left"


@contextmanager
def paced(title: str, total: int) -> Iterator[Callable[[int, bool], None]]:
    """Shows how far work on documents is, and how fast; told of how many, and whether they were done just now."""
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn

    console, pace, told = terminal.console(stderr=True), Pace(total), time.monotonic()
    if not console.is_terminal:
        click.echo(f"{title}: {pace}", err=True)
    columns = BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[pace]}", markup=False)
    with terminal.bars(console, *columns) as bars:
        task = bars.add_task(title, total=total, pace=pace)

        def advance(count: int, is_fresh: bool) -> None:
            nonlocal told
            pace.add(count, is_fresh=is_fresh)
            bars.update(task, completed=pace.done)
            if not console.is_terminal and time.monotonic() - told >= SECONDS_BETWEEN_NOTES:
                told = time.monotonic()
                click.echo(f"{title}: {pace}", err=True)

        yield advance
