"""What needs neither PyTorch nor onnx: padding and order of texts, asking workers, and the report's numbers."""

import json

import numpy as np
import pytest

from training.export_variants import machine, measuring, results
from training.export_variants.__main__ import sample
from training.export_variants.runtimes import Opened
from training.export_variants.worker import Job, Work

CPUINFO = """processor\t: 0
model name\t: A Processor
flags\t\t: fpu avx2 avx512f {vnni}

processor\t: 1
model name\t: Another
"""


def summing(ids, mask):
    """Vectors that say which tokens were seen: their number and their sum."""
    return np.stack([mask.sum(axis=1), (ids * mask).sum(axis=1)], axis=1).astype(np.float32)


def work(sequences, encode=summing):
    return Work(Opened(encode, np.int64, 0.0), sequences, pad_id=7)


def found(seconds, vectors=((1.0, 0.0),), batched=None, resident=2_000_000):
    rounds = [{"64": second, "32": 2 * second, "single": second / 10} for second in seconds]
    alone = np.array(vectors, dtype=np.float32)
    return measuring.Measured(1.5, rounds, resident, alone, alone if batched is None else np.array(batched))


def test_vectors_come_in_the_order_of_the_texts():
    sequences = [[1] * length for length in (3, 1, 70, 2)] + [[5, number] for number in range(100)]
    vectors = work(sequences).vectors()
    expected = [[len(sequence), sum(sequence)] for sequence in sequences]
    assert vectors["alone"].tolist() == vectors["batched"].tolist() == expected


def test_a_round_sees_every_text_once_in_batches_of_each_size_and_some_alone():
    shapes = []

    def encode(ids, mask):
        shapes.append(ids.shape)
        return summing(ids, mask)

    seconds = work([[1] * (1 + number) for number in range(70)], encode).round()
    assert shapes[:5] == [(64, 64), (6, 70), (32, 32), (32, 64), (6, 70)]
    assert {rows for rows, _ in shapes[5:]} == {1} and 30 <= len(shapes[5:]) <= 40
    assert seconds.keys() == {"64", "32", "single"}


def test_padding_is_masked():
    seen = []
    work([[1, 2, 3], [4]], lambda ids, mask: seen.append((ids, mask)) or summing(ids, mask)).round()
    ids, mask = seen[0]
    assert ids.tolist() == [[4, 7, 7], [1, 2, 3]] and mask.tolist() == [[1, 0, 0], [1, 1, 1]]


def test_a_worker_that_cannot_load_says_why(tmp_path):
    (tmp_path / "sequences.json").write_text(json.dumps([[0, 2]]), encoding="utf-8")
    job = Job("onnxruntime", str(tmp_path / "none.onnx"), 1, True, str(tmp_path / "sequences.json"), "", 1)
    measured, reasons = measuring.measure({"broken": job}, rounds=1)
    assert measured == {} and "none.onnx" in reasons["broken"]


def test_speed_is_relative_to_the_first_and_the_first_round_does_not_count():
    table = results.speed({"slow": found([9, 2, 4, 2]), "fast": found([9, 1, 1, 2])}, texts=100)
    assert table["slow"]["per_s_64"] == 50 and table["slow"]["times_64"] == 1
    assert table["fast"]["per_s_64"] == 100 and table["fast"]["times_64"] == 2
    assert table["fast"]["per_s_32"] == 50 and table["fast"]["single_ms"] == pytest.approx(100)
    assert table["fast"]["first_per_s_64"] == pytest.approx(100 / 9) and table["fast"]["spread"] == 0.5


def test_agreement_is_with_the_reference_and_movement_with_oneself():
    measured = {"exact": found([1, 1]), "moved": found([1, 1], [[0.8, 0.6]], [[0.8, 0.601]], resident=None)}
    table = results.agreement(measured, np.array([[1.0, 0.0]], dtype=np.float32), lambda name: 3_000_000)
    assert table["exact"] == {
        "file_mb": 3.0,
        "load_s": 1.5,
        "resident_mb": 2.0,
        "lowest_cosine": "1.000000",
        "mean_cosine": "1.000000",
        "movement": "0.0e+00",
    }
    assert table["moved"]["lowest_cosine"] == "0.800000" and table["moved"]["movement"] == "1.0e-03"
    assert table["moved"]["resident_mb"] is None


@pytest.mark.parametrize(("vnni", "expected"), [("avx512_vnni", True), ("avx_vnni", True), ("", False)])
def test_the_processor_is_named_with_its_features(tmp_path, vnni, expected):
    path = tmp_path / "cpuinfo"
    path.write_text(CPUINFO.format(vnni=vnni), encoding="utf-8")
    described = machine.describe(path)
    assert described["processor"] == "A Processor"
    assert (described["avx2"], described["amx_int8"]) == ("yes", "no")
    assert machine.has_vnni(path) is expected


def test_features_are_unknown_where_the_system_does_not_tell(tmp_path):
    assert machine.describe(tmp_path / "none")["avx2"] == "unknown"
    assert machine.has_vnni(tmp_path / "none") is False


def test_a_sample_is_from_all_parts():
    assert sample(list("abcdefghij"), 5) == list("acegi")
    assert sample(list("abc"), 10) == list("abc")
