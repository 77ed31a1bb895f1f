"""Repeats, segmentation and keywords."""

import subprocess
import sys
import tempfile
import time

import numpy as np
import pytest

from nlp_service.contracts import QuestionItem
from nlp_service.tasks.questions.naming.keywords import class_terms
from nlp_service.tasks.questions.wording.repeats import group_repeats
from nlp_service.tasks.questions.wording.segmentation import words
from nlp_service.text import canonical, without_masks


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
        ("Good morning, where's my order", "where's my order"),
        ("Good, thanks. Where's my order", "where's my order"),
        ("Hello, this is Ana Li. Where's my order", "where's my order"),
        ("I'm Ming and where's my order", "where's my order"),
        ("订单[订单x]到哪了", "订单#E-s[数字x]到哪了"),
        ("[订单编号:[数字x]，下单时间:无]怎么退款[微笑]", "怎么退款[doge]"),
        ("改成 [PHONE_1]", "改成[NAME]"),
        ("ticket#12345 is open", "ticket #67890 is open"),
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
        ("I AM MISSING MY PARCEL", "I AM RETURNING MY PARCEL"),
        ("I AM UNABLE TO CANCEL MY ORDER", "cancel my order"),
        ("I'm Not able to pay", "able to pay"),
        ("This is Urgent mail", "mail"),
        ("I'm Returning, and waiting", "waiting"),
        ("Good Friday opening hours", "Friday opening hours"),
        ("你们好评返现", "评返现"),
        ("有没有毛呢", "有没有毛"),
    ],
)
def test_canonical_form_keeps_what_matters_apart(one, other):
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("我的号码是13812345678千万别打错", "我的号码是…千万别打错"),
        ("电话13812345678万一打不通", "电话…万一打不通"),
        ("电话-13812345678怎么改", "电话-…怎么改"),
        ("联系电话Tel.13812345678怎么改", "联系电话Tel.…怎么改"),
        ("138.1234.5678怎么换绑", "…怎么换绑"),
        ("138·1234·5678怎么换绑", "…怎么换绑"),
        ("call me at +1.415.555.2671", "call me at …"),
        ("ORD-2024-000123 is late", "… is late"),
        ("INV-0012345", "…"),
        ("UPS 1Z999AA10123456784", "UPS …"),
        ("流水号2024111122001412345678901234", "流水号…"),
        ("订单号：2024-1234-5678", "订单号…"),
        ("身份证11010519491231002X怎么改", "身份证…怎么改"),
        ("身份证编号11010519491231002x", "身份证编号…"),
        ("验证码482913不对", "验证码…不对"),
        ("驗證碼是 482913", "驗證碼…"),
        ("my code is 482913", "my code is…"),
        ("我的邮箱张三@qq.com收不到", "我的邮箱…收不到"),
    ],
)
def test_numbers_and_addresses_of_a_customer_are_taken_out_whole(text, left):
    assert without_masks(text, "…") == left


@pytest.mark.parametrize(
    "text",
    [
        "iPhone 15",
        "RTX 4090",
        "RTX-4090",
        "WH-1000XM5",
        "ST4000VX007",
        "A4",
        "5G",
        "110-220V",
        "12.5%",
        "2024-11-11",
        "error code 1001",
        "0x80070057",
        "192.168.1.1",
        "3.14159265",
        "满1000000元",
        "500万",
        "[iPhone 15]",
        "$1234567",
    ],
)
def test_what_customers_ask_about_stays(text):
    assert without_masks(text) == text


@pytest.mark.parametrize("text", ["你好", "谢谢啦", "在吗", "ok thanks", "请问"])
def test_a_text_that_is_courtesy_only_still_has_a_canonical_form(text):
    assert canonical(text)


def test_canonical_form_of_hostile_text_takes_no_time():
    started = time.perf_counter()
    for text in ("谢谢啦" * 3000 + "x", "(1" * 5000, "a@" * 5000, "a." * 3000 + "@", "[[{{**" * 2000, "单号:" * 3000):
        canonical(text)
    for run in ("1", "-", "a", "1-", "a-", "1a", "1 ", "1.", "+1.", "AB-1 ", "[a_", "[好", "张@", "单号1-"):
        canonical(run * (10_000 // len(run)) + "元")
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
