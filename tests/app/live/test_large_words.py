"""What is written large for an audience fits every screen."""

import pytest
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from evface_studio.live.caption import Caption
from evface_studio.live.key_line import KEYS, KeyLine
from evface_studio.look.theme import DARK

PATIENCE_MS = 30_000


def in_width(qtbot, widget, width):
    """Show something alone in a window that wide; return the window."""
    window = QWidget()
    layout = QVBoxLayout(window)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(widget)
    qtbot.addWidget(window)
    window.resize(width, 80)
    window.show()
    widget.show()
    return window


@pytest.mark.parametrize("width", [800, 1280, 1920])
def test_all_keys_are_seen_whole(qtbot, width):
    line = KeyLine(DARK)
    window = in_width(qtbot, line, width)
    assert window.width() == width
    labels = line.findChildren(QLabel)
    assert len(labels) == 2 * len(KEYS)
    qtbot.waitUntil(
        lambda: all(
            label.width() >= label.sizeHint().width() and line.rect().contains(label.geometry())
            for label in labels
        ),
        timeout=PATIENCE_MS,
    )


@pytest.mark.parametrize(
    ("width", "said"), [(1700, "landmarks 400 ms late   ·   delay 20 ms"), (480, "delay 20 ms")]
)
def test_where_there_is_little_room_the_last_words_stay(qtbot, width, said):
    caption = Caption(DARK)
    window = in_width(qtbot, caption, width)
    caption.say("Live, without models", "landmarks 400 ms late", "delay 20 ms")
    assert caption.words == ("Live, without models", said)
    assert window.width() == width
