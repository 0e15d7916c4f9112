from __future__ import annotations

import numpy as np
import pytest
from encoding_others import aedat2, aedat31, rows_at_random
from fuzzing import assert_is_beginning, fuzz, mutations, open_damaged
from hypothesis import given
from hypothesis import strategies as st

from evface.errors import EventFileError

ROWS = rows_at_random(3000, resolution=(128, 128))


def check_rows(source, rows):
    events = source.read(0, source.duration_us)
    np.testing.assert_array_equal(events.t + source.origin_us, rows[:, 0])
    for column, name in ((1, "x"), (2, "y"), (3, "p")):
        np.testing.assert_array_equal(getattr(events, name), rows[:, column])


@pytest.mark.parametrize(
    ("camera", "size"),
    [("DVS128", (128, 128)), ("DAVIS240C", (240, 180)), ("DAVIS346", (346, 260))],
)
def test_version_2_is_read_as_each_camera_lays_it_out(camera, size, tmp_path, opened):
    path = tmp_path / "a.aedat"
    path.write_bytes(
        aedat2(ROWS, camera=camera, resolution=size, triggers=[(500, True), (900, False)])
        if camera != "DVS128"
        else aedat2(ROWS, camera=camera, resolution=size)
    )
    source = opened(path)
    assert (source.format, source.resolution) == ("AEDAT 2.0", size)
    check_rows(source, ROWS)
    if camera != "DVS128":
        assert (source.triggers().times_us + source.origin_us).tolist() == [500, 900]
        assert source.triggers().is_rising.tolist() == [True, False]
        assert "333 samples of pictures" in source.warnings[0]


def test_the_end_of_the_counter_of_version_2_is_counted(tmp_path, opened):
    path = tmp_path / "a.aedat"
    first = 2**32 - int(ROWS[-1, 0]) // 2
    path.write_bytes(aedat2(ROWS, first_t=first))
    source = opened(path)
    np.testing.assert_array_equal(source.read(0, 10**9).t, ROWS[:, 0] - ROWS[0, 0])
    assert source.findings.n_wraps == 1
    assert source.findings.n_restarts == 0


def test_motion_is_left_out_and_counted_without_a_warning(tmp_path, opened):
    path = tmp_path / "a.aedat"
    path.write_bytes(aedat31(ROWS, n_motion=5))
    source = opened(path)
    check_rows(source, ROWS)
    assert source.warnings == ()
    assert source.findings.n_motion == 5


def test_version_3_1_is_read_with_triggers_and_pictures(tmp_path, opened):
    image = np.arange(180 * 240, dtype=np.uint16).reshape(180, 240)
    path = tmp_path / "a.aedat"
    path.write_bytes(
        aedat31(ROWS, triggers=[(500, True), (900, False)], frames=[(4000, 6000, image)])
    )
    source = opened(path)
    assert (source.format, source.resolution, source.warnings) == ("AEDAT 3.1", (240, 180), ())
    check_rows(source, ROWS)
    assert (source.triggers().times_us + source.origin_us).tolist() == [500, 900]
    assert (source.frames.times_us + source.origin_us).tolist() == [5000]
    assert source.frames.resolution == (240, 180)


def test_the_end_of_the_counter_of_version_3_1_is_counted(tmp_path, opened):
    rows = ROWS.copy()
    rows[:, 0] += 2**31 - int(ROWS[-1, 0]) // 2
    path = tmp_path / "a.aedat"
    path.write_bytes(aedat31(rows))
    check_rows(opened(path), rows)


def test_other_versions_are_told(tmp_path, opened):
    path = tmp_path / "a.aedat"
    path.write_bytes(b"#!AER-DAT1.0\r\n" + bytes(100))
    with pytest.raises(EventFileError, match=r"AEDAT 1\.0"):
        opened(path)


@pytest.mark.parametrize("encode", [aedat2, aedat31])
def test_a_file_cut_off_is_read_up_to_the_cut(encode, tmp_path, opened):
    data = encode(ROWS)
    path = tmp_path / "a.aedat"
    path.write_bytes(data[: len(data) // 2 + 3])
    source = opened(path)
    check_rows(source, ROWS[: source.n_events])
    assert source.n_events > 0.4 * len(ROWS)
    assert source.findings.n_cut_bytes > 0


def test_a_damaged_packet_of_version_3_1_costs_itself_alone(tmp_path, opened):
    data = bytearray(aedat31(ROWS))
    data[len(data) // 2 : len(data) // 2 + 40] = b"\xff" * 40
    path = tmp_path / "a.aedat"
    path.write_bytes(data)
    source = opened(path)
    assert source.n_events >= len(ROWS) - 100
    assert source.read(0, 10**9).t[-1] + source.origin_us == ROWS[-1, 0]


@pytest.mark.parametrize("encode", [aedat2, aedat31])
def test_no_damage_does_harm(encode, tmp_path_factory):
    valid = encode(ROWS[:300])
    path = tmp_path_factory.mktemp("fuzz") / "a.aedat"
    whole = open_damaged(path, valid)

    @fuzz
    @given(data=st.data())
    def damaged(data):
        open_damaged(path, data.draw(mutations(valid)))

    @fuzz
    @given(n=st.integers(100, len(valid)))
    def cut(n):
        assert_is_beginning(open_damaged(path, valid[:n]), whole)

    damaged()
    cut()


@pytest.mark.parametrize("encode", [aedat2, aedat31])
def test_another_library_decodes_the_same_words(encode, tmp_path, opened):
    io = pytest.importorskip("evutils.io")
    path = tmp_path / "a.aedat"
    path.write_bytes(encode(ROWS))
    with io.EventReader(str(path)) as reader:
        parts = [(part.t, part.x, part.y, part.p) for part in reader]
    t, x, y, p = (np.concatenate(column).astype(np.int64) for column in zip(*parts, strict=True))
    # Of version 2.0 it gives addresses as they are in the file, counted from below and the right.
    if encode is aedat2:
        x, y = 239 - x, 179 - y
    check_rows(opened(path), np.stack([t, x, y, p], axis=1))
