import numpy as np
import pytest

from evface_studio.playback import Playback
from evface_studio.view_state import ViewState


class Clock:
    """A clock that stands until it is told to go on."""

    def __init__(self) -> None:
        self.now_s = 10.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def view_state() -> ViewState:
    state = ViewState()
    state.set_duration_us(1_000_000)
    return state


@pytest.fixture
def playback(view_state, clock, qtbot) -> Playback:
    del qtbot  # starts the application, which timers need
    return Playback(view_state, now=clock)


def wait_for_time(qtbot, view_state, time_us):
    qtbot.waitUntil(lambda: view_state.time_us == time_us, timeout=2000)


@pytest.mark.parametrize(("speed", "time_us"), [(1.0, 125_000), (0.01, 1_250), (4.0, 500_000)])
def test_time_runs_with_real_time_times_the_speed(
    playback, view_state, clock, qtbot, speed, time_us
):
    view_state.set_speed(speed)
    playback.play()
    clock.now_s += 0.125
    wait_for_time(qtbot, view_state, time_us)
    assert view_state.is_playing


def test_playing_stops_at_the_end(playback, view_state, clock, qtbot):
    playback.play()
    clock.now_s += 5
    with qtbot.waitSignal(view_state.playing_changed, timeout=2000):
        pass
    assert not view_state.is_playing
    assert view_state.time_us == 1_000_000


def test_playing_at_the_end_starts_over(playback, view_state):
    view_state.set_time_us(1_000_000)
    playback.play()
    assert view_state.time_us == 0
    assert view_state.is_playing


def test_time_runs_back_down_to_the_start(playback, view_state, clock, qtbot):
    view_state.set_time_us(500_000)
    playback.play_backward()
    assert playback.plays_backward
    clock.now_s += 0.25
    wait_for_time(qtbot, view_state, 250_000)
    clock.now_s += 1
    qtbot.waitUntil(lambda: not view_state.is_playing, timeout=2000)
    assert view_state.time_us == 0


def test_a_seek_while_playing_goes_on_from_there(playback, view_state, clock, qtbot):
    playback.play()
    playback.seek(600_000)
    clock.now_s += 0.0625
    wait_for_time(qtbot, view_state, 662_500)
    assert view_state.is_playing


def test_a_step_goes_to_the_neighbouring_frame_and_pauses(playback, view_state):
    playback.set_frame_times(np.array([2_000, 35_333, 68_667], np.int64))
    playback.play()
    view_state.set_time_us(40_000)  # the frame of 35,333 us is shown
    playback.step()
    assert view_state.time_us == 68_667
    assert not view_state.is_playing
    playback.step(-1)
    assert view_state.time_us == 35_333
    playback.step(-5)
    assert view_state.time_us == 2_000


def test_a_step_without_video_is_one_window(playback, view_state):
    view_state.set_window_us(20_000)
    playback.step(2)
    assert view_state.time_us == 40_000
    playback.step_window(-1)
    assert view_state.time_us == 20_000


def test_speed_keys_walk_the_usual_speeds_and_stop_at_their_ends(playback, view_state):
    playback.faster()
    assert view_state.speed == 2.0
    for _ in range(5):
        playback.faster()
    assert view_state.speed == 4.0
    for _ in range(20):
        playback.slower()
    assert view_state.speed == 0.01


def test_another_recording_pauses(playback, view_state):
    playback.play()
    view_state.set_duration_us(700_000)
    assert not view_state.is_playing


def test_nothing_plays_without_a_recording(view_state, playback):
    view_state.set_duration_us(0)
    playback.toggle()
    assert not view_state.is_playing


def test_a_loop_goes_round_as_often_as_time_lasts(playback, view_state, clock, qtbot):
    view_state.set_time_us(200_000)
    playback.set_loop((200_000, 300_000))
    left = []
    playback.jumped.connect(left.append)
    playback.play()
    for _ in range(3):
        clock.now_s += 0.06
        qtbot.waitUntil(lambda: view_state.time_us == pytest.approx(260_000, abs=1))
        clock.now_s += 0.05
        qtbot.waitUntil(lambda: view_state.time_us == 200_000)
    assert left == [300_000] * 3


def test_a_loop_is_played_backward_too(playback, view_state, clock, qtbot):
    view_state.set_time_us(250_000)
    playback.set_loop((200_000, 300_000))
    playback.play_backward()
    clock.now_s += 0.06
    wait_for_time(qtbot, view_state, 299_999)


def test_a_loop_at_the_very_end_does_not_stop(playback, view_state, clock, qtbot):
    view_state.set_time_us(950_000)
    playback.set_loop((950_000, 1_000_000))
    playback.play()
    clock.now_s += 0.06
    qtbot.waitUntil(lambda: view_state.time_us == 950_000)
    assert view_state.is_playing


def test_moving_the_time_out_of_a_loop_ends_it_and_within_it_does_not(
    playback, view_state, clock, qtbot
):
    view_state.set_time_us(200_000)
    playback.set_loop((200_000, 300_000))
    playback.play()
    jumps = []
    playback.jumped.connect(jumps.append)
    playback.seek(250_000)
    clock.now_s += 0.01
    qtbot.waitUntil(lambda: view_state.time_us == pytest.approx(260_000, abs=1))
    assert playback.loop_us is not None
    assert jumps == [200_000]
    playback.seek(500_000)
    clock.now_s += 0.01
    qtbot.waitUntil(lambda: view_state.time_us == pytest.approx(510_000, abs=1))
    assert playback.loop_us is None


def test_a_loop_needs_a_length(playback):
    with pytest.raises(ValueError, match="later stop"):
        playback.set_loop((5, 5))


def test_the_moment_between_two_pictures_is_known(playback, view_state, clock):
    view_state.set_speed(0.5)
    assert playback.velocity == 0
    playback.play()
    clock.now_s += 0.004
    assert playback.moment_us == pytest.approx(2_000, abs=1)
    assert playback.velocity == 0.5
    playback.play_backward()
    assert playback.velocity == -0.5


def test_frames_after_and_before_a_time(playback, view_state):
    view_state.set_window_us(20_000)
    assert playback.frame_after(50_000, -1) == 30_000
    playback.set_frame_times(np.array([0, 33, 66, 99], np.int64))
    assert [playback.frame_after(t_us, 1) for t_us in (0, 20, 33, 99)] == [33, 33, 66, 99]
    assert [playback.frame_after(t_us, -1) for t_us in (0, 20, 33, 99)] == [0, 0, 0, 66]
    assert playback.frame_after(20, 2) == 66
