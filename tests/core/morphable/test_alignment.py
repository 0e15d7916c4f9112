import numpy as np

from evface.morphable.alignment import align_rigidly, align_to_mean


def test_a_rigid_motion_is_undone_though_the_mouth_is_open(people):
    neutral, faces = people
    angle = 0.3
    turn = np.array(
        [[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]]
    )
    moved = faces[0, 0] @ turn.T + [10.0, -20.0, 5.0]
    back = align_rigidly(moved, neutral[0])
    assert np.abs(back - faces[0, 0]).max() < 0.1


def test_chosen_vertices_meet_and_the_input_is_not_changed():
    rng = np.random.default_rng(0)
    target, points = rng.normal(size=(30, 3)), rng.normal(size=(30, 3))
    points[:5] = target[:5] @ np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]]) + [1, 2, 3]
    kept = points.copy()
    aligned = align_rigidly(points, target, np.arange(5))
    np.testing.assert_allclose(aligned[:5], target[:5], atol=1e-12)
    np.testing.assert_array_equal(points, kept)


def test_shapes_are_not_mirrored_or_scaled_onto_one_another():
    rng = np.random.default_rng(1)
    target = rng.normal(size=(20, 3))
    mirrored = 2.0 * target * [-1, 1, 1]
    aligned = align_rigidly(mirrored, target, np.arange(20))
    distances = np.linalg.norm(aligned[:, None] - aligned[None], axis=-1)
    np.testing.assert_allclose(
        distances, np.linalg.norm(mirrored[:, None] - mirrored[None], axis=-1), atol=1e-9
    )
    assert np.abs(aligned - target).max() > 0.5


def test_moved_copies_of_a_shape_meet_in_their_mean():
    rng = np.random.default_rng(2)
    shape = rng.normal(size=(40, 3))
    turn = np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]])
    aligned = align_to_mean(np.array([shape, shape @ turn + 5.0, shape - 3.0]))
    np.testing.assert_allclose(aligned, np.broadcast_to(aligned[0], aligned.shape), atol=1e-9)
