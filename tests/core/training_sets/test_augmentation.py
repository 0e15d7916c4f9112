import numpy as np
import pytest

from evface.events.events import Events
from evface.training_sets.augmentation import (
    NO_AUGMENTATION,
    Augmentation,
    add_noise,
    drop_events,
)
from evface.training_sets.placement import Jitter


def random_of(seed=0):
    return np.random.default_rng(seed)


def test_about_the_share_asked_for_is_dropped_evenly(events_of):
    events = events_of(0, 20_000, stop_us=10**6)
    kept = drop_events(events, 0.3, random_of())
    assert len(kept) == pytest.approx(14_000, rel=0.03)
    assert (np.diff(kept.t) >= 0).all()
    assert len(kept.between(0, 500_000)) == pytest.approx(7000, rel=0.05)
    assert drop_events(events, 0.0, random_of()) is events


def test_noise_has_the_rate_asked_for_and_keeps_the_events(events_of):
    events = events_of(0, 100, stop_us=10**6)
    noisy = add_noise(events, 2.0, random_of(), resolution=(48, 48), stop_us=10**6)
    assert len(noisy) - 100 == pytest.approx(2 * 48 * 48, rel=0.1)
    assert (np.diff(noisy.t) >= 0).all()
    assert noisy.x.max() < 48
    of_before = set(zip(*(a.tolist() for a in (events.t, events.x, events.y)), strict=True))
    assert of_before <= set(zip(*(a.tolist() for a in (noisy.t, noisy.x, noisy.y)), strict=True))
    alone = add_noise(Events.empty(), 2.0, random_of(), resolution=(48, 48), stop_us=10**5)
    assert len(alone) > 0
    assert add_noise(events, 2.0, random_of(), resolution=(4, 4), stop_us=0) is events


def test_nothing_changes_without_augmentation(events_of):
    events = events_of(0, stop_us=1000)
    changed = NO_AUGMENTATION.change_events(events, random_of(), resolution=(48, 48), stop_us=1000)
    np.testing.assert_array_equal(changed.to_structured(), events.to_structured())
    assert NO_AUGMENTATION.draw_jitter(random_of()) == Jitter()
    assert NO_AUGMENTATION.draw_window_factor(random_of()) == 1.0
    picture = np.arange(12, dtype=np.uint8).reshape(1, 3, 2, 2)
    np.testing.assert_array_equal(NO_AUGMENTATION.change_rgb(picture, random_of()), picture)


def test_jitter_stays_within_its_bounds():
    changes = Augmentation(scale=0.1, rotation_deg=8, shift=0.06, window_jitter=0.2)
    random = random_of()
    drawn = [changes.draw_jitter(random) for _ in range(300)]
    scales = np.array([jitter.scale for jitter in drawn])
    assert scales.min() >= 0.9
    assert scales.max() <= 1.1
    assert np.ptp(scales) > 0.15
    assert max(abs(jitter.angle_rad) for jitter in drawn) <= np.radians(8)
    assert max(abs(s) for jitter in drawn for s in jitter.shift) <= 0.06
    factors = [changes.draw_window_factor(random) for _ in range(300)]
    assert 0.8 <= min(factors) < 0.85
    assert 1.15 < max(factors) <= 1.2


def test_polarities_are_exchanged_as_often_as_asked(events_of):
    events = events_of(0, stop_us=1000)
    always = Augmentation(event_drop=0, noise_rate_hz=0, polarity_flip=1.0)
    changed = always.change_events(events, random_of(), resolution=(48, 48), stop_us=1000)
    np.testing.assert_array_equal(changed.p, ~events.p)


def test_the_video_s_gain_is_one_for_the_whole_clip():
    pictures = np.full((3, 3, 4, 4), 100, np.uint8)
    changed = Augmentation(rgb_gain=0.5).change_rgb(pictures, random_of(3))
    assert len(np.unique(changed)) == 1
    assert changed[0, 0, 0, 0] != 100
    assert (pictures == 100).all()


def test_impossible_settings_are_told():
    with pytest.raises(ValueError, match="mirror must be 0 to 1, got 2"):
        Augmentation(mirror=2)
    with pytest.raises(ValueError, match="scale must be 0 to below 1"):
        Augmentation(scale=1.0)
    with pytest.raises(ValueError, match="shift must not be negative"):
        Augmentation(shift=-0.1)
