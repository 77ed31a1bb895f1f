import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from nlp_service.tasks.questions.identity.trends import (
    Counts,
    beyond_chance,
    chance_of_change,
    chance_of_growth,
    share_change,
)


@st.composite
def counts(draw):
    of_before, of_now = draw(st.integers(1, 10_000)), draw(st.integers(1, 10_000))
    return Counts(draw(st.integers(0, of_before)), of_before, draw(st.integers(0, of_now)), of_now)


@pytest.mark.parametrize(
    ("count", "low", "high"),
    # Newcombe 1998, Table II, method 10: 56/70 - 48/80, 9/10 - 3/10, 0/10 - 0/20.
    [
        (Counts(48, 80, 56, 70), 0.0524, 0.3339),
        (Counts(3, 10, 9, 10), 0.1705, 0.8090),
        (Counts(0, 20, 0, 10), -0.1611, 0.2775),
    ],
)
def test_the_interval_is_that_of_the_source(count, low, high):
    change = share_change(count)

    assert (change.low, change.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_questions_that_come_in_clumps_tell_less_of_their_share():
    """As few as there are clumps; Newcombe's first example, each of its cases twice."""
    change = share_change(Counts(96, 160, 112, 140), 2.0)

    assert (change.low, change.high) == (pytest.approx(0.0524, abs=5e-5), pytest.approx(0.3339, abs=5e-5))


@given(counts())
def test_the_difference_lies_in_its_interval_and_both_turn_round_with_the_windows(count):
    change = share_change(count)
    back = share_change(Counts(count.now, count.of_now, count.before, count.of_before))

    assert -1 - 1e-9 <= change.low <= change.now - change.before + 1e-9
    assert change.now - change.before - 1e-9 <= change.high <= 1 + 1e-9
    assert (back.low, back.high) == pytest.approx((-change.high, -change.low))


def test_chances_are_those_of_fishers_test():
    # The lady tasting tea (Fisher 1935): 3 of 4 right, of 8 cups.
    tea = Counts(1, 4, 3, 4)

    assert chance_of_growth([tea]) == pytest.approx([17 / 70])
    assert chance_of_change([tea]) == pytest.approx([34 / 70])


@given(counts())
def test_chances_are_those_of_the_hypergeometric_distribution(count):
    population, counted = count.of_before + count.of_now, count.before + count.now
    growth = hypergeom.sf(count.now - 1, population, counted, count.of_now)
    fall = hypergeom.cdf(count.now, population, counted, count.of_now)

    assert chance_of_growth([count]) == pytest.approx([growth], rel=1e-8, abs=1e-15)
    assert chance_of_change([count]) == pytest.approx([min(1, 2 * growth, 2 * fall)], rel=1e-8, abs=1e-15)


@pytest.mark.parametrize(
    ("count", "chance"),
    [
        # A share of 0.2 that is as good as known: four of four.
        (Counts(10**15, 5 * 10**15, 4, 4), 0.2**4),
        (Counts(10**7, 10**16, 0, 20), 1.0),
        (Counts(0, 10**16, 20, 20), 0.0),
        (Counts(10**16, 10**16, 20, 20), 1.0),
    ],
)
def test_however_large_the_earlier_window_is_said_to_be_many_tests_take_little_time(count, chance):
    """No clock: if the time grew with that window, this test would not end."""
    assert chance_of_growth([count] * 2_000) == pytest.approx([chance] * 2_000)


@given(counts())
def test_a_chance_is_a_probability_and_one_where_the_shares_are_equal(count):
    same = Counts(count.before, count.of_before, count.before, count.of_before)

    assert 0 <= chance_of_change([count])[0] <= 1
    assert chance_of_change([same])[0] == 1


def test_of_many_tests_each_must_pass_a_stricter_level_than_alone():
    chances = np.array([0.03, 0.001, 0.02, 0.015])

    # Levels 0.0125, 0.0167, 0.025, 0.05 from the smallest on.
    assert beyond_chance(chances, 0.05).tolist() == [True, True, True, True]
    assert beyond_chance(chances, 0.04).tolist() == [False, True, False, False]


def test_after_the_first_failure_none_passes():
    assert beyond_chance(np.array([0.03, 0.03, 0.001]), 0.05).tolist() == [False, False, True]


def test_what_was_picked_among_many_must_be_less_likely():
    chances = np.array([0.004, 0.03])
    assert beyond_chance(chances, 0.05, among=2).tolist() == [True, True]
    assert beyond_chance(chances, 0.05, among=10).tolist() == [True, False]
    assert beyond_chance(chances, 0.05, among=13).tolist() == [False, False]


def test_without_tests_nothing_is_beyond_chance():
    assert beyond_chance(chance_of_change([]), 0.05).tolist() == []
    assert chance_of_growth([]).tolist() == []


def test_false_alarms_over_all_tests_stay_below_the_rate():
    generator = np.random.default_rng(3)
    shares = generator.dirichlet(np.ones(60))
    alarms = 0
    for _ in range(200):
        before, now = generator.multinomial(1500, shares), generator.multinomial(1500, shares)
        tests = [Counts(int(a), 1500, int(b), 1500) for a, b in zip(before, now, strict=True)]
        alarms += bool(beyond_chance(chance_of_change(tests), 0.05).any())

    assert alarms <= 0.05 * 200
