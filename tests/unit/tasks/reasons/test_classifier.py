"""From sentence vectors to probabilities of contact reasons, on the model's own tree and on newer ones."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nlp_service.errors import ArtifactError, ConfigurationError
from nlp_service.tasks.reasons import ReasonClassifier, new_texts
from nlp_service.taxonomy import Changes, Name, Node, Taxonomy

CODES = ("parcel.late", "parcel.lost", "bill.wrong.tax", "bill.wrong.name", "thanks")
WORDLESS = [np.zeros(0, dtype=np.int64)]
"""The n-grams of a sentence that has none."""


@pytest.fixture
def classifier_of(make_model, taxonomy, encoder_digest):
    def classifier_of_(model=None, tree=None, **more):
        arguments = {"encoder_digest": encoder_digest, "precision": 0.8, **more}
        return ReasonClassifier(model or make_model(CODES), tree or taxonomy, **arguments)

    return classifier_of_


def likeliest(classifier, vector):
    probabilities = classifier.classify(np.array([vector]), WORDLESS)[0]
    return classifier.tree.codes[int(probabilities.argmax())], float(probabilities.max())


def with_nodes(taxonomy, *nodes, without=()):
    kept = [node for node in taxonomy.nodes if node.code not in without]
    return Taxonomy("newer", "digest", (*kept, *nodes))


def test_the_head_says_which_code_and_what_is_missing_to_one_is_out_of_scope(make_model, classifier_of, axis):
    model = make_model(CODES, out_of_scope=True, odds=1.0, scope=0.0)
    classifier = classifier_of(model)
    assert likeliest(classifier, axis(2)) == ("bill.wrong.tax", pytest.approx(1, abs=1e-2))
    assert classifier.classify(axis(5)[None], WORDLESS).sum() == pytest.approx(0, abs=1e-2)


def test_the_likeliest_code_is_none_where_out_of_scope_is_likelier(make_model, classifier_of, axis):
    classifier = classifier_of(make_model(CODES, out_of_scope=True, odds=1.0, scope=0.0))
    assert classifier.likeliest(np.array([axis(2), axis(5), axis(0)]), WORDLESS * 3) == [CODES[2], None, CODES[0]]


def test_the_words_decide_where_the_vector_says_little(make_model, classifier_of, axis):
    classifier = classifier_of(make_model(CODES, says={7: ["parcel.lost"], 9: ["bill.wrong.tax"]}))
    between = (axis(0) + axis(1)) / np.sqrt(2, dtype=np.float32)
    for bucket, code in ((7, "parcel.lost"), (9, "bill.wrong.tax")):
        probabilities = classifier.classify(between[None], [np.array([bucket])])[0]
        assert classifier.tree.codes[int(probabilities.argmax())] == code
    assert classifier.classify(between[None], [np.array([8])])[0, 0] == pytest.approx(0.5, abs=1e-2)


def test_far_from_every_code_is_out_of_scope_without_a_head_that_learned_it(make_model, classifier_of, axis):
    classifier = classifier_of(make_model(CODES, nearest=20.0, scope=-10.0))
    assert classifier.classify(axis(0)[None], WORDLESS).sum() > 0.99
    assert classifier.classify(axis(7)[None], WORDLESS).sum() < 0.01


def test_a_new_leaf_is_known_by_its_examples_and_costs_the_others_little(classifier_of, make_model, taxonomy, axis):
    leaf = Node(code="parcel.wet", parent="parcel", name=Name(zh="包裹湿了"), examples=("外箱都泡水了", "箱子湿透了"))
    tree, model = with_nodes(taxonomy, leaf), make_model(CODES)
    texts = new_texts(model, tree)
    assert set(texts) == {"包裹湿了", "中parcel 包裹湿了", "外箱都泡水了", "箱子湿透了"}
    classifier = classifier_of(model, tree, vectors=dict.fromkeys(texts, axis(6)))
    assert likeliest(classifier, axis(6)) == ("parcel.wet", pytest.approx(1, abs=1e-2))
    for number, code in enumerate(CODES):
        assert likeliest(classifier, axis(number)) == (code, pytest.approx(1, abs=1e-2))


def test_what_the_head_takes_for_out_of_scope_may_be_a_new_code(classifier_of, make_model, taxonomy, axis):
    leaf = Node(code="parcel.wet", parent="parcel", name=Name(zh="包裹湿了"))
    model = make_model(CODES, out_of_scope=True, nearest=2.0, odds=0.7, usual=8.0, scope=-2.0)
    assert classifier_of(model).classify(axis(5)[None], WORDLESS).sum() < 0.1
    vectors = dict.fromkeys(["包裹湿了", "中parcel 包裹湿了"], axis(5))
    classifier = classifier_of(model, with_nodes(taxonomy, leaf), vectors=vectors)
    assert likeliest(classifier, axis(5)) == ("parcel.wet", pytest.approx(1, abs=0.02))


def test_a_renamed_code_keeps_what_was_learned(classifier_of, taxonomy, axis):
    tree = with_nodes(
        taxonomy, Node(code="parcel.delay", parent="parcel", name=Name(zh="晚到")), without=["parcel.late"]
    )
    classifier = classifier_of(tree=tree, changes=Changes({"parcel.late": ("parcel.delay",)}))
    assert likeliest(classifier, axis(0))[0] == "parcel.delay"
    assert set(classifier.tree.codes) == {*CODES, "parcel.delay"} - {"parcel.late"}


def test_an_alias_is_a_rename_too(classifier_of, taxonomy, axis):
    leaf = Node(code="parcel.delay", parent="parcel", name=Name(zh="晚到"), aliases=("parcel.late",))
    classifier = classifier_of(tree=with_nodes(taxonomy, leaf, without=["parcel.late"]))
    assert likeliest(classifier, axis(0))[0] == "parcel.delay"


def test_merged_codes_add_up(classifier_of, taxonomy, axis):
    changes = Changes({"bill.wrong.tax": ("bill.wrong.name",)})
    classifier = classifier_of(tree=with_nodes(taxonomy, without=["bill.wrong.tax"]), changes=changes)
    for number in (2, 3):
        assert likeliest(classifier, axis(number)) == ("bill.wrong.name", pytest.approx(1, abs=1e-2))
    between = (axis(2) + axis(3)) / np.sqrt(2)
    assert likeliest(classifier, between) == ("bill.wrong.name", pytest.approx(1, abs=1e-2))


def test_a_split_code_is_divided_by_what_its_parts_say(classifier_of, make_model, taxonomy, axis):
    parts = [
        Node(code="parcel.late.today", parent="parcel", name=Name(zh="今天到不了")),
        Node(code="parcel.late.week", parent="parcel", name=Name(zh="一周没动")),
    ]
    tree = with_nodes(taxonomy, *parts, without=["parcel.late"])
    changes = Changes({"parcel.late": tuple(part.code for part in parts)})
    vectors = {"今天到不了": axis(6), "中parcel 今天到不了": axis(6), "一周没动": axis(7), "中parcel 一周没动": axis(7)}
    assert sorted(new_texts(make_model(CODES), tree, changes)) == sorted(vectors)
    classifier = classifier_of(tree=tree, changes=changes, vectors=vectors)
    today = (2 * axis(0) + axis(6)) / np.sqrt(5)
    assert likeliest(classifier, today) == ("parcel.late.today", pytest.approx(1, abs=1e-2))
    assert likeliest(classifier, axis(1))[0] == "parcel.lost"


def test_what_was_about_a_retired_code_is_about_no_other(classifier_of, taxonomy, axis):
    tree = with_nodes(taxonomy, without=["thanks"])
    classifier = classifier_of(tree=tree, changes=Changes({"thanks": ()}))
    assert classifier.classify(axis(4)[None], WORDLESS).sum() < 0.01
    assert likeliest(classifier, axis(0)) == ("parcel.late", pytest.approx(1, abs=1e-2))


def test_a_code_that_disappeared_without_a_word_is_refused(classifier_of, taxonomy):
    with pytest.raises(ArtifactError, match=r"'newer' lacks thanks: a mapping file says"):
        classifier_of(tree=with_nodes(taxonomy, without=["thanks"]))


def test_codes_can_be_known_by_their_texts_alone(make_model, classifier_of, axis):
    classifier = classifier_of(make_model(CODES, head=False))
    for number, code in enumerate(CODES):
        assert likeliest(classifier, axis(number)) == (code, pytest.approx(1, abs=1e-2))


def test_thresholds_are_those_of_the_precision_asked_for(classifier_of):
    distribution = np.array([0.6, 0.3, 0.05, 0.05, 0])
    decided = [
        classifier_of(precision=precision).tree.decide(distribution, language="en", top_k=0)
        for precision in (0.8, 0.95)
    ]
    assert [(reason.status, reason.code) for reason in decided] == [("tagged", "parcel.late"), ("review", "parcel")]
    with pytest.raises(ConfigurationError, match=r"0\.8, 0\.95; asked for 0\.9"):
        classifier_of(precision=0.9)


def test_a_model_of_another_encoder_is_refused(classifier_of):
    with pytest.raises(ArtifactError, match="train it again"):
        classifier_of(encoder_digest="f" * 64)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=arrays(np.float32, (5, 8), elements=st.floats(-1, 1, width=32)))
def test_a_row_does_not_depend_on_its_neighbours_and_never_exceeds_one(reused, rows):
    together = reused.classify(rows, WORDLESS * len(rows))
    alone = np.vstack([reused.classify(row[None], WORDLESS) for row in rows])
    assert together == pytest.approx(alone, abs=1e-6)
    assert (together >= 0).all()
    assert (together.sum(axis=1) <= 1 + 1e-9).all()


@pytest.fixture
def reused(make_model, classifier_of, request):
    """One classifier for all examples of a property."""
    model = make_model(
        CODES, out_of_scope=True, temperatures=(0.8, 1.2, 1.5), pull=4.0, nearest=5.0, odds=0.5, scope=1.0
    )
    return classifier_of(model)
