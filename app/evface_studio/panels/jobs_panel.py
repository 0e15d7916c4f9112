"""Long work: how far it is, how it ended, and its log."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from evface_studio.jobs.queue import Job, JobQueue, JobState
from evface_studio.look.icons import icon, pixmap
from evface_studio.look.text_size import scaled, set_icon_size, set_text_factor
from evface_studio.look.theme import GRID, ICON, Theme
from evface_studio.panes.pane import LineLabel

_CLOCK_MS = 1_000
_STEPS = 1_000


class JobsPanel(QWidget):
    """A card for each job, the newest on top."""

    log_asked = Signal(object)

    def __init__(self, jobs: JobQueue, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumHeight(20 * GRID)
        self._jobs = jobs
        self._theme = theme
        self._cards: dict[Job, JobCard] = {}
        self._hint = QLabel(
            "No jobs. Processing and training run here, while the window stays free.",
            alignment=Qt.AlignmentFlag.AlignCenter,
        )
        self._hint.setWordWrap(True)
        self._hint.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidget(inner)
        self._scroll.setWidgetResizable(True)
        self._scroll.setAccessibleName("All jobs")
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._clear = QPushButton("Clear finished")
        self._clear.clicked.connect(jobs.forget_finished)
        self._footer = QWidget()
        row = QHBoxLayout(self._footer)
        row.setContentsMargins(GRID, GRID, GRID, GRID)
        row.addStretch(1)
        row.addWidget(self._clear)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._hint, 1)
        layout.addWidget(self._scroll, 1)
        layout.addWidget(self._footer)
        # Forecasts age between two reports.
        self._clock = QTimer(self)
        self._clock.setInterval(_CLOCK_MS)
        self._clock.timeout.connect(self._on_tick)
        jobs.added.connect(self._on_added)
        jobs.removed.connect(self._on_removed)
        jobs.changed.connect(self._on_changed)
        self.set_theme(theme)
        for job in jobs.jobs:
            self._on_added(job)
        self._on_changed()

    @property
    def cards(self) -> tuple[JobCard, ...]:
        """The cards, oldest first."""
        return tuple(self._cards.values())

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self._hint.setStyleSheet(f"color: {theme.muted}; background: {theme.surface};")
        self._clear.setIcon(icon("clear", theme))
        for card in self._cards.values():
            card.set_theme(theme)

    @Slot(object)
    def _on_added(self, job: Job) -> None:
        card = JobCard(job, self._theme)
        card.log_asked.connect(self.log_asked)
        self._cards[job] = card
        self._column.insertWidget(0, card)

    @Slot(object)
    def _on_removed(self, job: Job) -> None:
        card = self._cards.pop(job)
        card.hide()
        card.deleteLater()

    @Slot()
    def _on_changed(self) -> None:
        has_jobs = bool(self._jobs.jobs)
        self._hint.setVisible(not has_jobs)
        self._scroll.setVisible(has_jobs)
        self._footer.setVisible(any(job.is_over for job in self._jobs.jobs))
        if self._jobs.unfinished:
            self._clock.start()
        else:
            self._clock.stop()

    @Slot()
    def _on_tick(self) -> None:
        for card in self._cards.values():
            card.update_words()


class JobCard(QWidget):
    """One job."""

    log_asked = Signal(object)

    def __init__(self, job: Job, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.job = job
        self._theme = theme
        self._icon = QLabel()
        self._title = LineLabel()
        self._title.set_text(job.title)
        self._title.setToolTip(job.title)
        self._bar = QProgressBar()
        self._bar.setRange(0, _STEPS)
        self._bar.setTextVisible(False)
        self._words = QLabel()
        self._words.setWordWrap(True)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        font = QFont(self._words.font())
        font.setFeature(QFont.Tag("tnum"), 1)
        self._words.setFont(font)
        set_text_factor(self._words, 0.9)
        self._log = self._make_button("Show the log")
        self._log.clicked.connect(lambda: self.log_asked.emit(self.job))
        self.pause_button = self._make_button("Pause")
        self.pause_button.clicked.connect(self._on_pause_clicked)
        self._cancel = self._make_button("Cancel")
        self._cancel.clicked.connect(job.cancel)
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(self._icon)
        head.addWidget(self._title, 1)
        head.addWidget(self._log)
        head.addWidget(self.pause_button)
        head.addWidget(self._cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, GRID, GRID, GRID + GRID // 2)
        layout.setSpacing(GRID // 2)
        layout.addLayout(head)
        layout.addWidget(self._bar)
        layout.addWidget(self._words)
        job.changed.connect(self._on_job_changed)
        self.set_theme(theme)

    @property
    def words(self) -> str:
        """What the card says under the title."""
        return self._words.text()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self._title.set_colour(theme.text)
        self._log.setIcon(icon("log", theme))
        self._cancel.setIcon(icon("close", theme))
        self._on_job_changed()

    def update_words(self) -> None:
        """Say anew how long it will take."""
        job = self.job
        words = job.error or job.message or job.state.value
        if job.state is JobState.RUNNING:
            left_s = job.time_left_s
            parts = [f"{job.fraction:.0%}", words]
            if left_s is not None:
                parts.append(f"{format_left(left_s)} left")
            words = "  ·  ".join(parts)
        elif job.state is JobState.PAUSED:
            words = "  ·  ".join((f"{job.fraction:.0%}", job.message or "paused"))
        elif job.state is JobState.SUCCEEDED:
            words = f"done in {format_left(job.took_s)}"
        self._words.setText(words)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Fill, with a line below."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.surface))
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(self._theme.border))
        painter.end()

    @Slot()
    def _on_pause_clicked(self) -> None:
        if self.job.state is JobState.PAUSED:
            self.job.go_on()
        else:
            self.job.pause()

    def _make_button(self, tip: str) -> QToolButton:
        button = QToolButton()
        button.setAutoRaise(True)
        set_icon_size(button, 2 * GRID)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        return button

    @Slot()
    def _on_job_changed(self) -> None:
        job, theme = self.job, self._theme
        name, colour = {
            JobState.WAITING: ("waiting", theme.muted),
            JobState.RUNNING: ("running", theme.accent),
            JobState.PAUSED: ("pause", theme.muted),
            JobState.CANCELLING: ("running", theme.muted),
            JobState.SUCCEEDED: ("success", theme.good),
            JobState.FAILED: ("error", theme.error),
            JobState.CANCELLED: ("cancelled", theme.muted),
        }[job.state]
        self._icon.setPixmap(pixmap(name, colour, scaled(ICON)))
        self._bar.setValue(round(job.fraction * _STEPS))
        if self._bar.property("state") != job.state.value:
            self._bar.setProperty("state", job.state.value)
            self._bar.style().unpolish(self._bar)
            self._bar.style().polish(self._bar)
        is_paused, is_begun = job.state is JobState.PAUSED, job.state is JobState.RUNNING
        self._bar.setVisible(is_begun or is_paused or job.state is JobState.CANCELLING)
        self._cancel.setVisible(is_begun or is_paused or job.state is JobState.WAITING)
        self.pause_button.setVisible(job.can_pause and (is_begun or is_paused))
        self.pause_button.setIcon(icon("play" if is_paused else "pause", theme))
        tip = "Resume" if is_paused else "Pause"
        self.pause_button.setToolTip(tip)
        self.pause_button.setAccessibleName(tip)
        self._log.setVisible(bool(job.log))
        self._words.setStyleSheet(
            f"color: {theme.error if job.state is JobState.FAILED else theme.muted};"
        )
        self.update_words()


def format_left(seconds: float) -> str:
    """Return a time as people say it: ``40 s``, ``3 min``, ``1 h 20 min``."""
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"
