"""What stands around a question and says nothing of it."""

import pytest

from nlp_service.text.courtesy import without_courtesy


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("你好，请问怎么退货，谢谢", "怎么退货"),
        ("唔该帮我查张单", "查张单"),
        ("喺边度揾返张收据唔该", "喺边度揾返张收据"),
        ("呢件几时到货 多谢晒", "呢件几时到货"),
        ("那么怎么退", "怎么退"),
        ("那个，怎么退", "怎么退"),
        ("Hi, how do I return this? Thanks!", "how do I return this"),
    ],
)
def test_courtesy_is_left_out(text: str, left: str) -> None:
    assert without_courtesy(text) == left


@pytest.mark.parametrize(
    "text", ["那单怎么还没发", "那张券过期了", "那批货到了吗", "另外那份怎么没见着", "另外两件什么时候发", "多谢晒"]
)
def test_what_is_asked_about_stays(text: str) -> None:
    assert without_courtesy(text) == text
