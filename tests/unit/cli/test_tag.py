"""`nlp-service tag` without models: what is done once, what is refused, and what it says."""

import json
import os
import sys
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from nlp_service import assembly
from nlp_service.batch import COLUMNS
from nlp_service.batch.folder import LOCK, MANIFEST
from nlp_service.cli import cli, progress, tagging
from nlp_service.contracts import ContactReason, DocumentResult, ModelInfo, ReasonNode
from nlp_service.errors import EncodingError, OverloadedError, ServiceError
from nlp_service.jobs.files import try_lock

NODE = ReasonNode("parcel.late", "物流太慢", 0.91)


class FakeAnalysis:
    """Every document is about a late parcel; it fails on the text `fail`, and once on `full`.

    Attributes:
        asked: ids of the documents of each call, and the features.
    """

    def __init__(self):
        self.asked, self.model, self.was_full = [], "r1", False

    async def analyze(self, documents, features):
        texts = [document.turns[0].text for document in documents]
        if "full" in texts and not self.was_full:
            self.was_full = True
            raise OverloadedError(0.0)
        if "fail" in texts:
            raise EncodingError("the encoder failed")
        if "interrupt" in texts:
            raise KeyboardInterrupt
        self.asked.append(([document.id for document in documents], features))
        reasons = [ContactReason("tagged", NODE.code, [NODE], [])]
        return [DocumentResult(document.id, "zh-Hans", reasons, [], None, [], []) for document in documents]

    def models(self):
        return [ModelInfo("encoder", "n", "1", "e1", "float32"), ModelInfo("reasons", "n", "1", self.model)]

    def digests(self):
        return {model.task: model.digest for model in self.models()} | {"taxonomy": "t1", "faq": "f1"}

    @property
    def documents(self):
        """How many it was asked of."""
        return sum(len(ids) for ids, _ in self.asked)


@pytest.fixture(autouse=True)
def analysis(monkeypatch):
    fake = FakeAnalysis()

    @asynccontextmanager
    async def running(settings, telemetry):
        yield SimpleNamespace(analysis=fake)

    monkeypatch.setattr(assembly, "running", running)
    return fake


@pytest.fixture
def file(tmp_path):
    return tmp_path / "in.jsonl"


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out.jsonl"


@pytest.fixture
def write(file):
    """Writes documents of these texts, or lines as they are."""

    def write(*lines):
        texts = [
            line if isinstance(line, bytes) else json.dumps({"id": f"d{at}", "text": line}).encode()
            for at, line in enumerate(lines, start=1)
        ]
        file.write_bytes(b"\n".join(texts))

    return write


@pytest.fixture
def tagged(file, out):
    """Runs the command, with parts of two lines: its exit code, the lines on stderr, and the ids in OUT."""

    def tagged(*flags, place=out):
        run = CliRunner().invoke(cli, ["tag", str(file), str(place), "--part-size", "2", *map(str, flags)])
        assert run.exception is None or isinstance(run.exception, ServiceError | SystemExit), run.exception
        said = run.stderr.splitlines()
        if isinstance(run.exception, ServiceError):
            said.append(str(run.exception))
        ids = (
            [json.loads(line)["id"] for line in out.read_text(encoding="utf-8").splitlines()] if out.exists() else None
        )
        return run.exit_code, said, ids

    return tagged


def ids(count):
    return [f"d{number}" for number in range(1, count + 1)]


def test_a_row_a_document_and_nothing_else_is_left(write, tagged, out, file, analysis):
    write("一", "二", "三")
    assert tagged() == (0, [f"tagging {file.name}: 0 of 3 documents"], ids(3))
    (first, *_) = out.read_text(encoding="utf-8").splitlines()
    row = json.loads(first)
    assert tuple(row) == COLUMNS
    assert (row["line"], row["code"], row["reason"], row["probability"]) == (1, NODE.code, NODE.name, NODE.probability)
    about = json.loads(out.with_name("out.jsonl.meta.json").read_text(encoding="utf-8"))
    assert (about["documents"], about["unusable_lines"], about["status"]) == (3, 0, {"tagged": 3})
    assert about["answered_by"]["reasons"] == "r1"
    assert "faq" not in about["answered_by"]
    assert {features for _, features in analysis.asked} == {("reasons", "sentiment", "questions")}
    assert sorted(path.name for path in out.parent.iterdir()) == ["in.jsonl", "out.jsonl", "out.jsonl.meta.json"]


def test_a_table_of_tickets_is_read_too(tmp_path, out):
    table = tmp_path / "in.csv"
    table.write_text('编号,text,id\n1,"一\n二",007\n2,三,8\n', encoding="utf-8-sig")
    run = CliRunner().invoke(cli, ["tag", str(table), str(out)], catch_exceptions=False)
    assert run.exit_code == 0
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [(row["id"], row["line"]) for row in rows] == [("007", 3), ("8", 4)]


def test_what_is_done_isnt_done_again_after_a_failure(write, tagged, out, analysis, monkeypatch):
    write("一", "二", "三", "四", "fail")
    code, said, done = tagged()
    assert (code, said[-1], done) == (1, "the encoder failed", None)
    assert analysis.documents == 4
    monkeypatch.setattr(FakeAnalysis, "analyze", analyze_anything)
    assert tagged()[::2] == (0, ids(5))
    assert analysis.documents == 5


async def analyze_anything(self, documents, features):
    self.asked.append(([document.id for document in documents], features))
    return [DocumentResult(document.id, "zh-Hans", None, None, None, None, []) for document in documents]


def test_an_interrupted_run_says_how_to_go_on(write, tagged, out, analysis, monkeypatch):
    write("一", "二", "三", "interrupt", "五")
    code, said, done = tagged()
    assert (code, done) == (1, None)
    place = f"2 of 5 documents are done and kept in {out}.parts"
    assert f"{out}: not finished; {place}: run the same command again to go on" in said
    monkeypatch.setattr(FakeAnalysis, "analyze", analyze_anything)
    assert tagged()[::2] == (0, ids(5))
    assert analysis.documents == 5


def test_unusable_lines_are_named_and_counted_in_every_run(write, tagged, out, file, monkeypatch):
    write("一", b"{broken secret", b"\xff", "四", "fail")
    _, said, _ = tagged()
    named = [f"{file}: line 2: not valid JSON", f"{file}: line 3: not UTF-8"]
    assert [line for line in said if ": line " in line] == named
    monkeypatch.setattr(FakeAnalysis, "analyze", analyze_anything)
    _, said, done = tagged()
    assert [line for line in said if ": line " in line] == named
    assert (said[-1], done) == (f"{file}: 2 of 5 lines could not be used", ["d1", "d4", "d5"])
    about = json.loads(out.with_name("out.jsonl.meta.json").read_text(encoding="utf-8"))
    assert (about["documents"], about["unusable_lines"]) == (3, 2)


def test_what_the_reader_of_tables_refuses_is_named_too(tmp_path, out):
    table = tmp_path / "in.csv"
    table.write_text("text,id\n一,1\n太慢,了,吗\n", encoding="utf-8")
    run = CliRunner().invoke(cli, ["tag", str(table), str(out)])
    assert f"{table}: line 3: more cells than the header has" in run.stderr
    assert str(run.exception) == f"{table}: 1 of 2 lines could not be used"
    assert len(out.read_text(encoding="utf-8").splitlines()) == 1


def test_if_no_line_can_be_used_what_was_there_stays(write, tagged, out, file):
    write(b"{", b"[]")
    out.write_text('{"id": "earlier"}\n', encoding="utf-8")
    code, said, done = tagged()
    assert (code, said[-1], done) == (1, f"{file}: 2 of 2 lines could not be used", ["earlier"])
    assert sorted(out.parent.iterdir()) == [file, out]


@pytest.mark.parametrize("lines", [(), (b" ", b"")])
def test_nothing_to_do_is_refused(write, tagged, file, lines):
    write(*lines)
    _, (line,), done = tagged()
    assert (line, done) == (f"{file}: holds no transcripts", None)
    assert list(file.parent.iterdir()) == [file]


def test_another_file_or_model_needs_a_restart(write, tagged, out, analysis):
    write("一", "二", "fail")
    tagged()
    write("一", "二", "三")
    _, said, _ = tagged()
    assert said == [
        f"{out}.parts: holds parts that were done before IN changed: --restart throws them away and begins again"
    ]
    analysis.model = "r2"
    assert "before IN, reasons changed: --restart" in tagged()[1][-1]
    assert "before IN, --reasons-precision, reasons changed" in tagged("--reasons-precision", 0.9)[1][-1]
    assert analysis.documents == 2
    assert tagged("--restart")[::2] == (0, ids(3))
    assert analysis.documents == 5


def test_a_changed_mapping_needs_a_restart(write, tagged, tmp_path, analysis):
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text("[]", encoding="utf-8")
    write("一", "二", "fail")
    tagged("--taxonomy-mapping", mapping)
    mapping.write_text("[ ]", encoding="utf-8")
    assert "before taxonomy mapping changed: --restart" in tagged("--taxonomy-mapping", mapping)[1][-1]


def test_lines_are_counted_by_the_first_run_only(write, tagged, monkeypatch):
    write("一", "二", "fail")
    tagged()
    monkeypatch.setattr(sys.modules["nlp_service.cli.tag"], "_count", lambda _: pytest.fail("counted again"))
    assert tagged()[1][0].endswith("0 of 3 documents")


def test_a_file_that_changes_meanwhile_isnt_written(write, tagged, file, analysis, monkeypatch):
    write("一", "二")

    async def grows(self, documents, features):
        file.write_bytes(file.read_bytes().swapcase())
        return await analyze_anything(self, documents, features)

    monkeypatch.setattr(FakeAnalysis, "analyze", grows)
    _, said, done = tagged()
    assert (said[-1], done) == (f"{file}: changed while it was read", None)


def test_another_run_at_the_same_time_is_refused(write, tagged, out):
    write("一")
    folder = out.with_name("out.jsonl.parts")
    folder.mkdir()
    lock = try_lock(folder / LOCK)
    _, said, done = tagged()
    assert (said, done) == ([f"{folder}: another run is at work there: wait for it, or name another OUT"], None)
    os.close(lock)
    assert tagged()[::2] == (0, ids(1))


def test_a_full_queue_is_waited_for(write, tagged, analysis):
    write("一", "full")
    assert tagged()[::2] == (0, ids(2))
    assert analysis.was_full


def test_groups_are_small_enough_and_keep_their_order(write, file, out, analysis):
    write(*["好"] * 100)
    CliRunner().invoke(cli, ["tag", str(file), str(out)], catch_exceptions=False)
    assert max(len(ids) for ids, _ in analysis.asked) == tagging.DOCUMENTS_AT_ONCE
    assert [json.loads(line)["id"] for line in out.read_text(encoding="utf-8").splitlines()] == ids(100)


@pytest.mark.parametrize("name", ["in.jsonl", "link.jsonl"])
def test_the_file_that_is_read_isnt_written(write, tagged, file, name):
    write("一")
    place = file.with_name(name)
    if name != file.name:
        place.symlink_to(file)
    _, (line,), _ = tagged(place=place)
    assert line == f"{place}: is the file that is read, {file}: name another file"
    assert b"\xe4" in file.read_bytes() or b"u4e00" in file.read_bytes()


def test_a_folder_or_a_pipe_in_outs_place_is_refused(write, tagged, out):
    write("一")
    os.mkfifo(out.with_name("pipe.csv"))
    assert tagged(place=out.with_name("pipe.csv"))[1] == [f"{out.parent}/pipe.csv: can't be written: isn't a file"]


def test_a_pipe_cant_be_read_twice(tmp_path, out):
    os.mkfifo(tmp_path / "pipe.jsonl")
    run = CliRunner().invoke(cli, ["tag", str(tmp_path / "pipe.jsonl"), str(out)])
    assert "isn't a file: it has to be read more than once" in str(run.exception)


def test_without_ray_it_names_the_command_before_any_work(write, tagged, analysis, monkeypatch):
    write("一")
    monkeypatch.setitem(sys.modules, "ray", None)
    assert tagged("--ray", "local")[1] == ["--ray needs Ray: pip install 'nlp-service[distributed]'"]
    assert tagged()[0] == 0
    assert analysis.documents == 1


def test_what_is_kept_meanwhile_holds_no_texts(write, tagged, out):
    write("我的电饭煲", "二", "fail")
    tagged()
    folder = out.with_name("out.jsonl.parts")
    assert sorted(path.name for path in folder.iterdir()) == ["000001.json", LOCK, MANIFEST]
    assert all("电饭煲" not in path.read_text(encoding="utf-8") for path in folder.iterdir())


def test_pace_is_of_what_was_done_now(monkeypatch):
    now = 100.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    pace = progress.Pace(1000)
    pace.add(500, is_fresh=False)
    assert str(pace) == "500 of 1000 documents"
    now = 110.0
    pace.add(100, is_fresh=True)
    assert str(pace) == "600 of 1000 documents, 10 a second, 0:00:40 left"
