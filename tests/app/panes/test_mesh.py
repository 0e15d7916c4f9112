import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from evface.errors import ModelFileError
from evface.morphable.head_library import library_folder
from evface.morphable.model import load_open_head, write_model
from evface_studio.panes import mesh_pane as mesh_pane_module
from evface_studio.panes.mesh_drawer import FaceShapes, MeshDrawer, MeshRequest, Orbit
from evface_studio.panes.mesh_pane import MeshPane
from evface_studio.panes.mesh_renderer import GraphicsError, make_surface
from evface_studio.view_state import LabelSource, Layer

SIZE = (240, 300)


@pytest.fixture
def drawer(qtbot):
    del qtbot
    drawer = MeshDrawer(make_surface())
    yield drawer
    drawer.close()


def request_of(track, t_us=0, *, orbit=None, follows_head=True, is_moving=True):
    return MeshRequest(track, t_us, 100_000, orbit or Orbit(), follows_head, SIZE, is_moving)


def pixels(picture):
    """Return red, green, blue and alpha, (height, width, 4) int."""
    image = picture.image
    stored = np.frombuffer(image.constBits(), np.uint8).reshape(SIZE[1], SIZE[0], 4)
    return stored[..., [2, 1, 0, 3]].astype(int)


def rotation_about_y(angle_deg):
    angle = np.radians(angle_deg)
    return np.array(
        [[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]]
    )


@pytest.mark.gl
def test_a_neutral_face_is_grey_upright_and_in_the_middle(drawer, face_track):
    drawn = pixels(drawer.draw(request_of(face_track([0, 40_000]))))
    covered = drawn[..., 3] > 0
    rows, columns = np.nonzero(covered)
    assert 0.2 < covered.mean() < 0.8
    assert abs(columns.mean() - SIZE[0] / 2) < 5
    assert abs((rows.min() + rows.max()) / 2 - SIZE[1] / 2) < 15
    saturation = np.ptp(drawn[covered][:, :3], axis=1)
    assert np.median(saturation) < 25
    # The crown is wider than the neck's end: the head stands on its neck.
    widths = covered.sum(axis=1)
    assert widths[rows.min() + 60] > widths[rows.max() - 10]


@pytest.mark.gl
def test_the_light_comes_from_above_left(drawer, face_track):
    drawn = pixels(drawer.draw(request_of(face_track([0, 40_000]))))
    brightness = np.where(drawn[..., 3] > 0, drawn[..., :3].mean(axis=-1), np.nan)
    left, right = brightness[:, : SIZE[0] // 2], brightness[:, SIZE[0] // 2 :]
    assert np.nanmean(left) > np.nanmean(right)


@pytest.mark.gl
def test_what_moves_is_coloured_and_what_rests_is_not(drawer, face_track):
    track = face_track([0, 40_000], strength=2.0)
    rest = drawer.draw(request_of(track, 0))
    moved = drawer.draw(request_of(track, 40_000))
    assert rest.largest_mm == pytest.approx(0.0, abs=1e-4)
    assert moved.largest_mm > 0.5 * moved.limit_mm
    assert np.ptp(pixels(moved)[..., :3], axis=-1).max() > 80
    assert np.ptp(pixels(rest)[..., :3], axis=-1).max() < 40


@pytest.mark.gl
def test_a_scale_that_ends_before_the_largest_distance_says_so(drawer, face_track):
    once = face_track(np.arange(10) * 40_000)
    once.action_units[5, 0] = 40.0
    picture = drawer.draw(request_of(once, 200_000))
    assert picture.is_clipped
    assert picture.largest_mm > picture.limit_mm
    often = face_track(np.arange(10) * 40_000)
    often.action_units[:, 0] = 1.0
    assert not drawer.draw(request_of(often, 200_000)).is_clipped


@pytest.mark.gl
def test_the_mesh_turns_with_the_head_unless_it_is_to_be_seen_from_the_front(drawer, face_track):
    straight, turned = face_track([0, 40_000]), face_track([0, 40_000])
    turned.rotation[:] = turned.rotation @ rotation_about_y(35)
    front = pixels(drawer.draw(request_of(straight)))
    assert (pixels(drawer.draw(request_of(turned))) != front).mean() > 0.1
    unturned = pixels(drawer.draw(request_of(turned, follows_head=False)))
    np.testing.assert_array_equal(unturned, front)


@pytest.mark.gl
def test_a_head_turned_to_its_left_looks_to_the_viewers_right(drawer, face_track):
    turned = face_track([0, 40_000])
    turned.rotation[:] = turned.rotation @ rotation_about_y(40)
    nose = load_open_head().landmarks[30]
    x_camera, _, _ = turned.rotation[0] @ load_open_head().mean_shape[nose]
    assert x_camera > 20
    covered = pixels(drawer.draw(request_of(turned)))[..., 3] > 0
    orbited = request_of(face_track([0, 40_000]), orbit=Orbit(yaw_deg=40))
    same = pixels(drawer.draw(orbited))[..., 3] > 0
    assert (covered != same).mean() < 0.01


@pytest.mark.gl
def test_no_face_gives_no_picture(drawer, face_track):
    picture = drawer.draw(request_of(face_track([0, 40_000], valid=[False, False]), 10_000))
    assert picture.image is None


@pytest.mark.gl
def test_a_still_picture_has_smooth_edges(drawer, face_track):
    track = face_track([0, 40_000])
    hard = pixels(drawer.draw(request_of(track, is_moving=True)))[..., 3]
    smooth = pixels(drawer.draw(request_of(track, is_moving=False)))[..., 3]
    assert ((smooth > 0) & (smooth < 255)).any()
    assert ((hard > 0) & (smooth > 0)).sum() > 0.95 * (hard > 0).sum()


@pytest.mark.gl
def test_a_face_of_a_model_that_is_not_here_is_refused_and_does_not_harm(drawer, face_track):
    with pytest.raises(ModelFileError, match="not on this machine"):
        drawer.draw(request_of(face_track([0, 40_000], model="flame-2020")))
    assert drawer.draw(request_of(face_track([0, 40_000]))).image is not None


@pytest.mark.gl
def test_a_face_of_an_installed_model_is_drawn_with_its_own_mesh(
    drawer, face_track, tmp_path, monkeypatch
):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    library_folder().mkdir(parents=True)
    head = load_open_head()
    # A mask without the back of the head.
    front = (head.mean_shape[head.triangles][..., 2] > 0).all(axis=1)
    mask = dataclasses.replace(
        head, name="mask", triangles=head.triangles[front], regions=head.regions[front]
    )
    write_model(library_folder() / "mask.npz", mask)
    side = Orbit(yaw_deg=90)
    whole = pixels(drawer.draw(request_of(face_track([0, 40_000]), orbit=side)))[..., 3] > 0
    track = face_track([0, 40_000], model=mask.key)
    half = pixels(drawer.draw(request_of(track, orbit=side)))[..., 3] > 0
    assert 0.2 < half.sum() / whole.sum() < 0.8


def test_distance_is_measured_from_the_persons_own_neutral(face_track):
    head = load_open_head()
    track = face_track([0, 40_000], strength=1.0)
    track.identity[:5] = 2.0
    shapes = FaceShapes(head, track)
    vertices_mm, distance_mm, largest_mm = shapes.at(track.action_units[1])
    expected = head.shape(track.identity, track.action_units[1])
    np.testing.assert_allclose(vertices_mm, expected, atol=1e-3)
    moved = np.linalg.norm(expected - head.shape(track.identity), axis=1)
    is_skin = np.isfinite(distance_mm)
    np.testing.assert_allclose(distance_mm[is_skin], moved[is_skin], atol=1e-3)
    assert largest_mm == pytest.approx(moved[is_skin].max(), abs=1e-3)


@pytest.fixture
def mesh_pane(document, view_state, media_reader, theme, qtbot):
    pane = MeshPane(document, view_state, media_reader, theme)
    qtbot.addWidget(pane)
    pane.resize(300, 400)
    pane.show()
    qtbot.waitExposed(pane)
    return pane


def settle(pane, qtbot):
    qtbot.waitUntil(lambda: pane.is_idle)
    QApplication.processEvents()


def test_the_pane_says_how_to_get_a_face(mesh_pane, document, make_recording):
    assert mesh_pane.words[0] == "Nothing open"
    document.show(make_recording())
    assert mesh_pane.words[0] == "No face yet"


@pytest.mark.gl
def test_the_pane_shows_the_face_of_the_moment(
    mesh_pane, document, view_state, make_recording, face_track, qtbot
):
    track = face_track(np.arange(0, 1_000_000, 40_000), strength=2.0)
    document.show(make_recording(), {"face": track})
    settle(mesh_pane, qtbot)
    early = mesh_pane.picture.largest_mm
    view_state.set_time_us(900_000)
    settle(mesh_pane, qtbot)
    assert not mesh_pane.is_empty
    assert mesh_pane.picture.largest_mm > early
    assert "0.900" in mesh_pane.header.info


@pytest.mark.gl
def test_known_truth_stands_in_for_a_face_not_yet_fitted_and_says_so(
    mesh_pane, document, make_recording, face_track, qtbot
):
    document.show(make_recording(), {"truth_face": face_track([0, 40_000])})
    settle(mesh_pane, qtbot)
    assert "known truth" in mesh_pane.header.info


@pytest.mark.gl
def test_a_drag_turns_the_mesh_and_a_double_click_turns_it_back(
    mesh_pane, document, make_recording, face_track, qtbot, move_pointer
):
    document.show(make_recording(), {"face": face_track([0, 40_000])})
    settle(mesh_pane, qtbot)
    before = mesh_pane.picture.image.copy()
    view = mesh_pane.view
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(150, 150))
    move_pointer(view, QPoint(220, 150), Qt.MouseButton.LeftButton)
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(220, 150))
    settle(mesh_pane, qtbot)
    assert mesh_pane.picture.image != before
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=QPoint(150, 150))
    settle(mesh_pane, qtbot)
    assert mesh_pane.picture.image == before


@pytest.mark.gl
def test_a_hidden_mesh_layer_hides_the_mesh(
    mesh_pane, document, view_state, make_recording, face_track, qtbot
):
    document.show(make_recording(), {"face": face_track([0, 40_000])})
    settle(mesh_pane, qtbot)
    view_state.set_layer(Layer.MESH, False)
    assert mesh_pane.is_empty
    view_state.set_layer(Layer.MESH, True)
    assert not mesh_pane.is_empty


@pytest.mark.gl
def test_a_face_of_another_model_says_so_in_the_pane(
    mesh_pane, document, make_recording, face_track, qtbot
):
    document.show(make_recording(), {"face": face_track([0, 40_000], model="flame-2020")})
    settle(mesh_pane, qtbot)
    assert "flame-2020" in mesh_pane.words[1]
    document.show(make_recording(), {"face": face_track([0, 40_000])})
    settle(mesh_pane, qtbot)
    assert not mesh_pane.is_empty


def test_without_opengl_the_pane_says_so(
    document, view_state, media_reader, theme, make_recording, face_track, qtbot, monkeypatch
):
    class NoDrawer:
        def __init__(self, surface):
            del surface

        def draw(self, request):
            del request
            raise GraphicsError("the mesh needs OpenGL")

        def close(self):
            pass

    monkeypatch.setattr(mesh_pane_module, "MeshDrawer", NoDrawer)
    pane = MeshPane(document, view_state, media_reader, theme)
    qtbot.addWidget(pane)
    pane.show()
    document.show(make_recording(), {"face": face_track([0, 40_000])})
    settle(pane, qtbot)
    assert "OpenGL" in pane.words[1]
    document.show(make_recording(), {"face": face_track([0, 40_000])})
    assert "OpenGL" in pane.words[1]


def test_orbits_stay_within_reach():
    orbit = Orbit().dragged(0, 10_000)
    assert abs(orbit.pitch_deg) <= 85
    assert Orbit().zoomed(100).zoom <= 12
    np.testing.assert_allclose(
        Orbit(30, 20).rotation() @ Orbit(30, 20).rotation().T, np.eye(3), atol=1e-12
    )


@pytest.mark.gl
def test_without_colours_a_moved_face_is_as_grey_as_one_at_rest(drawer, face_track):
    track = face_track([0, 40_000], strength=1.5)
    coloured = request_of(track, 40_000)
    assert np.ptp(pixels(drawer.draw(coloured))[..., :3], axis=-1).max() > 60
    plain = drawer.draw(dataclasses.replace(coloured, is_coloured=False))
    assert not plain.is_coloured
    drawn = pixels(plain)
    skin = drawn[drawn[..., 3] > 0][:, :3]
    assert np.median(np.ptp(skin, axis=1)) < 25
    assert np.percentile(np.ptp(skin, axis=1), 98) < 60


@pytest.mark.gl
def test_the_mesh_shows_the_predicted_face_when_it_is_asked_to(
    document, view_state, media_reader, theme, make_recording, face_track, qtbot
):
    pane = MeshPane(document, view_state, media_reader, theme)
    qtbot.addWidget(pane)
    pane.resize(300, 400)
    pane.show()
    qtbot.waitExposed(pane)
    times_us = [0, 500_000, 1_000_000]
    fitted, told = face_track(times_us), face_track(times_us, strength=1.5)
    document.show(make_recording(), {"face": fitted, "predicted_face": told})
    view_state.set_time_us(1_000_000)
    qtbot.waitUntil(lambda: pane.is_idle and pane.picture is not None)
    assert pane.picture.largest_mm == pytest.approx(0, abs=1e-3)
    assert pane.source.isVisible()
    view_state.set_mesh_source(LabelSource.PREDICTIONS)
    qtbot.waitUntil(lambda: pane.picture is not None and pane.picture.largest_mm > 1)
    assert pane.source.currentText() == "Predicted"
    assert "predicted by test" in pane.header.info
    view_state.set_colours_mesh(False)
    qtbot.waitUntil(lambda: pane.picture is not None and not pane.picture.is_coloured)
    pane.source.activated.emit(0)
    assert view_state.mesh_source is LabelSource.LABELS
    # Where no face was fitted, the predicted one is shown without being asked for.
    document.show(make_recording(), {"predicted_face": told})
    qtbot.waitUntil(lambda: pane.picture is not None and pane.picture.largest_mm > 1)
    assert not pane.source.isVisible()
