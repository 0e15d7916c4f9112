import pytest


@pytest.fixture
def opened(qtbot, window, open_in, project_path):
    open_in(window, project_path)
    qtbot.waitUntil(lambda: not window.document.is_busy)
    return window


@pytest.mark.parametrize("name", ["rgb_pane", "events_pane"])
def test_keys_zoom_move_and_fit_the_picture_that_has_the_keyboard(opened, focus, press, name):
    picture = getattr(opened.workspace, name).picture
    focus(opened, picture)
    whole = picture.shown_px
    press(opened, "+")
    larger = picture.shown_px
    assert larger.width() == pytest.approx(whole.width() / 1.25)
    assert larger.center().x() == pytest.approx(whole.center().x())
    press(opened, "Ctrl+Shift+Right")
    assert picture.shown_px.center().x() == pytest.approx(
        larger.center().x() + 0.1 * larger.width()
    )
    press(opened, "Ctrl+Shift+Up")
    assert picture.shown_px.center().y() < larger.center().y()
    press(opened, "-")
    assert picture.shown_px.width() == pytest.approx(whole.width())
    press(opened, "0")
    assert picture.is_fitted


def test_the_other_picture_stays_as_it_is(opened, focus, press):
    focus(opened, opened.workspace.rgb_pane.picture)
    press(opened, "+")
    assert opened.workspace.events_pane.picture.is_fitted


def test_keys_turn_the_mesh(opened, focus, press):
    view = opened.workspace.mesh_pane.view
    focus(opened, view)
    before = view.orbit
    press(opened, "Ctrl+Shift+Right")
    assert view.orbit.yaw_deg > before.yaw_deg
    press(opened, "+")
    assert view.orbit.zoom == pytest.approx(1.25 * before.zoom)
    press(opened, "0")
    assert view.orbit == before


def test_linked_pictures_are_zoomed_together(opened, focus, press):
    opened.view_state.set_links_zoom(True)
    focus(opened, opened.workspace.rgb_pane.picture)
    press(opened, "+")
    assert not opened.workspace.events_pane.picture.is_fitted
