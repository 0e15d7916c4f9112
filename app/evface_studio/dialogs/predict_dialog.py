"""Which networks are asked about which recordings, and how."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFormLayout,
    QLabel,
    QPushButton,
    QWidget,
)

from evface.annotations.roles import LANDMARK_ROLES
from evface.annotations.tracks import Camera
from evface.training.runs import Run
from evface_studio.dialogs.choice_rows import (
    add_row,
    align_labels,
    button_row,
    choice_box,
    column_of,
    muted_label,
)
from evface_studio.learning.predicting import Predicting, PredictionRequest
from evface_studio.look.text_size import scaled
from evface_studio.look.theme import GRID, Theme
from evface_studio.sharing.words import counted

_NONE = ""
_BETWEEN = (
    ("30 a second, as in training", 0),
    ("60 a second", 1),
    ("120 a second", 3),
    ("300 a second", 9),
)
_BESIDE = (
    ("One look: quickest", 0),
    ("Mean of 3 looks: steadier", 2),
    ("Mean of 5 looks: steadiest, five times as long", 4),
)
_NO_NETWORK = (
    "No network yet. Train one (Learning > Train), or import one in the models panel; "
    "it can be asked then."
)
_NOTHING = "Choose a network."
_NO_FACE = (
    "Nobody knows where the face is in {}: choose landmarks as well, or process {} first. "
    "Else the network looks at the middle of the picture."
)


class PredictDialog(QDialog):
    """Shows the networks of the project, the ones asked last chosen."""

    def __init__(
        self,
        predicting: Predicting,
        theme: Theme,
        parent: QWidget | None = None,
        *,
        asks_all: bool,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Predict")
        self._predicting = predicting
        self._document = predicting.document
        last = predicting.last
        self.recordings_box = choice_box(self._recordings(asks_all=asks_all))
        self.landmarks_box = self._network_box("landmarks", last.landmarks)
        self.units_box = self._network_box("action_units", last.action_units)
        self.between_box = choice_box(_BETWEEN)
        self.beside_box = choice_box(_BESIDE)
        self.smooth_box = QCheckBox("S&mooth landmarks in time")
        self.smooth_box.setChecked(last.smooths)
        for box, kept in ((self.between_box, last.n_between), (self.beside_box, last.n_beside)):
            box.setCurrentIndex(max(box.findData(kept), 0))
        self.summary = muted_label(theme)
        self.predict_button = QPushButton("&Predict")
        self.predict_button.setProperty("primary", True)
        self.predict_button.setDefault(True)
        self._cancel = QPushButton("Cancel")
        self._cancel.setAutoDefault(False)
        self._build()
        for box in (self.recordings_box, self.landmarks_box, self.units_box):
            box.currentIndexChanged.connect(self._update)
        self.predict_button.clicked.connect(self._on_predict)
        self._cancel.clicked.connect(self.reject)
        self._update()
        self.predict_button.setFocus()

    @property
    def request(self) -> PredictionRequest:
        """What is chosen."""
        return PredictionRequest(
            self.landmarks_box.currentData() or _NONE,
            self.units_box.currentData() or _NONE,
            self.between_box.currentData(),
            self.beside_box.currentData(),
            self.smooth_box.isChecked(),
        )

    @property
    def recordings(self) -> tuple[str, ...]:
        """The recordings chosen, by id."""
        chosen = self.recordings_box.currentData()
        return tuple(chosen.split("\n")) if chosen else ()

    def _recordings(self, *, asks_all: bool) -> list[tuple[str, str]]:
        listed, shown = self._document.listed, self._document.recording_id
        rows = [(listed[shown].entry.name, shown)] if shown in listed else []
        if len(listed) > 1:
            rows.append((f"All {len(listed)} recordings", "\n".join(listed)))
        return rows[::-1] if asks_all else rows

    def _network_box(self, task: str, last: str) -> QComboBox:
        """Return the networks for a task, the one asked last chosen, or the newest.

        One that was trained since is what people want to see.
        """
        runs = [run for run in self._predicting.networks if run.task == task]
        box = choice_box((_words(run), str(run.checkpoint)) for run in runs)
        box.addItem("None", _NONE)
        was_used = self._predicting.last.checkpoints
        fallback = box.count() - 1 if was_used and not last else 0
        kept = box.findData(last) if last and box.findData(last) >= 0 else fallback
        box.setCurrentIndex(0 if runs and self._predicting.is_new(runs[0]) else kept)
        box.setEnabled(bool(runs))
        return box

    def _build(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(2 * GRID)
        form.setVerticalSpacing(GRID)
        add_row(form, "&Recordings", self.recordings_box)
        add_row(form, "&Landmarks", self.landmarks_box)
        add_row(form, "How &often", self.between_box)
        add_row(form, "Loo&ks", self.beside_box)
        form.addRow("", self.smooth_box)
        add_row(form, "&Action units", self.units_box)
        align_labels(form)
        foot = button_row(self._cancel, self.predict_button)
        layout = column_of(self)
        layout.addLayout(form)
        layout.addWidget(self.summary)
        layout.addStretch(1)
        layout.addLayout(foot)
        self.summary.setMinimumHeight(4 * QLabel().fontMetrics().lineSpacing())
        self.resize(scaled(62 * GRID), self.sizeHint().height())

    @Slot()
    def _update(self) -> None:
        has_landmarks = bool(self.landmarks_box.currentData())
        for box in (self.between_box, self.beside_box, self.smooth_box):
            box.setEnabled(has_landmarks)
        self.predict_button.setEnabled(bool(self.request.checkpoints) and bool(self.recordings))
        self.summary.setText(self._words())

    def _words(self) -> str:
        if not self._predicting.networks:
            return _NO_NETWORK
        if not self.request.checkpoints:
            return _NOTHING
        listed = self._document.listed
        roles = set(LANDMARK_ROLES[Camera.EVENTS])
        blind = [
            listed[one].entry.name
            for one in self.recordings
            if one in listed and not roles & set(listed[one].roles)
        ]
        if blind and not self.landmarks_box.currentData():
            what = blind[0] if len(blind) == 1 else counted(len(blind), "recording")
            return _NO_FACE.format(what, "it" if len(blind) == 1 else "them")
        replaced = sum(
            any(role.startswith("predicted_") for role in listed[one].roles)
            for one in self.recordings
            if one in listed
        )
        more = "Former predictions are replaced. " if replaced else ""
        return f"{more}Labels and corrections stay as they are; all of it can be undone."

    @Slot()
    def _on_predict(self) -> None:
        request, recordings = self.request, self.recordings
        self.accept()
        self._predicting.predict(request, recordings)


def _words(run: Run) -> str:
    """Return the name of a run, and its network where that says something else."""
    return run.name if run.name.startswith(run.network) else f"{run.name} ({run.network})"
