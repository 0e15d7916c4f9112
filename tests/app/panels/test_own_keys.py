import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from evface_studio.look.theme import DARK
from evface_studio.panels.confusion_matrix import ConfusionMatrix
from evface_studio.panels.curve_chart import CurveChart
from evface_studio.panels.figure_bars import FigureBars
from evface_studio.panels.own_keys import keep_key

KEYS = frozenset({Qt.Key.Key_Return})
NONE = Qt.KeyboardModifier.NoModifier


def asked(key, modifiers=NONE):
    return QKeyEvent(QEvent.Type.ShortcutOverride, key, modifiers)


def test_a_key_of_its_own_is_no_shortcut():
    event = asked(Qt.Key.Key_Return)
    event.ignore()
    assert keep_key(event, KEYS)
    assert event.isAccepted()


@pytest.mark.parametrize(
    "event",
    [
        asked(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier),
        asked(Qt.Key.Key_Space),
        QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, NONE),
    ],
)
def test_other_keys_and_those_with_modifiers_stay_shortcuts(event):
    assert not keep_key(event, KEYS)


@pytest.mark.parametrize(
    ("make", "key"),
    [
        (lambda: ConfusionMatrix(DARK), Qt.Key.Key_Down),
        (lambda: CurveChart("Loss", DARK), Qt.Key.Key_Right),
        (lambda: FigureBars("Figures", DARK), Qt.Key.Key_Down),
    ],
)
def test_shortcuts_of_the_window_are_reached_from_a_chart_save_those_it_walks_with(
    qtbot, make, key
):
    window = QWidget()
    qtbot.addWidget(window)
    chart = make()
    chart.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    QVBoxLayout(window).addWidget(chart)
    pressed = []
    for keys in ("Ctrl+Return", "Down", "Right"):
        QShortcut(keys, window).activated.connect(lambda keys=keys: pressed.append(keys))
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    chart.setFocus()
    qtbot.keyClick(chart, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(chart, key)
    assert pressed == ["Ctrl+Return"]
