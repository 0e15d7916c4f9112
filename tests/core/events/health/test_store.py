"""Tests of keeping the health of a recording."""

import dataclasses
import json

import numpy as np
import pytest

from evface.events.findings import Findings
from evface.events.health import store
from evface.events.health.checking import check_health
from evface.events.health.plain import from_plain, to_plain

from .conftest import ArraySource, kept, scene
from .test_checking import FRAMES_US, pulses, sine


@pytest.fixture
def ill(tmp_path):
    """Return a recording with much to say, of a file that is there."""
    path = tmp_path / "ill.raw"
    path.write_bytes(b"events" * 1000)
    events = scene(modulation=sine(100, 0.9))
    return ArraySource(
        kept(events, (events.t < 10**6) | (events.t > 1.2 * 10**6)),
        path,
        edges=pulses(np.delete(FRAMES_US, 7)),
        findings=Findings(n_outside=9, n_cut_bytes=2, cut_at_us=5),
    )


def assert_alike(one, other):
    assert (one.lamp, one.reasons, one.notes) == (other.lamp, other.reasons, other.notes)
    for field in dataclasses.fields(one.facts):
        own, others = getattr(one.facts, field.name), getattr(other.facts, field.name)
        if isinstance(own, np.ndarray):
            np.testing.assert_equal(own, others)
        else:
            # What is not a number is unlike itself.
            assert repr(own) == repr(others)


def test_health_comes_back_from_json_as_it_was(ill):
    health = check_health(ill, video_times_us=FRAMES_US)
    assert len({reason.fault for reason in health.reasons}) >= 5
    text = json.dumps(to_plain(health), allow_nan=False)
    assert_alike(from_plain(json.loads(text)), health)


def test_what_is_not_a_number_is_none_in_json():
    source = ArraySource(kept(scene(), slice(0, 1)), edges=pulses([5]))
    health = check_health(source)
    text = json.dumps(to_plain(health), allow_nan=False)
    assert_alike(from_plain(json.loads(text)), health)


def test_a_long_recording_is_checked_once(ill, monkeypatch):
    monkeypatch.setattr(store, "_LEAST_EVENTS_KEPT", 1)
    first = store.health_of(ill)
    monkeypatch.setattr(store, "check_health", lambda *_, **__: pytest.fail("checked again"))
    assert_alike(store.health_of(ill), first)
    assert store.health_paths(ill.path)[0].is_file()


@pytest.mark.parametrize("changed", ["file", "video", "damage"])
def test_what_no_longer_fits_is_made_anew(ill, monkeypatch, changed):
    monkeypatch.setattr(store, "_LEAST_EVENTS_KEPT", 1)
    store.health_of(ill)
    video = None
    if changed == "file":
        ill.path.write_bytes(b"others" * 1000)
    elif changed == "video":
        video = FRAMES_US
    else:
        store.health_paths(ill.path)[0].write_bytes(b'{"key": [')
    n_checks = []
    monkeypatch.setattr(
        store, "check_health", lambda *a, **k: n_checks.append(1) or check_health(*a, **k)
    )
    store.health_of(ill, video_times_us=video)
    assert n_checks == [1]


def test_short_recordings_and_files_that_are_gone_leave_nothing(ill):
    store.health_of(ill)
    ill.path.unlink()
    assert store.health_of(ill).reasons
    assert not any(path.exists() for path in store.health_paths(ill.path))
