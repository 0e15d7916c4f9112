import numpy as np
import pytest

from evface.events.events import Events
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.events.sources import open_events
from evface.review.event_counts import shortage


@pytest.fixture
def make_source(tmp_path):
    sources = []

    def make(t, x, y):
        events = Events(
            np.asarray(t, np.int64),
            np.asarray(x, np.uint16),
            np.asarray(y, np.uint16),
            np.ones(len(t), bool),
        )
        write_events_hdf5(tmp_path / "e.h5", [events], resolution=(640, 480))
        sources.append(open_events(tmp_path / "e.h5"))
        return sources[-1]

    yield make
    for source in sources:
        source.close()


def test_counts_are_those_of_counting_by_hand(make_source):
    random = np.random.default_rng(4)
    n = 20_000
    t = np.sort(random.integers(0, 400_000, n))
    t[0] = 0
    x, y = random.integers(0, 640, n), random.integers(0, 480, n)
    times_us = np.sort(random.choice(380_000, 40, replace=False)) + 20_000
    low = random.uniform(0, 300, (40, 2))
    boxes = np.concatenate([low, low + random.uniform(10, 170, (40, 2))], axis=1).astype("f4")
    short = shortage(make_source(t, x, y), times_us, boxes)
    for t_us, box, one in zip(times_us, boxes, short, strict=True):
        inside = (t >= t_us - 20_000) & (t < t_us) & (x >= box[0]) & (x <= box[2])
        inside &= (y >= box[1]) & (y <= box[3])
        needed = max(1e-3 * (box[2] - box[0]) * (box[3] - box[1]), 50)
        if len(times_us[(times_us > t_us - 20_000) & (times_us <= t_us)]) == 1:
            assert one == pytest.approx(needed / max(inside.sum(), 1), rel=1e-4)


def test_a_still_face_has_too_few_events(make_source):
    t = np.concatenate([np.arange(0, 100_000, 20), np.arange(100_000, 300_000, 5_000)])
    source = make_source(t, np.full(len(t), 50), np.full(len(t), 50))
    times_us = np.arange(0, 300_000, 10_000)
    short = shortage(source, times_us, np.tile(np.float32([0, 0, 99, 99]), (30, 1)))
    assert (short[3:10] < 1).all()
    assert (short[13:29] > 5).all()


def test_nothing_is_said_where_there_is_no_face_or_no_recording(make_source):
    t = np.arange(0, 100_000, 20)
    source = make_source(t, np.full(len(t), 50), np.full(len(t), 50))
    times_us = np.array([10_000, 50_000, 200_000])
    boxes = np.float32([[0, 0, 9, 9], [np.nan] * 4, [0, 0, 9, 9]])
    assert np.isnan(shortage(source, times_us, boxes)).all()
