"""The command: one page for several encoders, one line for what is wrong."""

import json
import sys

import pytest

from evaluation.encoder import page
from evaluation.encoder.__main__ import main, named
from nlp_service.errors import ConfigurationError


@pytest.fixture
def command(monkeypatch, data, own, tmp_path):
    """Runs the command on the samples, in our own folder; gives the folder of its report."""
    monkeypatch.chdir(own)
    monkeypatch.setattr(page, "plot", lambda summary, folder: None)

    def run(*encoders, folder=data):
        report = tmp_path / "report"
        arguments = ["--data", str(folder), "--report", str(report), "--limit", "60", "--threads", "1"]
        monkeypatch.setattr(sys, "argv", ["x", "--encoder", *encoders, *arguments])
        main()
        return report

    return run


def test_two_encoders_on_one_page(command, capsys):
    report = command("first=tfidf", "second=tfidf")
    figures = json.loads((report / "report.json").read_text(encoding="utf-8"))["figures"]
    assert next(iter(figures)) == "summary"
    assert list(figures["summary"]) == ["first", "second"]
    quality = {name: row["quality"] for name, row in figures["summary"].items()}
    assert quality["first"] == quality["second"] > 0.5
    assert figures["cost"]["first"]["speed_ratio"] == 1.0
    assert figures["cost"]["first"]["memory_mb"] is None
    assert {"classification", "unseen intents", "pairs", "clustering", "retrieval", "Traditional", "robustness"} < set(
        figures
    )
    assert "| cic, typos |" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tfidf"], "isn't NAME=SPEC"),
        (["=tfidf"], "isn't NAME=SPEC"),
        (["a=tfidf", "a=tfidf"], "two encoders are called 'a'"),
    ],
)
def test_arguments_that_name_no_encoder(arguments, message):
    with pytest.raises(ConfigurationError, match=message):
        named(arguments)


@pytest.mark.parametrize("encoder", ["a", "a=nowhere", "a=sentence-transformers:nowhere"])
def test_a_bad_encoder_is_one_line_and_exit_code_2(command, capsys, encoder):
    with pytest.raises(SystemExit) as caught:
        command(encoder)
    assert caught.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("evaluation.encoder: ")
    assert said.count("\n") == 1


def test_a_missing_data_folder_is_one_line_and_exit_code_2(command, capsys, tmp_path):
    with pytest.raises(SystemExit) as caught:
        command("a=tfidf", folder=tmp_path / "nowhere")
    assert caught.value.code == 2
    assert capsys.readouterr().err == f"evaluation.encoder: {tmp_path / 'nowhere'}: no such folder\n"
