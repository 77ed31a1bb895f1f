"""People's labels, checked and joined with earlier ones."""

from dataclasses import replace

import pytest

from nlp_service.errors import DataError
from nlp_service.review.decisions import decide, join, read_labelled, write_labelled
from nlp_service.review.labels import Labels
from nlp_service.review.tables import Reviewed
from nlp_service.taxonomy import Changes


def _rows(*labels, proposal=None):
    return [
        Reviewed(f"in.csv: row {number}", f"第{number}句话", label, None, proposal)
        for number, label in enumerate(labels, start=2)
    ]


def _codes(decided):
    return [decision.code for decision in decided.decisions.values()]


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("parcel.late", "parcel.late"),
        ("物流太慢", "parcel.late"),
        ("催件", "parcel.late"),
        ("parcel", "parcel"),
        ("parcel.lost | 丢件 | 0.30", "parcel.lost"),
        ("退款", "refund.refund"),
        ("-", None),
        ("out_of_scope", None),
        ("Out_of_scope", None),
        ("丟件", "parcel.lost"),
        ("PARCEL.LOST", "parcel.lost"),
        ("Ｐａｒｃｅｌ．ｌａｔｅ", "parcel.late"),
        ("PARCEL.LOST | 丟件 | 0.30", "parcel.lost"),
        ("－", None),
        ("—", None),
        ("–", None),
        ("−", None),
        ("——", None),
        ("ＯＵＴ_ＯＦ_ＳＣＯＰＥ", None),
    ],
)
def test_a_label_is_a_code_a_name_an_alias_a_pasted_alternative_or_out_of_scope(label, code, taxonomy):
    assert _codes(decide(_rows(label), taxonomy)) == [code]


def test_rows_without_a_label_are_skipped(taxonomy):
    decided = decide(_rows("", "parcel.late", ""), taxonomy)
    assert _codes(decided) == ["parcel.late"]
    assert decided.skipped == 2


def test_every_unknown_label_is_named_by_its_row_with_the_nearest_known_one(taxonomy):
    with pytest.raises(DataError) as caught:
        decide(_rows("parcel.lat", "parcel.late", "完全不知道的标签"), taxonomy)
    first, second = str(caught.value).split("\n")
    assert first.startswith("in.csv: row 2: the label is neither")
    assert first.endswith("did you mean 'parcel.late'?")
    assert second.startswith("in.csv: row 4: ")
    assert "句话" not in str(caught.value)
    assert "不知道" not in str(caught.value)


@pytest.mark.parametrize(
    ("label", "hint"),
    [("其他", "write refund.other or service.other"), ("傳真", "no longer active"), ("parcel.fax", "no longer active")],
)
def test_a_label_that_means_two_codes_or_a_retired_one_is_refused(label, hint, taxonomy):
    with pytest.raises(DataError, match=hint):
        decide(_rows(label), taxonomy)


def test_unknown_labels_can_be_skipped(taxonomy):
    decided = decide(_rows("nonsense", "parcel.late"), taxonomy, skip_unknown=True)
    assert _codes(decided) == ["parcel.late"]
    assert decided.skipped == 1


def test_two_decisions_on_the_same_text_must_agree(taxonomy):
    rows = [Reviewed(f"in.csv: row {n}", text, "催件", None, None) for n, text in ((2, "還沒到"), (3, "还没到"))]
    assert len(decide(rows, taxonomy).decisions) == 1
    contrary = Reviewed("in.csv: row 4", "还没到 ", "-", None, None)
    with pytest.raises(DataError, match=r"row 4: decides otherwise than row 2"):
        decide([*rows, contrary], taxonomy, skip_unknown=True)


def test_a_label_without_a_text_is_refused(taxonomy):
    with pytest.raises(DataError, match="row 2: has a label but no text"):
        decide([Reviewed("in.csv: row 2", " ", "-", None, None)], taxonomy)


CHANGES = Changes(
    {"parcel.slow": ("parcel.late",), "parcel.gone": ("parcel.lost",), "pay": ("refund", "service"), "fax": ()}
)


def test_labels_in_older_codes_follow_the_mapping(taxonomy):
    labels = ["parcel.slow", "PARCEL.GONE | 不见了 | 0.41", "催件", "-"]
    assert _codes(decide(_rows(*labels), taxonomy, CHANGES)) == ["parcel.late", "parcel.lost", "parcel.late", None]


def test_rows_of_split_and_retired_codes_are_left_out_and_counted(taxonomy):
    decided = decide(_rows("pay", "fax", "fax", "parcel.fax", "parcel.slow"), taxonomy, CHANGES)
    assert _codes(decided) == ["parcel.late"]
    assert decided.gone == {"pay": 1, "fax": 2, "parcel.fax": 1}
    assert Labels(taxonomy, CHANGES).left_out(decided.gone) == (
        "rows left out: 1 of codes that were split (pay) and 3 of codes that were retired (fax, parcel.fax)"
    )


def test_what_neither_tree_nor_mapping_knows_is_still_refused(taxonomy):
    with pytest.raises(DataError, match="row 2: the label is neither"):
        decide(_rows("parcel.never"), taxonomy, CHANGES)


def test_a_proposal_in_an_older_code_is_what_became_of_it(taxonomy):
    decided = decide(_rows("parcel.late", proposal="parcel.slow"), taxonomy, CHANGES)
    assert (decided.agreed, decided.proposed) == (1, 1)


def test_an_earlier_decision_in_an_older_code_is_confirmed_in_the_newer(taxonomy):
    decided = decide(_rows("parcel.late"), taxonomy, CHANGES)
    joined = join([{"text": "第2句话", "label": "parcel.slow"}], decided, taxonomy, CHANGES)
    assert [row["label"] for row in joined.rows] == ["parcel.late"]
    assert (joined.changed, joined.confirmed) == (0, 1)


def test_agreement_with_the_model_is_counted_where_it_proposed_something(taxonomy):
    rows = _rows("催件", "丢件", proposal="parcel.late") + _rows("-", proposal="") + _rows("催件")
    decided = decide([replace(row, text=f"第{number}句") for number, row in enumerate(rows)], taxonomy)
    assert (decided.agreed, decided.proposed) == (2, 3)


def test_new_decisions_become_labelled_text(taxonomy):
    rows = [Reviewed("r", "包裹丢了", "丢件", "c7", None), Reviewed("r", "哈哈", "-", None, None)]
    joined = join([], decide(rows, taxonomy), taxonomy)
    assert joined.rows == [
        {"text": "包裹丢了", "label": "parcel.lost", "source": "review", "id": "c7"},
        {"text": "哈哈", "label": None, "source": "review"},
    ]
    assert (joined.new, joined.changed, joined.confirmed) == (2, 0, 0)


def test_a_new_decision_replaces_the_old_one_wherever_the_text_is(taxonomy):
    existing = [
        {"text": "包裹沒到", "label": "丢件", "id": "old"},
        {"text": "别的事", "label": "refund"},
        {"text": "哈哈", "label": "parcel.late"},
        {"text": "包裹没到", "label": "-"},
    ]
    rows = [
        Reviewed("r", "包裹没到", "parcel.lost", None, None),
        Reviewed("r", "哈哈", "-", None, None),
        Reviewed("r", "新的一句", "催件", None, None),
    ]
    joined = join(existing, decide(rows, taxonomy), taxonomy)
    assert [(row["text"], row["label"]) for row in joined.rows] == [
        ("包裹沒到", "parcel.lost"),
        ("别的事", "refund"),
        ("哈哈", None),
        ("包裹没到", "parcel.lost"),
        ("新的一句", "parcel.late"),
    ]
    assert joined.rows[0]["id"] == "old"
    assert (joined.new, joined.changed, joined.confirmed) == (1, 1, 1)


def test_an_earlier_label_in_another_script_is_the_same(taxonomy):
    existing = [{"text": "第2句话", "label": "丟件"}]
    joined = join(existing, decide(_rows("parcel.lost"), taxonomy), taxonomy)
    assert (joined.new, joined.changed, joined.confirmed) == (0, 0, 1)


def test_joining_twice_changes_nothing_more(taxonomy):
    decided = decide(_rows("催件", "-"), taxonomy)
    once = join([], decided, taxonomy)
    twice = join(once.rows, decided, taxonomy)
    assert twice.rows == once.rows
    assert (twice.new, twice.changed, twice.confirmed) == (0, 0, 2)


def test_labelled_text_comes_back_from_its_file_with_all_fields(tmp_path):
    path = tmp_path / "labelled.jsonl"
    rows = [{"text": "一行\u2028里", "label": None, "note": [1]}, {"text": "二", "label": "x"}]
    write_labelled(path, rows)
    assert read_labelled(path) == rows


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        (b"\n{secret", "line 2: not valid JSON"),
        (b"[" * 100_000 + b"]" * 100_000, "line 1: not valid JSON"),
        (b'{"text": "secret"}', "line 1: needs a 'text'"),
        (b'{"text": 1, "label": "secret"}', "line 1: needs a 'text'"),
        (b"\xff", "isn't UTF-8 (byte 0)"),
    ],
)
def test_labelled_text_that_cant_be_read_is_refused_without_its_text(content, hint, tmp_path):
    path = tmp_path / "labelled.jsonl"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_labelled(path)
    assert hint in str(caught.value)
    assert "secret" not in str(caught.value)
