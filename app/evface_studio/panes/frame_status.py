"""Says who stands behind the landmarks shown, and explains the marks."""

from __future__ import annotations

from collections import Counter

import numpy as np
from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QIcon, QResizeEvent
from PySide6.QtWidgets import QMenu, QToolButton, QWidget, QWidgetAction

from evface.annotations.labelled import LabelledFrame
from evface.annotations.tracks import LandmarkState
from evface_studio.landmarks.edited_face import EditedFace
from evface_studio.look.text_size import set_icon_size
from evface_studio.look.theme import GRID, Theme
from evface_studio.panes.glyphs import glyph_pixmap, landmark_glyph
from evface_studio.panes.hover_card import STATE_WORDS
from evface_studio.panes.state_legend import StateLegend
from evface_studio.wording import format_time

_WORDS = {
    LandmarkState.AUTO: "automatic",
    LandmarkState.INTERPOLATED: "interpolated",
    LandmarkState.CORRECTED: "keyframe",
    LandmarkState.VERIFIED: "verified",
}
# Of the shape, as a share of the icon.
_RADIUS = 0.28


def status_of(frame: LabelledFrame) -> LandmarkState:
    """Return what a frame is as a whole.

    It is verified where every landmark is, a keyframe where a person said anything about it, and
    interpolated where a machine carried any correction to it.
    """
    known = np.isfinite(frame.landmarks).all(axis=1)
    state = frame.state[known]
    if len(state) and (state == LandmarkState.VERIFIED).all():
        return LandmarkState.VERIFIED
    if any(said.state > LandmarkState.INTERPOLATED for said in frame.corrections.values()):
        return LandmarkState.CORRECTED
    is_carried = len(state) and (state > LandmarkState.AUTO).any()
    return LandmarkState.INTERPOLATED if is_carried else LandmarkState.AUTO


class FrameStatus(QToolButton):
    """One word with its shape; a click explains all shapes."""

    def __init__(self, face: EditedFace, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._face = face
        self._theme = theme
        self._drawn: tuple[LandmarkState | None, str] | None = None
        self.legend = StateLegend(theme)
        menu = QMenu(self)
        action = QWidgetAction(menu)
        action.setDefaultWidget(self.legend)
        menu.addAction(action)
        self.setMenu(menu)
        self.setAutoRaise(True)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        set_icon_size(self, 2 * GRID)
        face.changed.connect(self._follow)
        self._follow()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self._drawn = None
        self.legend.set_theme(theme)
        self._follow()

    def sizeHint(self) -> QSize:
        """Take as much room as the longest word needs, so that nothing beside it moves."""
        metrics = self.fontMetrics()
        longest = max(metrics.horizontalAdvance(word) for word in _WORDS.values())
        width = self.iconSize().width() + longest + 3 * GRID
        return QSize(width, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Do with the shape where there is no room for the word."""
        hint = super().sizeHint()
        return QSize(self.iconSize().width() + GRID, hint.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Write the word where all of it has room."""
        super().resizeEvent(event)
        styles = Qt.ToolButtonStyle
        has_room = event.size().width() >= self.sizeHint().width()
        style = styles.ToolButtonTextBesideIcon if has_room else styles.ToolButtonIconOnly
        if style != self.toolButtonStyle():
            self.setToolButtonStyle(style)

    @Slot()
    def _follow(self) -> None:
        frame = self._face.frame
        self.setVisible(frame is not None)
        if frame is None:
            return
        state = status_of(frame)
        if self._drawn != (state, self._theme.name):
            self._drawn = state, self._theme.name
            self.setText(_WORDS[state])
            self.setIcon(self._icon_of(state))
            self.setAccessibleName(f"Landmarks: {_WORDS[state]}. What the marks mean")
        self.setToolTip(_details(frame))

    def _icon_of(self, state: LandmarkState) -> QIcon:
        colour = self._theme.landmark(state)
        radius = _RADIUS * self.iconSize().width()
        ratio = max(self.devicePixelRatioF(), 2.0)
        return QIcon(glyph_pixmap(landmark_glyph(state), colour, radius, ratio))


def _details(frame: LabelledFrame) -> str:
    """Return how many landmarks are in which state, and to which moment corrections belong."""
    known = np.isfinite(frame.landmarks).all(axis=1)
    counts = Counter(frame.state[known].tolist())
    words = [
        f"{counts[state]} {STATE_WORDS[state]}"
        for state in reversed(LandmarkState)
        if counts[state]
    ]
    n_hidden, n_missing = int(frame.occluded[known].sum()), int((~known).sum())
    words += [f"{n_hidden} hidden"] if n_hidden else []
    words += [f"{n_missing} missing"] if n_missing else []
    return f"{', '.join(words)}. Corrections belong to {format_time(frame.t_us)}."
