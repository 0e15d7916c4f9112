"""What of a project's labels goes into which files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QWidget,
)

from evface.interchange.destinations import file_names
from evface.interchange.formats import SUFFIXES, Format
from evface.interchange.sidecar import sidecar_path
from evface_studio.dialogs.choice_rows import (
    add_row,
    align_labels,
    button_row,
    choice_box,
    column_of,
    muted_label,
)
from evface_studio.look.text_size import scaled
from evface_studio.look.theme import GRID, Theme
from evface_studio.sharing.interchange import ExportRequest, Interchange, landmark_roles
from evface_studio.sharing.interchange_words import FORMATS, list_in_words
from evface_studio.sharing.words import counted

_CAMERAS = (("RGB", "rgb"), ("Events", "events"))
_UNITS = (
    ("Measured by a model", "model"),
    ("Coded by people", "coded"),
    ("None", "none"),
)
_ALL = ""


class ExportDialog(QDialog):
    """Asks what is exported and where to; the project is never changed by it."""

    def __init__(self, interchange: Interchange, theme: Theme, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export labels")
        self._interchange = interchange
        self._document = interchange.document
        self._theme = theme
        self._is_asking = False
        self._proposed = ""
        self.form_box = choice_box(
            (f"{words.name} ({SUFFIXES[Format(form)]})", form) for form, words in FORMATS.items()
        )
        self.about = muted_label(theme)
        self.about.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.about.setMinimumHeight(3 * self.about.fontMetrics().lineSpacing())
        self.recordings_box = choice_box(self._recordings())
        self.camera_box = choice_box(_CAMERAS)
        self.role_box = choice_box()
        self.author_box = choice_box(self._authors([]))
        self.units_box = choice_box(_UNITS)
        self.keyframes_box = QCheckBox("&Keyframe on every frame")
        self.keyframes_box.setToolTip("CVAT then shows every frame as it is here, not only ours")
        self.path_field = QLineEdit()
        self.choose_button = QPushButton("&Choose…")
        self.summary = QLabel()
        self.summary.setWordWrap(True)
        self.export_button = QPushButton("E&xport")
        self.export_button.setProperty("primary", True)
        self.export_button.setDefault(True)
        self._cancel = QPushButton("Cancel")
        for button in (self.choose_button, self._cancel):
            button.setAutoDefault(False)
        self._build()
        self._propose_path()
        self.form_box.currentIndexChanged.connect(self._on_form_changed)
        self.recordings_box.currentIndexChanged.connect(self._on_recordings_changed)
        self.camera_box.currentIndexChanged.connect(self._update)
        self.path_field.textChanged.connect(self._update_summary)
        self.choose_button.clicked.connect(self._on_choose)
        self.export_button.clicked.connect(self._on_export)
        self._cancel.clicked.connect(self.reject)
        interchange.annotators_found.connect(self._on_annotators_found)
        interchange.existing_found.connect(self._on_existing_found)
        interchange.find_annotators()
        self._update()
        self.form_box.setFocus()

    @property
    def request(self) -> ExportRequest:
        """What is chosen."""
        form = self.form_box.currentData()
        return ExportRequest(
            form,
            tuple(self._chosen),
            tuple(map(str, self.paths)),
            self.author_box.currentData(),
            self.camera_box.currentData(),
            self._role,
            self.keyframes_box.isChecked(),
            self.units_box.currentData(),
        )

    @property
    def paths(self) -> list[Path]:
        """The file of each recording."""
        target = self._target
        if not self._are_all:
            has_suffix = target.suffix.lower() == self._suffix
            return [target if has_suffix else target.with_name(target.name + self._suffix)]
        return [target / name for name in self._names]

    @property
    def _are_all(self) -> bool:
        return bool(self.recordings_box.currentData() == _ALL)

    @property
    def _chosen(self) -> list[str]:
        """The recordings, by id."""
        return [*self._document.listed] if self._are_all else [self.recordings_box.currentData()]

    @property
    def _role(self) -> str:
        """The track; empty for the one that each recording shows first."""
        is_first = self.role_box.currentIndex() <= 0
        return "" if self._are_all and is_first else self.role_box.currentData() or ""

    @property
    def _names(self) -> list[str]:
        """Names for the file of each recording."""
        names = [self._document.listed[one].entry.name for one in self._chosen]
        if self._suffix == SUFFIXES[Format.HDF5]:
            # Events are called so already, most likely in this very folder.
            names = [f"{name} labels" for name in names]
        return file_names(names, self._suffix)

    @property
    def _suffix(self) -> str:
        return SUFFIXES[Format(self.form_box.currentData())]

    @property
    def _target(self) -> Path:
        # What is typed without a folder lies beside the project.
        return self._home / Path(self.path_field.text().strip()).expanduser()

    @property
    def _home(self) -> Path:
        project = self._document.project
        return self._interchange.folder or (Path.home() if project is None else project.path.parent)

    def _recordings(self) -> list[tuple[str, str]]:
        listed = self._document.listed
        chosen = self._document.recording_id
        ids = sorted(listed, key=lambda one: one != chosen)
        rows = [(listed[one].entry.name, one) for one in ids]
        if len(rows) > 1:
            rows.append((f"All {len(rows)} recordings", _ALL))
        return rows

    def _authors(self, names: Sequence[str]) -> list[tuple[str, str]]:
        own = self._document.annotator
        if self._document.is_blind:
            return [(own, own)]
        return [("Everyone", ""), *((name, name) for name in names)]

    def _build(self) -> None:
        form = self._form = QFormLayout()
        form.setHorizontalSpacing(2 * GRID)
        form.setVerticalSpacing(GRID)
        add_row(form, "&Format", self.form_box)
        form.addRow("", self.about)
        add_row(form, "&Recordings", self.recordings_box)
        add_row(form, "&Picture", self.camera_box)
        add_row(form, "&Track", self.role_box)
        add_row(form, "&Labels of", self.author_box)
        add_row(form, "&Action units", self.units_box)
        form.addRow("", self.keyframes_box)
        where = QHBoxLayout()
        where.setSpacing(GRID)
        where.addWidget(self.path_field, 1)
        where.addWidget(self.choose_button)
        add_row(form, "&Write to", self.path_field, where)
        align_labels(form)
        foot = button_row(self._cancel, self.export_button)
        layout = column_of(self)
        layout.addLayout(form)
        layout.addWidget(self.summary)
        layout.addStretch(1)
        layout.addLayout(foot)
        room = self.screen().availableSize()
        self.resize(min(scaled(80 * GRID), round(0.92 * room.width())), scaled(52 * GRID))

    def _propose_path(self) -> None:
        self._proposed = str(self._home if self._are_all else self._home / self._names[0])
        self.path_field.setText(self._proposed)

    @Slot()
    def _on_form_changed(self) -> None:
        target = self._target
        if self.path_field.text() == self._proposed:
            self._propose_path()
        elif not self._are_all and target.suffix.lower() in SUFFIXES.values():
            self.path_field.setText(str(target.with_suffix(self._suffix)))
        self._update()

    @Slot()
    def _on_recordings_changed(self) -> None:
        self._propose_path()
        self._update()

    @Slot()
    def _update(self) -> None:
        """Ask only what matters for the format."""
        form = self.form_box.currentData()
        words = FORMATS[form]
        self.about.setText(f"{words.purpose}\n{words.lacks}")
        self.form_box.setAccessibleDescription(self.about.text())
        roles = landmark_roles(self._document, self._chosen[0], self.camera_box.currentData())
        kept = self.role_box.currentData()
        self.role_box.clear()
        for role in roles:
            self.role_box.addItem(role, role)
        self.role_box.setCurrentIndex(max(self.role_box.findData(kept), 0))
        for part, is_asked in (
            (self.camera_box, words.has_landmarks),
            (self.role_box, words.has_landmarks and len(roles) > 1),
            (self.units_box, form.startswith("openface")),
            (self.keyframes_box, form == "cvat"),
        ):
            self._form.setRowVisible(part, is_asked)
        self._update_summary()

    @Slot()
    def _update_summary(self) -> None:
        is_named = bool(self.path_field.text().strip())
        self.export_button.setEnabled(is_named)
        if not is_named:
            what = "a folder" if self._are_all else "a file"
            self.summary.setText(f"Choose {what} to write.")
            return
        has_sidecar = FORMATS[self.form_box.currentData()].has_sidecar
        names = [path.name for path in self.paths]
        words = f"Writes {list_in_words(names)}"
        if has_sidecar and len(names) == 1:
            words += f" and its sidecar {sidecar_path(self.paths[0]).name}"
        elif has_sidecar:
            words += ", each with its sidecar"
        self.summary.setText(f"{words}. The project is not changed.")

    @Slot(object)
    def _on_annotators_found(self, names: list[str]) -> None:
        kept = self.author_box.currentData()
        self.author_box.clear()
        for text, name in self._authors(names):
            self.author_box.addItem(text, name)
        self.author_box.setCurrentIndex(max(self.author_box.findData(kept), 0))

    @Slot()
    def _on_choose(self) -> None:
        if self._are_all:
            chosen = QFileDialog.getExistingDirectory(
                self, "Folder to write to", self.path_field.text()
            )
        else:
            # Whether to replace is asked once, when all files are known.
            chosen, _ = QFileDialog.getSaveFileName(
                self,
                "File to write",
                str(self._target),
                f"{FORMATS[self.form_box.currentData()].name} (*{self._suffix})",
                options=QFileDialog.Option.DontConfirmOverwrite,
            )
        if chosen:
            self.path_field.setText(chosen)

    @Slot()
    def _on_export(self) -> None:
        paths = self.paths
        self._is_asking = True
        self.export_button.setEnabled(False)
        self._interchange.find_existing([*paths, *map(sidecar_path, paths)])

    @Slot(object)
    def _on_existing_found(self, existing: list[Path]) -> None:
        if not self._is_asking:
            return
        self._is_asking = False
        self.export_button.setEnabled(True)
        if not existing:
            self._export()
            return
        box = QMessageBox(self)
        box.setObjectName("replace")
        box.setWindowTitle("Replace files")
        are = "is" if len(existing) == 1 else "are"
        box.setText(f"{list_in_words([path.name for path in existing])} {are} there already.")
        box.setInformativeText("What it holds is lost when it is replaced.")
        if len(existing) > 1:
            box.setInformativeText("What they hold is lost when they are replaced.")
        replace = box.addButton("&Replace", QMessageBox.ButtonRole.DestructiveRole)
        keep = box.addButton("&Keep", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        box.setEscapeButton(keep)
        replace.clicked.connect(self._export)
        box.open()

    @Slot()
    def _export(self) -> None:
        request = self.request
        target = Path(request.paths[0])
        self._interchange.folder = target.parent
        name = FORMATS[request.form].name
        listed = self._document.listed
        what = (
            listed[request.recordings[0]].entry.name
            if len(request.recordings) == 1
            else counted(len(request.recordings), "recording")
        )
        self._interchange.export(request, f"Export {what} as {name}")
        self.accept()
