"""Ways to write a text differently."""

import pytest

from evaluation.encoder.changes import to_traditional, with_typos, without_punctuation

TEXT = "麻烦帮我看看这个订单的到货时间，我想早点收到"


def test_traditional_changes_the_script_and_the_phrases_of_taiwan():
    assert to_traditional("请问这个软件怎么退钱") == "請問這個軟體怎麼退錢"


def test_punctuation_of_both_widths_is_removed_and_nothing_else():
    assert without_punctuation("你好，3.5 元？Yes, 100%!「好」¥") == "你好35 元Yes 100好¥"


def test_a_typo_about_every_eight_characters():
    changed = with_typos(TEXT, seed=0)
    assert changed != TEXT
    assert abs(len(changed) - len(TEXT)) <= round(len(TEXT) / 8)
    assert set(changed) <= set(TEXT)


def test_typos_depend_on_the_text_and_the_seed_alone():
    assert with_typos(TEXT, seed=1) == with_typos(TEXT, seed=1)
    assert len({with_typos(TEXT, seed=seed) for seed in range(20)}) > 10


@pytest.mark.parametrize("text", ["", "好", "好的"])
def test_short_texts_survive(text):
    assert all(len(with_typos(text, seed)) >= min(len(text), 1) for seed in range(50))
