from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal

from evface.annotations.segments import Decision
from evface.annotations.tracks import ActionUnitTrack, Source, SourceKind
from evface_studio.coding.suggesting import Suggesting


class Document(QObject):
    """What suggestions are made from."""

    recording_changed = Signal()
    tracks_changed = Signal()
    coding_changed = Signal()

    def __init__(self):
        super().__init__()
        self.tracks = {}
        self.segments = {}


def track(kind, name, *peaks_us, unit="AU12"):
    """Return a curve that rises and falls about some times."""
    times_us = np.arange(0, 5_000_000, 20_000, dtype=np.int64)
    away = np.min([np.abs(times_us - peak_us) for peak_us in peaks_us], axis=0)
    intensity = np.clip(1 - away / 300_000, 0, 1).astype(np.float32)[:, None]
    return ActionUnitTrack(
        times_us=times_us,
        valid=np.ones(len(times_us), np.bool_),
        source=Source(kind, name),
        intensity=intensity,
        names=unit,
    )


@pytest.fixture
def document():
    return Document()


@pytest.fixture
def suggesting(document, qtbot):
    suggesting = Suggesting(document)
    yield suggesting
    qtbot.waitUntil(lambda: suggesting.is_idle)
    suggesting.close()


@pytest.fixture
def show(document, suggesting, qtbot):
    def show(**tracks):
        document.tracks = tracks
        document.tracks_changed.emit()
        qtbot.waitUntil(lambda: suggesting.is_idle)
        return list(suggesting.found.values())

    return show


@pytest.fixture
def decide(document, suggesting, qtbot):
    def decide(*segments):
        document.segments = {one.id: one for one in segments}
        document.coding_changed.emit()
        qtbot.waitUntil(lambda: suggesting.is_idle)
        return list(suggesting.found.values())

    return decide


def test_fits_and_models_suggest_and_agree_only_once(show):
    found = show(
        action_units=track(SourceKind.FIT, "fit", 1_000_000),
        model=track(SourceKind.MODEL, "net", 1_050_000, 3_000_000),
    )
    assert [one.source for one in found] == ["suggested by fit", "suggested by net"]
    assert [round(one.apex_us, -5) for one in found] == [1_000_000, 3_000_000]


@pytest.mark.parametrize("kind", [SourceKind.TRUTH, SourceKind.PUBLISHED])
def test_what_is_known_is_not_suggested(show, kind):
    assert show(known=track(kind, "known", 1_000_000)) == []


def test_what_was_decided_is_not_suggested_and_the_rest_keeps_its_id(show, decide):
    first, second = show(a=track(SourceKind.FIT, "fit", 1_000_000, 3_000_000))
    assert decide(replace(first, decision=Decision.REFUSED)) == [second]
    assert decide() == [first, second]


def test_another_recording_begins_anew(show, document, suggesting, qtbot):
    show(a=track(SourceKind.FIT, "fit", 1_000_000))
    with qtbot.waitSignal(suggesting.changed):
        document.recording_changed.emit()
    assert not suggesting.found
