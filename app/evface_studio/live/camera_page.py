"""Where a camera is chosen."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from evface.cameras.base import CameraKind, Found
from evface_studio.live.choice import OWN_FRAMES, LiveChoice, key_of_file
from evface_studio.live.finding import CameraFinding
from evface_studio.live.words import sentence
from evface_studio.look.icons import pixmap
from evface_studio.look.text_size import bound_size, scaled, set_text_factor
from evface_studio.look.theme import GRID, Theme
from evface_studio.opening import EVENT_SUFFIXES, VIDEO_SUFFIXES
from evface_studio.panels.scrolled_column import ScrolledColumn

_WIDTH = 640
_ASK_VIDEO = "?"
_ICONS = {
    CameraKind.EVENT_CAMERA: "events",
    CameraKind.WEBCAM: "video",
    CameraKind.SIMULATED: "video",
    CameraKind.REPLAY: "play",
    CameraKind.STREAM: "link",
}


class CameraPage(ScrolledColumn):
    """Lists the cameras that are here, and takes a recording or an address instead."""

    # A `LiveChoice`.
    chosen = Signal(object)

    def __init__(self, finding: CameraFinding, theme: Theme) -> None:
        body = QWidget()
        super().__init__("Choose a camera", (body,))
        self._finding, self._theme = finding, theme
        self._title = QLabel("Which camera?")
        set_text_factor(self._title, 1.5)
        self._text = QLabel(
            "Everything stays on this computer. Nothing is recorded until you say so."
        )
        self._text.setWordWrap(True)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(GRID)
        self.rows: list[CameraRow] = []
        self._looking = QLabel()
        self._looking.setWordWrap(True)
        self.again = QPushButton("Look again")
        self.again.clicked.connect(finding.look)
        self.recording = QPushButton("A recording as camera…")
        self.recording.setToolTip("Plays an event file, or a video through the event simulator")
        self.recording.clicked.connect(self._ask_recording)
        self.loops = QCheckBox("again and again")
        self.loops.setToolTip("At its end a recording begins anew")
        self.loops.setChecked(True)
        self.address = QLineEdit()
        self.address.setPlaceholderText("tcp://192.168.1.20:7836")
        self.address.setAccessibleName("Address of another computer")
        self.address.setToolTip("Where evface serve runs on another computer")
        self.connect_button = QPushButton("Connect")
        self.connect_button.clicked.connect(self._on_address)
        self.address.returnPressed.connect(self._on_address)
        self.frames = QComboBox()
        self.frames.setAccessibleName("RGB camera beside it")
        self.frames.activated.connect(self._on_frames)
        self._frames_key = OWN_FRAMES
        self._video: Path | None = None
        self._frames_text = QLabel(
            "Landmarks, action units and the mesh come from an RGB camera beside the event "
            "camera, or from networks that you trained."
        )
        self._frames_text.setWordWrap(True)
        self._lay_out(body)
        finding.changed.connect(self._on_found)
        self.set_theme(theme)
        self._on_found()

    def choose(self, key: str) -> None:
        """Choose a camera by its key."""
        frames = self._frames_key
        # A webcam cannot be taken twice: as event camera and beside it.
        if frames == "webcam:" + key.removeprefix("simulated:"):
            frames = OWN_FRAMES
        self.chosen.emit(LiveChoice(key, frames))

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        for label in (self._text, self._looking, self._frames_text):
            label.setStyleSheet(f"color: {theme.muted};")
        self.setStyleSheet(
            f"CameraPage, CameraPage > QWidget > QWidget {{ background: "
            f"{theme.background}; border: none; }}"
        )
        for row in self.rows:
            row.set_theme(theme)

    def _lay_out(self, body: QWidget) -> None:
        column = QWidget()
        bound_size(column, most_width_px=_WIDTH)
        lines = QVBoxLayout(column)
        lines.setContentsMargins(2 * GRID, 4 * GRID, 2 * GRID, 4 * GRID)
        lines.setSpacing(2 * GRID)
        lines.addWidget(self._title)
        lines.addWidget(self._text)
        lines.addLayout(self._rows)
        again = QHBoxLayout()
        again.addWidget(self._looking, 1)
        again.addWidget(self.again)
        lines.addLayout(again)
        lines.addWidget(_heading("Without a camera"))
        file = QHBoxLayout()
        file.addWidget(self.recording)
        file.addWidget(self.loops)
        file.addStretch(1)
        lines.addLayout(file)
        lines.addWidget(_heading("On another computer"))
        network = QHBoxLayout()
        network.addWidget(self.address, 1)
        network.addWidget(self.connect_button)
        lines.addLayout(network)
        lines.addWidget(_heading("RGB beside it"))
        lines.addWidget(self.frames)
        lines.addWidget(self._frames_text)
        lines.addStretch(1)
        row = QHBoxLayout(body)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(column, 100)
        row.addStretch(1)

    @Slot()
    def _on_found(self) -> None:
        finding = self._finding
        self.again.setEnabled(not finding.is_looking)
        if finding.is_looking:
            self._looking.setText("Looking for cameras…")
            return
        cameras = finding.found.event_cameras
        for old in self.rows:
            self._rows.removeWidget(old)
            old.deleteLater()
        self.rows = [CameraRow(found, self._theme) for found in cameras]
        for row in self.rows:
            row.chosen.connect(self.choose)
            self._rows.addWidget(row)
        is_real = any(found.info.kind is CameraKind.EVENT_CAMERA for found in cameras)
        words = "" if is_real else "No event camera is plugged in. Plug one in, then look again."
        self._looking.setText(finding.problem or words)
        self._list_frames()
        self._order_keys()

    def _order_keys(self) -> None:
        """Let the keyboard go from the top down, and begin with the first camera there is."""
        shows = [row.button for row in self.rows if not row.found.problem]
        fields = (self.recording, self.loops, self.address, self.connect_button, self.frames)
        for before, after in pairwise((*shows, self.again, *fields)):
            self.setTabOrder(before, after)
        if self.isVisible() and not (self.address.hasFocus() or self.frames.hasFocus()):
            (shows or [self.again])[0].setFocus(Qt.FocusReason.TabFocusReason)

    def _list_frames(self) -> None:
        before = self._frames_key
        self.frames.clear()
        self.frames.addItem("What the camera itself takes, if it does", OWN_FRAMES)
        self.frames.addItem("None", "")
        for found in self._finding.found.frame_cameras:
            if not found.problem:
                self.frames.addItem(found.info.name, found.info.key)
        if self._video is not None:
            self.frames.addItem(self._video.name, f"video:{self._video}")
        self.frames.addItem("A video…", _ASK_VIDEO)
        self._show_frames(before)

    def _show_frames(self, key: str) -> None:
        place = max(self.frames.findData(key), 0)
        self.frames.setCurrentIndex(place)
        self._frames_key = self.frames.itemData(place)

    @Slot()
    def _on_frames(self) -> None:
        if self.frames.currentData() != _ASK_VIDEO:
            self._frames_key = self.frames.currentData()
            return
        self.frames.setCurrentIndex(self.frames.findData(self._frames_key))
        videos = " ".join(f"*{suffix}" for suffix in VIDEO_SUFFIXES)
        name, _ = QFileDialog.getOpenFileName(
            self, "A video as RGB camera", str(Path.home()), f"Videos ({videos});;All files (*)"
        )
        if name:
            self._video = Path(name)
            self._frames_key = f"video:{self._video}"
            self._list_frames()

    @Slot()
    def _ask_recording(self) -> None:
        events = " ".join(f"*{suffix}" for suffix in EVENT_SUFFIXES)
        videos = " ".join(f"*{suffix}" for suffix in VIDEO_SUFFIXES)
        name, _ = QFileDialog.getOpenFileName(
            self,
            "A recording as camera",
            str(Path.home()),
            f"Event files and videos ({events} {videos});;All files (*)",
        )
        if name:
            self.choose(key_of_file(Path(name), loops=self.loops.isChecked()))

    @Slot()
    def _on_address(self) -> None:
        address = self.address.text().strip()
        if address:
            self.choose(address if "://" in address else f"tcp://{address}")


class CameraRow(QFrame):
    """One camera with a button, or with what stands in its way."""

    # Its key.
    chosen = Signal(str)

    def __init__(self, found: Found, theme: Theme) -> None:
        super().__init__()
        self.found = found
        info = found.info
        self._picture = QLabel()
        self._name = QLabel(f"{info.name} {info.serial}".strip())
        font = self._name.font()
        font.setWeight(QFont.Weight.DemiBold)
        self._name.setFont(font)
        size = "" if info.resolution is None else f", {info.resolution[0]} × {info.resolution[1]}"
        self._text = QLabel(sentence(found.problem) or f"{str(info.kind).capitalize()}{size}")
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.button = QPushButton("Show")
        self.button.setAccessibleName(f"Show {self._name.text()}")
        self.button.setProperty("primary", not info.is_simulated)
        self.button.setVisible(not found.problem)
        self.button.clicked.connect(lambda: self.chosen.emit(info.key))
        words = QVBoxLayout()
        words.setSpacing(GRID // 4)
        words.addWidget(self._name)
        words.addWidget(self._text)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * GRID, GRID + GRID // 2, 2 * GRID, GRID + GRID // 2)
        row.setSpacing(2 * GRID)
        row.addWidget(self._picture)
        row.addLayout(words, 1)
        row.addWidget(self.button)
        self.set_theme(theme)

    @property
    def title(self) -> str:
        """Which camera it is."""
        return self._name.text()

    @property
    def words(self) -> str:
        """What kind it is, or what stands in its way."""
        return self._text.text()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        name = "warning" if self.found.problem else _ICONS[self.found.info.kind]
        colour = theme.warn if self.found.problem else theme.muted
        self._picture.setPixmap(pixmap(name, colour, scaled(3 * GRID)))
        self._text.setStyleSheet(f"color: {theme.muted};")
        self.setStyleSheet(
            f"CameraRow {{ background: {theme.surface}; border: 1px solid {theme.border}; "
            "border-radius: 6px; }"
        )


def _heading(words: str) -> QLabel:
    label = QLabel(words)
    font = label.font()
    font.setWeight(QFont.Weight.DemiBold)
    label.setFont(font)
    return label
