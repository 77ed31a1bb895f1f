"""What people's labels mean in a tree, in whatever script, width or case they are written."""

import difflib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import cached_property
from typing import Final

from nlp_service.taxonomy import Changes, Node, Taxonomy
from nlp_service.text import to_simplified

NONE: Final = "-"
"""What people write for out of scope; any dash will do."""
_MINUS: Final = "−"


class Labels:
    """The labels of a tree: each is a code, a name or an alias of it, else what only one of its nodes is called but for
    script (退款时间 for 退款時間), width and case (ＦＩＮ.Coupon for fin.coupon) and the kind of dash.

    Args:
        changes: with them, labels may be codes of an older tree too.
    """

    def __init__(self, tree: Taxonomy, changes: Changes | None = None) -> None:
        self._tree = tree
        self._follows = changes is not None
        self._changes = changes or Changes()

    def code(self, label: str) -> str | None:
        """The code that a label means; None if there is none, or more than one."""
        code = label if label in self._changes.mapping else self._tree.resolve(label)
        if code is not None or self._tree.namesakes(label):
            return code
        likely = self._likely(label)
        return likely[0] if len(likely) == 1 else None

    def now(self, code: str) -> tuple[str, ...]:
        """The active codes that took a code's place: itself if it is active, several if it was split, none if it was
        retired.
        """
        return self._changes.resolve(code, self._tree)

    def is_gone(self, code: str | None) -> bool:
        """Whether the changes say of a code that it was split or retired, so that no single one takes its place."""
        return self._follows and code is not None and len(self.now(code)) != 1

    def left_out(self, gone: Counter[str]) -> str:
        """How many rows of codes that are gone were left out."""
        split = {code: count for code, count in gone.items() if self.now(code)}
        groups = (("split", split), ("retired", {code: gone[code] for code in gone.keys() - split.keys()}))
        told = [
            f"{sum(counts.values())} of codes that were {what} ({', '.join(sorted(counts))})"
            for what, counts in groups
            if counts
        ]
        return f"rows left out: {' and '.join(told)}"

    def namesakes(self, label: str) -> list[str]:
        """The codes of the active nodes among which a label leaves open which is meant."""
        codes = [node.code for node in self._tree.namesakes(label)] or self._likely(label)
        return codes if len(codes) > 1 else []

    def nearest(self, label: str) -> str:
        """A hint at the code or name that looks most like a label; "" if none does."""
        near = difflib.get_close_matches(folded(label), self._written, n=1)
        return f"; did you mean '{self._written[near[0]]}'?" if near else ""

    def _likely(self, label: str) -> list[str]:
        codes = self._folded.get(folded(label), [])
        return [code for code in codes if self._tree.is_active(code)] or codes

    @cached_property
    def _folded(self) -> Mapping[str, list[str]]:
        """By folded label the codes it may mean, in the order of the tree."""
        found: dict[str, dict[str, None]] = defaultdict(dict)
        for node in self._tree.nodes:
            for label in (*_names(node), *node.aliases):
                found[folded(label)][self._tree.resolve(label) or node.code] = None
        for code in self._changes.mapping:
            found[folded(code)][code] = None
        return {label: list(codes) for label, codes in found.items()}

    @cached_property
    def _written(self) -> Mapping[str, str]:
        """Codes and names by how they are folded."""
        return {folded(label): label for node in self._tree.nodes for label in _names(node)}


def folded(label: str) -> str:
    """A label in small half-width letters and Simplified characters, with plain hyphens for dashes of any kind."""
    plain = to_simplified(unicodedata.normalize("NFKC", label).casefold())
    return "".join(NONE if c == _MINUS or unicodedata.category(c) == "Pd" else c for c in plain)


def _names(node: Node) -> tuple[str, str, str]:
    return node.code, node.name.zh, node.name.en
