"""What a change of the tree does to tickets."""

import pytest
from scipy.stats import binomtest

from nlp_service.contracts import ContactReason
from nlp_service.taxonomy.moves import Count, Decision, Move, Transition, cost, moves, outcome

OUT = Decision("out_of_scope")


def tagged(code):
    return Decision("tagged", code)


def review(code):
    return Decision("review", code)


@pytest.fixture
def transition(old, new, mapping):
    return Transition(old, new, mapping)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (tagged("parcel.slow"), tagged("shipping.delay")),
        (tagged("parcel.missing"), tagged("shipping.lost")),
        (tagged("refund.ask"), tagged("refund.time")),
        (tagged("refund.ask"), review("refund")),  # a split may leave open which of the parts it is
        (tagged("refund.fax"), OUT),
        (tagged("refund.fax"), review("refund")),
        (review("parcel"), review("shipping")),
        (review("parcel"), tagged("shipping.lost")),  # two that couldn't be told apart became one
    ],
)
def test_moves_that_the_mapping_explains(transition, before, after):
    assert transition.explanation(before, after) == "mapping"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (tagged("parcel.slow"), tagged("shipping.lost")),
        (tagged("parcel.slow"), review("shipping")),
        (tagged("parcel.slow"), OUT),
        (tagged("bill.paper"), tagged("refund.ask")),
        (tagged("refund.ask"), OUT),
        (tagged("refund.ask"), review("bill")),
        (tagged("refund.fax"), tagged("refund.ask")),
        (OUT, tagged("shipping.delay")),
        (review("bill"), OUT),
    ],
)
def test_moves_that_nothing_explains(transition, before, after):
    assert transition.explanation(before, after) == "surprising"


def test_moves_to_a_code_that_is_new_are_kept_apart(transition):
    assert transition.explanation(tagged("bill.paper"), tagged("bill.new")) == "new_code"
    assert transition.explanation(OUT, tagged("bill.new")) == "new_code"
    assert transition.explanation(tagged("bill.paper"), tagged("refund.time")) == "surprising"  # new, but from a split


def test_moves_are_counted_largest_first(transition):
    before = [tagged("parcel.slow")] * 3 + [OUT, tagged("bill.paper"), tagged("bill.paper")]
    after = [tagged("shipping.delay")] * 2 + [OUT, OUT, tagged("bill.new"), tagged("bill.paper")]
    assert moves(before, after, transition) == [
        Move(tagged("parcel.slow"), tagged("shipping.delay"), 2, "mapping"),
        Move(tagged("bill.paper"), tagged("bill.new"), 1, "new_code"),
        Move(tagged("parcel.slow"), OUT, 1, "surprising"),
    ]


@pytest.mark.parametrize(
    ("label", "right", "wrong"),
    [
        ("parcel.slow", [tagged("shipping.delay")], [tagged("shipping.lost"), review("shipping"), OUT]),
        ("refund.ask", [tagged("refund.ask"), tagged("refund.time")], [review("refund"), tagged("bill.paper"), OUT]),
        ("refund.fax", [OUT, review("refund")], [tagged("refund.ask"), review("bill")]),
        ("parcel", [review("shipping"), tagged("shipping.lost")], [review("bill"), OUT]),
        (None, [OUT], [tagged("bill.new"), review("bill")]),
    ],
)
def test_what_is_right_after_the_change(transition, label, right, wrong):
    assert [transition.is_right(label, decision) for decision in right] == [True] * len(right)
    assert [transition.is_right(label, decision) for decision in wrong] == [False] * len(wrong)


def test_what_was_right_before_it(transition):
    assert transition.was_right("parcel.slow", tagged("parcel.slow"))
    assert not transition.was_right("parcel.slow", tagged("parcel.lost"))
    assert not transition.was_right("parcel.slow", review("parcel"))
    assert transition.was_right("parcel", tagged("parcel.slow"))
    assert transition.was_right(None, OUT)


def test_the_cost_compares_the_same_tickets_before_and_after(transition):
    labels = ["parcel.slow"] * 8 + [None, "bill.paper"]
    before = [tagged("parcel.slow")] * 7 + [OUT, OUT, tagged("parcel.lost")]
    after = [tagged("shipping.delay")] + [review("shipping")] * 6 + [tagged("shipping.delay"), OUT, OUT]
    found = cost(labels, before, after, transition)
    assert (found.tickets, found.broken, found.mended) == (10, 6, 1)
    assert (found.accuracy_before, found.accuracy_after) == (0.8, 0.3)
    assert (found.coverage_before, found.coverage_after) == (0.8, 0.2)
    assert found.p_value == pytest.approx(binomtest(1, 7).pvalue) == pytest.approx(2 * (1 + 7) / 2**7)


def test_a_change_that_breaks_and_mends_nothing_has_a_p_value_of_one(transition):
    assert cost([None], [OUT], [OUT], transition).p_value == 1.0


def test_the_outcome_counts_all_tickets_and_costs_only_labelled_ones(transition):
    before = [tagged("parcel.slow"), review("bill"), OUT]
    after = [tagged("shipping.delay"), OUT, OUT]
    found = outcome(before, after, [(0, "parcel.slow")], transition)
    assert found.tickets == 3
    assert found.statuses == {"tagged": (1, 1), "review": (1, 0), "out_of_scope": (1, 2)}
    assert found.counts == [
        Count(review("bill"), 1, 0),
        Count(OUT, 1, 2),
        Count(tagged("parcel.slow"), 1, 0),
        Count(tagged("shipping.delay"), 0, 1),
    ]
    assert found.cost is not None
    assert (found.cost.tickets, found.cost.accuracy_after) == (1, 1.0)
    assert outcome(before, after, [], transition).cost is None


def test_a_decision_is_that_of_the_main_reason():
    reasons = [ContactReason("review", "parcel", [], []), ContactReason("tagged", "bill.paper", [], [])]
    assert Decision.of(reasons) == review("parcel")
    assert Decision.of(None) == Decision.of([]) == OUT
    assert [str(decision) for decision in (tagged("a"), review("a"), OUT)] == ["a", "a (review)", "out of scope"]
