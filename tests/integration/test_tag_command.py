"""`nlp-service tag` as a data engineer runs it, with the real models: killed, gone on with, and equal to `analyze`."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import pytest

ROUNDING = 2e-4
"""Of four decimals, and of what a sentence's neighbours in a batch may change."""
PROGRAM = [sys.executable, "-m", "nlp_service", "tag"]


def _rows(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _same(rows, others):
    assert len(rows) == len(others)
    for row, other in zip(rows, others, strict=True):
        assert row == {
            name: pytest.approx(value, abs=ROUNDING) if isinstance(value, float) else value
            for name, value in other.items()
        }


def _expected(result):
    """What a row holds of a result of `analyze`."""
    reasons, journey = result["reasons"] or [], result["journey"]
    main = reasons[0] if reasons else {"status": None, "code": None, "path": []}
    path = main["path"]
    return {
        "id": result["id"],
        "status": main["status"],
        "code": main["code"],
        "reason": " › ".join(node["name"] for node in path) or None,
        "probability": path[-1]["probability"] if path else None,
        "other_codes": "|".join(reason["code"] for reason in reasons[1:] if reason["code"]) or None,
        **{f"sentiment_{name}": journey and journey[name] for name in ("mean", "start", "valley", "end")},
        "customer_sentences": sum(sentence["speaker"] == "customer" for sentence in result["sentences"] or ()),
        "questions": len(result["questions"] or ()),
    }


def _ignore_interrupts():
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@pytest.fixture
def killed_while_at_work(tmp_path):
    """Runs the command until this many parts are done, and sends the process a signal; the finished process.

    It is deaf to Ctrl-C, as shells start what they put into the background.
    """

    def run(parts, number, *arguments):
        command = [*PROGRAM, *map(str, arguments)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        with subprocess.Popen(command, cwd=tmp_path, preexec_fn=_ignore_interrupts, **pipes) as process:
            deadline = time.monotonic() + 60
            while len(list(tmp_path.glob("*.parts/0*.json"))) < parts:
                assert process.poll() is None, process.stderr.read()
                assert time.monotonic() < deadline
                time.sleep(0.01)
            process.send_signal(number)
            stdout, stderr = process.communicate(timeout=60)
        return subprocess.CompletedProcess(command, process.returncode, stdout, stderr)

    return run


def test_rows_are_those_of_analyze_whatever_the_size_of_parts(command_line, transcripts_file, tmp_path):
    results = tmp_path / "results.jsonl"
    assert command_line("analyze", transcripts_file, "--output", results).returncode == 0
    expected = [_expected(result) for result in _rows(results)]
    for size in (1, 5):
        out = tmp_path / f"by_{size}.jsonl"
        run = command_line("tag", transcripts_file, out, "--part-size", size)
        assert run.returncode == 0, run.stderr
        assert f"written: {out}: 12 documents" in run.stdout
        _same([{name: row[name] for name in expected[0]} for row in _rows(out)], expected)


def test_killed_in_the_middle_it_goes_on_and_says_the_same(command_line, killed_while_at_work, tmp_path):
    file, out, whole = (tmp_path / name for name in ("in.jsonl", "out.jsonl", "whole.jsonl"))
    lines = [
        json.dumps({"id": str(n), "text": f"第 {n} 个包裹破了，客服也不回。能换吗？"}).encode() for n in range(600)
    ]
    lines[3] = b"{broken"
    file.write_bytes(b"\n".join(lines))

    killed = killed_while_at_work(2, signal.SIGKILL, file, out, "--part-size", 20)
    assert (killed.returncode, out.exists()) == (-signal.SIGKILL, False)
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.glob("out.jsonl.parts/0*.json")}
    assert 2 <= len(kept) < 30

    second = killed_while_at_work(len(kept) + 2, signal.SIGTERM, file, out, "--part-size", 20)
    assert (second.returncode, out.exists()) == (1, False)
    assert "run the same command again to go on" in second.stderr
    assert "Traceback" not in second.stderr
    assert {path: path.stat().st_mtime_ns for path in kept} == kept

    last = command_line("tag", file, out, "--part-size", 20)
    assert last.returncode == 2
    assert last.stderr.splitlines()[-2:] == [
        f"{file}: line 4: not valid JSON",
        f"nlp-service: {file}: 1 of 600 lines could not be used",
    ]
    assert command_line("tag", file, whole).returncode == 2
    _same(_rows(out), _rows(whole))
    assert sorted(path.name for path in tmp_path.glob("out*")) == ["out.jsonl", "out.jsonl.meta.json"]


def test_two_at_once_on_the_same_out(command_line, killed_while_at_work, tmp_path):
    file, out = tmp_path / "in.jsonl", tmp_path / "out.csv"
    file.write_text("".join(json.dumps({"text": f"第 {n} 次来问退款"}) + "\n" for n in range(400)), encoding="utf-8")
    command = [*PROGRAM, str(file), str(out), "--part-size", "1"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as first:
        while not list(tmp_path.glob("*.parts/manifest.json")):
            assert first.poll() is None
            time.sleep(0.01)
        os.kill(first.pid, signal.SIGSTOP)
        second = command_line("tag", file, out, "--part-size", 1)
        first.kill()
    assert (second.returncode, second.stdout) == (2, "")
    (line,) = second.stderr.splitlines()
    assert "out.csv.parts: another run is at work there" in line
    assert command_line("tag", file, out, "--part-size", 1).returncode == 0
    with out.open(encoding="utf-8-sig", newline="") as table:
        assert [int(row["line"]) for row in csv.DictReader(table)] == list(range(1, 401))


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["none.jsonl", "out.csv"], "none.jsonl: can't be read"),
        (["in.jsonl", "out.json"], "out.json: rows are written as"),
        (["in.jsonl", "none/out.csv"], "none/out.csv.parts: can't be written"),
        (["in.jsonl", "in.jsonl"], "is the file that is read"),
    ],
)
def test_what_cant_be_done_is_one_line(command_line, tmp_path, arguments, problem):
    (tmp_path / "in.jsonl").write_text('{"text": "退款"}\n', encoding="utf-8")
    run = command_line("tag", *arguments)
    assert (run.returncode, run.stdout) == (2, "")
    (line,) = run.stderr.splitlines()
    assert problem in line
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


def test_help_names_every_flag_and_column(command_line):
    from nlp_service.batch import COLUMNS

    said = command_line("tag", "--help").stdout
    for name in (*COLUMNS, "--part-size", "--restart", "--ray", "--ray-actors", "--ray-cpus", "--reasons-precision"):
        assert name in said
