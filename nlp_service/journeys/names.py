"""What stages and contact reasons are called, and names made fit to be shown."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from nlp_service.taxonomy import Name, Taxonomy
from nlp_service.text import to_simplified, to_traditional

_UNNAMED = "?"
STAGES: Final[Mapping[str, Name]] = MappingProxyType(
    {
        "before_buying": Name(zh="售前", en="Before buying"),
        "pre_sales": Name(zh="售前", en="Pre-sales"),
        "ordering": Name(zh="下单", en="Ordering"),
        "payment": Name(zh="付款", en="Payment"),
        "delivery": Name(zh="配送", en="Delivery"),
        "after_sales": Name(zh="售后", en="After-sales"),
        "service": Name(zh="服务", en="Service"),
    }
)
"""The names of stages that many trees have, the bundled one's among them."""


class Names:
    """What the codes of a tree, and stages, are called in one language.

    A word that nodes of the tree name as their stage is a stage even if a code is called so too: the code's name says
    less than the stage, which others have as well.
    """

    def __init__(self, tree: Taxonomy, language: str) -> None:
        self._tree = tree
        self._language = language
        self._stages = {node.stage for node in tree.nodes}

    def reason(self, code: str) -> str:
        """The name of a contact reason."""
        return self._told(self._tree.node(code).name) if code in self._tree else code

    def stage(self, stage: str) -> str:
        """The name of a stage: that of a code, if it is no stage but one; else the usual one, or its own word."""
        if stage in self._tree and stage not in self._stages:
            return self.reason(stage)
        return self._told(STAGES[stage]) if stage in STAGES else stage

    def _told(self, name: Name) -> str:
        """A name that isn't in Traditional characters already is written in them for those who write so."""
        told = name.in_language(self._language)
        is_simplified = self._language == "zh-Hant" and to_simplified(told) == told
        return to_traditional(told) if is_simplified else told


def one_line(name: str) -> str:
    """The name's printable characters; what isn't printable ends a word."""
    return " ".join("".join(c if c.isprintable() else " " for c in name).split()) or _UNNAMED
