import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from evface.annotations.edits import ReplaceTracks
from evface.annotations.segments import UNITS
from evface_studio.coding.unit_choice import RowFilter
from evface_studio.timeline.keyframes import Keyframes


@pytest.fixture
def opened(window, open_in, project_path):
    open_in(window, project_path)
    return window


@pytest.fixture
def timeline(opened):
    return opened.workspace.timeline


def place_of(strip, t_us, y=None):
    """Return where a time lies in a strip."""
    return QPoint(round(strip.scale.x_of(t_us)), strip.height() // 2 if y is None else y)


@pytest.fixture
def drag(qtbot, move_pointer):
    def drag(strip, start, stop, modifiers=Qt.KeyboardModifier.NoModifier):
        move_pointer(strip, start)
        qtbot.mousePress(strip, Qt.MouseButton.LeftButton, modifiers, pos=start)
        for share in (0.3, 0.6, 1.0):
            move_pointer(strip, start + (stop - start) * share, Qt.MouseButton.LeftButton)
        qtbot.mouseRelease(strip, Qt.MouseButton.LeftButton, modifiers, pos=stop)

    return drag


def wheel(strip, point, steps, modifiers=Qt.KeyboardModifier.NoModifier):
    QApplication.sendEvent(
        strip,
        QWheelEvent(
            QPointF(point),
            QPointF(strip.mapToGlobal(point)),
            QPoint(0, 0),
            QPoint(0, 120 * steps),
            Qt.MouseButton.NoButton,
            modifiers,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        ),
    )


def test_the_most_active_units_have_a_row_and_a_name(timeline):
    assert timeline.shown_names == ("AU12", "AU25")
    assert [(one.name, one.words) for one in timeline.labels.labels] == [
        ("AU12", "lip corner puller"),
        ("AU25", "lips part"),
    ]
    assert all(len(row.curve) for row in timeline.rows.rows)


def test_the_labels_say_values_at_the_cursor(opened, timeline):
    opened.view_state.set_time_us(33_333 * 7)
    assert timeline.rate_label.values["Events"].endswith("/s")
    assert (timeline.labels.values["AU12"], timeline.labels.values["AU25"]) == ("0.50", "0.50")


@pytest.mark.parametrize("name", ["rate_strip", "ruler"])
def test_a_click_moves_the_cursor(qtbot, opened, timeline, name):
    strip = getattr(timeline, name)
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=place_of(strip, 300_000))
    assert opened.view_state.time_us == pytest.approx(300_000, abs=1_000)


@pytest.mark.parametrize("name", ["rate_strip", "ruler"])
def test_the_cursor_can_be_dragged(drag, opened, timeline, name):
    strip = getattr(timeline, name)
    opened.view_state.set_time_us(100_000)
    drag(strip, place_of(strip, 100_000), place_of(strip, 400_000))
    assert opened.view_state.time_us == pytest.approx(400_000, abs=1_000)
    assert opened.view_state.visible_range == (0, 500_000)


@pytest.mark.parametrize("name", ["rate_strip", "ruler", "rows"])
def test_the_wheel_zooms_about_the_pointer(opened, timeline, name):
    strip = getattr(timeline, name)
    point = place_of(strip, 200_000)
    wheel(strip, point, 3)
    start_us, stop_us = opened.view_state.visible_range
    assert stop_us - start_us < 450_000
    assert place_of(strip, 200_000).x() == pytest.approx(point.x(), abs=2)


def test_the_wheel_with_shift_moves_the_stretch(opened, timeline):
    opened.view_state.set_visible_range(100_000, 200_000)
    wheel(timeline.rows, place_of(timeline.rows, 150_000), -1, Qt.KeyboardModifier.ShiftModifier)
    assert opened.view_state.visible_range == (110_000, 210_000)


def test_a_drag_beside_the_cursor_moves_the_stretch_in_view(drag, opened, timeline):
    opened.view_state.set_visible_range(100_000, 300_000)
    opened.view_state.set_time_us(110_000)
    strip = timeline.rate_strip
    drag(strip, place_of(strip, 200_000), place_of(strip, 250_000))
    start_us, stop_us = opened.view_state.visible_range
    assert stop_us - start_us == 200_000
    assert start_us == pytest.approx(50_000, abs=2_000)
    assert opened.view_state.time_us == 110_000


def test_nothing_beyond_the_recording_can_be_shown(opened, timeline):
    wheel(timeline.rows, place_of(timeline.rows, 250_000), -20)
    assert opened.view_state.visible_range == (0, 500_000)


def test_all_can_be_shown_again(opened, timeline):
    opened.view_state.set_visible_range(100_000, 300_000)
    timeline.fit()
    assert opened.view_state.visible_range == (0, 500_000)


def test_zooming_by_keys_keeps_the_cursor_where_it_is(opened, timeline):
    opened.view_state.set_time_us(200_000)
    before = place_of(timeline.rows, 200_000)
    timeline.zoom(0.5)
    start_us, stop_us = opened.view_state.visible_range
    assert stop_us - start_us == 250_000
    assert place_of(timeline.rows, 200_000).x() == pytest.approx(before.x(), abs=2)


def test_the_view_follows_a_cursor_that_leaves_it(opened, timeline):
    del timeline
    opened.view_state.set_visible_range(100_000, 200_000)
    opened.view_state.set_time_us(350_000)
    start_us, stop_us = opened.view_state.visible_range
    assert start_us <= 350_000 <= stop_us
    assert stop_us - start_us == 100_000


def test_moments_lie_at_the_same_place_in_all_strips(timeline):
    strips = (timeline.rate_strip, timeline.ruler, timeline.rows)
    places = {strip.mapTo(timeline, place_of(strip, 123_456)).x() for strip in strips}
    assert len(places) == 1


def test_a_drag_with_shift_loops_a_stretch(drag, opened, timeline):
    strip = timeline.ruler
    shift = Qt.KeyboardModifier.ShiftModifier
    drag(strip, place_of(strip, 300_000), place_of(strip, 100_000), shift)
    start_us, stop_us = opened.playback.loop_us
    assert start_us == pytest.approx(100_000, abs=1_000)
    assert stop_us == pytest.approx(300_000, abs=1_000)
    assert opened.view_state.time_us == start_us


def test_rows_can_be_all_active_coded_or_chosen(opened, timeline):
    opened.action("rows_all").trigger()
    assert timeline.shown_names == UNITS
    opened.action("rows_coded").trigger()
    assert timeline.shown_names == ()
    assert "No rows" in timeline.header.info
    opened.action("rows_active").trigger()
    assert timeline.shown_names == ("AU12", "AU25")
    timeline.show_names(["AU45", "AU1"])
    assert timeline.shown_names == ("AU1", "AU45")
    assert [row.unit for row in timeline.rows.rows] == ["AU1", "AU45"]


def test_any_number_of_facs_can_be_added_and_is_remembered(opened, timeline, settings):
    opened.coding.units.add("AU46")
    assert "AU46" in timeline.shown_names
    assert settings.extra_units == ["AU46"]
    opened.coding.units.set_filter(RowFilter.ALL)
    assert timeline.shown_names.index("AU46") == timeline.shown_names.index("AU45") + 1


def test_rows_are_never_too_low_for_their_text(opened, timeline):
    opened.coding.units.set_filter(RowFilter.ALL)
    assert timeline.rows.row_height >= timeline.labels.fontMetrics().height()
    assert timeline.rows.height() == len(UNITS) * timeline.rows.row_height


def test_everything_grows_with_text(qtbot, opened, timeline):
    opened.coding.units.set_filter(RowFilter.ALL)
    # As the application does: fonts reach their widgets by its style sheet.
    opened.set_theme(opened.commands.settings.theme)
    parts = (timeline.ruler, timeline.rate_strip, timeline.rows, timeline.labels)
    before = [part.height() for part in parts]
    width = timeline.labels.width()
    try:
        opened.commands.settings.set_text_percent(200)
        qtbot.waitUntil(
            lambda: all(part.height() > old for part, old in zip(parts, before, strict=True))
        )
        assert timeline.labels.width() == 2 * width
        assert timeline.rows.row_height >= timeline.labels.fontMetrics().height()
    finally:
        opened.commands.settings.set_text_percent(100)
        QApplication.instance().setStyleSheet("")


def test_the_chosen_row_is_scrolled_to(opened, timeline):
    opened.coding.units.set_filter(RowFilter.ALL)
    opened.coding.choose_unit("AU56")
    middle = timeline.rows.top_of("AU56") + timeline.rows.row_height // 2
    assert timeline.rows.visibleRegion().boundingRect().contains(QPoint(10, middle))


def test_an_unprocessed_recording_says_how_to_get_curves_and_can_be_coded(qtbot, opened, timeline):
    bare = ReplaceTracks(opened.document.recording_id, {"action_units": None})
    with qtbot.waitSignal(opened.document.tracks_changed, timeout=10_000):
        opened.document.edit(bare)
    qtbot.waitUntil(lambda: timeline.shown_names == UNITS)
    assert "Process" in timeline.hint
    assert "Process" in timeline.header.info


def test_events_alone_are_not_told_to_be_processed(qtbot, opened, timeline):
    with qtbot.waitSignal(opened.document.tracks_changed, timeout=10_000):
        opened.document.show_recording(list(opened.document.listed)[1])
    assert timeline.hint.startswith("No curves")
    assert "Process" not in timeline.hint


def test_truth_is_drawn_where_it_is_asked_for_or_all_there_is(
    qtbot, opened, timeline, action_units
):
    recording_id = opened.document.recording_id
    truth = action_units(np.arange(50) * 10_000)
    with qtbot.waitSignal(opened.document.tracks_changed, timeout=10_000):
        opened.document.edit(ReplaceTracks(recording_id, {"truth_action_units": truth}))
    qtbot.waitUntil(lambda: timeline.is_idle)
    assert [row.truth for row in timeline.rows.rows] == [None, None]
    opened.action("show_truth").trigger()
    assert all(row.truth is not None for row in timeline.rows.rows)
    opened.action("show_truth").trigger()
    with qtbot.waitSignal(opened.document.tracks_changed, timeout=10_000):
        opened.document.edit(ReplaceTracks(recording_id, {"action_units": None}))
    qtbot.waitUntil(lambda: timeline.is_idle)
    assert [(row.curve, row.truth is None) for row in timeline.rows.rows] == 2 * [(None, False)]


def test_both_themes_draw_the_same_units(opened, timeline):
    names = timeline.shown_names
    opened.action("dark_theme").trigger()
    assert timeline.shown_names == names
    opened.action("dark_theme").trigger()
    assert timeline.shown_names == names


def test_keyframes_can_be_clicked_exactly(qtbot, opened, timeline):
    strip = timeline.keyframe_strip
    assert not strip.isVisible()
    timeline.set_keyframes([Keyframes(np.array([123_457, 400_000]), "#e69f00")])
    qtbot.waitUntil(strip.isVisible)
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=place_of(strip, 123_457) + QPoint(3, 0))
    assert opened.view_state.time_us == 123_457
    timeline.set_keyframes([])
    assert not strip.isVisible()


def test_moving_the_cursor_paints_no_row_anew(qtbot, opened, timeline, monkeypatch):
    qtbot.waitUntil(lambda: timeline.is_idle)
    timeline.grab()
    painted = []
    monkeypatch.setattr(
        "evface_studio.timeline.unit_rows.paint_blocks", lambda *_a, **_k: painted.append(1)
    )
    opened.view_state.set_time_us(222_222)
    timeline.grab()
    assert not painted
    timeline.zoom(0.5)
    timeline.grab()
    assert painted
