"""`nlp-service taxonomy` without models: what it reads, prints and writes."""

import json
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
import yaml
from click.testing import CliRunner

from nlp_service import assembly
from nlp_service.cli import cli
from nlp_service.contracts import ContactReason, DocumentResult
from nlp_service.errors import ArtifactError, DataError, TaxonomyError
from nlp_service.settings import MODELS
from nlp_service.taxonomy.moves import Transition

OLD = """
- {code: parcel, name: 物流}
- {code: parcel.slow, parent: parcel, name: 太慢, examples: [怎么还没到], description: 慢}
- {code: parcel.lost, parent: parcel, name: 丢件, examples: [怎么还没到, 包裹不见了], description: 丢}
- {code: refund, name: "退款[bold]:tada:"}
"""
NEW = """
- {code: parcel, name: 物流}
- {code: parcel.delay, parent: parcel, name: 太慢, aliases: [parcel.slow]}
- {code: parcel.lost, parent: parcel, name: 丢件}
- {code: refund, name: 退钱}
- {code: bill, name: 发票}
"""
TICKETS = [
    {"text": "快递好慢", "label": "太慢", "id": 7},
    {"turns": [{"speaker": "agent", "text": "您好"}, {"speaker": "customer", "text": "包裹丢了"}], "label": "丢件"},
    {"text": "你好", "label": None},
    {"text": "要退款", "source": "chat"},
]
TOO_MUCH = [{"speaker": speaker, "text": "好！" * 30_000} for speaker in ("customer", "agent")]
DECISIONS = {
    "old": {"快递好慢": "parcel.slow", "包裹丢了": "parcel.lost", "要退款": "refund"},
    "new": {"快递好慢": "parcel.delay", "包裹丢了": "parcel.delay", "要退款": "bill"},
}


@pytest.fixture
def file(tmp_path):
    """Writes a file and gives its path."""

    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


@pytest.fixture
def trees(file):
    return file("old.yaml", OLD), file("new.yaml", NEW)


@pytest.fixture
def tickets(file):
    return file("tickets.jsonl", "\n".join(json.dumps(row, ensure_ascii=False) for row in TICKETS))


@pytest.fixture
def service(monkeypatch):
    """A service that knows `DECISIONS` by the name of its taxonomy file; what it was asked, call by call."""
    calls = []

    @asynccontextmanager
    async def running(settings, telemetry):
        decisions = DECISIONS[settings.taxonomy.stem]

        async def analyze(documents, features):
            mapping = settings.taxonomy_mapping and settings.taxonomy_mapping.stem
            calls.append(
                (settings.taxonomy.stem, mapping, [document.turns[-1].text for document in documents], features)
            )
            return [_result(decisions.get(document.turns[-1].text)) for document in documents]

        yield SimpleNamespace(analysis=SimpleNamespace(analyze=analyze))

    monkeypatch.setattr(assembly, "running", running)
    monkeypatch.setattr(assembly, "check_taxonomy", lambda settings: None)
    return calls


def _result(code):
    reason = ContactReason("out_of_scope" if code is None else "tagged", code, [], [])
    return DocumentResult(None, "zh-Hans", [reason], None, None, None, [])


def taxonomy(*arguments):
    """Output of a command that succeeds."""
    result = CliRunner().invoke(cli, ["taxonomy", *arguments], env={"COLUMNS": "200"}, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def refusal(*arguments):
    result = CliRunner().invoke(cli, ["taxonomy", *arguments])
    assert isinstance(result.exception, DataError | TaxonomyError)
    assert result.stdout == ""
    return str(result.exception)


def test_check_groups_its_advice_most_severe_first(trees):
    lines = taxonomy("check", "--no-similar", "--encoder", "nowhere", trees[0]).stdout.splitlines()
    assert lines == [
        "advice: the same example in two places: 1 (keep it where it belongs)",
        "  'parcel.slow' (太慢) and 'parcel.lost' (丢件): “怎么还没到”",
        "advice: leaves without examples: 1 (give each two or more customers' wordings)",
        "  'refund' has no examples",
        "advice: leaves without a description: 1 (say what belongs there, and what belongs to its neighbours)",
        "  'refund' has no description",
        f"{trees[0]}: 4 nodes, 3 leaves, 2 levels: sound",
    ]


def test_check_shows_twenty_lines_of_a_group(file):
    path = file("flat.yaml", "\n".join(f"- 原因{number}" for number in range(23)))
    lines = taxonomy("check", "--no-similar", path).stdout.splitlines()
    assert lines[0].startswith("advice: leaves without examples: 23 ")
    assert lines[20:22] == ["  '原因19' has no examples", "  and 3 more"]


def test_diff_shows_a_row_a_difference_and_names_as_they_are(trees):
    output = taxonomy("diff", *trees).stdout
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in output.splitlines() if "│" in line]
    assert rows == [
        ["new code", "parcel.slow  物流 › 太慢", "parcel.delay  物流 › 太慢"],
        ["renamed", "refund  退款[bold]:tada:", "refund  退钱"],
        ["edited: description, examples", "parcel.lost  物流 › 丢件", "parcel.lost  物流 › 丢件"],
        ["added", "", "bill  发票"],
    ]
    assert output.splitlines()[-1] == "4 differences"
    assert taxonomy("diff", trees[0], trees[0]).stdout == "no differences\n"


def test_diff_prints_json(trees, file):
    mapping = file("changes.yaml", "[{from: parcel.slow, to: [parcel.delay, parcel.lost]}]")
    answer = json.loads(taxonomy("diff", *trees, "--mapping", mapping, "--json").stdout)
    assert answer["changes"][0] == {
        "kind": "split",
        "old": ["parcel.slow"],
        "new": ["parcel.delay", "parcel.lost"],
        "detail": "",
    }
    assert answer["tickets"] is None


def test_diff_refuses_a_mapping_to_codes_that_arent_there(trees, file):
    mapping = file("changes.yaml", "[{from: parcel.slow, to: nowhere}, {from: stranger, to: null}]")
    assert refusal("diff", *trees, "--mapping", mapping).splitlines() == [
        f"{mapping}: 'parcel.slow' becomes 'nowhere', which isn't in the new tree",
        f"{mapping}: 'stranger' is mapped, but isn't in the old tree",
    ]


def test_diff_on_tickets_reports_moves_and_what_they_cost(trees, tickets, service, tmp_path):
    out = tmp_path / "moves.jsonl"
    run = taxonomy("diff", *trees, "--on", tickets, "--out", str(out), "--json")
    found = json.loads(run.stdout)["tickets"]
    assert found["statuses"] == {"tagged": [3, 3], "review": [0, 0], "out_of_scope": [1, 1]}
    assert [(move["old"]["code"], move["new"]["code"], move["explanation"]) for move in found["moves"]] == [
        ("parcel.lost", "parcel.delay", "surprising"),
        ("parcel.slow", "parcel.delay", "mapping"),
        ("refund", "bill", "new_code"),
    ]
    assert (found["cost"]["tickets"], found["cost"]["broken"], found["cost"]["mended"]) == (3, 1, 0)
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert rows == [
        {
            "line": 1,
            "id": 7,
            "text": "快递好慢",
            "old": "parcel.slow",
            "new": "parcel.delay",
            "explained": "mapping",
        },
        {
            "line": 2,
            "id": None,
            "text": "包裹丢了",
            "old": "parcel.lost",
            "new": "parcel.delay",
            "explained": "surprising",
        },
        {"line": 4, "id": None, "text": "要退款", "old": "refund", "new": "bill", "explained": "new_code"},
    ]
    texts = ["快递好慢", "包裹丢了", "你好", "要退款"]
    assert service == [("old", None, texts, ("reasons",)), ("new", None, texts, ("reasons",))]
    assert run.stderr.splitlines() == ["old tree: 4 of 4 tickets", "new tree: 4 of 4 tickets"]


def test_diff_on_tickets_prints_tables(trees, tickets, service):
    output = taxonomy("diff", *trees, "--on", tickets).stdout
    lines = output.splitlines()
    assert "surprising moves: 1 of 4 tickets (25.0%)" in lines
    assert "moves to codes that were added: 1 of 4 tickets (25.0%)" in lines
    assert "moves that the mapping explains: 1 of 4 tickets (25.0%)" in lines
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines if "│" in line]
    assert ["tagged", "3  (75.0%)", "3  (75.0%)"] in rows
    assert ["parcel.delay", "0", "2", "+2"] in rows
    assert ["accuracy", "100.0%", "66.7%"] in rows
    assert "1 were right and are wrong now, 0 the other way round: exact McNemar test, p = 1." in output


def test_the_mapping_goes_to_the_service_under_the_new_tree_only(trees, tickets, service, file, monkeypatch):
    monkeypatch.setenv("NLP_SERVICE_TAXONOMY_MAPPING", "another.yaml")
    mapping = file("changes.yaml", "[{from: [parcel.slow, parcel.lost], to: parcel.delay}, {from: refund, to: bill}]")
    run = taxonomy("diff", *trees, "--on", tickets, "--mapping", mapping)
    assert [(tree, given) for tree, given, _, _ in service] == [("old", None), ("new", "changes")]
    assert "moves that the mapping explains: 3 of 4 tickets (75.0%)" in run.stdout.splitlines()


def test_many_tickets_are_asked_about_in_batches(trees, file, service):
    rows = [json.dumps({"text": f"第{number}句"}) for number in range(1500)]
    run = taxonomy("diff", *trees, "--on", file("many.jsonl", "\n".join(rows)))
    assert [len(texts) for _, _, texts, _ in service] == [1024, 476] * 2
    assert [text for _, _, texts, _ in service[:2] for text in texts] == [f"第{number}句" for number in range(1500)]
    assert run.stderr.splitlines()[0] == "old tree: 1024 of 1500 tickets"
    assert "labelled tickets" not in run.stdout


def test_long_tickets_come_in_groups_that_the_analysis_takes(trees, file, service):
    rows = [json.dumps({"text": "好！" * 12_000}) for _ in range(5)]
    taxonomy("diff", *trees, "--on", file("long.jsonl", "\n".join(rows)))
    assert [len(texts) for _, _, texts, _ in service] == [2, 2, 1] * 2


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        ('{"text": "你好"}\n{broken', "line 2: not valid JSON"),
        ('{"id": 3}', "line 1: needs either a 'text' or 'turns'"),
        ('{"text": "你好", "turns": []}', "line 1: needs either a 'text' or 'turns'"),
        ('["你好"]', "line 1: needs either a 'text' or 'turns'"),
        ('{"text": 5}', "line 1: text: Input should be a valid string"),
        ('\n{"turns": [{"speaker": "robot", "text": "你好"}]}', "line 2: turns/0/speaker: "),
        ('{"text": "你好", "label": 3}', "line 1: 'label' must be a string or null"),
        (
            '{"text": "你好", "label": "火星"}',
            "line 1: label '火星' is neither a code, a name nor an alias in the old tree",
        ),
        ("", "holds no tickets"),
        ("[" * 200_000, "line 1: not valid JSON"),
        ('{"text": "你好"}\n' + json.dumps({"turns": TOO_MUCH}), "line 2: more than 50000 sentences"),
        (b'{"text": "\xff"}', "line 1: not UTF-8"),
    ],
)
def test_tickets_that_cant_be_read_are_named_without_their_text(trees, file, service, content, hint):
    line = refusal("diff", *trees, "--on", file("tickets.jsonl", content))
    assert hint in line
    assert "你好" not in line
    assert service == []


def test_a_row_with_a_cell_too_many_is_named(trees, file, service):
    line = refusal("diff", *trees, "--on", file("tickets.csv", "text,label\n太慢,太慢\n你好,在吗,太慢\n"))
    assert "line 3: more cells than the header has" in line
    assert "你好" not in line


def test_a_tree_that_lacks_a_code_of_the_model_is_refused_before_any_ticket_is_tagged(file, monkeypatch):
    def running(settings, telemetry):
        pytest.fail("tagged")

    monkeypatch.setattr(assembly, "running", running)
    old = MODELS / "reasons" / "retail.yaml"
    nodes = yaml.safe_load(old.read_text(encoding="utf-8"))
    new = file("new.yaml", yaml.safe_dump([node for node in nodes if node["code"] != "delivery.courier.sf_express"]))
    tickets = file("unlabelled.jsonl", '{"text": "你好"}')
    result = CliRunner().invoke(cli, ["taxonomy", "diff", str(old), new, "--on", tickets])
    assert isinstance(result.exception, ArtifactError)
    assert "the taxonomy 'new' lacks delivery.courier.sf_express: a mapping file says" in str(result.exception)


def test_files_that_arent_there(trees, tickets, service, tmp_path):
    assert "can't be read" in refusal("diff", *trees, "--on", str(tmp_path / "none.jsonl"))
    assert "no such folder" in refusal("diff", *trees, "--on", tickets, "--out", str(tmp_path / "no" / "moves.jsonl"))
    assert "can't be written" in refusal("diff", *trees, "--on", tickets, "--out", str(tmp_path))


def test_no_file_that_is_read_is_written(trees, tickets, service, file, tmp_path):
    old, new = trees
    mapping = file("mapping.yaml", "- {from: parcel.slow, to: parcel.delay}\n")
    for number, read in enumerate((old, new, tickets, mapping)):
        link = tmp_path / f"link{number}"
        link.symlink_to(read)
        before = link.read_bytes()
        for out in (read, str(link)):
            line = refusal("diff", old, new, "--on", tickets, "--mapping", mapping, "--out", out)
            assert f"{out}: is the file that is read, {read}" in line
        assert link.read_bytes() == before
    assert service == []


def test_earlier_moves_stay_if_anything_fails(trees, tickets, service, tmp_path, monkeypatch):
    def fail(*_):
        raise DataError("no explanation")

    moves = tmp_path / "moves.jsonl"
    moves.write_text("earlier", encoding="utf-8")
    monkeypatch.setattr(Transition, "explanation", fail)

    assert refusal("diff", *trees, "--on", tickets, "--out", str(moves)) == "no explanation"
    assert moves.read_text(encoding="utf-8") == "earlier"
    assert not list(tmp_path.glob(".*.unfinished"))


def test_moves_need_tickets(trees):
    result = CliRunner().invoke(cli, ["taxonomy", "diff", *trees, "--out", "moves.jsonl"])
    assert result.exit_code == 2
    assert "--out needs --on" in result.stderr
