"""Who annotates, whether blindly, and who labelled how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QCompleter,
    QDialog,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from evface_studio.dialogs.choice_rows import button_row, column_of
from evface_studio.dialogs.figure_table import FigureTable
from evface_studio.document import Document
from evface_studio.look.text_size import scaled
from evface_studio.look.theme import GRID, Theme
from evface_studio.sharing.sharing import Sharing
from evface_studio.wording import format_count

if TYPE_CHECKING:
    from evface.projects.label_set import LabelCounts

_BLIND = (
    "You see only your own labels, so that those of others cannot sway you. Theirs stay in the "
    "project."
)
_COLUMNS = ("Annotator", "Landmarks", "Frames", "Segments", "Classes", "Reviews")


class AnnotatorDialog(QDialog):
    """Asks for a name; every label is kept under one, and nobody's replace another's."""

    def __init__(
        self, sharing: Sharing, document: Document, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Annotator")
        self._sharing = sharing
        self.name_field = QLineEdit(document.annotator)
        self.name_field.setPlaceholderText("Your name")
        self.name_field.setMaxLength(60)
        self.name_field.setAccessibleName("Your name")
        self.name_field.textChanged.connect(self._on_text_changed)
        self.blind_box = QCheckBox("Code &blind")
        self.blind_box.setChecked(document.is_blind)
        self.blind_box.setAccessibleDescription(_BLIND)
        explained = QLabel(_BLIND)
        explained.setWordWrap(True)
        explained.setStyleSheet(f"color: {theme.muted};")
        self.table = FigureTable("Labels by annotator", _COLUMNS)
        self._empty = QLabel()
        self._empty.setStyleSheet(f"color: {theme.muted};")
        self._empty.setWordWrap(True)
        self.take_button = QPushButton("OK")
        self.take_button.setProperty("primary", True)
        self.take_button.setDefault(True)
        self.take_button.clicked.connect(self.accept)
        cancel = QPushButton("Cancel")
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        foot = button_row(cancel, self.take_button)
        form = QFormLayout()
        form.setHorizontalSpacing(2 * GRID)
        form.setVerticalSpacing(GRID)
        form.addRow("&Name", self.name_field)
        form.addRow("", self.blind_box)
        form.addRow("", explained)
        layout = column_of(self)
        layout.addLayout(form)
        layout.addWidget(self.table, 1)
        layout.addWidget(self._empty)
        layout.addLayout(foot)
        self.resize(scaled(80 * GRID), scaled(54 * GRID))
        self.table.hide()
        sharing.comparing.counted.connect(self._on_counted)
        if document.project is None:
            self._empty.setText("Open a project to see who labelled how much.")
        else:
            self._empty.setText("Counting…")
            sharing.comparing.count()

    def accept(self) -> None:
        """Take the name."""
        self._sharing.set_annotator(
            self.name_field.text().strip(), is_blind=self.blind_box.isChecked()
        )
        super().accept()

    @Slot(str)
    def _on_text_changed(self, text: str) -> None:
        is_name = bool(text.strip()) and text.isprintable()
        self.take_button.setEnabled(is_name)

    @Slot(object)
    def _on_counted(self, counts: dict[str, LabelCounts]) -> None:
        self.table.show_rows(
            [
                name,
                *(
                    format_count(n)
                    for n in (
                        said.n_landmarks,
                        said.n_frames,
                        said.n_segments,
                        said.n_classes,
                        said.n_reviews,
                    )
                ),
            ]
            for name, said in counts.items()
        )
        self.table.setVisible(bool(counts))
        self._empty.setVisible(not counts)
        self._empty.setText("Nobody has labelled anything in this project yet.")
        completer = QCompleter(list(counts), self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.name_field.setCompleter(completer)
