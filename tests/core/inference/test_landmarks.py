from dataclasses import replace

import numpy as np
import pytest
import torch

from evface.annotations.tracks import Camera, SourceKind
from evface.errors import RecordingError
from evface.inference.followed_boxes import followed_boxes
from evface.inference.guide import Guide
from evface.inference.landmarks import LandmarkSettings, tell_landmarks
from evface.training_sets.clips import PERIOD_US, Clip, boxes_around
from evface.training_sets.file import TrainingSet
from evface.training_sets.writing import write_training_set

from .conftest import landmark_track


def test_landmarks_lie_about_the_faces_of_the_labels(open_media, make_trained):
    trained = make_trained("kp_slpt")
    guide = Guide(landmark_track(gap=(0, 100_000)))
    track = tell_landmarks(open_media(), trained, guide)
    assert track.camera == Camera.EVENTS
    assert track.scheme == "five"
    assert track.source.kind is SourceKind.MODEL
    assert track.source.version == trained.digest
    assert track.source.settings["boxes_from"] == "labels"
    is_gone = track.times_us < 100_000
    assert is_gone.any()
    np.testing.assert_array_equal(track.valid, ~is_gone)
    assert np.isnan(track.landmarks[is_gone]).all()
    # A fresh network leaves them in the middle of the square.
    boxes = guide.boxes_px(track.times_us[~is_gone])
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    np.testing.assert_allclose(track.landmarks[~is_gone].mean(axis=1), middles, atol=0.6)
    assert ((track.confidence[~is_gone] > 0) & (track.confidence[~is_gone] <= 1)).all()


def test_squares_are_those_of_training(open_media, make_trained, tmp_path):
    """What a network is fed here is, to the bit, what training items hold."""
    from evface.inference.landmarks import FaceLooker, Moment
    from evface.training_sets.keypoint_items import KeypointItems
    from evface.training_sets.placement import face_square

    trained = make_trained("kp_cmfa")
    recording = open_media("good")
    from evface.inference.guide import read_for

    guide = Guide(landmark_track())
    times_us = np.arange(1, 7, dtype=np.int64) * PERIOD_US
    footage = read_for(recording, times_us, window_us=PERIOD_US, with_rgb=True)
    n = len(times_us)
    points = np.stack([guide.landmarks.landmarks[t // 10_000] for t in times_us])
    clip = Clip(
        recording="r", subject="s", start_us=0, events=footage.events, resolution=(64, 48),
        times_us=footage.times_us, rgb=footage.rgb, event_from_rgb=footage.event_from_rgb,
        au_class=-1, model="", coefficients=np.empty((n, 0), np.float32),
        pose=np.full((n, 4), np.nan, np.float32), intensity=np.full((n, 24), np.nan, np.float32),
        landmarks=points, landmark_state=np.zeros((n, 5), np.uint8), scheme="five",
    )  # fmt: skip
    write_training_set(tmp_path / "one.evset", [clip])
    with TrainingSet(tmp_path / "one.evset") as training_set:
        items = KeypointItems(training_set, [0], trained.face_inputs(), moments_per_clip=3)
        for position in range(3):
            item = items.item(0, position)
            row = int(item["row"])
            stored = training_set.clip(0)
            looker = FaceLooker(trained)
            square = face_square(stored.boxes_px[row : row + 1], margin=looker.margin)
            moment = Moment(
                stored.events, int(stored.times_us[row]), stored.rgb[row], stored.event_from_rgb
            )
            drawn = looker._draw(moment, square)
            np.testing.assert_array_equal(drawn["event"], item["event"])
            np.testing.assert_array_equal(drawn["rgb"], item["rgb"])
            assert bool(drawn["rgb_ok"]) == bool(item["rgb_ok"])
            # And what it says goes back by the same way.
            from evface.inference.face_pictures import from_square

            back = item["landmarks"] @ item["to_picture"][:, :2].T + item["to_picture"][:, 2]
            np.testing.assert_allclose(from_square(item["landmarks"], square), back, atol=1e-3)


class Finder(torch.nn.Module):
    """Finds a spot of light: landmarks are about its middle, as far as it reaches."""

    def forward(self, batch):
        picture = batch["event"].sum(dim=1)
        n, side, _ = picture.shape
        at = (torch.arange(side) + 0.5) / side
        total = picture.sum(dim=(1, 2)).clamp(min=1e-6)
        x = (picture.sum(dim=1) * at).sum(dim=1) / total
        y = (picture.sum(dim=2) * at).sum(dim=1) / total
        spread = (picture.sum(dim=1) * (at - x[:, None]) ** 2).sum(dim=1) / total
        corners = torch.tensor([[-4.0, -4.0], [4.0, -4.0], [0, 0], [-3.0, 4.0], [3.0, 4.0]])
        reach = corners * spread.sqrt()[:, None, None]
        last = torch.stack([x, y], dim=-1)[:, None] + reach
        return {"stages": last.expand(2, 2, n, 5, 2), "landmarks": last}


@pytest.fixture
def moving_spot(tmp_path):
    """Return a recording of nothing but a spot that goes from left to right."""
    from evface.events.events import Events
    from evface.events.formats.hdf5_writer import write_events_hdf5
    from evface.projects.recording import Recording

    n, stop_us = 6000, 400_000
    random = np.random.default_rng(3)
    t = np.sort(random.integers(0, stop_us, n))
    x = 20 + 24 * t / stop_us + random.uniform(-4, 4, n)
    y = 24 + random.uniform(-4, 4, n)
    events = Events(t, x.astype(np.uint16), y.astype(np.uint16), random.random(n) < 0.5)
    write_events_hdf5(tmp_path / "spot.h5", [events], resolution=(64, 48))
    recording = Recording.from_files(tmp_path / "spot.h5")
    yield recording
    recording.close()


def test_a_face_is_found_in_the_whole_picture_and_followed(moving_spot, make_trained):
    trained = replace(make_trained("kp_slpt"), network=Finder())
    track = tell_landmarks(moving_spot, trained, Guide())
    assert track.source.settings["boxes_from"] == "track"
    assert track.source.settings["times_lost"] == 0
    assert track.valid.all()
    middles = boxes_around(track.landmarks)
    x = (middles[:, 0] + middles[:, 2]) / 2
    wanted = 20 + 24 * (track.times_us - PERIOD_US / 2) / 400_000 - 0.5
    np.testing.assert_allclose(x, wanted, atol=2.5)


def test_labels_do_not_bind_who_follows(moving_spot, make_trained):
    trained = replace(make_trained("kp_slpt"), network=Finder())
    settings = LandmarkSettings(boxes_from="track")
    track = tell_landmarks(moving_spot, trained, Guide(landmark_track()), settings=settings)
    assert track.landmarks[-1, :, 0].mean() > track.landmarks[0, :, 0].mean() + 15


@pytest.mark.parametrize(
    ("quality", "allows", "uses", "words"),
    [
        ("good", False, True, "registration good"),
        ("fair", False, True, "registration fair"),
        ("assumed", False, False, "not used: its registration was never measured"),
        ("assumed", True, True, "registration assumed"),
        ("bad", True, False, "not used: its registration is bad"),
        (None, True, False, "no video"),
    ],
)
def test_the_video_is_used_only_where_it_is_known_to_lie_right(
    open_media, make_trained, quality, allows, uses, words
):
    trained = make_trained("kp_cmfa")
    said = tell_landmarks(
        open_media(quality),
        trained,
        Guide(landmark_track()),
        settings=LandmarkSettings(allows_assumed=allows),
    ).source.settings
    assert (said["uses_rgb"], said["rgb"]) == (uses, words)
    assert said["share_with_rgb"] == (1.0 if uses else 0.0)


def test_a_dark_video_is_not_looked_at(open_media, make_trained):
    dark = tell_landmarks(
        open_media("good", picture=3), make_trained("kp_cmfa"), Guide(landmark_track())
    )
    assert dark.source.settings["share_with_rgb"] == 0.0


def test_what_needs_the_video_says_what_is_missing(open_media, make_trained):
    needy = make_trained("kp_cmfa", can_do_without_rgb=False)
    with pytest.raises(RecordingError, match="needs the video, and there is no video"):
        tell_landmarks(open_media(), needy, Guide(landmark_track()))
    with pytest.raises(RecordingError, match="is bad; align it with the events first"):
        tell_landmarks(open_media("bad"), needy, Guide(landmark_track()))
    track = tell_landmarks(
        open_media("good"), make_trained("kp_slpt", modality="rgb"), Guide(landmark_track())
    )
    assert track.valid.any()


def test_looks_from_beside_are_averaged_and_tell_the_confidence(open_media, make_trained):
    trained, guide = make_trained("kp_slpt"), Guide(landmark_track())
    track = tell_landmarks(open_media(), trained, guide, settings=LandmarkSettings(n_beside=4))
    assert track.source.settings["confidence"] == "agreement of looks from beside"
    # A network that always says the middle differs as far as the looks do.
    assert (track.confidence[track.valid] < 0.5).all()
    with pytest.raises(ValueError, match="n_beside must be 0 to 4"):
        LandmarkSettings(n_beside=5)


class Shrinking(torch.nn.Module):
    """Sees every face a tenth smaller than its square says, so that squares run away."""

    def forward(self, batch):
        corners = torch.tensor([[0.0, 0.0], [1, 0], [0.5, 0.5], [0, 1], [1, 1]])
        last = (0.5 + 0.6 * (corners - 0.5)).expand(len(batch["event"]), 5, 2)
        return {"stages": last.expand(2, 2, -1, 5, 2), "landmarks": last}


class Cautious(Finder):
    """Takes what fills its square for a twentieth smaller, as networks do that never saw more."""

    def forward(self, batch):
        last = super().forward(batch)["landmarks"]
        middle = last[:, 2:3]
        sides = (last[:, 1, 0] - last[:, 0, 0])[:, None, None]
        last = middle + (last - middle) * (0.79 / sides).where(sides > 0.79, torch.ones(()))
        return {"stages": last.expand(2, 2, *last.shape), "landmarks": last}


def test_a_face_does_not_shrink_from_look_to_look(moving_spot, make_trained):
    trained = replace(make_trained("kp_slpt"), network=Cautious())
    track = tell_landmarks(moving_spot, trained, Guide())
    sides = np.diff(track.boxes_px().reshape(-1, 2, 2), axis=1)[:, 0, 0]
    assert track.source.settings["times_lost"] == 0
    assert sides.min() > 0.8 * sides.max()


def test_a_face_that_runs_away_is_searched_anew(moving_spot, make_trained):
    trained = replace(make_trained("kp_slpt"), network=Shrinking())
    track = tell_landmarks(
        moving_spot,
        trained,
        Guide(landmark_track()),
        settings=LandmarkSettings(boxes_from="track"),
    )
    assert track.source.settings["times_lost"] >= 1
    sides = np.diff(track.boxes_px().reshape(-1, 2, 2), axis=1)[:, 0, 0]
    assert sides.min() > 0.6 * sides.max()


def test_faces_of_a_training_set_are_followed_without_its_labels(
    moving_spot, make_trained, tmp_path
):
    times_us = np.arange(2, 12, dtype=np.int64) * PERIOD_US
    n = len(times_us)
    # The labels' faces are where there is nothing.
    clip = Clip(
        recording="r", subject="s", start_us=0, events=moving_spot.events.read(0, 400_000),
        resolution=(64, 48), times_us=times_us, rgb=None, event_from_rgb=None, au_class=-1,
        model="", coefficients=np.empty((n, 0), np.float32),
        pose=np.full((n, 4), np.nan, np.float32), intensity=np.full((n, 24), np.nan, np.float32),
        landmarks=np.random.default_rng(0).uniform(0, 9, (n, 5, 2)).astype(np.float32),
        landmark_state=np.zeros((n, 5), np.uint8), scheme="five",
    )  # fmt: skip
    trained = replace(make_trained("kp_slpt"), network=Finder())
    with TrainingSet(write_set(tmp_path / "spot.evset", clip)) as training_set:
        boxes = followed_boxes(trained, training_set, [0])
        assert list(boxes) == [0]
        # A square is about where the face was the moment before.
        x = boxes[0][:, [0, 2]].mean(axis=1)[1:]
        wanted = 20 + 24 * (times_us[:-1] - PERIOD_US / 2) / 400_000 - 0.5
        np.testing.assert_allclose(x, wanted, atol=2.5)
        empty = replace(clip, events=clip.events.between(0, 0))
    with TrainingSet(write_set(tmp_path / "empty.evset", empty)) as training_set:
        nowhere = replace(trained, network=Nowhere())
        assert followed_boxes(nowhere, training_set, [0])[0].tolist() == [[0, 0, 63, 47]] * n


class Nowhere(torch.nn.Module):
    """Sees every face beside the picture."""

    def forward(self, batch):
        last = torch.full((len(batch["event"]), 5, 2), 9.0)
        return {"stages": last.expand(2, 2, -1, 5, 2), "landmarks": last}


def write_set(path, clip):
    write_training_set(path, [clip])
    return path
