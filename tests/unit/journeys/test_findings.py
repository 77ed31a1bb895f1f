"""What a report shows at first sight, and that it claims no more than the intervals allow."""

import pytest

from nlp_service.journeys.findings import MAX_PULLS, MAX_STAGES, findings, signed


def test_the_title_names_the_worst_the_best_and_the_end(rich):
    found = findings(rich)
    assert found.by_stage
    assert found.title == "Customers feel worst at delivery (−0.70), best at service (+0.60), and leave at +0.58"
    assert [point.label for point in found.points] == ["buying", "delivery", "service"]
    assert (found.extremes.worst, found.extremes.best, found.extremes.apart) == (1, 2, True)
    assert found.points[1].valleys == "valleys here: 60, most often 物流太慢 (60)"
    assert found.left_out == 1


def test_stages_whose_intervals_overlap_dont_stand_out(talk, report):
    talks = [talk((0.9 * sign, "buying"), (0.8 * sign, "delivery")) for sign in (1, -1) * 5]
    found = findings(report(*talks))
    assert not found.extremes.apart
    assert "No part of the journey clearly stands out" in found.title
    assert "leave at 0.00" in found.title


def test_with_fewer_than_two_stages_it_is_along_the_conversation(talk, report):
    talks = [talk((-0.6 + tilt, "only"), (0.0, "only"), (0.6 + tilt, "only")) for tilt in (0.0, 0.1) * 5]
    found = findings(report(*talks, least=5))
    assert not found.by_stage
    assert [found.points[row].label for row in (0, 1, 10)] == ["start", "10%", "end"]
    assert "feel worst at the start (" in found.title
    assert "best at the end (" in found.title
    assert found.points[10].peaks == "peaks anywhere: 10"


def test_moments_that_are_none_are_counted_nowhere(talk, report):
    found = findings(report(*[talk(-0.3, -0.2, -0.1) for _ in range(5)]))
    assert (found.points[0].peaks, found.points[0].valleys) == ("peaks anywhere: 0", "valleys anywhere: 5")


def test_too_few_conversations_are_no_finding(talk, report):
    assert findings(report(talk(-0.5, 0.1, 0.5), least=5)).title == "One conversation is too few for a finding"
    assert findings(report(talk(-0.5), talk(0.5), least=5)).title == "2 conversations are too few for a finding"
    assert findings(report(talk(agent=[0.5]))).title == "No customer says anything in these conversations"


def test_reasons_pull_by_their_mean_and_their_share(talk, report):
    often = [talk((-0.4, None, "slow"), (0.0, None, "late")) for _ in range(8)]
    rare = [talk((-1.0, None, "rude"), (0.5, None, "kind")) for _ in range(2)]
    found = findings(report(*often, *rare))
    assert [(pull.name, round(pull.strength, 6)) for pull in found.down] == [("物流太慢", -0.32), ("rude", -0.2)]
    assert [(pull.name, round(pull.strength, 6)) for pull in found.up] == [("态度好", 0.1)]


def test_reasons_whose_interval_holds_the_mean_of_all_pull_nothing(talk, report):
    talks = [talk((sign * 0.3 - 0.01, None, "slow"), (0.2, None, "kind")) for sign in (-1, 1) * 5]
    found = findings(report(*talks, talk((-0.9, None, "once"), (0.9, None, "kind"))))
    assert [pull.name for pull in found.up] == ["态度好"]
    assert found.down == []


def test_a_good_reason_among_better_ones_pulls_nothing_up_and_nothing_down(talk, report):
    found = findings(report(*[talk((0.2, None, "slow"), (0.8, None, "kind")) for _ in range(5)]))
    assert ([pull.name for pull in found.up], found.down) == (["态度好"], [])


def test_the_best_of_bad_stages_is_least_bad(talk, report):
    found = findings(report(*[talk((-0.7, "buying"), (-0.2, "delivery")) for _ in range(5)]))
    assert "feel worst at buying (−0.70), least bad at delivery (−0.20), and leave" in found.title


def test_a_slide_has_room_for_the_most_frequent_only(talk, report):
    stages = [(0.1, f"stage {number:02d}", f"reason {number:02d}") for number in range(20)]
    low = talk(*[(-0.5, None, None)] * 20)
    found = findings(report(talk(*stages), talk(*stages[6:]), low, low))
    assert [point.label for point in found.points] == [f"stage {number:02d}" for number in range(6, 6 + MAX_STAGES)]
    assert (len(found.up), found.down, found.left_out) == (MAX_PULLS, [], 6)


@pytest.mark.parametrize(("value", "text"), [(0.123, "+0.12"), (-0.5, "−0.50"), (-0.001, "0.00"), (0, "0.00")])
def test_numbers_have_their_sign_and_zero_has_none(value, text):
    assert signed(value) == text
