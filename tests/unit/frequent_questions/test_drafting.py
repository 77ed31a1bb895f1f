"""From clusters and the agents' replies to candidate FAQ entries."""

import asyncio
import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from nlp_service.contracts import (
    Cluster,
    Document,
    DocumentResult,
    FaqSuggestion,
    QuestionItem,
    ReasonNode,
    SentenceResult,
    Turn,
)
from nlp_service.frequent_questions.answers import MOST_ANSWERS, generality
from nlp_service.frequent_questions.drafting import draft, tags, wordings
from nlp_service.frequent_questions.gathering import Asked
from nlp_service.frequent_questions.replies import QUESTIONS_READ, Replies, informs, replying
from nlp_service.tasks.faq import read_entries
from nlp_service.text import split_sentences

RETURN, INVOICE, GIFT = "退货要怎么申请", "发票抬头可以修改吗", "有没有赠品"
SUBJECTS = {"退货": 0, "发票": 1, "赠品": 2, "运费": 3, "满意": 4, "签收": 5}


class Encoder:
    """Stands in for the analysis: a text's vector is that of the subjects it names, with a little of its own."""

    async def embed(self, given):
        return np.stack([self._vector(text) for text in given]), [len(text) for text in given]

    def _vector(self, text):
        vector = np.zeros(16)
        for word, place in SUBJECTS.items():
            vector[place] = word in text
        vector[8:] = 0.1 * np.random.default_rng(list(text.encode())).normal(size=8)
        return (vector / np.linalg.norm(vector)).astype(np.float32)


def a_cluster(name, members, cluster_id="q-1", **fields):
    return Cluster(cluster_id, name, name, len(members), 0.1, "enquiry", [], members, 0.9, "born", **fields)


def chat(*turns):
    speakers = {"c": "customer", "a": "agent", "s": "system"}
    return Document(tuple(Turn(speakers[turn[0]], turn[1:]) for turn in turns), "t")


def result_of(document, kind="statement"):
    sentences = [
        SentenceResult(number, turn.speaker, span.start, span.end, "neutral", 0.0, {}, kind)
        for number, turn in enumerate(document.turns)
        for span in split_sentences(turn.text)
    ]
    return DocumentResult(document.id, "zh-Hans", None, sentences, None, None, [])


def drafted(chats, clusters):
    """Entries from chats, each with the name of the cluster that its first turn belongs to."""
    asked = [Asked(QuestionItem(f"{line}:0:0", talk.turns[0].text), line, 0) for line, (talk, _) in enumerate(chats)]
    made = [
        a_cluster(name, [f"{line}:0:0" for line, (_, of) in enumerate(chats) if of == name], f"q-{number}")
        for number, name in enumerate(clusters)
    ]
    replies = Replies(made, asked)
    for line, (talk, _) in enumerate(chats):
        if line in replies.lines:
            replies.add(talk, result_of(replies.answering(talk, line)), line)
    return asyncio.run(draft(Encoder(), made, replies))


def chats_about(question, *replies):
    return [(chat(f"c{question}", *replies), question)] * 4


@pytest.fixture
def entries():
    """Two questions that agents answer in a typical way, and one that they don't."""
    closing = "a请问对我的服务满意吗？", "c满意", "a祝您生活愉快"
    chats = [
        *chats_about(RETURN, "a亲亲，您可以在订单页面点击申请退货哦~ 请稍等", *closing),
        *chats_about(RETURN, "a退货已经给您登记好了", *closing),
        *chats_about(INVOICE, "a亲，订单完成后才可以修改发票抬头呢 我们会为您开具", *closing),
        *chats_about(GIFT, "a您的订单[订单x]没有赠品", "c好吧", "a赠品今天刚送完", *closing),
    ]
    return drafted(chats, [RETURN, INVOICE, GIFT])


def test_what_agents_typically_answer_becomes_an_entry(entries):
    assert [(entry.id, entry.questions) for entry in entries] == [("q-0", [RETURN]), ("q-1", [INVOICE])]
    assert entries[0].answers == ["您可以在订单页面点击申请退货。"]
    assert entries[1].answers == ["订单完成后才可以修改发票抬头。"]


def test_entries_are_a_knowledge_base(entries, tmp_path):
    path = tmp_path / "faq.jsonl"
    path.write_text("".join(json.dumps(asdict(e), ensure_ascii=False) + "\n" for e in entries), encoding="utf-8")
    read = read_entries(path)
    assert [(entry.id, list(entry.answers)) for entry in read] == [(entry.id, entry.answers) for entry in entries]
    assert read[0].tags == ("new", "enquiry", "asked:8")


def test_several_answers_say_different_things():
    chats = [
        *chats_about(RETURN, "a退货可以在订单页面点击申请"),
        *chats_about(RETURN, "a可以在订单页面选择申请退货"),
        *chats_about(RETURN, "a退货的运费一般由您承担", "a签收后商品都可以保留七天") * 3,
        *chats_about(INVOICE, "a开发票需要提供税号") * 5,
    ]
    (returns, _) = drafted(chats, [RETURN, INVOICE])
    assert len(returns.answers) == 2 < MOST_ANSWERS
    assert sum("申请" in answer for answer in returns.answers) == 1
    assert sum("运费" in answer for answer in returns.answers) == 1


def test_sentences_that_belong_together_are_one_answer():
    chats = [
        *chats_about(RETURN, "a退货需要在七天内申请，商品保持完好。退货的运费由卖家承担。祝您愉快。"),
        *chats_about(INVOICE, "a开发票需要提供税号"),
    ]
    (returns, _) = drafted(chats, [RETURN, INVOICE])
    assert returns.answers == ["退货需要在七天内申请，商品保持完好。退货的运费由卖家承担。"]


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("退货可以在订单页面申请；它在七天内免费", "退货可以在订单页面申请；它在七天内免费。"),
        ("退货可以在订单页面申请；", "退货可以在订单页面申请。"),
    ],
)
def test_an_answer_does_not_end_in_the_middle(reply, answer):
    chats = [*chats_about(RETURN, f"a{reply}"), *chats_about(INVOICE, "a开发票需要提供税号")]
    (returns, _) = drafted(chats, [RETURN, INVOICE])
    assert returns.answers == [answer]


def test_each_script_has_its_answer():
    chats = [
        *chats_about(RETURN, "a退货可以在订单页面点击申请"),
        *chats_about(RETURN, "a退货請在訂單頁面點擊申請"),
        *chats_about(INVOICE, "a开发票需要提供税号"),
    ]
    (returns, _) = drafted(chats, [RETURN, INVOICE])
    assert sorted(returns.answers) == ["退货可以在订单页面点击申请。", "退货請在訂單頁面點擊申請。"]


def test_an_answer_that_repeats_the_question_is_none():
    chats = [*chats_about(RETURN, "a退货可以申请"), *chats_about(INVOICE, "a开发票需要提供税号")]
    assert [entry.questions for entry in drafted(chats, [RETURN, INVOICE])] == [[INVOICE]]


def test_without_transcripts_there_is_nothing_to_draft():
    replies = Replies([a_cluster(RETURN, ["1"])], [Asked(QuestionItem("1", RETURN), 1)])
    assert not replies.lines
    assert asyncio.run(draft(Encoder(), [a_cluster(RETURN, ["1"])], replies)) == []


def test_questions_are_whole_wordings_each_once():
    cluster = a_cluster(
        "退货地址是什么",
        ["1"],
        wordings=["退貨地址是什麼？", "[订单x]退到哪里", "東西寄回到哪裡", "x" * 200, "退货寄哪儿…", "ok 退货地址发我"],
    )
    assert wordings(cluster) == ["退货地址是什么", "東西寄回到哪裡", "ok 退货地址发我"]


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("能取消吗（取消订单）", "能取消吗"),
        ("Cancel my order (card)", "Cancel my order"),
        ("（急）怎么退", "（急）怎么退"),
    ],
)
def test_what_explains_a_name_is_no_part_of_the_question(name, question):
    assert wordings(a_cluster(name, ["1"], generated_name=name))[0] == question


@pytest.mark.parametrize("name", ["发票（开立／查询）", "发票", "Invoices (all)"])
def test_a_title_that_people_gave_is_no_question(name):
    cluster = a_cluster("抬头怎么改", ["1"], wordings=["可以开专票吗"])
    assert wordings(replace(cluster, name=name)) == ["抬头怎么改", "可以开专票吗"]
    assert wordings(replace(cluster, name="能开专票吗", wordings=["能开专票吗"]))[0] == "能开专票吗"


@pytest.mark.parametrize("name", ["发票问题", "發票問題"])
def test_a_mere_subject_is_nobodys_question(name):
    cluster = a_cluster("发票怎么开", ["1"], wordings=["可以开专票吗"])
    assert wordings(replace(cluster, name=name)) == ["发票怎么开", "可以开专票吗"]


def test_a_name_is_better_than_no_question():
    assert wordings(a_cluster("[订单x]…", ["1"])) == ["[订单x]…"]


def test_tags_say_whether_it_is_answered_already():
    known = a_cluster(
        RETURN,
        ["1", "2"],
        reason=ReasonNode("returns.how", "退货", 0.9),
        answer=FaqSuggestion("17", RETURN, "在订单页申请", 0.9),
    )
    assert tags(known) == ["answered", "enquiry", "returns.how", "asked:2"]
    assert tags(a_cluster(RETURN, ["1"])) == ["new", "enquiry", "asked:1"]


@pytest.mark.parametrize(
    ("turns", "found"),
    [
        (["c怎么退？", "a稍等", "c好的", "a七天内可退", "c运费谁出？", "a您出"], [1, 3]),
        (["c你好", "c怎么退？", "c急着要退", "a七天内可退", "s会话结束", "a再见"], [3, 5]),
        (["c怎么退？"], []),
    ],
    ids=["up to the next question", "the customer goes on first", "nobody answers"],
)
def test_replies_reach_to_where_the_customer_says_more(turns, found):
    asked = max(place for place, turn in enumerate(turns) if turn == "c怎么退？")
    assert replying(chat(*turns), asked) == found


def test_only_turns_that_may_answer_are_read():
    document = chat("a欢迎光临", "c怎么退？", "a七天内可退", "c发票呢，怎么开？", "a电子发票")
    replies = Replies([a_cluster("怎么退", ["x"])], [Asked(QuestionItem("x", "怎么退？"), 5, 1)])
    assert [turn.text for turn in replies.answering(document, 5).turns] == ["", "", "七天内可退", "", ""]


def test_reading_is_spread_over_a_large_cluster():
    asked = [Asked(QuestionItem(str(line), "怎么退？"), line, 0) for line in range(10 * QUESTIONS_READ)]
    replies = Replies([a_cluster("怎么退", [item.question.id for item in asked])], asked)
    assert len(replies.lines) == QUESTIONS_READ
    assert max(replies.lines) > 9 * QUESTIONS_READ


@pytest.mark.parametrize(
    "text",
    [
        "请稍等", "很高兴为您服务", "請問還有其他可以幫您的嗎？", "祝您购物愉快", "您是哪一件要退呢？",
        "配送员电话是[电话x]", "好的",
        "Is there anything else I can help with", "One moment please",
    ],
)  # fmt: skip
def test_stock_phrases_counter_questions_and_own_data_tell_nothing(text):
    assert not informs(SentenceResult(0, "agent", 0, len(text), "neutral", 0.0, {}, "enquiry"), text)


@pytest.mark.parametrize("text", ["价保周期是[数字x]天", "七天無理由可以退", "You can return it within 30 days."])
def test_rules_tell_something(text):
    assert informs(SentenceResult(0, "agent", 0, len(text), "neutral", 0.0, {}, "statement"), text)


def test_rules_are_preferred_to_reports_of_one_case():
    rules = ["签收后七天内可以申请退货", "一般由賣家承擔運費", "You can return it free within 30 days"]
    reports = ["已经为您登记了", "妹子这边刚刚查到预计明天到", "I've asked for your parcel to be sent today"]
    assert min(map(generality, rules)) > 1 > max(map(generality, reports))
