"""The pictures of a live view, side by side."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from evface.live.picture import LivePicture, Overlay
from evface_studio.live.mesh_pane import LiveMeshPane
from evface_studio.live.picture_panes import LiveEventsPane, LiveRgbPane
from evface_studio.live.unit_bars import UnitBars
from evface_studio.look.theme import Theme

# Of the height, at most.
_UNITS_SHARE = 0.22
# How much heavier landmarks are drawn for whoever stands far away.
_LARGE = 2


class LivePictures(QWidget):
    """Events large, RGB and mesh beside them, action units below."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.events = LiveEventsPane(theme)
        self.rgb = LiveRgbPane(theme)
        self.mesh = LiveMeshPane(theme)
        self.units = UnitBars(theme)
        self._shows_models = True
        self._is_mirrored = self._is_alone = False
        self._told: Overlay | None = None
        self._rows_of_units: int | None = None
        self._asked: tuple[bool, bool, bool] = (False, False, False)
        self._beside = QSplitter(Qt.Orientation.Vertical)
        self._beside.addWidget(self.rgb)
        self._beside.addWidget(self.mesh)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.addWidget(self.events)
        self._split.addWidget(self._beside)
        self._split.setStretchFactor(0, 7)
        self._split.setStretchFactor(1, 4)
        self._split.setSizes([700, 400])
        for split in (self._split, self._beside):
            split.setChildrenCollapsible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._split, 1)
        column.addWidget(self.units)
        self._arrange()

    @property
    def panes(self) -> Sequence[LiveEventsPane | LiveRgbPane | LiveMeshPane]:
        """The three panes."""
        return self.events, self.rgb, self.mesh

    @property
    def shows_models(self) -> bool:
        """Whether it is drawn what models say."""
        return self._shows_models

    @property
    def is_mirrored(self) -> bool:
        """Whether pictures are shown as in a mirror."""
        return self._is_mirrored

    def begin(self) -> None:
        """Show nothing yet: another camera was chosen."""
        for pane in self.panes:
            pane.begin()
        self.units.clear()

    def ask_for(self, *, has_rgb: bool, has_mesh: bool, has_units: bool) -> None:
        """Say which pictures there can be."""
        asked = (has_rgb, has_mesh, has_units)
        if asked != self._asked:
            self._asked = asked
            self._arrange()

    def set_models_shown(self, are_shown: bool) -> None:
        """Draw what models say, or the pictures alone."""
        self._shows_models = are_shown
        self.events.set_models_shown(are_shown)
        self.rgb.set_models_shown(are_shown)
        self._arrange()

    def set_mirrored(self, is_mirrored: bool) -> None:
        """Show pictures as in a mirror, or as the cameras see them."""
        self._is_mirrored = is_mirrored
        for pane in (self.events, self.rgb):
            pane.picture.set_mirrored(is_mirrored)

    def set_alone(self, is_alone: bool) -> None:
        """Show the events alone, or what belongs to them too."""
        if is_alone != self._is_alone:
            self._is_alone = is_alone
            self._arrange()

    def set_headers_shown(self, are_shown: bool) -> None:
        """Show the panes' headers, or the pictures alone."""
        for pane in self.panes:
            pane.header.setVisible(are_shown)

    def set_large(self, is_large: bool) -> None:
        """Draw landmarks so that they are seen from afar, or finely."""
        for pane in (self.events, self.rgb):
            pane.face.set_weight(_LARGE if is_large else 1)

    def set_dimmed(self, is_dimmed: bool) -> None:
        """Show pictures faintly, and nothing over them: they are not of now."""
        for pane in (self.events, self.rgb):
            pane.picture.set_dimmed(is_dimmed)
            pane.face.set_shown(not is_dimmed)

    def set_rows_of_units(self, n_rows: int | None) -> None:
        """Give action units so many rows; None for as many as leave room for the pictures."""
        self._rows_of_units = n_rows
        self._share_height()

    def show_picture(self, picture: LivePicture, *, is_live: bool = True) -> None:
        """Show a picture, with all that belongs to it."""
        self.events.show_picture(picture, is_live=is_live)
        self.rgb.show_picture(picture)
        overlay = picture.overlay
        if overlay is None or not self._shows_models:
            self._told = None
            self.units.show_intensity(dict.fromkeys(self.units.intensity, 0.0))
            return
        self.mesh.show_face(overlay.face)
        if overlay is not self._told:
            self._told = overlay
            self.units.show_intensity(overlay.intensity, is_late=picture.is_overlay_late)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        for part in (*self.panes, self.units):
            part.set_theme(theme)

    def close_threads(self) -> None:
        """End what draws; safe to call twice."""
        self.mesh.close()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave most of the height to the pictures."""
        super().resizeEvent(event)
        self._share_height()

    def _share_height(self) -> None:
        fitting = int(self.height() * _UNITS_SHARE / self.units.row_height)
        self.units.set_most_rows(self._rows_of_units or max(fitting, 2))

    def _arrange(self) -> None:
        has_rgb, has_mesh, has_units = (one and not self._is_alone for one in self._asked)
        self.rgb.setVisible(has_rgb)
        self.mesh.setVisible(has_mesh and self._shows_models)
        self._beside.setVisible(has_rgb or (has_mesh and self._shows_models))
        self.units.setVisible(has_units and self._shows_models)
