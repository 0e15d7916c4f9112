import numpy as np
import pytest

from evface.errors import VideoFileError
from evface.events.events import Events
from evface.events.formats.hdf5_writer import Hdf5EventWriter
from evface.events.representations.registry import REPRESENTATIONS, representation
from evface.projects.recording import Recording
from evface.video.writer import write_video
from evface_studio.media import MediaReader
from evface_studio.view_state import ViewState, WindowKind

DURATION_US = 500_000


def make_events(n=50_000):
    generator = np.random.default_rng(2)
    t = np.sort(generator.integers(0, DURATION_US, n))
    t[0], t[-1] = 0, DURATION_US - 1
    x = generator.integers(0, 160, n, dtype=np.uint16)
    y = generator.integers(0, 120, n, dtype=np.uint16)
    return Events(t, x, y, generator.random(n) < 0.5)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("media")
    with Hdf5EventWriter(folder / "a.h5", resolution=(160, 120), video_offset_us=0) as writer:
        writer.append(make_events())
    frames = (np.full((48, 64, 3), 16 * index, np.uint8) for index in range(15))
    write_video(folder / "a.mp4", frames, rate_hz=30.0)
    return folder


@pytest.fixture
def recording(files):
    recording = Recording.from_files(files / "a.h5", files / "a.mp4")
    yield recording
    recording.close()


@pytest.fixture
def view_state():
    state = ViewState()
    state.set_duration_us(DURATION_US)
    return state


@pytest.fixture
def reader(document, view_state, qtbot):
    del qtbot
    reader = MediaReader(document, view_state)
    yield reader
    reader.close()


@pytest.fixture
def heard(reader):
    heard = {"events": [], "video": []}
    reader.events_ready.connect(lambda *args: heard["events"].append(args))
    reader.video_ready.connect(lambda *args: heard["video"].append(args))
    return heard


def test_the_picture_of_a_moment_is_what_models_are_fed(
    reader, heard, document, recording, view_state, qtbot
):
    document.show(recording)
    for name in REPRESENTATIONS:
        view_state.set_representation(name)
        view_state.set_time_us(300_000)
        qtbot.waitUntil(lambda: reader.is_idle)
        stop_us, picture, n_events = heard["events"][-1]
        expected = make_events().between(280_000, 300_000)
        assert (stop_us, n_events, picture.representation) == (
            300_000,
            len(expected),
            name,
        )
        image = representation(name).index_image(
            expected, (160, 120), start_us=280_000, stop_us=300_000
        )
        np.testing.assert_array_equal(picture.image, image)


def test_a_window_can_hold_a_number_of_events(
    reader, heard, document, recording, view_state, qtbot
):
    document.show(recording)
    view_state.set_window_count(4_000)
    view_state.set_window_kind(WindowKind.COUNT)
    view_state.set_time_us(300_000)
    qtbot.waitUntil(lambda: reader.is_idle)
    _, picture, n_events = heard["events"][-1]
    expected = make_events().between(0, 300_000)
    assert n_events == 4_000
    assert picture.start_us == expected.t[-4_000]
    assert np.count_nonzero(picture.image) == len(
        np.unique(expected.y[-4_000:].astype(int) * 160 + expected.x[-4_000:])
    )
    assert not picture.is_short
    view_state.set_time_us(20_000)
    qtbot.waitUntil(lambda: reader.is_idle)
    assert heard["events"][-1][1].is_short
    assert heard["events"][-1][2] == len(make_events().between(0, 20_000))


def test_a_fading_window_remembers_what_was_before(
    reader, heard, document, recording, view_state, qtbot
):
    document.show(recording)
    view_state.set_representation("time_surface")
    view_state.set_fading_us(10_000)
    view_state.set_window_kind(WindowKind.FADING)
    view_state.set_time_us(300_000)
    qtbot.waitUntil(lambda: reader.is_idle)
    _, picture, n_events = heard["events"][-1]
    assert n_events == len(make_events().between(270_000, 300_000))
    image = representation("time_surface", tau_us=10_000).index_image(
        make_events(), (160, 120), start_us=270_000, stop_us=300_000
    )
    np.testing.assert_array_equal(picture.image, image)
    assert np.count_nonzero(image) > n_events


def test_the_frame_is_the_last_one_that_has_begun(
    reader, heard, document, recording, view_state, qtbot
):
    document.show(recording)
    view_state.set_time_us(250_000)
    qtbot.waitUntil(lambda: reader.is_idle)
    t_us, index, frame = heard["video"][-1]
    assert index == 7
    assert t_us == recording.video_times_us[7] <= 250_000
    assert frame.mean() == pytest.approx(16 * 7, abs=4)


def test_a_frame_already_shown_is_not_read_again(
    reader, heard, document, recording, view_state, qtbot
):
    document.show(recording)
    view_state.set_time_us(250_000)
    qtbot.waitUntil(lambda: reader.is_idle)
    n_frames = len(heard["video"])
    view_state.set_time_us(251_000)
    qtbot.waitUntil(lambda: reader.is_idle)
    assert len(heard["video"]) == n_frames
    assert heard["events"][-1][0] == 251_000


def test_scrubbing_ends_on_the_last_moment_and_skips_most_others(
    reader, heard, document, recording, view_state, qtbot
):
    document.show(recording)
    for t_us in range(100_000, 400_000, 100):
        view_state.set_time_us(t_us)
    qtbot.waitUntil(lambda: reader.is_idle)
    assert heard["events"][-1][0] == 399_900
    assert len(heard["events"]) < 1_500
    shown = [args[0] for args in heard["events"]]
    assert shown == sorted(shown)


def test_while_time_runs_pictures_appear_together(
    reader, heard, document, recording, view_state, qtbot
):
    document.show(recording)
    qtbot.waitUntil(lambda: reader.is_idle)
    view_state.set_playing(True)
    n_before = len(heard["events"])
    view_state.set_time_us(200_000)
    qtbot.wait(100)
    assert len(heard["events"]) == n_before
    shown = recording.video_index_at(200_000)

    def tick():
        view_state.set_time_us(view_state.time_us + 10)
        return heard["events"][-1][0] >= 200_000 and heard["video"][-1][1] == shown

    qtbot.waitUntil(tick)
    last_us = view_state.time_us
    view_state.set_playing(False)
    qtbot.waitUntil(lambda: heard["events"][-1][0] == last_us)


def test_pictures_of_a_recording_no_longer_shown_are_dropped(
    reader, heard, document, recording, view_state, qtbot
):
    document.show(recording)
    view_state.set_time_us(300_000)
    document.show(None)
    qtbot.waitUntil(lambda: reader.is_idle)
    assert heard["events"] == []
    assert heard["video"] == []


def test_a_recording_without_video_is_read_all_the_same(
    reader, heard, document, files, view_state, qtbot
):
    recording = Recording.from_files(files / "a.h5")
    document.show(recording)
    view_state.set_time_us(100_000)
    qtbot.waitUntil(lambda: reader.is_idle)
    assert heard["events"][-1][0] == 100_000
    assert heard["video"] == []
    recording.close()


def test_a_damaged_video_is_reported_and_leaves_the_events_alone(
    reader, heard, document, recording, view_state, qtbot, monkeypatch
):
    def read(index):
        raise VideoFileError(recording.video.path, f"frame {index} is damaged")

    monkeypatch.setattr(recording.video, "read", read)
    document.show(recording)
    # The first frame may have failed already, before it was overtaken.
    with qtbot.waitSignal(
        reader.video_failed,
        check_params_cb=lambda problem: problem.endswith("a.mp4: frame 12 is damaged"),
    ):
        view_state.set_time_us(400_000)
    qtbot.waitUntil(lambda: reader.is_idle)
    assert heard["events"][-1][0] == 400_000


def test_our_own_mistakes_are_raised_and_not_passed_off_as_damage(
    reader, document, recording, view_state, qtbot, monkeypatch
):
    monkeypatch.setattr(recording.video, "read", lambda index: 1 // (index - index))
    with qtbot.captureExceptions() as exceptions:
        document.show(recording)
        view_state.set_time_us(400_000)
        qtbot.waitUntil(lambda: reader.is_idle and bool(exceptions))
    assert exceptions[0][0] is ZeroDivisionError


def test_closing_says_so_and_ends_the_threads(document, view_state, qtbot):
    reader = MediaReader(document, view_state)
    with qtbot.waitSignal(reader.closing):
        reader.close()
    assert reader.is_idle
