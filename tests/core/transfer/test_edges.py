from types import SimpleNamespace

import numpy as np
import pytest

from evface.errors import RecordingError
from evface.events.events import Events
from evface.transfer.edges import MovingEdges, choose_intervals, light_of, signed_counts


def _source(counts_per_ms):
    counts = np.asarray(counts_per_ms)
    return SimpleNamespace(
        path="events.h5", duration_us=len(counts) * 1000, rate=lambda _bin_us: counts
    )


TIMES_US = np.arange(30, dtype=np.int64) * 33_333


def test_the_intervals_with_the_most_events_are_chosen_in_order():
    counts = np.ones(1000, int)
    counts[400:470] = 1000
    pairs = choose_intervals(TIMES_US, np.ones(30, bool), _source(counts), 3)
    assert (np.diff(pairs[:, 0]) > 0).all()
    assert len(pairs) <= 3
    busy = (TIMES_US[pairs[:, 0]] < 470_000) & (TIMES_US[pairs[:, 1]] > 400_000)
    assert busy.sum() >= 2
    assert (TIMES_US[pairs[:, 1]] - TIMES_US[pairs[:, 0]] >= 30_000).all()


def test_frames_without_a_face_or_outside_the_events_are_not_taken():
    usable = np.ones(30, bool)
    usable[10:20] = False
    pairs = choose_intervals(TIMES_US, usable, _source(np.ones(800, int)), 50)
    assert usable[pairs].all()
    assert (TIMES_US[pairs] < 800_000).all()


@pytest.mark.parametrize("shift_us", [-5_000_000, 5_000_000])
def test_no_common_time_is_told(shift_us):
    with pytest.raises(RecordingError, match="do not overlap in time"):
        choose_intervals(TIMES_US + shift_us, np.ones(30, bool), _source(np.ones(800, int)), 5)


def test_a_face_that_only_flashes_up_is_told():
    usable = np.zeros(30, bool)
    usable[[3, 9, 15]] = True
    with pytest.raises(RecordingError, match="never seen for"):
        choose_intervals(TIMES_US, usable, _source(np.ones(1000, int)), 5)


def test_ups_and_downs_cancel_and_strangers_are_left_out():
    events = Events(
        np.arange(5, dtype=np.int64),
        np.array([1, 1, 2, 3, 9], "u2"),
        np.array([0, 0, 1, 1, 0], "u2"),
        np.array([True, False, True, False, True]),
    )
    counts = signed_counts(events, (4, 2), 1)
    assert counts.tolist() == [[0, 0, 0, 0], [0, 0, 1, -1]]
    assert signed_counts(events, (4, 2), 2).tolist() == [[0, 0]]


def test_a_pixel_that_flickers_counts_as_a_few():
    n = 500
    zeros = np.zeros(n, "u2")
    events = Events(np.arange(n, dtype=np.int64), zeros, zeros, np.ones(n, bool))
    assert 0 < signed_counts(events, (2, 2), 1)[0, 0] < 50


def test_brighter_is_more_and_shrinking_keeps_the_light():
    frame = np.full((8, 8, 3), 128, np.uint8)
    assert light_of(frame, 1).max() < light_of(frame + 20, 1).min()
    np.testing.assert_allclose(light_of(frame, 2.0), light_of(frame, 1)[:4, :4], atol=1e-5)
    assert light_of(frame, 2.0).shape == (4, 4)


def test_mirroring_moves_pixels_to_where_the_map_says():
    events = np.zeros((1, 3, 5), np.float32)
    events[0, 2, 1] = 7
    edges = MovingEdges(
        np.array([0]), np.array([1]), np.zeros((1, 2, 2), np.float32), events, 1.0, 1.0
    )
    other, flip = edges.mirrored()
    x, y = flip.apply(np.array([1.0, 2.0])).astype(int)
    assert other.events[0, y, x] == 7
    assert edges.events[0, 2, 1] == 7
