from __future__ import annotations

import numpy as np
import pytest

from evface.simulation.interpolation import MotionEstimator, iter_between

SIZE = (120, 160)


def texture(x_px=0.0, y_px=0.0, seed=0):
    """A smooth pattern of waves, moved; grey levels 0 to 1."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[: SIZE[0], : SIZE[1]].astype(float)
    picture = np.zeros(SIZE)
    for _ in range(25):
        kx, ky = random.normal(0, 0.25, 2)
        picture += np.cos(kx * (x - x_px) + ky * (y - y_px) + random.uniform(0, 6.3))
    return 0.5 + picture / 30


def grey(picture):
    return (np.sqrt(picture.clip(0, 1)) * 255).round().astype(np.uint8)


def disc(x_px, radius_px=18.0):
    """A textured background that stays, and a bright patterned disc in front of it."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]].astype(float)
    inside = 1 / (1 + np.exp(np.hypot(x - x_px, y - 60) - radius_px))
    front = 0.7 + 0.2 * np.cos(0.5 * (x - x_px)) * np.cos(0.45 * y)
    return (1 - inside) * (0.15 + 0.1 * texture()) + inside * front


@pytest.mark.parametrize(("x_px", "y_px"), [(3.0, 0.0), (-6.0, 2.0), (0.4, 0.3)])
def test_the_steps_keep_the_motion_within_about_a_pixel(x_px, y_px):
    motion = MotionEstimator().estimate(grey(texture()), grey(texture(x_px, y_px)))
    length = np.hypot(x_px, y_px)
    assert motion.flow[20:-20, 20:-20].mean(axis=(0, 1)) == pytest.approx((x_px, y_px), abs=0.2)
    assert length <= motion.n_steps <= 1.3 * length + 1


def test_a_small_fast_part_is_enough_for_more_steps():
    motion = MotionEstimator().estimate(grey(disc(60.0, 9.0)), grey(disc(66.0, 9.0)))
    assert 5 <= motion.n_steps <= 9


def test_a_still_scene_takes_one_step_and_so_does_its_noise():
    random = np.random.default_rng(0)
    noisy = [grey(texture() + random.normal(0, 0.004, SIZE)) for _ in range(2)]
    for pair in ((noisy[0], noisy[0]), tuple(noisy)):
        motion = MotionEstimator().estimate(*pair)
        assert motion.n_steps == 1
        assert not motion.flow.any()


def test_a_picture_too_small_for_flow_is_blended():
    before, after = np.zeros((5, 300), np.uint8), np.full((5, 300), 255, np.uint8)
    assert MotionEstimator().estimate(before, after).n_steps == 1


@pytest.mark.parametrize("scene", [texture, disc])
def test_what_lies_between_is_what_was_there(scene):
    start, move_px, n = 60.0, 6.0, 6
    frames = [scene(start + move_px * k / n).astype(np.float32) for k in range(n + 1)]
    motion = MotionEstimator().estimate(grey(frames[0]), grey(frames[-1]))
    between = [b.copy() for b in iter_between(frames[0], frames[-1], motion, n)]
    assert len(between) == n
    for step in range(1, n):
        inner = np.s_[12:-12, 12:-12]
        share = step / n
        truth, blend = frames[step][inner], ((1 - share) * frames[0] + share * frames[-1])[inner]
        error = np.abs(between[step - 1][inner] - truth)
        assert error.mean() < 0.25 * np.abs(blend - truth).mean()


def test_the_way_ends_in_the_frame_itself_and_changes_none():
    before, after = (scene.astype(np.float32) for scene in (disc(50.0), disc(58.0)))
    copies = before.copy(), after.copy()
    motion = MotionEstimator().estimate(grey(before), grey(after))
    *_, last = iter_between(before, after, motion, 4)
    assert (last == after).all()
    # Just after the beginning it is still nearly the first frame: nothing jumps.
    first = next(iter_between(before, after, motion, 1000))
    assert np.abs(first - before).max() < 0.02
    assert (before == copies[0]).all()
    assert (after == copies[1]).all()


def test_light_that_comes_on_is_passed_through_evenly():
    before = texture().astype(np.float32) * 0.3
    after = np.float32(3) * before
    motion = MotionEstimator().estimate(grey(before), grey(after))
    means = [float(b.mean()) for b in iter_between(before, after, motion, 4)]
    assert means == sorted(means)
    assert means[-1] == pytest.approx(3 * before.mean(), rel=1e-5)
