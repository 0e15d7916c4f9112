import numpy as np
import pytest

from evface.errors import ModelFileError
from evface.morphable.camera import FRONTAL
from evface.morphable.flame import read_flame


@pytest.fixture(scope="module")
def flame(flame_folder):
    return read_flame(flame_folder / "generic_model.pkl")


def test_the_official_pickle_is_read_as_it_is(flame, flame_arrays):
    arrays, _ = flame_arrays
    np.testing.assert_array_equal(flame.template, arrays["v_template"])
    np.testing.assert_array_equal(flame.shape_directions, arrays["shapedirs"])
    np.testing.assert_array_equal(flame.joint_regressor, arrays["J_regressor"])
    np.testing.assert_array_equal(flame.triangles, arrays["f"])
    np.testing.assert_array_equal(flame.parents[1:], [0, 1, 1, 1])


def test_a_neutral_pose_without_coefficients_is_the_template(flame):
    rotations = np.tile(np.eye(3), (5, 1, 1))
    np.testing.assert_allclose(flame.vertices(np.zeros(400), rotations), flame.template, atol=1e-12)


def test_turning_the_root_turns_the_whole_head_about_its_joint(flame):
    flat = type(flame)(**{**vars(flame), "pose_directions": np.zeros((5023, 3, 36))})
    rotations = np.tile(np.eye(3), (5, 1, 1))
    rotations[0] = FRONTAL
    root = flame.joint_regressor[0] @ flame.template
    expected = (flame.template - root) @ FRONTAL.T + root
    np.testing.assert_allclose(flat.vertices(np.zeros(400), rotations), expected, atol=1e-12)


def test_the_jaw_turns_about_its_joint_and_is_corrected(flame):
    angle = 0.3
    moved = flame.jaw_opening(angle)
    vertex = int(np.argmax(flame.weights[:, 2]))
    joint = flame.joint_regressor[2] @ flame.template
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]])
    corrected = (
        flame.template[vertex] + flame.pose_directions[vertex, :, 9:18] @ (turn - np.eye(3)).ravel()
    )
    turned = turn @ (corrected - joint) + joint
    expected = 0.8 * turned + 0.2 * corrected - flame.template[vertex]
    np.testing.assert_allclose(moved[vertex], expected, atol=1e-12)
    # It opens downwards.
    assert moved[vertex, 1] < -0.005


@pytest.mark.parametrize("share", [0.1, 0.5, 0.999])
def test_a_cut_file_is_named(tmp_path, flame_pickle, share):
    path = tmp_path / "flame2020.pkl"
    path.write_bytes(flame_pickle[: int(share * len(flame_pickle))])
    with pytest.raises(ModelFileError, match=r"flame2020\.pkl: is cut, damaged"):
        read_flame(path)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"shapedirs": np.zeros((5023, 3, 100))}, "its shapedirs is"),
        ({"v_template": np.full((5023, 3), np.nan)}, "v_template holds NaN"),
        ({"f": np.full((9976, 3), 6000)}, "no such vertices"),
        ({"weights": None}, "lacks weights"),
        ({"kintree_table": np.array([[9] * 5, range(5)])}, "do not form a tree"),
    ],
)
def test_what_is_no_flame_is_named(tmp_path, flame_arrays, change, problem):
    arrays = {**flame_arrays[0], **change}
    path = tmp_path / "flame2020.npz"
    np.savez(path, **{key: value for key, value in arrays.items() if value is not None})
    with pytest.raises(ModelFileError, match=problem):
        read_flame(path)
