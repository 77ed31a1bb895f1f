"""The emotional journey: what its numbers mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_service.contracts import Moment
from nlp_service.tasks.sentiment import ScoredSentence, journey

SCORES = st.lists(st.floats(-1, 1).map(lambda value: round(value, 6)), min_size=1, max_size=40)


def of(*scores, agent=()):
    """The journey of one sentence a turn, each ten characters long."""
    return journey([ScoredSentence(score, turn, 0, 10) for turn, score in enumerate(scores)], agent)


def test_a_journey_by_its_definitions():
    result = journey(
        [
            ScoredSentence(-0.2, 0, 0, 4, "delivery", "late"),
            ScoredSentence(-0.8, 0, 4, 9, "delivery", "late"),
            ScoredSentence(0.1, 2, 0, 5, None, "thanks"),
            ScoredSentence(0.5, 4, 0, 6, "service", None),
        ],
        agent=[0.2, 0.4],
    )
    assert (result.start, result.peak, result.valley, result.end) == (-0.2, 0.5, -0.8, 0.5)
    assert (result.mean, result.recovery) == (-0.1, 1.3)
    assert result.peak_at == Moment(4, 0, 6, "service", None)
    assert result.valley_at == Moment(0, 4, 9, "delivery", "late")
    assert result.by_stage == {"delivery": -0.5, "service": 0.5}
    assert result.by_reason == {"late": -0.5, "thanks": 0.1}
    assert result.by_speaker == {"customer": -0.1, "agent": 0.3}


def test_stages_are_in_the_order_in_which_they_first_come():
    stages = ["service", "delivery", "service", "buying"]
    result = journey([ScoredSentence(0.0, turn, 0, 1, stage) for turn, stage in enumerate(stages)])
    assert list(result.by_stage) == ["service", "delivery", "buying"]


def test_without_a_customers_sentence_there_is_no_journey():
    assert journey([]) is None
    assert journey([], agent=[0.5]) is None


def test_one_sentence_is_start_peak_valley_and_end():
    result = of(-0.3)
    assert (result.start, result.peak, result.valley, result.end, result.mean) == (-0.3,) * 5
    assert result.peak_at == result.valley_at == Moment(0, 0, 10, None, None)
    assert (result.slope, result.curve, result.recovery) == (None, None, None)
    assert (result.by_stage, result.by_reason, result.by_speaker) == ({}, {}, {"customer": -0.3})


@pytest.mark.parametrize("scores", [(0.1,), (-1.0, 1.0)])
def test_below_three_sentences_there_is_neither_slope_nor_curve(scores):
    assert (of(*scores).slope, of(*scores).curve) == (None, None)


def test_of_equal_peaks_and_valleys_the_latest_counts():
    result = of(0.5, -0.5, 0.5, -0.5, 0.0)
    assert (result.peak_at.turn, result.valley_at.turn) == (2, 3)


@pytest.mark.parametrize(
    ("scores", "recovery"),
    [
        ((-0.6, 0.2), 0.8),
        ((-0.6, -0.5), 0.1),
        ((0.2, -0.6), 0.0),
        ((-0.6, -0.6), 0.0),
        ((0.4, 0.1, 0.3), None),
        ((0.4, -0.05, 0.3), None),
        ((0.4, -0.06, 0.3), 0.36),
        ((-0.9,), None),
    ],
)
def test_recovery_is_the_way_up_from_a_negative_valley(scores, recovery):
    assert of(*scores).recovery == recovery


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
    rising = [of(*[-1 + 2 * step / (count - 1) for step in range(count)]) for count in (3, 21, 301)]
    assert len({result.slope for result in rising}) == 1
    short, long = rising[1].curve, rising[2].curve
    assert short == pytest.approx(long, abs=0.05)


def test_the_curve_weighs_sentences_by_a_gaussian_of_their_distance():
    # Positions 0, 0.5 and 1; at 0.5 the outer two weigh exp(-(0.5 / 0.15)² / 2) = 0.003866 each.
    curve = of(1.0, 0.0, 1.0).curve
    assert len(curve) == 11
    assert curve[5] == pytest.approx(2 * 0.003866 / (1 + 2 * 0.003866), abs=1e-5)
    assert curve == curve[::-1]


@given(SCORES)
def test_every_number_is_within_the_scores(scores):
    result = of(*scores)
    assert result.valley <= min(result.start, result.end, result.mean + 1e-6)
    assert result.peak >= max(result.start, result.end, result.mean - 1e-6)
    assert (result.start, result.end) == (scores[0], scores[-1])
    assert (scores[result.peak_at.turn], scores[result.valley_at.turn]) == (max(scores), min(scores))
    assert (result.slope is None) == (result.curve is None) == (len(scores) < 3)
    assert all(result.valley - 1e-6 <= value <= result.peak + 1e-6 for value in result.curve or ())
    assert result.recovery is None or result.recovery >= 0


@given(SCORES)
def test_a_conversation_told_backwards_has_the_opposite_slope_and_the_mirrored_curve(scores):
    forwards, backwards = of(*scores), of(*reversed(scores))
    if forwards.slope is not None:
        assert forwards.slope == pytest.approx(-backwards.slope, abs=2e-6)
        assert forwards.curve == pytest.approx(backwards.curve[::-1], abs=2e-6)
    assert (forwards.peak, forwards.valley) == (backwards.peak, backwards.valley)
