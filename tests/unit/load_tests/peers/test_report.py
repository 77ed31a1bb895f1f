"""Figures and the report."""

import json

import pytest

from load_tests.peers import report
from load_tests.peers.chats import Results
from load_tests.peers.client import Load
from load_tests.peers.contenders import Contender
from load_tests.peers.embeddings import SHAPES, Result
from load_tests.peers.figures import Rounds, cosine, percentile, ratio
from load_tests.peers.report import Run

ABOUT = {
    "date": "2026-11-22 12:00 UTC",
    "cores": 2,
    "processor": "a processor",
    "load_average_before": 0.1,
    "load_average_after": 1.9,
    "sentences": 4000,
    "chats": 300,
    "transcripts": "chats.jsonl",
    "rounds": 2,
}


def rounds(*rates, failures=0):
    done = Rounds()
    for rate in rates:
        done.add(Load(seconds=2.0, sentences=2 * rate, latencies=[1000 / rate], failures=failures))
    return done


def result(name, *rates):
    return Result(Contender(name, [], "/health", "as usual"), 0.99991, {shape: rounds(*rates) for shape in SHAPES})


@pytest.fixture
def run():
    chats = Results(
        rounds(900, 700), rounds(20_000, 30_000), rounds(30, 20), {"2 sessions": [1000, 800], "1 session": [500, 900]}
    )
    peers = [result("nlp-service", 1000, 500), result("slow", 100, 100), result("fast", 400, 250)]
    return Run(ABOUT, {"slow": {"torch": "2.13.0"}}, peers, chats)


def test_a_percentile_is_a_value_that_was_measured():
    assert percentile([5.0, 1.0, 3.0, 2.0, 4.0], 0.5) == 3.0
    assert percentile([5.0, 1.0, 3.0, 2.0, 4.0], 0.99) == 5.0
    assert percentile([7.0], 0.01) == 7.0


def test_a_ratio_holds_each_round_against_the_same_round():
    assert ratio([1000.0, 500.0, 100.0], [500.0, 250.0, 50.0]) == 2.0


def test_vectors_of_the_same_direction_have_a_cosine_of_one():
    assert cosine([3.0, 4.0], [6.0, 8.0]) == pytest.approx(1.0)
    assert cosine([1.0, 0.0], [0.0, 2.0]) == pytest.approx(0.0)


def test_the_best_peer_of_each_load_is_found_with_how_much_faster_ours_is(run):
    found = report.best_peers(run.embeddings)
    assert set(found) == set(SHAPES)
    assert all(name == "fast" and times_as_fast == pytest.approx(2.25) for name, times_as_fast in found.values())


def test_the_limit_is_the_encoders_best_configuration_by_median(run):
    assert run.chats.limit == ("2 sessions", [1000, 800])


def test_the_report_gives_rates_ratios_and_settings(run):
    text = report.markdown(run)
    assert "| fast | 325 | 325 | 325 | 325 |" in text
    assert "| slow | 7.50 | 7.50 | 7.50 | 7.50 |" in text
    assert "| slow | as usual | torch 2.13.0 | 0.999910 |" in text
    assert "89% of the limit" in text  # median of 0.9 and 0.875
    assert "goal 90 %" in text
    assert "32.5 × the three models" in text
    assert "failed" not in text


def test_failed_requests_are_said_so(run):
    run.embeddings[2].shapes[SHAPES[0]].failures = 3
    run.chats.new.failures = 2
    text = report.markdown(run)
    assert "(3 failed)" in text
    assert "2 requests failed" in text


def test_one_part_alone_can_be_reported(run):
    chats_only = report.markdown(Run(ABOUT, {}, [], run.chats))
    assert "/v1/embeddings" not in chats_only
    embeddings_only = report.markdown(Run(ABOUT, {}, run.embeddings[:1], None))
    assert "whole chats" not in embeddings_only
    assert "nlp-service" in embeddings_only


def test_the_json_holds_every_round_and_the_picture_is_drawn(run, tmp_path):
    pytest.importorskip("matplotlib")
    from load_tests.peers import picture

    report.write(run, tmp_path)
    picture.draw(run, tmp_path / "report.png")
    written = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert written["embeddings"][2]["loads"][0]["rounds"] == [400.0, 250.0]
    assert written["chats"]["nlp-service, nothing cached"]["sentences_per_second"] == 800.0
    assert (tmp_path / "report.png").read_bytes().startswith(b"\x89PNG")
