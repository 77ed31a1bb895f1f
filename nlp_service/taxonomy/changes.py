"""What became of the codes of an older tree: renamed, merged, split or retired."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter

from nlp_service.errors import TaxonomyError
from nlp_service.taxonomy.files import read_list, validated
from nlp_service.taxonomy.tree import Taxonomy

ChangeKind = Literal["rename", "merge", "split", "retire"]


@dataclass(frozen=True)
class Changes:
    """A mapping from the codes of an older tree to those of a newer one. Codes that it doesn't mention stay.

    Attributes:
        mapping: the codes that took a code's place, in the order of the file; none: it was retired.
    """

    mapping: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> "Changes":
        """Read a mapping file: a list of `{from: code or codes, to: code, codes or null}`.

        Raises:
            TaxonomyError: with every problem found, one a line.
        """
        entries = validated(path, read_list(path, "changes"), TypeAdapter(list[_Entry]), "change")
        times = Counter(code for entry in entries for code in entry.old)
        problems = [f"'{code}' is mapped twice" for code, count in times.items() if count > 1]
        for number, entry in enumerate(entries):
            if len(entry.old) > 1 and len(entry.new or ()) > 1:
                problems.append(f"change {number}: several codes become several: give each an entry of its own")
            if len(set(entry.new or ())) < len(entry.new or ()):
                problems.append(f"change {number}: a code is given twice in 'to'")
        if problems:
            raise TaxonomyError("\n".join(f"{path}: {problem}" for problem in problems))
        return cls({code: entry.new or () for entry in entries for code in entry.old})

    @classmethod
    def onto(cls, path: Path, new: Taxonomy) -> "Changes":
        """Read a mapping file that leads to this tree.

        Raises:
            TaxonomyError: as `load`, and for what contradicts the tree.
        """
        changes = cls.load(path)
        problems = changes.contradictions(None, new)
        if problems:
            raise TaxonomyError("\n".join(f"{path}: {problem}" for problem in problems))
        return changes

    def targets(self, code: str) -> tuple[str, ...]:
        """The codes that took this one's place: itself if nothing is said of it, none if it was retired."""
        return self.mapping.get(code, (code,))

    def resolve(self, code: str, new: Taxonomy) -> tuple[str, ...]:
        """The active codes of the newer tree that took an older code's place; none if it was retired.

        A code that isn't mentioned is looked up as a label, so that an alias can keep an old code alive.
        """
        if code in self.mapping:
            return tuple(target for target in self.mapping[code] if new.is_active(target))
        found = new.resolve(code)
        return (found,) if found is not None and new.is_active(found) else ()

    def kinds(self, old: Taxonomy | None = None) -> dict[str, ChangeKind]:
        """What kind of change each code went through; codes that only gained the content of others aren't in it.

        Args:
            old: with it, a code that becomes one which was there before and stays is known to be merged into it.
        """
        sources = Counter(target for targets in self.mapping.values() for target in targets)
        kinds: dict[str, ChangeKind] = {}
        for code, targets in self.mapping.items():
            if targets == (code,):
                continue
            if len(targets) != 1:
                kinds[code] = "split" if targets else "retire"
                continue
            stays = old is not None and old.is_active(targets[0]) and targets[0] in self.targets(targets[0])
            kinds[code] = "merge" if stays or sources[targets[0]] > 1 else "rename"
        return kinds

    def check(self, old: Taxonomy | None, new: Taxonomy) -> list[str]:
        """Problems of this mapping between two trees, in words; what only the older tree can tell is left out for None.

        A code that is in the newer tree but not active there has been retired in the open and needs no entry.
        """
        lost = [] if old is None else self.unexplained(old, new)
        return [
            *self.contradictions(old, new),
            *(f"'{code}' isn't in the new tree any more, and no change says what became of it" for code in lost),
        ]

    def contradictions(self, old: Taxonomy | None, new: Taxonomy) -> list[str]:
        """The problems of `check` that lie in the mapping itself: it speaks of codes that aren't there."""
        problems = []
        for code, targets in self.mapping.items():
            if old is not None and code not in old:
                problems.append(f"'{code}' is mapped, but isn't in the old tree")
            if not targets and new.is_active(code):
                problems.append(f"'{code}' is retired, but still active in the new tree")
            for target in targets:
                if target not in new:
                    problems.append(f"'{code}' becomes '{target}', which isn't in the new tree")
                elif not new.is_active(target):
                    problems.append(f"'{code}' becomes '{target}', which isn't active in the new tree")
        return problems

    def unexplained(self, old: Taxonomy, new: Taxonomy) -> list[str]:
        """Active codes of the older tree that the newer one doesn't know, not even as a label, without an entry."""
        active = [node.code for node in old.nodes if node.active]
        return [code for code in active if code not in self.mapping and new.resolve(code) is None]


NONE = Changes()
"""Every code stays."""


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Codes = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1), BeforeValidator(_as_list)]


class _Entry(BaseModel):
    """One line of a mapping file; `to` has to be written even where it is null."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    old: Annotated[Codes, Field(alias="from")]
    new: Annotated[Codes | None, Field(alias="to")]
