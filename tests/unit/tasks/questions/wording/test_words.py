"""Repeats, segmentation and keywords."""

import subprocess
import sys
import tempfile
import time

import numpy as np
import pytest

from nlp_service.contracts import QuestionItem
from nlp_service.tasks.questions.naming.keywords import class_terms
from nlp_service.tasks.questions.wording.repeats import canonical, group_repeats
from nlp_service.tasks.questions.wording.segmentation import words


def groups(*texts):
    items = [QuestionItem(str(row), text) for row, text in enumerate(texts)]
    return group_repeats(items, np.eye(len(texts), dtype=np.float32))


def keywords(clusters, rest):
    return [terms.keywords() for terms in class_terms(clusters, rest)]


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("你好，什么时候发货", "什么时候发货呢"),
        ("請問什麼時候發貨呀", "什么时候发货"),
        ("Hi, please cancel my order", "cancel my order"),
        ("订单号：90817263到哪了", "订单号55512到哪了"),
        ("SF1029384756610到哪了", "YT9988776655443到哪了"),
        ("可以打13800138000吗", "可以打 138-0013-8001 吗"),
        ("发票寄到a.lee@mail.example", "发票寄到 bo@corp.example"),
        ("status of {{Order Number}}", "status of <ORDER_ID>"),
        ("我的电话138****8000改一下", "我的电话139****1111改一下"),
        ("怎麼退款？", "怎么退款"),
        (" 怎么 退款！！", "怎么退款"),
        ("Where's my ORDER?!", "where s my order"),
        ("订单[订单x]到哪了", "订单#E-s[数字x]到哪了"),
    ],
)
def test_canonical_form_ignores_script_case_punctuation_greetings_masks_and_order_numbers(text, same):
    assert canonical(text) == canonical(same) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("打5.5折吗", "打55折吗"),
        ("5月6号能到吗", "5月8号能到吗"),
        ("2024-05-06下的单", "2024-05-08下的单"),
        ("满1000000元减多少", "满2000000元减多少"),
        ("XXXL有吗", "XXL有吗"),
        ("谢谢", "你好"),
    ],
)
def test_canonical_form_keeps_what_matters_apart(one, other):
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize("text", ["你好", "谢谢啦", "在吗", "ok thanks", "请问"])
def test_a_text_that_is_courtesy_only_still_has_a_canonical_form(text):
    assert canonical(text)


def test_canonical_form_of_hostile_text_takes_no_time():
    started = time.perf_counter()
    for text in ("谢谢啦" * 3000 + "x", "(1" * 5000, "a@" * 5000, "a." * 3000 + "@", "[[{{**" * 2000, "单号:" * 3000):
        canonical(text)
    assert time.perf_counter() - started < 5


def test_a_group_shows_its_most_frequent_writing_and_the_mean_direction():
    (group,) = groups("怎么退款？", "怎么退款", "怎么退款")

    assert (group.text, group.rows) == ("怎么退款", (0, 1, 2))
    np.testing.assert_allclose(group.vector, np.full(3, 3**-0.5), rtol=1e-6)


def test_words_have_a_plain_and_a_written_form_and_stop_words_go():
    found = dict(words("請問我的PLUS會員可以退發票嗎"))

    assert found["发票"] == "發票"
    assert found["plus"] == "plus"
    assert "可以" not in found
    assert "请问" not in found


def test_single_characters_tell_only_if_they_name_a_subject():
    assert [word for word, _ in words("退 换 好 在")] == ["退", "换"]


def test_keywords_set_clusters_apart_and_come_in_the_script_of_the_members():
    delivery = groups("快递几天能到", "快递到哪了", "查快递物流", "快递物流慢")
    invoice = groups("開發票", "發票抬頭", "發票抬頭寫錯")

    first, second = keywords([delivery, invoice], groups("物流"))

    assert first[0] == "快递"
    assert "發票" in second[0]
    assert "抬頭" in " ".join(second)
    assert "写错" not in second


def test_words_that_belong_together_are_one_keyword():
    price = groups("价格保护怎么申请", "价格保护几天", "可以价格保护吗")
    card = groups("my credit card was declined", "I lost a credit card", "Credit cards accepted?")

    first, second = keywords([price, card], [])

    assert first[0] == "价格保护"
    assert "保护" not in first
    assert second[0] == "credit card"


def test_keywords_do_not_repeat_each_other():
    (found,) = keywords([groups("怎么开发票", "开发票", "发票呢", "电子发票", "电子发票的发票号", "发票在哪")], [])

    assert "发票" in found
    assert not any("发票" in word for word in found if word != "发票")


def test_misspellings_are_no_keywords():
    right = groups(
        *(
            f"my billing preference {word}"
            for word in ["new", "form", "page", "card", "bank", "due", "old", "set", "day"]
        )
    )
    (found,) = keywords([[*right, *groups("billing prefrence")]], [])

    assert "prefrence" not in " ".join(found)


@pytest.mark.parametrize(
    ("text", "word"), [("我要开发票", "发票"), ("没收到货", "收到"), ("退货运费谁出", "运费"), ("怎麼開發票", "发票")]
)
def test_words_are_cut_as_customers_mean_them(text, word):
    assert word in dict(words(text))


def test_words_of_one_question_are_no_keywords():
    assert keywords([groups("屏幕碎了", "充电很慢", "电池鼓包")], []) == [[]]


def test_no_clusters_have_no_keywords():
    assert keywords([], groups("快递")) == []


def test_heavy_libraries_are_imported_on_use_only_and_jieba_leaves_no_trace():
    script = (
        "import sys\n"
        "import nlp_service.tasks.questions\n"
        "assert not {'hdbscan', 'sklearn', 'jieba'} & set(sys.modules)\n"
        "from nlp_service.tasks.questions.wording.segmentation import words\n"
        "assert list(words('电子发票'))\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, env={"TMPDIR": folder}, check=False
        )
        traces = subprocess.run(["ls", "-A", folder], capture_output=True, text=True, check=True).stdout

    assert (done.returncode, done.stderr, done.stdout, traces) == (0, "", "", "")
