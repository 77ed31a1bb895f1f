"""The command: from labelled texts to a report, one line for what is wrong."""

import argparse
import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from evaluation.reasons import __main__ as command
from evaluation.reasons import pictures
from evaluation.reasons.distribution import gather, read
from nlp_service.errors import ConfigurationError
from nlp_service.settings import MODELS

TEXTS = {
    "都五天了还没发货，能不能快点": "delivery.dispatch.urge_dispatch",
    "請問可以用順豐寄嗎": "delivery.courier.sf_express",
    "Can you tell me where my parcel is?": "delivery",
    "谢谢亲": "conversation.replies.thanks",
    "what is the capital of Peru": None,
    "": None,
}


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Runs the command on rows of text and label; gives the figures and the readable report."""

    def start(rows, *arguments):
        test, report = tmp_path / "test.jsonl", tmp_path / "report"
        lines = [json.dumps({"text": text, "label": label}, ensure_ascii=False) for text, label in rows.items()]
        test.write_text("\n".join(lines), encoding="utf-8")
        given = ["--model", str(MODELS / "reasons"), "--test", str(test), "--report", str(report), "--resamples", "50"]
        monkeypatch.setattr(sys, "argv", ["x", *given, *arguments])
        command.main()
        written = json.loads((report / "report.json").read_text(encoding="utf-8"))
        return SimpleNamespace(**written, readable=(report / "report.md").read_text(encoding="utf-8"), folder=report)

    return start


@pytest.fixture
def no_pictures(monkeypatch):
    def draw(*arguments, **named):
        raise ConfigurationError("pictures need matplotlib: pip install 'nlp-service[train]'")

    monkeypatch.setattr(pictures, "draw", draw)


def test_the_service_is_asked_and_every_section_written(run, capsys, no_pictures):
    report = run(TEXTS, "--out-of-scope-recall-at", "0.5")
    figures = report.figures
    assert figures["as decided"]["rows"] == len(TEXTS)
    assert sum(figures["as decided"][name] for name in ("coverage", "review", "out_of_scope")) == pytest.approx(1.0)
    assert list(figures["by level, as decided"]) == ["level 1", "level 2", "level 3"]
    assert figures["by level, as decided"]["level 3"]["accuracy"] == pytest.approx(figures["as decided"]["accuracy"])
    assert figures["out of scope"]["rows_out_of_scope"] == 2
    assert figures["out of scope"]["recall_as_decided"] >= 0.5  # the empty text at least
    assert figures["accuracy against coverage"]["target_precision"] == 0.95
    assert set(figures["by code"]) == {label or "out of scope" for label in TEXTS.values()}
    assert "comparison" not in figures
    assert {"encoder", "reasons"} < set(report.artifacts)
    assert "## Pictures\n\nNone: pictures need matplotlib: pip install 'nlp-service[train]'" in report.readable
    assert report.readable in capsys.readouterr().out
    assert "Peru" not in report.readable


def test_all_probabilities_of_the_service_add_up():
    nodes = command._tree(MODELS / "reasons", None)
    answers, _ = command.ask(list(TEXTS), nodes, {"reasons": MODELS / "reasons"})
    assert len(answers.codes) > 100
    assert (answers.in_scope <= 1.0).all()
    assert answers.in_scope[:4].min() > 0.5 > answers.in_scope[-1]
    assert np.all(answers.at_level(0)[1].sum(axis=1) == pytest.approx(answers.probabilities.sum(axis=1)))


def test_two_models_are_compared(run, monkeypatch, tree, result, capsys):
    own = {"fine": "fee.refund", "also fine": "hello"}
    said = iter([["fee.refund", "hello"], ["fee.refund", None]])

    def ask(texts, nodes, settings):
        results = [result(code, fee_refund=0.8, hello=0.1) for code in next(said)]
        return gather(tree, [read(one, tree) for one in results]), {"reasons": str(settings["reasons"])[-1] * 64}

    monkeypatch.setattr(command, "ask", ask)
    monkeypatch.setattr(command, "_tree", lambda model, file: tree)
    report = run(own, "--against", "models/b")
    compared = report.figures["comparison"]
    assert compared["as decided"]["only_this_right"] == 1
    assert compared["as decided"]["differences, this less against"]["accuracy"]["value"] == 0.5
    assert compared["side by side"]["reasons"]["accuracy"] == 1.0
    assert compared["side by side"]["b"]["coverage"] == 0.5
    assert (compared["this"], compared["against"]) == ("reasons", "b")
    assert "reasons isn't shown to be better than b: accuracy 1.000 and 0.500" in report.readable
    assert capsys.readouterr().out.splitlines()[-1] == compared["as decided"]["verdict"]
    assert report.artifacts == {"reasons": "s" * 64, "against reasons": "b" * 64}
    assert ("![Calibration](calibration.png)" in report.readable) == (report.folder / "calibration.png").exists()


def test_models_that_read_labels_differently_are_not_compared(run, monkeypatch, tree, capsys):
    swapped = SimpleNamespace(id="other", resolve=lambda label: "fee")
    trees = iter([tree, swapped])
    monkeypatch.setattr(command, "_tree", lambda model, file: next(trees))
    with pytest.raises(SystemExit) as caught:
        run({"在吗": "hello"}, "--against", "b")
    assert caught.value.code == 2
    assert "give both one with --taxonomy" in capsys.readouterr().err


def test_an_encoder_brings_the_models_beside_it(tmp_path):
    for name in ("encoder", "emotions", "kinds", "questions", "faq"):
        (tmp_path / name).mkdir()
    options = argparse.Namespace(taxonomy=tmp_path / "tree.yaml", target_precision=None)
    settings = command._settings(tmp_path / "reasons", tmp_path / "encoder", options)
    assert settings == {
        "reasons": tmp_path / "reasons",
        "taxonomy": tmp_path / "tree.yaml",
        "encoder": tmp_path / "encoder",
        "emotions": tmp_path / "emotions",
        "kinds": tmp_path / "kinds",
        "questions": tmp_path / "questions",
        "faq_model": tmp_path / "faq",
    }


@pytest.mark.parametrize(
    ("rows", "arguments", "message"),
    [
        ({"退货怎么退": "weather"}, [], "test.jsonl: line 1: label 'weather' is neither a code, a name nor an alias"),
        ({"退货怎么退": None}, ["--model", "nowhere"], "nowhere"),
        ({"退货怎么退": None}, ["--taxonomy", "nowhere.yaml"], "nowhere.yaml: can't be read"),
        ({"退货怎么退": None}, ["--target-precision", "0.5"], "0.95, 0.98; asked for 0.5"),
    ],
)
def test_what_is_wrong_is_one_line_and_exit_code_2(run, capsys, rows, arguments, message):
    with pytest.raises(SystemExit) as caught:
        run(rows, *arguments)
    assert caught.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("evaluation.reasons: ")
    assert message in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [["--target-precision", "0"], ["--target-precision", "95"], ["--resamples", "0"], ["--against-encoder", "e"]],
)
def test_options_out_of_range_are_refused(run, arguments):
    with pytest.raises(SystemExit) as caught:
        run({"退货怎么退": None}, *arguments)
    assert caught.value.code == 2
