"""Bars and tables: names stay words."""

import io

from rich.console import Console

from nlp_service.cli import terminal

NAME = "[b]chats[/x] :tada:"


def test_a_bar_is_called_as_the_file_is():
    shown = io.StringIO()
    with terminal.bars(Console(file=shown, force_terminal=True, width=200)) as bars:
        bars.add_task(f"analysing {NAME}", total=1)
    assert f"analysing {NAME}" in shown.getvalue()


def test_a_name_is_folded_not_cut_and_no_markup(capsys):
    table = terminal.table("name")
    table.add_row(NAME)
    terminal.console().print(table)
    assert NAME in capsys.readouterr().out
    narrow = io.StringIO()
    Console(file=narrow, width=12, markup=False, emoji=False).print(table)
    assert "…" not in narrow.getvalue()


def test_where_is_no_terminal_there_is_no_bar(capsys):
    with terminal.bars(terminal.console(stderr=True)) as bars:
        bars.add_task("analysing", total=1)
    assert capsys.readouterr().err == ""
