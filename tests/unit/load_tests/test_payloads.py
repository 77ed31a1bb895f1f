"""Requests made in advance."""

import json

import pytest

from load_tests import payloads
from load_tests.corpus import TRANSCRIPTS, read_corpus, sentences_of
from load_tests.payloads import Source

KINDS = {
    "sentences": payloads.sentences,
    "transcripts": payloads.transcripts,
    "faq": payloads.faq,
    "clustering": payloads.clustering,
    "embeddings": payloads.embeddings,
}


@pytest.fixture(scope="module")
def corpus():
    return read_corpus(str(TRANSCRIPTS))


@pytest.fixture(params=KINDS)
def make(request):
    return KINDS[request.param]


def strings(value):
    """All texts of a body."""
    if isinstance(value, dict):
        return [text for key, inner in value.items() if key in BODY for text in strings(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in strings(inner)]
    return [value]


BODY = ("documents", "turns", "text", "texts", "questions", "input")


def test_a_new_body_differs_from_the_last_in_every_text_but_not_in_length(make, corpus):
    payload = make(corpus, fresh=True, items=2)[0]
    first, second = payload.body(), payload.body()
    assert len(first) == len(second)
    pairs = list(zip(strings(json.loads(first)), strings(json.loads(second)), strict=True))
    assert pairs
    assert all(one != other for one, other in pairs if list(sentences_of(one)))


def test_a_repeated_body_stays_the_same(make, corpus):
    payload = make(corpus, fresh=False)[0]
    assert payload.body() == payload.body()


def test_a_request_holds_as_many_items_as_wanted(make, corpus):
    body = json.loads(make(corpus, fresh=True, items=30)[0].body())
    assert [len(items) for items in body.values() if isinstance(items, list)] == [30]


def test_no_question_comes_twice_in_a_request_for_clusters(corpus):
    size = len(set(corpus.questions))
    plain, new = (json.loads(payloads.clustering(corpus, fresh=fresh)[0].body())["questions"] for fresh in (0, 1))
    assert size < len(plain) == len({question["text"] for question in plain})
    assert len({question["text"] for question in new}) == len(new) == payloads.CLUSTER_QUESTIONS
    assert [question["text"] for question in plain[:size]] == corpus.questions[:size]


def test_a_conversation_weighs_what_its_sentences_are(corpus):
    payload = payloads.transcripts(corpus, fresh=False)[0]
    texts = [turn["text"] for turn in json.loads(payload.body())["documents"][0]["turns"]]
    assert payload.sentences == sum(len(list(sentences_of(text))) for text in texts) > 5


def test_the_same_seed_chooses_the_same_requests(corpus):
    made = payloads.sentences(corpus, fresh=False)
    one, same, other = (Source(made, seed=seed) for seed in (1, 1, 2))
    drawn = [[source.draw()[1] for _ in range(20)] for source in (one, same, other)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_request_says_how_long_it_is_and_what_it_wants(corpus):
    _, request = Source(payloads.sentences(corpus, fresh=True), seed=1, headers={"X-Priority": "bulk"}).draw()
    head, body = request.split(b"\r\n\r\n", 1)
    assert f"Content-Length: {len(body)}".encode() in head
    assert b"X-Priority: bulk" in head


def test_a_number_goes_to_the_end_of_each_sentence():
    text = payloads.marked("到了吗？还没有。Please hurry!")
    assert text.replace(payloads.MARK, "7") == "到了吗 7？还没有 7。Please hurry 7!"


@pytest.mark.parametrize("line", ['{"turns": [{"speaker": "customer"}]}', '{"text": 3}', "[]", "{"])
def test_a_line_that_is_no_transcript_is_named(line, tmp_path):
    file = tmp_path / "chats.jsonl"
    file.write_text('{"text": "你好，在吗？"}\n' + line, encoding="utf-8")
    with pytest.raises(ValueError, match=r"chats.jsonl:2: not a transcript"):
        read_corpus(str(file))


def test_a_file_without_customers_is_refused(tmp_path):
    file = tmp_path / "chats.jsonl"
    file.write_text('{"turns": [{"speaker": "agent", "text": "您好"}]}', encoding="utf-8")
    with pytest.raises(ValueError, match="no customer"):
        read_corpus(str(file))
