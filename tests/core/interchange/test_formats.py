import contextlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evface.annotations.tracks import Camera
from evface.errors import FileError
from evface.interchange.formats import (
    SUFFIXES,
    ExportChoices,
    Format,
    format_of,
    read_imported,
    write_labels,
)
from evface.interchange.labels import ImportedLabels
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


def test_a_files_name_says_its_format():
    for form, suffix in SUFFIXES.items():
        if form is not Format.OPENFACE_EXACT:
            assert format_of(Path(f"labels{suffix.upper()}")) is form
    assert format_of(Path("labels.hdf5")) is Format.HDF5
    assert format_of(Path("task_1_annotations.zip")) is Format.CVAT
    with pytest.raises(FileError, match="say --format"):
        format_of(Path("labels.txt"))


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("corrections/teacher/landmark", np.full(5, 68), "landmarks that 'teacher' does not have"),
        ("corrections/nobody/landmark", None, "corrects 'nobody', which is not there"),
        ("segments/offset_us", np.full(6, 1 << 62), "times beyond reason"),
        ("corrections/teacher/t_us", np.full(5, -(1 << 62)), "times beyond reason"),
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
