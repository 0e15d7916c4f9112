"""Probabilities that can be believed."""

import numpy as np
import pytest

from evface.models.checkpoints import read_info, temperature_of
from evface.training.calibration import calibration_error, fit_temperature, softmax
from evface.training.evaluation import evaluate
from evface.training.loop import train


def drawn(n=4000, k=6):
    """Draw classes from the probabilities of logits."""
    random = np.random.default_rng(0)
    logits = random.normal(0, 2, (n, k))
    below = softmax(logits).cumsum(axis=1) < random.uniform(size=(n, 1))
    return logits, below.sum(axis=1)


def error_of(logits, classes):
    probabilities = softmax(logits)
    return calibration_error(probabilities.max(axis=1), probabilities.argmax(axis=1) == classes)


def test_the_error_is_how_far_confidence_lies_from_being_right():
    right = np.array([True, True, False, False])
    assert calibration_error(np.full(4, 0.5), right) == pytest.approx(0)
    assert calibration_error(np.full(4, 0.9), right) == pytest.approx(0.4)
    # One bin is too sure, another not sure enough: they do not make up for each other.
    assert calibration_error(np.array([1.0, 0.0]), np.array([False, True])) == pytest.approx(1)
    assert np.isnan(calibration_error(np.empty(0), np.empty(0, bool)))


@pytest.mark.parametrize("times", [0.3, 1.0, 4.0])
def test_the_temperature_undoes_what_made_a_network_too_sure(times):
    logits, classes = drawn()
    found = fit_temperature(times * logits, classes)
    assert found == pytest.approx(times, rel=0.1)
    assert error_of(times * logits / found, classes) < 0.03
    if times != 1:
        assert error_of(times * logits, classes) > 0.1


def test_unknown_classes_say_nothing_of_it():
    logits, classes = drawn(200)
    more = np.concatenate([logits, 100 * logits])
    unknown = np.concatenate([classes, np.full(200, -1)])
    assert fit_temperature(more, unknown) == pytest.approx(fit_temperature(logits, classes))
    assert fit_temperature(logits, np.full(200, -1)) == 1.0


def test_the_temperature_is_kept_with_the_network_and_counts_from_then_on(
    configured, tmp_path, training_set
):
    result = train(configured("au_light_tiny", "run.max_steps=2"), tmp_path)
    info = read_info(result.path)
    said = info.training["calibration"]
    assert temperature_of(info) == said["temperature"] != 1
    assert said["error_before"] == pytest.approx(result.figures["calibration_error"])
    found = evaluate(result.path, training_set, part="validation", n_resamples=0)
    assert found.figures["calibration_error"].value == pytest.approx(said["error"], abs=1e-4)
