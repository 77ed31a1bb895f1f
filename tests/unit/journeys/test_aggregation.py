"""Many journeys: the document is the unit, and what isn't known is null."""

from datetime import date

import pytest

from nlp_service.journeys.aggregation import Aggregate
from nlp_service.journeys.report import Frequent
from nlp_service.journeys.statistics import Estimate


def by_code(groups):
    return {group.code: group for group in groups}


def test_every_document_weighs_the_same_however_long_it_is(talk, report):
    result = report(talk(*[(-1.0, "delivery")] * 9), talk((1.0, "delivery")))
    (stage,) = result.stages
    assert (stage.documents, stage.sentences, stage.mean) == (2, 10, 0.0)
    assert result.overall.mean.mean == 0.0
    assert (stage.share_negative, stage.share_positive) == (0.5, 0.5)


def test_one_document_has_a_mean_but_no_interval(talk, report):
    result = report(talk((-0.5, "delivery", "slow"), channel="phone", at="2026-03-01"))
    groups = [*result.stages, *result.reasons, *result.channels, *result.days, *result.speakers]
    assert len(groups) == 5
    assert {(group.mean, group.low, group.high) for group in groups} == {(-0.5, None, None)}
    assert result.overall.mean == Estimate(1, -0.5, None, None)


def test_a_customer_who_says_nothing_is_counted_apart(talk, report):
    result = report(talk(0.5), talk(agent=[0.9]))
    assert (result.documents, result.without_journey, result.sentences) == (1, 1, 1)
    assert [speaker.code for speaker in result.speakers] == ["customer"]


def test_no_documents_no_numbers(report):
    result = report()
    assert (result.documents, result.curve, result.stages, result.days) == (0, [], [], [])
    assert result.overall.mean.mean is result.overall.recovered.share is result.overall.peak_stage is None


def test_only_documents_long_enough_have_a_curve_and_a_slope(talk, report):
    result = report(talk(0.1, 0.2), talk(-0.3, 0.0, 0.3), talk(-0.3, 0.0, 0.3))
    assert [point.position for point in result.curve] == pytest.approx([step / 10 for step in range(11)])
    assert {point.estimate.documents for point in result.curve} == {2}
    assert result.overall.slope == Estimate(2, 0.6, 0.6, 0.6)
    assert result.overall.start.documents == 3


def test_who_recovered_is_a_share_of_those_with_a_negative_valley(talk, report):
    result = report(talk(-0.5, 0.5), talk(0.5, -0.5), talk(0.4, 0.5), talk(-0.9)).overall
    assert (result.with_negative_valley.count, result.with_negative_valley.documents) == (2, 3)
    assert (result.recovered.count, result.recovered.documents, result.recovered.share) == (1, 2, 0.5)
    assert (result.recovery.documents, result.recovery.mean) == (2, 0.5)
    assert (result.ended_negative.count, result.ended_negative.documents) == (2, 4)


def test_the_day_is_that_of_the_first_time_as_it_is_written_there(talk, report):
    late, early = "2026-03-02T00:30:00+08:00", "2026-02-28T23:59:00"
    days = report(talk(0.1, at=late), talk(0.2, at=early), talk(0.3, at=late), talk(0.4)).days
    assert [(day.code, day.documents) for day in days] == [(date(2026, 2, 28), 1), (date(2026, 3, 2), 2)]


def test_channels_and_reasons_come_by_frequency_and_reasons_by_name(talk, report):
    talks = [talk((-0.1, None, reason), channel=channel) for reason, channel in (("slow", "b"), ("late", "a"))]
    result = report(*talks, talk((-0.3, None, "slow"), channel="b"))
    assert [channel.code for channel in result.channels] == ["b", "a"]
    assert [(reason.code, reason.name, reason.documents) for reason in result.reasons] == [
        ("slow", "物流太慢", 2),
        ("late", "退款慢", 1),
    ]
    assert result.reasons[0].share == pytest.approx(2 / 3, abs=1e-6)
    assert result.stages == []


def test_peaks_and_valleys_are_counted_where_they_are(talk, report):
    talks = [talk((-0.8, "delivery", "slow"), (0.7, "service", "kind")) for _ in range(2)]
    result = report(*talks, talk((-0.8, "delivery", "late"), (0.2, "delivery", None)))
    delivery, service = (by_code(result.stages)[code] for code in ("delivery", "service"))
    assert (delivery.peaks, delivery.valleys, service.peaks, service.valleys) == (1, 3, 2, 0)
    assert (delivery.valley_reason, delivery.peak_reason) == (Frequent("slow", "物流太慢", 2), None)
    assert service.peak_reason == result.overall.peak_reason == Frequent("kind", "态度好", 2)
    assert result.overall.valley_stage == Frequent("delivery", "delivery", 3)
    assert by_code(result.reasons)["slow"].valleys == 2


def test_peaks_are_positive_valleys_negative_and_neither_is_all_there_is(talk, report):
    alone, alike = talk((-0.8, "delivery", "slow")), talk((0.7, "delivery", "slow"), (0.7, "delivery", "slow"))
    neutral = talk((-0.04, "delivery", "slow"), (0.05, "delivery", "slow"))
    bad, good = (talk((sign * 0.3, "delivery", "slow"), (sign * 0.6, "service", "kind")) for sign in (-1, 1))
    result = report(alone, alike, neutral, bad, good)
    delivery, service = (by_code(result.stages)[code] for code in ("delivery", "service"))
    assert (delivery.peaks, delivery.valleys, service.peaks, service.valleys) == (0, 0, 1, 1)
    assert [by_code(result.reasons)[code].peaks for code in ("slow", "kind")] == [0, 1]
    assert (result.overall.peaks, result.overall.valleys) == (1, 1)
    assert result.overall.valley_reason == Frequent("kind", "态度好", 1)


def test_stages_come_as_they_mostly_do_unless_an_order_is_given(talk, report):
    talks = [talk((0.0, "buying"), (0.0, "delivery"), (0.0, "service")) for _ in range(3)]
    talks.append(talk((0.0, "service"), (0.0, "buying")))
    talks.append(talk((0.0, "alone")))
    assert [stage.code for stage in report(*talks).stages] == ["buying", "alone", "delivery", "service"]
    chosen = report(*talks, stages=["service", "unheard of", "buying", "service"]).stages
    assert [stage.code for stage in chosen] == ["service", "buying", "alone", "delivery"]


def test_stages_go_by_the_names_that_the_caller_knows(talk, report):
    result = report(*[talk((-0.5, "slow"), (0.5, "buying")) for _ in range(2)])
    assert [(stage.code, stage.name) for stage in result.stages] == [("slow", "物流太慢"), ("buying", "buying")]
    assert result.overall.valley_stage == Frequent("slow", "物流太慢", 2)
    assert result.overall.peak_stage == Frequent("buying", "buying", 2)


def test_sentences_of_a_stage_count_whether_the_turn_or_the_contact_reason_says_it(talk, report):
    named, inferred = talk((0.1, "delivery"), (0.3, "delivery")), talk((0.2, "delivery"), turn_stages=False)
    assert report(named).stages[0].sentences == 2
    (stage,) = report(named, inferred, named).stages
    assert (stage.documents, stage.sentences) == (3, 5)


def test_groups_below_the_least_are_marked_not_dropped(rich):
    assert [(stage.code, stage.documents, stage.enough) for stage in rich.stages] == [
        ("buying", 60, True),
        ("delivery", 60, True),
        ("service", 60, True),
        ("rare", 2, False),
    ]


def test_speakers_stand_side_by_side(rich):
    agent, customer = rich.speakers
    assert (agent.code, agent.mean, agent.sentences) == ("agent", 0.2, 60)
    assert (customer.code, customer.sentences) == ("customer", rich.sentences)


@pytest.mark.parametrize(
    ("languages", "most"),
    [
        (["zh-Hans", "zh-Hant", "zh-Hant", "en"], "zh-Hant"),
        (["zh-Hans", "zh-Hans", "zh-Hant", "en", "en"], "zh-Hans"),
        (["en", "en", "zh-Hant"], "en"),
        (["und", "und", "zh-Hans"], "zh-Hans"),
        (["und"], "en"),
        ([], "en"),
    ],
)
def test_the_language_is_that_of_most_documents(talk, languages, most):
    aggregate = Aggregate()
    for language in languages:
        aggregate.add(*talk(0.1, language=language))
    assert aggregate.language == most
