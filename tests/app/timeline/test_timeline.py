import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from evface.annotations.edits import ReplaceTracks


@pytest.fixture
def opened(window, open_in, project_path):
    open_in(window, project_path)
    return window


@pytest.fixture
def timeline(opened):
    # Moves that follow one another as fast as a test makes them all count.
    limit = pg.getConfigOption("mouseRateLimit")
    pg.setConfigOption("mouseRateLimit", -1)
    yield opened.workspace.timeline
    pg.setConfigOption("mouseRateLimit", limit)


def place_of(timeline, t_us, lane=1):
    """Return where a time lies in the lower row of curves, in its view's pixels."""
    lanes = timeline.lanes
    return lanes.place_of(t_us, lane)


@pytest.fixture
def drag(qtbot, timeline, move_pointer):
    def drag(start, stop):
        viewport = timeline.lanes.viewport()
        move_pointer(viewport, start)
        qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=start)
        for share in (0.3, 0.6, 1.0):
            move_pointer(viewport, start + (stop - start) * share, Qt.MouseButton.LeftButton)
        qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=stop)

    return drag


def wheel(timeline, point, steps):
    viewport = timeline.lanes.viewport()
    QApplication.sendEvent(
        viewport,
        QWheelEvent(
            QPointF(point),
            QPointF(viewport.mapToGlobal(point)),
            QPoint(0, 0),
            QPoint(0, 120 * steps),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        ),
    )


def test_the_most_active_units_are_drawn_and_named(timeline):
    assert timeline.shown_names == ("AU12", "AU25")
    assert [row.name for row in timeline.legend.rows] == [
        "Events per second",
        "AU12 lip corner puller",
        "AU25 lips part",
    ]


def test_the_legend_says_values_at_the_cursor(opened, timeline):
    opened.view_state.set_time_us(33_333 * 7)
    rate, puller, part = (row.value for row in timeline.legend.rows)
    assert rate.endswith("/s")
    assert (puller, part) == ("0.50", "0.50")


def test_a_click_moves_the_cursor(qtbot, opened, timeline):
    point = place_of(timeline, 300_000)
    qtbot.mouseClick(timeline.lanes.viewport(), Qt.MouseButton.LeftButton, pos=point)
    assert opened.view_state.time_us == pytest.approx(300_000, abs=1_000)


def test_the_cursor_can_be_dragged(drag, opened, timeline):
    opened.view_state.set_time_us(100_000)
    drag(place_of(timeline, 100_000), place_of(timeline, 400_000))
    assert opened.view_state.time_us == pytest.approx(400_000, abs=1_000)
    assert opened.view_state.visible_range == (0, 500_000)


def test_the_wheel_zooms_about_the_pointer(opened, timeline):
    point = place_of(timeline, 200_000)
    wheel(timeline, point, 3)
    start_us, stop_us = opened.view_state.visible_range
    assert stop_us - start_us < 450_000
    assert place_of(timeline, 200_000).x() == pytest.approx(point.x(), abs=2)


def test_a_drag_beside_the_cursor_moves_the_stretch_in_view(drag, opened, timeline):
    opened.view_state.set_visible_range(100_000, 300_000)
    opened.view_state.set_time_us(110_000)
    drag(place_of(timeline, 200_000), place_of(timeline, 250_000))
    start_us, stop_us = opened.view_state.visible_range
    assert stop_us - start_us == pytest.approx(200_000, abs=10)
    assert start_us == pytest.approx(50_000, abs=2_000)
    assert opened.view_state.time_us == 110_000


def test_nothing_beyond_the_recording_can_be_shown(opened, timeline):
    wheel(timeline, place_of(timeline, 250_000), -20)
    assert opened.view_state.visible_range == (0, 500_000)


def test_all_can_be_shown_again(opened, timeline):
    opened.view_state.set_visible_range(100_000, 300_000)
    timeline.fit()
    assert opened.view_state.visible_range == (0, 500_000)


def test_zooming_by_keys_keeps_the_cursor_where_it_is(opened, timeline):
    opened.view_state.set_time_us(200_000)
    before = place_of(timeline, 200_000)
    timeline.zoom(0.5)
    start_us, stop_us = opened.view_state.visible_range
    assert stop_us - start_us == 250_000
    assert place_of(timeline, 200_000).x() == pytest.approx(before.x(), abs=2)


def test_the_view_follows_a_cursor_that_leaves_it(opened, timeline):
    del timeline
    opened.view_state.set_visible_range(100_000, 200_000)
    opened.view_state.set_time_us(350_000)
    start_us, stop_us = opened.view_state.visible_range
    assert start_us <= 350_000 <= stop_us
    assert stop_us - start_us == 100_000


def test_a_unit_that_stays_keeps_its_colour(timeline):
    before = {row.name: row.colour for row in timeline.legend.rows}
    timeline.show_names(["AU1", "AU25"])
    after = {row.name: row.colour for row in timeline.legend.rows}
    assert timeline.shown_names == ("AU1", "AU25")
    assert after["AU25 lips part"] == before["AU25 lips part"]
    assert after["AU1 inner brow raiser"] != after["AU25 lips part"]


def test_more_units_than_colours_can_be_shown(timeline, action_units):
    names = action_units(np.arange(2)).name_list()
    timeline.show_names(names)
    assert timeline.shown_names == tuple(names)


def test_an_unprocessed_recording_says_how_to_get_curves(qtbot, opened, timeline):
    bare = ReplaceTracks(opened.document.recording_id, {"action_units": None})
    with qtbot.waitSignal(opened.document.tracks_changed, timeout=10_000):
        opened.document.edit(bare)
    assert timeline.shown_names == ()
    assert "Process" in timeline.legend.hint


def test_events_alone_are_not_told_to_be_processed(qtbot, opened, timeline):
    with qtbot.waitSignal(opened.document.tracks_changed, timeout=10_000):
        opened.document.show_recording(list(opened.document.listed)[1])
    assert timeline.legend.hint.startswith("No action units")
    assert "Process" not in timeline.legend.hint


def test_truth_alone_is_drawn_dashed(qtbot, opened, timeline, action_units):
    recording_id = opened.document.recording_id
    truth = action_units(np.arange(50) * 10_000)
    edit = ReplaceTracks(recording_id, {"action_units": None, "truth_action_units": truth})
    with qtbot.waitSignal(opened.document.tracks_changed, timeout=10_000):
        opened.document.edit(edit)
    assert [row.is_dashed for row in timeline.legend.rows] == [False, True, True]


def test_both_themes_draw_the_same_units(opened, timeline):
    names = timeline.shown_names
    opened.action("dark_theme").trigger()
    assert timeline.shown_names == names
    opened.action("dark_theme").trigger()
    assert timeline.shown_names == names
