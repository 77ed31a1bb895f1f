"""Trees and mappings from their text."""

import pytest

from nlp_service import taxonomy
from nlp_service.taxonomy import Changes


@pytest.fixture
def tree(tmp_path):
    """Makes a tree from YAML rows."""

    def make(text, name="tree"):
        path = tmp_path / f"{name}.yaml"
        path.write_text(text, encoding="utf-8")
        return taxonomy.load(path)

    return make


@pytest.fixture
def changes(tmp_path):
    """Makes a mapping from YAML rows."""

    def make(text):
        path = tmp_path / "changes.yaml"
        path.write_text(text, encoding="utf-8")
        return Changes.load(path)

    return make


OLD = """
- {code: parcel, name: 物流}
- {code: parcel.slow, parent: parcel, name: 太慢}
- {code: parcel.lost, parent: parcel, name: 丢件}
- {code: parcel.missing, parent: parcel, name: 找不到件}
- {code: refund, name: 退款}
- {code: refund.ask, parent: refund, name: 要退款}
- {code: refund.fax, parent: refund, name: 传真退款}
- {code: bill, name: 发票}
- {code: bill.paper, parent: bill, name: 纸质票}
- {code: bill.gone, parent: bill, name: 旧票, active: false}
"""
NEW = """
- {code: shipping, name: 物流}
- {code: shipping.delay, parent: shipping, name: 太慢}
- {code: shipping.lost, parent: shipping, name: 丢件}
- {code: refund, name: 退款}
- {code: refund.ask, parent: refund, name: 要退款}
- {code: refund.amount, parent: refund, name: 退多少}
- {code: refund.time, parent: refund, name: 多久到账}
- {code: refund.fax, parent: refund, name: 传真退款, active: false}
- {code: bill, name: 开票}
- {code: bill.paper, parent: refund, name: 纸质票, examples: [要纸质发票]}
- {code: bill.new, parent: bill, name: 电子票}
"""
MAPPING = """
- {from: parcel, to: shipping}
- {from: parcel.slow, to: shipping.delay}
- {from: [parcel.lost, parcel.missing], to: shipping.lost}
- {from: refund.ask, to: [refund.ask, refund.amount, refund.time]}
- {from: refund.fax, to: null}
"""


@pytest.fixture
def old(tree):
    return tree(OLD, "old")


@pytest.fixture
def new(tree):
    return tree(NEW, "new")


@pytest.fixture
def mapping(changes):
    """From `old` to `new`: every kind of change."""
    return changes(MAPPING)
