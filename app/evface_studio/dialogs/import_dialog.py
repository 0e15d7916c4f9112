"""What comes in from a file of labels, said before it does."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, Qt, QTimer, Slot
from PySide6.QtGui import QDoubleValidator, QIntValidator, QValidator
from PySide6.QtWidgets import (
    QCompleter,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QTextBrowser,
    QWidget,
)

from evface_studio.dialogs.choice_rows import (
    add_row,
    align_labels,
    button_row,
    choice_box,
    column_of,
)
from evface_studio.look.text_size import scaled
from evface_studio.look.theme import GRID, Theme
from evface_studio.sharing.interchange import ImportRequest, Interchange, landmark_roles
from evface_studio.sharing.interchange_words import (
    FORMATS,
    imported_in_words,
    in_window_words,
    preview_in_words,
)

if TYPE_CHECKING:
    from evface.interchange.plan_file import ImportPreview
    from evface.interchange.recognition import Recognised

_SETTLE_MS = 250
_FIRST = (
    "Choose a file of COCO, CVAT, ELAN, OpenFace, HDF5 or NPZ. What it would bring is said here "
    "before anything is changed, and importing can be undone."
)
_FILES = "*.json *.xml *.zip *.eaf *.csv *.h5 *.hdf5 *.npz"
# What the user says of a file, by its format; files of our own say everything themselves.
_ASKED = {
    "coco": {"camera", "onto", "person", "first_frame", "rate", "face"},
    "cvat": {"camera", "onto", "person", "first_frame", "rate", "face"},
    "elan": {"person"},
    "openface": {"camera", "onto", "rate", "face"},
}


class ImportDialog(QDialog):
    """Asks for a file and what it does not say itself; then one edit brings it in."""

    def __init__(self, interchange: Interchange, theme: Theme, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Import labels")
        self._interchange = interchange
        self._document = interchange.document
        self._theme = theme
        self._path: Path | None = None
        self._preview: ImportPreview | None = None
        self.path_field = QLineEdit()
        self.path_field.setReadOnly(True)
        self.path_field.setPlaceholderText("No file chosen")
        self.choose_button = QPushButton("&Choose…")
        self.form_box = choice_box([("As its content says", "")])
        for form, words in FORMATS.items():
            if form != "openface-exact":
                self.form_box.addItem(words.name, form)
        self.recording_box = choice_box(
            (listed.entry.name, one) for one, listed in self._document.listed.items()
        )
        chosen = self.recording_box.findData(self._document.recording_id)
        self.recording_box.setCurrentIndex(max(chosen, 0))
        self.camera_box = choice_box([("RGB", "rgb"), ("Events", "events")])
        self.onto_box = choice_box()
        self.person_field = QLineEdit()
        self.person_field.setMaxLength(60)
        self.first_box = choice_box([("0", 0), ("1", 1)])
        self.rate_field = _number_field("as the recording's video", QDoubleValidator(0, 1e6, 6))
        self.face_field = _number_field("the only one", QIntValidator(0, 1_000_000))
        self.said = QTextBrowser()
        self.said.document().setDocumentMargin(GRID)
        self.said.setAccessibleName("What comes in")
        self.import_button = QPushButton("&Import")
        self.import_button.setProperty("primary", True)
        self.import_button.setDefault(True)
        self._cancel = QPushButton("Cancel")
        for button in (self.choose_button, self._cancel):
            button.setAutoDefault(False)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self._ask)
        self._build()
        self._connect()
        self._update()
        self._say([_FIRST])
        self.import_button.setEnabled(False)
        interchange.find_annotators()
        self.choose_button.setFocus()

    def choose_file(self, path: Path) -> None:
        """Look at a file."""
        self._path = path
        self._interchange.folder = path.parent
        self.path_field.setText(str(path))
        self.form_box.setCurrentIndex(0)
        self.form_box.setItemData(0, "")
        self.form_box.setItemText(0, "As its content says")
        # What was said of another file need not hold for this one.
        self.first_box.setCurrentIndex(0)
        self.rate_field.clear()
        self.face_field.clear()
        self._forget()
        self._say(["Reading the file…"])
        self._interchange.recognise(path)

    def done(self, result: int) -> None:
        """Forget what was planned and not taken."""
        self._settle.stop()
        self._interchange.forget_plan()
        super().done(result)

    @property
    def form(self) -> str:
        """The format; empty while it is not known."""
        return str(self.form_box.currentData())

    @property
    def text(self) -> str:
        """What is said of the file."""
        return self.said.toPlainText()

    def _build(self) -> None:
        form = self._form = QFormLayout()
        form.setHorizontalSpacing(2 * GRID)
        form.setVerticalSpacing(GRID)
        file = QHBoxLayout()
        file.setSpacing(GRID)
        file.addWidget(self.path_field, 1)
        file.addWidget(self.choose_button)
        add_row(form, "Fil&e", self.path_field, file)
        add_row(form, "&Format", self.form_box)
        add_row(form, "&Recording", self.recording_box)
        add_row(form, "&Picture", self.camera_box)
        add_row(form, "&Onto", self.onto_box)
        add_row(form, "&Labels by", self.person_field)
        add_row(form, "First fra&me is number", self.first_box)
        add_row(form, "Frames a &second", self.rate_field)
        add_row(form, "Face &number", self.face_field)
        align_labels(form)
        foot = button_row(self._cancel, self.import_button)
        layout = column_of(self)
        layout.addLayout(form)
        layout.addWidget(self.said, 1)
        layout.addLayout(foot)
        room = self.screen().availableSize()
        self.resize(
            min(scaled(84 * GRID), round(0.92 * room.width())),
            min(scaled(72 * GRID), round(0.9 * room.height())),
        )

    def _connect(self) -> None:
        self.choose_button.clicked.connect(self._on_choose)
        self.import_button.clicked.connect(self._on_import)
        self._cancel.clicked.connect(self.reject)
        self.form_box.activated.connect(self._on_changed)
        self.onto_box.activated.connect(self._on_changed)
        self.first_box.activated.connect(self._on_changed)
        self.recording_box.activated.connect(self._on_changed)
        self.camera_box.activated.connect(self._on_changed)
        self.person_field.textEdited.connect(self._on_changed)
        self.rate_field.textEdited.connect(self._on_changed)
        self.face_field.textEdited.connect(self._on_changed)
        interchange = self._interchange
        interchange.annotators_found.connect(self._on_annotators_found)
        interchange.recognised.connect(self._on_recognised)
        interchange.planned.connect(self._on_planned)
        interchange.plan_failed.connect(self._on_plan_failed)

    @Slot()
    def _on_choose(self) -> None:
        project = self._document.project
        home = Path.home() if project is None else project.path.parent
        name, _ = QFileDialog.getOpenFileName(
            self,
            "File of labels",
            str(self._interchange.folder or home),
            f"Labels ({_FILES});;All files (*)",
        )
        if name:
            self.choose_file(Path(name))

    @Slot(object, object, str)
    def _on_recognised(self, path: Path, found: Recognised | None, problem: str) -> None:
        if path != self._path:
            return
        if found is None:
            self._say([in_window_words(problem)], is_problem=True)
            self._update()
            return
        self.form_box.setItemData(0, str(found.form))
        self.form_box.setItemText(0, f"{FORMATS[str(found.form)].name}, as its content says")
        if found.camera is not None:
            self.camera_box.setCurrentIndex(self.camera_box.findData(str(found.camera)))
        self._on_changed()

    @Slot()
    def _on_changed(self) -> None:
        self._update()
        self._forget()
        if self._path is not None and self.form:
            self._say(["Reading the file…"])
            self._settle.start()

    def _update(self) -> None:
        """Ask only what matters for the format."""
        asked = _ASKED.get(self.form, set())
        for part, name in (
            (self.camera_box, "camera"),
            (self.onto_box, "onto"),
            (self.person_field, "person"),
            (self.first_box, "first_frame"),
            (self.rate_field, "rate"),
            (self.face_field, "face"),
        ):
            self._form.setRowVisible(part, name in asked)
        kept = self.onto_box.currentData()
        self.onto_box.clear()
        self.onto_box.addItem("A track of its own", "")
        for role in landmark_roles(
            self._document, self.recording_box.currentData(), self.camera_box.currentData()
        ):
            self.onto_box.addItem(f"Corrections of “{role}”", role)
        self.onto_box.setCurrentIndex(max(self.onto_box.findData(kept), 0))
        nobody = (
            f"{self._document.annotator}, where the file does not say"
            if self.form == "elan"
            else "a machine, where the file does not say"
        )
        self.person_field.setPlaceholderText(nobody)

    def _forget(self) -> None:
        self._preview = None
        self._settle.stop()
        self._interchange.forget_plan()
        self.import_button.setEnabled(False)

    @Slot()
    def _ask(self) -> None:
        asked = _ASKED.get(self.form, set())
        self._interchange.plan(
            ImportRequest(
                self.recording_box.currentData(),
                str(self._path),
                self.form,
                self.camera_box.currentData(),
                self.onto_box.currentData() if "onto" in asked else "",
                self.person_field.text().strip() if "person" in asked else "",
                self.first_box.currentData() if "first_frame" in asked else 0,
                float(_number(self.rate_field, 0.0)) if "rate" in asked else 0.0,
                int(_number(self.face_field, -1)) if "face" in asked else -1,
            )
        )

    @Slot(object)
    def _on_planned(self, preview: ImportPreview) -> None:
        self._preview = preview
        self._say(preview_in_words(preview))
        self.import_button.setEnabled(not preview.is_empty)

    @Slot(str)
    def _on_plan_failed(self, problem: str) -> None:
        self._say([in_window_words(problem)], is_problem=True)

    @Slot(object)
    def _on_annotators_found(self, names: list[str]) -> None:
        completer = QCompleter(names, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.person_field.setCompleter(completer)

    @Slot()
    def _on_import(self) -> None:
        if self._preview is not None and self._path is not None:
            name = self._path.name
            self._interchange.bring_in(name, imported_in_words(name, self._preview))
            self.accept()

    def _say(self, lines: list[str], *, is_problem: bool = False) -> None:
        colour = self._theme.error if is_problem else self._theme.text
        self.said.setHtml(
            "".join(f'<p style="color: {colour};">{escape(line)}</p>' for line in lines)
        )


def _number_field(empty: str, validator: QValidator) -> QLineEdit:
    """Return a field for a number; `empty` says what holds where there is none."""
    field = QLineEdit()
    field.setPlaceholderText(empty)
    # Whatever language the system speaks, a point is a point.
    validator.setLocale(QLocale.c())
    validator.setParent(field)
    field.setValidator(validator)
    return field


def _number(field: QLineEdit, otherwise: float) -> float:
    return float(field.text()) if field.hasAcceptableInput() else otherwise
