"""From labelled texts, or none, to a model that the service reads; figures rest on texts it hasn't seen."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from nlp_service import artifact, taxonomy
from nlp_service.embedding.encoder.onnx import OnnxEncoder
from nlp_service.settings import MODELS
from nlp_service.tasks.reasons import ReasonClassifier
from nlp_service.text import ngrams_of, prepare
from training import noise
from training.reasons.__main__ import main
from training.reasons.calibrating import LevelJudged, _threshold
from training.reasons.zero_shot import what_it_rests_on

GROUPS = Path("training/seeds/paraphrases/banking_en.jsonl")
CODES = 12
TEST_TEXTS = 2


@pytest.fixture(scope="module")
def encoder() -> OnnxEncoder:
    return OnnxEncoder(artifact.load(MODELS / "encoder", "encoder"), threads=1)


@pytest.fixture(scope="module")
def groups() -> dict[str, list[str]]:
    rows = [json.loads(line) for line in GROUPS.read_text(encoding="utf-8").splitlines()[:CODES]]
    return {row["intent"]: row["texts"] for row in rows}


@pytest.fixture
def tree(tmp_path: Path, groups: dict[str, list[str]]) -> Path:
    nodes = [{"code": code, "name": {"en": code.replace("-", " ")}} for code in groups]
    path = tmp_path / "banking.yaml"
    path.write_text(yaml.safe_dump(nodes), encoding="utf-8")
    return path


@pytest.fixture
def tickets(tmp_path: Path, groups: dict[str, list[str]]) -> Path:
    path = tmp_path / "tickets.jsonl"
    rows = [{"text": text, "label": code} for code, texts in groups.items() for text in texts[TEST_TEXTS:]]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def _train(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", ["training.reasons", *map(str, arguments)])
    main()


def _classifier(folder: Path, encoder: OnnxEncoder) -> ReasonClassifier:
    model = artifact.load(folder, "reasons")
    tree = taxonomy.load(folder / model.config["taxonomy"])
    return ReasonClassifier(model, tree, encoder_digest=encoder.info.digest, precision=0.9)


def _judge(classifier: ReasonClassifier, encoder: OnnxEncoder, texts: list[str]) -> list[int]:
    prepared = [prepare(text) for text in texts]
    vectors = encoder.encode(encoder.tokenize(prepared))
    return [int(best) for best in classifier.classify(vectors, ngrams_of(prepared)).argmax(axis=1)]


def _recall(classifier: ReasonClassifier, encoder: OnnxEncoder, groups: dict[str, list[str]]) -> float:
    texts = [(text, code) for code, some in groups.items() for text in some[:TEST_TEXTS]]
    likeliest = _judge(classifier, encoder, [text for text, _ in texts])
    return float(
        np.mean([classifier.tree.codes[best] == code for best, (_, code) in zip(likeliest, texts, strict=True)])
    )


def test_labels_make_a_model_that_knows_new_texts_and_says_how_well(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    encoder: OnnxEncoder,
    groups: dict[str, list[str]],
    tree: Path,
    tickets: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    audit = tmp_path / "audit.csv"
    _train(monkeypatch, "--taxonomy", tree, "--train", tickets, "--out", tmp_path / "model", "--audit", audit)
    steps = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("  epoch")]
    assert [step.split(":")[0] for step in steps] == ["cross-validation"] * 3 + ["final model"]
    assert _recall(_classifier(tmp_path / "model", encoder), encoder, groups) >= 0.7
    report: dict[str, Any] = json.loads((tmp_path / "model" / "report.json").read_text(encoding="utf-8"))
    figures = report["figures"]
    ways = figures["likeliest code"]
    assert set(ways) == {"all ways blended, as served", "head alone, no tree", "nearest direction alone"}
    assert figures["calibration"]["estimated share of wrong labels"] == 0
    limits = [row["threshold, level 1"] for row in figures["target precisions"].values()]
    assert limits == sorted(limits)
    assert limits[-1] > limits[0]
    assert audit.read_text(encoding="utf-8-sig").startswith("file,row,text,label,suggested")


@pytest.mark.parametrize("again", ["--train", "--valid"])
def test_a_text_that_is_there_twice_is_not_judged_by_what_was_learned_of_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tree: Path, tickets: Path, again: str
) -> None:
    """Labels are drawn at random: whoever knows more than a third of them has seen them."""
    rows = [json.loads(line) for line in tickets.read_text(encoding="utf-8").splitlines()]
    codes = np.random.default_rng(3).permutation([row["label"] for row in rows])
    tickets.write_text(
        "\n".join(json.dumps({"text": row["text"], "label": code}) for row, code in zip(rows, codes, strict=True)),
        encoding="utf-8",
    )
    twice = [tickets, tickets] if again == "--train" else [tickets, again, tickets]
    extra = tmp_path / "extra.jsonl"  # so that there is something to learn from that --valid doesn't name
    extra.write_text(json.dumps({"text": "Something else entirely", "label": codes[0]}), encoding="utf-8")
    _train(monkeypatch, "--taxonomy", tree, "--train", *twice, "--extra", extra, "--out", tmp_path / "m", "--epochs", 5)
    report = json.loads((tmp_path / "m" / "report.json").read_text(encoding="utf-8"))
    assert report["figures"]["likeliest code"]["all ways blended, as served"]["accuracy"] < 1 / 3


def test_the_same_seed_gives_the_same_model(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tree: Path, tickets: Path
) -> None:
    digests = []
    for name in ("first", "second"):
        _train(monkeypatch, "--taxonomy", tree, "--train", tickets, "--out", tmp_path / name, "--epochs", 1)
        digests.append(artifact.load(tmp_path / name, "reasons").digest)
    assert digests[0] == digests[1]


def test_without_a_label_codes_are_known_by_their_names(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    encoder: OnnxEncoder,
    groups: dict[str, list[str]],
    tree: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _train(monkeypatch, "--taxonomy", tree, "--out", tmp_path / "model")
    written, rests = capsys.readouterr().out.splitlines()
    assert written.startswith(f"{tmp_path / 'model'}: {CODES} codes, known by their names")
    assert rests.startswith("Thresholds and what is out of scope rest on nothing but the tree: --messages with 50 ")
    classifier = _classifier(tmp_path / "model", encoder)
    assert _recall(classifier, encoder, groups) >= 4 / CODES
    names = [code.replace("-", " ") for code in classifier.tree.codes]
    assert _judge(classifier, encoder, names) == list(range(CODES))


def test_without_a_label_a_report_says_what_was_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tree: Path, tickets: Path
) -> None:
    places = ["--out", tmp_path / "model", "--report", tmp_path / "report"]
    _train(monkeypatch, "--taxonomy", tree, "--messages", tickets, *places)
    report = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))
    assert report["figures"]["codes"] == CODES
    assert report["figures"]["messages read"] == len(tickets.read_text(encoding="utf-8").splitlines())
    assert "not checked" in report["figures"]["thresholds"]
    assert set(report["data"]) == {tree.name, tickets.name}
    assert report["artifacts"]["reasons"] == artifact.load(tmp_path / "model", "reasons").digest
    assert not (tmp_path / "model" / "report.json").exists()


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        (0, "scope rest on nothing but the tree"),
        (49, "; 49 are too few to say."),
        (50, "out of scope on 50 messages"),
    ],
)
def test_what_rests_on_messages_is_said_only_if_there_are_enough(messages: int, said: str) -> None:
    assert said in what_it_rests_on(messages)


def test_messages_beside_labelled_texts_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tree: Path, tickets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        _train(monkeypatch, "--taxonomy", tree, "--train", tickets, "--messages", tickets, "--out", tmp_path / "model")
    (line,) = capsys.readouterr().err.splitlines()
    assert stop.value.code == 2
    assert "--messages" in line
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize("option", ["--out", "--report", "--audit"])
def test_what_cant_be_written_is_refused_before_any_work(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    tree: Path,
    tickets: Path,
    capsys: pytest.CaptureFixture[str],
    option: str,
) -> None:
    taken = tmp_path / "taken"
    taken.write_text("mine", encoding="utf-8")
    before = set(tmp_path.iterdir())
    place = taken / "audit.csv" if option == "--audit" else taken
    with pytest.raises(SystemExit) as stop:
        _train(monkeypatch, "--taxonomy", tree, "--train", tickets, "--out", tmp_path / "model", option, place)
    (line,) = capsys.readouterr().err.splitlines()
    assert stop.value.code == 2
    assert line == f"training.reasons: {taken}: can't be written into: {taken} is no folder"
    assert set(tmp_path.iterdir()) == before


def test_a_label_that_the_tree_lacks_ends_in_one_line_and_code_2(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text(json.dumps({"text": "my secret text", "label": "unheard-of"}), encoding="utf-8")
    with pytest.raises(SystemExit) as stop:
        _train(monkeypatch, "--taxonomy", tree, "--train", rows, "--out", tmp_path / "model")
    said = capsys.readouterr().err
    assert stop.value.code == 2
    assert "rows.jsonl: line 1: label 'unheard-of' is neither a code, a name nor an alias" in said
    assert "secret" not in said


@pytest.mark.parametrize(
    ("labels", "said"), [([None], "no labelled text has a code"), (["first"] * 9, "all texts to calibrate on have one")]
)
@pytest.mark.parametrize("mode", ["head", "full"])
def test_texts_of_no_code_or_one_are_refused(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    groups: dict[str, list[str]],
    tree: Path,
    capsys: pytest.CaptureFixture[str],
    labels: list[str | None],
    said: str,
    mode: str,
) -> None:
    (first, *_) = groups
    texts = [{"text": f"hello {number}", "label": label and first} for number, label in enumerate(labels)]
    rows = tmp_path / "rows.jsonl"
    rows.write_text("\n".join(map(json.dumps, texts)), encoding="utf-8")
    with pytest.raises(SystemExit) as stop:
        _train(monkeypatch, "--taxonomy", tree, "--train", rows, "--out", tmp_path / "model", "--mode", mode)
    assert stop.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize(("target", "limit"), [(0.6, 0.1), (0.75, 0.6), (1.0, 0.8)])
def test_a_threshold_is_the_least_from_which_on_the_target_share_is_right(target: float, limit: float) -> None:
    judged = LevelJudged(np.array([0.9, 0.8, 0.7, 0.6, 0.1]), np.array([1.0, 1.0, 0.0, 1.0, 0.0]), chance=0.0)
    assert _threshold(judged, np.ones(5, dtype=bool), target, noise.NoiseModel(1.0, 0.0)) == limit


def test_wrong_labels_are_not_held_against_the_model() -> None:
    judged = LevelJudged(np.array([0.9, 0.8, 0.7, 0.6]), np.array([1.0, 0.0, 1.0, 1.0]), chance=0.0)
    assert _threshold(judged, np.ones(4, dtype=bool), 0.95, noise.NoiseModel(1.0, 0.0)) == 0.9
    assert _threshold(judged, np.ones(4, dtype=bool), 0.95, noise.NoiseModel(1.0, 0.25)) == 0.6
