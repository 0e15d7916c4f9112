"""What networks tell, beside what is labelled, in the real window."""

from dataclasses import replace

import numpy as np
import pytest

from evface.annotations.edits import ReplaceTracks
from evface.annotations.roles import PREDICTED_CLASSES, PREDICTED_UNITS
from evface.annotations.segments import UNITS
from evface.annotations.tracks import ActionUnitTrack, Source, SourceKind
from evface.projects.project import Project
from evface_studio.timeline.class_strip import classes_of
from evface_studio.timeline.row_curves import CurveSource, make_curves
from evface_studio.view_state import LabelSource

_TIMES_US = np.arange(15, dtype=np.int64) * 33_333


def _track(times_us=_TIMES_US, *, scale="unit", confidence=None, **curves):
    intensity = np.zeros((len(times_us), len(UNITS)), np.float32)
    for unit, values in curves.items():
        intensity[:, UNITS.index(unit)] = values
    fields = {} if confidence is None else {"confidence": np.asarray(confidence, np.float32)}
    return ActionUnitTrack(
        times_us=np.asarray(times_us, np.int64),
        valid=np.ones(len(times_us), bool),
        source=Source(SourceKind.MODEL, "au_light"),
        intensity=intensity,
        names=",".join(UNITS),
        scale=scale,
        **fields,
    )


@pytest.fixture
def predicted():
    confidence = np.where(np.arange(15) < 8, 0.9, 0.1)
    return {
        PREDICTED_UNITS: _track(
            confidence=confidence, AU12=np.linspace(0, 0.8, 15), AU4=np.linspace(0.9, 0, 15)
        ),
        PREDICTED_CLASSES: _track(
            [100_000, 200_000, 300_000],
            scale="probability",
            AU12=[0.6, 0.7, 0.1],
            AU4=[0.1, 0.2, 0.5],
        ),
    }


@pytest.fixture
def timeline(window, open_in, project_path, predicted):
    with Project.open(project_path) as project:
        first = project.recordings()[0]
        project.apply(ReplaceTracks(first.id, predicted))
    open_in(window, project_path)
    return window.workspace.timeline


def _row(timeline, unit):
    return next(row for row in timeline.rows.rows if row.unit == unit)


def test_rows_show_what_is_labelled_and_what_is_told_and_where_that_is_doubted(timeline):
    row = _row(timeline, "AU12")
    assert row.curve is not None
    assert row.predicted is not None
    assert row.unsure is not None
    # What only a network sees to move has a row, too.
    assert "AU4" in timeline.shown_names


def test_one_chooses_whose_curves_are_shown(timeline, window):
    choice = timeline.source_choice
    assert choice.isVisible()
    choice.setCurrentIndex(choice.findData(LabelSource.LABELS))
    choice.activated.emit(choice.currentIndex())
    row = _row(timeline, "AU12")
    assert (row.predicted, row.unsure) == (None, None)
    assert row.curve is not None
    assert not timeline.class_strip.isVisible()
    window.view_state.set_curve_source(LabelSource.PREDICTIONS)
    row = _row(timeline, "AU12")
    assert row.curve is None
    assert row.predicted is not None
    assert choice.currentText() == "Predictions"
    window.view_state.set_time_us(33_333 * 14)
    assert timeline.labels.values["AU12"] == "0.80"
    window.view_state.set_curve_source(LabelSource.BOTH)
    assert timeline.labels.values["AU12"] == "1.00"


def test_the_class_is_told_over_time(timeline, window):
    strip = timeline.class_strip
    assert strip.isVisible()
    assert [(one.unit, round(one.probability, 2)) for one in strip.told] == [
        ("AU12", 0.6),
        ("AU12", 0.7),
        ("AU4", 0.5),
    ]
    window.view_state.set_time_us(120_000)
    assert timeline.class_label.values["Class"] == "AU12 0.60"
    window.view_state.set_time_us(300_000)
    assert timeline.class_label.values["Class"] == "AU4 0.50"


def test_without_predictions_nothing_is_to_be_chosen(window, open_in, project_path):
    open_in(window, project_path)
    timeline = window.workspace.timeline
    assert not timeline.source_choice.isVisible()
    assert not timeline.class_strip.isVisible()


def test_each_window_speaks_for_the_time_nearest_to_it(predicted):
    told = classes_of(predicted[PREDICTED_CLASSES])
    spans_us = [(one.start_us, one.stop_us) for one in told]
    assert spans_us == [(50_000, 150_000), (150_000, 250_000), (250_000, 350_000)]
    track = predicted[PREDICTED_CLASSES]
    # The last window lies nearer.
    near = classes_of(replace(track, times_us=np.array([100_000, 200_000, 260_000], np.int64)))
    assert [one.stop_us for one in near[1:2]] == [one.start_us for one in near[2:]]
    one = replace(
        predicted[PREDICTED_CLASSES],
        times_us=np.array([400_000], np.int64),
        valid=np.ones(1, bool),
        intensity=predicted[PREDICTED_CLASSES].intensity[:1],
    )
    assert [told.unit for told in classes_of(one)] == ["AU12"]
    # Where none stands out, none is told.
    alike = np.full_like(track.intensity, 1 / len(UNITS))
    assert classes_of(replace(track, intensity=alike)) == ()


def test_sure_and_doubtful_parts_of_a_curve_meet(predicted):
    curves = make_curves(CurveSource(predicted=predicted[PREDICTED_UNITS]))
    assert curves.units[0] == "AU1"
    ends = []
    for part in (curves.predicted, curves.unsure):
        times_s, low, _ = part["AU12"].between(0, 1, 100)
        there = times_s[np.isfinite(low)]
        ends.append((there.min(), there.max()))
    assert ends[0][1] == ends[1][0]
    silent = make_curves(CurveSource(predicted=_track(AU12=0.5)))
    assert not silent.unsure
