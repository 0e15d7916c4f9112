"""Shows the pages of the help."""

from __future__ import annotations

import re

from PySide6.QtCore import QSize, Qt, QTimer, QUrl, Signal, Slot
from PySide6.QtGui import (
    QImage,
    QResizeEvent,
    QTextBlockFormat,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from evface_resources import path
from evface_studio.actions.keymap import Keymap
from evface_studio.help.pages import PAGES, read_page
from evface_studio.look.icons import icon
from evface_studio.look.text_size import scaled
from evface_studio.look.theme import GRID, Theme
from evface_studio.palette.search import match

_SIZE = QSize(116 * GRID, 92 * GRID)
_LIST_WIDTH = 30 * GRID
_NAME = Qt.ItemDataRole.UserRole
_LINE_PERCENT = 125
_REFIT_MS = 30
_IMAGE = QTextDocument.ResourceType.ImageResource.value
_PICTURES = re.compile(r"!\[[^\]]*\]\(([^)]+)\)")
# Stands in a text where a picture is.
_PICTURE = "\ufffc"
_PROPORTIONAL = QTextBlockFormat.LineHeightTypes.ProportionalHeight.value


class HelpDialog(QDialog):
    """A list of pages, one of them shown; typing leaves only pages that hold the words."""

    # A link asks to run an action, by its key.
    action_asked = Signal(str)

    def __init__(self, keymap: Keymap, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Help")
        self._keymap = keymap
        self._pages = {name: read_page(name) for name in PAGES}
        self._field = QLineEdit()
        self._field.setPlaceholderText("Search the help")
        self._field.setAccessibleName("Search the help")
        self._field.setClearButtonEnabled(True)
        self._field.addAction(icon("search", theme), QLineEdit.ActionPosition.LeadingPosition)
        self._field.textChanged.connect(self._on_text_changed)
        self._list = QListWidget()
        self._list.setAccessibleName("Pages")
        self._list.setStyleSheet(f"QListView::item {{ padding-left: {GRID}px; }}")
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for page in self._pages.values():
            item = QListWidgetItem(page.title)
            item.setData(_NAME, page.name)
            item.setSizeHint(QSize(0, scaled(4 * GRID)))
            self._list.addItem(item)
        self._list.currentItemChanged.connect(self._on_item_changed)
        self._text = _PageView(theme)
        self._text.setAccessibleName("Page")
        self._text.anchorClicked.connect(self._on_anchor_clicked)
        left = QVBoxLayout()
        left.setSpacing(GRID)
        left.addWidget(self._field)
        left.addWidget(self._list, 1)
        side = QWidget()
        side.setFixedWidth(scaled(_LIST_WIDTH))
        side.setLayout(left)
        left.setContentsMargins(0, 0, 0, 0)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        layout.setSpacing(2 * GRID)
        layout.addWidget(side)
        layout.addWidget(self._text, 1)
        keymap.changed.connect(self._fill)
        room = self.screen().availableSize()
        self.resize(
            min(scaled(_SIZE.width()), round(0.92 * room.width())),
            min(scaled(_SIZE.height()), round(0.9 * room.height())),
        )
        self.show_page(PAGES[0])
        self._list.setFocus()

    @property
    def page(self) -> str:
        """Name of the page shown."""
        item = self._list.currentItem()
        return "" if item is None else str(item.data(_NAME))

    @property
    def text(self) -> str:
        """What the page says, without its form."""
        return self._text.toPlainText()

    @property
    def listed(self) -> tuple[str, ...]:
        """Names of the pages that are listed."""
        return tuple(item.data(_NAME) for item in self._items() if not item.isHidden())

    def show_page(self, name: str) -> None:
        """Show a page by its name."""
        for item in self._items():
            if item.data(_NAME) == name:
                self._list.setCurrentItem(item)

    def _items(self) -> list[QListWidgetItem]:
        return [self._list.item(row) for row in range(self._list.count())]

    @Slot()
    def _fill(self) -> None:
        if self.page:
            self._text.show_markdown(self._pages[self.page].filled(self._keymap))

    @Slot()
    def _on_item_changed(self) -> None:
        self._fill()

    @Slot(str)
    def _on_text_changed(self, text: str) -> None:
        for item in self._items():
            page = self._pages[item.data(_NAME)]
            item.setHidden(match(text, page.title, page.markdown) is None)
        if self.page not in self.listed and self.listed:
            self.show_page(self.listed[0])

    @Slot(QUrl)
    def _on_anchor_clicked(self, url: QUrl) -> None:
        if url.scheme() == "do":
            self.action_asked.emit(url.path())
        else:
            self.show_page(url.path())


class _PageView(QTextBrowser):
    """Text with pictures no wider than the page."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._markdown = ""
        self._width = 0
        self.setOpenLinks(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setObjectName("page")
        self.setStyleSheet(
            f"#page {{ background: {theme.surface}; border: 1px solid {theme.border};"
            f" border-radius: {GRID // 2}px; padding: {GRID}px {2 * GRID}px; }}"
        )
        # A page must not be laid out anew while it is being laid out.
        self._refit = QTimer(self)
        self._refit.setSingleShot(True)
        self._refit.setInterval(_REFIT_MS)
        self._refit.timeout.connect(self._on_refit)

    def show_markdown(self, markdown: str) -> None:
        """Show a page from its top."""
        self._markdown = markdown
        self._width = self.viewport().width()
        # A new document: else this page would begin in the form of the last one's title.
        document = QTextDocument(self)
        document.setDefaultFont(self.font())
        document.setMarkdown(markdown)
        # Only now: reading a text forgets them.
        for name in _PICTURES.findall(markdown):
            url = QUrl(name)
            document.addResource(_IMAGE, url, self._fitted(url))
        self._loosen(document)
        self.setDocument(document)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the pictures anew."""
        super().resizeEvent(event)
        if self.viewport().width() != self._width:
            self._refit.start()

    def _fitted(self, url: QUrl) -> QImage:
        """Return a picture no wider than the page, sharp on dense screens."""
        picture = QImage(str(path(f"help/{url.path()}")))
        ratio = self.devicePixelRatioF()
        widest = round(max(self._width - 4 * GRID, GRID) * ratio)
        if picture.width() > widest:
            picture = picture.scaledToWidth(widest, Qt.TransformationMode.SmoothTransformation)
            picture.setDevicePixelRatio(ratio)
        return picture

    @Slot()
    def _on_refit(self) -> None:
        place = self.verticalScrollBar().value()
        self.show_markdown(self._markdown)
        self.verticalScrollBar().setValue(place)

    def _loosen(self, document: QTextDocument) -> None:
        """Give lines and paragraphs room."""
        cursor = QTextCursor(document)
        block = document.begin()
        while block.isValid():
            cursor.setPosition(block.position())
            form = block.blockFormat()
            if _PICTURE not in block.text():
                form.setLineHeight(_LINE_PERCENT, _PROPORTIONAL)
            if not form.headingLevel() and block.textList() is None:
                form.setBottomMargin(GRID)
            cursor.setBlockFormat(form)
            block = block.next()
