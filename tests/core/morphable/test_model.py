import contextlib
import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import evface_resources
from evface.errors import ModelFileError
from evface.landmarks.schemes import IBUG68
from evface.morphable.model import load_model, load_open_head, write_model


@pytest.fixture(scope="module")
def head():
    return load_open_head()


def test_the_open_head_has_what_the_design_promises(head):
    assert head.identity_basis.shape == (100, head.n_vertices, 3)
    assert head.action_unit_basis.shape == (32, head.n_vertices, 3)
    assert head.units.shape == (52, head.n_vertices, 3)
    assert len(set(head.unit_names)) == 52
    assert head.facs_names[:3] == ("AU1", "AU2", "AU4")
    assert len(head.facs_names) == 18
    assert {"skin", "eye", "teeth", "tongue", "lashes", "mouth"} == set(head.region_names)
    assert len(np.unique(head.landmarks)) == 68


def test_the_mean_face_is_as_large_as_an_adults_and_symmetric(head):
    points = head.mean_shape[head.landmarks]
    eyes_mm = np.linalg.norm(points[36:42].mean(0) - points[42:48].mean(0))
    assert 58 < eyes_mm < 68
    # Chin to the bridge of the nose.
    assert 100 < points[27, 1] - points[8, 1] < 130
    mirrored = points[IBUG68.mirror] * [-1, 1, 1]
    assert np.abs(points - mirrored).max() < 0.1
    # Axes: the subject's left is +x, the nose points to +z.
    assert points[45, 0] > 0 > points[36, 0]
    assert points[30, 2] > points[[0, 16], 2].max() + 30


def test_lips_are_closed_and_teeth_stay_behind_them(head):
    points = head.mean_shape
    lips = points[head.landmarks]
    assert abs(lips[62, 1] - lips[66, 1]) < 0.5
    teeth = points[np.unique(head.triangles[head.regions == head.region_names.index("teeth")])]
    assert teeth[:, 2].max() < min(lips[51, 2], lips[57, 2]) - 3


@pytest.mark.parametrize("seed", range(5))
def test_teeth_stay_behind_the_lips_of_drawn_identities(head, seed):
    rng = np.random.default_rng(seed)
    points = head.shape(rng.normal(size=100))
    teeth = points[np.unique(head.triangles[head.regions == head.region_names.index("teeth")])]
    lips = points[head.landmarks]
    assert teeth[:, 2].max() < min(lips[51, 2], lips[57, 2]) - 2


def test_shapes_add_up_linearly_and_broadcast(head):
    rng = np.random.default_rng(0)
    identity, action_units = rng.normal(size=7), rng.uniform(size=(3, 32))
    shapes = head.shape(identity, action_units)
    assert shapes.shape == (3, head.n_vertices, 3)
    assert shapes.dtype == np.float32
    expected = (
        head.mean_shape
        + np.tensordot(identity, head.identity_basis[:7], 1)
        + np.tensordot(action_units[1], head.action_unit_basis, 1)
    )
    np.testing.assert_allclose(shapes[1], expected, atol=1e-3)
    np.testing.assert_array_equal(head.shape(), head.mean_shape)
    with pytest.raises(ValueError, match="101 coefficients"):
        head.shape(np.zeros(101))


def test_components_of_action_units_are_local(head):
    skin = np.unique(head.triangles[head.regions == 0])
    face = skin[head.mean_shape[skin, 2] > 20]
    size = np.linalg.norm(head.action_unit_basis[:, face], axis=2)
    active = (size > 0.05 * size.max(axis=1, keepdims=True)).mean()
    assert active < 0.2


def test_the_basis_rebuilds_each_action_unit_and_the_readout_names_it(head):
    offsets = head.facs_units @ head.units.reshape(52, -1)
    rows = head.action_unit_basis.reshape(32, -1).astype(np.float64)
    coefficients = np.linalg.lstsq(rows.T, offsets.T, rcond=None)[0].T
    error = np.linalg.norm((coefficients @ rows - offsets).reshape(18, -1, 3), axis=2)
    assert error.mean() < 0.1
    told = coefficients @ head.facs_readout.T
    # A jaw half open is not told from one wide open, nor a blink from closed eyes.
    alike = {"AU26": "AU27", "AU45": "AU43"}
    for i, name in enumerate(head.facs_names):
        best = head.facs_names[int(np.argmax(told[i]))]
        assert best in (name, alike.get(name)), name


def test_eyes_close_when_they_blink(head):
    blink = head.unit_shape(head.facs_units[head.facs_names.index("AU45")])[head.landmarks]
    upper, lower = blink[[37, 38, 43, 44], 1], blink[[41, 40, 47, 46], 1]
    assert np.abs(upper - lower).max() < 1.5


def test_a_written_model_comes_back_rounded_to_a_hundredth_of_a_millimetre(head, tmp_path):
    path = tmp_path / "head.npz"
    write_model(path, head)
    again = load_model(path)
    for field in dataclasses.fields(head):
        before, after = getattr(head, field.name), getattr(again, field.name)
        if isinstance(before, np.ndarray):
            assert after.dtype == before.dtype
            np.testing.assert_allclose(after, before, atol=0.0051)
        else:
            assert after == before
    first = path.read_bytes()
    write_model(path, again)
    assert path.read_bytes() == first
    assert [p.name for p in tmp_path.iterdir()] == ["head.npz"]


def test_the_shipped_file_is_small_and_has_its_notice():
    assert evface_resources.path("open_head.npz").stat().st_size < 3e6
    assert "CC0" in evface_resources.path("open_head.NOTICE.txt").read_text()


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 but cut"])
def test_a_file_that_is_no_model_is_named(tmp_path, content):
    path = tmp_path / "bad.npz"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"bad\.npz: is not a head model"):
        load_model(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ModelFileError, match=r"none\.npz: cannot be read"):
        load_model(tmp_path / "none.npz")


def test_an_archive_with_pickles_is_refused(tmp_path):
    path = tmp_path / "pickled.npz"
    np.savez(path, format=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ModelFileError, match="is not a head model"):
        load_model(path)


def test_a_truncated_model_is_refused(tmp_path, head):
    path = tmp_path / "head.npz"
    write_model(path, head)
    path.write_bytes(path.read_bytes()[:200_000])
    with pytest.raises(ModelFileError, match="is not a head model"):
        load_model(path)


def test_inconsistent_arrays_are_refused(head):
    with pytest.raises(ValueError, match="landmarks"):
        dataclasses.replace(head, landmarks=np.full(68, 99999, np.int32))
    with pytest.raises(ValueError, match="regions"):
        dataclasses.replace(head, regions=np.zeros(3, np.uint8))


def test_a_contour_comes_with_its_angles(head):
    with pytest.raises(ValueError, match="come together"):
        dataclasses.replace(head, contour=None)
    with pytest.raises(ValueError, match="contour must be"):
        dataclasses.replace(head, contour=np.zeros((2, 17), np.int32))
    with pytest.raises(ValueError, match="increase"):
        dataclasses.replace(head, contour_yaw_deg=head.contour_yaw_deg[::-1].copy())


def test_a_model_without_contour_comes_back_without(head, tmp_path):
    path = tmp_path / "head.npz"
    write_model(path, dataclasses.replace(head, contour=None, contour_yaw_deg=None, notice=""))
    again = load_model(path)
    assert again.contour is None
    assert again.contour_yaw_deg is None
    assert again.notice == ""


def test_a_finer_step_keeps_more_of_the_bases_and_too_fine_a_one_is_refused(head, tmp_path):
    path = tmp_path / "head.npz"
    scaled = dataclasses.replace(head, identity_basis=head.identity_basis * np.float32(0.1234))
    write_model(path, scaled, step_mm=0.002)
    error = np.abs(load_model(path).identity_basis - scaled.identity_basis)
    assert error.max() < 0.00101
    with pytest.raises(ValueError, match="too large"):
        write_model(path, scaled, step_mm=1e-5)


@pytest.fixture(scope="module")
def small_file(head, tmp_path_factory):
    """Return the bytes of a head of few components."""
    small = dataclasses.replace(
        head,
        identity_basis=head.identity_basis[:1],
        units=head.units[:0],
        unit_names=(),
        facs_names=(),
        facs_units=head.facs_units[:0, :0],
        facs_readout=head.facs_readout[:0],
    )
    path = tmp_path_factory.mktemp("small") / "head.npz"
    write_model(path, small)
    return path.read_bytes()


@given(st.floats(0, 1), st.binary(min_size=1, max_size=8))
@settings(max_examples=40)
def test_changed_bytes_are_an_error_of_ours_or_a_model(small_file, tmp_path_factory, place, patch):
    at = int(place * (len(small_file) - 9))
    path = tmp_path_factory.mktemp("changed") / "head.npz"
    path.write_bytes(small_file[:at] + patch + small_file[at + len(patch) :])
    with contextlib.suppress(ModelFileError):
        assert load_model(path).n_vertices > 0
