"""A small tree, and answers and candidates made for the test."""

import pytest

from nlp_service.contracts import ContactReason, Evidence, ReasonNode
from nlp_service.review.incoming import Item
from nlp_service.review.shortlist import Candidate
from nlp_service.taxonomy import Name, Node, Taxonomy

NODES = [
    ("parcel", None, "物流", ()),
    ("parcel.late", "parcel", "物流太慢", ("催件",)),
    ("parcel.lost", "parcel", "丢件", ()),
    ("refund", None, "退款", ()),
    ("refund.refund", "refund", "退款", ()),
    ("refund.other", "refund", "其他", ()),
    ("service", None, "服务", ()),
    ("service.other", "service", "其他", ()),
]


@pytest.fixture(scope="session")
def taxonomy():
    nodes = [
        Node(code=code, parent=parent, name=Name(zh=name, en=code), aliases=aliases)
        for code, parent, name, aliases in NODES
    ]
    retired = Node(code="parcel.fax", parent="parcel", name=Name(zh="传真"), active=False)
    return Taxonomy("small", "digest", (*nodes, retired))


@pytest.fixture(scope="session")
def make_reason():
    """An answer of these codes with their probabilities, the first one chosen; out of scope if `chosen` is None."""

    def make(probabilities, chosen=0, evidence=()):
        nodes = [ReasonNode(code, f"name of {code}", probability) for code, probability in probabilities.items()]
        places = [Evidence(0, start, end, weight) for start, end, weight in evidence]
        if chosen is None:
            return ContactReason("out_of_scope", None, [], nodes, places)
        return ContactReason("tagged", nodes[0].code, [nodes[0]], nodes[1:], places)

    return make


@pytest.fixture(scope="session")
def make_candidate(make_reason):
    def make(text, uncertainty=0.5, line=1, reason=None, id=None):  # noqa: A002
        return Candidate(Item(line, id, text), reason or make_reason({"parcel.late": 0.6}), text, uncertainty)

    return make
