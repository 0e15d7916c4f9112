import csv
from dataclasses import replace

import numpy as np
import pytest

from evface.annotations.segments import Intensity, Presence, Segment, Side
from evface.errors import RecordingError
from evface.interchange.openface_writing import (
    GRADED,
    PRESENT_OR_NOT,
    UnitSource,
    exact_columns,
    write_openface,
)
from evface.interchange.scales import openface_from_unit


@pytest.fixture
def path(tmp_path):
    return tmp_path / "labels.csv"


def table(path):
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


def test_the_clean_table_has_what_is_known_by_openfaces_names(labels, path):
    exported = write_openface(path, labels, "teacher")
    assert exported.files == (path, path.with_name("labels.csv.evface.json"))
    columns = table(path)
    assert list(columns) == [
        *("frame", "timestamp", "confidence", "success", "pose_Rx", "pose_Ry", "pose_Rz"),
        *(f"{axis}_{i}" for axis in "xy" for i in range(68)),
        *("AU01_r", "AU24_r", "AU01_c", "AU24_c"),
    ]
    np.testing.assert_array_equal(columns["frame"], np.arange(1, 13))
    np.testing.assert_allclose(columns["timestamp"], np.arange(12) * 0.033367, atol=1e-6)
    assert columns["success"].tolist() == [1, 1, 1, 0, *[1] * 8]
    shown = labels.labelled("teacher").laid()
    np.testing.assert_array_equal(columns["x_30"].astype(np.float32), shown.landmarks[:, 30, 0])
    assert np.isnan(columns["x_30"][3])


def test_the_exact_table_has_all_columns_spaces_and_decimals_of_openface(labels, path):
    exported = write_openface(path, labels, "teacher", is_exact=True)
    header, first, *_ = path.read_text().splitlines()
    assert header.startswith("frame, face_id, timestamp, confidence, success, gaze_0_x, gaze_0_y")
    assert header.split(", ") == exact_columns()
    assert len(exact_columns()) == 714
    confidence = labels.tracks["teacher"].confidence[0]
    assert first.startswith(f"1, 0, 0.000, {confidence:.2f}, 1, nan, ")
    cells = dict(zip(header.split(", "), first.split(", "), strict=True))
    x = labels.tracks["teacher"].landmarks[0, 8, 0]
    assert (cells["x_8"], cells["AU01_r"], cells["AU01_c"]) == (f"{x:.1f}", "0.00", "0.0")
    # It does not know them; OpenFace's 0 would be a value.
    assert {cells[name] for name in ("gaze_0_x", "X_3", "p_scale", "AU28_c")} == {"nan"}
    assert "OpenFace has no column for AU24" in exported.notes


def test_the_columns_are_those_that_openface_documents():
    columns = exact_columns()
    assert columns[:13] == [
        *("frame", "face_id", "timestamp", "confidence", "success"),
        *("gaze_0_x", "gaze_0_y", "gaze_0_z", "gaze_1_x", "gaze_1_y", "gaze_1_z"),
        *("gaze_angle_x", "gaze_angle_y"),
    ]
    assert columns[13] == "eye_lmk_x_0"
    assert columns[13 + 5 * 56 - 1] == "eye_lmk_Z_55"
    assert columns[293:299] == ["pose_Tx", "pose_Ty", "pose_Tz", "pose_Rx", "pose_Ry", "pose_Rz"]
    assert columns[299 : 299 + 68] == [f"x_{i}" for i in range(68)]
    assert columns[-35 - 40 : -35] == [
        *("p_scale", "p_rx", "p_ry", "p_rz", "p_tx", "p_ty"),
        *(f"p_{i}" for i in range(34)),
    ]
    assert columns[-35:] == [
        *(f"AU{u:02d}_r" for u in (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45)),
        *(f"AU{u:02d}_c" for u in (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 28)),
        "AU45_c",
    ]
    assert (len(GRADED), len(PRESENT_OR_NOT)) == (17, 18)


def test_a_conversion_of_scales_is_said_and_missing_stays_missing(labels, path):
    exported = write_openface(path, labels, "teacher")
    (note,) = exported.notes
    assert "'action_units' (0 to 1) on the scale 0 to 5" in note
    columns = table(path)
    measured = labels.tracks["action_units"].intensity[:, 0].astype(np.float64)
    np.testing.assert_allclose(columns["AU01_r"], openface_from_unit(measured), atol=1e-6)
    assert np.isnan(columns["AU01_r"][4])
    assert np.isnan(columns["AU01_c"][4])
    np.testing.assert_array_equal(
        columns["AU01_c"][5:], (columns["AU01_r"][5:] >= 0.5).astype(float)
    )
    # Turns of the head are no action units to OpenFace.
    assert "AU51_r" not in columns


def test_what_people_coded_is_taken_only_where_it_is_asked_for(labels, path):
    times_us = labels.video_times_us
    segments = [
        Segment(
            "a",
            "AU12",
            int(times_us[2]),
            int(times_us[5]),
            intensity=Intensity.of_level("C"),
            side=Side.LEFT,
        ),
        Segment("b", "AU12", int(times_us[6]), int(times_us[8]), presence=Presence.ABSENT),
        Segment("c", "AU12", int(times_us[8]), int(times_us[9]), presence=Presence.NOT_VISIBLE),
        Segment("d", "AU12", int(times_us[9]), int(times_us[10])),
    ]
    labels = replace(labels, segments={one.id: one for one in segments})
    exported = write_openface(path, labels, "teacher", units=UnitSource.CODED)
    assert "people's A to E as 1 to 5" in exported.notes[0]
    columns = table(path)
    nan = np.nan
    np.testing.assert_array_equal(
        columns["AU12_r"], [nan, nan, 3, 3, 3, nan, 0, 0, nan, nan, nan, nan]
    )
    np.testing.assert_array_equal(
        columns["AU12_c"], [nan, nan, 1, 1, 1, nan, 0, 0, nan, 1, nan, nan]
    )
    write_openface(path, labels, "teacher", units=UnitSource.NONE)
    assert not [name for name in table(path) if name.startswith("AU")]


def test_the_heads_rotation_is_rx_ry_rz_from_rest(labels, path):
    write_openface(path, labels, "teacher")
    columns = table(path)
    face = labels.tracks["face"]
    for row in range(12):
        x, y, z = (columns[f"pose_R{axis}"][row] for axis in "xyz")
        turns = [
            np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]]),
            np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]]),
            np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]]),
        ]
        expected = face.rotation[row] @ np.diag([1, -1, -1])
        np.testing.assert_allclose(turns[0] @ turns[1] @ turns[2], expected, atol=1e-6)


def test_finer_landmarks_are_read_as_68_and_coarser_ones_refused(labels, path, landmark_track):
    finer = landmark_track(labels.video_times_us, scheme="wflw98")
    write_openface(path, replace(labels, tracks={"teacher": finer}, corrections={}), "teacher")
    np.testing.assert_allclose(table(path)["x_8"], finer.landmarks[:, 16, 0])
    five = landmark_track(labels.video_times_us, scheme="five")
    with pytest.raises(RecordingError, match="OpenFace has 68 points; five cannot be read"):
        write_openface(path, replace(labels, tracks={"teacher": five}), "teacher")


def test_a_head_that_was_fitted_nowhere_has_no_pose(labels, tmp_path):
    face = labels.tracks["face"]
    fields = {name: getattr(face, name)[:0] for name in face.layout if name != "identity"}
    tracks = {**labels.tracks, "face": replace(face, **fields)}
    write_openface(tmp_path / "labels.csv", replace(labels, tracks=tracks), "teacher")
    assert "pose_Rx" not in (tmp_path / "labels.csv").read_text().partition("\n")[0]
