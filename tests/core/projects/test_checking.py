import sqlite3

import numpy as np
import pytest

from evface.annotations.edits import ReplaceTracks
from evface.annotations.tracks import Camera, FaceTrack, Source, SourceKind
from evface.morphable.model import load_open_head
from evface.projects.entries import Problem
from evface.projects.project import Project


def _face(model: str) -> FaceTrack:
    return FaceTrack(
        times_us=np.array([0], np.int64),
        valid=np.ones(1, bool),
        source=Source(SourceKind.FIT, "fit"),
        identity=np.zeros(2, np.float32),
        action_units=np.zeros((1, 3), np.float32),
        rotation=np.eye(3, dtype=np.float32)[None],
        scale_px_per_mm=np.ones(1, np.float32),
        translation_px=np.zeros((1, 2), np.float32),
        residual_px=np.zeros(1, np.float32),
        camera=Camera.RGB,
        model=model,
    )


def test_a_whole_project_has_no_problems(project, entry, landmark_track):
    tracks = {"transferred": landmark_track(), "face": _face(load_open_head().key)}
    project.apply(ReplaceTracks(entry.id, tracks))
    assert project.check() == []


@pytest.mark.usefixtures("entry")
def test_missing_and_changed_media_are_named(project, media):
    (media / "ev.h5").unlink()
    with (media / "video.mp4").open("r+b") as file:
        file.write(b"another")
    missing, changed = project.check()
    assert missing.subject == changed.subject == "ev"
    assert "ev.h5 is missing; find it with evface project relink" in missing.text
    assert "video.mp4 was changed since it was added" in changed.text


def test_a_track_of_an_unknown_face_model_is_named(project, entry):
    project.apply(ReplaceTracks(entry.id, {"face": _face("flame-2023")}))
    (problem,) = project.check()
    assert problem.subject == "ev"
    assert "'face' was made with the face model 'flame-2023'" in problem.text


def test_lost_values_are_named_and_hide_nothing_else(project, entry, landmark_track):
    tracks = {"lost": landmark_track(), "whole": landmark_track(seed=1)}
    project.apply(ReplaceTracks(entry.id, tracks))
    with project._database.writing() as connection:
        connection.execute("PRAGMA defer_foreign_keys = ON")
        digest = connection.execute(
            "SELECT json_extract(manifest, '$.arrays.landmarks') FROM tracks WHERE role = 'lost'"
        ).fetchone()[0]
        connection.execute("DELETE FROM array_pieces WHERE digest = ?", (digest,))
    (problem,) = project.check()
    assert problem == Problem("ev", "its track 'lost' lost landmarks; process it again")
    assert len(project.read_track(entry.id, "whole")) == 3


def test_damage_within_the_file_is_one_problem(project, entry, landmark_track):
    project.apply(ReplaceTracks(entry.id, {"t": landmark_track(range(3000))}))
    project.close()
    with sqlite3.connect(project.path) as connection:
        page = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'array_pieces'"
        ).fetchone()[0]
    connection.close()
    content = bytearray(project.path.read_bytes())
    content[(page - 1) * 4096 : page * 4096] = b"\x55" * 4096
    project.path.write_bytes(content)
    with Project.open(project.path) as damaged:
        (problem,) = damaged.check()
    assert problem.subject == ""
    assert "damaged" in problem.text
    assert "restore it from a copy" in problem.text
