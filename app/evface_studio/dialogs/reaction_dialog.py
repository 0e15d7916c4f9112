"""Ten taps that tell how late a person presses a key."""

from __future__ import annotations

import random
from time import perf_counter_ns

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from evface.annotations.reaction import (
    N_TAPS,
    NO_REACTION,
    ReactionError,
    ReactionTime,
    estimate_reaction,
)
from evface_studio.coding.marking import Marking
from evface_studio.look.theme import GRID, Theme
from evface_studio.wording import format_span

_LEAST_WAIT_MS, _LONGEST_WAIT_MS = 900, 2_200
_FLASH_MS = 150
_LAMP = 15 * GRID
# After the last flash, until its tap is no longer waited for.
_LAST_WAIT_MS = 1_100


class ReactionDialog(QDialog):
    """Shows ten flashes at times that cannot be guessed; any key or click taps.

    What is measured holds the delay of the screen as well: held keys have it, too.

    Parameters
    ----------
    wait_ms
        The least and the longest wait before a flash.
    """

    def __init__(
        self,
        marking: Marking,
        theme: Theme,
        parent: QWidget | None = None,
        *,
        wait_ms: tuple[int, int] = (_LEAST_WAIT_MS, _LONGEST_WAIT_MS),
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Measure your reaction")
        self._marking = marking
        self._wait_ms = wait_ms
        self._moments_us: list[int] = []
        self._taps_us: list[int] = []
        self._measured: ReactionTime | None = None
        self.lamp = _Lamp(theme)
        self._words = QLabel()
        self._words.setWordWrap(True)
        self._words.setMinimumHeight(self._words.fontMetrics().lineSpacing() * 3)
        self._words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.start_button = QPushButton("Start")
        self.start_button.setProperty("primary", True)
        self.keep_button = QPushButton("Keep")
        self.forget_button = QPushButton("Make up for nothing")
        for button in (self.start_button, self.keep_button, self.forget_button):
            button.setAutoDefault(False)
        self.start_button.clicked.connect(self.start)
        self.keep_button.clicked.connect(self._on_keep)
        self.forget_button.clicked.connect(self._on_forget)
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self.forget_button)
        row.addStretch(1)
        row.addWidget(self.start_button)
        row.addWidget(self.keep_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
        layout.setSpacing(2 * GRID)
        layout.addWidget(self.lamp, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self._words)
        layout.addLayout(row)
        self.setMinimumWidth(56 * GRID)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_timeout)
        self.lamp.lit.connect(self._on_lit)
        self._show_kept()

    @property
    def is_running(self) -> bool:
        """Whether flashes are still to come, or a tap is."""
        return self._timer.isActive()

    @property
    def words(self) -> str:
        """What is said."""
        return self._words.text()

    @Slot()
    def start(self) -> None:
        """Begin, or begin again."""
        self._moments_us, self._taps_us, self._measured = [], [], None
        for button in (self.start_button, self.keep_button, self.forget_button):
            button.setEnabled(False)
        self._say_progress()
        self.setFocus()
        self._wait()

    def event(self, event: QEvent) -> bool:
        """Let no key be a shortcut while keys are taps."""
        if event.type() == QEvent.Type.ShortcutOverride and self.is_running:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take any key as a tap, once; Escape leaves."""
        if not self.is_running or event.key() == Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif not event.isAutoRepeat():
            self._tap()

    def mousePressEvent(self, _event: QMouseEvent) -> None:
        """Take a click as a tap."""
        if self.is_running:
            self._tap()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop."""
        self._timer.stop()
        super().closeEvent(event)

    def _tap(self) -> None:
        self._taps_us.append(_now_us())
        self.lamp.acknowledge()

    def _wait(self) -> None:
        self._timer.start(random.randint(*self._wait_ms))

    @Slot()
    def _on_timeout(self) -> None:
        if len(self._moments_us) < N_TAPS:
            self.lamp.flash()
        else:
            self._finish()

    @Slot()
    def _on_lit(self) -> None:
        # When it is painted, not when it was asked for.
        self._moments_us.append(_now_us())
        self._say_progress()
        if len(self._moments_us) < N_TAPS:
            self._wait()
        else:
            self._timer.start(_LAST_WAIT_MS)

    def _finish(self) -> None:
        self.start_button.setText("Again")
        self.start_button.setEnabled(True)
        try:
            self._measured = estimate_reaction(self._moments_us, self._taps_us)
        except ReactionError as error:
            text = str(error)
            self._words.setText(f"{text[:1].upper()}{text[1:]}.")
            self.forget_button.setEnabled(self._marking.reaction != NO_REACTION)
            return
        measured = self._measured
        refused = f" {measured.n_refused} taps answered none." if measured.n_refused else ""
        self._words.setText(
            f"You press {format_span(measured.delay_us)} late; the middle half of "
            f"{measured.n_used} taps came {format_span(measured.lower_us)} to "
            f"{format_span(measured.upper_us)} late.{refused}"
        )
        self.keep_button.setEnabled(True)
        self.keep_button.setFocus()

    def _show_kept(self) -> None:
        kept = self._marking.reaction
        known = (
            "Nothing is made up for yet."
            if kept == NO_REACTION
            else f"So far {format_span(kept.delay_us)} are taken off."
        )
        self._words.setText(
            f"The lamp flashes {N_TAPS} times. Tap any key as soon as it does. {known}"
        )
        self.keep_button.setEnabled(False)
        self.forget_button.setEnabled(kept != NO_REACTION)

    def _say_progress(self) -> None:
        self._words.setText(f"Tap at each flash: {len(self._moments_us)} of {N_TAPS}.")

    @Slot()
    def _on_keep(self) -> None:
        if self._measured is not None:
            self._marking.set_reaction(self._measured)
        self.accept()

    @Slot()
    def _on_forget(self) -> None:
        self._marking.set_reaction(NO_REACTION)
        self.accept()


class _Lamp(QWidget):
    """A disc that lights up for a moment."""

    # It was painted lit for the first time since it was asked to flash.
    lit = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._is_lit = False
        self._is_new = False
        self._is_tapped = False
        self.setFixedSize(_LAMP, _LAMP)
        self.setAccessibleName("Lamp")

    def flash(self) -> None:
        """Light up, and go out by itself."""
        self._is_lit, self._is_new, self._is_tapped = True, True, False
        self.repaint()
        QTimer.singleShot(_FLASH_MS, self, self._go_out)

    def acknowledge(self) -> None:
        """Show that a tap was taken."""
        self._is_tapped = True
        self.update()

    def sizeHint(self) -> QSize:
        """Ask for a square."""
        return QSize(_LAMP, _LAMP)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the disc, with a ring once it was tapped."""
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.accent if self._is_tapped else theme.border), 4))
        painter.setBrush(QColor(theme.text if self._is_lit else theme.raised))
        painter.drawEllipse(self.rect().adjusted(4, 4, -4, -4))
        painter.end()
        if self._is_new:
            self._is_new = False
            self.lit.emit()

    @Slot()
    def _go_out(self) -> None:
        self._is_lit = False
        self.update()


def _now_us() -> int:
    return perf_counter_ns() // 1_000
