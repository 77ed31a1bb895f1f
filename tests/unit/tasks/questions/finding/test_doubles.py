"""Which clusters are one because they want the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_service.tasks.questions.finding.doubles import join_doubles
from nlp_service.tasks.questions.finding.drafts import Draft
from nlp_service.tasks.questions.wording.repeats import Group

CANCEL = ["cancel"] * 5


def around(*angles, size=5, stability=0.5):
    """Clusters of so many questions in one wording, each at its angle; rows follow each other."""
    vectors = [np.array([np.cos(angle), np.sin(angle)], dtype=np.float32) for angle in np.radians(angles)]
    return [
        Draft((Group(f"{at:02}", f"{at:02}", tuple(range(at * size, (at + 1) * size)), vector),), stability)
        for at, vector in enumerate(vectors)
    ]


def keys(drafts):
    return [[group.key for group in draft.groups] for draft in drafts]


def test_near_clusters_of_one_reason_are_one_and_others_are_not():
    drafts = around(0, 30, 30, 90)
    joined = join_doubles(drafts, [*CANCEL, *CANCEL, *["refund"] * 5, *CANCEL])
    assert keys(joined) == [["00", "01"], ["02"], ["03"]]


@pytest.mark.parametrize("reasons", [["cancel", "cancel", "cancel", "a", None], ["cancel", "cancel", "a", "b", None]])
def test_a_reason_is_a_clusters_if_most_of_its_questions_state_it(reasons):
    joined = join_doubles(around(0, 10), [*CANCEL, *reasons])
    assert len(joined) == (1 if reasons.count("cancel") >= 3 else 2)


def test_clusters_without_a_reason_are_not_alike_for_that():
    assert len(join_doubles(around(0, 1), [None] * 10)) == 2


def test_the_nearest_are_joined_first_and_their_middle_decides_about_the_next():
    # 0 and 20 have their middle at 10, 50 degrees away from the third: too far, though 20 isn't.
    assert keys(join_doubles(around(0, 20, 60), CANCEL * 3)) == [["00", "01"], ["02"]]


def test_a_joined_clusters_stability_is_that_of_its_questions():
    small, large = around(0, stability=0.2)[0], around(9, 9, size=15, stability=1.0)[1]
    (joined,) = join_doubles([small, large], ["cancel"] * 30)
    assert joined.stability == pytest.approx((5 * 0.2 + 15 * 1.0) / 20)


@given(st.lists(st.tuples(st.integers(0, 359), st.sampled_from(["a", "b", None])), max_size=8), st.randoms())
def test_nothing_is_lost_and_the_order_is_no_matter(given_, chance):
    drafts = around(*(angle for angle, _ in given_))
    reasons = [reason for _, reason in given_ for _ in range(5)]
    joined = join_doubles(drafts, reasons)
    assert sorted(key for some in keys(joined) for key in some) == [draft.groups[0].key for draft in drafts]
    shuffled = chance.sample(drafts, len(drafts))
    assert keys(join_doubles(shuffled, reasons)) == keys(joined)
