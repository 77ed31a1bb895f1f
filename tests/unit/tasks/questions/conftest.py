"""Questions with made-up vectors: topics far from each other, the questions of a topic close together."""

from collections.abc import Callable

import numpy as np
import pytest

from nlp_service.contracts import Cluster, QuestionItem, Vectors

DIMENSION = 64
TOPICS = {
    "delivery": "你好，请问快递多久能到？|我的快递几天能送到呢|包裹要多久才能送到|快递什么时候送到"
    "|快递还要几天|我的包裹多久到",
    "refund": "怎么申请退款|请问退款怎么操作|我想申请退款，谢谢|退款在哪里申请|退款的流程是怎样的|可以给我退款吗",
    "invoice": "麻煩問一下怎麼開發票|請問可以補開發票嗎|我要開電子發票|發票什麼時候開|開發票要填什麼"
    "|能不能開公司的發票",
    "account": "Hi, how can I change my account password?|Please help me to change my password"
    "|I forgot my account password|My password does not work|Where do I reset the password of my account?"
    "|password reset please",
}


# Orthogonal, so that topics have nothing in common.
DIRECTIONS = np.linalg.qr(np.random.default_rng(7).normal(size=(DIMENSION, DIMENSION)))[0].astype(np.float32)


@pytest.fixture(scope="session")
def make() -> Callable[..., tuple[list[QuestionItem], Vectors]]:
    """Return a maker of questions about topics; each text has one vector, whatever else is asked for."""

    def questions_about(*topics: str, first_id: int = 0) -> tuple[list[QuestionItem], Vectors]:
        texts = [(topic, text) for topic in topics for text in TOPICS[topic].split("|")]
        items = [QuestionItem(f"id{first_id + number}", text) for number, (_, text) in enumerate(texts)]
        return items, np.stack([_vector(topic, text) for topic, text in texts])

    return questions_about


@pytest.fixture(scope="session")
def earlier() -> Callable[..., tuple[Cluster, Vectors]]:
    """Return a maker of a cluster of an earlier answer, with the vector of its representative."""

    def cluster(
        name: str, vector: Vectors, *, size: int = 6, share: float = 0.5, members: tuple[str, ...] = ()
    ) -> tuple[Cluster, Vectors]:
        kept = Cluster(f"q-{name}", name, f"earlier {name}", size, share, "enquiry", [], list(members), 0.9, "born")
        return kept, (vector / np.linalg.norm(vector)).astype(np.float32)

    return cluster


@pytest.fixture(scope="session")
def direction() -> Callable[[str], Vectors]:
    """Return a function from a topic to its direction."""
    return lambda topic: DIRECTIONS[list(TOPICS).index(topic)]


def _vector(topic: str, text: str) -> Vectors:
    noise = np.random.default_rng(list(text.encode())).normal(size=DIMENSION)
    vector = DIRECTIONS[list(TOPICS).index(topic)] + 0.15 * noise / np.linalg.norm(noise)
    return (vector / np.linalg.norm(vector)).astype(np.float32)
