"""A taxonomy file: read from YAML and checked to be a tree."""

from collections import Counter
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError

from nlp_service.artifact import file_digest
from nlp_service.errors import TaxonomyError
from nlp_service.taxonomy.tree import Node, Taxonomy

T = TypeVar("T", bound=Hashable)
M = TypeVar("M", bound=BaseModel)

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same language either way; libyaml, which nearly every build of PyYAML has, reads it about eight times as fast."""


def load(path: Path) -> Taxonomy:
    """Read a taxonomy file.

    A list of plain strings is a tree of depth one whose codes and names are those strings.

    Raises:
        TaxonomyError: with every problem found, one a line, if the file isn't a tree of named codes.
    """
    rows = [{"code": row, "name": row} if isinstance(row, str) else row for row in read_list(path, "nodes")]
    nodes = validated(path, rows, TypeAdapter(list[Node]), "node")
    problems = check(nodes)
    if problems:
        raise TaxonomyError("\n".join(f"{path}: {problem}" for problem in problems))
    return Taxonomy(id=path.stem, digest=file_digest(path), nodes=nodes)


def check(nodes: Sequence[Node]) -> list[str]:
    """Problems that make these nodes no tree of named codes, such as duplicates, unknown parents and cycles.

    A retired node may share its name or an alias with another: the label is the active one's (see `Taxonomy.resolve`).
    """
    by_code = {node.code: node for node in nodes}
    active = [node for node in nodes if node.active]
    problems = [] if active else ["no active nodes" if nodes else "no nodes"]
    problems += [f"code '{code}' is given twice" for code in _repeated([node.code for node in nodes])]
    problems += [f"'{node.code}': its name is blank" for node in nodes if not _is_named(node)]
    problems += [
        f"'{node.code}': parent '{node.parent}' doesn't exist"
        for node in nodes
        if node.parent is not None and node.parent not in by_code
    ]
    problems += [f"'{node.code}': its parents form a cycle" for node in nodes if _is_cyclic(node, by_code)]
    problems += [
        f"alias '{alias}' is claimed by more than one node"
        for alias in _repeated([alias for node in active for alias in set(node.aliases)])
    ]
    siblings = [(node.parent, name) for node in active for name in {node.name.zh, node.name.en}]
    problems += [f"two children of '{parent or 'the top'}' are named '{name}'" for parent, name in _repeated(siblings)]
    return problems


def read_list(path: Path, of: str) -> list[Any]:
    """The rows of a YAML file that is a list.

    Args:
        of: what the rows are, for the message.

    Raises:
        TaxonomyError: if it can't be read, or isn't a list.
    """
    try:
        content: Any = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)
    except OSError as error:
        raise TaxonomyError(f"{path}: can't be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise TaxonomyError(f"{path}: isn't UTF-8 (byte {error.start})") from None
    except yaml.MarkedYAMLError as error:
        # Not str(error): it may quote the line, which may be an example that a customer wrote.
        at = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise TaxonomyError(f"{path}: not valid YAML: {error.problem or error.context}{at}") from None
    except (yaml.YAMLError, ValueError) as error:  # PyYAML lets ValueError through, of a date that doesn't exist
        raise TaxonomyError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, list):
        raise TaxonomyError(f"{path}: a list of {of} is needed")
    return content


def validated(path: Path, rows: Sequence[Any], records: TypeAdapter[list[M]], row: str) -> tuple[M, ...]:
    """The rows as records.

    Args:
        row: what one row is, for the message.

    Raises:
        TaxonomyError: with every problem of every row, one a line.
    """
    try:
        return tuple(records.validate_python(rows))
    except ValidationError as error:
        details = [
            f"{row} {item['loc'][0]}: {'.'.join(map(str, item['loc'][1:]))}: {item['msg']}" for item in error.errors()
        ]
        raise TaxonomyError("\n".join(f"{path}: {detail}" for detail in details)) from None


def _is_named(node: Node) -> bool:
    return bool(node.name.zh.strip() and node.name.en.strip())


def _is_cyclic(node: Node, by_code: dict[str, Node]) -> bool:
    """Whether the way up from a node comes back to it; below a cycle it doesn't."""
    seen: set[str] = set()
    parent = node.parent
    while parent in by_code and parent not in seen:
        seen.add(parent)
        parent = by_code[parent].parent
    return node.code in seen


def _repeated(values: Sequence[T]) -> list[T]:
    return [value for value, count in Counter(values).items() if count > 1]
