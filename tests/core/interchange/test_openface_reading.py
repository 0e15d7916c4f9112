import contextlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evface.annotations.tracks import Camera, SourceKind
from evface.errors import FileError
from evface.interchange.labels import ImportedLabels, ImportTarget
from evface.interchange.openface_reading import read_openface
from evface.interchange.openface_writing import UnitSource, exact_columns, write_openface
from evface.interchange.sidecar import sidecar_path

ROLE = "imported_openface"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "labels.csv"


def openface2(path, n=4, *, faces=(0,), separator=", ", change=None):
    """Write what OpenFace 2 does for a video, by its documented header."""
    names = exact_columns()
    rows = []
    for frame in range(1, n + 1):
        for face in faces:
            row = dict.fromkeys(names, "0.0")
            row |= {"frame": str(frame), "face_id": str(face), "success": "1"}
            row |= {"timestamp": f"{(frame - 1) * 0.033:.3f}", "confidence": "0.98"}
            row |= {f"x_{i}": f"{100 + i + face:.1f}" for i in range(68)}
            row |= {f"y_{i}": f"{200 + i:.1f}" for i in range(68)}
            row |= {"AU01_r": f"{frame * 0.5:.2f}", "AU01_c": "1.0", "AU28_c": "0.0"}
            row["AU02_r"] = "-0.25"
            rows.append(row)
    if change is not None:
        change(rows)
    lines = [names, *([row[name] for name in names] for row in rows)]
    path.write_text("".join(f"{separator.join(line)}\n" for line in lines))
    return path


@pytest.mark.parametrize("separator", [", ", ","])
def test_openface_2_is_read_on_its_own_scale(target, path, separator):
    imported = read_openface(openface2(path, separator=separator), target)
    assert list(imported.tracks) == [
        ROLE,
        "imported_openface_intensity",
        "imported_openface_presence",
    ]
    track = imported.tracks[ROLE]
    np.testing.assert_array_equal(track.times_us, target.video_times_us[:4])
    assert track.landmarks[0, 8].tolist() == [108, 208]
    assert track.confidence.tolist() == pytest.approx([0.98] * 4)
    assert track.source.kind is SourceKind.IMPORTED
    graded = imported.tracks["imported_openface_intensity"]
    assert graded.scale == "openface"
    assert len(graded.name_list()) == 17
    assert graded.intensity[:, 0].tolist() == [0.5, 1.0, 1.5, 2.0]
    # What it measured below nothing stays as it came.
    assert graded.intensity[0, 1] == -0.25
    present = imported.tracks["imported_openface_presence"]
    assert present.scale == "presence"
    assert len(present.name_list()) == 18
    assert "AU28" in present.name_list()


def test_rows_without_a_face_say_nothing(target, path):
    def lose(rows):
        rows[1] |= {name: "0.0" for name in rows[1] if name not in ("frame", "timestamp")}
        rows[1]["success"] = "0"

    imported = read_openface(openface2(path, change=lose), target)
    for track in imported.tracks.values():
        assert track.valid.tolist() == [True, False, True, True]
    assert np.isnan(imported.tracks[ROLE].landmarks[1]).all()
    assert np.isnan(imported.tracks["imported_openface_intensity"].intensity[1]).all()


def test_openface_1_and_other_sets_of_units_are_read(target, path):
    path.write_text("frame, timestamp, confidence, success, AU12_r, AU12_c\n1, 0, 0.9, 1, 2.5, 1\n")
    imported = read_openface(path, target)
    assert [track.names for track in imported.tracks.values()] == ["AU12", "AU12"]
    path.write_text("frame,AU01,AU99_x\n1,2,3\n")
    with pytest.raises(FileError, match=r"neither landmarks .* nor action units"):
        read_openface(path, target)


def test_units_that_were_never_measured_say_nothing(labels, target, path):
    write_openface(path, labels, "teacher", units=UnitSource.NONE, is_exact=True)
    assert list(read_openface(path, target).tracks) == [ROLE]


def test_one_of_several_faces_is_chosen_by_its_number(target, path):
    openface2(path, faces=(0, 3))
    with pytest.raises(FileError, match=r"several faces \(0, 3\); say which by --face"):
        read_openface(path, target)
    track = read_openface(path, replace(target, face=3)).tracks[ROLE]
    assert track.landmarks[:, 0, 0].tolist() == [103] * 4
    with pytest.raises(FileError, match="has no face 1"):
        read_openface(path, replace(target, face=1))


def test_frames_are_times_by_the_video_and_without_one_by_the_timestamps(target, path):
    openface2(path, 13)
    with pytest.raises(FileError, match="a frame 13, but the recording's video ends with 11"):
        read_openface(path, target)
    track = read_openface(openface2(path), ImportTarget()).tracks[ROLE]
    assert track.times_us.tolist() == [0, 33_000, 66_000, 99_000]


@pytest.mark.parametrize("is_exact", [False, True])
def test_what_is_written_is_read_again_to_the_last_bit(
    labels, target, path, relaid, same_track, is_exact
):
    write_openface(path, labels, "teacher", is_exact=is_exact)
    imported = read_openface(path, target)
    shown = labels.labelled("teacher").laid()
    again = relaid(imported, ROLE).laid()
    same_track(again, shown)
    np.testing.assert_array_equal(again.confidence, shown.confidence)
    assert sorted(imported.corrections[ROLE], key=repr) == sorted(
        labels.corrections["teacher"], key=repr
    )
    write_openface(path, labels, "teacher", units=UnitSource.CODED, is_exact=is_exact)
    assert {one.id: one for one in read_openface(path, target).segments} == labels.segments


def test_a_finer_scheme_comes_back_whole(labels, target, path, landmark_track, same_track):
    finer = landmark_track(labels.video_times_us, scheme="wflw98")
    written = replace(labels, tracks={"teacher": finer}, corrections={})
    write_openface(path, written, "teacher")
    same_track(read_openface(path, target).tracks[ROLE], finer)
    sidecar_path(path).unlink()
    assert read_openface(path, target).tracks[ROLE].scheme == "ibug68"


@pytest.mark.parametrize(("is_exact", "away_px"), [(False, 0.0), (True, 0.051)])
def test_without_its_sidecar_the_table_is_a_machines(labels, target, path, is_exact, away_px):
    write_openface(path, labels, "teacher", is_exact=is_exact)
    sidecar_path(path).unlink()
    imported = read_openface(path, target)
    assert not imported.corrections
    shown, track = labels.labelled("teacher").laid(), imported.tracks[ROLE]
    np.testing.assert_allclose(track.landmarks, shown.landmarks, atol=away_px, rtol=0)
    np.testing.assert_array_equal(track.times_us, shown.times_us)


def test_a_table_that_was_changed_since_is_a_machines(labels, target, path):
    write_openface(path, labels, "teacher")
    path.write_text(path.read_text().replace("\n1,", "\n01,"))
    assert not read_openface(path, target).corrections


def test_the_events_picture_keeps_its_times(labels, on_events, target, path, relaid, same_track):
    write_openface(path, labels, "transferred", units=UnitSource.NONE)
    imported = read_openface(path, on_events)
    again = relaid(imported, "imported_openface_events").laid()
    same_track(again, labels.labelled("transferred").laid())
    with pytest.raises(FileError, match="import it with --camera events"):
        read_openface(path, replace(target, camera=Camera.RGB))


def swap(text, before, after):
    assert before in text
    return text.replace(before, after, 1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda _: "", "no column 'frame'"),
        (lambda _: "face,confidence\n0,1\n", "no column 'frame'"),
        (lambda text: text.splitlines()[0], "has no rows"),
        (lambda text: text[: len(text) - 40], "has .* values for 714 columns"),
        (lambda text: swap(text, "\n1, 0,", "\nx, 0,"), "is not whole OpenFace CSV"),
        (lambda text: swap(text, "\n1, 0,", "\n1.5, 0,"), "a number that is not whole"),
        (lambda text: swap(text, "\n1, 0,", "\nnan, 0,"), "a number that is not whole"),
        (lambda text: swap(text, "\n1, 0,", "\n1e300, 0,"), "a number beyond reason"),
        (lambda text: swap(text, "\n2, 0,", "\n1, 0,"), "two faces at the same time"),
        (lambda text: swap(text, "100.0", "1e300"), "a million pixels away"),
        (lambda text: swap(text, " 0.98,", " 1e300,"), "a confidence is beyond reason"),
        (lambda text: swap(text, " 0.50,", " inf,"), "an intensity is beyond reason"),
        (lambda text: swap(text, " x_1,", " x_0,"), "two columns have the same name"),
        (lambda text: swap(text, " x_1,", " q,"), "lacks 'x_1'"),
        (lambda text: "\0" + text, "no column|is not"),
        (lambda text: text + '"' + "a" * 200_000, "is not a table|values for"),
    ],
)
def test_damaged_files_are_refused_with_a_reason(target, path, change, words):
    path.write_text(change(openface2(path).read_text()))
    with pytest.raises(FileError, match=words) as raised:
        read_openface(path, target)
    assert "\n" not in str(raised.value)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(cut=st.integers(0, 100_000), noise=st.binary(max_size=4), is_cut=st.booleans())
def test_no_damage_raises_anything_but_a_file_error(labels, target, path, cut, noise, is_cut):
    write_openface(path, labels, "teacher")
    content = path.read_bytes()
    cut %= len(content)
    path.write_bytes(content[:cut] + noise + (b"" if is_cut else content[cut + len(noise) :]))
    with contextlib.suppress(FileError):
        assert isinstance(read_openface(path, target), ImportedLabels)
