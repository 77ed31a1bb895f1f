"""What is prepared for the pictures."""

import pytest

from load_tests import plots


def rows(*at):
    return [{"second": second, "p50_ms": 1.0} for second in at]


def test_a_line_is_broken_where_nothing_was_sent_between_two_phases():
    seen = rows(0, 1, 2, 10, 11)
    assert plots.broken(seen, {"failing": 0.4, "back": 10.2}) == [*seen[:3], {"second": 9}, *seen[3:]]


@pytest.mark.parametrize(
    ("at", "begins"), [((0, 4, 8), {"users": 0.1}), ((0, 1, 2, 3), {"one": 0.1, "two": 2.2}), ((), {})]
)
def test_a_line_goes_on_where_answers_are_rare_or_the_next_phase_follows_at_once(at, begins):
    assert plots.broken(rows(*at), begins) == rows(*at)
