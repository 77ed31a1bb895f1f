"""Cells that a spreadsheet must take as text, and nothing else."""

import re
from typing import Final, TypeVar

T = TypeVar("T")
# What begins a formula (OWASP, "CSV Injection"; full-width forms too), and what a spreadsheet takes for a number, a
# time or a date and writes back in its own way, such as a long order number.
_COMPUTED: Final = re.compile(r"'*(?:[=+\-@\t\r\n＝＋－＠]|[¥￥$]?\d[\d\s.,:/%eE年月日时分秒-]*\Z)")
_GUARD: Final = "'"


def guard(cell: T) -> T | str:
    """The cell with an apostrophe in front if a spreadsheet would compute it; what isn't a string stays as it is."""
    return _GUARD + cell if isinstance(cell, str) and _COMPUTED.match(cell) else cell


def unguard(cell: str) -> str:
    """The cell as it was before `guard`."""
    return cell[1:] if cell.startswith(_GUARD) and _COMPUTED.match(cell[1:]) else cell
