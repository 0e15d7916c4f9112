"""The real window, and the filters of the recording that it shows."""

import threading
import time

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication

from evface.annotations.edits import SetFilters
from evface.errors import ProjectFileError
from evface.events.events import Events
from evface.events.filters.hot_pixels import HotPixels
from evface.events.filters.regions import Polarity, Region
from evface.events.filters.registry import FILTERS, PRESETS
from evface.events.filters.thinning import Thinning
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.projects.editing_lock import EditingLock
from evface.projects.project import Project


def settle(qtbot, window):
    qtbot.waitUntil(
        lambda: (
            not window.document.is_busy
            and window.workspace.is_complete
            and window.filtering.is_idle
        ),
        timeout=20_000,
    )


@pytest.fixture
def shown(qtbot, window, open_in, press, project_path):
    """Return the window with the first recording, and the filters in view."""
    open_in(window, project_path)
    window.view_state.set_time_us(200_000)
    press(window, "F3")
    settle(qtbot, window)
    assert window.docks.panels["Filters"].isVisible()
    return window


def choose(menu, text):
    next(action for action in menu.actions() if action.text() == text).trigger()


def add(qtbot, window, kind):
    panel = window.side_panels.filters
    n = len(panel.cards)
    choose(panel.add.menu(), kind.title)
    qtbot.waitUntil(lambda: len(panel.cards) == n + 1)
    settle(qtbot, window)
    return panel.cards[-1]


def kept(window):
    with Project.open(window.document.project.path, read_only=True) as project:
        return project.recordings()[0].filters


def n_shown(window):
    image = window.workspace.events_pane.picture.image
    return int(np.count_nonzero(image))


def test_every_filter_can_be_added_and_all_taken_back(qtbot, shown, press):
    panel = shown.side_panels.filters
    assert panel.is_empty
    for kind in FILTERS.values():
        card = add(qtbot, shown, kind)
        assert card.filter == kind()
        assert set(card.fields) == {field.name for field, _ in kind.parameters()}
    assert not panel.is_empty
    assert kept(shown) == tuple(kind() for kind in FILTERS.values())
    for n in reversed(range(len(FILTERS))):
        press(shown, "Ctrl+Z")
        qtbot.waitUntil(lambda n=n: len(panel.cards) == n)
    settle(qtbot, shown)
    assert kept(shown) == ()
    assert panel.is_empty
    press(shown, "Ctrl+Shift+Z")
    qtbot.waitUntil(lambda: len(panel.cards) == 1)


def test_a_filter_changes_what_is_seen_and_says_how_many_events_it_leaves_out(qtbot, shown):
    before = n_shown(shown)
    card = add(qtbot, shown, Thinning)
    recording = shown.document.recording
    start_us, stop_us = 200_000 - shown.view_state.window_us, 200_000
    n_all = len(recording.unfiltered_events.read(start_us, stop_us))
    n = n_all - len(recording.events.read(start_us, stop_us))
    qtbot.waitUntil(lambda: card.count.text() != "")
    assert f"Leaves out {n:,}".replace(",", "\u202f") in card.count.text()
    assert f"({n / n_all:.1%})" in card.count.text()
    assert 0.3 * before < n_shown(shown) < 0.8 * before
    assert "filtered" in shown.workspace.events_pane.header.info
    card.is_on.click()
    qtbot.waitUntil(lambda: kept(shown) == (Thinning(is_on=False),))
    settle(qtbot, shown)
    assert n_shown(shown) == before
    assert card.count.text() == "Off"
    assert "filtered" not in shown.workspace.events_pane.header.info


def test_a_number_that_is_typed_is_one_edit(qtbot, shown, focus):
    card = add(qtbot, shown, Thinning)
    n_edits = shown.document.project.count_edits()
    box = card.fields["kept_percent"]
    focus(shown, box)
    box.selectAll()
    qtbot.keyClicks(box, "25")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: kept(shown) == (Thinning(kept_percent=25.0),))
    assert shown.document.project.count_edits() == n_edits + 1
    # Turning rests before it becomes an edit, and only one.
    for _ in range(4):
        qtbot.keyClick(box, Qt.Key.Key_Up)
    wanted = Thinning(kept_percent=box.value())
    assert wanted.kept_percent > 25
    qtbot.waitUntil(lambda: kept(shown) == (wanted,))
    assert shown.document.project.count_edits() == n_edits + 2


def test_filters_change_places_and_go(qtbot, shown):
    panel = shown.side_panels.filters
    for kind in (Polarity, Thinning, Region):
        add(qtbot, shown, kind)
    names = [card.filter.name for card in panel.cards]
    assert not panel.cards[0].up.isEnabled()
    assert not panel.cards[2].down.isEnabled()
    qtbot.mouseClick(panel.cards[2].up, Qt.MouseButton.LeftButton)
    wanted = [names[0], names[2], names[1]]
    qtbot.waitUntil(lambda: [card.filter.name for card in panel.cards] == wanted)
    settle(qtbot, shown)
    qtbot.mouseClick(panel.cards[0].remove, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: [one.name for one in kept(shown)] == wanted[1:])


def test_changes_in_quick_succession_are_all_made(qtbot, shown):
    panel = shown.side_panels.filters
    for kind in (Polarity, Thinning, Region):
        choose(panel.add.menu(), kind.title)
    assert len(panel.cards) == 3
    panel.cards[1].fields["kept_percent"].setValue(10.0)
    panel.cards[1].settle()
    panel.cards[0].remove.click()
    panel.cards[1].is_on.click()
    wanted = (Thinning(kept_percent=10.0), Region(is_on=False))
    qtbot.waitUntil(lambda: kept(shown) == wanted)
    settle(qtbot, shown)
    assert tuple(card.filter for card in panel.cards) == wanted
    assert shown.document.recording.filters == wanted


def test_a_change_that_cannot_be_written_is_not_shown(qtbot, shown, monkeypatch):
    panel = shown.side_panels.filters
    add(qtbot, shown, Polarity)
    problems = []
    shown.document.failed.connect(problems.append)

    def refuse(self, _edit):
        raise ProjectFileError(self.path, "the disk is full")

    monkeypatch.setattr(Project, "apply", refuse)
    choose(panel.add.menu(), Thinning.title)
    qtbot.waitUntil(lambda: problems != [])
    qtbot.waitUntil(lambda: len(panel.cards) == 1)
    assert kept(shown) == (Polarity(),)


def test_what_a_filter_leaves_out_is_drawn_while_pointed_at_or_pinned(qtbot, shown):
    overlay = shown.workspace.events_pane.left_out
    add(qtbot, shown, Region)
    card = add(qtbot, shown, Polarity)
    assert not overlay.isVisible()
    place = QPointF(3, 3)
    QApplication.sendEvent(card.preview, QEnterEvent(place, place, place))
    qtbot.waitUntil(overlay.isVisible)
    stop_us = 200_000
    events = shown.document.recording.unfiltered_events.read(
        stop_us - shown.view_state.window_us, stop_us
    )
    wanted = np.zeros((120, 160), np.uint8)
    wanted[events.y[~events.p], events.x[~events.p]] = 1
    np.testing.assert_array_equal(overlay.mask, wanted)
    QApplication.sendEvent(card.preview, QEvent(QEvent.Type.Leave))
    qtbot.waitUntil(lambda: not overlay.isVisible())
    # One that is off shows what it would leave out.
    card.is_on.click()
    settle(qtbot, shown)
    card.preview.click()
    qtbot.waitUntil(overlay.isVisible)
    qtbot.waitUntil(lambda: card.count.text().startswith("Would leave out"))
    np.testing.assert_array_equal(overlay.mask, wanted)
    card.preview.click()
    qtbot.waitUntil(lambda: not overlay.isVisible())


def test_hot_pixels_are_found_and_marked_on_the_events(qtbot, window, press, tmp_path):
    random = np.random.default_rng(1)
    t = np.sort(random.integers(0, 1_000_000, 20_000))
    x, y = random.integers(0, 160, 20_000), random.integers(0, 120, 20_000)
    at = np.arange(500, 1_000_000, 2_000)
    hot = ((12, 40), (150, 3))
    t = np.concatenate([t, at, at + 7])
    x = np.concatenate([x, *(np.full(len(at), px) for px, _ in hot)])
    y = np.concatenate([y, *(np.full(len(at), py) for _, py in hot)])
    order = np.argsort(t, kind="stable")
    events = Events(
        t[order], x[order].astype("u2"), y[order].astype("u2"), random.random(len(t)) < 0.5
    )
    write_events_hdf5(tmp_path / "hot.h5", [events], resolution=(160, 120))
    with Project.create(tmp_path / "hot.evface") as project:
        project.add_recording(tmp_path / "hot.h5")
    window.document.open([tmp_path / "hot.evface"])
    qtbot.waitUntil(lambda: window.document.recording is not None, timeout=10_000)
    window.view_state.set_time_us(500_000)
    press(window, "F3")
    # At once, while the filter is still on its way to the disk.
    choose(window.side_panels.filters.add.menu(), HotPixels.title)
    (card,) = window.side_panels.filters.cards
    qtbot.mouseClick(card.find_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: card.filter.pixels != (), timeout=20_000)
    settle(qtbot, window)
    assert sorted(card.filter.pixels) == sorted(hot)
    assert card.pixels.text() == "2 pixels"
    overlay = window.workspace.events_pane.left_out
    qtbot.waitUntil(overlay.isVisible)
    assert sorted(overlay.rings) == sorted(hot)
    assert {(px, py) for py, px in np.argwhere(overlay.mask)} == set(hot)
    assert kept(window) == (card.filter,)
    press(window, "Ctrl+Z")
    qtbot.waitUntil(lambda: card.filter.pixels == ())


def test_a_search_can_be_stopped_and_a_preview_ends_with_its_filter(
    qtbot, shown, press, monkeypatch
):
    begun = threading.Event()

    def search(request):
        begun.set()
        while True:
            request.report(0.5)
            time.sleep(0.005)

    monkeypatch.setattr(shown.filtering._searcher, "_work", search)
    card = add(qtbot, shown, HotPixels)
    qtbot.mouseClick(card.find_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "50%" in card.find_button.text() and begun.is_set())
    qtbot.mouseClick(card.find_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: card.find_button.text() == "Find hot pixels")
    qtbot.waitUntil(lambda: shown.filtering._searcher.is_idle)
    assert card.filter == HotPixels()
    card.preview.click()
    overlay = shown.workspace.events_pane.left_out
    qtbot.waitUntil(overlay.isVisible)
    press(shown, "Ctrl+Z")
    qtbot.waitUntil(lambda: not shown.side_panels.filters.cards)
    assert shown.filtering.previewed is None
    qtbot.waitUntil(lambda: not overlay.isVisible())


def test_presets_are_one_edit_each(qtbot, shown, press):
    panel = shown.side_panels.filters
    for name, filters in PRESETS.items():
        choose(panel.presets.menu(), name)
        qtbot.waitUntil(lambda filters=filters: kept(shown) == filters)
        settle(qtbot, shown)
        press(shown, "Ctrl+Z")
        qtbot.waitUntil(lambda: kept(shown) == ())
        settle(qtbot, shown)


def test_filters_of_lone_media_last_for_the_view_and_come_along_into_a_project(
    qtbot, window, open_in, press, media, tmp_path
):
    open_in(window, media / "face.h5")
    press(window, "F3")
    assert window.side_panels.filters.note.isVisible()
    add(qtbot, window, Polarity)
    recording = window.document.recording
    assert recording.filters == (Polarity(),)
    assert recording.events.read(0, 500_000).p.all()
    window.document.save_as_project(tmp_path / "new.evface")
    qtbot.waitUntil(lambda: window.document.project is not None, timeout=10_000)
    settle(qtbot, window)
    assert kept(window) == (Polarity(),)
    assert not window.side_panels.filters.note.isVisible()
    assert window.document.recording.filters == (Polarity(),)


def test_a_project_that_can_only_be_read_shows_its_filters_and_keeps_them(
    qtbot, window, open_in, press, project_path
):
    with Project.open(project_path) as project:
        entry = project.recordings()[0]
        project.apply(SetFilters(entry.id, (Polarity(keeps="off"),)))
    lock = EditingLock(project_path)
    try:
        open_in(window, project_path)
        press(window, "F3")
        settle(qtbot, window)
        (card,) = window.side_panels.filters.cards
        assert window.document.is_read_only
        assert not card.is_on.isEnabled()
        assert not card.remove.isEnabled()
        assert not window.side_panels.filters.add.isEnabled()
        assert card.preview.isEnabled()
        assert not window.document.recording.events.read(0, 500_000).p.any()
    finally:
        lock.release()
