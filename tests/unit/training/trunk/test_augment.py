import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.trunk.augment import disturb, with_filler, with_typos, without_punctuation
from training.trunk.config import Augment

EVERYTHING = Augment(punctuation=1, typos=1, disfluency=1, case=1)


@given(st.text(), st.integers(0, 2**32 - 1))
def test_a_visible_text_never_becomes_empty(text: str, seed: int) -> None:
    changed = disturb(text, EVERYTHING, np.random.default_rng(seed))

    assert bool(changed.strip()) or changed == text


def test_the_same_seed_disturbs_the_same_way() -> None:
    text = "我上周买的水壶，到现在还没发货，能催一下吗？"

    versions = {disturb(text, EVERYTHING, np.random.default_rng(7)) for _ in range(3)}

    assert len(versions) == 1
    assert versions != {text}


def test_nothing_happens_at_probability_zero() -> None:
    text = "Where is my parcel?"

    settings = Augment(punctuation=0, typos=0, disfluency=0, case=0)

    assert disturb(text, settings, np.random.default_rng(0)) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("水壶坏了，怎么退？", "水壶坏了怎么退"),
        ("My kettle broke; can I return it?", "My kettle broke can I return it"),
        ("订单:A-17，没到!", "订单A 17没到"),
    ],
)
def test_punctuation_goes_and_words_stay_apart(text: str, expected: str) -> None:
    assert without_punctuation(text) == expected


def test_typos_change_about_one_character_in_ten() -> None:
    text = "请问这个订单什么时候才可以送到我家里呢谢谢你们了"

    lengths = [len(with_typos(text, np.random.default_rng(seed))) for seed in range(50)]

    assert all(abs(length - len(text)) <= 2 for length in lengths)
    assert any(with_typos(text, np.random.default_rng(seed)) != text for seed in range(5))
    assert with_typos("能退吗", np.random.default_rng(0)) == "能退吗"


def test_a_filler_keeps_everything_that_was_said() -> None:
    for seed in range(20):
        chinese = with_filler("水壶坏了，怎么退", np.random.default_rng(seed))
        english = with_filler("my kettle broke", np.random.default_rng(seed))

        assert len(chinese) > 8
        assert chinese.replace("，", "").endswith("怎么退")
        assert [word for word in english.split() if word in ("my", "kettle", "broke")] == ["my", "kettle", "broke"]
