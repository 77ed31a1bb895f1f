import json
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nlp_service import artifact, taxonomy
from nlp_service.embedding.encoder.artifact_encoder import MODEL, TOKENIZER
from nlp_service.embedding.encoder.onnx import OnnxEncoder
from nlp_service.errors import ArtifactError, ConfigurationError, DataError
from nlp_service.tasks.reasons import OUT_OF_SCOPE, ReasonClassifier
from nlp_service.text import prepare
from training import build_encoder, checkpoint
from training.reasons import __main__ as reasons
from training.reasons import full
from training.reasons.command import parser
from training.reasons.rows import Row
from training.trunk.config import Config
from training.trunk.model import Trunk

TREE = """
- {code: return, name: {zh: 退货, en: Return}}
- {code: delivery, name: {zh: 物流, en: Delivery}}
- {code: invoice, name: {zh: 发票, en: Invoice}}
"""
TEXTS = {
    "return": ("我要退货", "水壶坏了要退", "坏了，退货", "退货要到哪里", "水壶我要退", "坏了要退货吗", "要退，坏了"),
    "delivery": ("快递到哪里了", "物流慢", "快递慢的", "我的快递呢", "物流到哪里", "快递要到哪里", "物流好慢"),
    "invoice": ("我要开发票", "发票好了吗", "开发票吗", "发票开了吗", "我的发票呢", "要开发票", "发票到哪里"),
}


@pytest.fixture(scope="module")
def tiny_encoder(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny checkpoint as an encoder artefact of 8-bit weights."""
    folder = tmp_path_factory.mktemp("encoder")
    source = checkpoint.read(str(tiny_checkpoint))
    settings = {"name": "tiny", "version": "0", "prefix": "", "bits": 8, "max_tokens": 64, "command": "test"}
    build_encoder.build(source, folder, original=source, **settings)
    return folder


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    path = tmp_path / "shop.yaml"
    path.write_text(TREE, encoding="utf-8")
    return path


@pytest.fixture
def train(tmp_path: Path) -> Path:
    rows = [{"text": text, "label": label} for label, texts in TEXTS.items() for text in texts]
    path = tmp_path / "train.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def _options(tree: Path, train: Path, out: Path, encoder: Path, *more: str) -> Namespace:
    where = ["--taxonomy", str(tree), "--train", str(train), "--out", str(out), "--encoder", str(encoder)]
    return parser("").parse_args([*where, "--mode", "full", "--epochs", "1", "--threads", "1", *more])


def _rows(number: int, code: str, **changes: object) -> list[Row]:
    return [Row(f"{code}的第{at}句话", code, **{"is_measured": True, **changes}) for at in range(number)]


def _aside(rows: list[Row], *, valid: bool = False) -> tuple[list[Row], np.ndarray]:
    return full.set_aside(rows, Namespace(seed=0, valid=[Path("valid")] if valid else [], calibrate=[]))


def test_the_encoder_is_shown_nothing_that_is_measured() -> None:
    scope = _rows(200, OUT_OF_SCOPE, is_measured=False)
    given = [*_rows(40, "return"), *_rows(3, "invoice"), *_rows(1, "delivery"), *scope]
    rows, shown = _aside([*given, Row(given[0].text, "return")])

    measured = {row.text for row in rows if row.is_measured}
    seen = [row for row, is_shown in zip(rows, shown, strict=True) if is_shown]
    assert [row.text for row in rows[:-1]] == [row.text for row in given]
    assert 6 <= len(measured) <= 10
    assert not measured & {row.text for row in seen}
    assert {row.code for row in seen} == {"return", "invoice", "delivery", OUT_OF_SCOPE}
    assert 60 < sum(row.code == OUT_OF_SCOPE for row in seen) < 140


def test_a_tenth_of_many_rows_is_measured() -> None:
    rows, _ = _aside([*_rows(2000, "return"), *_rows(2000, "invoice")])

    assert 398 <= sum(row.is_measured for row in rows) <= 402


def test_rows_to_validate_on_are_measured_and_all_others_shown() -> None:
    valid = _rows(5, "return", is_trained=False)
    given = [*_rows(40, "invoice", is_measured=False), *_rows(40, "delivery", is_measured=False), *valid]
    rows, shown = _aside(given, valid=True)

    assert rows == given
    assert shown.tolist() == [True] * 80 + [False] * 5


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([*_rows(1, "return"), *_rows(1, "invoice")], "--valid"),
        ([*_rows(30, "return"), *_rows(30, OUT_OF_SCOPE)], "two codes"),
    ],
)
def test_too_few_texts_or_codes_are_refused(rows: list[Row], said: str) -> None:
    with pytest.raises(DataError, match=said):
        _aside(rows)


def test_more_texts_mean_more_steps_between_two_bounds() -> None:
    options = Namespace(noisy=False, passes=12, source=None, encoder=Path("models/encoder"), seed=0)

    def steps(texts: int) -> int:
        lines = [{"text": str(at), "label": f"c{at % 9}", "group": f"c{at % 9}"} for at in range(texts)]
        return Config.model_validate(full.settings(options, "shop", lines, layers=4)).steps

    assert steps(20) == full.LEAST_STEPS < steps(3000) < steps(30_000) < steps(300_000) == full.MOST_STEPS


def test_codes_of_one_text_each_make_no_groups() -> None:
    options = Namespace(noisy=True, passes=12, source="packages", encoder=Path("models/encoder"), seed=0)
    lines = [{"text": str(at), "label": f"c{at}", "group": f"c{at}"} for at in range(9)]
    config = Config.model_validate(full.settings(options, "shop", lines, layers=12))

    assert [task.objective for task in config.tasks] == ["labels"]
    assert (config.start.source, config.start.trim_vocabulary) == ("packages", True)


def test_an_artefact_is_read_as_the_checkpoint_that_gives_its_vectors(tiny_encoder: Path) -> None:
    texts = [prepare(text) for texts in TEXTS.values() for text in texts]
    encoder = OnnxEncoder(artifact.load(tiny_encoder, "encoder"), threads=1)
    served = encoder.encode(encoder.tokenize(texts))

    read = Trunk(checkpoint.read(str(tiny_encoder)), dropout=0.0).eval().encode(texts, max_tokens=64)

    np.testing.assert_allclose(read.numpy(), served, atol=1e-5)


def test_building_what_an_artefact_was_read_as_gives_its_numbers_again(tiny_encoder: Path, tmp_path: Path) -> None:
    read = checkpoint.read(str(tiny_encoder))
    settings = {"name": "again", "version": "0", "prefix": "", "bits": 8, "max_tokens": 64, "command": "test"}
    build_encoder.build(read, tmp_path, original=read, **settings)
    again = checkpoint.read(str(tmp_path))

    assert (tmp_path / TOKENIZER).read_bytes() == (tiny_encoder / TOKENIZER).read_bytes()
    assert again.tensors.keys() == read.tensors.keys()
    for name, tensor in read.tensors.items():
        np.testing.assert_allclose(again.tensors[name], tensor, atol=1e-6, err_msg=name)


def test_a_graph_unlike_its_original_is_refused(tiny_encoder: Path, tmp_path: Path) -> None:
    read = checkpoint.read(str(tiny_encoder))
    words = "embeddings.word_embeddings.weight"
    other = replace(read, tensors={**read.tensors, words: read.tensors[words][::-1].copy()})
    settings = {"name": "other", "version": "0", "prefix": "", "bits": 8, "max_tokens": 64, "command": "test"}

    with pytest.raises(ArtifactError, match="lowest cosine"):
        build_encoder.build(read, tmp_path, original=other, **settings)


def test_folders_that_hold_no_checkpoint_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="can be read"):
        checkpoint.read(str(tmp_path))
    artifact.write(tmp_path, kind="reasons", name="shop", version="0", files=[], config={}, command="test")

    with pytest.raises(ArtifactError, match="'encoder' is needed"):
        checkpoint.read(str(tmp_path))


def test_what_is_built_lies_between_the_first_weights_and_the_last(tiny_encoder: Path) -> None:
    start = checkpoint.read(str(tiny_encoder))
    end = replace(start, tensors={name: tensor + 4 for name, tensor in start.tensors.items()})

    for name, tensor in full.between(start, end, 0.75).tensors.items():
        np.testing.assert_allclose(tensor, start.tensors[name] + 3, atol=1e-5, err_msg=name)


def test_a_tree_gets_an_encoder_of_its_own(
    tree: Path, train: Path, tiny_encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(full, "LEAST_STEPS", 20)
    monkeypatch.setattr("training.reasons.fitting.LEAST_STEPS", 2)
    monkeypatch.setattr("training.reasons.calibrating.EPISODES", 1)
    out = tmp_path / "out"
    options = _options(tree, train, out, tiny_encoder, "--passes", "1", "--version", "7")
    reasons.train(options)

    encoder = artifact.load(out / "encoder", "encoder")
    made = artifact.load(out, "reasons")
    before = (tiny_encoder / MODEL).read_bytes()
    assert (encoder.name, encoder.version) == ("shop-encoder", "7")
    assert made.config["encoder_digest"] == encoder.digest != artifact.load(tiny_encoder, "encoder").digest
    assert (out / "encoder" / MODEL).read_bytes() != before
    ReasonClassifier(made, taxonomy.load(tree), encoder_digest=encoder.digest, precision=0.9)
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))["figures"]
    table = report["full mode beside head mode"]["same texts"]
    measured = (out / "run" / full.MEASURED).read_text(encoding="utf-8").splitlines()
    assert {row["rows"] for row in table.values()} == {len(measured)}
    assert f"--reasons {out}" in capsys.readouterr().out

    with pytest.raises(ConfigurationError, match="--resume goes on"):
        reasons.train(options)
    train.write_text(train.read_text(encoding="utf-8").replace("物流慢", "快递好慢"), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="aren't the rows"):
        reasons.train(_options(tree, train, out, tiny_encoder, "--passes", "1", "--resume"))


def test_a_run_stopped_before_it_saved_anything_begins_anew(
    tree: Path, train: Path, tiny_encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(full, "LEAST_STEPS", 4)
    options = _options(tree, train, tmp_path / "out", tiny_encoder, "--passes", "1", "--resume")
    rows = [*_rows(12, "return"), *_rows(12, "invoice")]
    full.claim(options, "shop", *full.set_aside(rows, options))
    (tmp_path / "out" / "run" / "config.yaml").write_text("name: stopped", encoding="utf-8")

    first = (full.tune(options, "shop") / MODEL).read_bytes()
    again = (full.tune(options, "shop") / MODEL).read_bytes()

    assert first == again


def test_full_mode_needs_labelled_texts(tree: Path, tiny_encoder: Path, tmp_path: Path) -> None:
    options = parser("").parse_args(
        ["--taxonomy", str(tree), "--out", str(tmp_path), "--encoder", str(tiny_encoder), "--mode", "full"]
    )

    with pytest.raises(ConfigurationError, match="--train"):
        reasons.train(options)
