"""A tree of two branches and a single leaf, which is small talk."""

import pytest

from nlp_service.taxonomy import Name, Node, Taxonomy

NODES = {
    "parcel": None,
    "parcel.late": "parcel",
    "parcel.lost": "parcel",
    "bill": None,
    "bill.wrong": "bill",
    "bill.wrong.tax": "bill.wrong",
    "bill.wrong.name": "bill.wrong",
    "thanks": None,
}
LEAVES = ("parcel.late", "parcel.lost", "bill.wrong.tax", "bill.wrong.name", "thanks")


@pytest.fixture(scope="session")
def taxonomy():
    nodes = [
        Node(code=code, parent=parent, name=Name(zh=f"中{code}", en=f"en {code}"), small_talk=code == "thanks")
        for code, parent in NODES.items()
    ]
    return Taxonomy("small", "digest", tuple(nodes))


@pytest.fixture(scope="session")
def leaves():
    return LEAVES
