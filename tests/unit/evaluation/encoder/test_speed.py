"""What an encoder costs."""

import time
from functools import partial

import numpy as np
import pytest

from evaluation.encoder.candidates import open_candidate
from evaluation.encoder.speed import STATM, measure, memory_grown


def sleeping(seconds, log):
    """Takes the same time for every text."""

    def encode(texts):
        log.append((seconds, len(texts)))
        time.sleep(seconds * len(texts))
        return np.zeros((len(texts), 2), dtype=np.float32)

    return encode


def test_the_slower_encoder_is_slower_in_both_figures(candidate):
    log = []
    encoders = [candidate(sleeping(0.001, log), "fast"), candidate(sleeping(0.004, log), "slow")]
    costs = measure(encoders, ["一", "二", "三", "四"], rounds=2)
    assert costs["fast"]["speed_ratio"] == costs["fast"]["single_ratio"] == 1.0
    assert costs["slow"]["speed_ratio"] < 0.7
    assert costs["slow"]["single_ratio"] > 1.5
    assert costs["slow"]["single_ms"] >= 4
    batches = [seconds for seconds, size in log if size == 4]
    assert batches == [0.001, 0.004] * 3  # one round to warm up, two that count


@pytest.mark.skipif(not STATM.exists(), reason="only Linux says how much memory is resident")
def test_memory_is_measured_in_a_fresh_process():
    grown = memory_grown(partial(open_candidate, "t", "tfidf", threads=1, texts=("请问退钱", "尺码大小", "开发票")))
    assert grown > 1_000_000
