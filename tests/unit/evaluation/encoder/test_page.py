"""The page: headline figures, encoders side by side, the plot."""

import pytest

from evaluation.encoder import page
from evaluation.encoder.scoring import judge
from nlp_service.errors import ConfigurationError

COST = {"sentences_per_s": 200.0, "single_ms": 3.0, "disk_mb": 30.0, "memory_mb": None}


def test_a_perfect_encoder_has_perfect_headlines(tasks, oracle):
    row = page.headline(judge(oracle, tasks, seed=0), COST)
    for name in (
        "quality",
        "probes",
        "cic",
        "cic macro-F1",
        "pairs AUC",
        "dstc11 ACC",
        "FAQ recall@1",
        "unseen intents",
        "codes by name",
    ):
        assert row[name] == pytest.approx(1.0)
    assert row["Traditional gap"] == 0.0
    assert (row["sentences/s"], row["single ms"], row["MB"]) == (200.0, 3.0, 30.0)


def test_encoders_stand_side_by_side():
    figures = {"x": {"pairs": {"bq": {"auc": 0.7}}}, "y": {"pairs": {"bq": {"auc": 0.8}}}}
    assert page.side_by_side(figures) == {"pairs": {"auc": {"bq": {"x": 0.7, "y": 0.8}}}}


def test_the_plot_is_drawn_or_its_library_named(tmp_path):
    summary = {"x": {"quality": 0.7, "sentences/s": 150.0}, "y": {"quality": 0.6, "sentences/s": 2500.0}}
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        with pytest.raises(ConfigurationError, match=r"pip install -e '\.\[train\]' -c constraints\.txt"):
            page.plot(summary, tmp_path)
        return
    page.plot(summary, tmp_path)
    assert (tmp_path / "quality.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (tmp_path / "quality.svg").read_text(encoding="utf-8")
