"""How unsure an answer is, and which sentence stands for a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_service.contracts import ContactReason, ReasonNode, Skipped
from nlp_service.review.uncertainty import MAX_PART_CHARACTERS, telling_part, uncertainty


def test_a_sure_answer_is_not_uncertain(make_reason, taxonomy):
    assert uncertainty(make_reason({"parcel.late": 1.0}), taxonomy) == 0.0


def test_branches_taken_for_each_other_count_for_more_than_siblings(make_reason, taxonomy):
    siblings = uncertainty(make_reason({"parcel.late": 0.5, "parcel.lost": 0.5}), taxonomy)
    branches = uncertainty(make_reason({"parcel.late": 0.5, "refund.other": 0.5}), taxonomy)
    assert siblings == pytest.approx(0.5)
    assert branches == pytest.approx(1.0)


def test_what_is_missing_to_one_is_an_answer_too(make_reason, taxonomy):
    assert uncertainty(make_reason({"parcel.late": 0.5}), taxonomy) == pytest.approx(1.0)
    assert uncertainty(make_reason({"parcel.late": 0.02}, chosen=None), taxonomy) == pytest.approx(0.04)


def test_a_parent_that_was_chosen_is_not_counted_beside_its_children(taxonomy):
    children = [ReasonNode("parcel.late", "", 0.5), ReasonNode("parcel.lost", "", 0.5)]
    answer = ContactReason("review", "parcel", [ReasonNode("parcel", "", 1.0)], children)
    assert uncertainty(answer, taxonomy) == pytest.approx(0.5)


def test_a_text_that_was_skipped_is_no_riddle(taxonomy):
    answer = ContactReason("out_of_scope", None, [], [], skipped=[Skipped("reasons", "text_empty")])
    assert uncertainty(answer, taxonomy) == 0.0


@given(st.lists(st.floats(0, 1), min_size=3, max_size=3))
def test_uncertainty_is_between_0_and_1(taxonomy, make_reason, shares):
    total = max(sum(shares), 1.0)
    codes = ("parcel.late", "parcel.lost", "refund.other")
    answer = make_reason({code: share / total for code, share in zip(codes, shares, strict=True)})
    assert 0.0 <= uncertainty(answer, taxonomy) <= 1.0


def test_the_strongest_evidence_stands_for_the_text(make_reason):
    text = "您好。我的包裹一直沒到。谢谢"
    reason = make_reason({"parcel.late": 0.9}, evidence=[(0, 3, 0.1), (3, 12, 0.8)])
    assert telling_part(text, reason) == "我的包裹一直没到。"


def test_without_evidence_it_is_the_longest_sentence_cut_to_what_the_encoder_reads(make_reason):
    text = "您好。" + "从前有座山里面有座庙" * 15 + "。谢谢"
    part = telling_part(text, make_reason({"parcel.late": 0.1}, chosen=None))
    assert part.startswith("从前有座山")
    assert len(part) == MAX_PART_CHARACTERS


def test_a_text_without_sentences_has_no_telling_part(make_reason):
    assert telling_part(" \n", make_reason({}, chosen=None)) == ""
