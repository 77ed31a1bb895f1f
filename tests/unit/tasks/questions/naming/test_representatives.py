import numpy as np

from nlp_service.tasks.questions.naming.representatives import wordings
from nlp_service.tasks.questions.wording.repeats import Group


def group(text, vector, size=1):
    return Group(text, text, tuple(range(size)), (vector / np.linalg.norm(vector)).astype(np.float32))


def cloud(count, seed=0):
    rng = np.random.default_rng(seed)
    middle = np.ones(24)
    return [group(f"怎么退款{number}", middle + rng.normal(size=24)) for number in range(count)]


def direction(vectors):
    return vectors / np.linalg.norm(vectors)


def test_few_wordings_lie_together_in_the_middle_of_the_cluster():
    groups = cloud(60)
    by_text = {one.text: one.vector for one in groups}
    centroid = direction(sum(by_text.values()))

    chosen = wordings(groups)

    assert len(set(chosen)) == 8
    assert direction(sum(by_text[text] for text in chosen)) @ centroid > 0.97
    nearness = [by_text[text] @ centroid for text in chosen]
    assert nearness == sorted(nearness, reverse=True)
    assert min(nearness) >= np.median([vector @ centroid for vector in by_text.values()])


def test_frequent_wordings_draw_the_middle_to_them():
    axes = np.eye(3)
    groups = [group("退款", axes[0], size=50), group("退货", axes[1]), group("换货", axes[2])]

    assert wordings(groups)[0] == "退款"


def test_a_small_cluster_shows_all_its_wordings_once():
    assert sorted(wordings(cloud(3))) == ["怎么退款0", "怎么退款1", "怎么退款2"]


def test_too_long_wordings_are_left_out():
    long = group("为" * 2001, np.ones(3))

    assert wordings([long, group("为什么", np.ones(3))]) == ["为什么"]
    assert wordings([long]) == []
