from __future__ import annotations

import contextlib
import struct

import numpy as np
import pytest
from encoding_others import (
    aedat4,
    aedat4_events,
    events_buffer,
    frame_buffer,
    motion_buffer,
    rows_at_random,
    triggers_buffer,
)
from fuzzing import assert_is_beginning, fuzz, mutations, open_damaged
from hypothesis import given
from hypothesis import strategies as st

from evface.errors import EventFileError
from evface.events.formats.frame_source import FrameSource

ROWS = rows_at_random(2000)
ORIGIN_US = int(ROWS[0, 0])


def check_rows(source, rows=ROWS):
    events = source.read(0, source.duration_us)
    np.testing.assert_array_equal(events.t + source.origin_us, rows[:, 0])
    for column, name in ((1, "x"), (2, "y"), (3, "p")):
        np.testing.assert_array_equal(getattr(events, name), rows[:, column])


@pytest.mark.parametrize("compression", ["none", "lz4", "zstd"])
def test_what_was_encoded_is_read_back(compression, tmp_path, opened):
    path = tmp_path / "a.aedat4"
    path.write_bytes(aedat4_events(ROWS, compression=compression))
    source = opened(path)
    assert (source.format, source.resolution, source.warnings) == ("AEDAT4", (64, 48), ())
    assert source.metadata["camera"] == "DAVIS346_1"
    check_rows(source)


def test_triggers_pictures_and_other_streams_are_told_apart(tmp_path, opened):
    images = [np.full((48, 64), k, np.uint8) for k in (10, 200)]
    parts = [
        (0, events_buffer(ROWS)),
        (1, frame_buffer(5000, 4000, 6000, images[0])),
        (1, frame_buffer(9000, 8000, 10_000, images[1])),
        (2, triggers_buffer([(700, 1), (900, 2), (950, 6)])),
        (3, events_buffer(ROWS[:5])),
    ]
    path = tmp_path / "a.aedat4"
    path.write_bytes(aedat4(parts))
    source = opened(path)
    check_rows(source)
    triggers = source.triggers()
    assert (triggers.times_us + ORIGIN_US).tolist() == [700, 900]
    assert triggers.is_rising.tolist() == [True, False]
    assert (source.frames.times_us + ORIGIN_US).tolist() == [5000, 9000]
    assert source.frames.resolution == (64, 48)
    assert ["1 more stream" in line for line in source.warnings] == [True]


def test_motion_is_left_out_and_counted_without_a_warning(tmp_path, opened):
    path = tmp_path / "a.aedat4"
    path.write_bytes(aedat4([(0, events_buffer(ROWS)), (4, motion_buffer()), (4, motion_buffer())]))
    source = opened(path)
    check_rows(source)
    assert source.warnings == ()
    assert source.findings.n_motion == 2


@pytest.mark.parametrize("compression", ["none", "lz4", "zstd"])
def test_a_file_cut_off_is_read_up_to_the_cut(compression, tmp_path, opened):
    whole = aedat4_events(ROWS, compression=compression, with_table=False)
    path = tmp_path / "cut.aedat4"
    path.write_bytes(whole[: len(whole) * 2 // 3])
    source = opened(path)
    assert source.n_events >= 1200
    check_rows(source, ROWS[: source.n_events])
    assert source.findings.n_cut_bytes > 0
    assert source.findings.cut_at_us == source.duration_us
    assert "was cut off" in source.warnings[0]


def test_a_file_without_its_table_is_read_whole(tmp_path, opened):
    path = tmp_path / "a.aedat4"
    path.write_bytes(aedat4_events(ROWS, with_table=False))
    source = opened(path)
    check_rows(source)
    assert "not closed" in source.warnings[0]


@pytest.mark.parametrize("value", [0, -1, 2**31 - 1, 50])
def test_a_wrong_size_of_a_packet_costs_that_packet_alone(value, tmp_path, opened):
    data = bytearray(aedat4_events(ROWS))
    places = [at for at in range(len(data)) if data[at : at + 4] == b"\x04\x22\x4d\x18"]
    struct.pack_into("<i", data, places[5] - 4, value)
    path = tmp_path / "a.aedat4"
    path.write_bytes(data)
    source = opened(path)
    assert source.n_events >= 1900
    assert source.read(0, source.duration_us).t[-1] + ORIGIN_US == ROWS[-1, 0]


def test_a_damaged_header_is_an_error(tmp_path, opened):
    path = tmp_path / "a.aedat4"
    path.write_bytes(b"#!AER-DAT4.0\r\n" + b"\xff" * 100)
    with pytest.raises(EventFileError, match="header is damaged"):
        opened(path)


@pytest.mark.parametrize("compression", ["none", "lz4", "zstd"])
def test_no_damage_does_harm(compression, tmp_path_factory):
    valid = aedat4_events(ROWS[:400], compression=compression, per_packet=50)
    path = tmp_path_factory.mktemp("fuzz") / "a.aedat4"
    whole = open_damaged(path, valid)

    @fuzz
    @given(data=st.data())
    def damaged(data):
        open_damaged(path, data.draw(mutations(valid)))

    @fuzz
    @given(n=st.integers(500, len(valid)))
    def cut(n):
        assert_is_beginning(open_damaged(path, valid[:n]), whole)

    damaged()
    cut()


@pytest.mark.parametrize("library", ["faery", "aedat", "dv_processing"])
def test_a_real_recording_agrees_with_other_libraries(library, shared_data, opened):
    module = pytest.importorskip(library)
    path = shared_data("events/davis346_170ms.aedat4")
    source = opened(path)
    events = source.read(0, source.duration_us)
    assert len(events) == 6676
    names = ("t", "x", "y", "on")
    if library == "faery":
        theirs = module.events_stream_from_file(path).to_array()
    elif library == "aedat":
        packets = [packet["events"] for packet in module.Decoder(path) if "events" in packet]
        theirs = np.concatenate(packets)
    else:
        recording, batches = module.io.MonoCameraRecording(str(path)), []
        while recording.isRunning() and (batch := recording.getNextEventBatch()) is not None:
            batches.append(batch.numpy())
        theirs = np.concatenate(batches)
        names = ("timestamp", "x", "y", "polarity")
    np.testing.assert_array_equal(events.t + source.origin_us, theirs[names[0]])
    for ours, name in zip("xyp", names[1:], strict=True):
        np.testing.assert_array_equal(getattr(events, ours), theirs[name])


def test_the_pictures_of_a_real_recording_agree_with_aedat(shared_data, opened):
    aedat = pytest.importorskip("aedat")
    path = shared_data("events/davis346_170ms.aedat4")
    source = opened(path)
    theirs = [packet["frame"] for packet in aedat.Decoder(path) if "frame" in packet]
    assert (source.frames.times_us + source.origin_us).tolist() == [one["t"] for one in theirs]
    with contextlib.closing(FrameSource(path, source.frames)) as video:
        for k, one in enumerate(theirs):
            np.testing.assert_array_equal(video.read(k)[:, :, 1], one["pixels"])
