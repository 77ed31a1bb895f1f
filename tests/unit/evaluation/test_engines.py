"""Engines side by side: what can't be used is said, what was asked for and can't be used fails."""

import json
import sys

import pytest

from evaluation import engines
from evaluation.engines import LOWEST_COSINE, known, main, read_texts
from nlp_service.errors import DataError

README = (engines.MODELS.parent / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def texts(tmp_path):
    path = tmp_path / "texts.jsonl"
    rows = [{"text": text} for text in ("退款", "快递三天没动了，麻烦催一下好吗？", "Where is it?", "\u200b")]
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def command(monkeypatch, texts, tmp_path):
    """Runs the command on few texts, on a machine without PyTorch; gives the figures and the exit code."""
    for name in ("torch", "onnx"):
        monkeypatch.setitem(sys.modules, name, None)
    for name in ("torch_engine", "weights"):
        monkeypatch.delitem(sys.modules, f"nlp_service.embedding.encoder.{name}", raising=False)

    def run(*arguments):
        size = ["--batch", "1", "2", "--rounds", "1", "--threads", "1"]
        report = tmp_path / "report"
        argv = ["x", "--texts", str(texts), "--report", str(report), *size, *arguments]
        monkeypatch.setattr(sys, "argv", argv)
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code
        return json.loads((report / "report.json").read_text(encoding="utf-8"))["figures"], code

    return run


def test_every_engine_is_known_on_every_device():
    assert known() == ["onnxruntime:cpu", "onnxruntime:cuda", "torch:cpu", "torch:cuda"]


def test_what_isnt_asked_for_may_be_missing(command, capsys):
    figures, code = command()
    assert code == 0
    assert figures["texts"] == 3
    assert "gpu-torch" in figures["not usable"]["torch:cpu"]["reason"]
    row = figures["engines"]["onnxruntime:cpu"]
    assert row["lowest cosine"] >= LOWEST_COSINE[row["precision"]]
    assert row["off: millionths"] < row["tolerated: millionths"] == pytest.approx(100)
    assert row["largest change in a batch: millionths"] < 1
    assert row["one sentence: ms"] > 0
    for figure in ("sentences/s", "bare model: sentences/s", "share of the bare model"):
        assert set(figures[figure]["onnxruntime:cpu"]) == {"batches of 1", "batches of 2"}
        assert min(figures[figure]["onnxruntime:cpu"].values()) > 0
    assert "| onnxruntime:cpu |" in capsys.readouterr().out


def test_what_is_asked_for_and_missing_is_reported_with_its_reason_and_fails(command, capsys):
    figures, code = command("--engine", "onnxruntime:cpu", "torch:cuda")
    assert code == 2
    assert list(figures["engines"]) == ["onnxruntime:cpu"]
    assert list(figures["not usable"]) == ["torch:cuda"]
    assert "evaluation.engines: torch:cuda: engine 'torch' needs" in capsys.readouterr().err


def test_vectors_out_of_tolerance_fail(command, monkeypatch, capsys):
    monkeypatch.setattr(engines, "LOWEST_COSINE", {"float32": 1.1})
    _, code = command("--engine", "onnxruntime:cpu")
    assert code == 1
    assert "out of tolerance: onnxruntime:cpu" in capsys.readouterr().err


@pytest.mark.parametrize("line", ["{", "3", '{"label": "x"}', '{"text": 3}', '{"text": " "}', ""])
def test_texts_that_arent_there_are_one_line(tmp_path, line):
    path = tmp_path / "texts.jsonl"
    path.write_text(line, encoding="utf-8")
    with pytest.raises(DataError, match=r"texts\.jsonl: ") as refusal:
        read_texts(path)
    assert "\n" not in str(refusal.value)


def test_the_tolerance_is_the_one_the_readme_states():
    for precision, cosine in LOWEST_COSINE.items():
        assert f"{precision} ≥ {cosine}" in README
