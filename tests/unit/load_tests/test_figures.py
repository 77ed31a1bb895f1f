"""Numbers from records and samples, and objectives over them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from load_tests import figures, slo
from load_tests.monitor import Sample, parse
from load_tests.records import Record
from load_tests.shapes import curves

METRICS = """# HELP nlp_service_queue_tokens Tokens waiting for the encoder.
# TYPE nlp_service_queue_tokens gauge
nlp_service_queue_tokens{lane="interactive"} 30.0
nlp_service_queue_tokens{lane="bulk"} 1200.0
nlp_service_cache_lookups_total{backend="memory",result="hit"} 7.0
nlp_service_cache_lookups_total{backend="redis",result="miss"} 1e+03
nlp_service_stage_seconds_bucket{le="0.1",stage="encode"} 5.0
process_resident_memory_bytes 5.24288e+08
"""


def record(scheduled, latency, status=200, sentences=1, **others):
    return Record("p", "k", scheduled, scheduled, scheduled + latency, status, sentences, **others)


def sample(at, rss=0.0, server=0, **metrics):
    return Sample(at, server, rss, 0.0, {("nlp_service_" + name, frozenset()): v for name, v in metrics.items()})


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 100))
def test_so_many_percent_do_not_exceed_a_percentile(values, share):
    ordered = sorted(values)
    value = figures.percentile(ordered, share)
    below = sum(other < value for other in ordered)
    assert value in ordered
    assert sum(other <= value for other in ordered) >= share / 100 * len(ordered) - 1e-6
    assert below == 0 or below < share / 100 * len(ordered)


def test_rates_are_of_the_time_in_which_work_was_offered():
    # Ten requests in nine seconds; two answers come when no more are sent.
    records = [record(second, 0.5 if second < 8 else 5.0, sentences=3) for second in range(10)]
    summary = figures.summary(records)
    assert summary["requests_per_s"] == pytest.approx(8 / 9)
    assert summary["sentences_per_s"] == pytest.approx(24 / 9)
    assert summary["max_ms"] == pytest.approx(5000)


def test_who_comes_back_later_does_not_stretch_the_time_of_a_rate():
    records = [record(second, 0.5, sentences=3) for second in range(10)]
    late = record(100, 0.5, sentences=3, attempt=2)
    assert figures.summary([*records, late])["sentences_per_s"] == figures.summary(records)["sentences_per_s"]
    assert figures.summary([late])["requests_per_s"] == 0


def test_what_comes_after_its_deadline_is_no_goodput():
    records = [record(second, 0.2 if second % 2 else 0.05, sentences=2) for second in range(11)]
    summary = figures.summary(records, deadline_ms=100)
    assert summary["within_deadline_share"] == pytest.approx(6 / 11)
    assert summary["sentences_per_s"] == pytest.approx(5 * 2 / 10)


def test_failures_are_told_apart():
    statuses = [200, 200, 429, 500, 504, 0, 422]
    records = [record(second, 0.1, status) for second, status in enumerate(statuses)]
    records += [record(7, 0.1, whole=False), record(8, 0.1, 429, attempt=2)]
    summary = figures.summary(records)
    assert (summary["server_errors"], summary["unanswered"]) == (2, 1)
    assert summary["refused_share"] == pytest.approx(1 / 8)
    assert summary["error_share"] == pytest.approx(5 / 9)
    assert summary["statuses"] == {"0": 1, "200": 3, "422": 1, "429": 2, "500": 1, "504": 1}


def test_a_retry_after_comes_true_if_the_second_attempt_is_answered():
    refused = [record(0, 0, 429, retry_after_s=2), record(1, 0, 429, retry_after_s=4), record(2, 0, 429)]
    told = figures.retry_after([*refused, record(3, 0.1, attempt=2), record(4, 0, 429, attempt=2, retry_after_s=3)])
    assert (told["refused"], told["retries"], told["retry_after_mean_s"]) == (4, 2, 3)
    assert told["retry_after_given_share"] == 3 / 4
    assert told["retry_after_kept_share"] == 1 / 2


def test_stages_are_read_from_the_header():
    records = [record(0, 1, timing="total;dur=30.0, encode;dur=20.5"), record(1, 1, timing="total;dur=10.0")]
    assert figures.stages(records) == {
        "total": {"mean_ms": 20.0, "p95_ms": 30.0},
        "encode": {"mean_ms": 10.25, "p95_ms": 20.5},
    }


def test_what_no_stage_encoded_came_from_a_cache():
    timings = ["total;dur=30.0, encode;dur=20.5", "total;dur=1.0", "total;dur=2.0", "encode;dur=9.0"]
    records = [record(second, 1, timing=timing) for second, timing in enumerate(timings)]
    assert figures.encoded_share([*records, record(5, 1, 429, timing="total;dur=1"), record(6, 1)]) == 1 / 2
    assert figures.encoded_share([]) is None


def test_seconds_hold_what_was_due_and_what_came():
    rows = figures.by_second([record(10.2, 0.1, sentences=4), record(10.8, 1.5), record(11.5, 0.1, 429)], origin=10)
    assert [row["second"] for row in rows] == [0, 1, 2]
    assert [row["statuses"] for row in rows] == [{"200": 1}, {"429": 1}, {"200": 1}]
    assert [row["sentences"] for row in rows] == [4, 0, 1]
    assert rows[0]["p99_ms"] == pytest.approx(1500)
    assert rows[1]["p50_ms"] is None


def test_background_work_has_its_own_row_and_no_part_in_the_latencies():
    def at(second, latency, phase, kind):
        return Record(phase, kind, second, second, second + latency, 200, 1)

    records = [
        at(0, 0.1, "alone", "interactive"),
        at(1, 0.2, "both", "interactive"),
        at(1.1, 9, "both", "bulk"),
        at(2, 9, "both", "bulk"),
    ]
    parts = {name: len(group) for name, group in figures.parts(records, "bulk").items()}
    assert parts == {"alone": 1, "both, interactive": 1, "both, bulk": 2}
    assert {name: len(group) for name, group in figures.parts(records).items()} == {"alone": 1, "both": 3}
    rows = figures.by_second(records, origin=0, background="bulk")
    assert [(row["second"], row["p99_ms"] and round(row["p99_ms"])) for row in rows] == [
        (0, 100), (1, 200), (10, None), (11, None),
    ]  # fmt: skip
    assert sum(row["sentences"] for row in rows) == 4


def test_memory_that_fills_up_at_first_has_not_grown():
    filling = [sample(at, rss=min(100 + at * 10, 300)) for at in range(101)]
    leaking = [sample(at, rss=100 + at) for at in range(101)]
    assert figures.memory_growth(filling, 0, 100) == 0
    assert figures.memory_growth(leaking, 0, 100) == pytest.approx(190 / 140 - 1)
    assert figures.memory_growth(filling[:1], 0, 100) is None


def test_metrics_are_added_up_over_labels_that_are_not_given():
    seen = Sample(0.0, 0, 0.0, 0.0, parse(METRICS))
    assert seen.value("queue_tokens") == 1230
    assert seen.value("queue_tokens", lane="bulk") == 1200
    assert seen.value("cache_lookups_total", result="miss") == 1000
    assert seen.value("process_resident_memory_bytes") == 524288000
    assert seen.value("stage_seconds_bucket") == seen.value("nothing") == 0


def test_the_servers_counters_become_rates_and_shares():
    first = sample(0, batch_tokens_total=100, batch_padded_tokens_total=100, batch_sequences_sum=10)
    last = sample(10, batch_tokens_total=1000, batch_padded_tokens_total=1300, batch_sequences_sum=60)
    seen = figures.server_side([first, last])
    assert seen["padding_share"] == pytest.approx(0.25)
    assert seen["encoded_sequences_per_s"] == pytest.approx(5)
    assert seen["cache_hit_share"] is None


def test_counters_of_one_server_are_not_taken_from_another_s():
    rows = figures.watched([sample(0, batch_sequences_sum=50), sample(1, server=1, batch_sequences_sum=0)], origin=0)
    assert all("encoded_sequences_per_s" not in row for row in rows)


def test_the_queue_is_shown_by_lane_where_there_are_lanes():
    lanes = Sample(0.0, 0, 0.0, 0.0, parse(METRICS))
    rows = figures.watched([lanes, sample(1, server=1, queue_tokens=4)], origin=0)
    assert [row["queue_tokens"] for row in rows] == [{"interactive": 30, "bulk": 1200}, {"all": 4}]


@pytest.mark.parametrize(
    ("bounds", "value", "kept"),
    [
        ({"max": 2}, 2, True),
        ({"max": 2}, 2.01, False),
        ({"min": 1}, 1, True),
        ({"min": 1}, 0.99, False),
        ({"max": 2}, None, False),
        ({"max": 2}, math.nan, False),
    ],
)
def test_an_objective_is_kept_within_its_bound(bounds, value, kept):
    verdicts = slo.judge({"s": {"f": bounds}}, "s", {"f": value})
    assert [verdict.kept for verdict in verdicts] == [kept]


def test_a_scenarios_own_objective_wins():
    tables = {"every": {"errors": {"max": 0}}, "spike": {"errors": {"max": 5}, "p99_ms": {"max": 9}}, "soak": {}}
    assert [v.limit for v in slo.judge(tables, "spike", {"errors": 1, "p99_ms": 1})] == [5, 9]
    assert [v.line() for v in slo.judge(tables, "soak", {"errors": 1})] == ["errors is 1, must be at most 0"]


def test_a_figure_that_was_not_measured_is_said_to_be():
    (verdict,) = slo.judge({"every": {"p99_ms": {"max": 9}}}, "s", {})
    assert verdict.line() == "p99_ms wasn't measured, must be at most 9"


@pytest.mark.parametrize(
    "text", ["[s]\nf = 3", "[s]\nf = {}", "[s]\nf = { most = 3 }", '[s]\nf = { max = "3" }', "s = 1"]
)
def test_objectives_of_another_form_are_refused(text, tmp_path):
    file = tmp_path / "slo.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"slo\.toml"):
        slo.read_objectives(file)


@given(st.sampled_from([curves.ramp, curves.soak, curves.spike]), st.floats(0, 1), st.integers(1, 1000))
def test_a_shape_has_at_least_one_user_and_never_more_than_wanted(curve, share, users):
    assert 1 <= curve(share * 300, 300, users) <= users


def test_shapes_have_their_forms():
    def levels(curve):
        return [curve(second, 120, 80) for second in range(120)]

    ramp, soak, spike = map(levels, (curves.ramp, curves.soak, curves.spike))
    assert sorted(ramp) == ramp
    assert sorted(set(ramp)) == [10, 20, 30, 40, 50, 60, 70, 80]
    assert set(soak[6:]) == {80}
    assert [spike[second] for second in (0, 39, 40, 59, 60, 119)] == [10, 10, 80, 80, 10, 10]
