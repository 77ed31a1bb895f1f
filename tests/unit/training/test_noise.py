"""Calibration from labels of which a share is wrong."""

import numpy as np
import pytest

from training import noise

LABELS, ROWS = 10, 6000


def sample(temperature, wrong):
    """Log-probabilities that are too sure by `temperature`, and labels drawn from the true ones, some replaced."""
    generator = np.random.default_rng(0)
    logits = generator.normal(scale=2.0, size=(ROWS, LABELS))
    true = noise.cool(logits, 1.0)
    labels = np.array([generator.choice(LABELS, p=row) for row in true])
    replaced = generator.random(ROWS) < wrong
    labels[replaced] = generator.choice(labels, replaced.sum())
    return np.log(noise.cool(logits * temperature, 1.0)), labels


@pytest.mark.parametrize(("temperature", "wrong"), [(1.0, 0.0), (2.0, 0.0), (1.0, 0.35), (2.0, 0.35)])
def test_temperature_and_share_of_wrong_labels_are_found(temperature, wrong):
    model = noise.fit(*sample(temperature, wrong))
    assert model.temperature == pytest.approx(temperature, rel=0.15)
    assert model.noise_rate == pytest.approx(wrong, abs=0.06)


def test_clean_precision_takes_the_noise_out():
    model = noise.NoiseModel(temperature=1.0, noise_rate=0.4)
    agreement = 0.6 * 0.8 + 0.4 * 0.1
    assert model.clean_precision(agreement, chance=0.1) == pytest.approx(0.8)
    assert model.clean_precision(1.0, chance=0.0) == 1.0
