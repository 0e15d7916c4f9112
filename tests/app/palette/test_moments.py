import numpy as np
import pytest

from evface_studio.palette.moments import read_moments

DURATION_US = 5_000_000
FRAMES_US = np.arange(-1, 149, dtype=np.int64) * 33_333


def read(text, duration_us=DURATION_US, frames_us=FRAMES_US):
    return read_moments(text, duration_us, frames_us)


@pytest.mark.parametrize(
    ("text", "t_us"),
    [
        ("1.25", 1_250_000),
        ("1.25 s", 1_250_000),
        ("250 ms", 250_000),
        ("0:02.5", 2_500_000),
        ("frame 120", FRAMES_US[120]),
        ("Frame120", FRAMES_US[120]),
        ("f 3", FRAMES_US[3]),
        ("#3", FRAMES_US[3]),
    ],
)
def test_times_and_frames_are_understood(text, t_us):
    (moment,) = read(text)
    assert (moment.t_us, moment.problem) == (t_us, "")


def test_a_bare_number_may_be_seconds_or_a_frame():
    seconds, frame = read("4")
    assert (seconds.t_us, frame.t_us) == (4_000_000, FRAMES_US[4])


def test_of_the_two_the_one_that_exists_comes_first():
    frame, seconds = read("120")
    assert frame.t_us == FRAMES_US[120]
    assert seconds.t_us is None
    assert "ends at" in seconds.problem


def test_a_frame_before_the_first_event_goes_to_the_start():
    assert read("frame 0")[0].t_us == 0


@pytest.mark.parametrize("text", ["", "undo", "frame", "go to 1", "12 parsecs"])
def test_other_words_are_no_moments(text):
    assert read(text) == ()


@pytest.mark.parametrize(
    ("text", "arguments", "problem"),
    [
        ("1.5", (0, None), "Open a recording first."),
        ("frame 1", (0, None), "Open a recording first."),
        ("frame 1", (DURATION_US, None), "The recording has no video."),
        ("frame 150", (DURATION_US, FRAMES_US), "The last frame is 149."),
    ],
)
def test_what_does_not_exist_says_why(text, arguments, problem):
    (moment,) = read(text, *arguments)
    assert (moment.t_us, moment.problem) == (None, problem)
