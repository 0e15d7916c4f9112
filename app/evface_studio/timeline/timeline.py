"""The recording over time: how many events, which action units, and where the cursor is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMenu,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)

from evface.annotations.tracks import ActionUnitTrack
from evface.datasets.labels import ACTION_UNITS
from evface.errors import EvfaceError
from evface_studio.document import Document
from evface_studio.newest import NewestWins
from evface_studio.panes.pane import PaneHeader
from evface_studio.panes.sampling import TrackSampler
from evface_studio.playback import Playback
from evface_studio.theme import Theme
from evface_studio.timeline.action_units import describe, most_active
from evface_studio.timeline.chooser import ActionUnitChooser
from evface_studio.timeline.event_rate import EventRate, count_events, format_rate
from evface_studio.timeline.lanes import Lanes
from evface_studio.timeline.legend import WIDTH, Legend, LegendRow
from evface_studio.timeline.spans import invalid_spans
from evface_studio.view_state import ViewState
from evface_studio.wording import format_span

if TYPE_CHECKING:
    from evface.projects.recording import Recording

_ROLE = "action_units"
_TRUTH_ROLE = "truth_action_units"
_ZOOM = 0.6
_HINT = "No action units yet. Process the recording to get them."
_HINT_WITHOUT_VIDEO = "No action units. They are found in a video, and this recording has none."


class Timeline(QWidget):
    """A header, the legend, and the curves."""

    def __init__(
        self,
        document: Document,
        view_state: ViewState,
        playback: Playback,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self._document = document
        self._view_state = view_state
        self._theme = theme
        self._track: ActionUnitTrack | None = None
        self._truth: ActionUnitTrack | None = None
        self._sampler: TrackSampler | None = None
        self._rate: EventRate | None = None
        # Colours of the action units shown, in their order. None until a track says which move.
        self._colours: dict[str, str] | None = None
        self.lanes = Lanes(view_state, theme)
        self.lanes.sought.connect(playback.seek)
        self.legend = Legend(theme)
        self.header = PaneHeader("Timeline", theme)
        self._add_buttons()
        self._scroll = QScrollArea()
        self._scroll.setWidget(self.legend)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setFixedWidth(WIDTH)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._scroll)
        row.addWidget(self.lanes, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addLayout(row, 1)
        self._counter: NewestWins[Recording, EventRate] = NewestWins(
            "event rate", count_events, self._on_counted, self._on_count_failed, parent=self
        )
        view_state.time_changed.connect(self._update_legend)
        view_state.visible_range_changed.connect(self._on_visible_range_changed)
        document.recording_changed.connect(self._on_recording_changed)
        document.tracks_changed.connect(self._on_tracks_changed)
        self._on_recording_changed()
        self._on_tracks_changed()

    @property
    def is_idle(self) -> bool:
        """Whether all curves are drawn."""
        return self._counter.is_idle

    @property
    def shown_names(self) -> tuple[str, ...]:
        """The action units that are drawn."""
        return tuple(self._colours or ())

    def show_names(self, names: list[str]) -> None:
        """Draw other action units. Those that stay keep their colours."""
        before = self._colours or {}
        kept = {name: before[name] for name in names if name in before}
        free = [colour for colour in self._theme.curves if colour not in kept.values()]
        self._colours = {}
        for name in names:
            if name in kept:
                self._colours[name] = kept[name]
            else:
                # More curves than colours: those at the end of the list share.
                used = len(self._colours)
                spare = self._theme.curves[used % len(self._theme.curves)]
                self._colours[name] = free.pop(0) if free else spare
        self._draw_action_units()

    def fit(self) -> None:
        """Show the whole recording."""
        self._view_state.set_visible_range(0, self._view_state.duration_us)

    def zoom(self, factor: float) -> None:
        """Show a stretch `factor` times as long, about the cursor if it is in view."""
        view = self._view_state
        start_us, stop_us = view.visible_range
        middle_us = (
            view.time_us if start_us <= view.time_us <= stop_us else (start_us + stop_us) // 2
        )
        length_us = max(round((stop_us - start_us) * factor), 1_000)
        if length_us >= view.duration_us:
            self.fit()
            return
        share = (middle_us - start_us) / max(stop_us - start_us, 1)
        start_us = min(max(round(middle_us - share * length_us), 0), view.duration_us - length_us)
        view.set_visible_range(start_us, start_us + length_us)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        old, self._theme = self._theme, theme
        self.header.set_theme(theme)
        self.legend.set_theme(theme)
        self.lanes.set_theme(theme)
        if self._colours is not None:
            self._colours = {
                name: theme.curves[old.curves.index(colour)]
                for name, colour in self._colours.items()
            }
        self._draw_action_units()

    def close_threads(self) -> None:
        """End the thread that counts events."""
        self._counter.close()

    def _add_buttons(self) -> None:
        self._chooser = ActionUnitChooser()
        self._chooser.chosen.connect(self.show_names)
        self._chooser.most_active_asked.connect(self._on_most_active_asked)
        choose = self.header.add_button("curves", "Choose the action units shown")
        menu = QMenu(choose)
        action = QWidgetAction(menu)
        action.setDefaultWidget(self._chooser)
        menu.addAction(action)
        choose.setMenu(menu)
        choose.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        for icon_name, tip, handler in (
            ("minus", "Show more of the recording (Ctrl+−)", lambda: self.zoom(1 / _ZOOM)),
            ("plus", "Show less, larger (Ctrl++)", lambda: self.zoom(_ZOOM)),
            ("fit", "Show the whole recording (Ctrl+0)", self.fit),
        ):
            self.header.add_button(icon_name, tip).clicked.connect(lambda _, do=handler: do())

    @Slot()
    def _on_recording_changed(self) -> None:
        self._counter.forget()
        self._rate = None
        self._colours = None
        self.lanes.set_rate(None)
        recording = self._document.recording
        self.header.set_tools_visible(self._view_state.duration_us > 0)
        if recording is not None:
            self._counter.ask(recording)

    def _on_counted(self, recording: Recording, rate: EventRate) -> None:
        if recording is self._document.recording:
            self._rate = rate
            self.lanes.set_rate(rate)
            self._update_legend()

    def _on_count_failed(self, recording: Recording, error: Exception) -> None:
        if recording is not self._document.recording:
            return
        if not isinstance(error, EvfaceError | OSError):
            raise error
        self.header.set_hint("events cannot be counted", str(error))

    @Slot()
    def _on_tracks_changed(self) -> None:
        tracks = self._document.tracks
        found, known = tracks.get(_ROLE, tracks.get(ACTION_UNITS)), tracks.get(_TRUTH_ROLE)
        self._track = found if isinstance(found, ActionUnitTrack) else None
        self._truth = known if isinstance(known, ActionUnitTrack) else None
        main = self._track or self._truth
        self._sampler = None if main is None else TrackSampler(main)
        if main is None:
            self._colours = None
        elif self._colours is None:
            self.show_names(most_active(main))
            return
        self._draw_action_units()

    @Slot()
    def _on_most_active_asked(self) -> None:
        main = self._track or self._truth
        if main is not None:
            self.show_names(most_active(main))

    @Slot()
    def _on_visible_range_changed(self) -> None:
        start_us, stop_us = self._view_state.visible_range
        self.header.set_info(
            f"{format_span(stop_us - start_us)} shown" if stop_us > start_us else ""
        )

    def _draw_action_units(self) -> None:
        main = self._track or self._truth
        self.lanes.set_action_units(self._track, self._truth, self._colours or {})
        face = self._document.tracks.get("face", main)
        if face is not None:
            self.lanes.set_spans(invalid_spans(face))
        self._chooser.set_names(main.name_list() if main else [], self.shown_names)
        self._update_legend()

    @Slot()
    def _update_legend(self) -> None:
        rows = []
        t_us = self._view_state.time_us
        if self._document.recording is not None:
            rate_hz = self._rate.at(t_us) if self._rate is not None else None
            value = "" if rate_hz is None else format_rate(rate_hz)
            rows.append(LegendRow(self._theme.rate, "Events per second", value))
        sample = self._sampler.at(t_us) if self._sampler is not None else None
        main = self._track or self._truth
        columns = {name: i for i, name in enumerate(main.name_list())} if main else {}
        for name, colour in (self._colours or {}).items():
            value = ""
            if main is not None and sample is not None and not sample.is_aged and name in columns:
                value = f"{main.intensity[sample.index, columns[name]]:.2f}"
            rows.append(LegendRow(colour, describe(name), value, is_dashed=self._track is None))
        if rows and self._track is not None and self._truth is not None and self._colours:
            rows.append(LegendRow(self._theme.muted, "dashed: the known truth", is_dashed=True))
        recording, hint = self._document.recording, ""
        if main is None and recording is not None:
            hint = _HINT_WITHOUT_VIDEO if recording.video is None else _HINT
        self.legend.set_rows(rows, hint)
