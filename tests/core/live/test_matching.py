import math
from dataclasses import replace

import numpy as np

from evface.live.latency import LatencyMeter
from evface.live.matching import MAX_AGE_US, OverlayMatcher
from evface.live.picture import LivePicture, Overlay


def picture(number, epoch=1):
    return LivePicture(
        number=number,
        image=np.zeros((2, 2), np.uint8),
        representation="metavision",
        start_us=number * 10_000 - 33_000,
        t_us=number * 10_000,
        n_events=0,
        received_s=0.0,
        drawn_s=0.0,
        epoch=epoch,
    )


def overlay(number):
    return Overlay(number, number * 10_000, 0.0)


def test_an_overlay_is_shown_on_its_own_picture_or_marked_late():
    matcher = OverlayMatcher()
    assert matcher.latest(in_step=False) is None
    matcher.add_picture(picture(1))
    assert matcher.latest(in_step=False).overlay is None
    matcher.add_overlay(picture(1), overlay(1))
    own = matcher.latest(in_step=False)
    assert (own.number, own.overlay.number, own.is_overlay_late) == (1, 1, False)
    matcher.add_picture(picture(4))
    late = matcher.latest(in_step=False)
    assert (late.number, late.overlay_age_us, late.is_overlay_late) == (4, 30_000, True)


def test_in_step_the_newest_picture_with_its_own_overlay_is_shown_while_it_is_not_too_old():
    matcher = OverlayMatcher()
    matcher.add_picture(picture(1))
    matcher.add_overlay(picture(1), overlay(1))
    matcher.add_picture(picture(20))
    assert matcher.latest(in_step=True).number == 1
    matcher.add_picture(picture(60))
    late = matcher.latest(in_step=True)
    assert (late.number, late.is_overlay_late) == (60, True)


def test_an_overlay_that_is_too_old_or_of_another_epoch_is_not_shown():
    matcher = OverlayMatcher()
    matcher.add_picture(picture(1))
    assert matcher.add_overlay(picture(1), overlay(1))
    matcher.add_picture(picture(2 + MAX_AGE_US // 10_000))
    assert matcher.latest(in_step=False).overlay is None
    matcher.add_picture(picture(3 + MAX_AGE_US // 10_000, epoch=2))
    assert not matcher.add_overlay(picture(1), overlay(1))
    assert matcher.latest(in_step=True).overlay is None


def test_percentiles_are_those_of_what_was_counted():
    meter = LatencyMeter()
    assert meter.latency().n == 0
    assert math.isnan(meter.latency().p50_ms)
    for late_ms in range(101):
        meter.add(late_ms * 1e-3)
    latency = meter.latency()
    assert (latency.n, round(latency.p50_ms), round(latency.p99_ms)) == (101, 50, 99)


def test_a_picture_is_not_replaced_by_an_older_one_when_events_come_after_a_pause():
    matcher = OverlayMatcher()
    # In a pause the window goes on with the computer's clock, here ahead of the camera's.
    ahead = replace(picture(7), t_us=100_000)
    matcher.add_picture(ahead)
    matcher.add_overlay(ahead, replace(overlay(7), t_us=100_000))
    matcher.add_picture(picture(8))
    newest = matcher.latest(in_step=False)
    assert (newest.number, newest.overlay.number, newest.overlay_age_us) == (8, 7, 0)
