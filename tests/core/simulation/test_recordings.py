import contextlib
import dataclasses

import numpy as np
import pytest

from evface.errors import EventFileError
from evface.events.events import Events
from evface.events.sources import open_events
from evface.geometry.cameras import RigidTransform
from evface.geometry.clock import ClockSync
from evface.morphable.model import load_open_head
from evface.simulation.conditions import Conditions
from evface.simulation.drawing import plan_exposure, plan_light
from evface.simulation.events import PRESETS
from evface.simulation.performance import Gesture, Performance
from evface.simulation.protocols import plan_demo
from evface.simulation.recordings import make_recording
from evface.simulation.rigs import draw_apart_rig
from evface.simulation.truth import read_truth
from evface.video.reader import open_video

SIZE = (96, 72)
STILL = Performance(400_000, (), sway_deg=0.0, sway_mm=0.0)
CLOSED = dataclasses.replace(
    STILL, gestures=(Gesture(-200_000, 75_000, 10_000_000, 150_000, {"AU45": 1.0}, "AU45"),)
)
BLINK = Performance(
    600_000,
    (Gesture(200_000, 75_000, 20_000, 150_000, {"AU45": 1.0}, "blink"),),
    sway_deg=0,
    sway_mm=0,
)


def plan(performance, **settings):
    small = plan_demo(2, resolution=SIZE, texture_width=384)
    n_frames = int(performance.duration_us * 30e-6)
    fields = {"sensor": PRESETS["clean"], "performance": performance, "n_frames": n_frames}
    return dataclasses.replace(small, **(fields | settings))


def apart():
    """A plan whose cameras differ in place, size and clock."""
    rig = draw_apart_rig((80, 60), SIZE, np.random.default_rng(4))
    return plan(
        BLINK,
        cameras=rig.cameras,
        rgb_from_room=rig.rgb_from_room,
        video=ClockSync(120_000, 50.0, "simulated", 0.0),
        n_frames=13,
        states_sync=False,
    )


@pytest.fixture(scope="module")
def blink(tmp_path_factory):
    return make_recording(tmp_path_factory.mktemp("blink"), plan(BLINK))


@pytest.fixture(scope="module")
def blink_apart(tmp_path_factory):
    return make_recording(tmp_path_factory.mktemp("apart"), apart())


def eye_box(points):
    eyes = points[36:48]
    margin = np.array([4.0, 6.0])
    return np.concatenate([eyes.min(axis=0) - margin, eyes.max(axis=0) + margin])


def share_within(events, box):
    x0, y0, x1, y1 = box
    return ((events.x > x0) & (events.x < x1) & (events.y > y0) & (events.y < y1)).mean()


def events_of(made):
    try:
        with contextlib.closing(open_events(made.events_path)) as source:
            return source.read(0, source.duration_us + 1)
    except EventFileError:  # It holds none.
        return Events.empty()


@pytest.mark.parametrize("performance", [STILL, CLOSED], ids=["open eyes", "closed eyes"])
def test_a_still_face_gives_almost_no_events(tmp_path, performance):
    assert len(events_of(make_recording(tmp_path, plan(performance)))) < 20


@pytest.mark.parametrize("depth", [0.05, 0.25])
def test_pixels_toggle_with_the_lamp_where_its_swing_exceeds_both_their_thresholds(tmp_path, depth):
    lamp = Conditions("flicker", flicker_depth=depth, flicker_hz=120.0)
    events = events_of(make_recording(tmp_path, plan(CLOSED, conditions=lamp)))
    each = np.bincount(events.y.astype(int) * SIZE[0] + events.x, minlength=SIZE[0] * SIZE[1])
    # The light that a pixel remembers settles between its thresholds unless the swing exceeds
    # their sum, 0.40 here, give or take 0.03.
    swing = np.log((1 + depth) / (1 - depth))
    if swing < 0.3:
        assert len(events) < 20
    else:
        # An event up and one down, at least, in each of 48 periods.
        assert (each >= 2 * 47).mean() > 0.99


@pytest.mark.parametrize("name", ["blink", "blink_apart"])
def test_a_blink_gives_events_around_the_true_eyes_while_it_lasts(name, request):
    made = request.getfixturevalue(name)
    events, truth = open_events(made.events_path), read_truth(made.truth_path)
    during = events.read(0, 300_000)
    assert len(during) > 100
    assert share_within(during, eye_box(truth.landmarks_events_px[0])) > 0.9
    # The clock starts at the first event, and the blink begins about then.
    assert abs(events.origin_us - 200_000) < 40_000
    assert events.duration_us < 300_000
    (segment,) = truth.segments
    assert segment.name == "blink"
    assert segment.onset_us == 200_000 - events.origin_us
    assert segment.offset_us - segment.onset_us == 245_000


def test_the_truth_says_what_was_drawn_and_agrees_with_its_cameras(blink_apart):
    truth = read_truth(blink_apart.truth_path)
    head = load_open_head()
    assert truth.model == head.key
    assert (np.diff(truth.times_us) == 1000).all()
    points = head.shape(truth.identity, truth.action_units)[:, head.landmarks]
    cameras = truth.cameras
    for camera, pose, landmarks in (
        (cameras.rgb, truth.rgb_from_head, truth.landmarks_rgb_px),
        (cameras.events, truth.events_from_head, truth.landmarks_events_px),
    ):
        np.testing.assert_allclose(camera.project(pose.apply(points)), landmarks, atol=0.01)
    between = cameras.event_from_rgb.after(truth.rgb_from_head)
    np.testing.assert_allclose(between.rotation, truth.events_from_head.rotation, atol=1e-9)
    closed = truth.intensities[:, truth.facs_names.index("AU45")]
    (segment,) = truth.segments
    at_apex = (truth.times_us >= segment.apex_start_us) & (truth.times_us <= segment.apex_stop_us)
    assert (closed[at_apex] == closed.max()).all()
    assert closed.max() > 0.7


def test_cameras_that_stand_apart_see_the_face_at_different_places(blink_apart):
    truth = read_truth(blink_apart.truth_path)
    assert isinstance(truth.cameras.event_from_rgb, RigidTransform)
    assert np.linalg.norm(truth.cameras.event_from_rgb.translation_mm) > 50
    for points, (width, height) in (
        (truth.landmarks_rgb_px, truth.cameras.rgb.resolution),
        (truth.landmarks_events_px, truth.cameras.events.resolution),
    ):
        assert (points > 0).all()
        assert (points < [width, height]).all()


def test_the_video_runs_on_a_clock_of_its_own(blink_apart):
    events, truth = open_events(blink_apart.events_path), read_truth(blink_apart.truth_path)
    # Nothing but the truth says when the video began.
    assert events.video_offset_us is None
    video = open_video(blink_apart.video_path)
    assert video.times_us[0] == 0
    np.testing.assert_allclose(
        truth.sync.to_sensor_us(video.times_us), truth.video_times_us, atol=400
    )
    assert truth.sync.offset_us == 120_000 - events.origin_us
    # In the frame of the apex by the truth, the eyes are shut.
    x0, y0, x1, y1 = eye_box(truth.landmarks_rgb_px[0]).astype(int)
    frames = [video.read(i)[y0:y1, x0:x1].astype(int) for i in range(video.n_frames)]
    change = [np.abs(frame - frames[-1]).mean() for frame in frames]
    (segment,) = truth.segments
    apex_us = (segment.apex_start_us + segment.apex_stop_us) / 2
    at_apex = int(np.argmin(np.abs(truth.video_times_us - apex_us)))
    # The frame after it, in which the lids have begun to rise, is as good within the codec's noise.
    assert change[at_apex] > 0.95 * max(change)
    assert all(value < 0.9 * max(change) for value in change[: at_apex - 1] + change[at_apex + 2 :])


def test_the_sync_is_stated_where_the_plan_wants_it(blink):
    assert open_events(blink.events_path).video_offset_us == 0
    video = open_video(blink.video_path)
    assert video.resolution == SIZE
    assert video.n_frames == 18


def test_fast_motion_is_drawn_at_a_higher_rate():
    blinking = plan(BLINK)
    times_us = plan_light(blinking.person.actor(), BLINK, blinking.events_view)
    gaps = np.diff(times_us)
    assert times_us[0] == 0
    assert times_us[-1] == BLINK.duration_us
    assert gaps.min() > 0
    assert gaps.max() < 20_000
    big = plan_demo(2)
    times_us = plan_light(big.person.actor(), BLINK, big.events_view)
    gaps = np.diff(times_us)
    fast = gaps[(times_us[:-1] > 220_000) & (times_us[:-1] < 260_000)]
    slow = gaps[times_us[:-1] > 480_000]
    assert fast.mean() < 0.5 * slow.mean()


def test_nothing_moves_more_than_a_pixel_between_pictures():
    big = plan_demo(2)
    actor = big.person.actor()
    turn = Performance(700_000, (Gesture(0, 300_000, 50_000, 300_000, {"AU51": 0.6}),))
    motion = actor.perform(turn, plan_light(actor, turn, big.events_view))
    points = actor.landmarks_px(motion, big.events_view)
    assert np.linalg.norm(np.diff(points, axis=0), axis=2).max() < 1.1


def test_a_frame_is_the_mean_of_more_pictures_the_farther_the_face_moves():
    big = plan_demo(2)
    actor, view = big.person.actor(), big.rgb_view
    resting = plan_exposure(actor, BLINK, view, 100_000, 8_000)
    assert list(resting) == [100_000]
    short = plan_exposure(actor, BLINK, view, 235_000, 8_000)
    long = plan_exposure(actor, BLINK, view, 235_000, 30_000)
    assert 1 < len(short) < len(long)
    assert long.min() > 235_000 - 15_000
    assert long.max() < 235_000 + 15_000


def test_flickering_light_makes_a_still_face_fire_at_its_rate(tmp_path):
    conditions = Conditions("flicker", flicker_depth=0.2, flicker_hz=100.0)
    made = make_recording(tmp_path, plan(STILL, conditions=conditions))
    events = open_events(made.events_path)
    during = events.read(0, events.duration_us + 1)
    course = np.bincount(during.t // 1000, minlength=300)[:300].astype(float)
    rates_hz = np.fft.rfftfreq(300, 1e-3)
    spectrum = np.abs(np.fft.rfft(course - course.mean()))
    # Brighter and darker again each swing: on and off events each at 100 Hz.
    assert rates_hz[np.argmax(spectrum)] in (100.0, 200.0)
    assert read_truth(made.truth_path).condition == "flicker"


def test_a_sensor_has_settled_in_flickering_light_when_the_recording_begins(tmp_path):
    conditions = Conditions("flicker", flicker_depth=0.08, flicker_hz=100.0)
    made = make_recording(tmp_path, plan(STILL, conditions=conditions, sensor=PRESETS["noisy"]))
    with contextlib.closing(open_events(made.events_path)) as source:
        rate = source.rate(10_000)
    assert rate[0] < 2 * np.median(rate) + 50


def test_the_same_plan_gives_the_same_files(blink_apart, tmp_path):
    again = make_recording(tmp_path, apart())
    for name in ("events_path", "truth_path", "video_path"):
        assert getattr(again, name).read_bytes() == getattr(blink_apart, name).read_bytes(), name


def test_a_report_that_raises_stops_the_work_and_leaves_no_truth(tmp_path):
    class Stopped(Exception):
        pass

    def report(fraction, _message):
        if fraction > 0.5:
            raise Stopped

    with pytest.raises(Stopped):
        make_recording(tmp_path, plan(BLINK), report=report)
    assert [entry.name for entry in tmp_path.iterdir()] in ([], ["video.mp4"])
