import numpy as np
import pytest

from nlp_service.contracts import QuestionItem
from nlp_service.tasks.questions.naming.fragments import Fragments
from nlp_service.tasks.questions.wording.repeats import Group, group_repeats


def groups(*texts: str) -> list[Group]:
    items = [QuestionItem(str(row), text) for row, text in enumerate(texts)]
    return group_repeats(items, np.eye(len(texts), dtype=np.float32))


@pytest.fixture
def delivery() -> list[Group]:
    return groups("明天能送到吗", "明天能送到家吗", "明天可以送到吗", "请问快递能不能准时")


def test_a_text_is_the_more_typical_the_more_of_it_others_say(delivery):
    fragments = Fragments([delivery, groups("怎么开发票", "发票抬头错了")])
    middle = fragments.middle(delivery)

    typicality = [fragments.typicality(text, middle) for text in ("明天能送到吗", "快递能不能准时", "怎么开发票")]

    assert typicality[0] > typicality[1] > typicality[2] == 0


def test_the_only_question_of_a_cluster_is_as_typical_as_can_be():
    alone = groups("cancel my order")
    fragments = Fragments([alone, groups("怎么开发票")])

    assert fragments.typicality("cancel my order", fragments.middle(alone)) == pytest.approx(1)


def test_frequent_wordings_count_more():
    asked = groups("运费多少", "运费多少", "运费多少", "邮费谁出")
    fragments = Fragments([asked])
    middle = fragments.middle(asked)

    assert fragments.typicality("运费多少", middle) > fragments.typicality("邮费谁出", middle)


@pytest.mark.parametrize("text", ["", "？！", "zebra"])
def test_what_nobody_says_is_not_typical(text, delivery):
    fragments = Fragments([delivery])

    assert fragments.typicality(text, fragments.middle(delivery)) == 0
