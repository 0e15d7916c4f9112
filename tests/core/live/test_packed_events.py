import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface.events.events import Events
from evface.live.packed_events import MAX_SPAN_US, pack

_EVENT = st.tuples(
    st.one_of(st.integers(0, 300), st.integers(0, 100_000)),
    st.integers(0, 4095),
    st.integers(0, 4095),
    st.booleans(),
)


def _events(rows, start_us=0):
    steps, x, y, p = (list(column) for column in zip(*rows, strict=True))
    return Events(
        start_us + np.cumsum(steps, dtype=np.int64),
        np.array(x, np.uint16),
        np.array(y, np.uint16),
        np.array(p, np.bool_),
    )


def _same(one, other):
    return all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in ("t", "x", "y", "p")
    )


@given(st.lists(_EVENT, min_size=1, max_size=60), st.integers(0, 1 << 60), st.integers(0, 130))
def test_what_is_packed_comes_back_however_little_room_there_is(rows, start_us, n_words):
    events = _events(rows, start_us)
    packed = pack(events, np.empty(n_words, np.uint32))
    if packed is None:
        # One event and the pause before it always fit.
        assert n_words < 1
        return
    n = packed.n_events
    first = Events(events.t[:n], events.x[:n], events.y[:n], events.p[:n])
    assert _same(packed.unpack(), first)
    assert (packed.start_us, packed.last_us) == (first.t[0], first.t[-1])
    assert n == len(events) or len(packed.words) >= n_words - 1


def test_close_events_take_a_word_each():
    events = _events([(1, 5, 6, True)] * 1000)
    assert len(pack(events, np.empty(4096, np.uint32)).words) == 1000


def test_events_too_far_apart_are_refused():
    with pytest.raises(ValueError, match="within"):
        pack(_events([(0, 1, 1, True), (MAX_SPAN_US + 1, 1, 1, True)]), np.empty(9, np.uint32))
