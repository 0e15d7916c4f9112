"""Every event that a camera sends is counted once, whatever becomes of it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evface.cameras.base import CameraInfo, CameraKind, Packet
from evface.errors import CameraLostError
from evface.events.events import Events
from evface.events.filters.chain import FilterChain
from evface.events.filters.regions import Polarity
from evface.events.representations.counting import Histogram, MetavisionFrame
from evface.live.capture import Capture
from evface.live.clock_link import ArrivalClock
from evface.live.drawing import Drawer, View
from evface.live.history import History, HistorySettings
from evface.live.ring import EventRing
from evface.live.state import LiveCounters

_TIMES_US = st.one_of(
    st.integers(-200_000, 200_000),
    st.integers(-(1 << 62), 1 << 62),
    st.sampled_from([np.iinfo(np.int64).min, np.iinfo(np.int64).max, 0]),
)
_EVENT = st.tuples(_TIMES_US, st.integers(0, 80), st.integers(0, 60), st.booleans())
_PACKET = st.tuples(
    st.lists(_EVENT, max_size=30), st.booleans(), st.integers(0, 3_000_000), st.integers(0, 9)
)
_STEP = st.one_of(
    _PACKET,
    st.sampled_from(["draw", "filter", "pass", "view", "reopen"]),
    st.sampled_from([(64, 48), (32, 16), (1, 1), None, (0, 3), (9999, 2)]),
)


class _Camera:
    resolution = (64, 48)

    @property
    def info(self):
        return CameraInfo("test:0", "Test", CameraKind.SIMULATED, resolution=self.resolution)


class _Line:
    """All that an event passes through, in one thread."""

    def __init__(self, max_waiting):
        self.camera, self.counters = _Camera(), LiveCounters()
        self.ring = EventRing(max_waiting)
        self.history = History(HistorySettings(keep_us=50_000, max_event_bytes=1 << 20))
        self.drawer = Drawer(View(MetavisionFrame(), 20_000), 100_000)
        self.capture = Capture(
            self.camera,
            ring=self.ring,
            history=self.history,
            clock=ArrivalClock(),
            counters=self.counters,
        )
        self.now_s = 0.0
        self.n_sent = self.n_lost = 0

    def send(self, events, passed_us, n_dropped):
        self.now_s += passed_us * 1e-6
        self.n_sent += len(events)
        self.n_lost += n_dropped
        try:
            self.capture.take(Packet(events, None, None, self.now_s, n_dropped))
        except CameraLostError:
            self.camera.resolution = (64, 48)
            self.capture.opened()

    def draw(self):
        waiting = self.ring.take()
        self.counters.n_drawn += sum(len(batch.events) for batch in waiting)
        self.drawer.take(waiting)
        picture = self.drawer.draw()
        if picture is not None:
            assert picture.image.shape[::-1] == picture.resolution
            assert picture.n_events <= self.counters.n_drawn

    def check(self):
        counted = self.counters
        n_waiting = sum(len(batch.events) for batch in self.ring._waiting)
        assert counted.n_events == self.n_sent
        assert counted.n_dropped_by_camera == self.n_lost
        n_seen = counted.n_refused + counted.n_filtered + counted.n_drawn
        assert n_seen + self.ring.n_dropped + n_waiting == self.n_sent


def _events(rows, is_sorted):
    rows = sorted(rows) if is_sorted else rows
    t, x, y, p = (list(column) for column in zip(*rows, strict=True)) if rows else ([],) * 4
    return Events(
        np.array(t, np.int64), np.array(x, np.uint16), np.array(y, np.uint16), np.array(p, np.bool_)
    )


@given(st.lists(_STEP, max_size=25), st.sampled_from([64, 128, 1 << 20]))
@settings(deadline=None)
def test_events_sent_are_those_refused_filtered_dropped_drawn_or_waiting(steps, max_waiting):
    line = _Line(max_waiting)
    line.capture.opened()
    for step in steps:
        match step:
            case "draw":
                line.draw()
            case "filter":
                line.capture.filter_by(FilterChain((Polarity(keeps="on"),)))
            case "pass":
                line.capture.filter_by(FilterChain())
            case "view":
                line.drawer.show(View(Histogram(), 5_000))
            case "reopen":
                line.camera.resolution = (64, 48)
                line.capture.opened()
            case rows, is_sorted, passed_us, n_dropped:
                line.send(_events(rows, is_sorted), passed_us, n_dropped)
            case resolution:
                line.camera.resolution = resolution
        line.check()
    line.draw()
    line.check()
    moments = line.history.moments()
    for packed in moments.packed:
        events = packed.unpack()
        assert int(events.x.max()) < moments.resolution[0]
        assert int(events.y.max()) < moments.resolution[1]
        assert (np.diff(events.t) >= 0).all()


@pytest.mark.parametrize("n", [1, 3])
def test_a_clock_that_stands_still_takes_bounded_memory(n):
    line = _Line(1 << 20)
    line.capture.opened()
    events = _events([(5, 1, 1, True)] * n, True)
    for k in range(20_000):
        line.send(events, 1, 0)
        if k % 100 == 0:
            line.draw()
    assert len(line.drawer._recent._parts) <= 2 * n * 20_000 / 512
    assert all(len(block) <= 8192 for block in line.history._blocks)
    line.check()


def test_filters_chosen_while_the_sensor_changes_are_those_of_its_size(make_events):
    line = _Line(1 << 20)
    sizes = [(64, 48), (8, 6)]
    made = []

    class Selecting(FilterChain):
        def stream(self, resolution):
            made.append(resolution)
            if len(made) == 1:
                # While it is being made, the camera begins again with another sensor.
                line.camera.resolution = sizes[1]
                line.capture.opened()
            return super().stream(resolution)

    line.capture.opened()
    line.capture.filter_by(Selecting())
    assert made == [(64, 48), (8, 6)]
    line.send(make_events(0, 1000, 1e5, sizes[1]), 1000, 0)
    line.check()
