import math
import threading
import time

import numpy as np
import pytest

from evface.cameras.replay import ReplayCamera
from evface.errors import CameraError, CameraLostError
from evface.events.events import Events
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.events.formats.raw_header import read_raw_header
from evface.events.sources import open_events


def _play(camera, n_events=math.inf):
    """Return the packets of a camera up to its end, or until so many events came."""
    packets, n = [], 0
    camera.open()
    try:
        while n < n_events:
            packet = camera.read(2.0)
            assert packet is not None
            packets.append(packet)
            n += len(packet.events)
    except CameraLostError:
        pass
    finally:
        camera.close()
    return packets


def _events(packets):
    return Events.concatenate([packet.events for packet in packets])


@pytest.mark.parametrize("encoding", ["EVT2", "EVT3"])
def test_a_raw_file_gives_its_very_bytes_and_events(write_raw, known, encoding):
    truth = known.events()
    path = write_raw(truth, encoding=encoding)
    camera = ReplayCamera(path, speed=math.inf)

    packets = _play(camera)

    assert known.same(_events(packets), truth)
    body = path.read_bytes()[read_raw_header(path).n_bytes :]
    assert b"".join(packet.raw for packet in packets) == body
    assert camera.info.resolution == known.resolution
    assert not camera.info.is_simulated


def test_any_recording_plays(tmp_path, known):
    path, truth = tmp_path / "events.h5", known.events(start_us=0)
    simulated = {"camera": "simulated"}
    write_events_hdf5(path, [truth], resolution=known.resolution, metadata=simulated)
    camera = ReplayCamera(path, speed=math.inf)

    packets = _play(camera)

    events = _events(packets)
    assert known.same(Events(events.t + truth.t[0], events.x, events.y, events.p), truth)
    assert all(packet.raw is None for packet in packets)
    assert camera.raw_header is None
    assert camera.info.is_simulated


def test_it_takes_as_long_as_the_recording_does(write_raw, known):
    truth = known.events(duration_us=300_000)
    camera = ReplayCamera(write_raw(truth))
    began_s = time.monotonic()

    packets = _play(camera)

    assert time.monotonic() - began_s > 0.29
    # Nothing comes before it is due.
    first = packets[0]
    for packet in packets:
        if len(packet.events):
            since_us = (packet.received_s - began_s) * 1e6
            assert packet.events.t[-1] - first.events.t[0] <= since_us
    n_dropped = sum(packet.n_dropped for packet in packets)
    assert len(_events(packets)) + n_dropped == len(truth)


def test_who_reads_too_slowly_gets_the_newest_and_the_count_of_the_rest(write_raw, known):
    truth = known.events(duration_us=2_000_000)
    camera = ReplayCamera(write_raw(truth))
    camera.open()
    camera.read(1.0)
    time.sleep(0.7)

    packet = camera.read(1.0)

    assert packet.n_dropped > 0
    # No more than a quarter of a second late.
    assert packet.events.t[0] - truth.t[0] > 400_000
    assert camera.health().n_dropped == packet.n_dropped
    camera.close()


@pytest.mark.parametrize("encoding", ["EVT2", "EVT3"])
def test_a_loop_goes_on_as_a_camera_would(write_raw, known, tmp_path, encoding):
    truth = known.events()
    path = write_raw(truth, encoding=encoding)
    camera = ReplayCamera(path, speed=math.inf, is_looped=True)

    packets = _play(camera, n_events=3 * len(truth))

    events = _events(packets)
    assert np.all(np.diff(events.t) >= 0)
    # Rounds follow one another within some milliseconds.
    assert np.diff(events.t).max() < 10_000
    assert np.array_equal(events.x[:60_000], np.tile(truth.x, 3))
    again = tmp_path / "again.raw"
    again.write_bytes(path.read_bytes()[: read_raw_header(path).n_bytes])
    with again.open("ab") as file:
        file.writelines(packet.raw for packet in packets)
    source = open_events(again)
    assert source.n_events == len(events)
    assert source.duration_us == events.t[-1] - events.t[0] + 1
    assert source.findings.n_restarts == 0
    source.close()


def test_a_loop_outlasts_the_counter_of_its_times(write_raw, known):
    truth = known.events(2_000, duration_us=9_000_000)
    camera = ReplayCamera(write_raw(truth), speed=math.inf, is_looped=True)

    # EVT3 counts 16.8 s, and begins again.
    packets = _play(camera, n_events=5 * len(truth))

    t = _events(packets).t
    assert np.all(np.diff(t) >= 0)
    assert 44_900_000 <= t[-1] - t[0] < 45_500_000


def test_closing_ends_a_read_in_another_thread(write_raw, known):
    camera = ReplayCamera(write_raw(known.events(10, duration_us=60_000_000)))
    camera.open()
    camera.read(0.0)
    results = []
    thread = threading.Thread(target=lambda: results.append(camera.read(30.0)))
    thread.start()

    camera.close()

    thread.join(2.0)
    assert not thread.is_alive()
    camera.close()
    assert camera.read(0.0) is None


def test_it_can_be_opened_again(write_raw, known):
    truth = known.events(2_000)
    camera = ReplayCamera(write_raw(truth), speed=math.inf)

    assert known.same(_events(_play(camera)), _events(_play(camera)))


def test_what_cannot_be_played_is_said_in_plain_words(tmp_path):
    nothing = ReplayCamera(tmp_path / "none.raw")
    with pytest.raises(CameraError, match=r"none\.raw: does not exist; check the path"):
        nothing.open()
    text = tmp_path / "notes.txt"
    text.write_text("not events " * 20)
    with pytest.raises(CameraError, match="text"):
        ReplayCamera(text).open()


def test_damaged_recordings_play_as_they_are_read(write_raw, known):
    path = write_raw(known.events())
    data = bytearray(path.read_bytes())
    at = len(data) // 2 & ~1
    data[at : at + 400] = b"\xff\x9f" * 200
    path.write_bytes(data)
    source = open_events(path)
    truth = source.read(0, source.duration_us)

    events = _events(_play(ReplayCamera(path, speed=math.inf)))

    assert known.same(Events(events.t, events.x, events.y, events.p), truth)
    source.close()
