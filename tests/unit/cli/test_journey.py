"""`nlp-service journey` without models: the order and the names of stages."""

import json
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from nlp_service import assembly
from nlp_service.cli import cli
from nlp_service.contracts import DocumentResult, SentenceResult
from nlp_service.tasks.sentiment import ScoredSentence, journey
from nlp_service.taxonomy import Name, Node, Taxonomy

TREE = Taxonomy(
    "small",
    "digest",
    (
        Node(code="buying", name=Name(zh="购买", en="Buying")),
        Node(code="parcel", name=Name(zh="物流", en="Delivery")),
        Node(code="parcel.late", parent="parcel", name=Name(zh="太慢", en="Late")),
        Node(code="service", name=Name(zh="客服", en="Service")),
    ),
)


@pytest.fixture(autouse=True)
def service(monkeypatch):
    """A service that takes each customer's turn for one sentence of the score .5."""

    async def analyze(documents, features):
        return [_result(document) for document in documents]

    @asynccontextmanager
    async def running(settings, telemetry):
        yield SimpleNamespace(analysis=SimpleNamespace(analyze=analyze, digests=dict, taxonomies=lambda: {"x": TREE}))

    monkeypatch.setattr(assembly, "running", running)


def _result(document):
    stages = [turn.stage for turn in document.turns]
    sentences = [
        SentenceResult(place, "customer", 0, 1, "neutral", 0.5, {}, "statement", stage=stage)
        for place, stage in enumerate(stages)
    ]
    talk = journey([ScoredSentence(0.5, place, 0, 1, stage) for place, stage in enumerate(stages)])
    return DocumentResult(None, document.language or "zh-Hans", [], sentences, talk, None, [])


def follow(folder, stages, *flags, language="zh-Hans"):
    """The code and the name of each stage, in the report's order, of a talk along `stages`."""
    file = folder / "in.jsonl"
    turns = [{"speaker": "customer", "text": "好", "stage": stage} for stage in stages]
    file.write_text(json.dumps({"turns": turns, "language": language}), encoding="utf-8")
    run = CliRunner().invoke(cli, ["journey", str(file), str(folder / "out"), *flags], catch_exceptions=False)
    assert run.exit_code == 0, run.output
    report = json.loads((folder / "out" / "journey.json").read_text(encoding="utf-8"))
    return [(stage["code"], stage["name"]) for stage in report["stages"]]


STAGES = ["service", "回访", "parcel.late", "parcel", "buying"]


def test_stages_of_the_trees_top_level_stand_in_its_order_and_go_by_their_names(tmp_path):
    assert follow(tmp_path, STAGES) == [
        ("buying", "购买"),
        ("parcel", "物流"),
        ("service", "客服"),
        ("回访", "回访"),
        ("parcel.late", "太慢"),
    ]


@pytest.mark.parametrize(
    ("language", "title", "heading"),
    [
        ("zh-Hans", "只有 1 段对话，不足以得出结论", "# 1 段对话的客户旅程"),
        ("zh-Hant", "只有 1 段對話，不足以得出結論", "# 1 段對話的客戶旅程"),
        ("en", "One conversation is too few for a finding", "# The journey of one conversation"),
    ],
)
def test_what_is_to_be_read_is_in_the_language_of_most_conversations(tmp_path, language, title, heading):
    follow(tmp_path, STAGES, language=language)
    out = tmp_path / "out"
    markdown, picture, table = (
        (out / f"journey.{ending}").read_text(encoding="utf-8-sig") for ending in ("md", "svg", "csv")
    )
    assert markdown.startswith(f"{heading}\n\n{title}")
    assert f"<title>{title}</title>" in picture
    assert f'lang="{language}"' in picture
    assert json.loads((out / "journey.json").read_text(encoding="utf-8"))["title"] == title
    assert table.startswith("group,code,name,documents,")
    assert 'overall,slope,"slope, start to end",' in table


def test_an_order_that_is_given_is_the_only_one(tmp_path):
    ordered = follow(tmp_path, STAGES, "--stages", "parcel", language="en")
    assert [code for code, _ in ordered] == ["parcel", "service", "回访", "parcel.late", "buying"]
    assert ordered[:2] == [("parcel", "Delivery"), ("service", "Service")]
