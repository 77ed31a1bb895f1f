"""Scenarios from the command line to the report, against a server that answers as the service does."""

import csv
import functools
import json
import re
import shlex
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from load_tests import run as command_line
from load_tests import slo
from load_tests.bench import Bench, Options
from load_tests.corpus import TRANSCRIPTS, read_corpus
from load_tests.server import is_here, serving

# Not imported here: it changes the whole process.
needs_locust = pytest.mark.skipif(find_spec("locust") is None, reason="needs Locust")
SERVICE = Path(__file__).with_name("service.py")
SERVE = f"{shlex.quote(sys.executable)} {shlex.quote(str(SERVICE))}"


def call(folder, *arguments, serve=SERVE):
    """Runs a scenario for a moment: its exit code."""
    return command_line.main([*arguments, "--serve", serve, "--out", str(folder), "--minutes", "0.008"])


@pytest.fixture
def command(tmp_path, monkeypatch):
    """Runs a scenario, without drawing pictures."""
    pytest.importorskip("matplotlib")
    monkeypatch.setattr("load_tests.report.write_report", lambda *_: None)
    return functools.partial(call, tmp_path)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The exit code and the folder of a scenario that ran to its end, on a machine that was quiet before."""
    pytest.importorskip("matplotlib")
    folder = tmp_path_factory.mktemp("identical")
    own = folder / "own.toml"
    own.write_text("[identical]\ncallers = { max = 50 }\nrounds = { max = 5 }\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.getloadavg", lambda: (0.0, 0.0, 0.0))
        return call(folder, "identical", "--slo", str(own)), folder


@pytest.fixture
def objectives(tmp_path):
    file = tmp_path / "own.toml"

    def write(text):
        file.write_text(text, encoding="utf-8")
        return ["--slo", str(file)]

    return write


def test_a_scenario_leaves_all_its_figures(finished):
    code, folder = finished
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert code == 1
    assert [(item["figure"], item["kept"]) for item in report["objectives"]] == [("callers", True), ("rounds", False)]
    assert report["figures"]["encoded_at_most"] == 1
    assert report["figures"]["server_exit_code"] == 0
    assert report["phases"]["identical"]["statuses"] == {"200": 1000}
    assert report["phases"]["identical"]["stages"]["encode"] == {"mean_ms": 0.5, "p95_ms": 0.5}
    assert report["watched"][-1]["queue_tokens"] == {"interactive": 0, "bulk": 5}
    with (folder / "requests.csv").open(encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 1000


def test_the_page_needs_nothing_else_and_tells_the_verdict(finished):
    page = (finished[1] / "report.html").read_text(encoding="utf-8")
    assert "1 of 2 objectives broken" in page
    assert page.count("<svg") == 8
    assert "no line where nothing was looked up" in page
    assert ".pictures{grid-template-columns:repeat(auto-fit,minmax(min(480px,100%),1fr))}" in page
    assert not re.search(r'<(?:link|script|img)|(?:src|href)="(?!#)http', page)


def test_what_runs_side_by_side_is_told_apart(tmp_path):
    pytest.importorskip("matplotlib")
    call(tmp_path, "mixed", "--rate", "200")
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert list(report["phases"]) == ["capacity", "alone", "with bulk, interactive", "with bulk, bulk"]
    assert report["phases"]["with bulk, interactive"]["p95_ms"] == report["figures"]["p95_ms"]
    assert report["phases"]["with bulk, bulk"]["p95_ms"] == report["figures"]["bulk_p95_ms"]
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.count("bulk requests left out") == 2
    assert "<td>with bulk, bulk</td>" in page


def test_a_broken_objective_is_one_line_and_exit_code_1(command, objectives, capsys):
    given = objectives("[every]\nerror_share = { max = 0 }\n[overload]\ngoodput_share = { min = 100 }\n")
    assert command("overload", "--rate", "50", *given) == 1
    broken = [line for line in capsys.readouterr().out.splitlines() if line.startswith("BROKEN")]
    assert [line.partition(" is ")[0] for line in broken] == ["BROKEN overload: goodput_share"]


def test_a_server_that_ends_badly_breaks_an_objective(command, capsys):
    assert command("identical", "--server-options=--ends-badly") == 1
    assert "BROKEN identical: server_exit_code is 3, must be at most 0" in capsys.readouterr().out


def test_a_flag_that_the_server_does_not_know_is_left_out_and_noted(run, tmp_path):
    async def scenario():
        options = Options(1.0, TRANSCRIPTS, SERVE, server_options=("--more",))
        bench = Bench(options, read_corpus(str(TRANSCRIPTS)), tmp_path)
        async with bench.server({"engine": "fake", "eng": 1}):
            pass
        return bench

    bench = run(scenario())
    assert bench.commands == ["serve --engine fake --more"]
    assert bench.notes == ["this server has no flag --eng; the scenario ran without it"]
    assert bench.exit_codes == [0]
    assert bench.samples


def test_a_server_that_runs_already_is_loaded_and_left_running(run, tmp_path):
    async def scenario():
        async with serving(SERVE, [], tmp_path / "own.log") as target:
            bench = Bench(Options(1.0, TRANSCRIPTS, "none", against=target), read_corpus(str(TRANSCRIPTS)), tmp_path)
            async with bench.server() as same:
                assert same is target
            assert target.process.returncode is None
        return bench

    assert run(scenario()).commands[0].startswith("already running at http://127.0.0.1:")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["identical", "--server-options=--broken"], "exit code 1: Error: the model is missing"),
        (["identical", "--against", "http://192.0.2.1:8000"], "not an address of this machine"),
        (["identical", "--against", "https://127.0.0.1:8000"], "give http://HOST:PORT"),
        (["sigterm", "--against", "http://127.0.0.1:8000"], "starts servers of its own"),
        (["identical", "--against", "http://127.0.0.1:99999"], "--against http://127.0.0.1:99999: give http://HOST"),
        (["identical", "--against", "127.0.0.1:1"], "--against http://127.0.0.1:1: nothing answers there"),
        (["identical", "--transcripts", "nowhere.jsonl"], "nowhere.jsonl"),
        (["identical", "--transcripts", "/nope"], "run: --transcripts /nope: no such file"),
        (["identical", "--transcripts", __file__], f"run: --transcripts {__file__}:1: not a transcript"),
        (["identical", "--transcripts", sys.executable], f"run: --transcripts {sys.executable}: not UTF-8"),
        (["identical", "--slo", "nowhere.toml"], "nowhere.toml"),
        (["identical", "--slo", "/nope"], "run: --slo /nope: no such file"),
        (["identical", "--slo", __file__], f"run: --slo {__file__}: not TOML"),
    ],
)
def test_what_cannot_be_run_is_one_line_and_exit_code_2(command, capsys, arguments, message):
    assert command(*arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("load_tests.run: ")
    assert message in line


def test_a_folder_that_is_a_file_is_named_with_its_option(capsys):
    pytest.importorskip("matplotlib")
    assert command_line.main(["identical", "--out", __file__]) == 2
    assert capsys.readouterr().err == f"load_tests.run: --out {__file__}: file exists\n"


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--minutes=0", "must be more than 0"),
        ("--minutes=inf", "must be a number"),
        ("--rate=-1", "must be more than 0"),
        ("--rate=nan", "must be a number"),
        ("--times-capacity=x", "must be a number"),
        ("--users=0", "must be at least 1"),
        ("--items=1.5", "must be a whole number"),
        ("--deadline-ms=0", "must be at least 1"),
        ("--follow=1.1", "must be from 0 to 1"),
    ],
)
def test_a_number_that_cannot_be_used_is_refused_in_words(command, capsys, option, message):
    with pytest.raises(SystemExit) as end:
        command("identical", option)
    assert end.value.code == 2
    assert capsys.readouterr().err.endswith(f"error: argument {option.partition('=')[0]}: {message}\n")


def test_a_command_that_does_not_exist_is_named(command, capsys):
    assert command("identical", serve="no-such-program serve") == 2
    assert "no-such-program" in capsys.readouterr().err


USERS = ("sentences", "transcripts", "embeddings", "faq", "clustering", "repeated", "all-new", "ramp", "spike", "soak")


@needs_locust
@pytest.mark.parametrize("name", USERS)
def test_only_the_scenario_of_known_texts_sends_them(command, monkeypatch, name):
    fresh = []

    async def locust(*_, **options):
        fresh.append(options["fresh"])

    monkeypatch.setattr("load_tests.scenarios.users._locust", locust)
    command(name)
    assert fresh == [name != "repeated"]


def test_all_scenarios_are_listed(capsys):
    assert command_line.main(["--list"]) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert listed == list(command_line.SCENARIOS)
    assert set(slo.read_objectives(slo.OBJECTIVES)) == {"every", *listed}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_known(host):
    assert is_here(host)


@pytest.mark.parametrize("host", ["192.0.2.1", "0.0.0.0", "no-such-host.invalid"])
def test_other_machines_are_told_apart(host):
    assert not is_here(host)
