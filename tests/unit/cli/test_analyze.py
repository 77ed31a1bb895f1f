"""`nlp-service analyze` without models: where its results go."""

from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from nlp_service import assembly
from nlp_service.cli import cli
from nlp_service.contracts import DocumentResult


@pytest.fixture(autouse=True)
def service(monkeypatch):
    """A service that finds nothing in any document."""

    @asynccontextmanager
    async def running(settings, telemetry):
        async def analyze(documents):
            return [DocumentResult(document.id, "zh-Hans", None, None, None, None, []) for document in documents]

        yield SimpleNamespace(analysis=SimpleNamespace(analyze=analyze, digests=dict))

    monkeypatch.setattr(assembly, "running", running)


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
