"""The review queue as people use it: texts out, labels back, and the file that training reads."""

import csv
import json

import pytest

from evaluation.labelled import read_labelled
from nlp_service.settings import MODELS

TREE = MODELS / "reasons" / "retail.yaml"
UNCERTAIN = [
    "那个东西怎么说呢",
    "麻煩看一下那個",
    "can you do the thing please",
    "上次说的那个还算数吗",
    "嗯那就这样弄吧",
]


@pytest.fixture
def texts_file(tmp_path):
    path = tmp_path / "texts.jsonl"
    rows = [{"id": f"t{number}", "text": text} for number, text in enumerate([*UNCERTAIN, UNCERTAIN[0]])]
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def _fill(path, labels):
    """Write labels into a table as a person would, row by row; the texts of the rows."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row, label in zip(rows, labels, strict=False):
        row["label"] = label
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return [row["text"] for row in rows]


def test_a_table_of_tickets_is_a_queue_too(command_line, tmp_path):
    (tmp_path / "in.csv").write_text("id,text,more\n1,怎么退货,x\n2,那个呢,y\n", encoding="utf-8")
    run = command_line("review", "export", tmp_path / "in.csv", tmp_path / "table.csv")
    assert run.returncode == 0, run.stderr
    with (tmp_path / "table.csv").open(encoding="utf-8-sig", newline="") as file:
        assert {row["text"] for row in csv.DictReader(file)} == {"怎么退货", "那个呢"}


def test_transcripts_become_a_table_of_distinct_texts(command_line, transcripts_file, tmp_path):
    run = command_line("review", "export", transcripts_file, tmp_path / "table.csv", "--count", 5)
    assert run.returncode == 0, run.stderr
    assert "table.csv: 5 texts to label" in run.stdout
    assert "\x1b" not in run.stdout + run.stderr
    with (tmp_path / "table.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["text"] for row in rows}) == 5
    assert all(row["label"] == "" and " | " in row["alternative_1"] for row in rows)


def test_labels_come_back_as_training_data_and_are_not_asked_for_again(command_line, texts_file, tmp_path):
    table, labelled = tmp_path / "table.csv", tmp_path / "labelled.jsonl"
    exported = command_line("review", "export", texts_file, table)
    assert exported.returncode == 0, exported.stderr
    texts = _fill(table, ["delivery.tracking.too_slow", "-"])
    assert sorted(texts) == sorted(UNCERTAIN)

    imported = command_line("review", "import", table, labelled, "--taxonomy", TREE)
    assert imported.returncode == 0, imported.stderr
    assert "2 new, 0 changed, 0 confirmed; 3 rows skipped" in imported.stdout
    assert "people agreed with the model on" in imported.stdout
    rows = read_labelled(labelled)
    assert [(row.text, row.label) for row in rows] == [(texts[0], "delivery.tracking.too_slow"), (texts[1], None)]

    again = tmp_path / "again.jsonl"
    run = command_line("review", "export", texts_file, again, "--decided", labelled, "--strategy", "uncertain")
    assert run.returncode == 0, run.stderr
    left = [json.loads(line) for line in again.read_text(encoding="utf-8").splitlines()]
    assert sorted(row["text"] for row in left) == sorted(texts[2:])
    assert all(row["count"] == (2 if row["text"] == UNCERTAIN[0] else 1) for row in left)

    _fill(table, ["delivery.tracking.too_slow", "ordering.payment.wechat_pay", "-"])
    run = command_line("review", "import", table, labelled, "--taxonomy", TREE, "--append")
    assert "1 new, 1 changed, 1 confirmed; 2 rows skipped" in run.stdout


def test_nothing_is_written_over(command_line, texts_file, tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("text,label\n退货,-\n", encoding="utf-8")
    for arguments in (("export", texts_file, table), ("import", table, texts_file, "--taxonomy", TREE)):
        before = table.read_bytes(), texts_file.read_bytes()
        run = command_line("review", *arguments)
        assert (run.returncode, run.stdout) == (2, "")
        assert "exists already" in run.stderr
        assert (table.read_bytes(), texts_file.read_bytes()) == before


def test_unknown_labels_are_named_by_row_and_nothing_is_written(command_line, tmp_path):
    table, labelled = tmp_path / "table.csv", tmp_path / "labelled.jsonl"
    table.write_text("text,label\nsecret one,no such\nfine,-\nsecret two,nonsense\n", encoding="utf-8")
    run = command_line("review", "import", table, labelled, "--taxonomy", TREE)
    assert (run.returncode, run.stdout) == (2, "")
    assert "Traceback" not in run.stderr
    assert ["row 2: " in run.stderr, "row 3: " in run.stderr, "row 4: " in run.stderr] == [True, False, True]
    assert "secret" not in run.stderr
    assert not labelled.exists()
    run = command_line("review", "import", table, labelled, "--taxonomy", TREE, "--skip-unknown")
    assert run.returncode == 0, run.stderr
    assert [(row.text, row.label) for row in read_labelled(labelled)] == [("fine", None)]


def test_labels_in_codes_of_an_older_tree_follow_a_mapping(command_line, tmp_path):
    table, labelled, mapping = (tmp_path / name for name in ("table.csv", "labelled.jsonl", "changes.yaml"))
    table.write_text("text,label\n太慢了,slow\n发票呢,bill\n传真,fax\n谢谢,-\n", encoding="utf-8")
    became = [("slow", "delivery.tracking.too_slow"), ("bill", "[delivery, account]"), ("fax", "null")]
    mapping.write_text("".join(f"- {{from: {old}, to: {new}}}\n" for old, new in became), encoding="utf-8")
    arguments = ("review", "import", table, labelled, "--taxonomy-mapping", mapping)
    run = command_line(*arguments, "--taxonomy", TREE)
    assert run.returncode == 0, run.stderr
    assert "2 new, 0 changed, 0 confirmed; 0 rows skipped" in run.stdout
    assert "table.csv: rows left out: 1 of codes that were split (bill) and 1 of codes that were retired" in run.stdout
    rows = read_labelled(labelled)
    assert [(row.text, row.label) for row in rows] == [("太慢了", "delivery.tracking.too_slow"), ("谢谢", None)]
    assert command_line(*arguments, "--labels", "slow,bill", "--append").returncode == 2


def test_decisions_on_an_audit_of_sentiment_come_back_by_its_labels(command_line, tmp_path):
    table, labelled = tmp_path / "wrong.csv", tmp_path / "corrected.jsonl"
    table.write_text(
        "file,text,label,correct\na.jsonl,一般般,positive,neutral\na.jsonl,很好,positive,\n", encoding="utf-8"
    )
    arguments = ("review", "import", table, labelled, "--column", "correct")
    run = command_line(*arguments, "--labels", "negative, neutral, positive")
    assert run.returncode == 0, run.stderr
    assert [(row.text, row.label) for row in read_labelled(labelled)] == [("一般般", "neutral")]

    for wrong in (["--labels", "bad,good"], [], ["--labels", "neutral", "--taxonomy", TREE]):
        run = command_line(*arguments[:3], tmp_path / "never.jsonl", *arguments[4:], *wrong)
        assert (run.returncode, run.stdout) == (2, "")
        assert "Traceback" not in run.stderr
    table.write_text("text,correct\n还行,-\n", encoding="utf-8")
    run = command_line(*arguments[:3], tmp_path / "never.jsonl", *arguments[4:], "--labels", "negative,positive")
    assert run.returncode == 2
    assert "nothing is out of scope" in run.stderr
    assert not (tmp_path / "never.jsonl").exists()


def test_lines_that_cant_be_used_are_named_and_the_others_exported(command_line, tmp_path):
    file, table = tmp_path / "in.jsonl", tmp_path / "table.csv"
    file.write_bytes(b'{"text": "where is it"}\n{secret\n{"text": "\xff"}\n')
    run = command_line("review", "export", file, table)
    assert run.returncode == 2
    assert ["line 1:" in run.stderr, "line 2:" in run.stderr, "line 3:" in run.stderr] == [False, True, True]
    assert "2 of 3 lines" in run.stderr
    assert "secret" not in run.stderr
    assert len(table.read_text(encoding="utf-8-sig").splitlines()) == 2


@pytest.mark.parametrize(
    ("name", "table", "hint"), [("none.jsonl", "t.csv", "none.jsonl"), ("in.jsonl", "t.xlsx", ".csv or .jsonl")]
)
def test_what_cant_be_read_or_written_is_one_line(command_line, tmp_path, name, table, hint):
    (tmp_path / "in.jsonl").write_text('{"text": "a"}', encoding="utf-8")
    run = command_line("review", "export", tmp_path / name, tmp_path / table)
    assert (run.returncode, run.stdout) == (2, "")
    (line,) = run.stderr.splitlines()
    assert hint in line


def test_a_file_without_rows(command_line, tmp_path):
    (tmp_path / "in.jsonl").write_text("\n", encoding="utf-8")
    run = command_line("review", "export", tmp_path / "in.jsonl", tmp_path / "table.csv")
    assert run.returncode == 2
    assert run.stderr.endswith("in.jsonl: holds no rows\n")
