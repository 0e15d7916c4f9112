import numpy as np
import pytest

from evface.errors import ModelFileError
from evface.inference.action_units import tell_units
from evface.inference.guide import Guide
from evface.inference.landmarks import LandmarkSettings, tell_landmarks
from evface.inference.smoothing import OneEuro
from evface.inference.streaming import EventBuffer, LandmarkStream, UnitStream
from evface.training_sets.clips import PERIOD_US

from .conftest import SIZE, make_events


def fed(stream, events, t_us):
    """Push what came since the last moment, and look."""
    stream.push(events.between(t_us - PERIOD_US, t_us))
    return stream.look(t_us)


def test_a_stream_of_action_units_says_what_offline_says(open_media, make_trained):
    trained = make_trained("au_light", looks_ahead=False)
    offline = tell_units(open_media(), trained, Guide())
    stream = UnitStream(trained, SIZE)
    events = make_events()
    for row, t_us in enumerate(offline.times_us[:6].tolist()):
        seen = fed(stream, events, t_us)
        if row < 3:  # Where the first window alone counts.
            np.testing.assert_allclose(seen.intensity, offline.intensity[row], atol=1e-5)
            np.testing.assert_allclose(seen.coefficients, offline.coefficients[row], atol=1e-5)
            np.testing.assert_allclose(seen.pose, offline.pose[row], atol=1e-5)


def test_placing_the_face_elsewhere_begins_anew(make_trained):
    trained = make_trained("au_light", looks_ahead=False)
    events, box = make_events(), np.array([20, 15, 40, 35], np.float32)
    fresh, used = UnitStream(trained, SIZE), UnitStream(trained, SIZE)
    for i in range(1, 4):
        fed(used, events, i * PERIOD_US)
    fresh.push(events.between(0, 3 * PERIOD_US))
    for stream in (fresh, used):
        stream.place(box)
    one, other = fed(fresh, events, 4 * PERIOD_US), fed(used, events, 4 * PERIOD_US)
    np.testing.assert_array_equal(one.intensity, other.intensity)


@pytest.mark.parametrize(
    ("name", "settings", "words"),
    [
        ("au_light", {}, "looks ahead, as live nobody can; train au_live"),
        ("au_coefficients_lstm", {}, "sees other things than events; train au_live"),
        ("au_light", {"looks_ahead": False, "modality": "rgb"}, "sees other things than events"),
    ],
)
def test_what_cannot_be_streamed_says_why(make_trained, name, settings, words):
    with pytest.raises(ModelFileError, match=words):
        UnitStream(make_trained(name, **settings), SIZE)


def test_a_stream_of_landmarks_says_what_offline_says(open_media, make_trained):
    trained = make_trained("kp_slpt")
    offline = tell_landmarks(
        open_media(), trained, Guide(), settings=LandmarkSettings(boxes_from="track")
    )
    stream = LandmarkStream(trained, SIZE)
    events = make_events()
    for row, t_us in enumerate(offline.times_us.tolist()):
        seen = fed(stream, events, t_us)
        np.testing.assert_allclose(seen.landmarks, offline.landmarks[row], atol=1e-3)
        np.testing.assert_array_equal(seen.landmarks, seen.seen)


def test_the_overlay_is_held_still_and_what_was_seen_is_kept(make_trained):
    stream = LandmarkStream(
        make_trained("kp_slpt"), SIZE, smoothing=OneEuro(least_cutoff_hz=0.5, opening=0.0)
    )
    events, x = make_events(), []
    for i in range(1, 12):
        box = np.array([20 + 4 * (i % 2), 15, 40 + 4 * (i % 2), 35], np.float32)
        stream._follower.box = box
        stream.push(events.between((i - 1) * PERIOD_US, i * PERIOD_US))
        seen = stream.look(i * PERIOD_US)
        x.append((seen.seen[:, 0].mean(), seen.landmarks[:, 0].mean()))
    shaken, held = np.ptp(np.array(x)[4:], axis=0)
    assert held < 0.3 * shaken


def test_a_network_that_needs_the_video_is_given_one(make_trained):
    from evface.geometry.transforms import PlanarTransform

    trained = make_trained("kp_cmfa", can_do_without_rgb=False)
    with pytest.raises(ModelFileError, match="needs a video"):
        LandmarkStream(trained, SIZE)
    picture = np.random.default_rng(0).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    stream = LandmarkStream(
        trained, SIZE, video=lambda _t_us: picture, event_from_rgb=PlanarTransform()
    )
    assert np.isfinite(fed(stream, make_events(), PERIOD_US).landmarks).all()


def test_a_buffer_forgets_what_is_old():
    buffer, events = EventBuffer(50_000), make_events()
    for start in range(0, 400_000, 10_000):
        buffer.push(events.between(start, start + 10_000))
        assert len(buffer._parts) <= 7
    kept = buffer.before(400_000, 50_000)
    np.testing.assert_array_equal(kept.t, events.between(350_000, 400_000).t)
    kept = buffer.before(390_000, 20_000)
    np.testing.assert_array_equal(kept.t, events.between(370_000, 390_000).t)
    assert len(EventBuffer(1).before(5, 5)) == 0
