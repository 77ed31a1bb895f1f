"""A tree of two levels, and answers written by hand."""

import pytest

from evaluation.reasons.distribution import gather, read
from nlp_service.contracts import ContactReason, ReasonNode
from nlp_service.taxonomy import Node, Taxonomy

PARENTS = {"fee": None, "fee.refund": "fee", "fee.price": "fee", "goods": None, "goods.broken": "goods", "hello": None}
LEAVES = ("fee.refund", "fee.price", "goods.broken", "hello")


@pytest.fixture
def tree():
    """`fee` with two codes below it, `goods` with one, and `hello`, a code of the first level."""
    nodes = tuple(Node(code=code, parent=parent, name=code) for code, parent in PARENTS.items())
    return Taxonomy(id="small", digest="0" * 64, nodes=nodes)


@pytest.fixture
def result():
    """Makes an answer that lists every code, of the code decided on (None: out of scope) and the probabilities."""

    def make(decided, **given):
        own = {code: given.get(code.replace(".", "_"), 0.0) for code in LEAVES}
        nodes = {code: ReasonNode(code, code, probability) for code, probability in own.items()}
        others = sorted((nodes[code] for code in LEAVES if code != decided), key=lambda node: -node.probability)
        if decided is None:
            return ContactReason("out_of_scope", None, [], others)
        if decided not in nodes:
            below = sum(probability for code, probability in own.items() if code.startswith(decided))
            return ContactReason("review", decided, [ReasonNode(decided, decided, below)], others)
        path = [nodes[decided]]
        if PARENTS[decided]:
            path.insert(0, ReasonNode(PARENTS[decided], PARENTS[decided], 1.0))
        return ContactReason("tagged", decided, path, others)

    return make


@pytest.fixture
def answers(tree, result):
    """Four texts: tagged, left for review, out of scope, tagged."""
    results = [
        result("fee.refund", fee_refund=0.7, fee_price=0.2, hello=0.1),
        result("fee", fee_refund=0.4, fee_price=0.5),
        result(None, hello=0.2, goods_broken=0.1),
        result("hello", hello=0.9),
    ]
    return gather(tree, [read(one, tree) for one in results])
