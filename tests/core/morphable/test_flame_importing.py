import numpy as np
import pytest

from evface.errors import ModelFileError
from evface.landmarks.schemes import IBUG68
from evface.morphable.camera import FRONTAL
from evface.morphable.fitting import fit_action_units
from evface.morphable.flame import JAW_OPEN_RAD, read_flame
from evface.morphable.flame_importing import import_flame, version_of
from evface.morphable.model import load_open_head


@pytest.fixture(scope="module")
def flame(flame_folder):
    return read_flame(flame_folder / "generic_model.pkl")


@pytest.fixture(scope="module")
def imported(flame_folder):
    return import_flame(
        flame_folder / "generic_model.pkl", [flame_folder / "landmark_embedding.npy"]
    )


def test_an_npz_gives_the_same_model(tmp_path, flame_folder, flame_arrays, imported):
    arrays, _ = flame_arrays
    np.savez(tmp_path / "flame2020.npz", **arrays)
    again, _ = import_flame(tmp_path / "flame2020.npz", [flame_folder / "landmark_embedding.npy"])
    assert again.key == imported[0].key
    np.testing.assert_array_equal(again.mean_shape, imported[0].mean_shape)


def test_the_model_has_flames_components_in_millimetres_and_a_jaw(imported, flame_arrays):
    model, distance_mm = imported
    arrays, place = flame_arrays
    assert model.key.startswith("flame-2020-")
    assert "FLAME 2020" in model.notice
    assert model.identity_basis.shape == (300, 5023, 3)
    assert model.action_unit_basis.shape == (101, 5023, 3)
    assert model.facs_names == ()
    np.testing.assert_allclose(
        model.identity_basis, 1e3 * arrays["shapedirs"][..., :300].transpose(2, 0, 1), atol=1e-4
    )
    np.testing.assert_array_equal(model.landmarks, place[load_open_head().landmarks])
    np.testing.assert_array_equal(model.contour_yaw_deg, np.arange(-39, 40))
    assert 0 < distance_mm < 5


def test_the_contour_slides_on_the_side_that_is_turned_away(imported):
    model, _ = imported
    slid_left = model.mean_shape[model.contour[-1]] - model.mean_shape[model.contour[0]]
    assert (slid_left[9:, 2] >= 0).all()
    assert (slid_left[:8, 2] <= 0).all()
    mirrored = model.mean_shape[model.contour[0][IBUG68.mirror[:17]]] * [-1, 1, 1]
    difference = (mirrored - model.mean_shape[model.contour[-1]])[:, 1:]
    assert np.abs(difference).max() < 0.5


def test_the_static_and_the_dynamic_embedding_do_as_well(flame_folder, imported):
    again, _ = import_flame(
        flame_folder / "generic_model.pkl",
        [flame_folder / "flame_static_embedding.pkl", flame_folder / "flame_dynamic_embedding.npy"],
    )
    np.testing.assert_array_equal(again.landmarks, imported[0].landmarks)
    np.testing.assert_array_equal(again.contour, imported[0].contour)


def test_half_of_the_jaws_component_is_near_half_of_its_turn(flame, imported):
    model, _ = imported
    half_mm = 1e3 * flame.jaw_opening(JAW_OPEN_RAD / 2)
    error_mm = np.linalg.norm(half_mm - 0.5 * model.action_unit_basis[100], axis=1)
    assert error_mm.max() < 3.0
    np.testing.assert_allclose(model.action_unit_basis[100], 1e3 * flame.jaw_opening(), atol=1e-4)


def test_a_file_without_jaw_rotation_gets_no_jaw(tmp_path, flame_folder, flame_pickle):
    path = tmp_path / "flame2023_no_jaw.pkl"
    path.write_bytes(flame_pickle)
    model, _ = import_flame(path, [flame_folder / "landmark_embedding.npy"])
    assert model.action_unit_basis.shape[0] == 100
    assert model.key.startswith("flame-no-jaw-2023-")


def test_a_face_of_flame_is_fitted(imported):
    model, _ = imported
    rng = np.random.default_rng(0)
    truth = np.zeros((6, 101))
    truth[:, :4], truth[:, 100] = rng.uniform(0, 0.8, (6, 4)), rng.uniform(0, 1, 6)
    shapes = model.shape(action_units=truth)[:, model.landmarks]
    points = 200 + 2.0 * shapes @ FRONTAL.T
    fit = fit_action_units(model, points[..., :2], identity=np.zeros(3))
    assert np.corrcoef(fit.action_units[:, 100], truth[:, 100])[0, 1] > 0.9


@pytest.mark.parametrize(
    ("path", "stated", "version"),
    [
        ("FLAME2017/generic_model.pkl", None, "2017"),
        ("FLAME2020/male_model.pkl", None, "2020"),
        ("x/flame2023.pkl", None, "2023"),
        ("x/flame2023_no_jaw.npz", None, "2023"),
        ("x/flame2023_Open.pkl", None, "2023-open"),
        ("FLAME2020/flame2023_Open.pkl", None, "2023-open"),
        ("x/generic_model.pkl", "2017", "2017"),
        ("x/generic_model.pkl", "2023 Open", "2023-open"),
        ("FLAME2020/generic_model.pkl", "2017", "2017"),
    ],
)
def test_the_version_is_told_or_stated(tmp_path, path, stated, version):
    assert version_of(tmp_path / path, stated) == version


@pytest.mark.parametrize(
    ("path", "stated", "problem"),
    [
        ("x/generic_model.pkl", None, "does not tell its version"),
        ("x/generic_model.pkl", "2021", "unknown version '2021'"),
        ("x/flame2022.pkl", None, "is FLAME 2022, which is not known"),
        ("x/flame2023_Open.pkl", "2020", "is called 2023-open"),
    ],
)
def test_an_unknown_version_is_an_error(tmp_path, path, stated, problem):
    with pytest.raises(ModelFileError, match=problem):
        version_of(tmp_path / path, stated)


@pytest.mark.parametrize("changed", ["shapedirs", "posedirs"])
def test_other_content_is_another_model(tmp_path, flame_folder, flame_arrays, imported, changed):
    arrays = dict(flame_arrays[0])
    arrays[changed] = arrays[changed] + 1e-6
    np.savez(tmp_path / "flame2020.npz", **arrays)
    other, _ = import_flame(tmp_path / "flame2020.npz", [flame_folder / "landmark_embedding.npy"])
    assert other.key != imported[0].key


def test_models_of_women_and_men_do_not_mix_with_the_generic_one(
    tmp_path, flame_folder, flame_pickle
):
    path = tmp_path / "FLAME2020" / "female_model.pkl"
    path.parent.mkdir()
    path.write_bytes(flame_pickle)
    model, _ = import_flame(path, [flame_folder / "landmark_embedding.npy"])
    assert model.name == "flame-female"


def test_the_embedding_beside_the_file_is_found(flame_folder, imported):
    model, _ = import_flame(flame_folder / "generic_model.pkl", [])
    np.testing.assert_array_equal(model.contour, imported[0].contour)


def test_a_file_without_landmarks_asks_for_them(flame_folder, tmp_path, flame_pickle):
    (tmp_path / "flame2020.pkl").write_bytes(flame_pickle)
    with pytest.raises(ModelFileError, match="brings no landmarks"):
        import_flame(tmp_path / "flame2020.pkl", [])
    with pytest.raises(ModelFileError, match="all 68 landmarks"):
        import_flame(
            flame_folder / "generic_model.pkl", [flame_folder / "flame_static_embedding.pkl"]
        )


def test_an_embedding_of_another_mesh_is_refused(tmp_path, flame_folder, flame_embedding):
    path = tmp_path / "landmark_embedding.npy"
    other = {key: np.asarray(value) for key, value in flame_embedding.items()}
    other["static_lmk_faces_idx"] = other["static_lmk_faces_idx"] + 20_000
    np.save(path, np.array(other, object))
    with pytest.raises(ModelFileError, match="no embedding of a mesh of 9976"):
        import_flame(flame_folder / "generic_model.pkl", [path])


@pytest.mark.parametrize("rows", [[[0, 1], [2]], ["a", "b"]])
def test_an_embedding_that_is_no_array_is_damaged(tmp_path, flame_folder, flame_embedding, rows):
    path = tmp_path / "landmark_embedding.npy"
    np.save(path, np.array(flame_embedding | {"static_lmk_faces_idx": rows}, object))
    with pytest.raises(ModelFileError, match="is damaged: its static_lmk_faces_idx"):
        import_flame(flame_folder / "generic_model.pkl", [path])


def test_landmarks_that_are_no_face_are_refused(tmp_path, flame_folder, flame_embedding):
    path = tmp_path / "landmark_embedding.npy"
    turned = {k: v[:, ::-1] for k, v in flame_embedding.items() if "full" in k}
    np.save(path, np.array(turned, object))
    with pytest.raises(ModelFileError, match="cannot be used: its landmarks are not a face"):
        import_flame(flame_folder / "generic_model.pkl", [path])
