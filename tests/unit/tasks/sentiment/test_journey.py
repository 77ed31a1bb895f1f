"""The emotional journey: what its numbers mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_service.tasks.sentiment import ScoredSentence, journey

SCORES = st.lists(st.floats(-1, 1).map(lambda value: round(value, 6)), min_size=1, max_size=40)


def of(*scores):
    return journey([ScoredSentence(score) for score in scores])


def test_a_journey_by_its_definitions():
    result = journey(
        [
            ScoredSentence(-0.2, "delivery", "late"),
            ScoredSentence(-0.8, "delivery", "late"),
            ScoredSentence(0.1, None, "thanks"),
            ScoredSentence(0.5, "service", None),
        ]
    )
    assert (result.start, result.peak, result.valley, result.end) == (-0.2, 0.5, -0.8, 0.5)
    assert result.mean == -0.1
    assert result.by_stage == {"delivery": -0.5, "service": 0.5}
    assert result.by_reason == {"late": -0.5, "thanks": 0.1}


def test_no_sentences_no_journey():
    assert journey([]) is None


def test_one_sentence_is_start_peak_valley_and_end():
    result = of(-0.3)
    assert (result.start, result.peak, result.valley, result.end, result.mean) == (-0.3,) * 5
    assert (result.by_stage, result.by_reason) == ({}, {})


@pytest.mark.parametrize("scores", [(0.1,), (-1.0, 1.0)])
def test_below_three_sentences_there_is_no_slope(scores):
    assert of(*scores).slope is None


@pytest.mark.parametrize(
    ("scores", "slope"),
    [
        ((-0.5, 0.0, 0.5), 1.0),
        ((0.5, 0.0, -0.5), -1.0),
        ((0.25,) * 7, 0.0),
        ((-1.0, -0.5, 0.0, 0.5, 1.0), 2.0),
        ((0.0, 1.0, 0.0), 0.0),
        ((0.0, 0.0, 1.0), 1.0),
    ],
)
def test_the_slope_is_the_least_squares_change_from_first_to_last(scores, slope):
    assert of(*scores).slope == pytest.approx(slope, abs=1e-6)


def test_conversations_of_different_length_compare():
    assert of(-1.0, 0.0, 1.0).slope == of(*[-1 + 2 * step / 20 for step in range(21)]).slope


@given(SCORES)
def test_every_number_is_within_the_scores(scores):
    result = of(*scores)
    assert result.valley <= min(result.start, result.end, result.mean + 1e-6)
    assert result.peak >= max(result.start, result.end, result.mean - 1e-6)
    assert (result.start, result.end) == (scores[0], scores[-1])
    assert (result.slope is None) == (len(scores) < 3)


@given(SCORES)
def test_a_conversation_told_backwards_has_the_opposite_slope(scores):
    forwards, backwards = of(*scores), of(*reversed(scores))
    if forwards.slope is not None:
        assert forwards.slope == pytest.approx(-backwards.slope, abs=2e-6)
    assert (forwards.peak, forwards.valley) == (backwards.peak, backwards.valley)
