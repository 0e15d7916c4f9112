"""How far everyone is: a bar for each annotator, over all recordings and in each."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Slot,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from evface.review.progress import Progress, sum_progress
from evface_studio.look.text_size import scaled
from evface_studio.look.theme import GRID, Theme
from evface_studio.review.known_queue import KnownQueue
from evface_studio.wording import format_count

_ROW = Qt.ItemDataRole.UserRole
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class ProgressRow:
    """One annotator in one recording, or in all of them.

    Parameters
    ----------
    title
        The recording, or the annotator where `is_total`.
    is_total
        Whether it is about all recordings.
    """

    title: str
    progress: Progress
    is_total: bool

    @property
    def words(self) -> str:
        """The counts, as people read them."""
        said = self.progress
        parts = [f"{format_count(said.n_decided)} of {format_count(said.n_queued)} decided"]
        for count, thing in (
            (said.n_corrected_frames, "corrected"),
            (said.n_verified_frames, "verified"),
        ):
            if count:
                parts.append(f"{_counted(count, 'frame')} {thing}")
        if said.n_segments:
            parts.append(_counted(said.n_segments, "segment"))
        return ", ".join(parts)


class ProgressList(QListView):
    """For each annotator the whole, then each recording."""

    def __init__(self, known: KnownQueue, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._known = known
        self._model = _ProgressModel(self)
        self._delegate = _RowDelegate(theme)
        self.setModel(self._model)
        self.setItemDelegate(self._delegate)
        self.setUniformItemSizes(True)
        self.setAccessibleName("Progress")
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        known.progress_changed.connect(self._on_progress_changed)
        self._on_progress_changed()

    @property
    def rows(self) -> tuple[ProgressRow, ...]:
        """What is shown, from the top."""
        return self._model.rows

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._delegate.theme = theme
        self.viewport().update()

    @Slot()
    def _on_progress_changed(self) -> None:
        self._model.show_rows(progress_rows(self._known))


def progress_rows(known: KnownQueue) -> tuple[ProgressRow, ...]:
    """Return what is known of everyone's progress, those who did most first."""
    names = {one.recording_id: one.recording for one in known.queue.recordings}
    by_author: dict[str, list[tuple[str, Progress]]] = {}
    for (author, recording_id), said in known.progress.items():
        by_author.setdefault(author, []).append((names.get(recording_id, recording_id), said))
    rows: list[ProgressRow] = []
    for author, parts in by_author.items():
        total = sum_progress(author, [said for _, said in parts])
        rows.append(ProgressRow(author, total, is_total=True))
        rows += [ProgressRow(name, said, is_total=False) for name, said in parts]
    return tuple(rows)


class _ProgressModel(QAbstractListModel):
    """Rows that change as a whole."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[ProgressRow, ...] = ()

    def show_rows(self, rows: tuple[ProgressRow, ...]) -> None:
        """Show other rows; the place is kept where their number is the same."""
        if len(rows) != len(self.rows):
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()
        elif rows:
            self.rows = rows
            self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))

    def rowCount(self, parent: _Index | None = None) -> int:
        """Return the number of rows."""
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a row, or words about it."""
        row = self.rows[index.row()]
        if role == _ROW:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.title
        if role == Qt.ItemDataRole.ToolTipRole:
            said = row.progress
            return (
                f"{said.n_accepted} accepted, {said.n_fixed} fixed, {said.n_skipped} skipped, "
                f"{said.n_open} open"
            )
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{row.title}: {row.words}"
        return None


class _RowDelegate(QStyledItemDelegate):
    """A name, what was done, and a bar below."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, _index: _Index) -> QSize:
        """Ask for two lines and a bar."""
        return QSize(0, 2 * QFontMetrics(option.font).height() + scaled(3 * GRID))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Paint one row."""
        theme, place = self.theme, QRect(option.rect)
        row: ProgressRow = index.data(_ROW)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if row.is_total:
            painter.fillRect(place, QColor(theme.raised))
        indent = 0 if row.is_total else 2 * GRID
        inner = place.adjusted(GRID + GRID // 2 + indent, GRID // 2, -GRID - GRID // 2, -GRID // 2)
        line = QFontMetrics(option.font).height()
        font = QFont(option.font)
        font.setFeature(QFont.Tag("tnum"), 1)
        font.setWeight(QFont.Weight.DemiBold if row.is_total else QFont.Weight.Normal)
        painter.setFont(font)
        painter.setPen(QColor(theme.text))
        share = f"{row.progress.fraction:.0%}"
        width = painter.fontMetrics().horizontalAdvance(share) + GRID
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRect(inner.left(), inner.top(), inner.width(), line), right, share)
        title = painter.fontMetrics().elidedText(
            row.title, Qt.TextElideMode.ElideMiddle, inner.width() - width
        )
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRect(inner.left(), inner.top(), inner.width(), line), left, title)
        font.setPointSizeF(font.pointSizeF() * 0.9)
        font.setWeight(QFont.Weight.Normal)
        painter.setFont(font)
        painter.setPen(QColor(theme.muted))
        words = painter.fontMetrics().elidedText(
            row.words, Qt.TextElideMode.ElideRight, inner.width()
        )
        painter.drawText(QRect(inner.left(), inner.top() + line, inner.width(), line), left, words)
        height = scaled(4)
        bar = QRectF(inner.left(), inner.bottom() - height, inner.width(), height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.border))
        painter.drawRoundedRect(bar, height / 2, height / 2)
        if row.progress.fraction > 0:
            is_done = not row.progress.n_open
            painter.setBrush(QColor(theme.good if is_done else theme.accent))
            bar.setWidth(max(bar.width() * row.progress.fraction, height))
            painter.drawRoundedRect(bar, height / 2, height / 2)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QColor(theme.accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(place.adjusted(0, 0, -1, -1))
        painter.restore()


def _counted(count: int, thing: str) -> str:
    return f"{format_count(count)} {thing}{'' if count == 1 else 's'}"
