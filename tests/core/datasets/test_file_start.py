import numpy as np
import pytest

from evface.datasets.file_start import first_event_delay_us
from evface.events.events import Events
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.events.sources import open_events


def delay_of(path):
    source = open_events(path)
    try:
        return first_event_delay_us(source)
    finally:
        source.close()


@pytest.mark.parametrize("begin", [0, 3, 4094])
def test_evt3_begins_with_its_first_time_stamp(tmp_path, begin):
    # Two stamps of 4096 us, then an event 70 us after the second.
    words = [8 << 12 | begin, 8 << 12 | begin + 1, 6 << 12 | 70, 7, 2 << 12 | 1 << 11 | 5]
    path = tmp_path / "ev.raw"
    header = b"% evt 3.0\n% format EVT3;height=48;width=64\n% end\n"
    path.write_bytes(header + np.array(words, "<u2").tobytes())
    assert delay_of(path) == 4096 + 70


def test_evt2_begins_with_its_first_time_stamp(tmp_path):
    words = [8 << 28 | 1000, 8 << 28 | 1002, 1 << 28 | 9 << 22 | 5 << 11 | 7]
    path = tmp_path / "ev.raw"
    header = b"% evt 2.0\n% format EVT2;height=48;width=64\n% end\n"
    path.write_bytes(header + np.array(words, "<u4").tobytes())
    assert delay_of(path) == 2 * 64 + 9


def test_hdf5_begins_at_its_time_zero(tmp_path):
    events = Events(
        np.array([450, 900]), np.zeros(2, np.uint16), np.zeros(2, np.uint16), np.ones(2, bool)
    )
    write_events_hdf5(tmp_path / "ev.h5", [events], resolution=(64, 48))
    assert delay_of(tmp_path / "ev.h5") == 450
