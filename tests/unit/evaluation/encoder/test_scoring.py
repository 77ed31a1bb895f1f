"""An encoder on every task: what perfect, meaningless and script-blind encoders get."""

import pytest

from evaluation.encoder.changes import to_traditional
from evaluation.encoder.scoring import compare, judge
from nlp_service.text import prepare


def figures_of(families, name):
    """The values of all figures of this name, whatever the family and the task."""
    return [
        value
        for tasks in families.values()
        for figures in tasks.values()
        for figure, value in figures.items()
        if figure.split(": ")[-1] == name
    ]


def test_a_perfect_encoder_gets_everything_right(tasks, oracle):
    families = judge(oracle, tasks, seed=0)
    names = ("accuracy", "macro_f1", "auc", "nmi", "ari", "recall_at_1", "mrr", "mean", "original", "code", "top level")
    for name in names:
        values = figures_of(families, name)
        assert values == pytest.approx([1.0] * len(values))
        assert values
    assert families["Traditional"]["cic"] == {"original": 1.0, "changed": 1.0, "difference": 0.0, "cosine": 1.0}


def test_meaningless_vectors_get_about_what_chance_gives(tasks, blind):
    families = judge(blind, tasks, seed=0)
    assert max(figures_of(families, "accuracy")) < 0.5
    assert 0.3 < families["pairs"]["bq"]["auc"] < 0.7
    assert families["retrieval"]["faq"]["recall_at_1"] < 0.5


def test_the_same_seed_gives_the_same_figures(tasks, characters):
    assert judge(characters, tasks, seed=5) == judge(characters, tasks, seed=5)


def test_an_encoder_blind_to_the_script_loses_nothing_in_traditional(tasks, samples, characters):
    """Samples that OpenCC changes and changes back; with the other encoder, the same texts do move."""
    assert all(prepare(to_traditional(text)) == prepare(text) for text in samples.texts)
    assert sum(to_traditional(text) != text for text in samples.texts) > len(samples.texts) / 2

    def simplifying(texts):
        return characters([prepare(text) for text in texts])

    for row in judge(simplifying, tasks, seed=0)["Traditional"].values():
        assert row["difference"] == 0.0
        assert row["cosine"] == pytest.approx(1.0)
    assert all(row["cosine"] < 0.95 for row in judge(characters, tasks, seed=0)["Traditional"].values())


def test_the_difference_is_what_the_change_costs(characters):
    row = compare(
        characters, ["甲乙", "丙"], lambda text: text.replace("丙", "丁"), lambda vectors: float(vectors[1, 3])
    )
    before, after = characters(["丙", "丁"])
    assert row["original"] == before[3]
    assert row["difference"] == pytest.approx(after[3] - before[3])
    assert row["cosine"] == pytest.approx((1 + float(before @ after)) / 2)
