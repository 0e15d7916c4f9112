"""The live window with cameras at a fake USB: found, shown, pulled, and set through its widgets."""

import sys
import threading

import numpy as np
import pytest

from evface.cameras.base import CameraKind
from evface.cameras.usb_kinds import USB_KINDS
from evface.events.events import Events
from evface.events.formats.raw_header import read_raw_header
from evface.events.formats.raw_writer import RawEventWriter
from evface_studio.document import Document
from evface_studio.live.choice import LiveChoice
from evface_studio.live.listing import RecordingList
from evface_studio.live.live_window import LiveWindow
from evface_studio.settings import Settings
from evface_studio.wording import format_count

PATIENCE_MS = 60_000
STEP_US = 20_000
EVK4 = "prophesee-evk4:00050423"


@pytest.fixture
def encode(tmp_path):
    """Return the bytes that an EVK4 sends in one step of time."""

    def bytes_of(step, n_events=300):
        random = np.random.default_rng(step)
        t = np.sort(random.integers(step * STEP_US, (step + 1) * STEP_US, n_events))
        x, y = (random.integers(0, n, n_events).astype(np.uint16) for n in (1280, 720))
        path = tmp_path / "step.raw"
        with RawEventWriter(path, resolution=(1280, 720), encoding="EVT3") as writer:
            writer.append(Events(t, x, y, random.random(n_events) < 0.5))
        return path.read_bytes()[read_raw_header(path).n_bytes :]

    return bytes_of


class Feeder:
    """Has a camera send events, step by step, for as long as it is open."""

    def __init__(self, camera, encode):
        self._camera, self._encode = camera, encode
        self._step = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def put(self):
        self._camera.put(self._encode(self._step))
        self._step += 1

    def stop(self):
        self._stopping.set()
        self._thread.join()

    def _run(self):
        while not self._stopping.wait(STEP_US / 1e6):
            if self._camera.is_open:
                self.put()


@pytest.fixture
def feeding(plugged, encode):
    feeder = Feeder(plugged, encode)
    yield feeder
    feeder.stop()


@pytest.fixture
def shown(qtbot, window, feeding):
    window.show()
    window.choose(LiveChoice(EVK4))
    wait_for_a_picture(qtbot, window)
    yield window
    feeding.stop()


def wait_for_a_picture(qtbot, window, after=-1):
    def has_one():
        picture = window.pictures.events.shown
        return picture is not None and picture.number > after and not window.strip.isVisible()

    qtbot.waitUntil(has_one, timeout=PATIENCE_MS)


def rows_of(qtbot, window):
    """Return the rows of event cameras once they were looked for."""
    window.show()
    window.ask_camera()
    qtbot.waitUntil(lambda: not window.finding.is_looking, timeout=PATIENCE_MS)
    rows = window.camera_page.rows
    return [row for row in rows if row.found.info.kind is CameraKind.EVENT_CAMERA]


def values_of(window):
    return {control.key: control.value for control in window.session.pipeline.camera.controls}


def defaults_of(window):
    return {control.key: control.default for control in window.session.pipeline.camera.controls}


def wait_until_sent(qtbot, plugged, fake_drivers, values):
    """Wait until the driver was told to set these values of an EVK4."""
    wanted = USB_KINDS["Prophesee EVK4"].configure(fake_drivers, values)
    qtbot.waitUntil(lambda: plugged.configurations[-1] == wanted, timeout=PATIENCE_MS)


def test_two_cameras_of_one_kind_are_told_apart_by_their_serials(qtbot, window, fake_drivers):
    fake_drivers.bus.cameras += [fake_drivers.PluggedCamera(serial=one) for one in ("11", "22")]
    first, second = rows_of(qtbot, window)
    assert [first.title, second.title] == ["Prophesee EVK4 11", "Prophesee EVK4 22"]
    second.button.click()
    qtbot.waitUntil(lambda: fake_drivers.bus.cameras[1].is_open, timeout=PATIENCE_MS)
    assert not fake_drivers.bus.cameras[0].is_open
    qtbot.waitUntil(lambda: "22" in window.top.camera, timeout=PATIENCE_MS)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("Access denied (insufficient permissions)", "not be used by you"),
        ("Resource busy", "close that program"),
        ("Firmware version not supported (it runs on version 0.4)", "update it"),
    ],
)
def test_a_camera_that_cannot_be_used_says_why_and_what_to_do(
    qtbot, window, fake_drivers, said, words
):
    fake_drivers.bus.cameras.append(fake_drivers.PluggedCamera(error=said))
    (row,) = rows_of(qtbot, window)
    assert words in row.words
    assert row.button.isHidden()


def test_a_missing_package_is_told_with_how_to_install_it(qtbot, window, monkeypatch):
    monkeypatch.setitem(sys.modules, "neuromorphic_drivers", None)
    (row,) = rows_of(qtbot, window)
    assert 'pip install "evface[live]"' in row.words


def test_the_camera_that_was_shown_is_free_again_when_another_is_chosen(qtbot, shown, fake_drivers):
    assert fake_drivers.bus.cameras[0].is_open
    (row,) = rows_of(qtbot, shown)
    assert not row.found.problem
    assert not row.button.isHidden()


@pytest.mark.usefixtures("feeding")
def test_a_camera_that_is_in_use_is_shown_as_soon_as_it_is_free(qtbot, window, plugged):
    plugged.is_open = True
    window.show()
    window.choose(LiveChoice(EVK4))
    qtbot.waitUntil(window.strip.isVisible, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: "cannot be used" in window.strip.words[0], timeout=PATIENCE_MS)
    assert "close that program" in window.strip.words[1]
    plugged.is_open = False
    wait_for_a_picture(qtbot, window)


def test_a_pulled_cable_is_told_and_the_picture_comes_back_each_time(qtbot, shown, plugged):
    for _ in range(5):
        number = shown.pictures.events.shown.number
        plugged.unplug()
        qtbot.waitUntil(shown.strip.isVisible, timeout=PATIENCE_MS)
        assert shown.strip.words[0] in ("The camera is lost", "Reconnecting…")
        plugged.plug()
        wait_for_a_picture(qtbot, shown, after=number)
    qtbot.waitUntil(lambda: shown.session.pipeline.counters.n_reconnected == 5, timeout=PATIENCE_MS)


def test_what_a_burst_loses_is_counted_on_the_screen_and_lights_the_lamp(
    qtbot, shown, plugged, feeding
):
    feeding.stop()
    qtbot.waitUntil(lambda: plugged.count_waiting() == 0, timeout=PATIENCE_MS)
    plugged.ring_length = 0
    for _ in range(17):
        feeding.put()
    plugged.ring_length = 64
    # What comes after the gap tells of it.
    feeding.put()
    counters = shown.session.pipeline.counters

    def is_told():
        n = format_count(counters.n_dropped_by_camera)
        words = f"{n} lost on the way"
        return words in shown.figures.text() and "Losing events" in shown.top.lamp.text()

    qtbot.waitUntil(is_told, timeout=PATIENCE_MS)
    assert counters.n_dropped_by_camera >= 17


def test_every_control_reaches_the_camera(qtbot, shown, plugged, fake_drivers):
    section = shown.side.controls
    qtbot.waitUntil(lambda: len(section.rows) > 5, timeout=PATIENCE_MS)
    expected = values_of(shown)
    for control in shown.session.pipeline.camera.controls:
        row = section.rows[control.key]
        value = control.minimum if control.default == control.maximum else control.maximum
        row.slider.setValue(value)
        expected[control.key] = value
        wait_until_sent(qtbot, plugged, fake_drivers, expected)


def test_presets_and_the_reset_reach_the_camera(qtbot, shown, plugged, fake_drivers):
    section = shown.side.controls
    qtbot.waitUntil(lambda: section.preset.count() > 3, timeout=PATIENCE_MS)
    camera = shown.session.pipeline.camera
    defaults = defaults_of(shown)
    for k, preset in enumerate(camera.presets):
        section.preset.setCurrentIndex(k)
        section.preset.activated.emit(k)
        wait_until_sent(qtbot, plugged, fake_drivers, defaults | dict(preset.values))
        qtbot.waitUntil(
            lambda name=preset.name: section.preset.currentText() == name, timeout=PATIENCE_MS
        )
    section.reset.click()
    wait_until_sent(qtbot, plugged, fake_drivers, defaults)
    qtbot.waitUntil(lambda: section.preset.currentText() == "Factory", timeout=PATIENCE_MS)


def test_values_are_there_again_at_the_next_start(
    qtbot, shown, plugged, fake_drivers, feeding, tmp_path
):
    section = shown.side.controls
    qtbot.waitUntil(lambda: "diff_on" in section.rows, timeout=PATIENCE_MS)
    section.rows["diff_on"].slider.setValue(33)
    section.rows["rate_cap"].slider.setValue(12)
    expected = values_of(shown) | {"diff_on": 33, "rate_cap": 12}
    wait_until_sent(qtbot, plugged, fake_drivers, expected)
    # Closing keeps them at once.
    shown.close()
    feeding.stop()
    document = Document()
    again = LiveWindow(Settings(tmp_path / "studio.ini"), RecordingList(document))
    qtbot.addWidget(again)
    plugged.configurations.clear()
    again.choose(LiveChoice(EVK4))
    qtbot.waitUntil(lambda: bool(plugged.configurations), timeout=PATIENCE_MS)
    wait_until_sent(qtbot, plugged, fake_drivers, expected)
    # A reset forgets them.
    qtbot.waitUntil(lambda: "diff_on" in again.side.controls.rows, timeout=PATIENCE_MS)
    again.side.controls.reset.click()
    wait_until_sent(qtbot, plugged, fake_drivers, defaults_of(again))
    again.close()
    document.shut_down()
    assert not Settings(tmp_path / "studio.ini").camera_values(EVK4)


def test_values_are_kept_as_they_are_once_all_that_was_asked_for_is_set(qtbot, shown, tmp_path):
    section = shown.side.controls
    qtbot.waitUntil(lambda: "diff_on" in section.rows, timeout=PATIENCE_MS)
    may_go_on = threading.Event()
    shown.session.do(lambda: may_go_on.wait(60), lambda _: None)
    section.rows["diff_on"].slider.setValue(33)
    qtbot.waitUntil(lambda: not shown.remembered.is_waiting, timeout=PATIENCE_MS)
    may_go_on.set()
    kept = Settings(tmp_path / "studio.ini")
    qtbot.waitUntil(lambda: kept.camera_values(EVK4) == {"diff_on": 33}, timeout=PATIENCE_MS)


def test_values_survive_a_pulled_cable(qtbot, shown, plugged, fake_drivers):
    section = shown.side.controls
    qtbot.waitUntil(lambda: "diff_on" in section.rows, timeout=PATIENCE_MS)
    section.rows["diff_on"].slider.setValue(33)
    expected = values_of(shown) | {"diff_on": 33}
    wait_until_sent(qtbot, plugged, fake_drivers, expected)
    plugged.configurations.clear()
    number = shown.pictures.events.shown.number
    plugged.unplug()
    qtbot.waitUntil(shown.strip.isVisible, timeout=PATIENCE_MS)
    plugged.plug()
    wait_for_a_picture(qtbot, shown, after=number)
    wait_until_sent(qtbot, plugged, fake_drivers, expected)
    assert section.rows["diff_on"].number.value() == 33
