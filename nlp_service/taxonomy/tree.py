"""Nodes, and the tree they form: asked by code, name or alias."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Name(BaseModel):
    """A node's name as reports show it, by language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: str = ""
    en: str = ""

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, value: Any) -> Any:
        """One language stands in for the other; a plain string is the name in both."""
        if isinstance(value, str):
            value = {"zh": value}
        if isinstance(value, dict) and not (value.get("zh") or value.get("en")):
            raise ValueError("a name in zh or en is needed")
        if isinstance(value, dict):
            value = {**value, "zh": value.get("zh") or value.get("en"), "en": value.get("en") or value.get("zh")}
        return value

    def in_language(self, language: str) -> str:
        """The English name for English text, the Chinese name for everything else."""
        return self.en if language == "en" else self.zh


class Node(BaseModel):
    """A contact reason. Children inherit `stage`, the stage of the customer's journey, and `small_talk`.

    Small talk is never the contact reason of a conversation that has another. A node that isn't active has been retired
    and stays in the file for its history.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Annotated[str, Field(min_length=1)]
    parent: str | None = None
    name: Name
    description: str = ""
    aliases: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    stage: str | None = None
    active: bool = True
    small_talk: bool = False


@dataclass(frozen=True)
class Taxonomy:
    """A checked tree. Nodes keep the order of the file, parents before their children or not.

    Attributes:
        id: the file's name without its ending.
        digest: SHA-256 of the file.
    """

    id: str
    digest: str
    nodes: tuple[Node, ...]
    _by_code: dict[str, Node] = field(init=False, repr=False, compare=False)
    _by_label: dict[str, str] = field(init=False, repr=False, compare=False)
    _paths: dict[str, tuple[Node, ...]] = field(init=False, repr=False, compare=False)
    _children: dict[str | None, tuple[Node, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_code = {node.code: node for node in self.nodes}
        children: dict[str | None, list[Node]] = defaultdict(list)
        for node in self.nodes:
            if node.active:
                children[node.parent].append(node)
        object.__setattr__(self, "_by_code", by_code)
        paths = {node.code: _path(node, by_code) for node in self.nodes}
        object.__setattr__(self, "_by_label", _labels(self.nodes, paths))
        object.__setattr__(self, "_paths", paths)
        object.__setattr__(self, "_children", {parent: tuple(nodes) for parent, nodes in children.items()})

    def __contains__(self, code: object) -> bool:
        return code in self._by_code

    def node(self, code: str) -> Node:
        """The node of a code that exists."""
        return self._by_code[code]

    def is_active(self, code: str) -> bool:
        """Whether the code exists and hasn't been retired."""
        return code in self._by_code and self._by_code[code].active

    def path(self, code: str) -> tuple[Node, ...]:
        """The nodes from the top of the tree to this one, both included."""
        return self._paths[code]

    def children(self, code: str | None) -> tuple[Node, ...]:
        """The active nodes right below this one, in the order of the file; of None, those at the top."""
        return self._children.get(code, ())

    def below(self, code: str | None) -> tuple[Node, ...]:
        """All active nodes below this one (of None, of the tree), each before its own children."""
        found: list[Node] = []
        waiting = list(reversed(self.children(code)))
        while waiting:
            found.append(waiting.pop())
            waiting += reversed(self.children(found[-1].code))
        return tuple(found)

    def stage(self, code: str) -> str | None:
        """The stage of the nearest node upwards that has one."""
        return next((node.stage for node in reversed(self.path(code)) if node.stage), None)

    def is_small_talk(self, code: str) -> bool:
        """Whether this node, or one above it, is small talk."""
        return any(node.small_talk for node in self.path(code))

    @property
    def leaves(self) -> tuple[Node, ...]:
        """Active nodes without active children."""
        return tuple(node for node in self.nodes if node.active and node.code not in self._children)

    @property
    def depth(self) -> int:
        """Number of levels."""
        return max(len(path) for path in self._paths.values())

    def resolve(self, label: str) -> str | None:
        """The code that a data file's label means: matched by code, else by name, else by alias.

        Retired nodes are asked last: a label that an active node claims in any of the three ways is that node's. A name
        that active nodes of different branches bear is no answer; of nodes on one path it means the lowest.
        """
        return self._by_label.get(label)

    def namesakes(self, name: str) -> tuple[Node, ...]:
        """The active nodes of this name, in either language."""
        return tuple(node for node in self.nodes if node.active and name in (node.name.zh, node.name.en))


def flat(labels: Sequence[str]) -> Taxonomy:
    """Labels as a tree of one level."""
    return Taxonomy("labels", "", tuple(Node(code=label, parent=None, name=Name(zh=label)) for label in labels))


def _labels(nodes: Sequence[Node], paths: Mapping[str, Sequence[Node]]) -> dict[str, str]:
    """The code of every label. What is weaker comes first and is overwritten; of two equal names the lower node's."""
    ambiguous = _ambiguous(paths[node.code] for node in nodes if node.active)
    labels: dict[str, str] = {}
    for active in (False, True):
        group = sorted((node for node in nodes if node.active is active), key=lambda node: len(paths[node.code]))
        labels |= {alias: node.code for node in group for alias in node.aliases}
        names = {name: node.code for node in group for name in (node.name.zh, node.name.en)}
        labels |= {name: code for name, code in names.items() if name not in ambiguous}
        labels |= {node.code: node.code for node in group}
    return labels


def _ambiguous(paths: Iterable[Sequence[Node]]) -> set[str]:
    """The names that the last nodes of these paths share with one of another branch."""
    bearers: dict[str, list[Sequence[Node]]] = defaultdict(list)
    for path in paths:
        for name in (path[-1].name.zh, path[-1].name.en):
            bearers[name].append(path)
    longest = {name: max(found, key=len) for name, found in bearers.items()}
    return {name for name, found in bearers.items() if any(path[-1] not in longest[name] for path in found)}


def _path(node: Node, by_code: dict[str, Node]) -> tuple[Node, ...]:
    path = [node]
    while path[-1].parent is not None:
        path.append(by_code[path[-1].parent])
    return tuple(reversed(path))
