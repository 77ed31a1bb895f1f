from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save

from nlp_service import artifact
from nlp_service.errors import ArtifactError, ConfigurationError
from nlp_service.tasks.faq import Calibration, Entry, FaqSuggester, wordings
from nlp_service.tasks.faq.calibration import BACKGROUND_FILE
from nlp_service.tasks.faq.scoring import EntryScorer, Scoring, features

DIMENSION = 16
ENTRIES = [
    Entry("fee", ("运费多少", "包邮吗"), ("六元。", "Six yuan.")),
    Entry("gift", ("有赠品吗",), ("有。",)),
    Entry("hours", ("几点上班", "你们晚上在吗", "When are you open?"), ("Eight to six.", "八点到六点。")),
]


def random_units(rows: int, seed: int = 0):
    vectors = np.random.default_rng(seed).normal(size=(rows, DIMENSION)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


VECTORS = random_units(6)
BACKGROUNDS = {"zh": 0.3 * random_units(1, seed=1)[0], "en": 0.3 * random_units(1, seed=2)[0]}
CALIBRATION = Calibration(
    scoring=Scoring(backgrounds=BACKGROUNDS, centroid_weight=0.5),
    score_weight=8.0,
    lead_weight=9.0,
    intercept=-5.0,
    threshold=0.4,
    encoder="digest",
)
SUGGESTER = FaqSuggester(ENTRIES, VECTORS, CALIBRATION)


def test_a_wording_finds_its_entry_itself_and_the_askers_language():
    chinese, traditional, english = SUGGESTER.suggest(VECTORS[[1, 4, 4]], ["zh-Hans", "zh-Hant", "und"], 3)
    assert chinese.status == "suggested"
    assert (chinese.suggestions[0].id, chinese.suggestions[0].question) == ("fee", "包邮吗")
    assert chinese.suggestions[0].answer == "六元。"
    assert traditional.suggestions[0].answer == english.suggestions[0].answer == "八点到六点。"


@pytest.mark.parametrize(("wording", "answer"), [(0, "Six yuan."), (2, "有。"), (5, "Eight to six.")])
def test_english_askers_get_english_answers_where_there_are_any(wording, answer):
    (result,) = FaqSuggester(ENTRIES, VECTORS, replace(CALIBRATION, threshold=0.0)).suggest(
        VECTORS[[wording]], ["en"], 1
    )
    assert [suggestion.answer for suggestion in result.suggestions] == [answer]


@pytest.mark.parametrize(
    ("answers", "simplified", "traditional", "unknown"),
    [
        (("六块钱。", "運費六元。", "Six yuan."), "六块钱。", "運費六元。", "六块钱。"),
        (("Six yuan.", "運費六元。", "六块钱。"), "六块钱。", "運費六元。", "運費六元。"),
        (("Six yuan.", "ろくげんです", "運費六元。"), "運費六元。", "運費六元。", "ろくげんです"),
        (("Six yuan.", "ろくげんです", "六块钱。"), "六块钱。", "六块钱。", "ろくげんです"),
        (("Six yuan.", "6 ¥"), "6 ¥", "6 ¥", "6 ¥"),
        (("Six yuan.",), "Six yuan.", "Six yuan.", "Six yuan."),
    ],
)
def test_chinese_askers_get_the_answer_in_their_script_where_there_is_one(answers, simplified, traditional, unknown):
    suggester = FaqSuggester([Entry("fee", ("运费多少",), answers)], VECTORS[:1], replace(CALIBRATION, threshold=0.0))
    results = suggester.suggest(VECTORS[[0] * 4], ["zh-Hans", "zh-Hant", "und", "fr"], 1)
    assert [result.suggestions[0].answer for result in results] == [simplified, traditional, unknown, unknown]


def test_nothing_is_suggested_for_a_zero_vector_or_below_the_threshold():
    never = FaqSuggester(ENTRIES, VECTORS, replace(CALIBRATION, threshold=1.0))
    always = FaqSuggester(ENTRIES, VECTORS, replace(CALIBRATION, threshold=0.0))
    zero = np.zeros((1, DIMENSION), dtype=np.float32)
    for (result,) in (never.suggest(VECTORS[:1], ["zh-Hans"], 3), always.suggest(zero, ["und"], 3)):
        assert (result.status, result.suggestions) == ("no_answer", [])


def test_no_rows_no_results():
    assert SUGGESTER.suggest(np.zeros((0, DIMENSION), dtype=np.float32), [], 3) == []


def test_ties_are_ordered_by_id():
    twins = [replace(ENTRIES[1], id=identity) for identity in ("b", "c", "a")]
    suggester = FaqSuggester(twins, np.repeat(VECTORS[:1], 3, axis=0), replace(CALIBRATION, threshold=0.0))
    (result,) = suggester.suggest(random_units(1, seed=5), ["zh-Hans"], 2)
    assert [suggestion.id for suggestion in result.suggestions] == ["a", "b"]


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 20), st.integers(1, 4))
def test_a_result_is_ordered_rounded_and_independent_of_its_neighbours(seed, rows, top_k):
    suggester = FaqSuggester(ENTRIES, VECTORS, replace(CALIBRATION, threshold=0.01))
    questions = random_units(rows, seed=seed)
    languages = ["en" if row % 3 else "zh-Hans" for row in range(rows)]
    together = suggester.suggest(questions, languages, top_k)
    alone = [suggester.suggest(questions[row : row + 1], languages[row : row + 1], top_k)[0] for row in range(rows)]
    assert together == alone
    for result in together:
        probabilities = [suggestion.probability for suggestion in result.suggestions]
        assert probabilities == sorted(probabilities, reverse=True)
        assert all(0 <= value <= 1 and value == round(value, 6) for value in probabilities)
        assert len(probabilities) <= top_k
        assert (result.status == "suggested") == bool(probabilities)


def test_an_only_entry_is_suggested_for_its_wording_and_not_for_the_opposite():
    suggester = FaqSuggester(ENTRIES[1:2], VECTORS[:1], CALIBRATION)
    right, wrong = suggester.suggest(np.stack([VECTORS[0], -VECTORS[0]]), ["zh-Hans", "zh-Hans"], 3)
    assert (right.status, wrong.status) == ("suggested", "no_answer")


def test_refuses_vectors_that_do_not_fit():
    with pytest.raises(ConfigurationError, match=r"6 wordings need vectors of shape \(6, 16\), not \(5, 16\)"):
        FaqSuggester(ENTRIES, VECTORS[:5], CALIBRATION)
    with pytest.raises(ConfigurationError, match="0 entries"):
        FaqSuggester([], VECTORS[:0], CALIBRATION)


def test_the_average_of_a_language_does_not_count():
    shared = np.zeros(DIMENSION, dtype=np.float32)
    shared[0] = 0.9
    scoring = Scoring(backgrounds={"zh": shared, "en": -shared}, centroid_weight=0.5)
    meaning = np.eye(DIMENSION, dtype=np.float32)[1:3] * np.sqrt(1 - 0.81, dtype=np.float32)
    scorer = EntryScorer(scoring, (meaning + shared), ["zh-Hans", "zh-Hant"], [1, 1])
    scores, _ = scorer.score(meaning[1] - shared, "en")
    assert scores == pytest.approx([0.0, 1.0], abs=1e-5)


def test_features_are_the_score_and_the_lead_over_the_best_other():
    assert features(np.array([0.2, 0.7, 0.5])) == pytest.approx(np.array([[0.2, -0.5], [0.7, 0.2], [0.5, -0.2]]))
    assert features(np.array([0.6])) == pytest.approx(np.array([[0.6, 0.6]]))


def config(**changes):
    numbers = {"centroid_weight": 0.5, "score_weight": 8, "lead_weight": 9.0, "intercept": -5.0, "threshold": 0.4}
    return numbers | {"encoder": "digest"} | changes


def stored(folder, settings, tensors=BACKGROUNDS):
    (folder / BACKGROUND_FILE).write_bytes(save(tensors))
    artifact.write(folder, kind="faq", name="t", version="0", files=[BACKGROUND_FILE], config=settings, command="test")
    return artifact.load(folder, "faq")


def test_a_calibration_survives_its_artefact(tmp_path):
    read = Calibration.from_artifact(stored(tmp_path, config()))
    assert FaqSuggester(ENTRIES, VECTORS, read).suggest(VECTORS, ["en"] * 6, 3) == SUGGESTER.suggest(
        VECTORS, ["en"] * 6, 3
    )
    assert read.encoder == "digest"


@pytest.mark.parametrize(
    "changes",
    [{"threshold": 1.5}, {"score_weight": -1}, {"intercept": "x"}, {"lead_weight": None}, {"centroid_weight": True}],
)
def test_refuses_a_configuration_it_cannot_read(tmp_path, changes):
    with pytest.raises(ArtifactError, match=f"'{next(iter(changes))}' must be a number"):
        Calibration.from_artifact(stored(tmp_path, config(**changes)))


def test_refuses_backgrounds_it_cannot_read(tmp_path):
    with pytest.raises(ArtifactError, match="needs one vector each for zh, en"):
        Calibration.from_artifact(stored(tmp_path, config(), {"zh": BACKGROUNDS["zh"]}))


def test_wordings_are_entry_by_entry():
    assert wordings(ENTRIES)[:3] == ["运费多少", "包邮吗", "有赠品吗"]
