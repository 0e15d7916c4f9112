"""Whatever is done in whatever order, the timeline shows what the project holds."""

import random

import pytest
from PySide6.QtCore import Qt

KEYS = (
    *("A", "B", "C", "D", "E", "Shift+X", "Shift+L", "Shift+R", "Shift+B"),
    *("Shift+P", "Shift+A", "Shift+N", "I", "T", "O", "S", "+", "Delete"),
    *("Alt+Right", "Alt+Left", "Alt+Shift+Right", "Alt+.", "Alt+,", "PgUp", "PgDown"),
    *("Up", "Down", "G", "Y", "N", "Shift+Y", "Escape"),
    *("Ctrl+Z", "Ctrl+Z", "Ctrl+Shift+Z"),
)
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_after_many_changes_the_rows_hold_what_the_project_holds(opened, press, drag, stored, seed):
    chance = random.Random(seed)
    units = opened.coding.units.shown
    n_seen = 0
    for step in range(45):
        if chance.random() < 0.3:
            first_us, last_us = chance.sample(range(10_000, 490_000, 1_000), 2)
            modifiers = chance.choice([CTRL, Qt.KeyboardModifier.NoModifier])
            drag(chance.choice(units), first_us, last_us, modifiers)
            opened.workspace.timeline.fit()
        else:
            opened.view_state.set_time_us(chance.randrange(500_000))
            press(opened, chance.choice(KEYS))
        if step % 9 == 8:
            n_seen = max(n_seen, len(stored()))
    assert n_seen > 2
