import json

import numpy as np
import pytest

from evface.annotations.edits import ReplaceTracks
from evface.annotations.reviews import Review, SetReview, Verdict
from evface.annotations.tracks import Camera, LandmarkTrack, Source, SourceKind
from evface.cli.main import main
from evface.events.events import Events
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.morphable.model import load_open_head
from evface.projects.project import Project


@pytest.fixture
def project_path(tmp_path):
    """A project whose face stands still, but for one point that is astray at 1 s."""
    n = 200
    t = np.arange(0, 2_000_000, 20, dtype=np.int64)
    random = np.random.default_rng(2)
    x, y = (random.integers(100, 400, len(t), dtype=np.uint16) for _ in range(2))
    events = Events(t, x, y, np.ones(len(t), bool))
    write_events_hdf5(tmp_path / "clip.h5", [events], resolution=(640, 480))
    head = load_open_head()
    face = 1.7 * head.mean_shape[head.landmarks, :2] * (1, -1)
    landmarks = np.tile((face - face.mean(axis=0) + 250).astype(np.float32), (n, 1, 1))
    landmarks[100, 54] += (30, 0)
    track = LandmarkTrack(
        times_us=np.arange(n, dtype=np.int64) * 10_000,
        valid=np.ones(n, bool),
        source=Source(SourceKind.TRANSFERRED, "tester"),
        landmarks=landmarks,
        confidence=np.full(n, np.nan, np.float32),
        state=np.zeros((n, 68), np.uint8),
        camera=Camera.EVENTS,
    )
    with Project.create(tmp_path / "p.evface") as project:
        entry = project.add_recording(tmp_path / "clip.h5")
        project.apply(ReplaceTracks(entry.id, {"transferred": track}))
    return tmp_path / "p.evface"


def test_the_queue_is_listed_with_its_reasons(project_path, capsys):
    assert main(["review", str(project_path)]) == 0
    said = capsys.readouterr().out
    assert "1 doubtful moment\n" in said
    assert "clip  1.000 s  Left mouth corner moves 30 px in one frame" in said
    assert "nobody has labelled anything yet" in said


def test_json_is_one_object_with_queue_and_progress(project_path, capsys):
    with Project.open(project_path) as project:
        project.author = "maria"
        recording_id = project.recordings()[0].id
        project.apply(SetReview(recording_id, "transferred", 1_000_000, Review(Verdict.SKIPPED)))
    assert main(["review", str(project_path), "--json", "--top", "5"]) == 0
    said = json.loads(capsys.readouterr().out)
    (item,) = said["items"]
    assert (item["recording"], item["t_us"], said["n_items"]) == ("clip", 1_000_000, 1)
    assert item["reasons"][0]["kind"] == "jump"
    (recording,) = said["recordings"]
    (maria,) = recording["annotators"]
    assert (maria["author"], maria["n_skipped"], maria["n_open"]) == ("maria", 1, 0)


def test_an_annotator_sees_only_what_is_open(project_path, capsys):
    with Project.open(project_path) as project:
        project.author = "maria"
        recording_id = project.recordings()[0].id
        project.apply(SetReview(recording_id, "transferred", 1_000_000, Review(Verdict.SKIPPED)))
    assert main(["review", str(project_path), "--annotator", "maria"]) == 0
    assert "Nothing doubtful was found." in capsys.readouterr().out
    assert main(["review", str(project_path), "--annotator", "tomas"]) == 0
    assert "1 doubtful moment" in capsys.readouterr().out


def test_an_unknown_recording_is_an_error(project_path, capsys):
    assert main(["review", str(project_path), "--recording", "nine"]) == 1
    assert "has no recording 'nine'" in capsys.readouterr().err
