"""What the service is asked, and how its answer is read."""

import numpy as np

from evaluation.questions.figures import OUTLIER
from evaluation.questions.served import Listener, read, served
from nlp_service.contracts import Clustering, QuestionItem, Theme
from nlp_service.tasks.questions import QuestionClusterer

TEXTS = [
    *("怎么申请退款", "我要申请退款", "退款怎么申请呀", "请问如何申请退款", "想退款怎么申请"),
    *("Where is my parcel?", "Can you tell me where my parcel is", "where's my parcel", "my parcel, where is it?"),
    "",
]


def test_the_service_clusters_and_its_vectors_come_along():
    with served({}) as service:
        asked = service.cluster(TEXTS)
        vectors = service.embed(TEXTS)
        assert set(service.digests()) > {"encoder", "kinds"}
    assert np.allclose(asked.vectors, vectors, atol=1e-5)
    assert asked.grouping.labels[-1] == OUTLIER
    assert asked.grouping.labels.max() == len(asked.grouping.clusters) - 1
    assert [asked.grouping.names[label] for label in asked.grouping.labels if label != OUTLIER]
    assert asked.kinds[5] == "enquiry"
    assert len(asked.kinds) == len(TEXTS)
    assert asked.seconds > 0.0


def test_the_listener_answers_as_the_clusterer_does():
    questions = [QuestionItem(str(row), f"怎么退款{row % 2}") for row in range(8)]
    vectors = np.eye(4, dtype=np.float32)[[row % 2 for row in range(8)]]
    listener = Listener(QuestionClusterer())
    assert listener.cluster(questions, kinds=["request"] * 8, vectors=vectors) == QuestionClusterer().cluster(
        questions, vectors, ["request"] * 8
    )
    assert listener.given["vectors"] is vectors
    assert listener.given["kinds"] == ["request"] * 8


def test_an_answer_is_read_as_numbers(make_cluster):
    clusters = [make_cluster("a", [0, 3], "t-2"), make_cluster("b", [1], "t-1"), make_cluster("c", [4])]
    themes = [Theme("t-1", "one", 1, 0.2, [], ["q-b"]), Theme("t-2", "two", 2, 0.4, [], ["q-a"])]
    grouping = read(Clustering(clusters, ["2"], themes), 5)
    assert grouping.labels.tolist() == [0, 1, OUTLIER, 0, 2]
    assert grouping.names == ["a", "b", "c"]
    two, one, own = (grouping.themes[row] for row in (0, 1, 4))
    assert (two, one) == (1, 0)
    assert own not in (one, two, OUTLIER)
    assert grouping.themes[2] == OUTLIER
    assert read(Clustering(clusters, ["2"]), 5).themes is None
