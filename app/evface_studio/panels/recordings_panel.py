"""The recordings of the project: which is shown, which are processed, what is missing."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStackedLayout,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from evface_studio.document import Document
from evface_studio.jobs.queue import Job, JobQueue, JobState
from evface_studio.look.icons import icon, pixmap
from evface_studio.look.text_size import scaled, set_icon_size
from evface_studio.look.theme import GRID, ICON, Theme
from evface_studio.opening import Listed
from evface_studio.panels.row_painting import paint_focus, paint_ground, paint_progress

_ROW_HEIGHT = 6 * GRID
_ID = Qt.ItemDataRole.UserRole
_DETAIL = _ID + 1
_STATE = _ID + 2
_FRACTION = _ID + 3


class RecordingsPanel(QWidget):
    """A list; a click shows a recording."""

    chosen = Signal(str)
    process_asked = Signal()
    add_asked = Signal()
    relink_asked = Signal()
    save_asked = Signal()

    def __init__(
        self, document: Document, jobs: JobQueue, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._jobs = jobs
        self._delegate = _RowDelegate(theme)
        self._list = QListWidget()
        self._list.setItemDelegate(self._delegate)
        self._list.setUniformItemSizes(True)
        self._list.setAccessibleName("Recordings")
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.itemActivated.connect(self._on_item_chosen)
        self._list.itemClicked.connect(self._on_item_chosen)
        self._hint = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._hint.setWordWrap(True)
        self._hint.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        self._stack = QStackedLayout()
        self._stack.addWidget(self._list)
        self._stack.addWidget(self._hint)
        self._process = self._make_button("Process", "Find the face in the video and carry it over")
        self._process.setProperty("primary", True)
        self._process.clicked.connect(self.process_asked)
        self._add = self._make_button("Add…", "Add an event file, with or without its video")
        self._add.clicked.connect(self.add_asked)
        self._relink = self._make_button("Find missing…", "Look for files that were moved")
        self._relink.clicked.connect(self.relink_asked)
        self._save = self._make_button("Save as project…", "Keep what is made of this recording")
        self._save.clicked.connect(self.save_asked)
        row = QHBoxLayout()
        row.setContentsMargins(GRID, GRID, GRID, GRID)
        row.setSpacing(GRID)
        for button in (self._save, self._relink, self._process, self._add):
            row.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._stack, 1)
        layout.addLayout(row)
        document.project_changed.connect(self._fill)
        document.tracks_changed.connect(self._fill)
        jobs.changed.connect(self._update_rows)
        self.set_theme(theme)
        self._fill()

    @property
    def names(self) -> tuple[str, ...]:
        """Names in the list."""
        return tuple(item.text() for item in self._items())

    @property
    def details(self) -> tuple[str, ...]:
        """What the list says under each name."""
        return tuple(item.data(_DETAIL) for item in self._items())

    def choose(self, row: int) -> None:
        """Do what a click on a row does."""
        self._on_item_chosen(self._list.item(row))

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self._delegate.theme = theme
        self._hint.setStyleSheet(f"color: {theme.muted}; background: {theme.surface};")
        self._add.setIcon(icon("add", theme))
        self._relink.setIcon(icon("relink", theme))
        self._save.setIcon(icon("save", theme))
        self._list.viewport().update()

    def _make_button(self, text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        set_icon_size(button, 2 * GRID)
        return button

    @Slot()
    def _fill(self) -> None:
        document = self._document
        ids = [item.data(_ID) for item in self._items()]
        if ids != list(document.listed):
            self._list.clear()
            for recording_id, listed in document.listed.items():
                item = QListWidgetItem(listed.entry.name)
                item.setData(_ID, recording_id)
                self._list.addItem(item)
        is_project = document.project is not None
        if not document.listed:
            self._hint.setText(
                "No recordings yet. Add an event file, with its video if there is one."
                if is_project
                else "This recording belongs to no project yet. Save it as one to process it and "
                "to keep what is made of it."
            )
        self._stack.setCurrentIndex(0 if document.listed else 1)
        missing = any(_is_missing(listed) for listed in document.listed.values())
        self._add.setVisible(is_project)
        self._process.setVisible(bool(document.listed) and not missing)
        self._relink.setVisible(missing)
        self._save.setVisible(document.recording is not None and not is_project)
        self._update_rows()

    @Slot()
    def _update_rows(self) -> None:
        project = self._document.project
        running = {
            job.subject[1]: job
            for job in self._jobs.unfinished
            if project is not None and job.subject[0] == str(project.path)
        }
        for item in self._items():
            recording_id = item.data(_ID)
            listed = self._document.listed.get(recording_id)
            if listed is None:
                continue
            detail, state, fraction = _describe(listed, running.get(recording_id))
            item.setText(listed.entry.name)
            item.setData(_DETAIL, detail)
            item.setData(_STATE, state)
            item.setData(_FRACTION, fraction)
            item.setToolTip("\n".join(str(medium.path) for medium in listed.entry.media))
            if recording_id == self._document.recording_id:
                self._list.setCurrentItem(item)
        can_change = not self._document.is_read_only
        self._add.setEnabled(can_change)
        self._process.setEnabled(can_change and self._document.recording_id not in running)
        shown = self._document.listed.get(self._document.recording_id or "")
        self._offer_processing(is_again=shown is not None and "face" in shown.roles)

    def _offer_processing(self, *, is_again: bool) -> None:
        """Ask for it loudly where nothing is known of the face yet, and only there."""
        self._process.setText("Process again" if is_again else "Process")
        if self._process.property("primary") == is_again:
            self._process.setProperty("primary", not is_again)
            self._process.style().unpolish(self._process)
            self._process.style().polish(self._process)

    @Slot(QListWidgetItem)
    def _on_item_chosen(self, item: QListWidgetItem) -> None:
        recording_id = item.data(_ID)
        if recording_id != self._document.recording_id:
            self.chosen.emit(recording_id)

    def _items(self) -> list[QListWidgetItem]:
        return [self._list.item(row) for row in range(self._list.count())]


def _is_missing(listed: Listed) -> bool:
    return any(medium.is_missing for medium in listed.entry.media)


def _describe(listed: Listed, job: Job | None) -> tuple[str, str, float]:
    """Return the line under a name, the name of its icon, and how far its job is."""
    entry = listed.entry
    if job is not None:
        if job.state is JobState.WAITING:
            return "waiting to be processed", "waiting", -1.0
        return f"processing, {job.fraction:.0%}", "running", job.fraction
    if entry.events.is_missing:
        return "events missing", "missing", -1.0
    if entry.video is not None and entry.video.is_missing:
        return "video missing", "missing", -1.0
    kinds = "events" if entry.video is None else "video and events"
    if "face" in listed.roles:
        return f"{kinds}, processed", "success", -1.0
    if any(role.startswith("truth") for role in listed.roles):
        return f"{kinds}, truth known", "events", -1.0
    return kinds, "events", -1.0


class _RowDelegate(QStyledItemDelegate):
    """Two lines and an icon; a job's progress under them."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme

    def sizeHint(
        self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """Ask for two lines."""
        return QSize(0, scaled(_ROW_HEIGHT))

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        theme = self.theme
        place = QRect(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_ground(painter, option, theme)
        state = index.data(_STATE) or "events"
        colour = {"success": theme.good, "missing": theme.warn, "running": theme.accent}.get(
            state, theme.muted
        )
        side = scaled(ICON)
        top = place.top() + (place.height() - side) // 2
        painter.drawPixmap(place.left() + 2 * GRID, top, pixmap(state, colour, side))
        words = place.adjusted(2 * GRID + side + GRID + GRID // 2, GRID - 2, -GRID, -GRID + 2)
        half = words.height() // 2
        font = QFont(option.font)
        painter.setFont(font)
        painter.setPen(QColor(theme.text))
        name = painter.fontMetrics().elidedText(
            index.data(), Qt.TextElideMode.ElideMiddle, words.width()
        )
        upper = QRect(words.left(), words.top(), words.width(), half)
        lower = QRect(words.left(), words.top() + half, words.width(), half)
        painter.drawText(upper, Qt.AlignmentFlag.AlignVCenter, name)
        font.setPointSizeF(font.pointSizeF() * 0.9)
        painter.setFont(font)
        painter.setPen(QColor(theme.warn if state == "missing" else theme.muted))
        painter.drawText(lower, Qt.AlignmentFlag.AlignVCenter, index.data(_DETAIL) or "")
        fraction = index.data(_FRACTION)
        if fraction is not None:
            paint_progress(painter, option, theme, fraction)
        paint_focus(painter, option, theme)
        painter.restore()
