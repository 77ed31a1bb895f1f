"""The command line as a user runs it: output, exit codes, and one plain line for what can't be used."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nlp_service.settings import MODELS, Settings

FULL = Path("/dev/full")
TREE = MODELS / "reasons" / "retail.yaml"
BROKEN = """
- {code: a, name: x}
- {code: a, name: y}
- {code: b, parent: nowhere, name: z}
"""


def _refused(result):
    """The lines of a refusal: exit code 2, nothing on stdout, no traceback."""
    assert result.returncode == 2, result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    return result.stderr.splitlines()


def test_help_names_every_command_and_every_setting(command_line):
    result = command_line("--help")
    assert result.returncode == 0
    for command in ("serve", "analyze", "tag", "journey", "models", "taxonomy"):
        assert command in result.stdout
    flags = command_line("serve", "--help").stdout
    assert all(f"--{name.replace('_', '-')} " in flags for name in Settings.model_fields)


def test_analyze_writes_a_result_a_line_and_shows_a_summary(command_line, transcripts_file, transcripts, tmp_path):
    results = tmp_path / "out.jsonl"
    run = command_line("analyze", transcripts_file, "--output", results)
    assert run.returncode == 0, run.stderr
    rows = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in rows] == [transcript["id"] for transcript in transcripts]
    models = {"encoder", "reasons", "taxonomy", "sentiment", "emotions", "kinds", "questions", "faq"}
    assert all(set(row["model"]) == models for row in rows)
    assert sum(len(row["sentences"] or ()) for row in rows) > 100
    assert str(len(rows)) in run.stdout
    assert str(results) in run.stdout
    assert "\x1b" not in run.stdout + run.stderr


def test_analyze_reads_a_table_of_tickets(command_line, tmp_path):
    table = "编号;text;at;id\nx;退款还没到账。你们太慢了！;2026/3/1 9:05;007\ny;怎么改地址;;\n"
    (tmp_path / "in.csv").write_text(table, encoding="utf-8-sig")
    run = command_line("analyze", tmp_path / "in.csv")
    assert run.returncode == 0, run.stderr
    lines = (tmp_path / "in.csv.results.jsonl").read_text(encoding="utf-8").splitlines()
    first, second = map(json.loads, lines)
    assert (first["id"], second["id"]) == ("007", None)
    assert [len(result["sentences"]) for result in (first, second)] == [2, 1]


def test_analyze_leaves_out_lines_that_cant_be_used_names_them_and_ends_with_2(command_line, tmp_path):
    file = tmp_path / "in.jsonl"
    lines = [
        b'{"id": "good", "text": "hello"}',
        b"{broken",
        b'{"id": "secret", "turns": 3}',
        b"\xff",
        b'{"text": "ok"}',
    ]
    file.write_bytes(b"\n".join(lines))
    run = command_line("analyze", file)
    assert run.returncode == 2
    assert "Traceback" not in run.stderr
    assert [f"line {number}:" in run.stderr for number in range(1, 6)] == [False, True, True, True, False]
    assert "broken" not in run.stderr
    assert "3 of 5 lines" in run.stderr
    rows = (tmp_path / "in.results.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(row)["id"] for row in rows] == ["good", None]


def test_analyze_without_its_file(command_line, tmp_path):
    (line,) = _refused(command_line("analyze", tmp_path / "none.jsonl"))
    assert "none.jsonl" in line


@pytest.mark.parametrize("output", ["none/out.jsonl", "."])
def test_analyze_without_a_place_for_its_results(command_line, transcripts_file, tmp_path, output):
    (line,) = _refused(command_line("analyze", transcripts_file, "--output", tmp_path / output))
    assert f"{tmp_path / output}: can't be written" in line


@pytest.mark.skipif(not FULL.exists(), reason="only some systems have a file that is always full")
def test_analyze_finds_no_room_for_its_results(command_line, transcripts_file):
    (line,) = _refused(command_line("analyze", transcripts_file, "--output", FULL))
    assert f"{FULL}: can't be written" in line


def test_analyze_refuses_to_write_the_file_that_it_reads(command_line, tmp_path):
    file, link = tmp_path / "same.jsonl", tmp_path / "link.jsonl"
    file.write_text('{"text": "hello"}\n', encoding="utf-8")
    link.symlink_to(file)
    for output in (file, link):
        (line,) = _refused(command_line("analyze", file, "--output", output))
        assert f"{output}: is the file that is read" in line
    assert file.read_text(encoding="utf-8") == '{"text": "hello"}\n'


@pytest.mark.parametrize(("content", "problem"), [("\n", "holds no transcripts"), ("{broken\n", "1 of 1 lines")])
def test_analyze_keeps_earlier_results_if_there_are_no_others(command_line, tmp_path, content, problem):
    file, results = tmp_path / "in.jsonl", tmp_path / "in.results.jsonl"
    file.write_text(content, encoding="utf-8")
    results.write_text("earlier", encoding="utf-8")
    assert problem in _refused(command_line("analyze", file))[-1]
    assert results.read_text(encoding="utf-8") == "earlier"
    assert sorted(tmp_path.iterdir()) == [file, results]


def test_analyze_knows_that_it_cant_write_before_it_loads_models(command_line, transcripts_file, tmp_path):
    (tmp_path / "faq").mkdir()
    flags = ("--faq-model", tmp_path / "faq", "--output", tmp_path / "none" / "out.jsonl")
    (line,) = _refused(command_line("analyze", transcripts_file, *flags))
    assert "out.jsonl: can't be written" in line


def test_analyze_writes_to_a_pipe(command_line, transcripts_file, transcripts):
    run = command_line("analyze", transcripts_file, "--output", "/dev/stdout")
    assert run.returncode == 0, run.stderr
    rows = [json.loads(line) for line in run.stdout.splitlines()[: len(transcripts)]]
    assert [row["id"] for row in rows] == [transcript["id"] for transcript in transcripts]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_analyze_keeps_what_was_done_when_it_is_interrupted(tmp_path, number):
    file, results = tmp_path / "in.jsonl", tmp_path / "in.results.jsonl"
    rows = (json.dumps({"id": str(n), "text": f"订单 {n} 的快递还没到"}, ensure_ascii=False) for n in range(50_000))
    file.write_text("\n".join(rows), encoding="utf-8")
    results.write_text("earlier", encoding="utf-8")
    command = [sys.executable, "-m", "nlp_service", "analyze", file]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while not any(path.stat().st_size for path in tmp_path.glob(".*.unfinished")):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 1
    assert stdout == ""
    assert "Traceback" not in stderr
    assert results.read_text(encoding="utf-8") == "earlier"
    (unfinished,) = tmp_path.glob(".*.unfinished")
    assert f"the results so far are in {unfinished}" in stderr
    done = [json.loads(line)["id"] for line in unfinished.read_text(encoding="utf-8").splitlines()]
    assert done
    assert done == [str(n) for n in range(len(done))]


def test_models_lists_what_is_configured(command_line):
    result = command_line("models", COLUMNS="200")
    assert result.returncode == 0, result.stderr
    for task in ("encoder", "reasons", "sentiment", "emotions", "kinds", "questions", "faq"):
        assert task in result.stdout


def test_models_refuses_a_folder_with_a_changed_file(command_line, tmp_path):
    folder = tmp_path / "faq"
    shutil.copytree(MODELS / "faq", folder)
    with next(folder.glob("*.safetensors")).open("ab") as file:
        file.write(b"\0")
    (line,) = _refused(command_line("models", "--faq-model", folder))
    assert "digest" in line


def test_the_shipped_taxonomy_is_sound(command_line):
    result = command_line("taxonomy", "check", TREE)
    assert result.returncode == 0, result.stderr
    assert "3 levels" in result.stdout
    assert result.stdout.splitlines()[-1].endswith("sound")


def test_a_broken_taxonomy_gets_a_line_a_problem(command_line, tmp_path):
    file = tmp_path / "tree.yaml"
    file.write_text(BROKEN, encoding="utf-8")
    lines = _refused(command_line("taxonomy", "check", file))
    assert len(lines) == 2
    assert all("tree.yaml: " in line for line in lines)
    assert "code 'a' is given twice" in lines[0]
    assert "parent 'nowhere' doesn't exist" in lines[1]


@pytest.mark.parametrize("command", [("serve",), ("models",), ("analyze", "in.jsonl")])
def test_an_unknown_environment_variable_is_one_line(command_line, command):
    (line,) = _refused(command_line(*command, NLP_SERVICE_PROT="1"))
    assert "NLP_SERVICE_PROT" in line


@pytest.mark.parametrize(
    ("flags", "hint"),
    [
        (("--port", "70000"), "port"),
        (("--encoder", "/nowhere"), "/nowhere"),
        (("--redis-url", "localhost"), "Redis URL"),
    ],
)
def test_a_setting_that_cant_be_used_ends_the_server_at_start_up(command_line, flags, hint):
    (line,) = _refused(command_line("serve", *flags))
    assert hint in line


def test_an_unknown_flag_is_named(command_line):
    lines = _refused(command_line("serve", "--prot", "1"))
    assert "--prot" in lines[-1]


def test_the_port_flag_wants_a_number(command_line):
    assert "--port" in _refused(command_line("serve", "--port", "http"))[-1]
