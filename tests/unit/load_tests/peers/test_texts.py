"""Chats without repetition."""

import json
import re
from itertools import islice

import pytest

from load_tests.peers.texts import copies, read_transcripts, without_repetition


def split(documents):
    """Sentences end with a full stop, as far as these tests care."""
    return [
        [
            (number, sentence)
            for number, turn in enumerate(document["turns"])
            for sentence in re.findall(r"[^。]+。?", turn["text"])
        ]
        for document in documents
    ]


def chat(*texts):
    return {"turns": [{"speaker": "customer", "text": text} for text in texts]}


def texts_of(document):
    return [turn["text"] for turn in document["turns"]]


def test_a_turn_with_a_sentence_said_before_is_left_out():
    corpus = without_repetition(
        [chat("你好。", "我要退货。鞋子小了。"), chat("你好。", "鞋子小了。能换吗。", "快递到哪了。"), chat("你好。")],
        split,
        wanted=100,
        warm_up=0,
    )
    assert [texts_of(document) for document in corpus.chats] == [["你好。", "我要退货。鞋子小了。"], ["快递到哪了。"]]
    assert corpus.sentences == [["你好。", "我要退货。", "鞋子小了。"], ["快递到哪了。"]]
    assert len(set(corpus.all_sentences)) == len(corpus.all_sentences) == 4


def test_a_turn_that_repeats_itself_is_left_out():
    corpus = without_repetition([chat("在吗。在吗。", "有人吗。")], split, wanted=10, warm_up=0)
    assert corpus.all_sentences == ["有人吗。"]


def test_no_more_chats_are_taken_than_needed_and_warming_up_takes_others():
    documents = [chat(f"第{number}个问题。") for number in range(500)]
    corpus = without_repetition(documents, split, wanted=40, warm_up=5)
    assert len(corpus.warm_up) == 5
    assert len(corpus.all_sentences) == 40
    assert not {text for document in corpus.warm_up for text in texts_of(document)} & set(corpus.all_sentences)


def test_copies_of_a_small_file_are_other_sentences():
    documents = [chat("什么时候发货？谢谢！", "How long does it take")]
    first, second, third = islice(copies(documents), 3)
    assert first == documents[0]
    assert texts_of(second) == ["什么时候发货 2？谢谢 2！", "How long does it take 2"]
    assert texts_of(third)[0] == "什么时候发货 3？谢谢 3！"


def test_a_transcripts_file_is_read_and_a_bad_line_is_named(tmp_path):
    path = tmp_path / "chats.jsonl"
    turn = {"speaker": "agent", "text": "请稍等", "at": "2026-01-01T00:00:00Z"}
    path.write_text(json.dumps({"id": "1", "turns": [turn]}) + "\n\n", encoding="utf-8")
    assert read_transcripts(path) == [{"turns": [{"speaker": "agent", "text": "请稍等"}]}]
    path.write_text('{"turns": []}\n{"text": "没有轮次"}\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"chats.jsonl:2: not a transcript"):
        read_transcripts(path)
