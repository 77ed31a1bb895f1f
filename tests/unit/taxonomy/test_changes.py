"""The mapping from an older tree's codes to a newer one's."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_service.errors import TaxonomyError
from nlp_service.taxonomy import Changes
from nlp_service.taxonomy.changes import NONE

CODES = st.sampled_from(["a", "b", "c", "d"])


def refusal(changes, text):
    """The lines of the refusal, without the path in front."""
    with pytest.raises(TaxonomyError) as error:
        changes(text)
    return [re.sub(r"^\S*changes\.yaml: ", "", line) for line in str(error.value).splitlines()]


def test_targets_of_every_kind_of_change(mapping):
    assert mapping.targets("parcel.slow") == ("shipping.delay",)
    assert mapping.targets("parcel.lost") == mapping.targets("parcel.missing") == ("shipping.lost",)
    assert mapping.targets("refund.ask") == ("refund.ask", "refund.amount", "refund.time")
    assert mapping.targets("refund.fax") == ()
    assert mapping.targets("bill.paper") == ("bill.paper",)


def test_the_kinds_by_name(mapping, old):
    assert (
        mapping.kinds(old)
        == mapping.kinds()
        == {
            "parcel": "rename",
            "parcel.slow": "rename",
            "parcel.lost": "merge",
            "parcel.missing": "merge",
            "refund.ask": "split",
            "refund.fax": "retire",
        }
    )


def test_a_code_that_becomes_one_that_was_there_before_is_merged_into_it(changes, tree):
    into = changes("[{from: a, to: b}]")
    old = tree("[{code: a, name: 甲}, {code: b, name: 乙}]")
    assert into.kinds() == {"a": "rename"}
    assert into.kinds(old) == {"a": "merge"}
    assert changes("[{from: [a, b], to: b}]").kinds() == {"a": "merge"}


def test_two_codes_may_change_places(changes, tree):
    tree = tree("[{code: a, name: 甲}, {code: b, name: 乙}]")
    swapped = changes("[{from: a, to: b}, {from: b, to: a}]")
    assert (swapped.targets("a"), swapped.targets("b")) == (("b",), ("a",))
    assert swapped.kinds(tree) == {"a": "rename", "b": "rename"}
    assert swapped.check(tree, tree) == []


def test_no_changes_leave_every_code(changes, new):
    assert NONE == Changes() == changes("[]")
    assert NONE.targets("refund.ask") == NONE.resolve("refund.ask", new) == ("refund.ask",)
    assert NONE.kinds() == {}


def test_a_code_is_resolved_to_active_nodes_only(mapping, new, changes):
    assert mapping.resolve("refund.fax", new) == ()
    assert NONE.resolve("refund.fax", new) == ()  # retired in the tree itself
    assert NONE.resolve("nowhere", new) == ()
    assert changes("[{from: x, to: [refund.fax, bill.new]}]").resolve("x", new) == ("bill.new",)


def test_an_alias_keeps_an_old_code_alive(tree):
    old = tree("[{code: slow, name: 慢}]")
    new = tree("[{code: delay, name: 太慢, aliases: [slow]}]")
    assert NONE.check(old, new) == []
    assert NONE.resolve("slow", new) == ("delay",)


def test_an_old_code_that_is_a_name_in_several_branches_is_unexplained(tree, changes):
    old = tree("[退款, 其他]", "old")
    new = tree("""
- {code: refund, name: 退款}
- {code: ship, name: 物流}
- {code: refund_other, parent: refund, name: 其他}
- {code: ship_other, parent: ship, name: 其他}
""")
    assert NONE.resolve("退款", new) == ("refund",)
    assert NONE.resolve("其他", new) == ()
    assert NONE.check(old, new) == ["'其他' isn't in the new tree any more, and no change says what became of it"]
    assert changes("[{from: 其他, to: [refund_other, ship_other]}]").check(old, new) == []


def test_a_mapping_that_explains_everything_has_no_problems(mapping, old, new):
    assert mapping.check(old, new) == []
    assert mapping.check(None, new) == []


def test_every_problem_between_two_trees_is_named(changes, old, new):
    wrong = changes("""
- {from: parcel, to: nowhere}
- {from: parcel.slow, to: refund.fax}
- {from: stranger, to: shipping.lost}
- {from: bill, to: null}
""")
    named = [
        "'parcel' becomes 'nowhere', which isn't in the new tree",
        "'parcel.slow' becomes 'refund.fax', which isn't active in the new tree",
        "'stranger' is mapped, but isn't in the old tree",
        "'bill' is retired, but still active in the new tree",
    ]
    lost = [
        f"'{code}' isn't in the new tree any more, and no change says what became of it"
        for code in ("parcel.lost", "parcel.missing")
    ]
    assert wrong.check(old, new) == named + lost
    assert wrong.check(None, new) == [line for line in named if "old tree" not in line]


def test_what_had_been_retired_before_may_disappear(old, new):
    assert "bill.gone" not in new
    assert "bill.gone" not in NONE.unexplained(old, new)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[{from: a, to: b}, {from: [c, a], to: d}]", ["'a' is mapped twice"]),
        ("[{from: [a, a], to: b}]", ["'a' is mapped twice"]),
        ("[{from: [a, b], to: [c, d]}]", ["change 0: several codes become several: give each an entry of its own"]),
        ("[{from: a, to: [b, b]}]", ["change 0: a code is given twice in 'to'"]),
        (
            "[{from: a, to: [b, b]}, {from: a, to: null}]",
            ["'a' is mapped twice", "change 0: a code is given twice in 'to'"],
        ),
        ("[{from: a}]", ["change 0: to: Field required"]),
        ("[{to: a}]", ["change 0: from: Field required"]),
        ("{from: a, to: b}", ["a list of changes is needed"]),
    ],
)
def test_a_file_that_isnt_a_mapping_is_refused_with_a_line_a_problem(changes, text, expected):
    assert refusal(changes, text) == expected


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("[{from: a, to: []}]", "change 0: to"),
        ("[{from: '', to: b}]", "change 0: from.0"),
        ("[{from: a, to: b, why: tidy}]", "change 0: why: Extra inputs are not permitted"),
        ("[{from: 7, to: b}]", "change 0: from"),
        ("[a]", "change 0"),
        ("[{from: a", "not valid YAML"),
    ],
)
def test_what_is_wrong_with_an_entry_is_named(changes, text, hint):
    assert any(hint in line for line in refusal(changes, text))


def test_a_file_that_isnt_there_is_refused(tmp_path):
    with pytest.raises(TaxonomyError, match="can't be read"):
        Changes.load(tmp_path / "none.yaml")


@given(st.dictionaries(CODES, st.lists(CODES, unique=True, max_size=3).map(tuple)))
def test_only_codes_that_change_have_a_kind(mapping):
    changes = Changes(mapping)
    kinds = changes.kinds()
    for code in "abcd":
        targets = changes.targets(code)
        assert (code in kinds) == (targets != (code,))
        assert (kinds.get(code) == "retire") == (targets == ())
        assert (kinds.get(code) == "split") == (len(targets) > 1)
