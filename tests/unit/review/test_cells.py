"""Cells that no spreadsheet computes, and that come back as they were."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_service.review.cells import guard, unguard

CELLS = st.text(st.sampled_from("'=+-@\t\r\n＝12/:.年月 e快a") | st.characters(), max_size=12)


@pytest.mark.parametrize(
    "cell",
    ['=HYPERLINK("http://x")', "+86", "-1+2", "@SUM(1)", "\t=1", "＝1", "1月2日", "3/4", "20250101000123456789", "1E9"],
)
def test_what_a_spreadsheet_would_compute_gets_an_apostrophe(cell):
    assert guard(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["什么时候发货", "3天了还没到", "", "'好的'", "order 5 is late", 5, 0.5])
def test_what_it_takes_as_it_is_stays(cell):
    assert guard(cell) == cell


@given(CELLS)
def test_every_cell_comes_back_as_it_was(cell):
    guarded = guard(cell)
    assert unguard(guarded) == cell
    assert not guarded.startswith(("=", "+", "-", "@", "\t"))
