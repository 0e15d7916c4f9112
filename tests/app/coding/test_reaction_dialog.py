"""Ten taps that tell how late a person presses."""

import pytest
from PySide6.QtCore import Qt, QTimer

from evface.annotations.reaction import NO_REACTION
from evface_studio.dialogs.reaction_dialog import ReactionDialog
from evface_studio.look.theme import DARK


@pytest.fixture
def dialog(qtbot, opened, request):
    dialog = ReactionDialog(opened.marking, DARK, opened, wait_ms=request.param)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


@pytest.mark.parametrize("dialog", [(250, 260)], indirect=True)
def test_ten_taps_are_measured_and_kept(qtbot, opened, dialog):
    late_ms = 150
    dialog.lamp.lit.connect(
        lambda: QTimer.singleShot(late_ms, lambda: qtbot.keyClick(dialog, Qt.Key.Key_Space))
    )
    dialog.start_button.click()
    assert not dialog.keep_button.isEnabled()
    qtbot.waitUntil(dialog.keep_button.isEnabled, timeout=15_000)
    assert "You press" in dialog.words
    assert opened.marking.reaction == NO_REACTION
    dialog.keep_button.click()
    assert opened.marking.reaction.delay_us == pytest.approx(late_ms * 1_000, abs=40_000)
    assert opened.marking.reaction.n_used >= 6


@pytest.mark.parametrize("dialog", [(5, 10)], indirect=True)
def test_without_taps_nothing_is_measured_and_it_says_why(qtbot, opened, dialog):
    dialog.start_button.click()
    qtbot.waitUntil(lambda: not dialog.is_running, timeout=15_000)
    assert "only 0 of 10" in dialog.words.lower()
    assert not dialog.keep_button.isEnabled()
    assert opened.marking.reaction == NO_REACTION
