import math
from contextlib import closing
from dataclasses import asdict

import numpy as np
import pytest
import torch

from evface.annotations.roles import PREDICTED_LANDMARKS
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.inference.offline import predict_recording
from evface.inference.trained import open_trained
from evface.landmarks.schemes import FIVE
from evface.live.event_networks import EventNetworks
from evface.live.picture import Placed
from evface.live.stopwatch import Stopwatch
from evface.models.checkpoints import NetworkInfo, read_info, write_checkpoint
from evface.models.registry import model_config, settings_of
from evface.models.specs import InputSpec, KeypointSpec, TargetSpec
from evface.projects.recording import Recording
from evface.training_sets.clip_inputs import ClipInputs
from evface.training_sets.clips import PERIOD_US
from evface.training_sets.keypoint_items import FaceInputs

SIZE = (64, 48)
SMALL = {"backbone": "compact", "n_token": 16, "n_layers": 2, "n_heads": 2, "n_feedforward": 32}
MEAN_FACE = [[0.2, 0.2], [0.8, 0.2], [0.5, 0.5], [0.3, 0.8], [0.7, 0.8]]
STATISTICS = {
    "coefficient_mean": [0.0] * 4,
    "coefficient_std": [1.0] * 4,
    "pose_mean": [0.0] * 4,
    "pose_std": [1.0] * 4,
}


@pytest.fixture(autouse=True)
def _one_thread():
    """As in the models' process; several would wait for one another on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def _write(path, info, prepare=lambda _network: None):
    torch.manual_seed(0)
    network = info.build()
    prepare(network)
    weights = {f"network.{key}": value for key, value in network.state_dict().items()}
    write_checkpoint(path, info, weights)
    return path


@pytest.fixture
def units(tmp_path):
    def write(name="units", representation="frame", n_channels=3, **settings):
        info = NetworkInfo(
            "au_light",
            settings_of(model_config("au_light", {"looks_ahead": False, **settings})),
            asdict(InputSpec("events", n_channels, 32, 6)),
            asdict(TargetSpec(n_coefficients=4)),
            feeding=asdict(ClipInputs(representation, side_px=32, n_frames=6, crop="face")),
            statistics=STATISTICS,
            model="head",
        )
        return _write(tmp_path / f"{name}.safetensors", info)

    return write


@pytest.fixture
def landmarks(tmp_path):
    info = NetworkInfo(
        "kp_slpt",
        settings_of(model_config("kp_slpt", SMALL)),
        asdict(KeypointSpec(5, 3, 32)),
        feeding=asdict(FaceInputs(side_px=32, uses_rgb=False, scheme="five")),
        scheme="five",
    )
    return _write(
        tmp_path / "landmarks.safetensors",
        info,
        lambda network: network.get_buffer("mean_shape").copy_(torch.tensor(MEAN_FACE)),
    )


def _face(left, side=20.0):
    points = np.array(MEAN_FACE, np.float32) * side + [left, 10.0]
    return Placed(points.astype(np.float32), 0.9, "five", 0)


def test_landmarks_and_action_units_are_told_of_a_stream(units, landmarks, make_events):
    networks = EventNetworks((units(), landmarks), None)
    assert networks.refused == {}
    networks.begin(SIZE)
    for stop_us in (50_000, 100_000):
        watch = Stopwatch()
        networks.push(make_events(stop_us - 50_000, stop_us, 1e6, SIZE))
        placed = networks.place(stop_us, None, watch)
        told = networks.read_units(stop_us, placed, watch)
        assert placed.points_px.shape == (FIVE.n_landmarks, 2)
        assert (placed.scheme, placed.t_us) == ("five", stop_us)
        assert all(0 <= value <= 1 for value in told.values())
        assert set(watch.took_s) == {"landmarks", "action units"}


def test_landmarks_seen_live_are_those_of_a_prediction(landmarks, make_events, tmp_path):
    """Also where events come in other parts than the moments that are looked at."""
    events = make_events(0, 500_000, 1e5, SIZE)
    path = tmp_path / "events.h5"
    write_events_hdf5(path, [events], resolution=SIZE)
    with closing(Recording.from_files(path)) as recording:
        told = predict_recording(recording, [open_trained(landmarks)])[PREDICTED_LANDMARKS]
    networks = EventNetworks((landmarks,), None)
    networks.begin(SIZE)
    start_us = 0
    for t_us, points, confidence in zip(
        told.times_us.tolist(), told.landmarks, told.confidence, strict=True
    ):
        for stop_us in (t_us - 9_000, t_us):
            networks.push(events.between(start_us, stop_us))
            start_us = stop_us
        placed = networks.place(t_us, None, Stopwatch())
        np.testing.assert_allclose(placed.points_px, points, atol=1e-3)
        assert placed.confidence == pytest.approx(confidence, abs=1e-4)


def test_action_units_are_asked_no_more_often_than_they_learnt(units, make_events):
    networks = EventNetworks((units(),), None)
    networks.begin(SIZE)
    watch = Stopwatch()
    assert networks.place(0, None, watch) is None
    asked = []
    for stop_us in range(10_000, 110_000, 10_000):
        networks.push(make_events(stop_us - 10_000, stop_us, 1e6, SIZE))
        watch = Stopwatch()
        networks.read_units(stop_us, None, watch)
        asked.append("action units" in watch.took_s)
    assert asked == [stop_us % 30_000 == 0 for stop_us in range(10_000, 110_000, 10_000)]


def test_moments_that_passed_while_the_models_were_busy_are_made_up_for(units, make_events):
    """What is told every 100 ms is what is told of the same moments one after another."""
    often, seldom = EventNetworks((units(),), None), EventNetworks((units(),), None)
    for networks in (often, seldom):
        networks.begin(SIZE)
    events = make_events(0, 700_000, 2e5, SIZE)
    steps = range(PERIOD_US, 18 * PERIOD_US + 1, PERIOD_US)
    for stop_us in steps:
        often.push(events.between(stop_us - PERIOD_US, stop_us))
        told = often.read_units(stop_us, None, Stopwatch())
    for stop_us in steps[2::3]:
        seldom.push(events.between(stop_us - 3 * PERIOD_US, stop_us))
        late = seldom.read_units(stop_us, None, Stopwatch())
    assert late == pytest.approx(told, abs=1e-5)


def test_the_face_is_told_anew_only_where_it_moved_far_or_grew(units, monkeypatch):
    networks = EventNetworks((units(),), None)
    networks.begin(SIZE)
    told = []
    monkeypatch.setattr(networks._units, "place", told.append)
    for face in (_face(10), _face(12), _face(11, side=22), _face(25), _face(26), _face(20, 40)):
        networks.read_units(0, face, Stopwatch())
    assert len(told) == 3
    networks.read_units(0, Placed(np.full((5, 2), np.nan, np.float32), 0.0, "five", 0), Stopwatch())
    assert len(told) == 3


@pytest.mark.parametrize("fed", [{"representation": "counts of today"}, {"n_channels": 5}])
def test_a_network_that_is_not_fed_as_it_says_is_left_out_when_it_is_loaded(units, fed):
    path = units("other", **fed)
    networks = EventNetworks((path,), None)
    assert "other.safetensors: is not fed as it says" in networks.refused[path]


def test_what_cannot_be_used_live_is_left_out_and_told(units, tmp_path):
    broken, code = tmp_path / "broken.safetensors", tmp_path / "code.safetensors"
    broken.write_bytes(b"nothing")
    code.write_bytes(b"\x80\x04\x95 and code")
    spoiled = _write(
        tmp_path / "spoiled.safetensors",
        read_info(units()),
        lambda network: torch.nn.init.constant_(next(network.parameters()), math.nan),
    )
    reasons = {
        broken: f"{tmp_path.name}/broken.safetensors: is no network, or damaged",
        code: "holds Python objects, which could run code",
        spoiled: "holds weights that are no numbers",
        units("ahead", looks_ahead=True): "looks ahead",
        tmp_path / "gone.safetensors": "cannot be read",
        tmp_path: "holds no trained network",
    }
    networks = EventNetworks(tuple(reasons), None)
    assert networks.is_empty
    assert not networks.tells_units
    assert list(networks.refused) == list(reasons)
    for path, words in reasons.items():
        assert words in networks.refused[path]
