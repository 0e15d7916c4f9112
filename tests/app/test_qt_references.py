"""PySide6 6.12 on Python 3.11 loses a reference to None on each void call, until it aborts."""

import sys

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

N_CALLS = 2_000


class Emitter(QObject):
    emitted = Signal()


def test_void_calls_keep_the_references_to_none(qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    emitter = Emitter()
    widget.update()
    before = sys.getrefcount(None)
    for _ in range(N_CALLS):
        widget.update()
        emitter.emitted.emit()
    assert sys.getrefcount(None) > before - N_CALLS // 10
