"""Written Cantonese in the words of standard Chinese; standard Chinese left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_service.text import prepare


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("點解我件貨仲未到？", "为什么我的货还没到?"),
        ("你哋寄錯嘢喇，我訂嘅係黑色唔係白色", "你们寄错东西了,我订的是黑色不是白色"),
        ("呢隻杯仲有冇貨？", "这只杯还有没有货?"),
        ("明明話三日到，而家第七日喇", "明明说三日到,现在第七日了"),
        ("等咗成個禮拜，打咗成日電話都冇人聽，好嬲", "等了整个礼拜,打了整天电话都没人接,好生气"),
        ("唔該幫我取消張單，得唔得？", "麻烦帮我取消订单,行不行?"),
        ("佢話聽日先寄得返嚟，咁我點做好？", "他说明天先寄得回来,那我怎么做好?"),
        ("點樣用優惠碼？邊個部門負責？邊個話㗎？", "怎么用优惠码?哪个部门负责?谁说的?"),
        ("搞咩呀，做咩唔覆我？唔得咩？", "搞什么呀,干什么不覆我?不行吗?"),
        ("三百蚊買嚟嘅梳化，用咗兩日就爛咗", "三百块买来的沙发,用了两日就坏了"),
        ("点解仲未退钱，系咪唔想退", "为什么还没退钱,是不是不想退"),  # as typed in Guangdong
        ("件貨去咗邊？呢張枱送唔送到？改唔改得？", "件货去了哪里?这张枱能不能送?能不能改?"),
        ("幾好用，好正，抵買，多謝晒！", "挺好用,很棒,值得买,非常感谢!"),
    ],
)
def test_cantonese_is_read_as_standard_chinese(sentence: str, expected: str) -> None:
    assert prepare(sentence) == expected


@pytest.mark.parametrize(
    "sentence",
    [
        "唔，好的",
        "重点解决一下这个问题",
        "点解锁按钮没反应",
        "上午十点算起吗",
        "你有点样子好不好",
        "这个景点算不错",
        "在海边度过了一天，旁边个别房间很吵",
        "而家里没人签收",
        "钢琴日常保养",
        "这款防晒好不好用，在户外晒了一天",
        "系统提示没有关系，联系客服",
        "他们只洗了一件，对我们个人有影响",
        "立体声喇叭坏了",
        "好平整，好正常，几时到货？",
        "仲裁结果什么时候出来",
        "咋还不发货呀",
        "呢个人",
    ],
)
def test_standard_chinese_stays(sentence: str) -> None:
    assert prepare(sentence) == sentence.replace("，", ",").replace("？", "?")


def test_words_of_both_are_told_apart_beside_cantonese() -> None:
    assert prepare("呢支防曬有冇關係？系統話我成日期都錯咗") == "这支防晒有没有关系?系统话我成日期都错了"


@given(
    st.lists(
        st.sampled_from("唔冇咗嘅嚟佢哋啲嗰咁噉咩乜點解邊個度係呢喇晒返話仲未好正平成日蚊先我你，？買退 得"),
        max_size=14,
    )
)
def test_reading_it_again_changes_nothing(characters: list[str]) -> None:
    once = prepare("".join(characters))
    assert prepare(once) == once
