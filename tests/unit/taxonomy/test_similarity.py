"""Siblings that can't be told apart, and examples that stand in two places."""

import numpy as np

from nlp_service.taxonomy.advice import ALIKE_NAMES, CONFUSED, same_examples
from nlp_service.taxonomy.similarity import alike, wordings


def unit(*values):
    return np.array(values, dtype=np.float32) / np.linalg.norm(values)


def same(tree):
    """Every wording prepared as it is."""
    return {text: text for text in wordings(tree)}


FAMILY = """
- {{code: p, name: 物流}}
- {{code: p.a, parent: p, name: 太慢, examples: [{a}]}}
- {{code: p.b, parent: p, name: 丢件, examples: [{b}]}}
"""


def test_siblings_whose_examples_lie_apart_are_no_advice(tree):
    made = tree(FAMILY.format(a="a1, a2, a3", b="b1, b2, b3"))
    vectors = {"太慢": unit(1, 0), "丢件": unit(0, 1)}
    vectors |= {f"a{n}": unit(1, 0.1 * n) for n in (1, 2, 3)} | {f"b{n}": unit(0.1 * n, 1) for n in (1, 2, 3)}
    assert alike(made, same(made), vectors) == []


def test_siblings_are_too_alike_from_forty_percent_of_confused_examples_on(tree):
    made = tree(FAMILY.format(a="a1, a2, a3", b="b1, b2"))
    vectors = {"太慢": unit(1, 0), "丢件": unit(0, 1), "a1": unit(1, 0), "a2": unit(1, 0.1), "a3": unit(0.1, 1)}
    vectors |= {"b1": unit(0, 1), "b2": unit(1, 0.2)}
    (advice,) = alike(made, same(made), vectors)
    assert advice.group == CONFUSED
    assert advice.text == "'p.a' (太慢) and 'p.b' (丢件): 2 of 5 examples are nearer to the other's, e.g. “a3” and “b2”"
    assert alike(made, same(made), vectors | {"b2": unit(0.1, 1)}) == []


def test_an_example_isnt_counted_in_the_centroid_it_is_judged_by(tree):
    made = tree(FAMILY.format(a="a1, a2", b="b1, b2"))
    # With itself in it, each leaf's mean would be nearer to each of its examples than the other's.
    vectors = {"太慢": unit(1, 0, 0, 0), "丢件": unit(1, 0, 0, 0)}
    vectors |= {"a1": unit(1, 1, 0, 0), "a2": unit(1, -1, 0, 0), "b1": unit(1, 0.2, 1, 0), "b2": unit(1, 0.2, -1, 0)}
    (advice,) = alike(made, same(made), vectors)
    assert ": 4 of 4 examples" in advice.text


def test_the_worst_pair_comes_first_and_only_siblings_are_compared(tree):
    made = tree("""
- {code: p, name: 物流}
- {code: p.a, parent: p, name: 太慢, examples: [a1, a2]}
- {code: p.b, parent: p, name: 丢件, examples: [b1, b2]}
- {code: q, name: 退款}
- {code: q.c, parent: q, name: 金额, examples: [c1, c2]}
- {code: q.d, parent: q, name: 时间, examples: [d1, d2]}
""")
    x, y = unit(1, 0, 0), unit(0, 1, 0)
    vectors = {"太慢": x, "a1": x, "a2": y, "丢件": y, "b1": y, "b2": x, "金额": x, "时间": x}
    vectors |= {"c1": unit(1, 1, 0), "c2": unit(1, -1, 0), "d1": unit(1, 0.2, 1), "d2": unit(1, 0.2, -1)}
    found = [advice.text for advice in alike(made, same(made), vectors)]
    assert [text[:18] for text in found] == ["'q.c' (金额) and 'q.", "'p.a' (太慢) and 'p."]
    assert ": 4 of 4 " in found[0]
    assert ": 2 of 4 " in found[1]


def test_wordings_that_are_equal_after_preparation_count_once(tree):
    made = tree(FAMILY.format(a="快遞太慢, 快递太慢", b="b1, b2"))
    prepared = same(made) | {"快遞太慢": "快递太慢"}
    vectors = {"太慢": unit(0, 1), "快递太慢": unit(0, 1), "丢件": unit(1, 0), "b1": unit(0, 1), "b2": unit(0, 1)}
    assert alike(made, prepared, vectors) == []  # one example isn't enough to judge by


def test_names_decide_where_examples_are_missing(tree):
    rows = [f"- {{code: p{p}, name: 组{p}}}" for p in range(5)]
    rows += [f"- {{code: p{p}.{n}, parent: p{p}, name: 名{p}{n}}}" for p in range(5) for n in range(5)]
    made = tree("\n".join(rows))
    rng = np.random.default_rng(0)
    vectors = {text: unit(*rng.normal(size=64)) for text in wordings(made)}
    vectors["名01"] = unit(*(vectors["名00"] + 0.3 * vectors["名12"]))
    (advice,) = [found for found in alike(made, same(made), vectors) if "p0" in found.text]
    assert advice.group == ALIKE_NAMES
    assert advice.text.startswith("'p0.0' (名00) and 'p0.1' (名01): cosine 0.9")


def test_a_small_tree_has_no_usual_likeness_of_names(tree):
    made = tree("[{code: a, name: 甲}, {code: b, name: 乙}]")
    assert alike(made, same(made), {"甲": unit(1, 0), "乙": unit(1, 0)}) == []


def test_names_and_examples_with_nothing_visible_in_them_are_passed_over(tree):
    made = tree(FAMILY.format(a="a1, a2", b="b1, b2"))
    assert alike(made, dict.fromkeys(wordings(made), ""), {}) == []
    vectors = {"a1": unit(1, 0), "a2": unit(1, 0), "b1": unit(0, 1), "b2": unit(0, 1)}
    assert alike(made, same(made) | {"太慢": "", "丢件": ""}, vectors) == []


def test_the_same_example_in_two_places_is_named_siblings_first(tree):
    made = tree("""
- {code: p, name: 物流, examples: [到哪了]}
- {code: p.a, parent: p, name: 太慢, examples: [還沒到, 别处也有]}
- {code: p.b, parent: p, name: 丢件, examples: [还没到, 还没到, 只有这里]}
- {code: q, name: 退款, examples: [别处也有]}
- {code: r, name: 旧的, examples: [到哪了], active: false}
""")
    prepared = {text: text.replace("還沒", "还没") for node in made.nodes for text in node.examples}
    assert [advice.text for advice in same_examples(made, prepared)] == [
        "'p.a' (太慢) and 'p.b' (丢件): “还没到”",
        "'p.a' (太慢) and 'q' (退款): “别处也有”",
    ]
