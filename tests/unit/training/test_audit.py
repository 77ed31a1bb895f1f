"""Labels that look wrong, siblings that can't be told apart, and equal texts with different labels."""

import csv
import json
import sys
from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.reporting import write_report
from nlp_service.errors import ConfigurationError
from nlp_service.review import tables
from nlp_service.tasks.reasons import OUT_OF_SCOPE
from nlp_service.taxonomy import Name, Node, Taxonomy
from training.audit import Place, check_audit, conflicts, sibling_pairs, summary, suspicions, write_audit

needs_cleanlab = pytest.mark.skipif(find_spec("cleanlab") is None, reason="cleanlab is in the train extra")

NODES = ["parcel", "parcel.late", "parcel.lost", "bill", "bill.tax", "bill.name", "bill.copy", "thanks"]
CODES = ["bill.copy", "bill.name", "bill.tax", OUT_OF_SCOPE, "parcel.late", "parcel.lost", "thanks"]
ROWS_PER_CODE = 20


def _tree(codes, is_flat=False):
    parents = [None if is_flat else code.rpartition(".")[0] or None for code in codes]
    nodes = [
        Node(code=code, parent=parent, name=Name(zh=f"中{code}")) for code, parent in zip(codes, parents, strict=True)
    ]
    return Taxonomy("small", "digest", tuple(nodes))


TREE = _tree(NODES)


def _row(**probabilities):
    """Probabilities of one row; what is missing to 1 is shared by all codes. A dot is written as two underscores."""
    named = {code.replace("__", "."): value for code, value in probabilities.items()}
    row = np.full(len(CODES), (1 - sum(named.values())) / len(CODES))
    for code, value in named.items():
        row[CODES.index(code)] += value
    return row


def _clean(codes=CODES):
    """Rows that the model agrees with."""
    given = [code for code in codes for _ in range(ROWS_PER_CODE)]
    return given, [_row(**{code.replace(".", "__"): 0.8}) for code in given]


def _suspicions(given, rows, tree=TREE):
    return suspicions(tree, CODES, given, np.array(rows))


@needs_cleanlab
def test_labels_that_the_model_agrees_with_are_not_suspected():
    assert _suspicions(*_clean()) == []


@needs_cleanlab
def test_a_label_in_the_wrong_branch_is_found_with_the_code_it_should_have():
    given, rows = _clean()
    given[0] = "parcel.late"  # the text is about a copy of the bill
    (found,) = _suspicions(given, rows)
    assert (found.row, found.given, found.suggested) == (0, "parcel.late", "bill.copy")
    assert (found.kind, found.level) == ("wrong_branch", 1)
    assert found.quality < 0.1
    assert found.p_given == pytest.approx(0.2 / 7)
    assert found.p_suggested == pytest.approx(0.8 + 0.2 / 7)


@needs_cleanlab
def test_a_doubt_between_branches_adds_up_over_their_codes():
    given, rows = _clean()
    given.append("parcel.late")
    rows.append(_row(parcel__late=0.05, bill__copy=0.35, bill__name=0.3, bill__tax=0.3))
    (found,) = _suspicions(given, rows)
    assert (found.row, found.suggested, found.kind) == (len(rows) - 1, "bill.copy", "wrong_branch")


@needs_cleanlab
def test_a_sibling_needs_a_margin_above_the_usual_confusion_of_the_two():
    given, rows = _clean()
    for _ in range(6):  # what is labelled late is often a little more likely lost
        given.append("parcel.late")
        rows.append(_row(parcel__late=0.44, parcel__lost=0.5))
    assert _suspicions(given, rows) == []
    given.append("parcel.late")
    rows.append(_row(parcel__lost=0.95))
    (found,) = _suspicions(given, rows)
    assert (found.row, found.suggested) == (len(rows) - 1, "parcel.lost")
    assert (found.kind, found.level) == ("wrong_code", 2)


@needs_cleanlab
def test_two_codes_that_nobody_can_tell_apart_are_a_pair_not_rows():
    given, rows = _clean()
    for code in ("bill.tax", "bill.name") * 15:
        given.append(code)
        rows.append(_row(bill__name=0.05, bill__tax=0.9) if code == "bill.name" else _row(bill__name=0.9))
    assert _suspicions(given, rows) == []
    pair = sibling_pairs(TREE, CODES, given, np.array(rows))[0]
    assert (pair.first, pair.second, pair.level) == ("bill.name", "bill.tax", 2)
    assert (pair.rows, pair.confused) == (2 * ROWS_PER_CODE + 30, 30)
    assert pair.is_inseparable


def test_kappa_is_agreement_beyond_chance_of_the_two_alone():
    given, rows = _clean(["bill.tax", "bill.name", "thanks"])
    rows[0] = _row(bill__name=0.9)
    (pair,) = sibling_pairs(TREE, CODES, given, np.array(rows))
    table = np.array([[24.0, 1.0], [0.0, 25.0]])  # five rows each taken for granted
    chance = (table.sum(0) * table.sum(1)).sum() / 50**2
    assert pair.kappa == pytest.approx((49 / 50 - chance) / (1 - chance))
    assert not pair.is_inseparable


def test_a_few_confused_rows_make_no_inseparable_pair():
    given = ["bill.tax"] * 50 + ["bill.name"] * 2
    (pair,) = sibling_pairs(TREE, CODES, given, np.array([_row(bill__tax=0.9)] * 52))
    assert pair.confused == 2
    assert not pair.is_inseparable


@needs_cleanlab
def test_out_of_scope_is_suspected_both_ways():
    given, rows = _clean()
    given[given.index("parcel.lost")] = OUT_OF_SCOPE
    given[given.index(OUT_OF_SCOPE)] = "parcel.late"
    found = {item.kind: (item.given, item.suggested, item.level) for item in _suspicions(given, rows)}
    assert found["out_of_scope"] == ("parcel.late", OUT_OF_SCOPE, 1)
    assert found["should_have_a_code"] == (OUT_OF_SCOPE, "parcel.lost", 1)


@needs_cleanlab
def test_the_worst_come_first_branches_before_siblings():
    given, rows = _clean()
    given += ["parcel.late"] * 3
    rows += [_row(parcel__lost=0.97), _row(thanks=0.8), _row(thanks=0.95)]
    at = len(rows) - 3
    assert [item.row - at for item in _suspicions(given, rows)] == [2, 1, 0]


@needs_cleanlab
def test_in_a_tree_of_one_level_a_label_is_a_wrong_code():
    given, rows = _clean()
    given[0] = "thanks"
    (found,) = _suspicions(given, rows, tree=_tree(CODES, is_flat=True))
    assert (found.kind, found.level) == ("wrong_code", 1)


@needs_cleanlab
def test_a_label_that_stops_at_a_parent_may_belong_to_a_child():
    codes = ["bill.name", "bill.name.short", "thanks"]
    given = [code for code in codes for _ in range(ROWS_PER_CODE)]
    rows = np.eye(3)[[codes.index(code) for code in given]] * 0.8 + 0.2 / 3
    given[ROWS_PER_CODE] = "bill.name"
    (found,) = suspicions(_tree([*NODES, "bill.name.short"]), codes, given, rows)
    assert (found.given, found.suggested, found.kind, found.level) == ("bill.name", "bill.name.short", "wrong_code", 3)


@needs_cleanlab
@given(st.integers(0, 2**32 - 1), st.integers(0, 30), st.sampled_from([0.05, 0.5, 5.0]))
def test_whatever_the_probabilities_every_suspicion_is_sound(seed, size, concentration):
    generator = np.random.default_rng(seed)
    probabilities = generator.dirichlet(np.full(len(CODES), concentration), size=size).reshape(size, len(CODES))
    given_codes = [CODES[number] for number in generator.integers(0, len(CODES), size)]
    found = suspicions(TREE, CODES, given_codes, probabilities)
    assert len({item.row for item in found}) == len(found)
    assert found == sorted(found, key=lambda item: (item.level, item.quality))
    for item in found:
        assert item.given == given_codes[item.row]
        assert 0 <= item.quality < 0.5
        assert item.p_suggested == probabilities[item.row, CODES.index(item.suggested)]
        if item.level == 2:
            assert item.given.split(".")[0] == item.suggested.split(".")[0]
            assert item.kind == "wrong_code"
        else:
            assert item.given.split(".")[0] != item.suggested.split(".")[0]
            assert item.kind != "wrong_code"


def test_without_cleanlab_the_command_that_installs_it_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "cleanlab.filter", None)
    with pytest.raises(ConfigurationError, match=r"pip install -e '\.\[train\]' -c constraints\.txt"):
        _suspicions(*_clean())


def test_equal_texts_with_different_labels_are_conflicts():
    texts = ["怎么退货", "发票呢", "怎麼退貨", "發票呢 ", "发票呢", "好的", "好的", " ", ""]
    labels = ["a", "b", "a", None, "c", "d", "d", "x", "y"]
    (conflict,) = conflicts(texts, labels)
    assert conflict.rows == (1, 3, 4)
    assert conflict.labels == ("b", None, "c")


def test_the_conflict_of_most_rows_comes_first():
    found = conflicts(["一", "二", "二", "一", "二"], ["a", "a", "b", "b", "c"])
    assert [conflict.rows for conflict in found] == [(1, 2, 4), (0, 3)]


@needs_cleanlab
def test_the_summary_counts_and_fits_a_report(tmp_path):
    given, rows = _clean()
    given[0] = given[ROWS_PER_CODE] = "parcel.late"
    texts = [f"第{row}句" for row in range(len(given) - 1)] + ["第0句"]
    pairs = sibling_pairs(TREE, CODES, given, np.array(rows))
    places = _places(given)
    figures = summary(given, _suspicions(given, rows), pairs, conflicts(texts, given), places)
    assert figures["labels"]["suspected: wrong_branch"] == 2
    assert figures["labels"]["share suspected"] == pytest.approx(2 / len(given))
    share = 2 / (ROWS_PER_CODE + 2)
    assert figures["most suspected labels"] == {
        "parcel.late": {"rows": ROWS_PER_CODE + 2, "suspected": 2, "share": share}
    }
    assert figures["siblings most often taken for each other"]["bill / parcel"]["confused"] == 2
    assert figures["conflicting labels"] == {f"{places[0]}, {places[-1]}": {"labels": "parcel.late; thanks"}}
    assert str(places[-1]) == f"other.csv row {len(given) - 10}"
    write_report(tmp_path, "Audit", figures, command="c", data=[], artifacts={})
    report = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "bill / parcel" in report
    assert "句" not in report


def _places(given):
    """Ten rows of one file and the rest of another."""
    return [Place("tickets.csv", row + 1) if row < 10 else Place("other.csv", row - 9) for row in range(len(given))]


@pytest.fixture
def found():
    if find_spec("cleanlab") is None:
        pytest.skip("cleanlab is in the train extra")
    given, rows = _clean()
    given[0] = "parcel.late"
    given[given.index(OUT_OF_SCOPE)] = "thanks"
    return given, _suspicions(given, rows)


def test_the_csv_is_for_a_spreadsheet_and_its_decisions_can_be_imported(found, tmp_path):
    given, items = found
    path = tmp_path / "audit.csv"
    texts = [f"={row}号单的发票" for row in range(len(given))]
    write_audit(path, items, _places(given), texts, [f"label of {code}" for code in given])
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["kind"] for row in rows} == {"wrong_branch", "out_of_scope"}
    first = next(row for row in rows if (row["file"], row["row"]) == ("tickets.csv", "1"))
    assert list(first) == [
        *("file", "row", "text", "label", "suggested", "kind", "level", "quality", "p_label", "p_suggested", "correct")
    ]
    assert (first["text"], first["label"], first["suggested"]) == (
        "'=0号单的发票",
        "label of parcel.late",
        "bill.copy",
    )
    assert float(first["p_suggested"]) > 0.8
    back = list(tables.read(path, "correct"))
    assert {row.label for row in back} == {""}
    assert "=0号单的发票" in {row.text for row in back}


def test_json_lines_hold_numbers_and_the_text_as_it_is(found, tmp_path):
    given, items = found
    path = tmp_path / "audit.jsonl"
    places = _places(given)
    write_audit(path, items, places, ["=1\ud800"] * len(given), [None] * len(given))
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [Place(row["file"], row["row"]) for row in rows] == [places[item.row] for item in items]
    assert all(row["text"] == "=1?" and row["label"] == OUT_OF_SCOPE and row["correct"] == "" for row in rows)
    assert all(isinstance(row["quality"], float) and row["level"] == 1 for row in rows)


def test_a_table_whose_place_is_a_folder_is_refused_and_a_missing_folder_made(tmp_path):
    (tmp_path / "taken.csv").mkdir()
    with pytest.raises(ConfigurationError, match=r"taken\.csv: is a folder; a file is needed"):
        check_audit(tmp_path / "taken.csv")
    check_audit(tmp_path / "new" / "audit.csv")
    assert not (tmp_path / "new").exists()
    write_audit(tmp_path / "new" / "audit.csv", [], [], [], [])
    assert (tmp_path / "new" / "audit.csv").is_file()


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match=r"\.xlsx"):
        write_audit(tmp_path / "audit.xlsx", [], [], [], [])
