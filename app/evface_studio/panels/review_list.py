"""The review queue as a list: what is doubtful, how much, where, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from evface.review.queue import QueueItem
from evface_studio.look.icons import pixmap
from evface_studio.look.text_size import scaled
from evface_studio.look.theme import GRID, Theme
from evface_studio.panels.row_painting import paint_focus, paint_ground
from evface_studio.review.controller import Review
from evface_studio.review.known_queue import KnownQueue
from evface_studio.review.reading import Status
from evface_studio.wording import format_time

ITEM = Qt.ItemDataRole.UserRole
_STATUS = ITEM + 1
_BAR_WIDTH = 5 * GRID
_ICON = 2 * GRID
# More rows than these come and go at once by filling the list anew.
_FEW_ROWS = 16
_STATUS_ICONS = {
    Status.ACCEPTED: "success",
    Status.VERIFIED: "success",
    Status.FIXED: "fixed",
    Status.SKIPPED: "skip",
}
STATUS_WORDS = {
    Status.OPEN: "open",
    Status.ACCEPTED: "accepted",
    Status.VERIFIED: "verified",
    Status.FIXED: "fixed",
    Status.SKIPPED: "skipped",
}
_Index = QModelIndex | QPersistentModelIndex


class QueueModel(QAbstractListModel):
    """What the review lists, in its order."""

    def __init__(self, known: KnownQueue, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._known = known
        self._items: tuple[QueueItem, ...] = known.listed

    def rowCount(self, parent: _Index | None = None) -> int:
        """Return the number of items."""
        return 0 if parent is not None and parent.isValid() else len(self._items)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return an item, or words about it."""
        item = self._items[index.row()]
        if role == ITEM:
            return item
        if role == _STATUS:
            return self._known.status_of(item)
        if role == Qt.ItemDataRole.DisplayRole:
            return item.reasons[0].sentence
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(reason.sentence for reason in item.reasons)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            status = STATUS_WORDS[self._known.status_of(item)]
            return f"{item.reasons[0].sentence}; {where(item)}; {status}"
        return None

    def row_of(self, item: QueueItem | None) -> int | None:
        """Return where an item is listed."""
        return next((row for row, one in enumerate(self._items) if one is item), None)

    def update(self) -> None:
        """List what is to be listed now. Rows that stay are left alone, and so is the place."""
        old, new = self._items, self._known.listed
        wanted, known = set(map(id, new)), set(map(id, old))
        gone = [row for row, item in enumerate(old) if id(item) not in wanted]
        come = [row for row, item in enumerate(new) if id(item) not in known]
        # Both are in the order of the queue, so that what stays is in the same order.
        if len(gone) + len(come) > _FEW_ROWS:
            self.beginResetModel()
            self._items = new
            self.endResetModel()
            return
        for row in reversed(gone):
            self.beginRemoveRows(QModelIndex(), row, row)
            self._items = (*self._items[:row], *self._items[row + 1 :])
            self.endRemoveRows()
        for row in come:
            self.beginInsertRows(QModelIndex(), row, row)
            self._items = (*self._items[:row], new[row], *self._items[row:])
            self.endInsertRows()
        if new:
            self.dataChanged.emit(self.index(0), self.index(len(new) - 1))


class QueueList(QTableView):
    """Shows the queue; a click or Enter looks at an item.

    A table of one column: a list asks after every row whenever one comes or goes.
    """

    chosen = Signal(object)

    def __init__(self, review: Review, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._review = review
        self._model = QueueModel(review.known, self)
        self._delegate = _RowDelegate(theme)
        self.setModel(self._model)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName("Review queue")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setStyleSheet("QTableView { border: none; border-radius: 0; }")
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.horizontalHeader().hide()
        self.horizontalHeader().setStretchLastSection(True)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self._size_rows()
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.clicked.connect(self._on_chosen)
        self.activated.connect(self._on_chosen)
        review.known.listed_changed.connect(self._on_listed_changed)
        review.current_changed.connect(self._on_current_changed)
        self._on_current_changed()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._delegate.theme = theme
        self.viewport().update()

    def changeEvent(self, event: QEvent) -> None:
        """Make rows as high as two lines of text of another size."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._size_rows()

    def _size_rows(self) -> None:
        height = 2 * QFontMetrics(self.font()).height() + scaled(2 * GRID)
        header = self.verticalHeader()
        header.setMinimumSectionSize(1)
        header.setDefaultSectionSize(height)

    @Slot(QModelIndex)
    def _on_chosen(self, index: QModelIndex) -> None:
        item = index.data(ITEM)
        current = self._review.current
        if item is not current:
            self.chosen.emit(item)

    @Slot()
    def _on_listed_changed(self) -> None:
        bar = self.verticalScrollBar()
        place = bar.value()
        self._model.update()
        bar.setValue(place)
        self._on_current_changed()

    @Slot()
    def _on_current_changed(self) -> None:
        row = self._model.row_of(self._review.current)
        if row is None:
            self.clearSelection()
            return
        index = self._model.index(row)
        self.setCurrentIndex(index)
        self.scrollTo(index)


def where(item: QueueItem) -> str:
    """Return the recording and the moment of an item."""
    return f"{item.recording}  ·  {format_time(item.t_us)}"


class _RowDelegate(QStyledItemDelegate):
    """The worst reason, below it where, and a bar for how doubtful it is."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Paint one item."""
        theme, place = self.theme, QRect(option.rect)
        item, status = index.data(ITEM), Status(index.data(_STATUS))
        is_open = status is Status.OPEN
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_ground(painter, option, theme)
        inner = place.adjusted(GRID + GRID // 2, GRID // 2, -GRID - GRID // 2, -GRID // 2)
        half = inner.height() // 2
        font = QFont(option.font)
        painter.setFont(font)
        upper = QRect(inner.left(), inner.top(), inner.width(), half)
        width = scaled(_BAR_WIDTH)
        lower = QRect(inner.left(), inner.top() + half, inner.width() - width - GRID, half)
        bar = QRect(inner.right() - width, lower.center().y(), width, scaled(4))
        self._paint_score(painter, bar, item.score, is_open)
        painter.setPen(QColor(theme.text if is_open else theme.muted))
        _write(painter, upper, index.data(), Qt.TextElideMode.ElideRight)
        if not is_open:
            side = scaled(_ICON)
            top = lower.top() + (lower.height() - side) // 2
            drawn = pixmap(_STATUS_ICONS[status], theme.muted, side)
            painter.drawPixmap(lower.left(), top, drawn)
            lower.adjust(side + GRID // 2, 0, 0, 0)
        font.setPointSizeF(font.pointSizeF() * 0.9)
        font.setFeature(QFont.Tag("tnum"), 1)
        painter.setFont(font)
        painter.setPen(QColor(theme.muted))
        more = len(item.reasons) - 1
        text = where(item)
        if more:
            text += f"  ·  +{more}"
        if not is_open:
            text = f"{STATUS_WORDS[status]}  ·  {text}"
        _write(painter, lower, text, Qt.TextElideMode.ElideMiddle)
        paint_focus(painter, option, theme)
        painter.restore()

    def _paint_score(self, painter: QPainter, place: QRect, score: float, is_open: bool) -> None:
        theme, bar = self.theme, QRectF(place)
        width, height = bar.width(), bar.height()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.border))
        painter.drawRoundedRect(bar, height / 2, height / 2)
        colour = theme.disabled if not is_open else theme.error if score >= 0.8 else theme.warn
        painter.setBrush(QColor(colour))
        bar.setWidth(max(width * score, height))
        painter.drawRoundedRect(bar, height / 2, height / 2)


def _write(painter: QPainter, place: QRect, text: str, elide: Qt.TextElideMode) -> None:
    text = painter.fontMetrics().elidedText(text, elide, place.width())
    painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)


def kinds_of(items: Sequence[QueueItem]) -> dict[str, int]:
    """Return how many items have each kind of reason."""
    counts: dict[str, int] = {}
    for item in items:
        for kind in item.kinds:
            counts[kind] = counts.get(kind, 0) + 1
    return counts
