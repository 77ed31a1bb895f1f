"""What is allowed in a tree, but worth an author's look."""

from collections.abc import Mapping
from dataclasses import dataclass

from nlp_service.taxonomy.tree import Node, Taxonomy


@dataclass(frozen=True)
class Group:
    """Advice of one sort.

    Attributes:
        remedy: what an author can do about it.
    """

    title: str
    remedy: str


SAME_NAME = Group("the same name or alias for several codes", "rename all but one; else label with the code itself")
SAME_EXAMPLE = Group("the same example in two places", "keep it where it belongs")
CONFUSED = Group("siblings too alike to tell apart", "merge them, or give examples that show the difference")
ALIKE_NAMES = Group("siblings whose names are too alike", "rename one, or give both at least two examples")
BELOW_RETIRED = Group("active below a retired node", "retire it too, or give it an active parent")
ONLY_CHILD = Group("inner nodes with a single child", "add a sibling, or do without one of the two levels")
NO_EXAMPLES = Group("leaves without examples", "give each two or more customers' wordings")
NO_DESCRIPTION = Group("leaves without a description", "say what belongs there, and what belongs to its neighbours")
GROUPS = (SAME_NAME, SAME_EXAMPLE, CONFUSED, ALIKE_NAMES, BELOW_RETIRED, ONLY_CHILD, NO_EXAMPLES, NO_DESCRIPTION)
"""Most severe first."""


@dataclass(frozen=True)
class Advice:
    """One thing to look at."""

    group: Group
    text: str


def advise(tree: Taxonomy) -> list[Advice]:
    """What the tree alone shows."""
    retired = {node.code for node in tree.nodes if not node.active}
    orphans = [node for node in tree.nodes if node.active and node.parent in retired]
    lonely = [children[0] for node in tree.below(None) if len(children := tree.children(node.code)) == 1]
    return [
        *same_names(tree),
        *(Advice(BELOW_RETIRED, f"'{node.code}' is active, '{node.parent}' isn't") for node in orphans),
        *(Advice(ONLY_CHILD, f"'{node.parent}' has only '{node.code}' below it") for node in lonely),
        *(Advice(NO_EXAMPLES, f"'{node.code}' has no examples") for node in tree.leaves if not node.examples),
        *(Advice(NO_DESCRIPTION, f"'{node.code}' has no description") for node in tree.leaves if not node.description),
    ]


def same_names(tree: Taxonomy) -> list[Advice]:
    """Labels that several active nodes claim, by code, name or alias, and what they mean (see `Taxonomy.resolve`).

    A node and one below it may share a name.
    """
    claims: dict[str, dict[str, Node]] = {}
    for node in tree.nodes:
        for name in (node.code, node.name.zh, node.name.en, *node.aliases) if node.active else ():
            claims.setdefault(name, {})[node.code] = node
    shared: dict[tuple[str, str], list[str]] = {}
    for name, nodes in claims.items():
        code = tree.resolve(name)
        if code is None:
            shared.setdefault((label(*nodes.values()), "none of them"), []).append(name)
        elif nodes.keys() - {node.code for node in tree.path(code)}:
            shared.setdefault((label(*nodes.values()), f"'{code}'"), []).append(name)
    return [
        Advice(SAME_NAME, f"{claimants}: as a label “{'”, “'.join(names)}” means {meant}")
        for (claimants, meant), names in shared.items()
    ]


def same_examples(tree: Taxonomy, prepared: Mapping[str, str]) -> list[Advice]:
    """Examples that reach the encoder as the same text from different active nodes, those of siblings first.

    Args:
        prepared: each example as the encoder reads it.
    """
    owners: dict[str, dict[str, Node]] = {}
    for node in tree.nodes:
        for example in node.examples if node.active else ():
            owners.setdefault(prepared[example], {})[node.code] = node
    shared = {text: list(nodes.values()) for text, nodes in owners.items() if text and len(nodes) > 1}
    of_siblings = {text: len({node.parent for node in nodes}) < len(nodes) for text, nodes in shared.items()}
    return [
        Advice(SAME_EXAMPLE, f"{label(*shared[text])}: “{text}”")
        for text in sorted(shared, key=lambda text: not of_siblings[text])
    ]


def label(*nodes: Node) -> str:
    """Nodes as a reader knows them: code and name."""
    return " and ".join(f"'{node.code}' ({node.name.zh})" for node in nodes)
