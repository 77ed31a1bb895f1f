"""`nlp-service journey` as an analyst runs it, with the real models: four files, one line for what can't be used."""

import csv
import json
from xml.etree import ElementTree

import pytest

FILES = ("journey.csv", "journey.json", "journey.md", "journey.svg")


@pytest.fixture
def journey(command_line, tmp_path):
    """Runs the command into a new folder: the finished process, and the report if there is one."""

    def run(transcripts, *flags):
        folder = tmp_path / "new" / "journeys"
        finished = command_line("journey", transcripts, folder, *flags)
        report = folder / "journey.json"
        return finished, json.loads(report.read_text(encoding="utf-8")) if report.exists() else None

    return run


def _table(folder):
    with (folder / "journey.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_four_files_say_the_same(journey, transcripts_file, transcripts, tmp_path):
    run, report = journey(transcripts_file, "--least", 3, "--stages", "before_buying,ordering，nowhere")
    assert run.returncode == 0, run.stderr
    assert "\x1b" not in run.stdout + run.stderr
    assert "--stages: no sentence belongs to 'nowhere'" in run.stderr
    folder = tmp_path / "new" / "journeys"
    assert sorted(path.name for path in folder.iterdir()) == list(FILES)
    assert all(f"written: {folder / name}" in run.stdout for name in FILES)

    silent = [t for t in transcripts if not any(turn["speaker"] == "customer" for turn in t["turns"])]
    assert (report["documents"], report["without_journey"]) == (len(transcripts) - len(silent), len(silent))
    assert {"encoder", "reasons", "sentiment", "taxonomy"} <= set(report["model"])
    stages = [stage["code"] for stage in report["stages"]]
    given = {turn.get("stage") for t in transcripts for turn in t["turns"] if turn["speaker"] == "customer"} - {None}
    assert stages[:2] == ["before_buying", "ordering"]
    assert given <= set(stages)
    days = [day["code"] for day in report["days"]]
    first_times = [next((turn["at"] for turn in t["turns"] if "at" in turn), None) for t in transcripts]
    assert days == sorted({at[:10] for at in first_times if at} & set(days))
    assert len(days) > 5

    table = {(row["group"], row["code"]): row for row in _table(folder)}
    for stage in report["stages"]:
        row = table["stage", stage["code"]]
        assert (int(row["documents"]), float(row["mean"])) == (stage["documents"], stage["mean"])
        assert row["enough"] == ("yes" if stage["documents"] >= 3 else "no")
    assert table["day", days[0]]["documents"] == "1"
    reason = report["reasons"][0]
    assert table["reason", reason["code"]]["name"] == reason["name"] != reason["code"]

    text = (folder / "journey.md").read_text(encoding="utf-8")
    assert report["title"] in text
    assert report["title"] in run.stdout
    assert "没有对话标明渠道。" in text
    root = ElementTree.parse(folder / "journey.svg").getroot()
    assert root.find("{http://www.w3.org/2000/svg}title").text == report["title"]


def test_happier_endings_are_seen(journey, tmp_path):
    file = tmp_path / "in.jsonl"
    turns = [
        {"speaker": "customer", "text": "等了半个月还没到，太差劲了，气死我了！", "stage": "=物流"},
        {"speaker": "agent", "text": "非常抱歉，已经帮您加急，明天一定送到。", "stage": "=物流"},
        {"speaker": "customer", "text": "太好了，谢谢你，服务真棒！", "stage": "客服"},
    ]
    rows = [{"turns": turns, "channel": channel} for channel in ("电话", "电话", "微信")]
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    run, report = journey(file, "--least", 1)
    assert run.returncode == 0, run.stderr
    worst, best = report["stages"]
    assert (worst["code"], best["code"]) == ("=物流", "客服")
    assert worst["mean"] < -0.5 < 0.5 < best["mean"]
    assert report["overall"]["recovered"]["count"] == 3
    assert report["title"].startswith("客户在“=物流”感受最差（−")
    assert [(channel["code"], channel["documents"]) for channel in report["channels"]] == [("电话", 2), ("微信", 1)]
    assert [channel["low"] is None for channel in report["channels"]] == [False, True]
    assert report["days"] == []
    cells = {row["code"] for row in _table(tmp_path / "new" / "journeys") if row["group"] == "stage"}
    assert cells == {"'=物流", "客服"}


def test_lines_that_cant_be_used_are_named_and_the_others_are_used(journey, tmp_path):
    file = tmp_path / "in.jsonl"
    file.write_bytes(b'{"text": "\xe5\xa4\xaa\xe5\xb7\xae\xe4\xba\x86"}\n{broken\n\n{"turns": 3}\n\xff\n')
    run, report = journey(file)
    assert run.returncode == 2
    assert "Traceback" not in run.stderr
    assert [f"line {number}:" in run.stderr for number in range(1, 6)] == [False, True, False, True, True]
    assert "3 of 4 lines" in run.stderr
    assert "broken" not in run.stderr
    assert report["documents"] == 1


@pytest.mark.parametrize("content", [None, b"", b"\n \n"])
def test_nothing_to_read_is_refused_before_anything_is_written(journey, tmp_path, content):
    file = tmp_path / "in.jsonl"
    if content is not None:
        file.write_bytes(content)
    run, report = journey(file)
    assert (run.returncode, run.stdout, report) == (2, "", None)
    (line,) = run.stderr.splitlines()
    assert "in.jsonl" in line
    assert not (tmp_path / "new").exists()


def test_a_file_in_the_folders_place_is_refused(command_line, transcripts_file, tmp_path):
    place = tmp_path / "taken"
    place.write_text("mine", encoding="utf-8")
    run = command_line("journey", transcripts_file, place)
    assert (run.returncode, run.stdout) == (2, "")
    assert "can't be made" in run.stderr
    assert place.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("name", FILES)
def test_the_file_that_is_read_isnt_written(command_line, tmp_path, name):
    (tmp_path / "out").mkdir()
    file = tmp_path / "in.jsonl"
    file.write_text('{"text": "hello"}\n', encoding="utf-8")
    (tmp_path / "out" / name).symlink_to(file)
    run = command_line("journey", file, tmp_path / "out")
    assert (run.returncode, run.stdout) == (2, "")
    (line,) = run.stderr.splitlines()
    assert f"{name}: is the file that is read" in line
    assert file.read_text(encoding="utf-8") == '{"text": "hello"}\n'
