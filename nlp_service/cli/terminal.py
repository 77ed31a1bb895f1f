"""What a terminal shows. Names out of files and trees are printed as they are: brackets in them mean nothing."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, ProgressColumn
    from rich.table import Table


def console(*, stderr: bool = False) -> "Console":
    """Where tables and bars are printed."""
    from rich.console import Console

    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)


def table(*titles: str, has_header: bool = True) -> "Table":
    """Columns, folded where the terminal is narrow, never cut off."""
    from rich.table import Column, Table

    return Table(*(Column(title, overflow="fold") for title in titles), show_header=has_header)


def bars(on: "Console", *columns: "ProgressColumn") -> "Progress":
    """Bars of how far work is, with these columns or the usual ones; nothing where it is no terminal."""
    from rich.progress import Progress, TextColumn

    others = columns or Progress.get_default_columns()[1:]
    title = TextColumn("{task.description}", style="progress.description", markup=False)
    return Progress(title, *others, console=on, disable=not on.is_terminal)
