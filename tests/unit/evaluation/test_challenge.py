"""The challenge set: its figures, what is said of files that can't be used, and the files themselves."""

import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from evaluation.challenge import __main__ as command
from evaluation.challenge.figures import (
    Said,
    change_figures,
    decisive,
    failed_changes,
    failed_feelings,
    feeling_figures,
    said,
    summary,
    weak,
)
from evaluation.challenge.rows import Change, Feeling, read_changes, read_feelings
from nlp_service.contracts import Overall, SentenceResult, TextSentiment
from nlp_service.errors import DataError
from nlp_service.text import detect_language, to_simplified

FOLDER = Path(command.__file__).parent
DEVELOPMENT, BLIND, SECOND, CHANGES = (
    FOLDER / f"{name}.jsonl" for name in ("sentences", "feelings", "phenomena", "changes")
)
SECRET = "客戶的秘密"
NEUTRAL = {"negative": 0.0, "neutral": 1.0, "positive": 0.0}


def sentence(kind="statement", sentiment="neutral", score=0.0):
    return SentenceResult(0, "customer", 0, 1, sentiment, score, NEUTRAL, kind)


def answer(sentiment="neutral", kind="statement", emotion="none", score=0.0):
    return Said(sentiment, kind, emotion, sentiment, score)


def feeling(sentiment="neutral", kind="statement", phenomenon="plain", emotion=None, text="好"):
    return Feeling(text, kind, sentiment, phenomenon, emotion)


@pytest.fixture
def write(tmp_path):
    def write_rows(*rows, name="rows.jsonl"):
        path = tmp_path / name
        path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
        return path

    return write_rows


def test_the_decisive_sentence_is_the_one_that_feels_most_and_isnt_courtesy():
    greeting = sentence("courtesy", "positive", 0.9)
    mild, strong = sentence(score=0.1), sentence("complaint", "negative", -0.6)
    assert decisive([greeting, mild, strong]) is strong
    assert decisive([greeting]) is greeting
    assert decisive([]) is None


def test_emotion_and_score_are_the_whole_texts():
    overall = Overall("negative", -0.4, NEUTRAL, "anger")
    heard = said(TextSentiment([sentence("complaint", "neutral", -0.2)], overall))
    assert heard == Said("neutral", "complaint", "anger", "negative", -0.4)


def test_a_text_without_anything_to_judge_is_wrong_and_has_no_emotion():
    heard = said(TextSentiment([], None))
    assert heard == Said(None, None, "none", None, 0.0)
    assert summary([feeling()], [heard])["sentiment"] == 0


def test_accuracy_is_given_by_phenomenon_and_script():
    rows = [feeling(text="这个"), feeling("negative", text="這個", phenomenon="irony"), feeling(text="this one")]
    figures = feeling_figures(rows, [answer(), answer(), answer(kind="complaint")])
    assert figures["by phenomenon"] == {
        "irony": {"rows": 1, "sentiment": 0, "kind": 1},
        "plain": {"rows": 2, "sentiment": 1, "kind": 0.5},
    }
    assert {name: row["sentiment"] for name, row in figures["by language"].items()} == {
        "en": 1,
        "zh-Hans": 1,
        "zh-Hant": 0,
    }


def test_phenomena_below_the_bar_are_flagged_the_weakest_first():
    rows = {
        "good": {"rows": 10, "sentiment": 0.7, "kind": 0.9},
        "bad": {"rows": 10, "sentiment": 0.6, "kind": 1.0},
        "worst": {"rows": 10, "sentiment": 0.1, "kind": 0.69},
    }
    assert weak(rows) == {"sentiment": ["worst", "bad"], "kind": ["worst"]}


def test_emotions_are_scored_with_none_as_one_of_them():
    rows = [feeling(emotion=emotion) for emotion in ("anger", "anger", "none", "joy")]
    heard = [answer(emotion=emotion) for emotion in ("anger", "none", "none", "anger")]
    figures = feeling_figures(rows, heard)["emotion"]
    assert figures["anger"] == {"precision": 0.5, "recall": 0.5, "f1": 0.5, "rows": 2}
    assert (figures["none"]["precision"], figures["none"]["recall"]) == (0.5, 1)
    assert figures["joy"]["f1"] == 0
    assert summary(rows, heard)["emotion"] == 0.5


def test_rows_without_emotions_have_no_figures_of_them():
    assert "emotion" not in feeling_figures([feeling()], [answer(emotion="joy")])
    assert "emotion" not in summary([feeling()], [answer(emotion="joy")])


def test_invariance_is_the_share_of_labels_kept_and_the_distance_of_scores():
    rows = [Change("a", "b", "same", "typo"), Change("c", "d", "same", "script")]
    figures = change_figures(
        rows, [answer(score=0.1), answer(score=0.2)], [answer(score=-0.1), answer("positive", score=0.6)]
    )
    assert figures["invariance"]["all"] == {"rows": 2, "same_label": 0.5, "mean_difference": pytest.approx(0.3)}
    assert figures["invariance"]["typo"]["same_label"] == 1
    assert figures["direction"] == {}


@pytest.mark.parametrize(
    ("expect", "move", "right", "moved"),
    [
        ("more_negative", -0.5, 1, 1),
        ("more_negative", 0.015, 1, 0),
        ("more_negative", 0.03, 0, 0),
        ("more_positive", 0.5, 1, 1),
        ("more_positive", 0.0, 1, 0),
        ("more_positive", -0.03, 0, 0),
    ],
)
def test_a_score_may_move_a_little_against_the_direction(expect, move, right, moved):
    rows, before, after = [Change("a", "b", expect, "praise")], [answer()], [answer(score=move)]
    figures = change_figures(rows, before, after)["direction"]["praise"]
    assert (figures["right"], figures["moved"]) == (right, moved)
    assert figures["mean_change"] == pytest.approx(move if expect == "more_positive" else -move)
    assert len(failed_changes(rows, before, after)) == 1 - right


def test_failures_name_what_was_wrong_and_nothing_else():
    rows = [feeling("negative", "complaint", emotion="anger"), feeling(emotion="none"), feeling("positive")]
    heard = [answer("negative", "request"), answer(), answer("positive", emotion="joy")]
    (failure,) = failed_feelings("blind", rows, heard)
    assert failure["expected"] == {"kind": "complaint", "emotion": "anger"}
    assert failure["said"] == {"kind": "request", "emotion": "none"}


def test_a_label_that_changed_where_it_should_not_is_a_failure():
    rows = [Change("a", "b", "same", "typo"), Change("c", "d", "same", "typo")]
    (failure,) = failed_changes(rows, [answer(), answer()], [answer(score=-0.2), answer("negative", score=-0.5)])
    assert (failure["changed"], failure["said"], failure["score"]) == ("d", ["neutral", "negative"], [0.0, -0.5])


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"text": " "}, "line 2: needs a 'text'"),
        ({"kind": SECRET}, "line 2: 'kind' must be one of enquiry, "),
        ({"sentiment": None}, "line 2: needs a 'sentiment'"),
        ({"emotion": SECRET}, "line 2: 'emotion' must be one of anger, "),
        ({"emotion": ""}, "line 2: needs a 'emotion'"),
    ],
)
def test_what_is_wrong_with_a_row_is_said_without_the_text(write, row, message):
    good = {"text": SECRET, "kind": "enquiry", "sentiment": "neutral", "emotion": None, "phenomenon": "plain"}
    with pytest.raises(DataError, match=message) as caught:
        read_feelings(write(good, good | row))
    assert SECRET not in str(caught.value)


def test_emotions_are_in_every_row_or_in_none(write):
    without = {"text": "好", "kind": "enquiry", "sentiment": "neutral", "phenomenon": "plain"}
    with pytest.raises(DataError, match="in every row or in none"):
        read_feelings(write(without, without | {"emotion": None}))


def test_a_change_without_a_known_expectation_is_refused(write):
    with pytest.raises(DataError, match="line 1: 'expect' must be one of same, "):
        read_changes(write({"text": "好", "changed": "坏", "expect": "worse", "phenomenon": "x"}))


@pytest.fixture
def files(write):
    row = {"text": "挺好", "kind": "statement", "sentiment": "positive", "phenomenon": "plain"}
    change = {"text": "挺好", "changed": "好到飞起", "expect": "more_positive", "phenomenon": "intensity"}
    return {
        "development": write(row, name="old.jsonl"),
        "blind": write(row | {"emotion": None}, row | {"text": "太好了", "emotion": "joy"}, name="new.jsonl"),
        "second-blind": write(row | {"text": "太坏了", "sentiment": "negative"}, name="more.jsonl"),
        "changes": write(change, name="changes.jsonl"),
    }


@pytest.fixture
def run_command(monkeypatch, files, tmp_path):
    """Runs the command on few rows; every text is called positive by the length of it."""

    def answers(texts, ask, settings):
        return [answer("positive", score=len(text) / 10) for text in texts], {"sentiment": "d" * 64}

    def run(*more):
        paths = [item for name, path in files.items() for item in (f"--{name}", str(path))]
        monkeypatch.setattr(command, "answers", answers)
        monkeypatch.setattr(sys, "argv", ["x", *paths, "--report", str(tmp_path / "report"), *more])
        command.main()
        return json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))["figures"]

    return run


def test_one_command_scores_all_files(run_command, tmp_path, capsys):
    figures = run_command("--errors", str(tmp_path / "errors.jsonl"))
    assert {name: row["rows"] for name, row in figures["all"].items()} == {
        "development": 1,
        "blind": 2,
        "second blind": 1,
    }
    assert figures["second blind"]["by phenomenon"]["plain"] == {"rows": 1, "sentiment": 0, "kind": 1}
    assert figures["blind"]["by phenomenon"]["plain"] == {"rows": 2, "sentiment": 1, "kind": 1, "emotion": 0.5}
    assert figures["changes"]["direction"]["all"]["mean_change"] == pytest.approx(0.2)
    assert "| plain | 2 | 1.000 | 1.000 | 0.500 |" in capsys.readouterr().out
    failures = [json.loads(line) for line in (tmp_path / "errors.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(failure["set"], failure["text"], failure["expected"]) for failure in failures] == [
        ("blind", "太好了", {"emotion": "joy"}),
        ("second blind", "太坏了", {"sentiment": "negative"}),
    ]


def test_the_report_holds_no_text(run_command, tmp_path):
    run_command()
    for name in ("report.json", "report.md"):
        assert "太好了" not in (tmp_path / "report" / name).read_text(encoding="utf-8")


def test_a_file_that_isnt_there_is_one_line(run_command, files, capsys):
    files["blind"].unlink()
    with pytest.raises(SystemExit) as stop:
        run_command()
    assert stop.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("evaluation.challenge: ")


def test_no_text_is_there_twice():
    texts = [row.text for path in (DEVELOPMENT, BLIND, SECOND) for row in read_feelings(path)]
    texts += [text for row in read_changes(CHANGES) for text in {row.text, row.changed}]
    # Simplified and Traditional are one text to the encoder; only a change of script may hold both.
    assert [text for text, count in Counter(texts).items() if count > 1] == []
    counts = Counter(map(to_simplified, texts))
    scripts = {to_simplified(row.text) for row in read_changes(CHANGES) if row.phenomenon == "script"}
    assert {text for text, count in counts.items() if count > 1} <= scripts


@pytest.mark.parametrize(("path", "least"), [(BLIND, 20), (SECOND, 13)])
def test_every_phenomenon_of_a_blind_file_has_enough_rows_in_each_language(path, least):
    by_phenomenon = defaultdict(Counter)
    for row in read_feelings(path):
        by_phenomenon[row.phenomenon][detect_language(row.text)] += 1
    assert len(by_phenomenon) >= least
    for name, languages in by_phenomenon.items():
        assert languages.total() >= 20, name
        assert min(languages[language] for language in ("zh-Hans", "zh-Hant", "en")) >= 4, name


def test_the_set_is_large_and_neither_emotions_nor_expectations_are_forgotten():
    feelings = [*read_feelings(DEVELOPMENT), *read_feelings(BLIND)]
    changes = read_changes(CHANGES)
    assert len(feelings) >= 850
    assert len(changes) >= 160
    emotions = Counter(row.emotion for row in read_feelings(BLIND))
    assert None not in emotions
    assert len(emotions) == 8
    assert min(emotions.values()) >= 12
    assert min(Counter(row.expect for row in changes).values()) >= 35
