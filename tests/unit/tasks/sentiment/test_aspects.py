"""What clauses judge, in examples, and what holds of any string."""

import subprocess
import sys
import tempfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_service.tasks.sentiment.aspects import ClauseTarget, clauses_with_targets, target
from nlp_service.text import to_simplified


def named(clause):
    span = target(clause)
    return clause[slice(*span)] if span else None


def pairs(text):
    return [(text[c.start : c.end], text[c.target_start : c.target_end]) for c in clauses_with_targets(text)]


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        ("快递很快", "快递"),
        ("客服态度差", "客服态度"),
        ("你们发货也太慢了吧", "发货"),
        ("退款到现在还没到账", "退款"),
        ("收到的衣服有异味", "衣服"),
        ("手机屏幕用了两天就碎了", "手机屏幕"),
        ("骑手把汤洒了一袋子", "骑手"),
        ("我特别喜欢你们店的甜点", "甜点"),
        ("孩子很喜欢这个老师", "老师"),
        ("对这次服务非常满意", "服务"),
        ("家里的WiFi老是断", "WiFi"),
        ("垃圾客服", "客服"),
        ("店员态度恶劣", "店员态度"),
        ("东西不错", "东西"),
        ("這件裙子好襯我阿媽", "裙子"),  # no piece of a word that the dictionary lacks: 襯
        ("有够雷，不会再来", None),
        ("结账的时候券用不了", "券"),
    ],
)
def test_a_chinese_clause_judges_the_noun_phrase_of_its_predicate(clause, expected):
    assert named(clause) == expected


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        ("The driver was rude and left", "driver"),
        ("but customer service is terrible", "customer service"),
        ("My refund still hasn’t arrived", "refund"),
        ("The food in the restaurant was cold", "food"),
        ("I really love the new design", "design"),
        ("Really happy with the camera", "camera"),
        ("awful parking", "parking"),
        ("I can't open the attachment", "attachment"),
        ("My son loves the toy", "toy"),
    ],
)
def test_an_english_clause_judges_a_subject_or_the_object_of_a_liking(clause, expected):
    assert named(clause) == expected


@pytest.mark.parametrize(
    "clause",
    [
        *["太差了", "气死我了", "非常满意", "我都等了半个小时了", "差评", "謝謝你們", "离地铁站近"],
        *[
            "This is ridiculous",
            "I'm so disappointed",
            "You overcharged me again",
            "What a joke",
            "thank you",
            "",
            "！",
        ],
    ],
)
def test_nothing_is_judged_where_nothing_is_named(clause):
    assert named(clause) is None


@pytest.mark.parametrize(
    "clause", ["客服態度超好", "運費貴得離譜", "我很喜歡這家店的甜點", "飯店房間有霉味", "訊號差到不行"]
)
def test_traditional_text_gives_the_same_span_as_simplified(clause):
    assert target(clause) is not None
    assert target(clause) == target(to_simplified(clause))


def test_each_clause_of_a_text_has_its_own_target_with_offsets_into_the_text():
    assert clauses_with_targets("唉。快递很快，客服态度差") == [ClauseTarget(2, 6, 2, 4), ClauseTarget(7, 12, 7, 11)]


def test_nouns_in_a_row_are_judged_each():
    assert pairs("客服、快递都很好") == [("客服、快递都很好", "客服"), ("客服、快递都很好", "快递")]
    assert pairs("客服和快递都很好") == [("客服和快递都很好", "客服"), ("客服和快递都很好", "快递")]
    assert pairs("裙子和图片不一样") == [("裙子和图片不一样", "裙子")]


def test_a_bare_topic_is_judged_by_the_next_clause_unless_that_names_its_own():
    assert pairs("你们的客服，太差了") == [("太差了", "客服")]
    assert pairs("客服，态度差") == [("态度差", "态度")]
    assert pairs("快递很快，太好了") == [("快递很快", "快递")]
    assert pairs("垃圾客服") == [("垃圾客服", "客服")]


@settings(deadline=None)  # jieba's dictionary is read on first use
@given(
    st.one_of(
        st.text(st.characters()), st.text(st.sampled_from("客服快递很差好的了，、。the was \ud800Ａ１a1'’😀們這"))
    )
)
def test_spans_of_any_string_lie_inside_and_are_not_empty(text):
    span = target(text)
    assert span is None or (0 <= span[0] < span[1] <= len(text) and text[slice(*span)] == text[slice(*span)].strip())
    for clause in clauses_with_targets(text):
        assert 0 <= clause.start < clause.end <= len(text)
        assert 0 <= clause.target_start < clause.target_end <= clause.end


def test_threads_that_start_at_once_agree_and_jieba_leaves_no_trace():
    script = (
        "import sys\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "from nlp_service.tasks.sentiment.aspects import target\n"
        "assert 'jieba' not in sys.modules\n"
        "with ThreadPoolExecutor(4) as pool:\n"
        "    assert set(pool.map(target, ['客服态度差'] * 8)) == {(0, 4)}\n"
        "assert 'jieba.posseg' not in sys.modules\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, env={"TMPDIR": folder}, check=False
        )
        traces = subprocess.run(["ls", "-A", folder], capture_output=True, text=True, check=True).stdout

    assert (done.returncode, done.stderr, done.stdout, traces) == (0, "", "", "")


def test_a_mask_is_praised_or_blamed_by_nobody():
    text = "你好，[组织机构x]真的不错，客服[姓名x]态度很好"
    assert [text[found.target_start : found.target_end] for found in clauses_with_targets(text)] == ["态度"]
