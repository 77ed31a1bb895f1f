"""The tree of contact reasons: what is refused, and how labels find their codes."""

import re
import time
from collections import Counter

import pytest

from nlp_service import taxonomy
from nlp_service.errors import TaxonomyError
from nlp_service.settings import MODELS
from nlp_service.taxonomy import Name, Node, Taxonomy
from nlp_service.taxonomy.advice import SAME_NAME

TREE = """
- code: parcel
  name: {zh: 包裹, en: Parcel}
  stage: delivery
- {code: parcel.late, parent: parcel, name: {zh: 太慢, en: Late}, aliases: [慢件, WHERE_IS_IT], examples: [还没到]}
- {code: parcel.lost, parent: parcel, name: {zh: 丢件}, description: 找不到的包裹。, stage: claims}
- {code: parcel.old, parent: parcel, name: {zh: 旧码}, active: false}
- {code: bill, name: {en: Bill}}
"""


@pytest.fixture
def load(tmp_path):
    """Loads a taxonomy from its text."""

    def load_(text):
        path = tmp_path / "tree.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return taxonomy.load(path)

    return load_


@pytest.fixture
def problems(load):
    """The problems that a text is refused for, without the path in front."""

    def problems_(text):
        with pytest.raises(TaxonomyError) as refusal:
            load(text)
        return [re.sub(r"^\S*tree\.yaml: ", "", line) for line in str(refusal.value).splitlines()]

    return problems_


@pytest.fixture(scope="module")
def shipped():
    return taxonomy.load(MODELS / "reasons" / "retail.yaml")


def test_nodes_paths_leaves_and_depth(load):
    tree = load(TREE)
    assert tree.id == "tree"
    assert len(tree.digest) == 64
    assert [node.code for node in tree.nodes] == ["parcel", "parcel.late", "parcel.lost", "parcel.old", "bill"]
    assert [node.code for node in tree.path("parcel.late")] == ["parcel", "parcel.late"]
    assert [node.code for node in tree.leaves] == ["parcel.late", "parcel.lost", "bill"]
    assert tree.depth == 2
    assert tree.node("parcel.lost").description == "找不到的包裹。"
    assert "bill" in tree
    assert "Bill" not in tree


def test_a_name_in_one_language_stands_in_for_the_other(load):
    tree = load(TREE)
    assert tree.node("bill").name.in_language("zh-Hans") == tree.node("bill").name.in_language("en") == "Bill"
    assert tree.node("parcel.lost").name.in_language("en") == "丢件"
    assert tree.node("parcel").name.in_language("en") == "Parcel"
    assert [tree.node("parcel").name.in_language(language) for language in ("zh-Hans", "zh-Hant", "und")] == [
        "包裹"
    ] * 3


def test_a_stage_is_inherited_from_the_nearest_node_above(load):
    tree = load(TREE)
    assert [tree.stage(code) for code in ("parcel.late", "parcel.lost", "bill")] == ["delivery", "claims", None]


def test_small_talk_is_inherited(load):
    tree = load("[{code: a, name: x, small_talk: true}, {code: a.b, parent: a, name: y}, {code: c, name: z}]")
    assert [tree.is_small_talk(code) for code in ("a", "a.b", "c")] == [True, True, False]


def test_a_parent_may_come_after_its_children(load):
    tree = load("[{code: a.b, parent: a, name: b}, {code: a, name: a}]")
    assert [node.code for node in tree.path("a.b")] == ["a", "a.b"]


def test_a_plain_list_of_names_is_a_tree_of_depth_one(load):
    tree = load("- 退款\n- 发票\n- Late parcel\n")
    assert [node.code for node in tree.leaves] == ["退款", "发票", "Late parcel"]
    assert tree.depth == 1
    assert tree.node("发票").name.zh == tree.node("发票").name.en == "发票"


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("parcel.late", "parcel.late"),
        ("太慢", "parcel.late"),
        ("Late", "parcel.late"),
        ("慢件", "parcel.late"),
        ("WHERE_IS_IT", "parcel.late"),
        ("包裹", "parcel"),
        ("Bill", "bill"),
        ("where_is_it", None),
        ("", None),
    ],
)
def test_a_label_is_matched_by_code_name_or_alias(load, label, code):
    assert load(TREE).resolve(label) == code


def test_a_code_wins_over_a_name_and_a_name_over_an_alias(load):
    tree = load("[{code: a, name: 甲, aliases: [丙]}, {code: b, name: a, aliases: [甲]}, {code: c, name: 丙}]")
    assert [tree.resolve(label) for label in ("a", "甲", "丙")] == ["a", "a", "c"]


def test_a_label_of_an_active_node_is_never_a_retired_ones(load):
    tree = load("""
- {code: new, name: 退款进度, aliases: [慢, old.code]}
- {code: old.code, name: 退款查询, active: false}
- {code: old, name: 退款进度, aliases: [慢, 只有旧的], active: false}
""")
    labels = ("退款进度", "慢", "old.code", "只有旧的", "退款查询", "old")
    assert [tree.resolve(label) for label in labels] == ["new", "new", "new", "old", "old.code", "old"]


def test_children_and_all_that_is_below_leave_out_retired_nodes(load):
    tree = load(TREE)
    assert [node.code for node in tree.children(None)] == ["parcel", "bill"]
    assert [node.code for node in tree.children("parcel")] == ["parcel.late", "parcel.lost"]
    assert tree.children("bill") == tree.below("bill") == ()
    assert [node.code for node in tree.below(None)] == ["parcel", "parcel.late", "parcel.lost", "bill"]
    assert [tree.is_active(code) for code in ("parcel.late", "parcel.old", "nowhere")] == [True, False, False]


def test_a_tree_of_thousands_of_nodes_answers_at_once():
    names = [Name(zh=f"名{number}") for number in range(3000)]
    nodes = [Node(code=f"c{n}", name=name, aliases=(f"别{n}",)) for n, name in enumerate(names)]
    tree = Taxonomy("t", "d", tuple(nodes))
    start = time.process_time()
    assert [tree.resolve(f"别{number}") for number in range(3000)] == [node.code for node in nodes]
    assert time.process_time() - start < 0.2  # looking through all nodes for each label takes seconds


def test_a_name_that_parent_and_child_share_means_the_child(load):
    tree = load("[{code: a, name: 退款}, {code: a.b, parent: a, name: 退款}]")
    assert tree.resolve("退款") == "a.b"


def test_a_name_that_parent_and_child_share_means_the_child_wherever_it_stands(load):
    tree = load("[{code: a.b, parent: a, name: 退款}, {code: a, name: 退款}]")
    assert tree.resolve("退款") == "a.b"


def test_a_name_in_several_branches_is_no_answer_but_a_code_or_an_alias_is(load):
    tree = load("""
- {code: refund, name: 退款}
- {code: ship, name: 物流}
- {code: refund_other, parent: refund, name: {zh: 其他, en: Other}}
- {code: ship_other, parent: ship, name: {zh: 其他, en: Other}, aliases: [Other]}
- {code: refund_slow, parent: refund, name: slow}
- {code: slow, parent: ship, name: slow}
- {code: gone, name: 其他, active: false}
- {code: deep, parent: refund_other, name: 其他}
""")
    labels = ("其他", "Other", "slow", "refund_other", "退款")
    assert [tree.resolve(label) for label in labels] == [None, "ship_other", "slow", "refund_other", "refund"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[]", ["no nodes"]),
        ("[{code: a, name: x, active: false}]", ["no active nodes"]),
        ("[{code: a, name: '  '}]", ["'a': its name is blank"]),
        ("[{code: a, name: {zh: 退款, en: ' '}}]", ["'a': its name is blank"]),
        ("[{code: a, name: x}, {code: a, name: y}]", ["code 'a' is given twice"]),
        ("[{code: a, parent: b, name: x}]", ["'a': parent 'b' doesn't exist"]),
        ("[{code: a, parent: a, name: x}]", ["'a': its parents form a cycle"]),
        (
            "[{code: a, parent: b, name: x}, {code: b, parent: a, name: y}, {code: c, name: z}]",
            ["'a': its parents form a cycle", "'b': its parents form a cycle"],
        ),
        (
            "[{code: a, name: x, aliases: [k]}, {code: b, name: y, aliases: [k]}]",
            ["alias 'k' is claimed by more than one node"],
        ),
        ("[{code: a, name: x}, {code: b, name: x}]", ["two children of 'the top' are named 'x'"]),
        (
            "[{code: a, name: x}, {code: b, parent: z, name: y}, {code: a, name: w}]",
            ["code 'a' is given twice", "'b': parent 'z' doesn't exist"],
        ),
    ],
)
def test_every_problem_is_named_in_a_line_of_its_own(problems, text, expected):
    assert problems(text) == expected


def test_of_a_cycle_only_the_codes_in_it_are_named(problems):
    text = "[{code: a, parent: b, name: x}, {code: b, parent: a, name: y}, {code: c, parent: a, name: z}]"
    assert problems(text) == ["'a': its parents form a cycle", "'b': its parents form a cycle"]


def test_a_retired_node_may_share_name_and_alias_with_its_sibling(load):
    tree = load("[{code: a, name: x, aliases: [k]}, {code: b, name: x, aliases: [k], active: false}]")
    assert [tree.resolve(label) for label in ("x", "k", "b")] == ["a", "a", "b"]


def test_an_alias_given_twice_by_its_own_node_is_no_problem(load):
    assert load("[{code: a, name: x, aliases: [k, k]}]").resolve("k") == "a"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("[{code: a}]", "node 0: name: Field required"),
        ("[{code: a, name: x}, {name: y}]", "node 1: code: Field required"),
        ("[{code: '', name: x}]", "node 0: code"),
        ("[{code: 7, name: x}]", "node 0: code: Input should be a valid string"),
        ("[{code: a, name: {}}]", "node 0: name: Value error, a name in zh or en is needed"),
        ("[{code: a, name: {fr: x}}]", "a name in zh or en is needed"),
        ("[{code: a, name: {zh: x, fr: y}}]", "node 0: name.fr: Extra inputs are not permitted"),
        ("[{code: a, name: x, colour: red}]", "node 0: colour: Extra inputs are not permitted"),
        ("[{code: a, name: x, aliases: k}]", "node 0: aliases"),
        ("[null]", "node 0"),
        ("[3]", "node 0"),
        ("code: a", "a list of nodes is needed"),
        ("", "a list of nodes is needed"),
        ("[{code: a", "not valid YAML"),
        ("- 2026-13-45", "not valid YAML"),
        ("!!python/object/apply:os.getcwd []", "not valid YAML"),
        (b"\xff\xfe\xfa", "isn't UTF-8 (byte 0)"),
    ],
)
def test_a_file_that_isnt_a_list_of_nodes_is_refused_with_a_line_a_problem(problems, text, hint):
    (line,) = problems(text)
    assert hint in line


def test_a_file_that_isnt_there_is_refused(tmp_path):
    for path in (tmp_path / "missing.yaml", tmp_path):
        with pytest.raises(TaxonomyError, match="can't be read"):
            taxonomy.load(path)


def test_advice_is_about_leaves_only(load):
    assert [advice.text for advice in taxonomy.advise(load(TREE))] == [
        "'parcel.lost' has no examples",
        "'bill' has no examples",
        "'parcel.late' has no description",
        "'bill' has no description",
    ]


def test_advice_about_a_single_child_and_about_children_of_retired_nodes(load):
    tree = load("""
- {code: a, name: 甲, active: false}
- {code: a.b, parent: a, name: 乙, examples: [x], description: d}
- {code: c, name: 丙}
- {code: c.d, parent: c, name: 丁, examples: [y], description: d}
- {code: c.e, parent: c, name: 戊, active: false}
""")
    assert [advice.text for advice in taxonomy.advise(tree)] == [
        "'a.b' is active, 'a' isn't",
        "'c' has only 'c.d' below it",
    ]


def test_advice_names_what_several_codes_are_called_and_what_it_means_then(load):
    """But for a name that a node shares with one above it, which means the lower one."""
    tree = load("""
- {code: ship, name: 物流, aliases: [退款]}
- {code: refund, name: 退款}
- {code: refund.all, parent: refund, name: 退款, aliases: [ship]}
- {code: refund.other, parent: refund, name: {zh: 其他, en: Other}}
- {code: ship.other, parent: ship, name: {zh: 其他, en: Other}}
- {code: gone, name: 其他, aliases: [物流], active: false}
""")
    assert [advice.text for advice in taxonomy.advise(tree) if advice.group == SAME_NAME] == [
        "'ship' (物流) and 'refund.all' (退款): as a label “ship” means 'ship'",
        "'ship' (物流) and 'refund' (退款) and 'refund.all' (退款): as a label “退款” means 'refund.all'",
        "'refund.other' (其他) and 'ship.other' (其他): as a label “其他”, “Other” means none of them",
    ]


# --- the shipped tree --------------------------------------------------------------------------------------------


def test_the_shipped_tree_has_three_levels_and_all_its_leaves_on_the_third(shipped):
    assert shipped.depth == 3
    assert {len(shipped.path(leaf.code)) for leaf in shipped.leaves} == {3}
    assert len(shipped.leaves) > 50


def test_every_alias_of_the_shipped_tree_means_one_code(shipped):
    aliases = Counter(alias for node in shipped.nodes for alias in node.aliases)
    assert len(aliases) > 50
    assert max(aliases.values()) == 1
    claimed = {alias: node.code for node in shipped.nodes for alias in node.aliases}
    assert {alias: shipped.resolve(alias) for alias in claimed} == claimed


def test_the_shipped_tree_is_complete_for_its_readers(shipped):
    assert taxonomy.advise(shipped) == []
    assert all(shipped.stage(leaf.code) or shipped.is_small_talk(leaf.code) for leaf in shipped.leaves)
    assert all(node.name.zh != node.name.en for node in shipped.nodes)
    assert all(node.parent is None or node.code.startswith(f"{node.parent}.") for node in shipped.nodes)


def test_what_is_no_yaml_is_named_by_its_line_and_not_quoted(tmp_path):
    path = tmp_path / "tree.yaml"
    path.write_text('- code: a\n  examples: ["我的手机号是多少" "secret wording"\n', encoding="utf-8")
    with pytest.raises(TaxonomyError, match=r"not valid YAML: .+, line \d+") as caught:
        taxonomy.load(path)
    assert "secret" not in str(caught.value)
