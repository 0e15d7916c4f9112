"""What two networks say of a recording, made ready for drawing."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evface.annotations.roles import PREDICTED_CLASSES, PREDICTED_LANDMARKS, PREDICTED_UNITS
from evface.annotations.segments import UNITS
from evface.annotations.tracks import ActionUnitTrack, Camera, LandmarkTrack, Source, SourceKind
from evface_studio.learning.comparison import (
    Labels,
    correlations,
    errors_over_time,
    read_said,
    units_to_show,
)

SOURCE = Source(SourceKind.MODEL, "test")


def units(times_us, columns, *, scale="unit"):
    intensity = np.zeros((len(times_us), len(UNITS)), np.float32)
    for name, values in columns.items():
        intensity[:, UNITS.index(name)] = values
    return ActionUnitTrack(
        times_us=np.asarray(times_us, np.int64),
        valid=np.ones(len(times_us), bool),
        source=SOURCE,
        intensity=intensity,
        names=",".join(UNITS),
        scale=scale,
    )


def landmarks(times_us, shift_px=0.0):
    n = len(times_us)
    points = np.random.default_rng(1).uniform(20, 80, (68, 2)).astype(np.float32)
    points[36], points[45] = (30, 40), (70, 40)
    return LandmarkTrack(
        times_us=np.asarray(times_us, np.int64),
        valid=np.ones(n, bool),
        source=SOURCE,
        landmarks=np.tile(points + np.float32([shift_px, 0]), (n, 1, 1)),
        confidence=np.ones(n, np.float32),
        state=np.zeros((n, 68), np.uint8),
        camera=Camera.EVENTS,
    )


TIMES_US = np.arange(40) * 33_333
WAVE = np.sin(np.linspace(0, 6, 40)) / 2 + 0.5


def test_a_curve_that_follows_the_labels_correlates_fully():
    told = units(TIMES_US, {"AU12": WAVE, "AU1": 1 - WAVE})
    known = units(TIMES_US + 5_000, {"AU12": WAVE / 2, "AU1": WAVE})
    found = correlations(told, known)
    assert found == {"AU1": pytest.approx(-1), "AU12": pytest.approx(1)}


def test_labels_that_are_far_away_say_nothing():
    told = units(TIMES_US, {"AU12": WAVE})
    assert correlations(told, None) == {}
    assert correlations(told, units(TIMES_US + 10_000_000, {"AU12": WAVE})) == {}
    assert correlations(units([], {}), told) == {}


@settings(max_examples=30, deadline=None)
@given(st.floats(0.01, 1), st.floats(0, 0.5), st.integers(-15_000, 15_000))
def test_neither_scale_nor_offset_changes_a_correlation(factor, offset, shift_us):
    told = units(TIMES_US, {"AU12": WAVE * factor + offset})
    known = units(TIMES_US + shift_us, {"AU12": WAVE})
    assert correlations(told, known)["AU12"] == pytest.approx(1, abs=1e-3)


def test_the_error_is_the_distance_over_that_of_the_eyes():
    times_us, errors = errors_over_time(landmarks(TIMES_US, 4.0), landmarks(TIMES_US + 1_000))
    assert np.array_equal(times_us, TIMES_US)
    assert errors == pytest.approx(4 / 40)


def test_where_a_face_is_missing_there_is_no_error():
    told, known = landmarks(TIMES_US), landmarks(TIMES_US)
    valid = np.ones(40, bool)
    valid[3:6] = False
    _, errors = errors_over_time(told, replace(known, valid=valid))
    assert np.array_equal(np.isnan(errors), ~valid)
    assert not len(errors_over_time(replace(told, scheme="wflw98"), known)[0])


def test_what_is_said_is_read_from_tracks():
    tracks = {
        PREDICTED_CLASSES: units([0, 500_000], {"AU12": [0.2, 0.9], "AU1": [0.8, 0.1]},
                                 scale="probability"),
        PREDICTED_UNITS: units(TIMES_US, {"AU12": WAVE}),
        PREDICTED_LANDMARKS: landmarks(TIMES_US, 2.0),
    }  # fmt: skip
    labels = Labels(units(TIMES_US, {"AU12": WAVE}), landmarks(TIMES_US), "AU12")
    said = read_said(tracks, labels)
    assert said.told == "AU12"
    assert [name for name, _ in said.ranking(10_000, 2)] == ["AU1", "AU12"]
    assert [name for name, _ in said.ranking(490_000, 2)] == ["AU12", "AU1"]
    assert said.mean_error == pytest.approx(2 / 40)
    assert said.correlations == {"AU12": pytest.approx(1)}
    assert units_to_show((said,), labels, shows_all=False) == ("AU12",)
    assert units_to_show((said,), labels, shows_all=True) == UNITS


def test_of_nothing_nothing_is_said():
    said = read_said({}, Labels())
    assert said.told == ""
    assert said.ranking(0, 5) == []
    assert said.error is None
    assert units_to_show((said, said), Labels(), shows_all=True) == ()
