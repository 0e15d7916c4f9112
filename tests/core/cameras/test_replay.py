import math
import threading
import time

import numpy as np
import pytest

from evface.cameras import recorded_words, replay
from evface.cameras.raw_stream import RawStream
from evface.cameras.recorded_words import RecordedWords
from evface.cameras.replay import ReplayCamera
from evface.errors import CameraError, CameraLostError
from evface.events.events import Events
from evface.events.formats.hdf5_source import Hdf5Source
from evface.events.formats.hdf5_writer import Hdf5EventWriter, write_events_hdf5
from evface.events.formats.raw_header import read_raw_header
from evface.events.sources import open_events
from evface.events.triggers import Triggers


def _play(camera, n_events=math.inf):
    """Return the packets of a camera up to its end, or until so many events came."""
    packets, n = [], 0
    camera.open()
    try:
        while n < n_events:
            packet = camera.read(60.0)
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
    truth = known.events(duration_us=40_000_000)
    camera = ReplayCamera(write_raw(truth))
    camera.open()
    camera.read(60.0)
    # Ten seconds pass.
    camera._zero_s -= 10.0

    packet = camera.read(60.0)

    assert packet.n_dropped > 0
    # No more than a quarter of a second late.
    assert packet.events.t[0] - truth.t[0] > 9_700_000
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

    thread.join(25.0)
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


class _Clock:
    """Stands still, but for what is said to take time."""

    now_s = 100.0

    def monotonic(self):
        return self.now_s


@pytest.fixture
def slow_decoding(monkeypatch):
    """Return a clock that goes on for so many seconds per second decoded, and what was decoded."""
    clock, decoded = _Clock(), []
    monkeypatch.setattr(replay, "time", clock)
    clock.s_per_s = 0.0

    def spend(events):
        decoded.append(len(events))
        if len(events):
            clock.now_s += clock.s_per_s * (events.t[-1] - events.t[0]) * 1e-6
        return events

    read, take = Hdf5Source.read, RawStream.take
    monkeypatch.setattr(Hdf5Source, "read", lambda *given: spend(read(*given)))

    def take_slowly(*given):
        events, triggers, n_done = take(*given)
        return spend(events), triggers, n_done

    monkeypatch.setattr(RawStream, "take", take_slowly)
    return clock, decoded


def _play_behind(camera, clock, step_s=0.002):
    """Return the packets up to the end, and how late the last event of each was, s."""
    packets, late_s = [], []
    camera.open()
    began_s, first_us = clock.now_s, None
    try:
        while True:
            clock.now_s += step_s
            due_s = clock.now_s - began_s
            packet = camera.read(0.0)
            if packet is None:
                continue
            packets.append(packet)
            if not len(packet.events):
                # Triggers alone, or what was jumped over before the end.
                assert packet.triggers is not None or packet.n_dropped
                continue
            first_us = packet.events.t[0] if first_us is None else first_us
            late_s.append(due_s - (packet.events.t[-1] - first_us) * 1e-6)
    except CameraLostError:
        pass
    finally:
        camera.close()
    return packets, late_s


def _write_hdf5(path, events, known, triggers=None):
    with Hdf5EventWriter(path, resolution=known.resolution) as writer:
        if triggers is not None:
            writer.append_triggers(triggers)
        writer.append(events)
    return path


@pytest.mark.parametrize("times_slower", [2, 30])
def test_what_cannot_be_decoded_in_time_is_jumped_over(
    tmp_path, known, slow_decoding, times_slower
):
    clock, decoded = slow_decoding
    truth = known.events(100_000, duration_us=20_000_000, start_us=0)
    camera = ReplayCamera(_write_hdf5(tmp_path / "events.h5", truth, known))
    clock.s_per_s = times_slower

    packets, late_s = _play_behind(camera, clock)

    # Every packet has events, and none is later than one piece makes it.
    assert max(late_s) < 0.25 + 0.1 * times_slower
    assert clock.now_s - 100 < 20.25 + 0.1 * times_slower
    assert sum(decoded) < 1.2 * len(truth) / times_slower
    events, n_dropped = _events(packets), sum(packet.n_dropped for packet in packets)
    assert len(events) + n_dropped == pytest.approx(len(truth), abs=500)
    assert camera.health().n_dropped == n_dropped
    # What was handed out is what there is at these times.
    place = np.searchsorted(truth.t, packets[-1].events.t[0] + truth.t[0])
    part = truth.x[place : place + len(packets[-1].events)]
    assert np.array_equal(packets[-1].events.x, part)


def test_what_is_jumped_over_is_counted_to_the_event(tmp_path, known, slow_decoding):
    clock, _ = slow_decoding
    truth = known.events(100_000, duration_us=3_000_000, start_us=0)
    camera = ReplayCamera(_write_hdf5(tmp_path / "events.h5", truth, known))
    camera.open()
    clock.now_s += 0.01
    first = camera.read(0.0)
    clock.now_s += 1.0

    second = camera.read(0.0)

    missing = truth.between(first.events.t[-1] + truth.t[0] + 1, second.events.t[0] + truth.t[0])
    assert second.n_dropped == len(missing) > 10_000
    assert second.events.t[-1] > 950_000
    camera.close()


@pytest.mark.parametrize("encoding", ["EVT2", "EVT3"])
@pytest.mark.parametrize("is_dense", [False, True])
def test_bytes_of_a_replay_that_jumps_make_a_sound_file(
    write_raw, tmp_path, known, slow_decoding, encoding, is_dense
):
    clock, decoded = slow_decoding
    # Longer than the counter of EVT3's times, or more than is read at once.
    n, duration_us = (400_000, 2_000_000) if is_dense else (60_000, 40_000_000)
    path = write_raw(known.events(n, duration_us=duration_us), encoding=encoding)
    camera = ReplayCamera(path)
    clock.s_per_s = 20

    packets, late_s = _play_behind(camera, clock)

    assert max(late_s) < 3
    events, n_dropped = _events(packets), sum(packet.n_dropped for packet in packets)
    assert n_dropped > n // 2
    assert sum(decoded) == len(events) < n // 4
    assert len(events) + n_dropped == n
    again = tmp_path / "again.raw"
    header = path.read_bytes()[: read_raw_header(path).n_bytes]
    again.write_bytes(header + b"".join(packet.raw for packet in packets))
    with_pauses, whole = open_events(again), open_events(path)
    found, truth = with_pauses.read(0, 1 << 40), whole.read(0, 1 << 40)
    findings = with_pauses.findings
    with_pauses.close()
    whole.close()
    assert known.same(Events(found.t + events.t[0], found.x, found.y, found.p), events)
    assert (findings.n_restarts, findings.n_damaged_words, findings.n_outside) == (0, 0, 0)
    # They are events of the recording, at their times.
    times_us = events.t - events.t[0]
    of_truth = set(zip(truth.t, truth.x, truth.y, truth.p, strict=True))
    assert of_truth.issuperset(zip(times_us, events.x, events.y, events.p, strict=True))


def _triggers(packets):
    triggers = Triggers.empty()
    for packet in packets:
        triggers = triggers.followed_by(packet.triggers or Triggers.empty())
    return triggers


def _same_triggers(some, others, *, shift_us=0):
    return (
        np.array_equal(some.times_us, others.times_us + shift_us)
        and np.array_equal(some.channels, others.channels)
        and np.array_equal(some.is_rising, others.is_rising)
    )


@pytest.mark.parametrize("encoding", ["EVT2", "EVT3"])
def test_triggers_among_bytes_that_are_jumped_over_are_kept(
    write_raw, tmp_path, known, slow_decoding, encoding
):
    clock, decoded = slow_decoding
    events = known.events(400_000, duration_us=20_000_000)
    truth = known.triggers(300, duration_us=20_000_000)
    path = write_raw(events, encoding=encoding, triggers=truth)
    camera = ReplayCamera(path)
    clock.s_per_s = 20

    packets, _ = _play_behind(camera, clock)

    assert sum(decoded) < len(events) // 4
    assert _same_triggers(_triggers(packets), truth)
    again = tmp_path / "again.raw"
    header = path.read_bytes()[: read_raw_header(path).n_bytes]
    again.write_bytes(header + b"".join(packet.raw for packet in packets))
    source = open_events(again)
    assert _same_triggers(source.triggers(), truth, shift_us=-source.origin_us)
    assert (source.findings.n_restarts, source.findings.n_damaged_words) == (0, 0)
    source.close()


def test_triggers_of_windows_that_are_jumped_over_are_handed_out(tmp_path, known, slow_decoding):
    clock, decoded = slow_decoding
    events = known.events(100_000, duration_us=20_000_000, start_us=0)
    truth = known.triggers(300, duration_us=20_000_000, start_us=0)
    camera = ReplayCamera(_write_hdf5(tmp_path / "events.h5", events, known, truth))
    clock.s_per_s = 20

    packets, _ = _play_behind(camera, clock)

    assert sum(decoded) < len(events) // 4
    assert _same_triggers(_triggers(packets), truth, shift_us=-events.t[0])


def test_triggers_before_and_after_all_events_come_in_every_round(tmp_path, known):
    events = known.events(2_000, duration_us=100_000, start_us=50_000)
    truth = known.triggers(20, duration_us=200_000, start_us=0)
    camera = ReplayCamera(
        _write_hdf5(tmp_path / "events.h5", events, known, truth), speed=math.inf, is_looped=True
    )

    packets = _play(camera, n_events=3 * len(events))

    triggers = _triggers(packets)
    assert len(triggers) >= 2 * len(truth)
    assert np.all(np.diff(triggers.times_us) >= 0)
    first = triggers.part(0, len(truth))
    assert _same_triggers(first, truth, shift_us=-events.t[0])


def test_the_end_counts_what_was_jumped_over_before_it(tmp_path, known, slow_decoding):
    clock, _ = slow_decoding
    truth = known.events(10_000, duration_us=1_000_000, start_us=0)
    camera = ReplayCamera(_write_hdf5(tmp_path / "events.h5", truth, known))
    camera.open()
    clock.now_s += 60.0

    packet = camera.read(0.0)

    assert len(packet.events) + packet.n_dropped == len(truth)
    assert camera.health().n_dropped == packet.n_dropped > 0
    with pytest.raises(CameraLostError, match="at its end"):
        camera.read(0.0)
    camera.close()


def test_raw_files_that_no_camera_sends_as_they_are_play_too(tmp_path, known):
    truth = known.events(3_000)
    words = [
        word
        for t, x, y, p in zip(*(getattr(truth, name).tolist() for name in "txyp"), strict=True)
        for word in ((8 << 28 | t >> 6) << 32, (p << 28 | (t & 63) << 22 | x << 11 | y) << 32 | 1)
    ]
    path = tmp_path / "evt21.raw"
    header = b"% format EVT21;endianness=little;height=240;width=320\n% end\n"
    path.write_bytes(header + np.array(words, "<u8").tobytes())
    camera = ReplayCamera(path, speed=math.inf)

    events = _events(_play(camera))

    assert camera.raw_header is None
    assert known.same(Events(events.t + truth.t[0], events.x, events.y, events.p), truth)


def test_a_loop_that_jumps_goes_on(write_raw, known, slow_decoding):
    clock, _ = slow_decoding
    camera = ReplayCamera(write_raw(known.events(20_000, duration_us=1_000_000)), is_looped=True)
    camera.open()
    clock.now_s += 0.01
    packets = [camera.read(0.0)]
    for _ in range(60):
        clock.now_s += 0.4
        packets.append(camera.read(0.0))

    t = _events(packets).t
    assert np.all(np.diff(t) >= 0)
    assert t[-1] - t[0] > 10_000_000
    camera.close()


def test_a_replay_that_cannot_even_be_looked_through_in_time_plays_more_slowly(
    write_raw, known, slow_decoding, monkeypatch
):
    clock, _ = slow_decoding
    truth = known.events(100_000, duration_us=3_000_000, start_us=0)
    camera = ReplayCamera(write_raw(truth))
    skip = RecordedWords.skip

    def skip_slowly(recorded, until_us):
        jump = skip(recorded, until_us)
        clock.now_s += 0.0 if jump is None else 0.2
        return jump

    monkeypatch.setattr(RecordedWords, "skip", skip_slowly)
    monkeypatch.setattr(recorded_words, "_AHEAD_BYTES", 1 << 12)
    clock.s_per_s = 3.0

    packets, _ = _play_behind(camera, clock)

    n_events = [len(packet.events) for packet in packets]
    assert sum(n_events) + sum(packet.n_dropped for packet in packets) == len(truth)
    # What there is time for is decoded, not only looked through.
    assert sum(n_events) > len(truth) / 4
