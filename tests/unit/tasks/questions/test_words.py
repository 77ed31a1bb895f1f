"""Repeats, segmentation and keywords."""

import subprocess
import sys
import tempfile

import numpy as np
import pytest

from nlp_service.contracts import QuestionItem
from nlp_service.tasks.questions.keywords import keywords
from nlp_service.tasks.questions.repeats import canonical, group_repeats
from nlp_service.tasks.questions.segmentation import words


def groups(*texts):
    items = [QuestionItem(str(row), text) for row, text in enumerate(texts)]
    return group_repeats(items, np.eye(len(texts), dtype=np.float32))


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("怎麼退款？", "怎么退款"),
        (" 怎么 退款！！", "怎么退款"),
        ("Where's my ORDER?!", "where s my order"),
        ("订单[订单x]到哪了", "订单#E-s[数字x]到哪了"),
    ],
)
def test_canonical_form_ignores_script_case_punctuation_and_masks(text, same):
    assert canonical(text) == canonical(same) != ""


def test_canonical_form_keeps_numbers_apart():
    assert canonical("打5.5折吗") != canonical("打55折吗")


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
    assert "發票" in second
    assert "抬頭" in second
    assert "写错" not in second


def test_words_of_one_question_are_no_keywords():
    assert keywords([groups("屏幕碎了", "充电很慢", "电池鼓包")], []) == [[]]


def test_no_clusters_have_no_keywords():
    assert keywords([], groups("快递")) == []


def test_heavy_libraries_are_imported_on_use_only_and_jieba_leaves_no_trace():
    script = (
        "import sys\n"
        "import nlp_service.tasks.questions\n"
        "assert not {'hdbscan', 'sklearn', 'jieba'} & set(sys.modules)\n"
        "from nlp_service.tasks.questions.segmentation import words\n"
        "assert list(words('电子发票'))\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, env={"TMPDIR": folder}, check=False
        )
        traces = subprocess.run(["ls", "-A", folder], capture_output=True, text=True, check=True).stdout

    assert (done.returncode, done.stderr, done.stdout, traces) == (0, "", "", "")
