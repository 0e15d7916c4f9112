"""Clips of tiny pictures, and synthetic sets whose truth was made up."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from evface.annotations.edits import ReplaceTracks
from evface.annotations.tracks import Source, SourceKind
from evface.events.events import Events
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.geometry.cameras import CameraPair, PinholeCamera, RigidTransform
from evface.geometry.clock import ClockSync
from evface.geometry.transforms import PlanarTransform
from evface.morphable.model import load_open_head
from evface.projects.project import Project
from evface.simulation.truth import RecordingTruth, read_truth, truth_tracks, write_truth
from evface.training_sets.clips import AU_CLASSES, PERIOD_US, Clip
from evface.training_sets.file import TrainingSet
from evface.training_sets.writing import write_training_set
from evface.video.writer import write_video

SIZE = (48, 48)


def make_events(seed: int = 0, n: int = 600, *, stop_us: int, size=SIZE) -> Events:
    random = np.random.default_rng(seed)
    return Events(
        np.sort(random.integers(0, max(stop_us, 1), n)),
        random.integers(0, size[0], n).astype(np.uint16),
        random.integers(0, size[1], n).astype(np.uint16),
        random.random(n) < 0.5,
    )


def make_clip(seed: int = 0, *, n: int = 6, **changes) -> Clip:
    """Make a clip with every label, of a frame-filling face."""
    random = np.random.default_rng([seed, 1])
    model = changes.get("model", "open-head-1")
    values = {
        "recording": f"recording {seed}",
        "subject": f"s{seed}",
        "start_us": 1000 * seed,
        "events": make_events(seed, stop_us=n * PERIOD_US),
        "resolution": SIZE,
        "times_us": np.arange(1, n + 1) * PERIOD_US,
        "rgb": random.integers(0, 256, (n, 36, 40, 3), dtype=np.uint8),
        "event_from_rgb": PlanarTransform.from_affine(1.1 * np.eye(2), [2.0, 3.0]),
        "au_class": seed % len(AU_CLASSES),
        "model": model,
        "coefficients": random.normal(0, 0.3, (n, 32 if model else 0)).astype(np.float32),
        "pose": random.normal(0, 0.1, (n, 4)).astype(np.float32),
        "intensity": random.uniform(0, 1, (n, 24)).astype(np.float32),
        "landmarks": random.uniform(8, 40, (n, 68, 2)).astype(np.float32),
        "landmark_state": random.integers(0, 4, (n, 68)).astype(np.uint8),
        "condition": "good_light",
    }
    return Clip(**values | changes)


@pytest.fixture
def write_set(tmp_path):
    """Return a function that writes clips and opens the set."""
    opened = []

    def write(*clips, name="some.evset", **settings):
        write_training_set(tmp_path / name, clips, **settings)
        opened.append(TrainingSet(tmp_path / name))
        return opened[-1]

    yield write
    for training_set in opened:
        training_set.close()


@pytest.fixture
def three_subjects(write_set):
    return write_set(*(make_clip(seed) for seed in range(3)))


def make_truth(subject: int, label: str, duration_us: int) -> RecordingTruth:
    """Make up what is known of a head that nods and moves its face."""
    head, n = load_open_head(), duration_us // 1000 + 6
    random = np.random.default_rng([subject, len(label)])
    times_us = np.arange(n, dtype=np.int64) * 1000 - 5000
    phase = np.sin(times_us * 2e-5)[:, None]
    coefficients = (phase * random.normal(0, 0.3, 32)).astype(np.float32)
    identity = np.zeros(len(head.identity_basis), np.float32)
    turn = 0.2 * phase[:, 0]
    zero, one = np.zeros(n), np.ones(n)
    rotation = np.stack(
        [np.cos(turn), zero, np.sin(turn), zero, -one, zero, np.sin(turn), zero, -np.cos(turn)], 1
    ).reshape(n, 3, 3)
    pose = RigidTransform(rotation, np.tile([0.0, 0.0, 600.0], (n, 1)))
    camera = PinholeCamera(SIZE, (120.0, 120.0), (23.5, 23.5))
    still = RigidTransform(np.eye(3), np.zeros(3))
    faces = head.shape(identity)[head.landmarks] + np.tensordot(
        coefficients, head.action_unit_basis[:, head.landmarks], 1
    )
    points = camera.project(pose.apply(faces)).astype(np.float32)
    return RecordingTruth(
        subject=subject,
        split="train",
        protocol="facemorphic",
        label=label,
        condition="low_light",
        seed=1,
        model=head.key,
        times_us=times_us,
        identity=identity,
        action_units=coefficients,
        intensities=np.abs(phase * random.uniform(0, 1, len(head.facs_names))).astype(np.float32),
        facs_names=head.facs_names,
        head=np.abs(phase * random.uniform(0, 1, 6)).astype(np.float32),
        gaze_deg=np.zeros((n, 2), np.float32),
        rgb_from_head=pose,
        events_from_head=pose,
        landmarks_rgb_px=points + np.float32(1),
        landmarks_events_px=points,
        cameras=CameraPair(camera, camera, still),
        video_times_us=np.arange(4, dtype=np.int64) * 33_333,
        exposure_us=np.full(4, 8000, np.int64),
        sync=ClockSync(),
    )


def write_recording(folder, subject: int, label: str, duration_us: int = 170_000):
    """Write one recording of a set, as `make_recording` does."""
    folder.mkdir(parents=True)
    events = make_events(subject, n=400, stop_us=duration_us)
    # The first and the last event are the recording's ends.
    events.t[0], events.t[-1] = 0, duration_us - 1
    write_events_hdf5(folder / "events.h5", [events], resolution=SIZE, video_offset_us=0)
    shades = np.arange(5, dtype=np.uint8)[:, None, None, None] * np.uint8(40)
    frames = np.broadcast_to(shades, (5, 48, 48, 3)).astype(np.uint8)
    write_video(folder / "video.mp4", frames, rate_hz=30)
    write_truth(folder / "truth.h5", make_truth(subject, label, duration_us))
    return folder


@pytest.fixture(scope="session")
def synthetic_set(tmp_path_factory):
    """Return a set of three subjects and two classes, with one recording that is not made yet."""
    out = tmp_path_factory.mktemp("synth")
    listed = []
    for subject in range(3):
        for label in ("AU12", "AU51"):
            name = f"s{subject:03}_{label}_1"
            write_recording(out / "clips" / name, subject, label)
            split = ("train", "validation", "test")[subject]
            listed.append({"name": name, "subject": subject, "split": split, "label": label})
    listed.append({"name": "s009_AU1_1", "subject": 9, "split": "train", "label": "AU1"})
    manifest = {"format": "evface synthetic set", "version": 1, "settings": {}, "clips": listed}
    (out / "synth.json").write_text(json.dumps(manifest))
    return out


@pytest.fixture(scope="session")
def clip_of():
    """Return the function that makes clips."""
    return make_clip


@pytest.fixture(scope="session")
def events_of():
    """Return the function that makes events."""
    return make_events


@pytest.fixture(scope="session")
def recording_of():
    """Return the function that writes a recording with its truth."""
    return write_recording


@pytest.fixture
def assert_same_clip():
    """Return a function that compares all that two clips hold, pictures but for JPEG's losses."""

    def compare(one: Clip, other: Clip, *, rgb: int | None = 0) -> None:
        for name in one.__dataclass_fields__:
            mine, its = getattr(one, name), getattr(other, name)
            if isinstance(mine, Events):
                np.testing.assert_array_equal(mine.to_structured(), its.to_structured())
            elif isinstance(mine, PlanarTransform):
                np.testing.assert_allclose(mine.matrix, its.matrix, atol=1e-12)
            elif name == "rgb" and mine is not None:
                if rgb is not None:
                    assert np.abs(mine.astype(int) - its).max() <= rgb
            elif isinstance(mine, np.ndarray):
                assert mine.dtype == its.dtype
                np.testing.assert_allclose(mine, its, atol=1e-5, err_msg=name)
            else:
                assert mine == its, name

    return compare


@pytest.fixture
def project(tmp_path):
    with Project.create(tmp_path / "p.evface") as made:
        made.author = "anna"
        yield made


@pytest.fixture
def add(project, recording_of, tmp_path):
    """Return a function that adds a processed recording; what was known of it is taken away."""

    def add(name, *, subject=0, keeps_truth=False, duration_us=170_000):
        folder = recording_of(tmp_path / "media" / name, subject, "AU12", duration_us)
        truth = read_truth(folder / "truth.h5")
        tracks = truth_tracks(truth)
        if not keeps_truth:
            (folder / "truth.h5").unlink()
        entry = project.add_recording(folder / "events.h5", folder / "video.mp4", name=name)
        fitted = Source(SourceKind.FIT, "test")
        ten_ms = slice(None, None, 10)
        points = tracks["truth_landmarks"]
        made = {
            "face": replace(tracks["truth_face"], source=fitted),
            "action_units": replace(tracks["truth_action_units"], source=fitted),
            "transferred": replace(
                points,
                source=fitted,
                times_us=points.times_us[ten_ms],
                valid=points.valid[ten_ms],
                landmarks=points.landmarks[ten_ms],
                confidence=points.confidence[ten_ms],
                state=points.state[ten_ms],
                occluded=points.occluded[ten_ms],
            ),
        }
        project.apply(ReplaceTracks(entry.id, made, "Process"))
        return entry, tracks

    return add
