"""Metrics of several processes, each in its own."""

import subprocess
import sys

import pytest
from prometheus_client import generate_latest

from nlp_service.shared_metrics import SharedMetrics

WORKER = """
import sys
from pathlib import Path
from nlp_service.shared_metrics import SharedMetrics
from nlp_service.telemetry import Telemetry

telemetry = Telemetry(SharedMetrics(Path(sys.argv[1]), int(sys.argv[2])))
telemetry.batch(sequences=3, tokens=10, padded=12, seconds=0.02)
telemetry.queue("bulk", sequences=2, tokens=7)
telemetry.cache_resting("redis", sys.argv[2] == "1")
if sys.argv[2] == "1":
    sys.stdout.write(telemetry.render().decode())
"""


@pytest.fixture
def work(tmp_path):
    """Lets a worker do its work and end; what it renders."""

    def worked(worker):
        command = [sys.executable, "-c", WORKER, str(tmp_path), str(worker)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    return worked


def test_each_answers_for_all_and_a_replacement_counts_on(work, tmp_path, metrics):
    work(0)
    metric = metrics(work(1))
    assert metric("batch_tokens_total") == 20
    assert metric("batch_sequences_count") == 2
    assert metric("queue_tokens", lane="bulk") == 14
    assert metric("cache_resting", backend="redis") == 1
    SharedMetrics(tmp_path, 1).ended()
    work(0)  # the replacement of the first one
    metric = metrics(generate_latest(SharedMetrics(tmp_path, 0).registry()).decode())
    assert metric("batch_tokens_total") == 30
    assert metric("queue_tokens", lane="bulk") == 7
    assert metric("cache_resting", backend="redis") == 0
    assert len(list(tmp_path.glob("counter_*.db"))) == 2


def test_a_file_that_is_just_being_made_does_no_harm(work, tmp_path, metrics):
    work(0)
    (tmp_path / "counter_7.db").touch()
    text = generate_latest(SharedMetrics(tmp_path, 0).registry()).decode()
    assert metrics(text)("batch_tokens_total") == 10
