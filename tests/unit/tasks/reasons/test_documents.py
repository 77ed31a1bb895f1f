"""A conversation's contact reasons and the sentences they rest on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_service.tasks.reasons import ReasonedSentence, Tree, document_reasons

ROWS = st.lists(
    st.lists(st.floats(0, 1), min_size=6, max_size=6).map(lambda parts: np.array(parts[:5]) / max(sum(parts), 1e-9)),
    min_size=1,
    max_size=8,
).map(np.array)
LATE, LOST, TAX, NAME, THANKS = np.eye(5) * 0.95
CHATTER = np.full(5, 0.02)


@pytest.fixture(scope="session")
def tree(taxonomy, leaves):
    return Tree(taxonomy, leaves, [0.5, 0.5, 0.5])


@pytest.fixture(scope="session")
def reasons_of(tree):
    def reasons_of_(rows, weights=None, whole=None):
        places = [
            ReasonedSentence(
                turn=row, start=10 * row, end=10 * row + 5, weight=1.0 if weights is None else weights[row]
            )
            for row in range(len(rows))
        ]
        return document_reasons(places, np.array(rows), tree, language="en", top_k=2, whole=whole)

    return reasons_of_


def test_the_main_reason_comes_first_and_another_branch_is_a_further_one(reasons_of):
    reasons = reasons_of([LATE, LATE, TAX])
    assert [reason.code for reason in reasons] == ["parcel.late", "bill.wrong.tax"]
    assert [[item.turn for item in reason.evidence] for reason in reasons] == [[0, 1], [2]]


def test_of_reasons_as_clear_as_each_other_the_main_one_was_stated_first(reasons_of):
    assert [reason.code for reason in reasons_of([LATE, TAX])] == ["parcel.late", "bill.wrong.tax"]
    assert [reason.code for reason in reasons_of([TAX, LATE])] == ["bill.wrong.tax", "parcel.late"]
    assert [reason.code for reason in reasons_of([THANKS, CHATTER, TAX, LATE])] == ["bill.wrong.tax", "parcel.late"]


def test_a_late_reason_that_is_stated_again_and_again_is_a_further_one(reasons_of):
    assert [reason.code for reason in reasons_of([LATE, *[CHATTER] * 4, TAX, TAX])] == ["parcel.late", "bill.wrong.tax"]


def test_a_text_in_one_piece_says_more_than_sentences_that_hardly_agree(reasons_of):
    unsure = np.array([0.3, 0.1, 0.4, 0.1, 0.0])
    (by_sentences,) = reasons_of([unsure, unsure])
    (with_whole,) = reasons_of([unsure, unsure], whole=LATE)
    assert by_sentences.status == "review"
    assert (with_whole.status, with_whole.code) == ("tagged", "parcel.late")
    assert [item.turn for item in with_whole.evidence] == [0, 1]


def test_what_was_read_of_a_long_text_says_no_more_than_its_share(tree):
    places = [ReasonedSentence(turn=0, start=6_000 * row, end=6_000 * (row + 1), weight=1.0) for row in range(2)]
    (reason,) = document_reasons(places, np.array([TAX, TAX]), tree, language="en", top_k=2, whole=LATE)
    assert reason.code == "bill.wrong.tax"


def test_a_text_in_one_piece_that_says_the_same_changes_nothing(reasons_of):
    assert reasons_of([LATE, LATE], whole=LATE)[0].path == reasons_of([LATE, LATE])[0].path


def test_one_stray_sentence_of_many_is_no_contact_reason(reasons_of):
    assert [reason.code for reason in reasons_of([LATE] * 9 + [TAX])] == ["parcel.late"]


def test_a_further_reason_needs_a_sentence_that_may_say_as_much_as_any_other_unless_it_leaves_no_doubt(reasons_of):
    rows = [LATE * 0.9, LATE * 0.9, TAX * 0.9]
    assert [reason.code for reason in reasons_of(rows, weights=[1.0, 1.0, 0.6])] == ["parcel.late"]
    assert [reason.code for reason in reasons_of(rows, weights=[0.6, 0.6, 0.6])] == ["parcel.late", "bill.wrong.tax"]


def test_a_statement_that_leaves_no_doubt_is_enough_for_the_document_to_be_within_scope(reasons_of):
    assert [reason.code for reason in reasons_of([CHATTER, LATE], weights=[1.0, 0.4])] == ["parcel.late"]
    assert [reason.code for reason in reasons_of([CHATTER, LATE * 0.9], weights=[1.0, 0.4])] == [None]


def test_a_statement_that_leaves_no_doubt_is_a_further_reason_and_a_greeting_never(reasons_of):
    rows = [LATE, LATE, TAX]
    assert [reason.code for reason in reasons_of(rows, weights=[1.0, 1.0, 0.4])] == ["parcel.late", "bill.wrong.tax"]
    assert [reason.code for reason in reasons_of(rows, weights=[1.0, 1.0, 0.01])] == ["parcel.late"]


def test_sentences_that_hardly_agree_are_for_review_where_one_would_be_tagged(taxonomy, leaves):
    tree = Tree(taxonomy, leaves, [0.3, 0.3, 0.3])
    row = np.array([0.35, 0.3, 0.3, 0, 0])
    place = ReasonedSentence(turn=0, start=0, end=5, weight=1.0)

    def main(count):
        rows = np.array([row] * count)
        reason = document_reasons([place] * count, rows, tree, language="en", top_k=0)[0]
        return reason.status, reason.code

    assert main(1) == ("tagged", "parcel.late")
    assert main(2) == ("review", "parcel")


def test_a_greeting_before_a_sentence_changes_nothing(taxonomy, leaves):
    tree = Tree(taxonomy, leaves, [0.3, 0.3, 0.3])
    said = ReasonedSentence(turn=0, start=3, end=8, weight=1.0)
    rows = np.array([CHATTER, [0.35, 0.3, 0.3, 0, 0]])
    greeted = [ReasonedSentence(turn=0, start=0, end=3, weight=0.01), said]

    def main(places, rows):
        reason = document_reasons(places, rows, tree, language="en", top_k=0)[0]
        return reason.status, reason.code

    assert main(greeted, rows) == main([said], rows[1:]) == ("tagged", "parcel.late")


def test_the_main_reasons_evidence_is_what_decided_it(reasons_of):
    early, late = np.array([0.7, 0, 0.1, 0, 0]), np.array([0.95, 0, 0, 0, 0])
    (reason,) = reasons_of([early, *[CHATTER] * 6, late, late, late])
    assert max(reason.evidence, key=lambda item: item.weight).turn == 0


def test_evidence_is_where_the_sentences_are(reasons_of):
    (reason,) = reasons_of([CHATTER, LATE, CHATTER])
    (evidence,) = reason.evidence
    assert (evidence.turn, evidence.start, evidence.end) == (1, 10, 15)
    assert evidence.weight > 0.9


@pytest.mark.parametrize("sentences", [2, 6, 7, 30])
def test_many_sentences_that_say_the_same_leave_some_evidence(reasons_of, sentences):
    (reason,) = reasons_of([LATE] * sentences)
    assert 1 <= len(reason.evidence) <= 3


def test_nothing_within_scope_has_no_evidence(reasons_of):
    (reason,) = reasons_of([CHATTER, CHATTER])
    assert (reason.status, reason.evidence) == ("out_of_scope", [])


@given(ROWS, st.data())
def test_whatever_the_sentences_there_is_one_main_reason_and_evidence_in_order(taxonomy, leaves, rows, data):
    weights = data.draw(st.lists(st.sampled_from([0.05, 1.0]), min_size=len(rows), max_size=len(rows)))
    threshold = data.draw(st.sampled_from([0.5, 0.7, 0.9]))
    tree = Tree(taxonomy, leaves, [threshold] * 3, in_scope=data.draw(st.sampled_from([0.5, 0.81])))
    places = [ReasonedSentence(row, 10 * row, 10 * row + 5, weight) for row, weight in enumerate(weights)]
    reasons = document_reasons(places, rows, tree, language="en", top_k=2)
    assert 1 <= len(reasons) <= 3
    codes = [reason.code for reason in reasons if reason.code is not None]
    assert len(codes) == len(set(codes))
    assert all(reason.code is not None for reason in reasons[1:])
    assert all(reason.status == "tagged" for reason in reasons[1:]) or threshold > 0.6
    for reason in reasons:
        turns = [item.turn for item in reason.evidence]
        assert turns == sorted(set(turns))
        assert sum(item.weight for item in reason.evidence) <= 1 + 1e-5
        assert bool(reason.evidence) == (reason.code is not None)


@given(ROWS)
def test_no_reason_lies_above_or_below_the_main_one(reasons_of, rows):
    main, *further = reasons_of(rows)
    for reason in further:
        assert main.code is None or not (
            reason.code.startswith(f"{main.code}.") or main.code.startswith(f"{reason.code}.")
        )
