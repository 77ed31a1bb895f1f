"""How far long work is: bars on a terminal, now and then a line elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
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
