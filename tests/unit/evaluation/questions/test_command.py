"""The command: from labelled texts to a report, one line for what is wrong."""

import json
import sys
from types import SimpleNamespace

import pytest

from evaluation.questions import __main__ as command
from evaluation.questions import pictures, speed
from nlp_service.errors import ConfigurationError

ROWS = [
    *({"text": f"refund please {row}", "label": "money", "parent": "after"} for row in range(6)),
    *({"text": f"exchange please {row}", "label": "goods", "parent": "after"} for row in range(4)),
    *({"text": f"price please {row}", "label": "price", "parent": None} for row in range(4)),
    {"text": "other things", "label": "price"},
    {"text": "weather please", "label": None},
    {"text": "other weather", "label": None},
]


@pytest.fixture
def run(monkeypatch, tmp_path, fake):
    """Runs the command on rows; gives the written report."""

    def start(rows, *arguments):
        data, report = tmp_path / "data.jsonl", tmp_path / "report"
        data.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
        monkeypatch.setattr(command, "served", fake)
        monkeypatch.setattr(sys, "argv", ["x", "--data", str(data), "--report", str(report), *map(str, arguments)])
        command.main()
        written = json.loads((report / "report.json").read_text(encoding="utf-8"))
        return SimpleNamespace(**written, readable=(report / "report.md").read_text(encoding="utf-8"), folder=report)

    return start


def test_every_section_is_written_and_rows_without_a_label_are_left_out(run, capsys, tmp_path):
    report = run(ROWS, "--resample", 3, "--clusters", tmp_path / "out" / "clusters.jsonl", "--bootstrap", 20)
    clusters = report.figures["clusters"]
    assert (clusters["questions"], clusters["clusters"], clusters["labels"]) == (15, 3, 3)
    assert clusters["acc"] == pytest.approx(14 / 15)
    assert clusters["seconds"] == 0.5
    assert list(report.figures["by what is made of outliers"]) == [
        "each a cluster of its own",
        "all in one cluster",
        "left out",
    ]
    assert report.figures["intervals"]["acc"]["value"] == clusters["acc"]
    assert report.figures["stability under resampling"]["names_kept"] == 1.0
    assert not {"side by side", "speed", "questions without a label", "themes against parents"} & set(report.figures)
    assert report.artifacts == {"encoder": "e" * 64}
    assert list(report.data) == ["data.jsonl"]
    assert "## How to read it" in report.readable
    assert report.readable in capsys.readouterr().out
    lines = (tmp_path / "out" / "clusters.jsonl").read_text(encoding="utf-8").splitlines()
    assert [(row["name"], row["label"], row["share_of_label"]) for row in map(json.loads, lines)] == [
        ("exchange", "goods", 1.0),
        ("price", "price", 1.0),
        ("refund", "money", 1.0),
    ]


def test_rows_without_a_label_can_be_clustered_unscored(run, tmp_path):
    report = run(ROWS, "--keep-null", "--clusters", tmp_path / "clusters.jsonl", "--bootstrap", 5)
    assert report.figures["clusters"]["questions"] == 15
    assert report.figures["questions without a label"] == {"questions": 2, "share_of_outliers": 0.5}
    last = json.loads((tmp_path / "clusters.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert (last["name"], last["size"], last["label"], last["share_of_label"]) == ("weather", 1, None, None)


def test_rivals_stand_beside_the_service(run, monkeypatch):
    report = run(ROWS, "--against", "kmeans", "agglomerative", "kmeans", "--bootstrap", 5)
    rows = report.figures["side by side"]
    assert list(rows) == ["this service", "kmeans", "agglomerative"]
    assert [row["told"] for row in rows.values()] == ["no", "yes", "yes"]
    assert rows["this service"]["acc"] == report.figures["clusters"]["acc"]
    assert rows["kmeans"]["share_of_outliers"] == 0.0
    drawn = (report.folder / pictures.FILE).exists()
    assert (f"![Side by side]({pictures.FILE})" in report.readable) == drawn

    def draw(*arguments):
        raise ConfigurationError("pictures need matplotlib")

    monkeypatch.setattr(pictures, "draw", draw)
    assert "None: pictures need matplotlib" in run(ROWS, "--against", "agglomerative", "--bootstrap", 5).readable


def test_themes_are_compared_with_parents(make_grouping):
    grouping = make_grouping([0, 1, 2, 2], ["a", "b", "c"], themes=[0, 0, 1, 1])
    row = command.report.themes(["x", "x", "y", None], grouping)
    assert (row["questions"], row["acc"], row["clusters"], row["labels"]) == (3, 1.0, 2, 2)
    assert command.report.themes([None] * 4, grouping) is None
    assert command.report.themes(["x"] * 4, make_grouping([0] * 4, ["a"])) is None


def test_a_sample_is_drawn_by_the_seed_and_stays_in_order(run, tmp_path):
    run(ROWS, "--bootstrap", 5)
    file = tmp_path / "data.jsonl"
    drawn = command.read_data(file, sample=6, seed=1)
    every = command.read_data(file)
    assert len(drawn.texts) == 6
    assert [text for text in every.texts if text in drawn.texts] == drawn.texts
    assert drawn == command.read_data(file, sample=6, seed=1)
    assert drawn != command.read_data(file, sample=6, seed=2)
    assert command.read_data(file, sample=99) == every


def test_windows_are_cut_from_what_has_a_label(run, monkeypatch):
    given = {}

    def windows(texts, labels, vectors, kinds, clusterer, *, runs, seed):
        given.update(texts=texts, labels=labels, vectors=vectors, kinds=kinds, clusterer=clusterer, seed=seed)
        return {"ids_kept": 1.0, "runs": runs}

    monkeypatch.setitem(sys.modules, "evaluation.questions.windows", SimpleNamespace(windows=windows))
    report = run(ROWS, "--keep-null", "--windows", 2, "--seed", 5, "--bootstrap", 5)
    assert report.figures["adjacent windows"] == {"ids_kept": 1.0, "runs": 2}
    assert [len(given[name]) for name in ("texts", "labels", "vectors", "kinds")] == [15] * 4
    assert (given["clusterer"], given["seed"], given["texts"][0]) == ("the clusterer", 5, "refund please 0")


def test_speed_is_measured_on_the_first_texts_of_another_file(run, tmp_path, monkeypatch):
    many = tmp_path / "many.jsonl"
    many.write_text("\n".join(json.dumps({"text": f"question {row}"}) for row in range(5)), encoding="utf-8")
    given = []
    monkeypatch.setattr(speed, "measure", lambda *arguments: given.append(arguments) or {"seconds": 1.0})
    report = run(ROWS, "--speed", many, "--size", 4, "--bootstrap", 5)
    assert report.figures["speed"] == {"seconds": 1.0}
    (clusterer, texts, vectors), *_ = given
    assert (clusterer, texts, len(vectors)) == ("the clusterer", [f"question {row}" for row in range(4)], 4)
    assert list(report.data) == ["data.jsonl", "many.jsonl"]


@pytest.mark.parametrize(
    ("rows", "arguments", "message"),
    [
        ([{"text": "在吗", "label": None}], [], "data.jsonl: holds no labelled rows"),
        ([{"text": "在吗", "label": "a", "parent": 3}], [], "data.jsonl: line 1: 'parent' must be a string or null"),
        ([{"label": "a"}], [], "data.jsonl: line 1: needs a 'text' (string)"),
        (ROWS, ["--speed", "nowhere.jsonl"], "nowhere.jsonl: can't be read"),
        (ROWS, ["--against", "bertopic"], "bertopic needs "),
    ],
)
def test_what_is_wrong_is_one_line_and_exit_code_2(run, capsys, rows, arguments, message):
    with pytest.raises(SystemExit) as caught:
        run(rows, *arguments)
    assert caught.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("evaluation.questions: ")
    assert message in said
    assert said.count("\n") == 1


def test_too_few_texts_for_the_speed_are_refused(run, capsys, tmp_path):
    many = tmp_path / "many.jsonl"
    many.write_text('{"text": "a"}', encoding="utf-8")
    with pytest.raises(SystemExit):
        run(ROWS, "--speed", many)
    assert "holds 1 texts, not 100000: see --size" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [["--resample", "1"], ["--sample", "1"], ["--size", "5"], ["--against", "guessing"], ["--windows", "x"]],
)
def test_options_out_of_range_are_refused(run, arguments):
    with pytest.raises(SystemExit) as caught:
        run(ROWS, *arguments)
    assert caught.value.code == 2
