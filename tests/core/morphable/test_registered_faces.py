import shutil

import numpy as np
import pytest

from evface.errors import ModelFileError
from evface.morphable.model import load_open_head
from evface.morphable.registered_faces import find_subjects, read_registered


def test_both_layouts_give_the_same_people_and_expressions(vocaset, d3dfacs, people):
    neutral, faces = people
    for folder in (vocaset, d3dfacs):
        found = read_registered([folder])
        assert len(found.subjects) == 5
        assert found.offsets.shape[0] == 40
        np.testing.assert_array_equal(found.subject_of, np.repeat(np.arange(5), 8))
        # In millimetres, and without the motion of the head.
        size = np.linalg.norm(found.offsets, axis=2).max(axis=1)
        truth = np.linalg.norm(faces - neutral[:, None], axis=3).max(axis=2).ravel()
        np.testing.assert_allclose(size, truth, atol=0.4)
        shapes = found.neutral - found.neutral.mean(axis=(0, 1))
        expected = neutral - neutral.mean(axis=(0, 1))
        assert np.linalg.norm(shapes - expected, axis=2).mean() < 1.5
        np.testing.assert_array_equal(found.triangles, load_open_head().triangles)


def test_frames_come_in_the_order_of_time_and_the_first_is_neutral(d3dfacs):
    subject = find_subjects(d3dfacs)[0]
    assert [path.name for path in subject.neutral] == ["frame8.ply", "frame8.ply"]
    assert [path.name for path in subject.expressive[:4]] == [
        f"frame{i}.ply" for i in (9, 10, 11, 12)
    ]


def test_a_person_without_a_template_is_named(tmp_path, vocaset, write_ply, people):
    folder = _copied(vocaset, tmp_path)
    write_ply(folder / "registereddata" / "F9" / "s" / "0.ply", people[0][0], [[0, 1, 2]])
    with pytest.raises(ModelFileError, match=r"F9: has no neutral mesh in .*templates"):
        find_subjects(folder)


def test_faces_that_lie_there_twice_count_once(tmp_path, vocaset):
    folder = _copied(vocaset, tmp_path)
    shutil.copytree(folder / "registereddata", folder / "unposedcleaneddata")
    assert [len(subject.expressive) for subject in find_subjects(folder)] == [8] * 5


def test_meshes_called_neutral_are(tmp_path, write_ply, people):
    for person in range(3):
        for name in ("a_neutral", "smile"):
            write_ply(tmp_path / f"P{person}" / f"{name}.ply", people[0][person], [[0, 1, 2]])
    subjects = find_subjects(tmp_path)
    assert [s.neutral[0].stem for s in subjects] == ["a_neutral"] * 3
    assert [s.expressive[0].stem for s in subjects] == ["smile"] * 3


def test_fewer_meshes_are_taken_evenly(vocaset):
    assert len(read_registered([vocaset], every=4).offsets) == 10
    few = read_registered([vocaset], most=10)
    assert len(few.offsets) == 10
    assert set(few.subject_of) == set(range(5))


def test_another_number_of_vertices_is_named(tmp_path, write_ply, vocaset, people):
    folder = _copied(vocaset, tmp_path)
    path = folder / "registereddata" / "F1" / "sentence01" / "s.000003.ply"
    write_ply(path, people[0][0][:-1], [[0, 1, 2]])
    with pytest.raises(ModelFileError, match=r"s\.000003\.ply: has 5081 vertices"):
        read_registered([folder])


def test_other_triangles_are_named(tmp_path, write_ply, vocaset, people):
    folder = _copied(vocaset, tmp_path)
    path = folder / "templates" / "F2.ply"
    write_ply(path, 1e-3 * people[0][0], load_open_head().triangles[::-1])
    with pytest.raises(ModelFileError, match=r"F2\.ply: joins its vertices otherwise"):
        read_registered([folder])


def test_nan_vertices_are_named(tmp_path, write_ply, vocaset, people):
    folder = _copied(vocaset, tmp_path)
    broken = 1e-3 * people[0][0]
    broken[7, 1] = np.nan
    write_ply(folder / "templates" / "F0.ply", broken, load_open_head().triangles)
    with pytest.raises(ModelFileError, match=r"F0\.ply: has 1 vertices that are NaN"):
        read_registered([folder])


def test_one_person_is_too_few(tmp_path, write_ply, people):
    for frame in range(3):
        write_ply(tmp_path / "Me" / "one" / f"{frame}.ply", people[0][0], [[0, 1, 2]])
    with pytest.raises(ModelFileError, match="at least three people"):
        read_registered([tmp_path])


def test_nobody_is_both_learnt_from_and_tested_with(vocaset):
    with pytest.raises(ModelFileError, match="has a person F0, and so has another folder"):
        read_registered([vocaset, vocaset / "registereddata"])


def test_what_a_mac_adds_to_archives_is_no_mesh(tmp_path, write_ply, people):
    for person in range(3):
        for name in ("neutral", "smile"):
            write_ply(tmp_path / f"P{person}" / f"{name}.ply", people[0][person], [[0, 1, 2]])
    (tmp_path / "P0" / "._smile.ply").write_bytes(b"Mac OS X")
    assert [len(subject.expressive) for subject in find_subjects(tmp_path)] == [1] * 3


def test_a_folder_without_meshes_or_without_a_neutral_one_is_named(tmp_path, write_ply, people):
    with pytest.raises(ModelFileError, match="is no folder"):
        find_subjects(tmp_path / "none")
    with pytest.raises(ModelFileError, match="holds no meshes"):
        find_subjects(tmp_path)
    write_ply(tmp_path / "Me" / "smile.ply", people[0][0], [[0, 1, 2]])
    with pytest.raises(ModelFileError, match="Me: has no neutral mesh"):
        find_subjects(tmp_path)


def test_a_size_that_is_no_heads_asks_for_the_unit(tmp_path, write_ply, people):
    for person in range(3):
        place = tmp_path / f"P{person}" / "neutral.ply"
        write_ply(place, 1e-6 * people[0][person], [[0, 1, 2]])
    with pytest.raises(ModelFileError, match="state the unit"):
        read_registered([tmp_path])


def _copied(folder, to):
    return shutil.copytree(folder, to / "faces")
