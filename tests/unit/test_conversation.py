"""How much a sentence may say about the contact reason of its document."""

from types import SimpleNamespace

import numpy as np
import pytest

from nlp_service.conversation import Judged, Sentence, reasons
from nlp_service.judging import Asked, Judgement, Reasons
from nlp_service.tasks.reasons import Tree
from nlp_service.taxonomy import Name, Node, Taxonomy

STOLEN, HURRY = np.eye(2, dtype=np.float32) * 0.9


@pytest.fixture(scope="module")
def tasks():
    nodes = [Node(code=code, parent=None, name=Name(zh=code, en=code)) for code in ("stolen", "hurry")]
    tree = Tree(Taxonomy("small", "digest", tuple(nodes)), ("stolen", "hurry"), [0.5])
    return SimpleNamespace(reasons=SimpleNamespace(tree=tree))


def said(kind, row, *, stands_alone=None):
    asked = None if stands_alone is None else Asked(np.zeros(4, dtype=np.float32), stands_alone)
    return Judgement(kind, asked=asked, reasons=Reasons(row, None))


def main_reason(tasks, *judgements):
    sentences = [Sentence(turn, "customer", 0, 5, "12345", None) for turn in range(len(judgements))]
    return reasons(Judged(sentences, judgements), "zh-Hans", 1, tasks)[0].code


def test_a_question_says_more_than_the_statement_before_it_but_a_fragment_of_one_less(tasks):
    statement = said("statement", STOLEN)
    assert main_reason(tasks, statement, said("request", HURRY, stands_alone=True)) == "hurry"
    assert main_reason(tasks, statement, said("request", HURRY, stands_alone=False)) == "stolen"


def test_a_greeting_says_next_to_nothing_unless_there_is_nothing_else(tasks):
    assert main_reason(tasks, said("courtesy", HURRY), said("statement", STOLEN)) == "stolen"
    assert main_reason(tasks, said("courtesy", HURRY)) == "hurry"
