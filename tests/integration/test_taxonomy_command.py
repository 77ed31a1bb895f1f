"""`nlp-service taxonomy` with the shipped models."""

import json

from nlp_service.settings import MODELS

TREE = MODELS / "reasons" / "retail.yaml"
ALIKE = """
- {code: parcel, name: 物流}
- code: parcel.slow
  parent: parcel
  name: 物流慢
  description: 快递慢。
  examples: [快递怎么这么慢, 物流好几天没动了, 包裹什么时候能到]
- code: parcel.delay
  parent: parcel
  name: 物流延误
  description: 快递延误。
  examples: [快递太慢了吧, 物流一直不动, 我的包裹几时到]
- code: parcel.courier
  parent: parcel
  name: 快递员态度
  description: 对快递员不满。
  examples: [快递员骂人, 送货的小哥态度很差, 派件员对我大吼大叫]
"""


def test_check_names_siblings_that_are_too_alike(command_line, tmp_path):
    file = tmp_path / "tree.yaml"
    file.write_text(ALIKE, encoding="utf-8")
    run = command_line("taxonomy", "check", file)
    assert run.returncode == 0, run.stderr
    heading, advice, summary = run.stdout.splitlines()
    assert heading.startswith("advice: siblings too alike to tell apart: 1 ")
    assert advice.startswith("  'parcel.slow' (物流慢) and 'parcel.delay' (物流延误): ")
    assert summary == f"{file}: 4 nodes, 3 leaves, 2 levels: sound"


def test_check_without_an_encoder(command_line, tmp_path):
    run = command_line("taxonomy", "check", TREE, "--encoder", tmp_path)
    assert run.returncode == 2
    assert "no manifest.json here" in run.stderr


def test_a_tree_with_other_names_moves_no_ticket(command_line, tmp_path):
    new, tickets, moves = tmp_path / "new.yaml", tmp_path / "tickets.jsonl", tmp_path / "moves.jsonl"
    new.write_text(TREE.read_text(encoding="utf-8").replace("zh: 物流太慢", "zh: 快递太慢"), encoding="utf-8")
    rows = [
        {"text": "快递怎么还没到，都一个星期了", "label": "物流太慢"},
        {"text": "退款什么时候到账", "label": "after_sales.refund.timing"},
        {"text": "月亮离我们有多远", "label": None},
    ]
    tickets.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    run = command_line("taxonomy", "diff", TREE, new, "--on", tickets, "--out", moves, "--json")
    assert run.returncode == 0, run.stderr
    answer = json.loads(run.stdout)
    assert [(change["kind"], change["new"]) for change in answer["changes"]] == [
        ("renamed", ["delivery.tracking.too_slow"])
    ]
    found = answer["tickets"]
    assert found["tickets"] == found["cost"]["tickets"] == 3
    assert found["moves"] == []
    assert moves.read_text(encoding="utf-8") == ""
    assert found["cost"]["accuracy_before"] == found["cost"]["accuracy_after"] > 0
