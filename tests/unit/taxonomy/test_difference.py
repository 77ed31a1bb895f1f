"""What differs between two trees."""

from nlp_service.taxonomy.changes import NONE
from nlp_service.taxonomy.difference import KINDS, as_path, compare


def summary(differences):
    return [(change.kind, change.old, change.new) for change in differences]


def test_every_kind_of_difference_is_found_once(old, new, mapping):
    assert summary(compare(old, new, mapping)) == [
        ("retired", ("refund.fax",), ()),
        ("split", ("refund.ask",), ("refund.ask", "refund.amount", "refund.time")),
        ("merged", ("parcel.lost", "parcel.missing"), ("shipping.lost",)),
        ("recoded", ("parcel",), ("shipping",)),
        ("recoded", ("parcel.slow",), ("shipping.delay",)),
        ("moved", ("bill.paper",), ("bill.paper",)),
        ("renamed", ("bill",), ("bill",)),
        ("edited", ("bill.paper",), ("bill.paper",)),
        ("added", (), ("bill.new",)),
    ]


def test_without_a_mapping_codes_that_are_gone_are_unexplained_and_come_first(old, new):
    differences = compare(old, new, NONE)
    gone = ("parcel", "parcel.slow", "parcel.lost", "parcel.missing")
    assert summary(differences)[:5] == [
        *(("unexplained", (code,), ()) for code in gone),
        ("retired", ("refund.fax",), ()),
    ]
    order = [KINDS.index(change.kind) for change in differences]
    assert order == sorted(order)


def test_a_tree_doesnt_differ_from_itself(old):
    assert compare(old, old, NONE) == []


def test_children_of_a_renamed_parent_havent_moved(tree, changes):
    old = tree("[{code: a, name: 甲}, {code: x, parent: a, name: 丙}]")
    new = tree("[{code: b, name: 乙}, {code: x, parent: b, name: 丙}]")
    assert summary(compare(old, new, changes("[{from: a, to: b}]"))) == [("recoded", ("a",), ("b",))]


def test_a_code_merged_into_one_that_stays_names_both(tree, changes):
    old = tree("[{code: a, name: 甲}, {code: b, name: 乙}]")
    new = tree("[{code: b, name: 乙}]")
    assert summary(compare(old, new, changes("[{from: a, to: b}]"))) == [("merged", ("a", "b"), ("b",))]


def test_an_edit_names_its_fields(tree):
    old = tree("[{code: a, name: 甲, examples: [快递还没到]}]")
    new = tree("[{code: a, name: 甲, examples: [快递还没到, 物流不动了], small_talk: true}]")
    assert [change.detail for change in compare(old, new, NONE)] == ["examples, small talk"]


def test_a_node_that_is_active_again_is_added(tree):
    rows = "[{{code: a, name: 甲}}, {{code: b, name: 乙, active: {active}}}]"
    old, new = tree(rows.format(active="false")), tree(rows.format(active="true"))
    assert summary(compare(old, new, NONE)) == [("added", (), ("b",))]


def test_a_path_is_read_from_the_top_down(new):
    assert as_path("shipping.delay", new) == "物流 › 太慢"
