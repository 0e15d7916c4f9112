import json
import runpy
from pathlib import Path

import cv2
import numpy as np
import pytest

from evface.annotations.edits import ReplaceTracks
from evface.cli.main import main
from evface.events.events import Events
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.geometry.clock import ClockSync
from evface.projects.project import Project
from evface.transfer.projection import transfer_landmarks
from evface.video.writer import write_video


@pytest.fixture(scope="module")
def dotted_head():
    path = Path(__file__).resolve().parents[2] / "fixtures" / "dotted_head.py"
    return runpy.run_path(str(path))["DottedHead"]()


@pytest.fixture(scope="module")
def media(dotted_head, tmp_path_factory):
    folder = tmp_path_factory.mktemp("media")
    size = dotted_head.cameras.events.resolution
    write_events_hdf5(folder / "events.h5", [dotted_head.events], resolution=size)
    fired = dotted_head.events
    mirrored = Events(fired.t, size[0] - 1 - fired.x, fired.y, fired.p)
    write_events_hdf5(folder / "mirrored.h5", [mirrored], resolution=size)
    write_video(folder / "video.mp4", dotted_head.frames, rate_hz=1e6 / dotted_head.period_us)
    return folder


def _add(path, head, media, events="events.h5"):
    """Make a project with one recording that is processed already; return its id."""
    # The events' clock starts at the first of them.
    offset_us = int(head.times_us[0] - head.events.t[0])
    times_us = head.times_us - int(head.events.t[0])
    face = head.face.__class__(**{**vars(head.face), "times_us": times_us})
    with Project.create(path) as project:
        sync = ClockSync(offset_us, method="given")
        entry = project.add_recording(media / events, media / "video.mp4", name="dots", sync=sync)
        transferred = transfer_landmarks(
            head.model, face, times_us[1:-1], event_from_rgb=entry.event_from_rgb
        )
        project.apply(ReplaceTracks(entry.id, {"face": face, "transferred": transferred}))
    return entry.id


def _state(path):
    with Project.open(path, read_only=True) as project:
        (entry,) = project.recordings()
        return entry.event_from_rgb, project.read_track(entry.id, "transferred"), project.journal()


def test_what_is_found_is_set_and_labels_follow_in_one_edit(dotted_head, media, tmp_path, capsys):
    path = tmp_path / "p.evface"
    recording_id = _add(path, dotted_head, media)
    assert main(["register", str(path), "--dry-run", "--json"]) == 0
    (dry,) = json.loads(capsys.readouterr().out)["found"]
    assert dry["is_applied"] is False
    assert _state(path)[0].quality == "assumed"
    assert main(["register", str(path), "--plot", str(tmp_path / "plot.png")]) == 0
    registration, transferred, journal = _state(path)
    assert registration.quality in ("good", "fair")
    assert transferred.source.settings["registration"] == "head"
    truth = dotted_head.landmarks_px[1:-1]
    eyes_px = np.linalg.norm(truth[:, 36] - truth[:, 45], axis=1).mean()
    assert np.linalg.norm(transferred.landmarks - truth, axis=2).mean() < 0.07 * eyes_px
    assert len(journal) == 2
    width, height = dotted_head.cameras.events.resolution
    assert cv2.imread(str(tmp_path / "plot.png")).shape == (height + 34, 2 * width, 3)
    with Project.open(path) as project:
        project.apply(journal[-1].inverse)
    assert _state(path)[0].quality == "assumed"
    assert recording_id


def test_what_is_bad_is_an_error_and_is_set_only_by_force(dotted_head, media, tmp_path, capsys):
    path = tmp_path / "p.evface"
    _add(path, dotted_head, media, "mirrored.h5")
    assert main(["register", str(path)]) == 1
    error = capsys.readouterr().err.strip()
    assert error.startswith("error: dots: no alignment that can be trusted was found")
    assert "mirror" in error
    assert "\n" not in error
    assert _state(path)[0].quality == "assumed"
    assert main(["register", str(path), "--force"]) == 0
    registration, transferred, _ = _state(path)
    assert registration.quality == "bad"
    assert transferred.source.settings["registration_quality"] == "bad"


def test_a_recording_without_a_face_is_told_to_process_it(media, tmp_path, capsys):
    path = tmp_path / "p.evface"
    with Project.create(path) as project:
        project.add_recording(media / "events.h5", media / "video.mp4", name="new")
    assert main(["register", str(path)]) == 1
    assert "new: no face was fitted on its video; run evface process" in capsys.readouterr().err


def test_pairs_that_cannot_be_read_are_told(dotted_head, media, tmp_path, capsys):
    path = tmp_path / "p.evface"
    _add(path, dotted_head, media)
    assert main(["register", str(path), "--pair", "1,2:3"]) == 2
    assert main(["register", str(path), "--pair", f"1,2:3,4@{10**20}"]) == 2
    file = tmp_path / "pairs.txt"
    file.write_text("# of the nose\n160,120:155,119@0.4\n160;120\n")
    capsys.readouterr()
    assert main(["register", str(path), "--pairs", str(file)]) == 1
    assert f"error: {file}: line 3 is not" in capsys.readouterr().err
    assert main(["register", str(path), "--pair", "2,3:155,119@0.4"]) == 1
    assert "dots: the pair at (2.0, 3.0) of the RGB picture" in capsys.readouterr().err
