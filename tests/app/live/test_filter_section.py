"""What is left out of the live picture, set through the widgets, on a camera that flickers."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from evface.events.events import Events
from evface.events.filters.flicker import Flicker
from evface.events.filters.hot_pixels import HotPixels
from evface.events.filters.regions import Region
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface_studio.live.choice import LiveChoice
from evface_studio.live.filter_section import FilterSection
from evface_studio.look.theme import DARK

PATIENCE_MS = 60_000
HOT = (3, 5)


@pytest.fixture
def section(qtbot):
    section = FilterSection(DARK)
    qtbot.addWidget(section)
    section.set_resolution((160, 120))
    section.show()
    return section


@pytest.fixture
def flickering(tmp_path):
    """Return a camera that sees a lamp at 50 Hz, something that moves, and has a hot pixel."""
    generator = np.random.default_rng(5)
    duration_us = 1_000_000
    # The lamp: at every flash, one pixel in two of the left half brightens.
    flashes_us = np.arange(0, duration_us, 10_000)
    x, y = np.meshgrid(np.arange(0, 80, 2), np.arange(0, 120, 2))
    lamp = Events(
        np.repeat(flashes_us, x.size),
        np.tile(x.ravel(), len(flashes_us)).astype(np.uint16),
        np.tile(y.ravel(), len(flashes_us)).astype(np.uint16),
        np.ones(x.size * len(flashes_us), bool),
    )
    # What moves: a column that walks over the right half, each pixel once.
    t = np.repeat(np.arange(0, duration_us, 12_500), 120)
    moving = Events(
        t,
        (80 + t // 12_500).astype(np.uint16),
        np.tile(np.arange(120), 80).astype(np.uint16),
        generator.random(len(t)) < 0.5,
    )
    t = np.sort(generator.integers(0, duration_us, 2_000))
    hot = Events(
        t,
        np.full(len(t), HOT[0], np.uint16),
        np.full(len(t), HOT[1], np.uint16),
        generator.random(len(t)) < 0.5,
    )
    together = Events.concatenate([lamp, moving, hot])
    order = np.argsort(together.t, kind="stable")
    events = Events(*(getattr(together, name)[order] for name in "txyp"))
    write_events_hdf5(tmp_path / "lamp.h5", [events], resolution=(160, 120), video_offset_us=0)
    return LiveChoice(f"replay:{tmp_path / 'lamp.h5'}?loop=1", "")


@pytest.fixture
def shown(qtbot, window, flickering):
    window.show()
    window.choose(flickering)
    qtbot.waitUntil(lambda: window.pictures.events.shown is not None, timeout=PATIENCE_MS)
    return window


def share_of(window, name):
    shares = window.filtering.shares
    return 0.0 if shares is None else shares[list(window.side.filters.rows).index(name)]


def switch(window, name):
    window.side.filters.rows[name].switch.click()


def drag(view, begin, end):
    """Drag with the left button over a picture, from a point of it to another."""
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    begin, end = (view.position_of(QPointF(*point)) for point in (begin, end))
    for kind, at, button, buttons in (
        (QEvent.Type.MouseButtonPress, begin, left, left),
        (QEvent.Type.MouseMove, (begin + end) / 2, none, left),
        (QEvent.Type.MouseMove, end, none, left),
        (QEvent.Type.MouseButtonRelease, end, left, none),
    ):
        place = view.viewport().mapToGlobal(at)
        no_keys = Qt.KeyboardModifier.NoModifier
        event = QMouseEvent(kind, at, place, button, buttons, no_keys)
        QApplication.sendEvent(view.viewport(), event)


def test_nothing_is_left_out_at_first(section):
    assert section.filters.is_idle
    assert not section.total.text()
    assert all(not row.switch.isChecked() for row in section.rows.values())


def test_a_switch_turns_its_filter_on_and_shows_what_can_be_set(qtbot, section):
    row = section.rows["flicker"]
    assert not row.fields["mains_hz"].isVisible()
    with qtbot.waitSignal(section.changed) as changed:
        row.switch.click()
    on = [one for one in changed.args[0].filters if one.is_on]
    assert on == [Flicker(mains_hz=50)]
    assert row.fields["mains_hz"].isVisible()
    with qtbot.waitSignal(section.changed):
        row.fields["mains_hz"].setCurrentIndex(1)
    assert Flicker(mains_hz=60) in section.filters.filters


def test_a_number_is_told_once_it_rests(qtbot, section):
    section.rows["rate-cap"].switch.click()
    with qtbot.waitSignal(section.changed, timeout=PATIENCE_MS) as changed:
        section.rows["rate-cap"].fields["most_mev_s"].setValue(2.0)
    assert changed.args[0].filters[-1].most_mev_s == 2.0


def test_each_filter_says_what_it_leaves_out(section):
    section.rows["flicker"].switch.click()
    section.show_left_out((0.0, 0.0, 0.0, 0.25, 0.0, 0.0))
    assert section.rows["flicker"].share.text() == "25% left out"
    assert section.total.text() == "25% left out"
    section.show_left_out(None)
    assert not section.total.text()


def test_the_wheel_over_a_number_changes_nothing(section):
    section.rows["rate-cap"].switch.click()
    field = section.rows["rate-cap"].fields["most_mev_s"]
    before, at = field.value(), QPointF(5, 5)
    wheel = QWheelEvent(
        at, field.mapToGlobal(at), QPointF(0, 0).toPoint(), QPointF(0, 120).toPoint(),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase,
        False,
    )  # fmt: skip
    QApplication.sendEvent(field, wheel)
    assert field.value() == before
    assert not wheel.isAccepted()


def test_another_camera_begins_without_region_and_hot_pixels(section):
    section.set_region(Region(left_px=10, top_px=10, width_px=20, height_px=20))
    section.rows["hot-pixels"].switch.click()
    section.add_hot_pixels([HOT])
    section.rows["flicker"].switch.click()
    section.begin()
    section.set_resolution((320, 240))
    region, hot, _, flicker, *_ = section.filters.filters
    assert (region.is_on, region.width_px, region.height_px) == (False, 320, 240)
    assert (hot.is_on, hot.pixels) == (False, ())
    assert flicker.is_on


def test_a_flickering_lamp_goes_quiet_when_the_switch_is_on(qtbot, shown):
    def lamp_is_seen():
        picture = shown.pictures.events.shown
        return np.count_nonzero(picture.image[:, :80]) > 1_000

    qtbot.waitUntil(lamp_is_seen, timeout=PATIENCE_MS)
    switch(shown, "flicker")
    # Of 242,000 events a second, 240,000 are the lamp's; at each loop it has to be known anew.
    qtbot.waitUntil(lambda: share_of(shown, "flicker") > 0.5, timeout=PATIENCE_MS)
    qtbot.waitUntil(
        lambda: (
            np.count_nonzero(shown.pictures.events.shown.image[:, :80]) < 10
            and np.count_nonzero(shown.pictures.events.shown.image[:, 80:]) > 50
        ),
        timeout=PATIENCE_MS,
    )
    qtbot.waitUntil(
        lambda: "left out" in shown.side.filters.rows["flicker"].share.text(), timeout=PATIENCE_MS
    )
    switch(shown, "flicker")
    qtbot.waitUntil(lamp_is_seen, timeout=PATIENCE_MS)


def test_a_hot_pixel_is_found_and_left_out(qtbot, shown):
    switch(shown, "hot-pixels")
    row, search = shown.side.filters.rows["hot-pixels"], shown.side.filters.search
    assert isinstance(row.filter, HotPixels)

    def is_found():
        # Where too little came yet, it is searched again.
        if search.isEnabled() and not row.filter.pixels:
            search.click()
        return row.filter.pixels == (HOT,)

    qtbot.waitUntil(is_found, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: share_of(shown, "hot-pixels") > 0, timeout=PATIENCE_MS)


def test_hot_pixels_of_the_camera_before_are_not_left_out(qtbot, shown, flickering):
    qtbot.waitUntil(lambda: n_kept(shown) > 300_000, timeout=PATIENCE_MS)
    row = shown.side.filters.rows["hot-pixels"]
    switch(shown, "hot-pixels")
    # While they are searched another camera is chosen.
    shown.choose(flickering)
    qtbot.waitUntil(lambda: shown.session.pipeline is not None, timeout=PATIENCE_MS)
    assert row.filter == HotPixels(is_on=False)


def n_kept(window):
    return sum(one.n_events for one in window.session.pipeline.replay().moments.packed)


def test_a_region_is_drawn_on_the_picture(qtbot, shown):
    qtbot.waitUntil(
        lambda: shown.side.filters.rows["region"].filter.width_px == 160, timeout=PATIENCE_MS
    )
    switch(shown, "region")
    assert shown.filtering.region.is_on
    view = shown.pictures.events.picture
    drag(view, (30, 20), (100, 90))
    region = shown.side.filters.rows["region"].filter
    box = (region.left_px, region.top_px, region.width_px, region.height_px)
    assert box == pytest.approx((30, 20, 70, 70), abs=1)
    assert not shown.filtering.region.is_on
    qtbot.waitUntil(lambda: share_of(shown, "region") > 0, timeout=PATIENCE_MS)

    def is_dark_outside():
        image = shown.pictures.events.shown.image.copy()
        image[region.top_px : region.top_px + region.height_px,
              region.left_px : region.left_px + region.width_px] = 0  # fmt: skip
        return not image.any()

    qtbot.waitUntil(is_dark_outside, timeout=PATIENCE_MS)


def test_filters_hold_for_the_camera_that_is_shown_next(qtbot, shown, flickering):
    switch(shown, "flicker")
    shown.choose(flickering)
    qtbot.waitUntil(lambda: share_of(shown, "flicker") > 0.5, timeout=PATIENCE_MS)
