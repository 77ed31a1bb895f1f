"""Which n-grams a text has."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_service.text import BUCKETS, NGRAMS_VERSION, ngrams, ngrams_of, prepare

ANY = st.text(st.characters())  # lone surrogates included
MIXED = st.lists(st.sampled_from([*"很慢。！3的", " ", "slow", "delivery", "don't", "[笑哭]", "2024", "😀", ""])).map(
    "".join
)


@given(ANY | MIXED)
def test_buckets_are_distinct_ascending_and_in_range(text: str) -> None:
    buckets = ngrams(text)
    assert buckets.dtype == np.int64
    assert buckets.ndim == 1
    assert (np.diff(buckets) > 0).all()
    assert ((buckets >= 0) & (buckets < BUCKETS)).all()


@given(st.lists(ANY | MIXED, max_size=6))
def test_several_texts_are_read_as_if_each_were_alone(texts: list[str]) -> None:
    assert [part.tolist() for part in ngrams_of(texts)] == [ngrams(text).tolist() for text in texts]


def test_ngrams_of_these_texts_belong_to_version_1() -> None:
    """When this test fails, raise NGRAMS_VERSION: lexicons were trained on the old ones."""
    assert NGRAMS_VERSION == "1"
    assert ngrams("好慢").tolist() == [410682, 456458, 475911, 509094, 683410, 763000, 786627, 945715]
    assert ngrams("Very slow delivery").tolist() == [
        *(173978, 389599, 423950, 720025, 729763, 816838, 850926, 910046),
    ]


def test_another_process_finds_the_same_ones() -> None:
    program = "from nlp_service.text import ngrams; print(ngrams('客服 very slow 3 天').tolist())"
    environment = {"PYTHONHASHSEED": "7", "PYTHONIOENCODING": "utf-8"}
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=True)
    assert run.stdout.strip() == str(ngrams("客服 very slow 3 天").tolist())


@pytest.mark.parametrize("text", ["", " ", "\n\t", "　"])
def test_nothing_to_read_has_none(text: str) -> None:
    assert ngrams(prepare(text)).tolist() == []
    assert [len(part) for part in ngrams_of([prepare(text), "好"])] == [0, len(ngrams("好"))]


def test_no_texts_nothing() -> None:
    assert ngrams_of([]) == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("好", 4),  # alone, after the beginning, before the end, between both
        ("好慢", 2 + 3 + 2 + 1),
        ("送货好慢", 4 + 5 + 4 + 3),
        ("slow", 1 + 2),
        ("too slow here", 3 + 4),
        ("delivery", 1 + 2 + 1),  # the beginning stands for deliver, delivered
        ("app好卡", 3 + 4 + 1),
    ],
)
def test_characters_are_read_up_to_four_at_a_time_words_up_to_two(text: str, count: int) -> None:
    assert len(ngrams(text)) == count


def test_other_forms_of_a_long_word_share_its_beginning() -> None:
    assert set(ngrams("refunded")) & set(ngrams("refunds")) != set()
    assert set(ngrams("slow")) & set(ngrams("slop")) == set()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("等了3天", "等了15天"),
        ("退我299元", "退我7元"),
        ("waited 3 days", "waited 120 days"),
        ("SLOW Delivery", "slow delivery"),
        ("我的訂單還沒出貨", "我的订单还没出货"),
        ("退貨要等５天？", "退货要等8天?"),
    ],
)
def test_what_makes_no_difference(one: str, other: str) -> None:
    assert ngrams(prepare(one)).tolist() == ngrams(prepare(other)).tolist()


@pytest.mark.parametrize(
    ("one", "other"),
    [("等了3天", "等了三天"), ("不是很好", "很不是好"), ("好！", "好"), ("not good", "good not"), ("[笑哭]", "[微笑]")],
)
def test_what_makes_one(one: str, other: str) -> None:
    assert ngrams(one).tolist() != ngrams(other).tolist()
