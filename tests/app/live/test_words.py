import pytest

from evface.cameras.base import CameraHealth
from evface.events.health.model import Lamp
from evface.live.state import Link, LiveCounters, LiveState
from evface_studio.live.words import (
    Faults,
    dropped_words,
    left_out_words,
    title_of,
    verdict_of,
)

RUNNING = LiveState(Link.RUNNING, "EVK4 is running")
LOST = LiveState(Link.LOST, "EVK4: is not there; check its cable (trying again)")


def test_all_is_well_where_nothing_went_wrong_lately():
    verdict = verdict_of(RUNNING, Faults(), has_run=True)
    assert verdict.lamp is Lamp.GOOD


@pytest.mark.parametrize(
    ("faults", "lamp", "words"),
    [
        (Faults(n_lost=3), Lamp.BAD, "Events are being lost"),
        (Faults(n_damaged=1), Lamp.LOOK, "Check the cable"),
        (Faults(n_stray=1_200), Lamp.LOOK, "outside the sensor"),
        (Faults(n_clock_jumps=1), Lamp.LOOK, "clock jumped"),
    ],
)
def test_what_went_wrong_lately_lights_the_lamp_and_says_what_to_do(faults, lamp, words):
    verdict = verdict_of(RUNNING, faults, has_run=True)
    assert verdict.lamp is lamp
    assert words in verdict.reasons[0]


def test_a_camera_that_never_ran_is_not_called_lost():
    assert title_of(LOST, has_run=False) == "The camera cannot be used"
    assert title_of(LOST, has_run=True) == "The camera is lost"
    assert verdict_of(LOST, Faults(), has_run=False).reasons == (LOST.words,)


def test_faults_are_counted_since_a_moment_even_where_a_camera_began_anew():
    counters = LiveCounters(n_dropped_by_camera=5, n_dropped_by_ring=2, n_refused=1)
    before = Faults.of(CameraHealth(n_damaged=7, n_outside=3), counters)
    counters.n_dropped_by_camera = 9
    now = Faults.of(CameraHealth(n_damaged=2, n_outside=3), counters)
    assert now.since(before) == Faults(n_lost=4, n_damaged=2, n_stray=0)


def test_what_was_lost_is_told_by_who_lost_it():
    assert dropped_words(LiveCounters()) == "nothing dropped"
    words = dropped_words(LiveCounters(n_dropped_by_camera=12, n_dropped_by_ring=34))
    assert words == "12 lost on the way, 34 events not drawn"


@pytest.mark.parametrize(
    ("share", "words"), [(0.0, "0%"), (0.0001, "0%"), (0.023, "2.3%"), (0.41, "41%")]
)
def test_shares_are_told_as_finely_as_they_matter(share, words):
    assert left_out_words(share) == f"{words} left out"
