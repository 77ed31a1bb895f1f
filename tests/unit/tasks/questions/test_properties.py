import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_service.contracts import KINDS, QuestionItem
from nlp_service.tasks.questions import QuestionClusterer

DIMENSION = 16
TEXTS = st.one_of(
    st.sampled_from(
        ["怎么退款", "怎麼退款？", "退款怎么弄", "快递到哪了", "Where is it?", "where is it", "你好", "", "👍"]
    ),
    st.text(max_size=12),
)


@st.composite
def requests(draw):
    """Questions whose vectors follow their texts: near one of three directions, somewhere, or zero."""
    texts = draw(st.lists(TEXTS, max_size=40))
    rng = np.random.default_rng(draw(st.integers(0, 3)))
    corners = np.linalg.qr(rng.normal(size=(DIMENSION, 3)))[0].T
    vectors = np.zeros((len(texts), DIMENSION))
    for row, text in enumerate(texts):
        own = np.random.default_rng([len(text), *text.encode("utf-8", "replace")])
        if text:
            vectors[row] = corners[len(text) % 3] + own.choice([0.02, 2.0]) * own.normal(size=DIMENSION)
            vectors[row] /= np.linalg.norm(vectors[row])
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=len(texts), max_size=len(texts)))
    return [QuestionItem(f"id{row}", text) for row, text in enumerate(texts)], vectors.astype(np.float32), kinds


@settings(deadline=None, max_examples=60)
@given(requests())
def test_every_question_is_in_one_place_and_the_figures_add_up(request):
    questions, vectors, kinds = request

    answer = QuestionClusterer().cluster(questions, vectors, kinds)

    position = {question.id: row for row, question in enumerate(questions)}
    placed = [member for found in answer.clusters for member in found.members] + answer.outliers
    assert sorted(placed) == sorted(position)
    assert answer.outliers == sorted(answer.outliers, key=position.__getitem__)
    assert len({found.id for found in answer.clusters}) == len(answer.clusters)
    sizes = [found.size for found in answer.clusters]
    assert sizes == sorted(sizes, reverse=True)
    for found in answer.clusters:
        assert found.size == len(found.members) >= 3
        assert found.members == sorted(found.members, key=position.__getitem__)
        assert found.share == found.size / len(questions)
        assert found.name.strip()
        assert found.representative in {questions[position[member]].text for member in found.members}
        assert 0 <= found.stability <= 1
        assert len(found.keywords) <= 5


@settings(deadline=None, max_examples=60)
@given(requests(), st.randoms(use_true_random=False))
def test_the_order_of_the_questions_does_not_matter(request, shuffler: random.Random):
    questions, vectors, kinds = request
    order = list(range(len(questions)))
    shuffler.shuffle(order)

    straight = QuestionClusterer().cluster(questions, vectors, kinds)
    shuffled = QuestionClusterer().cluster(
        [questions[row] for row in order], vectors[order], [kinds[row] for row in order]
    )

    assert _unordered(shuffled) == _unordered(straight)


def _unordered(answer):
    described = [
        (found.id, found.name, found.representative, found.kind, found.keywords, found.stability, sorted(found.members))
        for found in answer.clusters
    ]
    return described, sorted(answer.outliers), answer.sample
