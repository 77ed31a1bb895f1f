"""When questions were asked: no gap is left out, every day counts once, and it is the day that was written."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_service.frequent_questions.report.timeline import MOST_STEPS, day_of, timeline

MONDAY = date(2026, 3, 2)


def days(*offsets):
    return [MONDAY + timedelta(days=offset) for offset in offsets]


def test_days_without_questions_count_zero():
    time = timeline(days(0, 3, 3))
    assert (time.step, time.steps) == (1, 4)
    assert time.counts(days(0, 3, 3)) == [1, 0, 0, 2]


def test_the_day_is_the_one_that_is_written_in_its_own_time_zone():
    assert day_of("2026-03-02T00:30:00+08:00") == day_of("2026-03-02T23:59:00-05:00") == MONDAY
    assert day_of("2026-03-02T12:00:00Z") == day_of("2026-03-02") == MONDAY
    assert day_of(None) is day_of("") is day_of("yesterday") is None


def test_long_periods_go_by_weeks_counted_back_from_the_last_day():
    time = timeline(days(0, 50))
    assert (time.step, time.steps) == (7, 8)
    assert time.counts(days(0, 1, 2, 44, 50)) == [2, 1, 0, 0, 0, 0, 0, 2]
    assert (time.begin(0), time.end(0)) == tuple(days(0, 1))
    assert (time.begin(7), time.end(7)) == tuple(days(44, 50))


def test_a_first_step_that_is_shorter_has_a_comparable_rate():
    time = timeline(days(0, 50))
    assert time.rates([2, 7, 0, 0, 0, 0, 0, 14]) == [1, 1, 0, 0, 0, 0, 0, 2]


def test_one_day_is_one_step_and_no_day_none():
    assert timeline(days(4)).counts(days(4, 4)) == [2]
    assert timeline([]) is None


def test_the_later_half_counts_the_middle_day_half():
    time = timeline(days(0, 4))
    assert time.later_half(days(0, 4)) == 0.5
    assert time.later_half(days(3, 4)) == 1.0
    assert time.later_half(days(2)) == 0.5
    assert time.later_half([]) == 0.0


@given(st.lists(st.dates(), min_size=1, max_size=30))
def test_every_question_is_in_exactly_one_step(asked):
    time = timeline(asked)
    counts = time.counts(asked)
    assert sum(counts) == len(asked)
    assert 1 <= len(counts) == time.steps <= MOST_STEPS
    assert counts[0] and counts[-1]
    steps = [(time.begin(step), time.end(step)) for step in range(time.steps)]
    assert steps[0][0] == min(asked) and steps[-1][1] == max(asked)
    assert all(first[1] + timedelta(days=1) == second[0] for first, second in pairwise(steps))
    assert sum(
        rate * ((end - begin).days + 1) for rate, (begin, end) in zip(time.rates(counts), steps, strict=True)
    ) == (pytest.approx(len(asked)))
