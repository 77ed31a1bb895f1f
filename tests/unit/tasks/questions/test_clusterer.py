from dataclasses import replace

import numpy as np
import pytest

from nlp_service.contracts import QuestionItem
from nlp_service.tasks.questions import QuestionClusterer, clusterer
from nlp_service.tasks.questions.finding.drafts import Draft
from nlp_service.tasks.questions.wording.repeats import Group

CLUSTERER = QuestionClusterer()
DIMENSION = 64


def cluster(questions, vectors, previous=(), kinds=None):
    return CLUSTERER.cluster(questions, vectors, kinds or ["enquiry"] * len(questions), previous)


def far_apart(count):
    return np.eye(DIMENSION, dtype=np.float32)[:count]


def test_topics_become_clusters(make):
    questions, vectors = make("delivery", "refund", "account")

    answer = cluster(questions, vectors)

    assert [set(found.members) for found in sorted(answer.clusters, key=lambda found: int(found.members[0][2:]))] == [
        {f"id{number}" for number in range(start, start + 6)} for start in (0, 6, 12)
    ]
    assert answer.outliers == []
    assert all(found.event == "born" and 0 < found.stability <= 1 for found in answer.clusters)


def test_a_cluster_is_named_in_the_script_and_language_of_its_members(make):
    answer = cluster(*make("delivery", "invoice", "account"))

    described = {found.members[0]: (found.name, found.keywords) for found in answer.clusters}
    assert "快递" in described["id0"][1]
    assert "發票" in described["id6"][0]
    assert {"發票", "開發票"} & set(described["id6"][1])
    assert "password" in described["id12"][0].lower()
    assert described["id12"][1][0] == "password"


def test_one_topic_alone_is_one_cluster(make):
    answer = cluster(*make("refund"))

    assert [found.size for found in answer.clusters] == [6]
    assert answer.clusters[0].share == 1


def test_repeats_of_one_wording_are_a_cluster_counted_in_full():
    texts = ["怎么退款？", "怎麼退款", " 怎么退款！！", "今天天气不错", "手机碎屏了", "你们招人吗"]
    vectors = far_apart(6)
    vectors[1:3] = vectors[0]

    answer = cluster([QuestionItem(str(row), text) for row, text in enumerate(texts)], vectors)

    (found,) = answer.clusters
    assert (found.size, found.share, found.members, found.stability) == (3, 0.5, ["0", "1", "2"], 1.0)
    assert answer.outliers == ["3", "4", "5"]


def test_a_stray_question_is_an_outlier_and_a_near_one_joins(make):
    questions, vectors = make("delivery", "refund")
    stray = np.linalg.qr(np.random.default_rng(1).normal(size=(DIMENSION, 1)))[0].T.astype(np.float32)
    near = vectors[:1] + 0.02
    questions = [*questions, QuestionItem("stray", "你们招人吗"), QuestionItem("near", "快递大概几天")]
    joined = np.concatenate([vectors, stray, near / np.linalg.norm(near)]).astype(np.float32)

    answer = cluster(questions, joined)

    assert answer.outliers == ["stray"]
    assert any({"near", "id0"} <= set(found.members) for found in answer.clusters)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_questions_are_outliers(count):
    questions = [QuestionItem(str(row), "怎么退款") for row in range(count)]

    answer = cluster(questions, np.ones((count, DIMENSION), dtype=np.float32) / 8)

    assert answer.clusters == []
    assert answer.outliers == [question.id for question in questions]


def test_all_different_questions_are_outliers():
    texts = [f"第{number}个问题" for number in "一二三四五六七八九"]

    answer = cluster([QuestionItem(text, text) for text in texts], far_apart(9))

    assert answer.clusters == []
    assert answer.outliers == texts


def test_different_wordings_with_one_vector_are_one_cluster():
    questions = [QuestionItem(str(row), f"question {chr(97 + row) * 3}") for row in range(12)]

    answer = cluster(questions, np.tile(far_apart(1), (12, 1)))

    assert [found.size for found in answer.clusters] == [12]


@pytest.mark.parametrize("text", ["", "  ", "👍👍", "？？？", "[订单x]", "https://a.example/b"])
def test_texts_without_words_are_outliers_however_often_they_come(text):
    questions = [QuestionItem(str(row), text) for row in range(5)]

    assert cluster(questions, np.tile(far_apart(1), (5, 1))).clusters == []


def test_zero_vectors_are_outliers(make):
    questions, vectors = make("delivery", "refund")
    vectors = np.concatenate([vectors, np.zeros((3, DIMENSION), dtype=np.float32)])
    questions = [*questions, *(QuestionItem(f"zero{row}", "一样") for row in range(3))]

    assert cluster(questions, vectors).outliers == ["zero0", "zero1", "zero2"]


def test_the_kind_is_that_of_most_members(make):
    questions, vectors = make("delivery", "refund")

    answer = cluster(questions, vectors, kinds=["request"] * 4 + ["enquiry"] * 2 + ["complaint"] * 6)

    assert {found.members[0]: found.kind for found in answer.clusters} == {"id0": "request", "id6": "complaint"}


def test_a_larger_least_size_leaves_small_clusters_out(make):
    questions, vectors = make("delivery", "refund")

    answer = CLUSTERER.cluster(questions, vectors, ["enquiry"] * 12, least_size=7)

    assert answer.clusters == []


def test_identities_last_from_answer_to_answer(make):
    questions, vectors = make("delivery", "refund", "account")
    first = cluster(questions, vectors)
    rows = {question.text: row for row, question in enumerate(questions)}
    previous = [(found, vectors[[rows[text] for text in found.wordings]]) for found in first.clusters]

    later, later_vectors = make("account", "delivery", "invoice", first_id=100)
    second = cluster(later, later_vectors, previous)

    kept = {found.id: found.name for found in first.clusters}
    events = {found.members[0]: (kept.get(found.id) == found.name, found.event) for found in second.clusters}
    # Six questions that were not there before may be chance.
    assert events == {"id100": (True, "steady"), "id106": (True, "steady"), "id112": (False, "steady")}
    assert [(gone.id in kept, gone.event) for gone in second.gone] == [(True, "quiet")]


def test_a_new_topic_is_born_if_a_sample_of_the_earlier_questions_lacks_it():
    topics = np.repeat(far_apart(5), 24, axis=0)
    own = np.random.default_rng(3).normal(size=topics.shape)
    vectors = topics + 0.4 * own / np.linalg.norm(own, axis=1, keepdims=True)
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    questions = [QuestionItem(str(row), f"text {chr(97 + row // 26)}{chr(97 + row % 26)}") for row in range(120)]
    rows = {question.text: row for row, question in enumerate(questions)}
    first = cluster(questions[:72], vectors[:72])
    previous = [(found, vectors[[rows[text] for text in found.wordings]]) for found in first.clusters]

    def events(sample):
        answer = CLUSTERER.cluster(
            questions[24:], vectors[24:], ["enquiry"] * 96, previous, previous_sample=sample, least_size=10
        )
        return {found.members[0]: found.event for found in answer.clusters}

    assert sorted(first.sample) == sorted(rows)[:72]
    assert events(vectors[[rows[text] for text in first.sample]]) == {
        "24": "steady",
        "48": "steady",
        "72": "born",
        "96": "born",
    }
    assert set(events(vectors[24:]).values()) == {"steady"}


def test_a_cluster_knows_its_wordings_theme_and_place(make):
    questions, vectors = make("delivery", "refund", "account")

    answer = cluster(questions, vectors)

    themes = {theme.id: theme for theme in answer.themes}
    texts = {question.id: question.text for question in questions}
    for found in answer.clusters:
        assert {found.representative, *found.wordings} <= {texts[member] for member in found.members}
        assert 1 <= len(found.wordings) <= 8
        assert found.reach == found.size
        assert found.id in themes[found.theme].clusters
        assert found.position is not None
    assert sum(theme.size for theme in answer.themes) == sum(found.size for found in answer.clusters)


def test_progress_may_end_the_work(make):
    def stop(step, done, of):
        if done:
            raise InterruptedError(f"{step} {done} of {of}")

    with pytest.raises(InterruptedError, match="clustering 1 of 4"):
        CLUSTERER.cluster(*make("refund"), ["enquiry"] * 6, progress=stop)


def test_a_new_cluster_never_takes_the_id_of_an_earlier_one(make, earlier, direction):
    questions, vectors = make("delivery", "refund")
    ids = {found.members[0]: found.id for found in cluster(questions, vectors).clusters}
    unrelated, vector = earlier("account", direction("account"))
    taken = type(unrelated)(ids["id0"], *(getattr(unrelated, name) for name in unrelated.__slots__[1:]))

    answer = cluster(questions, vectors, [(taken, vector)])

    assert ids["id0"] not in {found.id for found in answer.clusters}


def test_topics_are_found_within_two_languages_that_lie_far_apart():
    rng = np.random.default_rng(5)
    axes = np.linalg.qr(rng.normal(size=(DIMENSION, DIMENSION)))[0]
    topics = [(language, 2 + topic) for language in (0, 1) for topic in range(4)]
    vectors = np.concatenate(
        [
            0.65 * axes[language] + 0.75 * axes[topic] + 0.04 * rng.normal(size=(10, DIMENSION))
            for language, topic in topics
        ]
    )
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    questions = [QuestionItem(str(row), f"text {chr(97 + row // 26)}{chr(97 + row % 26)}") for row in range(80)]

    answer = cluster(questions, vectors.astype(np.float32))

    assert sorted(tuple(map(int, found.members)) for found in answer.clusters) == [
        tuple(range(start, start + 10)) for start in range(0, 80, 10)
    ]


def test_questions_out_of_conversations_must_be_more_alike(make, monkeypatch):
    asked = []
    monkeypatch.setattr(clusterer, "draft_clusters", lambda groups, least, *, strict: asked.append(strict) or ([], []))
    questions, vectors = make("refund", "invoice")
    cluster(questions, vectors)
    cluster([replace(question, conversation="c1") for question in questions], vectors)
    assert asked == [False, True]


def test_in_conversations_near_clusters_of_one_contact_reason_are_one(monkeypatch):
    texts = ["能取消吗", "可以取消吗", "还能不能取消", "我想取消订单", "帮我取消一下订单", "把订单取消掉"]
    questions = [QuestionItem(str(row), text, conversation=str(row)) for row, text in enumerate(texts)]
    vectors = np.zeros((6, DIMENSION), dtype=np.float32)
    vectors[:, 0], vectors[:3, 1], vectors[3:, 2] = 0.85, 0.4, 0.4
    vectors[np.arange(6), np.arange(3, 9)] = (1 - 0.85**2 - 0.4**2) ** 0.5
    groups = [Group(text, text, (row,), vector) for row, (text, vector) in enumerate(zip(texts, vectors, strict=True))]
    drafts = [Draft(tuple(groups[:3]), 1.0), Draft(tuple(groups[3:]), 1.0)]
    monkeypatch.setattr(clusterer, "draft_clusters", lambda *_, **__: (drafts, []))

    def sizes(asked, *reasons):
        kinds = ["request"] * 6
        return [found.size for found in CLUSTERER.cluster(asked, vectors, kinds, reasons=reasons).clusters]

    assert sizes(questions, *["order.cancel"] * 6) == [6]
    assert sizes(questions, *["order.cancel"] * 3, *["order.change"] * 3) == [3, 3]
    assert sizes(questions) == [3, 3]
    assert sizes([replace(question, conversation=None) for question in questions], *["order.cancel"] * 6) == [3, 3]


def test_in_conversations_what_only_names_somebody_is_no_cluster_unless_it_is_known():
    texts = ["京东有补偿吗", "京东可以秒杀吗", "你们是京东吗", "京东今天来取", "京东怎么加盟", "京东真慢啊"]
    questions = [QuestionItem(str(row), text) for row, text in enumerate(texts)]
    vectors = np.zeros((6, DIMENSION), dtype=np.float32)
    vectors[:, 0], vectors[np.arange(6), np.arange(1, 7)] = 0.9, 0.19**0.5
    (known,) = cluster(questions, vectors).clusters
    spoken = [replace(question, conversation=f"c{question.id}") for question in questions]

    assert cluster(spoken, vectors).clusters == []
    assert cluster(spoken, vectors).outliers == list("012345")
    (stays,) = cluster(spoken, vectors, [(known, vectors[[texts.index(text) for text in known.wordings]])]).clusters
    assert stays.id == known.id


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"name": "运费（谁出）"}, "运费（谁出）"),
        ({"name": "运费（谁出）", "generated_name": "怎么申请退款"}, "运费（谁出）"),
        ({"name": "运费（谁出）", "generated_name": "运费（谁出）"}, None),
    ],
    ids=["a file of an earlier version", "edited", "the service's own"],
)
def test_a_name_that_people_gave_stays_whatever_it_says(make, written, expected):
    questions, vectors = make("refund")
    (first,) = cluster(questions, vectors).clusters
    assert (first.generated_name, first.is_named_by_people) == (first.name, False)
    rows = {question.text: row for row, question in enumerate(questions)}
    earlier = replace(first, **{"generated_name": None} | written)

    (second,) = cluster(questions, vectors, [(earlier, vectors[[rows[text] for text in first.wordings]])]).clusters

    assert second.id == first.id
    assert second.name == (expected or first.name)
    assert second.is_named_by_people == (expected is not None)


def test_a_topic_that_is_away_for_a_run_comes_back_with_its_id_and_the_name_people_gave_it(make):
    weeks = [make("refund", "delivery"), make("delivery", first_id=100), make("refund", "delivery", first_id=200)]
    rows = {
        question.text: vector
        for questions, vectors in weeks
        for question, vector in zip(questions, vectors, strict=True)
    }
    first = cluster(*weeks[0])
    (edited,) = [found for found in first.clusters if "退款" in found.name]
    earlier = [replace(found, name="退钱") if found is edited else found for found in first.clusters]
    for week in weeks[1:]:
        known = [(found, np.stack([rows[text] for text in found.wordings])) for found in earlier]
        answer = cluster(*week, known)
        earlier = [*answer.clusters, *(gone.record() for gone in answer.gone)]

    (back,) = [found for found in answer.clusters if found.id == edited.id]
    assert (back.name, back.event, len(answer.clusters), answer.gone) == ("退钱", "steady", 2, [])
