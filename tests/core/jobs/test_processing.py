import dataclasses
import hashlib
import json

import numpy as np
import pytest

from evface.annotations.tracks import Camera, LandmarkState, SourceKind
from evface.annotations.tracks_file import read_tracks
from evface.cli.main import main
from evface.errors import FileError, FitError, RecordingError, TeacherError
from evface.events.events import Events
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.geometry.clock import ClockSync
from evface.geometry.registration import Registration
from evface.geometry.transforms import PlanarTransform
from evface.jobs import processing
from evface.jobs.processing import (
    ProcessJob,
    ProcessSettings,
    describe_tracks,
    process_recording,
    strongest_levels,
)
from evface.jobs.spec import JobCancelled, read_job, write_job
from evface.morphable.assembling import assemble
from evface.morphable.camera import FRONTAL, HeadPose, rotation_matrix
from evface.morphable.model import load_open_head, write_model
from evface.projects.project import Project
from evface.projects.recording import Recording, open_recording
from evface.teacher.base import Detection
from evface.teacher.mediapipe import MediapipeTeacher
from evface.video.writer import write_video

MODEL = load_open_head()
N_FRAMES = 40
PERIOD_US = 40_000
IDENTITY = np.random.default_rng(6).normal(0, 0.7, len(MODEL.identity_basis))
SMILE = MODEL.facs_names.index("AU12")


def pose_of(index):
    turn = np.array([0.0, 0.4 if 25 <= index < 30 else 0.0, 0.0])
    return HeadPose(FRONTAL @ rotation_matrix(turn), np.array(0.5), np.array([60.0 + index, 50.0]))


def smile_of(index):
    return 1.0 if 5 <= index < 12 else 0.0


class ScriptedTeacher:
    """Sees a person who smiles, then turns the head; may miss frames or see more faces."""

    name, version = "scripted", "1+script"
    blendshape_names = ("_neutral", "eyeLookUpLeft", "mouthSmileLeft", "mouthSmileRight")

    def __init__(self, missing=(), crowded=()):
        self.missing, self.crowded, self.times_us, self.is_closed = missing, crowded, [], False

    def detect(self, frame, t_us):
        assert frame.shape == (96, 128, 3)
        index = len(self.times_us)
        self.times_us.append(t_us)
        if index in self.missing:
            return None
        pose, smile = pose_of(index), smile_of(index)
        shape = MODEL.unit_shape(smile * MODEL.facs_units[SMILE], IDENTITY)[MODEL.landmarks]
        depth = -0.5 * (shape @ pose.rotation[2])[:, None]
        return Detection(
            landmarks=np.concatenate([pose.project(shape), depth], axis=1).astype(np.float32),
            confidence=0.75,
            blendshapes=np.array([0.9, 0.5, smile, smile], np.float32),
            n_faces=2 if index in self.crowded else 1,
        )

    def close(self):
        self.is_closed = True


@pytest.fixture(scope="session")
def media(tmp_path_factory):
    folder = tmp_path_factory.mktemp("processing")
    t = np.arange(0, 2_000_000, 50, dtype=np.int64)
    zeros = np.zeros(len(t), np.uint16)
    events = Events(t, zeros, zeros, np.ones(len(t), bool))
    write_events_hdf5(folder / "ev.h5", [events], resolution=(128, 96), video_offset_us=100_000)
    frames = [np.full((96, 128, 3), 5 * k, np.uint8) for k in range(N_FRAMES)]
    write_video(folder / "v.mp4", frames, rate_hz=1e6 / PERIOD_US)
    write_video(folder / "w.mp4", frames[::-1], rate_hz=1e6 / PERIOD_US)
    return folder


@pytest.fixture
def recording(media):
    opened = Recording.from_files(media / "ev.h5", media / "v.mp4")
    yield opened
    opened.close()


@pytest.fixture
def project(tmp_path, media):
    with Project.create(tmp_path / "p.evface") as made:
        made.add_recording(media / "ev.h5", media / "v.mp4", name="first")
        made.add_recording(media / "ev.h5", media / "w.mp4", name="second")
    return tmp_path / "p.evface"


@pytest.fixture
def teachers(monkeypatch):
    """Open these teachers, one after the other; return the list."""
    waiting = []
    monkeypatch.setattr(processing, "open_teacher", lambda _name: waiting.pop(0))
    return waiting


def process(recording, teacher=None, **settings):
    return process_recording(
        recording,
        teacher=teacher or ScriptedTeacher(),
        model=MODEL,
        settings=ProcessSettings(**settings),
    )


def test_a_recording_becomes_four_tracks_on_the_sensors_clock(recording):
    teacher = ScriptedTeacher()
    tracks = process(recording, teacher)
    assert list(tracks) == ["teacher", "face", "action_units", "transferred"]
    frames_us = 100_000 + np.arange(N_FRAMES) * PERIOD_US
    for role in ("teacher", "face", "action_units"):
        np.testing.assert_array_equal(tracks[role].times_us, frames_us)
        assert tracks[role].valid.all()
    np.testing.assert_array_equal(tracks["transferred"].times_us, np.arange(0, 2_000_000, 10_000))
    assert tracks["transferred"].camera is Camera.EVENTS
    assert tracks["teacher"].source.kind is SourceKind.TEACHER
    assert tracks["face"].model == MODEL.key
    np.testing.assert_allclose(tracks["teacher"].confidence, 0.75)
    # The teacher sees the video's own times.
    np.testing.assert_array_equal(teacher.times_us, np.arange(N_FRAMES) * PERIOD_US)


def test_what_the_person_does_is_read_from_the_face(recording):
    track = process(recording)["action_units"]
    intensity = dict(zip(track.name_list(), track.intensity.T, strict=True))
    assert len(intensity) == 24
    assert intensity["AU12"][6:11].min() > intensity["AU12"][15:24].max() + 0.3
    turned = intensity["AU51"]
    np.testing.assert_allclose(turned[25:30], np.degrees(0.4) / 30, atol=0.12)
    assert turned[30:].max() < 0.1
    assert np.nanmax(intensity["AU52"]) < 0.1
    assert (track.intensity >= 0).all()


def test_levels_are_those_of_the_strongest_moment(recording):
    levels = strongest_levels(process(recording))
    assert levels["AU12"] in "CDE"
    assert "AU51" not in levels
    assert set(levels.values()) <= set("ABCDE")
    assert strongest_levels({}) == {}


def test_each_frame_says_how_far_its_fit_is_to_be_trusted(recording):
    class Doubtful(ScriptedTeacher):
        def detect(self, frame, t_us):
            found = super().detect(frame, t_us)
            if len(self.times_us) == 21 and found is not None:
                found.landmarks[:30, 1] += 8.0  # half of the face is elsewhere
            return found

    face = process(recording, Doubtful(missing={3}))["face"]
    assert np.isnan(face.confidence[3])
    others = np.delete(face.confidence, [3, 20])
    assert face.confidence[20] < others.min()
    assert (others <= 0.75).all()
    assert others.min() > 0.4


def test_depth_can_be_left_out_and_smoothing_and_loss_be_chosen(recording):
    calm = process(recording)["face"]
    flat = process(recording, use_depth=False, loss="geman_mcclure", smoothing="causal")["face"]
    assert flat.source.settings["smoothing"] == "causal"
    assert flat.source.settings["use_depth"] is False
    assert np.isfinite(flat.action_units).all()
    assert np.abs(flat.action_units - calm.action_units).max() > 1e-4


def test_the_neutral_frames_show_neither_smile_nor_turn(recording):
    chosen = process(recording)["face"].source.settings["neutral_frames"]
    frames = [int(number) for number in chosen.split(",")]
    assert frames
    assert all(not smile_of(i) and not 25 <= i < 30 for i in frames)


def test_landmarks_on_the_events_lie_where_the_face_is(media):
    opened = Recording.from_files(media / "ev.h5", media / "v.mp4")
    doubled = PlanarTransform.from_affine([[2.0, 0.0], [0.0, 2.0]], [10, 20])
    opened.event_from_rgb = Registration(doubled)
    track = process(opened)["transferred"]
    opened.close()
    index = 20
    row = int(np.searchsorted(track.times_us, 100_000 + index * PERIOD_US))
    shape = MODEL.shape(IDENTITY)[MODEL.landmarks]
    expected = 2 * pose_of(index).project(shape) + np.array([10, 20])
    away = np.linalg.norm(track.landmarks[row] - expected, axis=1)
    eyes = np.linalg.norm(expected[36] - expected[45])
    assert away.mean() < 0.05 * eyes
    assert not track.valid[track.times_us < 100_000].any()
    assert not track.valid[track.times_us > 100_000 + (N_FRAMES - 1) * PERIOD_US].any()


def test_short_gaps_are_bridged_and_said_to_be_and_long_ones_masked(recording):
    tracks = process(recording, ScriptedTeacher(missing={14, 15, *range(20, 28)}))
    face, transferred = tracks["face"], tracks["transferred"]
    assert not face.valid[[14, 15, 20, 27]].any()
    assert np.isnan(face.action_units[~face.valid]).all()
    assert np.isnan(tracks["action_units"].intensity[~face.valid]).all()

    def between(first, last):
        rows = slice(*np.searchsorted(transferred.times_us, (first, last)))
        return transferred.valid[rows], transferred.state[rows]

    start = 100_000
    valid, state = between(start + 13 * PERIOD_US + 1, start + 16 * PERIOD_US)
    assert valid.all()
    assert (state == LandmarkState.INTERPOLATED).all()
    valid, state = between(start + 16 * PERIOD_US, start + 19 * PERIOD_US)
    assert (state == LandmarkState.AUTO).all()
    valid, _ = between(start + 19 * PERIOD_US + 1, start + 28 * PERIOD_US)
    assert not valid.any()
    assert describe_tracks(tracks).startswith("a face in 30 of 40 frames")


def test_several_faces_and_a_teacher_that_was_never_measured_are_told(recording):
    tracks = process(recording, ScriptedTeacher(crowded={3, 4}))
    assert describe_tracks(tracks) == (
        "a face in 40 of 40 frames; several faces in 2: the largest was taken; "
        "what scripted means by each landmark was not measured on this head: no bias taken"
    )


def test_a_video_without_a_face_is_told(recording):
    with pytest.raises(FitError, match="no face was found in the video"):
        process(recording, ScriptedTeacher(missing=range(N_FRAMES)))


def test_a_recording_without_video_is_told(media):
    opened = Recording.from_files(media / "ev.h5")
    with pytest.raises(RecordingError, match="has no video"):
        process(opened)
    opened.close()


def test_a_clip_that_begins_before_the_events_keeps_its_frames(media):
    opened = Recording.from_files(media / "ev.h5", media / "v.mp4")
    early = Recording(
        opened.events, opened.video, sync=ClockSync(-500_000), event_from_rgb=Registration(),
        name="early",
    )  # fmt: skip
    tracks = process(early)
    assert tracks["teacher"].times_us[0] == -500_000
    assert tracks["transferred"].times_us[0] == 0
    assert tracks["transferred"].valid[0]
    opened.close()


def test_the_paper_and_the_nearest_frame_can_be_asked_for(recording):
    tracks = process(recording, method="paper", transfer_by="nearest", event_period_us=25_000)
    assert tracks["face"].source.name == "paper"
    steps = np.diff(tracks["transferred"].times_us)
    assert (steps == 25_000).all()


def test_progress_only_grows_and_ends_at_one(recording):
    told = []
    process_recording(
        recording,
        teacher=ScriptedTeacher(),
        model=MODEL,
        report=lambda share, text: told.append((share, text)),
    )
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert "frame 40" in told[N_FRAMES - 1][1]


def test_a_cancelled_job_leaves_nothing_and_closes_the_teacher(project, tmp_path, teachers):
    teachers.append(teacher := ScriptedTeacher())
    job = ProcessJob(str(project), first_id(project), str(tmp_path / "out.npz"))

    def cancel(share, _text):
        if share > 0.3:
            raise JobCancelled

    with pytest.raises(JobCancelled):
        job.run(cancel)
    assert teacher.is_closed
    assert not (tmp_path / "out.npz").exists()


def first_id(project):
    with Project.open(project, read_only=True) as opened:
        return opened.recordings()[0].id


def test_a_job_writes_its_tracks_and_does_not_touch_project_or_media(
    project, tmp_path, teachers, media
):
    def marks():
        return [
            hashlib.sha256(path.read_bytes()).hexdigest()
            for path in (project, media / "ev.h5", media / "v.mp4")
        ]

    before = marks()
    teachers.append(teacher := ScriptedTeacher())
    job = ProcessJob(str(project), first_id(project), str(tmp_path / "out.npz"))
    spec = tmp_path / "job.json"
    write_job(spec, job)
    assert read_job(spec) == job
    assert job.run(lambda *_: None) == str(tmp_path / "out.npz")
    assert set(read_tracks(tmp_path / "out.npz")) == {
        "teacher", "face", "action_units", "transferred",
    }  # fmt: skip
    assert teacher.is_closed
    assert marks() == before


def test_a_result_that_cannot_be_written_is_told(project, tmp_path, teachers):
    teachers.append(ScriptedTeacher())
    job = ProcessJob(str(project), first_id(project), str(tmp_path / "nowhere" / "out.npz"))
    with pytest.raises(FileError, match="cannot be written"):
        job.run(lambda *_: None)


# --- evface process -------------------------------------------------------------------------------

# In this process, where there are the teachers of the test.
PROCESS = ("process", "--jobs", "1")


def roles(project, name):
    with Project.open(project, read_only=True) as opened:
        return set(opened.tracks(opened.find_recording(name).id))


def test_all_recordings_are_processed_by_one_edit_each(project, teachers, capsys):
    teachers += [ScriptedTeacher(), ScriptedTeacher(crowded={1})]
    assert main([*PROCESS, str(project), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [item["recording"] for item in said["processed"]] == ["first", "second"]
    assert "several faces in 1" in said["processed"][1]["found"]
    assert roles(project, "first") == roles(project, "second")
    with Project.open(project, read_only=True) as opened:
        assert [entry.label for entry in opened.journal()] == ["Process first", "Process second"]


def test_a_recording_without_a_face_does_not_keep_the_others_from_being_processed(
    project, teachers, capsys
):
    teachers += [ScriptedTeacher(missing=range(N_FRAMES)), ScriptedTeacher()]
    assert main([*PROCESS, str(project)]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("second: a face in 40 of 40 frames")
    assert "error: first: no face was found in the video" in err
    assert roles(project, "first") == set()
    assert "transferred" in roles(project, "second")


def test_one_recording_can_be_chosen(project, teachers):
    teachers.append(ScriptedTeacher())
    assert main([*PROCESS, str(project), "--recording", "second"]) == 0
    assert roles(project, "first") == set()
    assert roles(project, "second")


def test_another_head_is_fitted_and_found_again_by_its_key(
    project, teachers, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    # As an imported head: without action units of FACS.
    other = assemble(
        name="other",
        version="1",
        mean_shape=MODEL.mean_shape,
        triangles=MODEL.triangles,
        landmarks=MODEL.landmarks,
        identity_basis=MODEL.identity_basis[:20],
        action_unit_basis=MODEL.action_unit_basis[:16],
        action_unit_weights=MODEL.action_unit_weights[:16],
    )
    write_model(tmp_path / "other.npz", other)
    teachers += [ScriptedTeacher(), ScriptedTeacher()]
    command = [*PROCESS, str(project), "--recording", "first", "--head"]
    assert main([*command, str(tmp_path / "other.npz")]) == 0
    assert "this head knows no action units of FACS" in capsys.readouterr().out
    (tmp_path / "other.npz").unlink()
    assert main([*command, "other-1"]) == 0
    with Project.open(project, read_only=True) as opened:
        face = opened.read_track(first_id(project), "face")
        levels = opened.read_track(first_id(project), "action_units")
        assert opened.check() == []
    assert face.model == "other-1"
    assert face.action_units.shape[1] == 16
    assert levels.names == "AU51,AU52,AU53,AU54,AU55,AU56"
    assert main([*command, "nobody-1"]) == 1
    assert "nobody-1: this head is not on this machine" in capsys.readouterr().err


def test_an_unknown_recording_is_told(project, capsys):
    assert main([*PROCESS, str(project), "--recording", "third"]) == 1
    assert "no recording 'third'" in capsys.readouterr().err


def test_a_teacher_that_cannot_be_had_is_told_once(project, monkeypatch, capsys):
    def none(_name):
        raise TeacherError("the bundle is not here; run `evface models fetch`")

    monkeypatch.setattr(processing, "open_teacher", none)
    assert main([*PROCESS, str(project)]) == 1
    assert capsys.readouterr().err.count("evface models fetch") == 1


def test_what_is_processed_already_can_be_passed_over(project, teachers, capsys):
    teachers += [ScriptedTeacher(), ScriptedTeacher()]
    assert main([*PROCESS, str(project), "--recording", "second"]) == 0
    capsys.readouterr()
    assert main([*PROCESS, str(project), "--missing"]) == 0
    assert capsys.readouterr().out.startswith("first: a face in 40 of 40 frames")
    assert main([*PROCESS, str(project), "--missing"]) == 0
    assert "every recording is processed" in capsys.readouterr().out
    assert teachers == []


def test_an_empty_project_is_told(tmp_path, capsys):
    Project.create(tmp_path / "empty.evface").close()
    assert main([*PROCESS, str(tmp_path / "empty.evface")]) == 1
    assert "evface project add" in capsys.readouterr().err


def test_a_missing_video_is_told_and_the_rest_is_processed(tmp_path, media, teachers, capsys):
    moved = tmp_path / "moved.mp4"
    moved.write_bytes((media / "v.mp4").read_bytes())
    with Project.create(tmp_path / "q.evface") as made:
        made.add_recording(media / "ev.h5", moved, name="gone")
        made.add_recording(media / "ev.h5", media / "w.mp4", name="there")
    moved.unlink()
    teachers.append(ScriptedTeacher())
    assert main([*PROCESS, str(tmp_path / "q.evface")]) == 1
    out, err = capsys.readouterr()
    assert "there: a face" in out
    assert "moved.mp4" in err


def test_settings_are_plain_data():
    assert dataclasses.asdict(ProcessSettings())["event_period_us"] == 10_000


def test_a_real_face_is_fitted_closely(shared_data, tmp_path):
    bundle = shared_data("models/face_landmarker.task")
    video = shared_data("video/face_cry_to_laugh_640x360_24fps.mp4")
    t = np.arange(0, 2_000_000, 1000, dtype=np.int64)
    zeros = np.zeros(len(t), np.uint16)
    events = Events(t, zeros, zeros, np.ones(len(t), bool))
    write_events_hdf5(tmp_path / "ev.h5", [events], resolution=(640, 360))

    class Beginning(MediapipeTeacher):
        def detect(self, frame, t_us):
            return super().detect(frame, t_us) if t_us < 1_200_000 else None

    with Project.create(tmp_path / "p.evface") as made:
        entry = made.add_recording(tmp_path / "ev.h5", video, name="real")
    opened = open_recording(entry, needs_video=True)
    teacher = Beginning(bundle)
    tracks = process(opened, teacher)
    teacher.close()
    opened.close()
    face = tracks["face"]
    assert face.valid.sum() == 29
    shown = tracks["teacher"].landmarks[face.valid]
    eyes = np.linalg.norm(shown[:, 36] - shown[:, 45], axis=1)
    assert (face.residual_px[face.valid] < 0.05 * eyes).all()
    assert describe_tracks(tracks) == "a face in 29 of 472 frames"
