"""How far two annotators say the same."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFileDialog,
    QGridLayout,
    QLabel,
    QPushButton,
    QTabWidget,
    QTextBrowser,
    QWidget,
)

from evface.agreement.tables import (
    EDGE_COLUMNS,
    EVENT_COLUMNS,
    FRAME_COLUMNS,
    REGION_COLUMNS,
    all_undefined,
    class_in_words,
    edge_cells,
    event_cells,
    explain_undefined,
    frame_cells,
    recordings_in_words,
    region_cells,
)
from evface_studio.dialogs.choice_rows import button_row, column_of
from evface_studio.dialogs.figure_table import FigureTable
from evface_studio.look.text_size import scaled
from evface_studio.look.theme import GRID, Theme
from evface_studio.opening import PROJECT_SUFFIX
from evface_studio.sharing.comparing import Comparing, Comparison

if TYPE_CHECKING:
    from evface.agreement.report import AgreementReport
    from evface.projects.label_set import LabelCounts

_SETTLE_MS = 200
_NOBODY = "Nobody has labelled anything in this project yet."
_FILTERS = "Web page (*.html);;Table (*.csv);;JSON (*.json)"


class AgreementDialog(QDialog):
    """Compares two annotators of the open project, or one of it with one of another project."""

    def __init__(self, comparing: Comparing, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Agreement")
        self._comparing = comparing
        self._theme = theme
        self._other: Path | None = None
        self._names: list[str] = []
        self._report: AgreementReport | None = None
        self.first_box, self.second_box = (QComboBox() for _ in range(2))
        self.other_button = QPushButton("&Other project…")
        self.other_button.setToolTip("Choose the second annotator's own project")
        self.same_button = QPushButton("&This project")
        self.step_field = _milliseconds("Length of a moment", 1.0, 1_000.0, 10.0)
        self.tolerance_field = _milliseconds("Tolerance of onsets", 0.0, 10_000.0, 500.0)
        self.absent_box = QCheckBox("Count what is not &coded as absent")
        self.absent_box.setToolTip(
            "For annotators who mark where an action unit is, and nothing where it is not"
        )
        self.summary = QLabel()
        self.summary.setWordWrap(True)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.landmarks = FigureTable(
            "Landmarks", ("Track", *_headings(REGION_COLUMNS)), n_names=2, fills=False
        )
        self.moments, self.events, self.edges = (
            FigureTable(name, _headings(columns), fills=False)
            for name, columns in (
                ("Action units by moment", FRAME_COLUMNS),
                ("Action units by event", EVENT_COLUMNS),
                ("Onsets and offsets", EDGE_COLUMNS),
            )
        )
        self.explained = QTextBrowser()
        self.explained.document().setDocumentMargin(GRID)
        self.explained.setAccessibleName("How it was compared")
        self.export_button = QPushButton("&Export…")
        self.export_button.setEnabled(False)
        close = QPushButton("Close")
        for button in (self.other_button, self.same_button, self.export_button, close):
            button.setAutoDefault(False)
        self._build(close)
        self.same_button.hide()
        # While somebody types a number, only the last one is compared.
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self._compare)
        for box in (self.first_box, self.second_box):
            box.activated.connect(self._compare)
        for field in (self.step_field, self.tolerance_field):
            field.valueChanged.connect(lambda _: self._settle.start())
        self.absent_box.toggled.connect(self._compare)
        self.other_button.clicked.connect(self._on_other)
        self.same_button.clicked.connect(self._on_same)
        self.export_button.clicked.connect(self._on_export)
        close.clicked.connect(self.reject)
        comparing.counted.connect(self._on_counted)
        comparing.others_found.connect(self._on_others_found)
        comparing.compared.connect(self._on_compared)
        comparing.written.connect(self._on_written)
        comparing.failed.connect(self._on_failed)
        self._say("Looking who labelled what…")
        comparing.count()

    def choose_other(self, path: Path) -> None:
        """Compare with somebody of another project."""
        self._other = path
        self.same_button.show()
        self._comparing.find_annotators(path)

    def _build(self, close: QPushButton) -> None:
        choice = QGridLayout()
        choice.setHorizontalSpacing(GRID)
        choice.setVerticalSpacing(GRID)
        for row, (text, box) in enumerate(
            (("&First annotator", self.first_box), ("&Second annotator", self.second_box))
        ):
            label = QLabel(text)
            label.setBuddy(box)
            box.setAccessibleName(text.replace("&", ""))
            box.setMinimumWidth(scaled(26 * GRID))
            choice.addWidget(label, row, 0)
            choice.addWidget(box, row, 1)
        choice.addWidget(self.other_button, 1, 2)
        choice.addWidget(self.same_button, 1, 3)
        for row, (text, field) in enumerate(
            (("&Moments of", self.step_field), ("O&nsets at most apart", self.tolerance_field))
        ):
            label = QLabel(text)
            label.setBuddy(field)
            choice.addWidget(label, row, 5, Qt.AlignmentFlag.AlignRight)
            choice.addWidget(field, row, 6)
        choice.setColumnStretch(4, 1)
        choice.addWidget(self.absent_box, 2, 5, 1, 2, Qt.AlignmentFlag.AlignRight)
        foot = button_row(self.export_button, close)
        for page, title in (
            (self.landmarks, "Landmarks"),
            (self.moments, "Action units by moment"),
            (self.events, "Action units by event"),
            (self.edges, "Onsets and offsets"),
            (self.explained, "How it was compared"),
        ):
            self.tabs.addTab(page, title)
        layout = column_of(self, spacing_px=GRID + GRID // 2)
        layout.addLayout(choice)
        layout.addWidget(self.summary)
        layout.addWidget(self.tabs, 1)
        layout.addLayout(foot)
        room = self.screen().availableSize()
        self.resize(
            min(scaled(128 * GRID), round(0.92 * room.width())),
            min(scaled(84 * GRID), round(0.9 * room.height())),
        )

    @Slot(object)
    def _on_counted(self, counts: dict[str, LabelCounts]) -> None:
        self._names = list(counts)
        self._fill(self.first_box, self._names, 0)
        if self._other is None:
            self._fill(self.second_box, self._names, 1)
        self._compare()

    @Slot(object)
    def _on_others_found(self, names: list[str]) -> None:
        if self._other is not None:
            self._fill(self.second_box, names, 0, suffix=f" ({self._other.name})")
            self._compare()

    def _fill(self, box: QComboBox, names: Sequence[str], row: int, *, suffix: str = "") -> None:
        box.clear()
        for name in names:
            box.addItem(f"{name}{suffix}", name)
        box.setCurrentIndex(min(row, len(names) - 1))

    @Slot()
    def _compare(self) -> None:
        first, second = self.first_box.currentData(), self.second_box.currentData()
        self.export_button.setEnabled(False)
        if first is None or second is None or (first == second and self._other is None):
            self._report = None
            self.tabs.setEnabled(False)
            self._say(_lacking(self._names, self._other))
            return
        self.tabs.setEnabled(True)
        self._say("Comparing…")
        self._comparing.compare(
            Comparison(
                first,
                second,
                self._other,
                round(self.step_field.value() * 1_000),
                round(self.tolerance_field.value() * 1_000),
                self.absent_box.isChecked(),
            )
        )

    @Slot(object)
    def _on_compared(self, report: AgreementReport) -> None:
        self._report = report
        self.export_button.setEnabled(True)
        self._say(f"{recordings_in_words(report)} Class of the recording: {class_in_words(report)}")
        rows, totals = _region_rows(report)
        self.landmarks.show_rows(rows, totals=totals)
        reasons = ["\n".join(explain_undefined(unit)) for unit in report.units]
        for table, cells in (
            (self.moments, frame_cells),
            (self.events, event_cells),
            (self.edges, edge_cells),
        ):
            table.show_rows(
                map(cells, report.units),
                tips=reasons,
                totals=(len(report.units) - 1,),
            )
        corners = {" and ".join(track.eye_corners) for track in report.landmarks}
        self.explained.setHtml(
            "".join(
                f"<h4>{heading}</h4><ul>{''.join(f'<li>{escape(one)}</li>' for one in lines)}</ul>"
                for heading, lines in (
                    ("Limits", report.notes),
                    ("Undefined (–)", all_undefined(report)),
                    ("Eye corners that distances are divided by", sorted(corners)),
                    ("How it was compared", report.methods),
                )
                if lines
            )
        )

    @Slot(object)
    def _on_written(self, path: Path) -> None:
        self._say(f"Written to {path}.")

    @Slot(str)
    def _on_failed(self, problem: str) -> None:
        self._say(problem, is_problem=True)

    @Slot()
    def _on_other(self) -> None:
        path = self._comparing.path
        name, _ = QFileDialog.getOpenFileName(
            self,
            "The second annotator's project",
            str(path.parent if path is not None else Path.home()),
            f"Projects (*{PROJECT_SUFFIX})",
        )
        if name:
            self.choose_other(Path(name))

    @Slot()
    def _on_same(self) -> None:
        self._other = None
        self.same_button.hide()
        self._fill(self.second_box, self._names, 1)
        self._compare()

    @Slot()
    def _on_export(self) -> None:
        path, report = self._comparing.path, self._report
        if path is None or report is None:
            return
        proposed = path.with_name(f"{path.stem} agreement.html")
        name, chosen = QFileDialog.getSaveFileName(self, "Export", str(proposed), _FILTERS)
        if name:
            self._comparing.write(report, _with_suffix(Path(name), chosen))

    def _say(self, text: str, *, is_problem: bool = False) -> None:
        self.summary.setText(text)
        colour = self._theme.error if is_problem else self._theme.muted
        self.summary.setStyleSheet(f"color: {colour};")


def _region_rows(report: AgreementReport) -> tuple[list[list[str]], list[int]]:
    """Return a row for each region, the track's name before its first, and which are totals."""
    rows, totals = [], []
    for track in report.landmarks:
        for number, region in enumerate(track.regions):
            rows.append(["" if number else track.role, *region_cells(region)])
        totals.append(len(rows) - 1)
    return rows, totals


def _headings(columns: Sequence[tuple[str, str]]) -> list[str]:
    return [f"{name}\n{below}" for name, below in columns]


def _milliseconds(name: str, least: float, most: float, value: float) -> QDoubleSpinBox:
    field = QDoubleSpinBox()
    field.setRange(least, most)
    field.setDecimals(0)
    field.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
    field.setSingleStep(10.0)
    field.setSuffix(" ms")
    field.setValue(value)
    field.setAccessibleName(name)
    return field


def _lacking(names: Sequence[str], other: Path | None) -> str:
    """Return what is missing for a comparison."""
    if other is not None:
        return f"Nobody labelled anything in {other.name}." if names else _NOBODY
    if not names:
        return _NOBODY
    if len(names) == 1:
        return (
            f"Only {names[0]} labelled anything here. Choose the project of somebody else who "
            "labelled the same recordings."
        )
    return "Choose two different annotators."


def _with_suffix(path: Path, chosen: str) -> Path:
    """Return the name with the ending of the form that was chosen, unless it has one."""
    if path.suffix.lower() in (".html", ".csv", ".json"):
        return path
    suffix = next((one for one in (".csv", ".json") if one in chosen), ".html")
    return path.with_name(path.name + suffix)
