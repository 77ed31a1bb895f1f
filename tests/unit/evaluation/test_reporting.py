"""Reports: the same figures for programs and for people."""

import json
import sys
from pathlib import Path

import pytest

from evaluation.reporting import command_line, names_of_folders, one_line_errors, write_report


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


def test_what_is_written_and_folders_stay_in_the_command_as_typed(tmp_path, monkeypatch):
    """Also if they are there already, from an earlier run."""
    audit = tmp_path / "audit.csv"
    audit.touch()
    arguments = ["--out", str(tmp_path), "--audit", str(audit), "--encoder", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["x", *arguments])
    assert command_line("training.reasons") == f"python -m training.reasons {' '.join(arguments)}"


@pytest.mark.parametrize("name", ["taken", "taken/below", "dangling"])
def test_a_folder_that_can_be_none_is_refused_before_the_work(tmp_path, capsys, name):
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    done = []
    with pytest.raises(SystemExit) as stop, one_line_errors("training.kinds", None, tmp_path / name):
        done.append("work")
    (line,) = capsys.readouterr().err.splitlines()
    assert (stop.value.code, done) == (2, [])
    assert line.startswith(f"training.kinds: {tmp_path / name}: can't be written into: ")
    assert line.endswith(" is no folder")


def test_a_folder_where_nothing_may_be_made_is_refused_before_the_work(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: path != tmp_path)
    with pytest.raises(SystemExit), one_line_errors("training.kinds", tmp_path / "a" / "b"):
        pytest.fail("worked")
    assert (
        capsys.readouterr().err == f"training.kinds: {tmp_path / 'a' / 'b'}: can't be written into: Permission denied\n"
    )


def test_a_folder_that_can_be_made_isnt_made_before_the_work(tmp_path):
    with one_line_errors("training.kinds", tmp_path / "a" / "b", tmp_path):
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("folders", "names"),
    [
        (["models/reasons"], ["reasons"]),
        (["old", "models/new/"], ["old", "new"]),
        (["a/reasons", "b/reasons"], ["a/reasons", "b/reasons"]),
        (["reasons", "./reasons"], ["reasons (1)", "reasons (2)"]),
    ],
)
def test_folders_are_named_by_their_last_parts_and_never_alike(folders, names):
    assert names_of_folders([Path(folder) for folder in folders]) == names


def test_a_package_that_shows_to_be_missing_in_the_course_of_the_work_is_one_line_too(tmp_path, capsys):
    with pytest.raises(SystemExit) as stop, one_line_errors("training.kinds", tmp_path):
        raise ModuleNotFoundError("No module named 'rare'", name="rare")
    assert stop.value.code == 2
    told = "training.kinds: rare isn't installed: pip install -e '.[train]' -c constraints.txt\n"
    assert capsys.readouterr().err == told


def test_what_a_command_needs_is_looked_for_before_the_work(tmp_path, capsys):
    needs = ["json", "no_such_package"]
    with pytest.raises(SystemExit), one_line_errors("training.kinds", tmp_path, needs=needs):
        pytest.fail("worked")
    assert "no_such_package isn't installed" in capsys.readouterr().err
