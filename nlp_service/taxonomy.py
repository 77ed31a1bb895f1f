"""The tree of contact reasons: read from YAML, checked, and asked for nodes by code, name or alias."""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from nlp_service.artifact import file_digest
from nlp_service.errors import TaxonomyError

T = TypeVar("T", bound=Hashable)


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

    Small talk is never the contact reason of a conversation that has another.
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
    _by_code: dict[str, Node] = field(init=False, repr=False)
    _paths: dict[str, tuple[Node, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        by_code = {node.code: node for node in self.nodes}
        object.__setattr__(self, "_by_code", by_code)
        object.__setattr__(self, "_paths", {node.code: _path(node, by_code) for node in self.nodes})

    def __contains__(self, code: object) -> bool:
        return code in self._by_code

    def node(self, code: str) -> Node:
        """The node of a code that exists."""
        return self._by_code[code]

    def path(self, code: str) -> tuple[Node, ...]:
        """The nodes from the top of the tree to this one, both included."""
        return self._paths[code]

    def stage(self, code: str) -> str | None:
        """The stage of the nearest node upwards that has one."""
        return next((node.stage for node in reversed(self.path(code)) if node.stage), None)

    def is_small_talk(self, code: str) -> bool:
        """Whether this node, or one above it, is small talk."""
        return any(node.small_talk for node in self.path(code))

    @property
    def leaves(self) -> tuple[Node, ...]:
        """Active nodes without active children."""
        parents = {node.parent for node in self.nodes if node.active}
        return tuple(node for node in self.nodes if node.active and node.code not in parents)

    @property
    def depth(self) -> int:
        """Number of levels."""
        return max(len(path) for path in self._paths.values())

    def resolve(self, label: str) -> str | None:
        """The code that a data file's label means: matched by code, else by name, else by alias."""
        if label in self._by_code:
            return label
        for key in (_names, _aliases):
            matches = [node.code for node in self.nodes if label in key(node)]
            if matches:
                return matches[-1]
        return None


def load(path: Path) -> Taxonomy:
    """Read a taxonomy file.

    A list of plain strings is a tree of depth one whose codes and names are those strings.

    Raises:
        TaxonomyError: with every problem found, one a line, if the file isn't a tree of named codes.
    """
    nodes = _parse(path)
    problems = check(nodes)
    if problems:
        raise TaxonomyError("\n".join(f"{path}: {problem}" for problem in problems))
    return Taxonomy(id=path.stem, digest=file_digest(path), nodes=nodes)


def check(nodes: Sequence[Node]) -> list[str]:
    """Problems that make these nodes no tree: duplicates, unknown parents, cycles, labels claimed twice."""
    by_code = {node.code: node for node in nodes}
    problems = [] if nodes else ["no nodes"]
    problems += [f"code '{code}' is given twice" for code in _repeated([node.code for node in nodes])]
    problems += [
        f"'{node.code}': parent '{node.parent}' doesn't exist"
        for node in nodes
        if node.parent is not None and node.parent not in by_code
    ]
    problems += [f"'{node.code}': its parents form a cycle" for node in nodes if _is_cyclic(node, by_code)]
    problems += [
        f"alias '{alias}' is claimed by more than one node"
        for alias in _repeated([alias for node in nodes for alias in set(node.aliases)])
    ]
    siblings = [(node.parent, name) for node in nodes for name in {node.name.zh, node.name.en}]
    problems += [f"two children of '{parent or 'the top'}' are named '{name}'" for parent, name in _repeated(siblings)]
    return problems


def advise(taxonomy: Taxonomy) -> list[str]:
    """What is allowed, but worth an author's look: leaves without examples or without a description."""
    advice = [f"'{node.code}' has no examples" for node in taxonomy.leaves if not node.examples]
    return advice + [f"'{node.code}' has no description" for node in taxonomy.leaves if not node.description]


def _parse(path: Path) -> tuple[Node, ...]:
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise TaxonomyError(f"{path}: can't be read: {getattr(error, 'strerror', None) or error}") from None
    except (yaml.YAMLError, ValueError) as error:  # PyYAML lets ValueError through, of a date that doesn't exist
        raise TaxonomyError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, list):
        raise TaxonomyError(f"{path}: a list of nodes is needed")
    rows = [{"code": row, "name": row} if isinstance(row, str) else row for row in content]
    try:
        return tuple(TypeAdapter(list[Node]).validate_python(rows))
    except ValidationError as error:
        details = [
            f"node {item['loc'][0]}: {'.'.join(map(str, item['loc'][1:]))}: {item['msg']}" for item in error.errors()
        ]
        raise TaxonomyError("\n".join(f"{path}: {detail}" for detail in details)) from None


def _path(node: Node, by_code: dict[str, Node]) -> tuple[Node, ...]:
    path = [node]
    while path[-1].parent is not None:
        path.append(by_code[path[-1].parent])
    return tuple(reversed(path))


def _is_cyclic(node: Node, by_code: dict[str, Node]) -> bool:
    seen = {node.code}
    while node.parent is not None and node.parent in by_code:
        node = by_code[node.parent]
        if node.code in seen:
            return True
        seen.add(node.code)
    return False


def _repeated(values: Sequence[T]) -> list[T]:
    return [value for value, count in Counter(values).items() if count > 1]


def _names(node: Node) -> tuple[str, ...]:
    return (node.name.zh, node.name.en)


def _aliases(node: Node) -> tuple[str, ...]:
    return node.aliases
