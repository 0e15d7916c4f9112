"""The trained networks of the project, a row each."""

from __future__ import annotations

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from evface.training.runs import Run
from evface_studio.learning.model_words import ModelState, main_figure, what_it_tells
from evface_studio.learning.models import Models
from evface_studio.look.icons import pixmap
from evface_studio.look.text_size import scaled
from evface_studio.look.theme import GRID, ICON, Theme
from evface_studio.panels.row_painting import paint_focus, paint_ground, paint_progress
from evface_studio.wording import format_when

_RUN = Qt.ItemDataRole.UserRole
_STATE = _RUN + 1
_SMALL = 0.9


class ModelList(QListWidget):
    """Name and main figure, then what it tells and how it stands; a click chooses."""

    # Where a menu about the chosen run is asked for, in the widget.
    menu_asked = Signal(QPoint)

    def __init__(self, models: Models, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self._delegate = _RowDelegate(theme)
        self.setItemDelegate(self._delegate)
        self.setUniformItemSizes(True)
        self.setAccessibleName("Models")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self.menu_asked)
        self.currentItemChanged.connect(self._on_current_changed)
        models.changed.connect(self.fill)
        models.chosen_changed.connect(self.fill)
        self.fill()

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """Name and state of each row."""
        return tuple((item.text(), item.data(_STATE).words) for item in self._items())

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._delegate.theme = theme
        self.viewport().update()

    @Slot()
    def fill(self) -> None:
        """List what there is now; rows that stay are kept."""
        models = self._models
        self.blockSignals(True)
        while self.count() > len(models.runs):
            self.takeItem(self.count() - 1)
        while self.count() < len(models.runs):
            self.addItem(QListWidgetItem())
        for item, run in zip(self._items(), models.runs, strict=True):
            state = models.state_of(run)
            item.setText(run.name)
            item.setData(_RUN, run)
            item.setData(_STATE, state)
            item.setToolTip(_tip_of(run))
            item.setData(
                Qt.ItemDataRole.AccessibleTextRole,
                f"{run.name}, {what_it_tells(run)}, {state.words}, {main_figure(run)}",
            )
            if models.chosen is not None and run.folder == models.chosen.folder:
                self.setCurrentItem(item)
        if models.chosen is None:
            self.setCurrentRow(-1)
        self.blockSignals(False)

    def _items(self) -> list[QListWidgetItem]:
        return [self.item(row) for row in range(self.count())]

    @Slot(QListWidgetItem, QListWidgetItem)
    def _on_current_changed(
        self, item: QListWidgetItem | None, _before: QListWidgetItem | None
    ) -> None:
        if item is not None:
            self._models.choose(item.data(_RUN))


def _tip_of(run: Run) -> str:
    lines = [
        run.about or what_it_tells(run),
        f"last written {format_when(run.made_at.isoformat())}",
    ]
    return "\n".join([*lines, run.problem] if run.problem else lines)


class _RowDelegate(QStyledItemDelegate):
    """Two lines and an icon; a job's progress under them."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme

    def sizeHint(
        self, option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """Ask for two lines."""
        return QSize(0, 2 * QFontMetrics(option.font).height() + 2 * GRID)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Paint one row."""
        theme, place = self.theme, QRect(option.rect)
        run: Run = index.data(_RUN)
        state: ModelState = index.data(_STATE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_ground(painter, option, theme)
        colour = {"success": theme.good, "warning": theme.warn, "running": theme.accent}.get(
            state.icon, theme.muted
        )
        side = scaled(ICON)
        top = place.top() + (place.height() - side) // 2
        painter.drawPixmap(place.left() + GRID + GRID // 2, top, pixmap(state.icon, colour, side))
        words = place.adjusted(2 * GRID + side + GRID // 2, GRID, -GRID - GRID // 2, -GRID)
        half = words.height() // 2
        upper = QRect(words.left(), words.top(), words.width(), half)
        lower = QRect(words.left(), words.top() + half, words.width(), half)
        small = QFont(option.font)
        small.setPointSizeF(small.pointSizeF() * _SMALL)
        small.setFeature(QFont.Tag("tnum"), 1)
        painter.setFont(small)
        painter.setPen(QColor(theme.muted))
        taken = _draw(painter, upper, main_figure(run), is_right=True)
        stands = theme.warn if state.icon == "warning" else theme.muted
        painter.setPen(QColor(stands))
        taken_below = _draw(painter, lower, state.words, is_right=True)
        painter.setPen(QColor(theme.muted))
        _draw(painter, lower.adjusted(0, 0, -taken_below, 0), what_it_tells(run))
        painter.setFont(option.font)
        painter.setPen(QColor(theme.text))
        _draw(painter, upper.adjusted(0, 0, -taken, 0), run.name)
        paint_progress(painter, option, theme, state.fraction)
        paint_focus(painter, option, theme)
        painter.restore()


def _draw(painter: QPainter, place: QRect, words: str, *, is_right: bool = False) -> int:
    """Write in a line as far as there is room; return how much of it is taken."""
    middle = Qt.AlignmentFlag.AlignVCenter
    side = Qt.AlignmentFlag.AlignRight if is_right else Qt.AlignmentFlag.AlignLeft
    metrics = painter.fontMetrics()
    shown = metrics.elidedText(words, Qt.TextElideMode.ElideMiddle, max(place.width(), 0))
    painter.drawText(place, side | middle, shown)
    return metrics.horizontalAdvance(shown) + GRID if shown else 0
