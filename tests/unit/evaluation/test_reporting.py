"""Reports: the same figures for programs and for people."""

import json
import sys

from evaluation.reporting import command_line, write_report


def test_both_reports_tell_the_same(tmp_path):
    data = tmp_path / "data.jsonl"
    data.write_text("{}", encoding="utf-8")
    figures = {"sets": {"one": {"accuracy": 0.91234, "rows": 10}, "two": {"accuracy": None, "rows": 0}}}
    write_report(tmp_path, "T", figures, command="c", data=[data], artifacts={"encoder": "e" * 64})
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["figures"] == figures
    assert report["artifacts"] == {"encoder": "e" * 64}
    assert set(report["data"]) == {"data.jsonl"}
    readable = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "| one | 0.912 | 10 |" in readable
    assert "| two | – | 0 |" in readable


def test_the_command_hides_where_data_lie(tmp_path, monkeypatch):
    folder = tmp_path / "private" / "reasons"
    folder.mkdir(parents=True)
    (folder / "train.jsonl").touch()
    monkeypatch.setattr(sys, "argv", ["x", "--train", str(folder / "train.jsonl"), "--seed", "3"])
    assert command_line("training.reasons") == "python -m training.reasons --train DATA/reasons/train.jsonl --seed 3"
