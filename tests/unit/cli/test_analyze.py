"""`nlp-service analyze` without models: where its results go."""

import json
import os
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from nlp_service import assembly
from nlp_service.cli import cli
from nlp_service.cli.analyze import Summary
from nlp_service.contracts import ContactReason, DocumentResult, ReasonNode
from nlp_service.conversation import split
from nlp_service.document_judging import MOST_SENTENCES
from nlp_service.tasks.sentiment import ScoredSentence, journey

NODE = ReasonNode("vip", "[vip] 退款[/x]:tada:", 0.9)
REASONS = {"vip": [ContactReason("tagged", NODE.code, [NODE], [])]}
"""By id of the document."""


@pytest.fixture(autouse=True)
def asked(monkeypatch):
    """A service that finds nothing in a document but `REASONS`; the documents of each call."""
    calls = []

    @asynccontextmanager
    async def running(settings, telemetry):
        async def analyze(documents):
            calls.append(documents)
            return [
                DocumentResult(document.id, "zh-Hans", REASONS.get(document.id), None, None, None, [])
                for document in documents
            ]

        yield SimpleNamespace(analysis=SimpleNamespace(analyze=analyze, digests=dict))

    monkeypatch.setattr(assembly, "running", running)
    return calls


def sentences(documents):
    """As many as the analysis counts in a request."""
    return sum(1 for document in documents for _ in split(document, ("customer", "agent")))


@pytest.mark.parametrize(
    ("name", "results"),
    [
        ("chats.jsonl", "chats.results.jsonl"),
        ("chats.csv", "chats.csv.results.jsonl"),
        ("chats.2024-05-01", "chats.2024-05-01.results.jsonl"),
        ("chats.2024-05-02.jsonl", "chats.2024-05-02.results.jsonl"),
        ("chats", "chats.results.jsonl"),
    ],
)
def test_the_results_go_beside_the_file_unless_told_otherwise(tmp_path, name, results):
    file = tmp_path / name
    file.write_text("text\nhello\n" if name.endswith(".csv") else '{"text": "hello"}\n', encoding="utf-8")

    run = CliRunner().invoke(cli, ["analyze", str(file)], catch_exceptions=False)

    assert run.exit_code == 0, run.output
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, results])


def test_long_documents_are_so_few_together_that_none_is_refused(tmp_path, asked):
    file = tmp_path / "in.jsonl"
    texts = ["好！" * 4_000, *["好！" * 20_000] * 4, *["短"] * 40]
    file.write_text("\n".join(json.dumps({"text": text}) for text in texts), encoding="utf-8")

    run = CliRunner().invoke(cli, ["analyze", str(file)], catch_exceptions=False)

    assert run.exit_code == 0, run.output
    assert [document.turns[0].text for documents in asked for document in documents] == texts
    assert max(map(len, asked)) == 16
    assert max(map(sentences, asked)) <= MOST_SENTENCES


def test_a_document_that_is_too_much_alone_is_named_and_the_others_are_done(tmp_path, asked):
    file = tmp_path / "in.jsonl"
    turns = [{"speaker": speaker, "text": "好！" * 30_000} for speaker in ("customer", "agent")]
    rows = [{"text": "好"}, {"turns": turns}, {"text": "长" * 100_000}, {"text": "好！" * 50_000}]
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")

    run = CliRunner().invoke(cli, ["analyze", str(file)])

    assert str(run.exception) == f"{file}: 1 of 4 lines could not be used"
    assert run.stderr.splitlines() == [f"{file}: line 2: more than 50000 sentences"]
    assert [document.turns[0].text[0] for documents in asked for document in documents] == ["好", "长", "好"]
    assert len((tmp_path / "in.results.jsonl").read_text(encoding="utf-8").splitlines()) == 3


def test_names_are_printed_as_they_are(tmp_path):
    file = tmp_path / "[b]in[x].jsonl"
    file.write_text('{"id": "vip", "text": "hello"}\n', encoding="utf-8")

    run = CliRunner().invoke(cli, ["analyze", str(file)], env={"COLUMNS": "200"}, catch_exceptions=False)

    assert run.exit_code == 0, run.output
    assert f"│ {NODE.name} │ 1  (100%)" in run.stdout
    assert f"results: {tmp_path / '[b]in[x].results.jsonl'}" in run.stdout


def test_what_is_not_written_into_a_file_has_no_summary_in_it(tmp_path):
    file, pipe = tmp_path / "in.jsonl", tmp_path / "pipe"
    file.write_text('{"text": "hello"}\n', encoding="utf-8")
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    run = CliRunner().invoke(cli, ["analyze", str(file), "-o", str(pipe)], catch_exceptions=False)

    assert (run.exit_code, run.stdout) == (0, "")
    assert "documents" in run.stderr
    assert run.stderr.endswith(f"results: {pipe}\n")
    (line,) = os.read(reading, 100_000).splitlines()
    assert json.loads(line)["language"] == "zh-Hans"
    os.close(reading)


def test_the_file_that_stdout_goes_to_has_no_summary_in_it(tmp_path, capfd, monkeypatch):
    file, results = tmp_path / "in.jsonl", tmp_path / "results.jsonl"
    file.write_text('{"text": "hello"}\n', encoding="utf-8")
    with results.open("w", encoding="utf-8") as stdout:
        monkeypatch.setattr("sys.stdout", stdout)
        cli(["analyze", str(file), "-o", str(results)], standalone_mode=False)

    assert len(results.read_text(encoding="utf-8").splitlines()) == 1
    assert "documents" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (0.1, 0.151, "better than they began"),
        (0.1, 0.15, "about as they began"),
        (0.1, 0.101, "about as they began"),
        (0.0, -0.05, "about as they began"),
        (0.0, -0.051, "worse than they began"),
    ],
)
def test_a_conversation_ends_as_it_began_within_the_margin(start, end, words):
    summary = Summary()
    talk = journey([ScoredSentence(score, turn, 0, 1) for turn, score in enumerate((start, end))])
    summary.add(DocumentResult(None, "zh-Hans", None, None, talk, None, []))
    assert summary.ends == {words: 1}
