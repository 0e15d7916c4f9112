"""Two cameras that nobody calibrated see one head of dots; only their movement tells where."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from evface.annotations.tracks import Camera, FaceTrack, Source, SourceKind
from evface.errors import RecordingError
from evface.events.events import Events
from evface.geometry.cameras import CameraPair, PinholeCamera, RigidTransform
from evface.geometry.registration import Registration
from evface.morphable.camera import FRONTAL, fit_pose
from evface.morphable.model import load_open_head
from evface.transfer.face_points import face_points
from evface.transfer.point_pairs import PointPair
from evface.transfer.registration import register_face

MODEL = load_open_head()
N_FRAMES, PERIOD_US = 18, 50_000
TIMES_US = np.arange(N_FRAMES) * PERIOD_US + 7_000
TURN = Rotation.from_rotvec([0.03, -0.12, 0.02]).as_matrix()
PAIR = CameraPair(
    PinholeCamera((320, 240), (290.0, 290.0), (159.5, 119.5)),
    PinholeCamera((320, 240), (360.0, 360.0), (159.5, 119.5)),
    RigidTransform(TURN, -TURN @ np.array([70.0, 10.0, 5.0])),
)
STEP = 0.08


def _rotations():
    beat = np.arange(N_FRAMES) * 0.9
    turns = np.stack([4 * np.sin(beat), 9 * np.sin(0.7 * beat), 3 * np.cos(0.5 * beat)], axis=1)
    return FRONTAL @ Rotation.from_euler("xyz", turns, degrees=True).as_matrix()


ROTATIONS = _rotations()
PLACES_MM = np.stack([6 * np.sin(np.arange(N_FRAMES)), 4 * np.cos(np.arange(N_FRAMES)),
                      np.full(N_FRAMES, 560.0)], axis=1)  # fmt: skip


def _seen(camera, stand, points):
    """Return where points of the head fall in a camera's picture, frame by frame."""
    on_rgb = points @ ROTATIONS.swapaxes(1, 2) + PLACES_MM[:, None]
    return camera.project(on_rgb if stand is None else stand.apply(on_rgb))


def _pictures(camera, stand, *, width_px):
    """Draw a head with bright and dark dots, (n, height, width), as logarithms of light."""
    random = np.random.default_rng(3)
    skin = np.unique(MODEL.triangles[MODEL.regions == MODEL.region_names.index("skin")])
    front = skin[(MODEL.mean_shape[skin, 2] > 25) & (MODEL.mean_shape[skin, 1] > -95)]
    chosen = random.permutation(front)[:220]
    weights = random.choice([-1.0, 1.0], len(chosen)) * random.uniform(0.5, 1.5, len(chosen))
    width, height = camera.resolution
    pictures = []
    for places in _seen(camera, stand, MODEL.mean_shape[chosen]):
        picture = np.zeros((height, width), np.float32)
        corner = np.floor(places).astype(int)
        part = places - corner
        for dx in (0, 1):
            for dy in (0, 1):
                share = abs(1 - dx - part[:, 0]) * abs(1 - dy - part[:, 1])
                np.add.at(picture, (corner[:, 1] + dy, corner[:, 0] + dx), weights * share)
        drawn = cv2.GaussianBlur(picture, (0, 0), width_px)
        pictures.append(-0.7 + 0.5 * np.tanh(6 * width_px * drawn))
    return np.stack(pictures)


def _events(pictures, *, seed=0):
    """Fire wherever light changes by a step, evenly between frames, and some noise."""
    random = np.random.default_rng(seed)
    columns = []
    for i, change in enumerate(np.diff(pictures, axis=0)):
        count = np.rint(change / STEP).astype(int)
        count += random.choice([-1, 0, 1], count.shape, p=[0.005, 0.99, 0.005])
        y, x = np.nonzero(count)
        times = np.abs(count[y, x])
        y, x, p = (np.repeat(a, times) for a in (y, x, count[y, x] > 0))
        t = TIMES_US[i] + random.integers(1, PERIOD_US, len(x))
        columns.append(np.stack([t, x, y, p]))
    together = np.concatenate(columns, axis=1)
    t, x, y, p = together[:, np.argsort(together[0])]
    return Events(t.astype(np.int64), x.astype("u2"), y.astype("u2"), p.astype(bool))


class StoredEvents:
    """Events held in memory."""

    path = "events.h5"

    def __init__(self, events, resolution):
        self.events, self.resolution = events, resolution
        self.duration_us = int(events.t[-1]) + 1

    def read(self, start_us, stop_us):
        first, last = np.searchsorted(self.events.t, [start_us, stop_us])
        return Events(*(getattr(self.events, name)[first:last] for name in "txyp"))

    def rate(self, bin_us):
        return np.bincount(self.events.t // bin_us, minlength=-(-self.duration_us // bin_us))


def _face():
    landmarks_mm = MODEL.mean_shape[MODEL.landmarks]
    pose = fit_pose(landmarks_mm, _seen(PAIR.rgb, None, landmarks_mm))
    return FaceTrack(
        times_us=TIMES_US,
        valid=np.ones(N_FRAMES, bool),
        source=Source(SourceKind.FIT, "known"),
        identity=np.zeros(4, np.float32),
        action_units=np.zeros((N_FRAMES, len(MODEL.action_unit_basis)), np.float32),
        rotation=pose.rotation.astype(np.float32),
        scale_px_per_mm=np.asarray(pose.scale_px_per_mm, np.float32),
        translation_px=pose.translation_px.astype(np.float32),
        residual_px=np.zeros(N_FRAMES, np.float32),
        camera=Camera.RGB,
        model=MODEL.key,
    )


FACE = _face()
TRUTH_PX = _seen(PAIR.events, PAIR.event_from_rgb, MODEL.mean_shape[MODEL.landmarks])
EYES_PX = float(np.linalg.norm(TRUTH_PX[:, 36] - TRUTH_PX[:, 45], axis=1).mean())


def _nme(registration):
    mapped = face_points(MODEL, FACE, MODEL.landmarks).on_events(registration)
    return float(np.linalg.norm(mapped - TRUTH_PX, axis=2).mean()) / EYES_PX


@pytest.fixture(scope="module")
def video():
    linear = np.exp(_pictures(PAIR.rgb, None, width_px=1.2))
    frames = np.rint(255 * np.clip(linear, 0, 1) ** (1 / 2.2)).astype(np.uint8)
    frames = np.repeat(frames[..., None], 3, axis=3)
    return SimpleNamespace(resolution=PAIR.rgb.resolution, read=lambda index: frames[index])


@pytest.fixture(scope="module")
def fired():
    return _events(_pictures(PAIR.events, PAIR.event_from_rgb, width_px=1.6))


def _register(video, events, **more):
    return register_face(
        video,
        StoredEvents(events, PAIR.events.resolution),
        video_times_us=TIMES_US,
        model=MODEL,
        face=FACE,
        **more,
    )


@pytest.fixture(scope="module")
def finding(video, fired):
    return _register(video, fired)


def test_cameras_that_nobody_calibrated_are_registered_by_a_moving_face(finding):
    assert finding.registration.quality in ("good", "fair")
    assert finding.registration.method == "head"
    # The fit's own error is part of it: a head without perspective, of nobody's shape.
    assert _nme(finding.registration) < _nme(Registration(cameras=PAIR)) + 0.02


def test_depth_is_handled_better_than_by_the_plane(finding):
    points = face_points(MODEL, FACE, MODEL.landmarks).points_px
    away = np.linalg.norm(finding.registration.planar.apply(points) - TRUTH_PX, axis=2)
    assert _nme(finding.registration) < float(away.mean()) / EYES_PX < 0.15


def test_the_finding_says_how_good_it_is_and_where(finding):
    assert np.isfinite(finding.map_px).any()
    assert 0 < finding.coverage <= 1
    assert len(finding.instants_us) == len(finding.residuals_px) > 6
    assert finding.registration.residual_px < 0.1 * EYES_PX
    assert finding.explained > 0.3


def test_pairs_bring_it_no_farther_from_the_truth(video, fired, finding):
    frame = 11
    pairs = [
        PointPair(int(TIMES_US[frame]), tuple(TRUTH_PX[frame, point]), landmark=point)
        for point in (36, 45, 48, 8)
    ]
    with_pairs = _register(video, fired, pairs=pairs)
    assert with_pairs.n_pairs == 4
    assert _nme(with_pairs.registration) < max(_nme(finding.registration), 0.025)


def test_a_mirror_image_is_said_and_never_passes(video, fired):
    flipped = Events(fired.t, PAIR.events.resolution[0] - 1 - fired.x, fired.y, fired.p)
    finding = _register(video, flipped)
    assert finding.registration.quality == "bad"
    assert any("mirror" in reason for reason in finding.reasons)


def test_events_of_another_scene_are_bad(video, fired):
    random = np.random.default_rng(5)
    n = len(fired)
    x, y = (random.integers(0, size, n).astype("u2") for size in PAIR.events.resolution)
    finding = _register(video, Events(fired.t, x, y, random.random(n) < 0.5))
    assert finding.registration.quality == "bad"
    assert finding.reasons


def test_video_and_events_without_common_time_are_told(video, fired):
    late = Events(fired.t, fired.x, fired.y, fired.p)
    with pytest.raises(RecordingError, match="do not overlap in time"):
        register_face(
            video,
            StoredEvents(late, PAIR.events.resolution),
            video_times_us=TIMES_US + 10_000_000,
            model=MODEL,
            face=FACE,
        )


def test_a_pair_beside_the_face_or_outside_the_video_is_told(video, fired):
    beside = PointPair(int(TIMES_US[5]), (5.0, 5.0), rgb_px=(2.0, 3.0))
    with pytest.raises(RecordingError, match="does not lie on the face"):
        _register(video, fired, pairs=[beside])
    later = PointPair(90_000_000, (5.0, 5.0), landmark=3)
    with pytest.raises(RecordingError, match="no face was found"):
        _register(video, fired, pairs=[later])


def test_a_pair_names_a_point_or_a_landmark():
    with pytest.raises(ValueError, match="not both"):
        PointPair(0, (1.0, 2.0))
