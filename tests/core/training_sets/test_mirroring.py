import dataclasses

import numpy as np
import pytest

from evface.landmarks.schemes import IBUG68
from evface.morphable.model import load_open_head
from evface.training_sets.clip_inputs import ClipInputs
from evface.training_sets.clips import AU_CLASSES
from evface.training_sets.mirroring import (
    MIRRORED_UNITS,
    can_mirror,
    coefficient_mirror,
    compute_coefficient_mirror,
    mirror_clip,
)


def test_only_turning_and_tilting_swap():
    swapped = {AU_CLASSES[i]: AU_CLASSES[j] for i, j in enumerate(MIRRORED_UNITS) if i != j}
    assert swapped == {"AU51": "AU52", "AU52": "AU51", "AU55": "AU56", "AU56": "AU55"}


def test_the_open_head_s_mirror_moves_its_vertices_to_the_other_side():
    head = load_open_head()
    matrix = compute_coefficient_mirror(head)
    np.testing.assert_allclose(matrix @ matrix, np.eye(32), atol=1e-9)
    # Units of the left and right half are exchanged.
    random = np.random.default_rng(0)
    coefficients = random.normal(0, np.sqrt(head.action_unit_weights), (20, 32))
    points = head.action_unit_basis[:, head.landmarks]
    moved = np.tensordot(coefficients, points, 1)
    mirrored = np.tensordot(coefficients @ matrix, points, 1)
    expected = moved[:, IBUG68.mirror] * [-1.0, 1.0, 1.0]
    assert np.linalg.norm(mirrored - expected) < 0.15 * np.linalg.norm(expected)
    assert np.linalg.norm(mirrored - moved) > 0.5 * np.linalg.norm(expected)


def test_a_lopsided_model_has_no_mirror():
    head = load_open_head()
    shape = head.mean_shape.copy()
    shape[:100] += 3
    assert compute_coefficient_mirror(dataclasses.replace(head, mean_shape=shape)) is None
    basis = head.action_unit_basis.copy()
    basis[:, head.mean_shape[:, 0] > 0] = 0
    assert compute_coefficient_mirror(dataclasses.replace(head, action_unit_basis=basis)) is None


def test_models_that_are_not_here_have_no_mirror(clip_of):
    assert coefficient_mirror("nobody-1") is None
    assert not can_mirror("nobody-1")
    assert can_mirror("")
    with pytest.raises(ValueError, match="nobody-1 has no mirror"):
        mirror_clip(clip_of(0, model="nobody-1"))


def test_mirrored_twice_is_the_identity(clip_of, assert_same_clip):
    for clip in (clip_of(18), clip_of(3, rgb=None, event_from_rgb=None), clip_of(1, model="")):
        before = clip.events.to_structured().copy()
        assert_same_clip(mirror_clip(mirror_clip(clip)), clip)
        np.testing.assert_array_equal(clip.events.to_structured(), before)


def test_a_mirrored_clip_is_its_mirror_image(clip_of):
    clip = clip_of(18, event_from_rgb=None)
    mirrored = mirror_clip(clip)
    assert AU_CLASSES[mirrored.au_class] == "AU52"
    np.testing.assert_array_equal(mirrored.intensity[:, 18], clip.intensity[:, 19])
    np.testing.assert_array_equal(mirrored.events.x, 47 - clip.events.x)
    np.testing.assert_allclose(
        mirrored.landmarks, IBUG68.mirrored(clip.landmarks, width=48), atol=1e-5
    )
    np.testing.assert_array_equal(mirrored.landmark_state, clip.landmark_state[:, IBUG68.mirror])
    np.testing.assert_array_equal(mirrored.boxes_px[:, 0], 47 - clip.boxes_px[:, 2])
    inputs = ClipInputs(side_px=48)
    np.testing.assert_array_equal(inputs.draw_events(mirrored), inputs.draw_events(clip)[..., ::-1])


def test_the_mirrored_video_lies_on_the_mirrored_events(clip_of):
    clip = clip_of(0)
    mirrored = mirror_clip(clip)
    point = np.array([7.0, 9.0])
    on_events = clip.event_from_rgb.apply(point)
    in_mirror = mirrored.event_from_rgb.apply(np.array([39 - 7.0, 9.0]))
    np.testing.assert_allclose(in_mirror, [47 - on_events[0], on_events[1]])
