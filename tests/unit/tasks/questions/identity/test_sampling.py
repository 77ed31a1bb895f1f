import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_service.contracts import QuestionItem
from nlp_service.tasks.questions.identity import sampling
from nlp_service.tasks.questions.identity.sampling import MOST_SAMPLED, draw_sample
from nlp_service.tasks.questions.wording.repeats import Group

TEXTS = st.one_of(st.sampled_from(["怎么退款", "怎麼退款？", "Where is it?"]), st.text(min_size=1, max_size=8))


def drawn(texts):
    """The sample of questions with these texts, each in a group of its own."""
    questions = [QuestionItem(str(row), text) for row, text in enumerate(texts)]
    groups = [Group(f"{row:05d}", text, (row,), np.ones(1, dtype=np.float32)) for row, text in enumerate(texts)]
    return draw_sample(groups, questions)


def test_few_questions_are_all_drawn_each_as_often_as_it_was_asked():
    texts = ["怎么退款", "怎么退款", "發票怎麼開", "Where is my parcel?"]

    assert Counter(drawn(texts)) == Counter(texts)
    assert drawn([]) == []


def test_of_many_a_thousand_are_drawn_and_every_topic_has_its_share():
    texts = [f"快递{number}" for number in range(900)] + [f"退款{number}" for number in range(2_100)]

    sample = drawn(texts)

    assert len(sample) == len(set(sample)) == MOST_SAMPLED
    # Three standard deviations of a number drawn without replacement are 36.
    assert sum("快递" in text for text in sample) == pytest.approx(300, abs=36)


def test_a_repeated_question_has_its_share_too():
    texts = ["怎么退款"] * 1_500 + [f"别的问题{number}" for number in range(1_500)]

    # Three standard deviations are 39.
    assert Counter(drawn(texts))["怎么退款"] == pytest.approx(500, abs=39)


@given(st.lists(TEXTS, max_size=30), st.integers(1, 10), st.randoms(use_true_random=False))
def test_which_are_drawn_depends_on_the_texts_alone(texts, most, shuffler: random.Random):
    shuffled = list(texts)
    shuffler.shuffle(shuffled)

    with pytest.MonkeyPatch.context() as patch:
        everything = drawn(texts)
        patch.setattr(sampling, "MOST_SAMPLED", most)
        some = drawn(shuffled)

    assert some == everything[:most]


def test_questions_in_no_group_are_not_drawn():
    questions = [QuestionItem("a", "👍"), QuestionItem("b", "怎么退款")]

    assert draw_sample([Group("怎么退款", "怎么退款", (1,), np.ones(1, dtype=np.float32))], questions) == ["怎么退款"]


def test_what_tells_no_two_questions_apart_is_left_out():
    (sample,) = drawn(["我的订单号是20250301001，发票寄到 wang@shop.example 可以吗，见 https://shop.example/o/7"])

    assert "发票寄到" in sample
    assert not {"20250301001", "wang@shop.example", "https"} & set(sample.split())
    assert "2025" not in sample
    assert "shop" not in sample


def test_very_long_texts_are_left_out():
    long = "".join(chr(0x4E00 + number) for number in range(2_001))

    assert set(drawn([long, long[1:], "怎么退款"])) == {"怎么退款", long[1:]}
