import numpy as np
import pytest

from evface.events.events import Events
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.events.sources import open_events
from evface.transfer.motion_energy import (
    GRID,
    EventMotion,
    measure_event_motion,
    measure_video_motion,
)


def frames(values):
    """Uniform grey pictures whose upper left cell alone has the values."""
    for index, value in enumerate(values):
        picture = np.full((60, 80, 3), 90, np.uint8)
        picture[:10, :10] = value
        yield index, index * 40_000, picture


def test_crossings_lie_where_and_when_the_light_changes():
    motion = measure_video_motion(frames([90, 90, 200, 200]), 4)
    assert motion.times_us.tolist() == [0, 40_000, 80_000, 120_000]
    assert motion.crossings.shape == (3, GRID[0] * GRID[1])
    assert not motion.crossings[[0, 2]].any()
    # ln(200 / 90) * 2.2 is 1.76 : eight whole thresholds of 0.2 in each of 100 pixels.
    assert motion.crossings[1, 0] == 800
    assert not motion.crossings[1, 1:].any()


def test_changes_below_the_threshold_add_up_until_they_cross_it():
    motion = measure_video_motion(frames([90, 94, 98, 102, 106]), 5)
    whole = measure_video_motion(frames([90, 106]), 2)
    assert motion.crossings[0, 0] == 0
    assert motion.crossings.sum() == whole.crossings.sum() == 100


def test_a_change_of_exposure_is_not_motion():
    rng = np.random.default_rng(0)
    scene = np.kron(rng.uniform(0.05, 0.7, (6, 8)), np.ones((10, 10)))
    shown = []
    for gain in (1.0, 1.0, 1.4, 1.9, 1.3):
        grey = np.rint(255 * (scene * gain).clip(0, 1) ** (1 / 2.2)).astype(np.uint8)
        shown.append(np.repeat(grey[..., None], 3, axis=2))
    timed = ((i, i * 40_000, picture) for i, picture in enumerate(shown))
    assert measure_video_motion(timed, 5).crossings.sum() < 0.02 * scene.size


def test_one_frame_shows_no_motion():
    motion = measure_video_motion(frames([90]), 1)
    assert motion.crossings.shape == (0, GRID[0] * GRID[1])


def test_only_the_region_counts_in_the_video():
    moving = measure_video_motion(frames([90, 200]), 2, region_px=(0, 0, 40, 30))
    # The changed corner now is two by two cells.
    assert moving.crossings.sum() == 800
    assert (moving.crossings[0] > 0).sum() == 4
    still = measure_video_motion(frames([90, 200]), 2, region_px=(20, 20, 60, 50))
    assert not still.crossings.any()


def test_progress_is_told():
    told = []
    measure_video_motion(frames([90, 95]), 2, report=lambda share, _: told.append(share))
    assert told == [0.5, 1.0]


@pytest.fixture
def source(tmp_path):
    t = np.array([0, 500, 1500, 9_999], np.int64)
    x, y = np.array([0, 79, 0, 40], np.uint16), np.array([0, 59, 0, 30], np.uint16)
    write_events_hdf5(tmp_path / "e.h5", [Events(t, x, y, np.ones(4, bool))], resolution=(80, 60))
    opened = open_events(tmp_path / "e.h5")
    yield opened
    opened.close()


def test_events_are_counted_by_time_and_cell(source):
    motion = measure_event_motion(source)
    assert motion.duration_us == 10_000
    counts = motion.between(np.array([0, 1000, 2000, 10_000]))
    assert counts.sum(axis=1).tolist() == [2, 1, 1]
    assert counts[0, 0] == counts[0, -1] == counts[1, 0] == 1
    assert motion.as_one().between(np.array([-5_000, 20_000])).item() == 4


def test_only_the_region_counts_on_the_sensor(source):
    motion = measure_event_motion(source, region_px=(30, 20, 80, 60))
    assert motion.duration_us == 10_000
    assert motion.before[-1].sum() == 2
    assert motion.before[-1, -1] == 1


def test_a_part_of_a_millisecond_has_its_share():
    motion = EventMotion(np.array([[0], [10], [10], [30]]))
    between = motion.between(np.array([[250, 500, 2250], [0, 0, 3000]]))
    np.testing.assert_allclose(between[..., 0], [[2.5, 10.0], [0.0, 30.0]])
