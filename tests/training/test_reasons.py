import dataclasses
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nlp_service import taxonomy
from nlp_service.errors import DataError
from nlp_service.review import decisions, tables
from nlp_service.tasks.reasons import OUT_OF_SCOPE
from nlp_service.tasks.reasons.blending import Calibration, blend
from nlp_service.tasks.reasons.levels import Levels
from nlp_service.tasks.reasons.prototypes import Centres, direction, unit
from nlp_service.taxonomy import Changes
from training.audit import Place
from training.reasons import __main__ as command
from training.reasons import calibrating
from training.reasons.calibrating import SHOTS, Measured
from training.reasons.fitting import HeldOut
from training.reasons.judging import check
from training.reasons.rows import Row, coarse_labels, read_rows

TREE = Path("models/reasons/retail.yaml")
SMALL = taxonomy.flat(["return", "delivery", "invoice"])
DEEP = taxonomy.Taxonomy(
    "deep",
    "",
    tuple(
        taxonomy.Node.model_validate({"code": code, "name": code, "parent": code.rpartition(".")[0] or None})
        for code in ("water", "water.bill", "water.pipe", "water.pipe.burst", "water.pipe.lead", "road", "road.light")
    ),
)
WRAPPED = {
    "return": "您好！订单号 20240131，我要退货😭",
    "delivery": "您好，快递到哪了？谢谢您～",
    "invoice": "麻烦您开发票哦",
}
COPIES = 12


def _write(path: Path, texts: list[str], label: str) -> Path:
    rows = [json.dumps({"text": text, "label": label}, ensure_ascii=False) for text in texts]
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def test_figures_come_from_the_rows_to_calibrate_on_alone(tmp_path: Path) -> None:
    tree = taxonomy.load(TREE)
    code = tree.leaves[0].code
    options = SimpleNamespace(
        seed=0,
        train=[_write(tmp_path / "train.jsonl", ["什么时候发货呀", "还没发货吗"], code)],
        calibrate=[_write(tmp_path / "calibrate.jsonl", ["几号才发货"], code)],
        valid=[],
        extra=[],
        out_of_scope=[],
    )
    measured = [row.text for row in read_rows(tree, options) if row.is_measured]
    without = [row.text for row in read_rows(tree, SimpleNamespace(**{**vars(options), "calibrate": []}))]

    assert measured == ["几号才发货"]
    assert {"什么时候发货呀", "还没发货吗"} < set(without)
    assert "几号才发货" not in without


def _lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def _options(**changes: Any) -> SimpleNamespace:
    given = {"seed": 0, "extra_rows": 60, "out_of_scope_rows": 500}
    files: dict[str, Any] = {name: [] for name in ("train", "calibrate", "valid", "extra", "out_of_scope")}
    return SimpleNamespace(**{**given, **files, **changes})


def test_a_row_knows_what_was_sent_and_where_it_stands(tmp_path: Path) -> None:
    wrapped = WRAPPED["return"]
    labelled = [{"text": " ", "label": None}, {"text": wrapped, "label": "return"}]
    train, extra = _lines(tmp_path / "train.jsonl", labelled), _lines(tmp_path / "extra.jsonl", labelled[::-1])
    chat = _lines(tmp_path / "chat.jsonl", [{"text": "今天天气不错"}])
    rows = read_rows(SMALL, _options(train=[train], extra=[extra], out_of_scope=[chat]))

    first, other, outside, *named = rows
    assert first.place == Place("train.jsonl", 2)
    assert first.sent == wrapped
    assert len(first.text) < len(wrapped)
    assert (other.sent, other.place, other.weight) == (wrapped, Place("extra.jsonl", 1), 0.5)
    assert outside.place == Place("chat.jsonl", 1)
    assert {row.place for row in named} == {None}


def test_labels_in_codes_of_an_older_tree_follow_the_mapping_and_others_are_left_out_not_out_of_scope(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    codes = ["back", "delivery", "pay", "pay", "fax", None]
    labelled = [{"text": f"第{number}个问题", "label": code} for number, code in enumerate(codes)]
    options = _options(train=[_lines(tmp_path / "train.jsonl", labelled)])
    changes = Changes({"back": ("return",), "pay": ("return", "invoice"), "fax": ()})
    rows = [row for row in read_rows(SMALL, options, changes) if row.place]

    assert [(row.place.row, row.code) for row in rows if row.place] == [
        (1, "return"),
        (2, "delivery"),
        (6, OUT_OF_SCOPE),
    ]
    told = "rows left out: 2 of codes that were split (pay) and 1 of codes that were retired (fax)\n"
    assert capsys.readouterr().err == told
    with pytest.raises(DataError, match="label 'back' is neither"):
        read_rows(SMALL, options)


def test_an_audit_shows_texts_as_sent_and_their_decisions_find_them_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("cleanlab")
    codes = list(WRAPPED)
    written = [{"text": f"{number}. {WRAPPED[code]}", "label": code} for number in range(COPIES) for code in codes]
    truth = np.array([codes.index(row["label"]) for row in written])
    written[4]["label"] = "return"
    train = _lines(tmp_path / "train.jsonl", [{"text": " ", "label": "return"}, *written])
    chat = _lines(tmp_path / "chat.jsonl", [{"text": "今天天气不错"}])
    rows = read_rows(SMALL, _options(train=[train], out_of_scope=[chat]))
    judged: Any = SimpleNamespace(codes=codes, held_out=SimpleNamespace(texts=np.arange(len(written))))
    monkeypatch.setattr(calibrating, "final", lambda *_: np.eye(len(codes))[truth] * 0.9 + 0.01)

    figures = command._audit(tmp_path / "wrong.csv", SMALL, rows, judged, Calibration())

    (doubt,) = tables._csv_rows(tmp_path / "wrong.csv")
    assert (doubt[1]["file"], doubt[1]["row"], doubt[1]["text"]) == ("train.jsonl", "6", written[4]["text"])
    assert doubt[1]["suggested"] == "delivery"
    assert f"1 labels look wrong, of {len(written)} rows audited" in capsys.readouterr().out
    assert (figures["labels"]["rows"], figures["labels"]["rows not audited"]) == (len(written), 1)

    filled = _lines(tmp_path / "filled.jsonl", [{**doubt[1], "correct": "delivery"}])
    joined = decisions.join(written, decisions.decide(tables.read(filled, "correct"), SMALL), SMALL)
    assert (joined.new, joined.changed) == (0, 1)
    assert joined.rows[4] == {**written[4], "label": "delivery", "source": "review"}


def _rows(*codes: str) -> list[Row]:
    return [Row(f"第{number}句", code, is_measured=True) for number, code in enumerate(codes)]


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        (["return"] * 9, "have one code: nothing can be told apart"),
        (["return", OUT_OF_SCOPE], "have one code: nothing can be told apart"),
        ([OUT_OF_SCOPE], "no labelled text has a code"),
    ],
)
def test_texts_that_tell_no_codes_apart_are_refused(codes: list[str], said: str) -> None:
    with pytest.raises(DataError, match=said):
        check(SMALL, [*_rows(*codes), Row("发票", "invoice")])


def test_in_a_tree_of_one_code_its_texts_are_enough() -> None:
    check(taxonomy.flat(["return"]), _rows("return", "return", OUT_OF_SCOPE))


def _measured(given: list[int], sentences: list[int]) -> Measured:
    """Texts of so many sentences each, all of them taken for the first code."""
    bag = np.repeat(np.arange(len(given)), sentences)
    by_label = np.tile([0.7, 0.1, 0.1, 0.1], (len(bag), 1))
    vectors = np.random.default_rng(0).normal(size=(len(bag), 8)).astype(np.float32)
    held_out = HeldOut(np.arange(len(given)), bag, by_label, by_label[:, :3], vectors)
    codes = [node.code for node in SMALL.nodes]
    return Measured(held_out, np.array(given), Levels(SMALL, codes), SMALL, codes, are_noisy=False)


def test_where_no_text_gets_its_code_nothing_says_who_may_be_refused() -> None:
    with pytest.raises(DataError, match="none of the 4 texts"):
        calibrating._scope(_measured([1, 2, 1, 2, -1, -1], [1] * 6), Calibration(), 0.005)


def test_adding_a_code_is_not_played_where_single_sentences_have_but_one() -> None:
    singles = SHOTS + 2
    measured = _measured([0] * singles + [1] * 3, [1] * singles + [2] * 3)
    material: Any = SimpleNamespace(centres=SimpleNamespace(messages=np.zeros(8, dtype=np.float32)))

    assert calibrating._share_of_new(measured, material, Calibration(), seed=0) == Calibration()


def test_an_added_code_gets_the_largest_bias_at_which_the_others_lose_no_more_than_they_may(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Of eight texts a code the nearest five are always its examples, so what was played can be played again.
    texts, width = 8, len(SMALL.nodes)
    given = np.repeat(np.arange(width), texts)
    generator = np.random.default_rng(0)
    means = generator.normal(size=(width, 8))
    vectors = unit((means[given] + 2 * generator.normal(size=(len(given), 8))).astype(np.float32))
    cosines = (vectors @ unit(means.astype(np.float32)).T).astype(np.float64)
    by_label = np.exp(4 * cosines)
    by_label /= by_label.sum(axis=1, keepdims=True)
    held_out = HeldOut(np.arange(len(given)), np.arange(len(given)), by_label, cosines, vectors)
    codes = [node.code for node in SMALL.nodes]
    measured = Measured(held_out, given, Levels(SMALL, codes), SMALL, codes, are_noisy=False)
    centres = Centres(np.zeros(8, dtype=np.float32), np.zeros(8, dtype=np.float32))
    named = [unit(row[None].astype(np.float32)) for row in means]
    material: Any = SimpleNamespace(centres=centres, named=named)
    monkeypatch.setattr(calibrating, "MOST_LOSS", 0.07)

    def lost(calibration: Calibration) -> float:
        losses = []
        for code in range(width):
            own = np.flatnonzero(given == code)
            shots = vectors[own[np.argsort(-cosines[own, code], kind="stable")[:SHOTS]]]
            known, seen = np.arange(width) != code, cosines.copy()
            seen[:, code] = vectors @ direction(named[code], shots, centres)
            likeliest = blend(by_label * known, np.zeros(len(given)), seen, known, calibration)[0].argmax(axis=1)
            before = (by_label * known).argmax(axis=1)
            losses.append(np.mean((before == given)[given != code]) - np.mean((likeliest == given)[given != code]))
        return float(np.mean(losses))

    found = calibrating._share_of_new(measured, material, Calibration(), seed=0)

    assert found.bias < calibrating.MOST_BIAS
    assert 0 < lost(found) <= 0.07 < lost(dataclasses.replace(found, bias=found.bias + 2e-4))


def test_a_label_above_codes_without_labels_means_one_of_them(tmp_path: Path) -> None:
    lines = [{"text": f"第{number}封信", "label": code} for number, code in enumerate(["water", "water", "road.light"])]
    rows = read_rows(DEEP, _options(train=[_lines(tmp_path / "letters.jsonl", lines)]))

    assert coarse_labels(DEEP, rows) == {"water": ["water.bill", "water.pipe.burst", "water.pipe.lead"]}
    # Nothing labelled outweighs the names of codes that share a label, nor needs to be outweighed by them.
    assert {row.code: row.weight for row in rows if not row.place} == {
        "water.bill": 1.0,
        "water.pipe.burst": 1.0,
        "water.pipe.lead": 1.0,
        "road.light": 1.0,
    }


def test_a_label_beside_labels_of_codes_below_it_is_a_code_of_its_own(tmp_path: Path) -> None:
    lines = [{"text": f"第{number}封信", "label": code} for number, code in enumerate(["water", "water.pipe.lead"])]
    rows = read_rows(DEEP, _options(train=[_lines(tmp_path / "letters.jsonl", lines)]))

    assert coarse_labels(DEEP, rows) == {}
    assert {row.code for row in rows if row.weight > 1} == {"water.bill", "water.pipe.burst", "road.light"}


def _coarse(given: list[int], by_label: list[list[float]]) -> Measured:
    """Texts labelled `water` or `road.light`; codes are `water`, the three leaves below it, and `road.light`."""
    codes = ["water", "water.bill", "water.pipe.burst", "water.pipe.lead", "road.light"]
    sentences = np.arange(len(given))
    held_out = HeldOut(sentences, sentences, np.array(by_label), np.zeros((len(given), 5)), np.zeros((len(given), 8)))
    return Measured(held_out, np.array(given), Levels(DEEP, codes), DEEP, codes, are_noisy=False, coarse={0: [1, 2, 3]})


def test_what_is_given_to_codes_below_a_coarse_label_counts_as_given_to_it() -> None:
    measured = _coarse([0, 4], [[0.1, 0.2, 0.3, 0.1, 0.3], [0.1, 0.1, 0.1, 0.1, 0.6]])
    texts = measured.texts(measured.blend(Calibration())[0])

    assert measured.told_apart(texts) == pytest.approx(np.array([[0.7, 0, 0, 0, 0.3], [0.4, 0, 0, 0, 0.6]]))
    assert texts[0, 2] == pytest.approx(0.3)


def test_levels_that_no_label_reaches_keep_the_temperature_of_all() -> None:
    answers = [[0.02, 0.02, 0.9, 0.02, 0.04], [0.03, 0.03, 0.03, 0.01, 0.9]] * 4 + [[0.01, 0.01, 0.6, 0.01, 0.37]]
    calibration, model = calibrating._temperatures(_coarse([0, 0] * 4 + [0], answers))

    assert calibration.temperatures[1:] == (model.temperature, model.temperature)
