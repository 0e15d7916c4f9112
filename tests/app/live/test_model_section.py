"""Which networks can be chosen live, and what happens with those that cannot be used."""

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from evface.live.state import Link, LiveState, Working
from evface_studio.live.choice import ModelChoice
from evface_studio.live.model_section import ModelSection, Network
from evface_studio.look.theme import DARK

PATIENCE_MS = 60_000
UNITS = {
    "network": "au_light",
    "settings": {"looks_ahead": False},
    "inputs": {"modality": "events"},
    "targets": {"n_classes": 24},
}
LANDMARKS = {"network": "kp_slpt", "settings": {}, "inputs": {}, "feeding": {"uses_rgb": False}}


@pytest.fixture
def section(qtbot):
    section = ModelSection(ModelChoice(teacher=""), DARK)
    qtbot.addWidget(section)
    yield section
    section.close_threads()


@pytest.fixture
def file(tmp_path):
    """Return a function that writes a checkpoint without weights."""

    def write(name, about, version=1):
        said = {"format": "evface network", "version": version, **about}
        header = json.dumps({"__metadata__": {"evface": json.dumps(said)}}).encode()
        path = tmp_path / f"{name}.safetensors"
        path.write_bytes(len(header).to_bytes(8, "little") + header)
        return path

    return write


def said(section):
    return section._state.text()


def choose(qtbot, section, path, task):
    section.choose_file(path, task)
    qtbot.waitUntil(lambda: section._reader.is_idle, timeout=PATIENCE_MS)


def test_networks_that_cannot_be_asked_live_are_last_and_say_why(section):
    networks = [
        Network("ahead", Path("/a"), "action_units", "looks ahead, as nobody can; train au_live"),
        Network("light", Path("/b"), "action_units"),
    ]
    section.list_networks(networks)
    box = section.networks["action_units"]
    names = [box.itemText(i) for i in range(box.count())]
    assert names == ["None", "light", "ahead – looks ahead, as nobody can", "A file…"]
    assert [bool(box.model().item(i).isEnabled()) for i in range(4)] == [True, True, False, True]
    tip = box.itemData(2, Qt.ItemDataRole.ToolTipRole)
    assert tip == "Looks ahead, as nobody can; train au_live"


def test_a_network_that_is_chosen_stays_when_others_are_listed(qtbot, section, file):
    path = file("mine", UNITS)
    choose(qtbot, section, path, "action_units")
    section.list_networks([Network("light", Path("/b"), "action_units")])
    assert section.models.checkpoints == (path,)
    assert section.networks["action_units"].currentText() == "mine"


@pytest.mark.parametrize(
    ("about", "version", "words"),
    [
        (UNITS | {"settings": {"looks_ahead": True}}, 1, "Ahead: looks ahead"),
        (LANDMARKS, 1, "Ahead: is a network of landmarks; choose it there"),
        ({"network": "ssmer", "settings": {}, "inputs": {}}, 1, "Ahead: predicts nothing"),
        (UNITS, 99, "Ahead: was written by a newer evface"),
    ],
)
def test_a_file_that_cannot_be_used_says_why_and_the_choice_stays(
    qtbot, section, file, about, version, words
):
    good = file("good", UNITS)
    choose(qtbot, section, good, "action_units")
    changes = []
    section.changed.connect(changes.append)
    choose(qtbot, section, file("ahead", about, version), "action_units")
    assert said(section).startswith(words)
    assert section.models.checkpoints == (good,)
    assert section.networks["action_units"].currentText() == "good"
    assert not changes


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x80\x04\x95 and code", "holds Python objects, which could run code"),
        (b"nothing at all", "is no network, or damaged"),
        (None, "cannot be read"),
    ],
)
def test_a_file_that_is_no_network_says_so(qtbot, section, tmp_path, content, words):
    path = tmp_path / "strange.safetensors"
    if content is not None:
        path.write_bytes(content)
    choose(qtbot, section, path, "landmarks")
    assert words in said(section)
    assert section.models.checkpoints == ()


def test_action_units_without_landmarks_are_said_to_lack_a_place(qtbot, section, file):
    section.set_has_rgb(False)
    choose(qtbot, section, file("units", UNITS), "action_units")
    assert "middle of the picture" in said(section)
    assert section.tells_units
    choose(qtbot, section, file("points", LANDMARKS), "landmarks")
    assert said(section) == ""


def test_a_network_that_fails_when_it_is_loaded_falls_back_and_the_reason_stays(
    qtbot, section, file
):
    path = file("units", UNITS)
    choose(qtbot, section, path, "action_units")
    changes = []
    section.changed.connect(changes.append)
    why = "units.safetensors: is damaged; train it again"
    section.show_state(
        LiveState(Link.RUNNING, "", working=Working.OFF, working_words=why, refused=(path,))
    )
    assert changes == [ModelChoice((), "")]
    assert section.networks["action_units"].currentText() == "None"
    section.show_state(LiveState(Link.RUNNING, "", working=Working.OFF))
    assert "is damaged" in said(section)
    section._choose("action_units", None)
    assert said(section) == ""


def test_the_view_goes_on_without_a_network_that_does_not_fit(qtbot, window, choice, file):
    section = window.side.models
    window.show()
    window.choose(choice)
    qtbot.waitUntil(lambda: window.pictures.events.shown is not None, timeout=PATIENCE_MS)
    choose(qtbot, section, file("empty", UNITS), "action_units")
    assert section.models.checkpoints
    qtbot.waitUntil(lambda: not section.models.checkpoints, timeout=PATIENCE_MS)
    assert "does not fit" in said(section)
    number = window.pictures.events.shown.number
    qtbot.waitUntil(lambda: window.pictures.events.shown.number > number, timeout=PATIENCE_MS)
