import contextlib
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from evface.annotations.corrections import Correction, PlacedCorrection
from evface.annotations.tracks import (
    Camera,
    LandmarkState,
    LandmarkTrack,
    Source,
    SourceKind,
)
from evface.errors import FileError
from evface.interchange.formats import (
    SUFFIXES,
    ExportChoices,
    Format,
    read_imported,
    write_labels,
)
from evface.interchange.labels import ImportedLabels, ImportTarget, RecordingLabels
from evface.interchange.sidecar import sidecar_path


@pytest.mark.parametrize("form", Format)
@pytest.mark.parametrize("camera", Camera)
def test_each_format_comes_back_with_all_words(labels, target, tmp_path, form, camera):
    path = tmp_path / f"labels{SUFFIXES[form]}"
    write_labels(form, path, labels, ExportChoices(camera=camera))
    imported = read_imported(form, path, replace(target, camera=camera))
    words = {one for placed in imported.corrections.values() for one in placed}
    role = {Camera.RGB: "teacher", Camera.EVENTS: "transferred"}[camera]
    if form in (Format.HDF5, Format.NPZ):
        assert words == {one for placed in labels.corrections.values() for one in placed}
    elif form is not Format.ELAN:
        assert words == set(labels.corrections[role])
    if form in (Format.ELAN, Format.HDF5, Format.NPZ):
        assert {one.id: one for one in imported.segments} == labels.segments


@pytest.mark.parametrize("form", Format)
def test_a_track_without_frames_is_written_in_each_format(labels, landmark_track, tmp_path, form):
    empty = replace(labels, tracks={"teacher": landmark_track([])}, corrections={}, reviews={})
    write_labels(form, tmp_path / f"labels{SUFFIXES[form]}", empty, ExportChoices())


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("corrections/teacher/landmark", np.full(5, 68), "landmarks that 'teacher' does not have"),
        ("corrections/nobody/landmark", None, "corrects 'nobody', which is not there"),
        ("segments/offset_us", np.full(6, 1 << 62), "times beyond reason"),
        ("corrections/teacher/t_us", np.full(5, -(1 << 62)), "times beyond reason"),
        ("corrections/teacher/xy_px", np.full((5, 2), 1e300), "a million pixels away"),
        ("video_classes/unit", np.array(["smile"] * 2), "calls an action unit 'smile'"),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(labels, target, tmp_path, name, value, words):
    path = tmp_path / "labels.npz"
    write_labels(Format.NPZ, path, labels, ExportChoices())
    with np.load(path) as file:
        arrays = dict(file)
    if value is None:
        old = "corrections/teacher"
        arrays |= {k.replace(old, "corrections/nobody"): v for k, v in arrays.items() if old in k}
    else:
        arrays[name] = value
    np.savez(path, **arrays)
    with pytest.raises(FileError, match=words):
        read_imported(Format.NPZ, path, target)


@pytest.mark.parametrize("form", [Format.CVAT, Format.OPENFACE])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(cut=st.integers(0, 1_000_000), noise=st.text('{}[]",:09-e.', max_size=4))
def test_a_damaged_sidecar_raises_nothing_but_a_file_error(
    labels, target, tmp_path, form, cut, noise
):
    path = tmp_path / f"labels{SUFFIXES[form]}"
    write_labels(form, path, labels, ExportChoices())
    beside = sidecar_path(path)
    text = beside.read_text()
    cut %= len(text)
    beside.write_text(text[:cut] + noise + text[cut + len(noise) :])
    with contextlib.suppress(FileError):
        assert isinstance(read_imported(form, path, target), ImportedLabels)


@pytest.mark.parametrize("form", [Format.CVAT, Format.ELAN, Format.OPENFACE])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "other"}, "is not a sidecar of evface"),
        ({"version": 99}, "was written by a newer evface"),
        ({"version": None}, "was written by a newer evface"),
    ],
)
def test_a_sidecar_of_another_kind_is_refused(labels, target, tmp_path, form, change, words):
    path = tmp_path / f"labels{SUFFIXES[form]}"
    write_labels(form, path, labels, ExportChoices())
    beside = sidecar_path(path)
    beside.write_text(json.dumps(json.loads(beside.read_text()) | change))
    with pytest.raises(FileError, match=words) as raised:
        read_imported(form, path, target)
    assert raised.value.path == beside


_PIXELS = st.floats(-50, 700, width=32)


@st.composite
def _any_face(draw):
    """A face of five points on eight frames, some missing, and what two people said of it."""
    n, k = 8, 5
    times_us = np.arange(n, dtype=np.int64) * 40_000
    landmarks = draw(npst.arrays(np.float32, (n, k, 2), elements=_PIXELS))
    valid = draw(npst.arrays(bool, n))
    landmarks[~valid] = np.nan
    landmarks[draw(npst.arrays(bool, (n, k), fill=st.just(False)))] = np.nan
    track = LandmarkTrack(
        times_us=times_us,
        valid=np.isfinite(landmarks).all(axis=2).any(axis=1),
        source=Source(SourceKind.MODEL, "m", "2"),
        landmarks=landmarks,
        confidence=draw(npst.arrays(np.float32, n, elements=st.floats(0, 1, width=32))),
        state=np.zeros((n, k), np.uint8),
        occluded=draw(npst.arrays(bool, (n, k))) & np.isfinite(landmarks).all(axis=2),
        camera=Camera.RGB,
        scheme="five",
    )
    words = {}
    for _ in range(draw(st.integers(0, 6))):
        author = draw(st.sampled_from(["anna", "ben"]))
        place = (draw(st.sampled_from(times_us.tolist())), draw(st.integers(0, k - 1)))
        words[place, author] = Correction(
            (draw(_PIXELS), draw(_PIXELS)),
            draw(st.sampled_from(list(LandmarkState)[1:])),
            author,
            draw(st.sampled_from(["2026-01-01", "2026-01-02"])) + author,
            "drag",
            draw(st.booleans()),
        )
    placed = tuple(PlacedCorrection(*place, said) for (place, _), said in words.items())
    return track, placed, draw(st.sampled_from([0, 2_000_000]))


@pytest.mark.parametrize(
    ("form", "all_keyframes"),
    [(Format.COCO, False), (Format.CVAT, False), (Format.CVAT, True), (Format.NPZ, False)],
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(face=_any_face())
def test_any_face_is_shown_as_before(tmp_path, relaid, form, all_keyframes, face):
    track, placed, gap_us = face
    labels = RecordingLabels(
        name="r",
        resolutions={Camera.RGB: (640, 480)},
        media={Camera.RGB: "v.mp4"},
        video_times_us=track.times_us,
        tracks={"teacher": track},
        corrections={"teacher": placed},
        longest_gaps_us={"teacher": gap_us},
    )
    target = ImportTarget(media=labels.media, video_times_us=track.times_us)
    path = tmp_path / f"face{SUFFIXES[form]}"
    write_labels(form, path, labels, ExportChoices(all_keyframes=all_keyframes))
    shown = labels.labelled("teacher").laid()
    if not shown.valid.any():
        return
    imported = read_imported(form, path, target)
    (role,) = imported.tracks
    assert set(imported.corrections.get(role, ())) == set(placed)
    again = relaid(imported, role).laid()
    known = np.isfinite(shown.landmarks).all(axis=2)
    for name in ("landmarks", "state", "occluded"):
        one, other = getattr(again, name), getattr(shown, name)
        np.testing.assert_array_equal(one[known], other[known], name)
    assert np.isnan(again.landmarks[~known]).any(axis=-1).all()
    np.testing.assert_array_equal(again.times_us, shown.times_us)
