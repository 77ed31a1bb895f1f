import numpy as np
import pytest

from nlp_service.contracts import QuestionItem
from nlp_service.tasks.questions.naming.keywords import class_terms
from nlp_service.tasks.questions.wording.repeats import group_repeats

ORDERS = ["怎么查不到订单", "订单显示已经完成", "这个订单带手柄吗", "订单什么情况", "订单还可能实现吗"]


def groups(*texts):
    vectors = np.ones((len(texts), 4), dtype=np.float32) / 2
    return group_repeats([QuestionItem(str(row), text) for row, text in enumerate(texts)], vectors)


@pytest.mark.parametrize(
    ("texts", "elsewhere", "expected"),
    [
        (ORDERS, [f"订单第{number}次{what}" for number in range(8) for what in ("退款", "发货")], True),
        (ORDERS, ["怎么退款"] * 16, False),
        (["京东有补偿吗", "京东可以秒杀吗", "你们是京东吗", "京东今天来取"], ["怎么退款"] * 16, True),
        ([f"{asked}订单" for asked in ("我要取消", "能取消", "帮我取消", "取消")], [*ORDERS * 4, "取消会员"], False),
        (["能退吗", "开不开票", "发什么快递"], ORDERS, False),
        ([], ORDERS, False),
    ],
    ids=["said everywhere", "said only here", "a name", "another word too", "no common word", "nothing"],
)
def test_a_class_may_share_only_a_word(texts, elsewhere, expected):
    found, *_ = class_terms([groups(*texts)], groups(*elsewhere))
    assert found.shares_only_a_word() is expected
