"""Whether a classifier knows its own tree."""

import numpy as np
import pytest

from nlp_service.errors import ConfigurationError
from nlp_service.tasks.reasons import ReasonClassifier
from nlp_service.tasks.reasons.self_check import self_check, texts_to_check
from nlp_service.taxonomy import Taxonomy

EXAMPLES = {
    "parcel.late": ("快递怎么还没到", "都一周了還沒收到"),
    "parcel.lost": ("包裹丢了", "my parcel is lost"),
    "bill.wrong.tax": ("税号开错了", "發票稅號不對"),
    "bill.wrong.name": ("抬头写错了", "wrong company name on the invoice"),
    "thanks": ("谢谢你", "thanks a lot"),
}
CODES = tuple(EXAMPLES)


@pytest.fixture
def tree_with(taxonomy):
    """The tree with these examples of its leaves."""

    def tree(examples=EXAMPLES):
        nodes = [node.model_copy(update={"examples": examples.get(node.code, ())}) for node in taxonomy.nodes]
        return Taxonomy("small", "digest", tuple(nodes))

    return tree


@pytest.fixture
def check(make_model, encoder_digest, tree_with, axis):
    """Checks a model of these codes, in this order; every text of a leaf lies where the leaf does, but for `moved`."""

    def check(codes=CODES, examples=EXAMPLES, moved=None, answer=None):
        tree = tree_with(examples)
        classifier = ReasonClassifier(make_model(codes), tree, encoder_digest=encoder_digest, precision=0.8)
        if answer is not None:
            classifier.classify = lambda vectors, ngrams: np.full((len(vectors), len(codes)), answer)
        vectors = {}
        for number, code in enumerate(CODES):
            node = tree.node(code)
            vectors |= dict.fromkeys([node.name.zh, node.name.en, *node.examples], axis(number))
        assert set(vectors) == set(texts_to_check(tree))
        self_check(classifier, vectors | {text: axis(7) for text in moved or ()})

    return check


def test_a_model_that_knows_its_codes_passes(check):
    check()


def test_rows_out_of_order_are_seen(check):
    with pytest.raises(ConfigurationError, match="only 1 of 5 codes by their own examples"):
        check(CODES[::-1])


def test_half_of_a_codes_examples_are_enough(check, axis):
    check(moved=[texts[0] for texts in EXAMPLES.values()])


def test_half_of_the_codes_are_enough_and_fewer_are_not(check):
    four = {code: EXAMPLES[code] for code in CODES[:4]}
    swapped = ("parcel.lost", "parcel.late", *CODES[2:])
    check(swapped, four)
    with pytest.raises(ConfigurationError, match="only 1 of 3 codes"):
        check(swapped, {code: EXAMPLES[code] for code in CODES[:3]})


@pytest.mark.parametrize("answer", [float("nan"), 1.1, -0.1])
@pytest.mark.parametrize("examples", [EXAMPLES, {}], ids=["examples", "names only"])
def test_what_is_no_probability_is_refused_even_where_there_are_only_names(check, answer, examples):
    with pytest.raises(ConfigurationError, match="no probabilities"):
        check(examples=examples, answer=answer)


def test_a_tree_without_examples_asks_for_no_recognition(check):
    check(CODES[::-1], {})
