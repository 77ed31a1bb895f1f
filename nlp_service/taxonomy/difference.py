"""What differs between two trees, given what a mapping says about it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from nlp_service.taxonomy.changes import Changes
from nlp_service.taxonomy.tree import Node, Taxonomy

Kind = Literal["unexplained", "retired", "split", "merged", "recoded", "moved", "renamed", "edited", "added"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""In the order of how much a reader should care."""


@dataclass(frozen=True)
class NodeChange:
    """One difference.

    Attributes:
        kind: unexplained: gone, and no change says where to; retired: by the mapping, or no longer active; split,
            merged, recoded: by the mapping, or as another node's alias; moved: the same code below another parent;
            renamed: the same code under another name; edited: anything else about it; added: a code that took no
            other's place.
        old: codes in the older tree.
        new: codes in the newer tree.
        detail: which fields were edited.
    """

    kind: Kind
    old: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    detail: str = ""


def compare(old: Taxonomy, new: Taxonomy, changes: Changes) -> list[NodeChange]:
    """All differences between the active nodes, in the order of `KINDS`, then of the files."""
    active = [node.code for node in old.nodes if node.active]
    places = {code: changes.resolve(code, new) for code in active}
    lost = set(changes.unexplained(old, new))
    found = [
        *_gone(active, places, lost),
        *_replaced(active, places),
        *(change for code in active if places[code] == (code,) for change in _kept(code, old, new, changes)),
        *(NodeChange("added", new=(code,)) for code in added(old, new, changes)),
    ]
    return sorted(found, key=lambda change: KINDS.index(change.kind))


def added(old: Taxonomy, new: Taxonomy, changes: Changes) -> list[str]:
    """Active codes of the newer tree that took no other's place."""
    taken = {place for node in old.nodes if node.active for place in changes.resolve(node.code, new)}
    return [node.code for node in new.nodes if node.active and node.code not in taken]


def as_path(code: str, tree: Taxonomy) -> str:
    """A node as a reader knows it: the names from the top of the tree down to it."""
    return " › ".join(node.name.zh for node in tree.path(code))


def _gone(active: Iterable[str], places: dict[str, tuple[str, ...]], lost: set[str]) -> Iterator[NodeChange]:
    for code in active:
        if not places[code]:
            yield NodeChange("unexplained" if code in lost else "retired", (code,))


def _replaced(active: Iterable[str], places: dict[str, tuple[str, ...]]) -> Iterator[NodeChange]:
    """Codes whose place others took. Whatever meets in one code is one merge, with the code itself if it stays."""
    sources: dict[str, list[str]] = {}
    for code in active:
        for place in places[code]:
            sources.setdefault(place, []).append(code)
    for code in active:
        if len(places[code]) > 1:
            yield NodeChange("split", (code,), places[code])
        elif places[code] and places[code] != (code,) and len(sources[places[code][0]]) == 1:
            yield NodeChange("recoded", (code,), places[code])
    for place, codes in sources.items():
        if len(codes) > 1:
            yield NodeChange("merged", tuple(codes), (place,))


def _kept(code: str, old: Taxonomy, new: Taxonomy, changes: Changes) -> Iterator[NodeChange]:
    """What is different about a code that is in both trees."""
    before, after = old.node(code), new.node(code)
    parents = {None} if before.parent is None else set(changes.resolve(before.parent, new))
    if after.parent not in parents:
        yield NodeChange("moved", (code,), (code,))
    if before.name != after.name:
        yield NodeChange("renamed", (code,), (code,))
    fields = [field for field in Node.model_fields if field not in ("code", "parent", "name", "active")]
    edited = [field for field in fields if getattr(before, field) != getattr(after, field)]
    if edited:
        yield NodeChange("edited", (code,), (code,), ", ".join(edited).replace("_", " "))
