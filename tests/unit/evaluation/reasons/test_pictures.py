"""Pictures: drawn, or their library named."""

import numpy as np
import pytest

from evaluation.metrics import reliability
from evaluation.reasons import pictures
from nlp_service.errors import ConfigurationError


@pytest.fixture
def draw(tmp_path):
    """Draws the pictures of two models with these codes; gives the file names by title."""
    bins = reliability(np.array([0.2, 0.9, 0.95]), np.array([0.0, 1.0, 1.0]))
    figures = {name: {"expected_calibration_error": 0.1} for name in ("level 1", "level 2")}

    def run(codes):
        curve = (np.array([0.5, 1.0]), np.array([1.0, 0.75]))
        by_code = {code: {"f1": 1 / (number + 1)} for number, code in enumerate(codes)}
        return pictures.draw(
            tmp_path,
            calibration={"by level": figures, "level 1": bins, "level 2": bins},
            curves={"this model": curve, "against": curve},
            target=0.95,
            by_code={"this model": by_code, "against": by_code},
        )

    return run


@pytest.mark.parametrize("codes", [["a.b", "a.$c$"], ["催发货", "退款"]])
def test_pictures_are_drawn_or_their_library_named(draw, tmp_path, codes):
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        with pytest.raises(ConfigurationError, match=r"pip install -e '\.\[train\]' -c constraints\.txt"):
            draw(codes)
        return
    names = draw(codes)
    assert list(names) == ["Calibration", "Accuracy against coverage", "F1 by code"]
    assert all((tmp_path / name).read_bytes().startswith(b"\x89PNG") for name in names.values())
