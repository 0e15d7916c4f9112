"""The reconstructed face of the moment shown, with a heat map of its expression."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from evface.annotations.roles import FACE, PREDICTED_FACE
from evface.annotations.tracks import FaceTrack
from evface.errors import EvfaceError
from evface_studio.actions.keymap import stand_for
from evface_studio.document import Document
from evface_studio.look.theme import Theme
from evface_studio.media import MediaReader
from evface_studio.newest import NewestWins
from evface_studio.panes.mesh_drawer import MeshDrawer, MeshPicture, MeshRequest
from evface_studio.panes.mesh_renderer import GraphicsError, make_surface
from evface_studio.panes.mesh_view import MeshView
from evface_studio.panes.pane import Pane, words_without_recording
from evface_studio.panes.sampling import TrackSampler
from evface_studio.view_state import LabelSource, Layer, ViewState
from evface_studio.wording import format_span, format_time

# Edges are smoothed when the face has stood still for so long.
_STILL_MS = 120
# Stands in where a synthetic recording has not been processed yet, and says so.
_TRUTH_ROLE = "truth_face"
_SOURCES = (("Fitted", LabelSource.LABELS), ("Predicted", LabelSource.PREDICTIONS))


class MeshPane(Pane):
    """Shows the fitted face, or the one that a network regressed from the events.

    Each vertex is coloured by its distance from the person's neutral, unless that is switched off:
    figure 3 of FACEMORPHIC (Becattini et al., 2024).
    """

    def __init__(
        self,
        document: Document,
        view_state: ViewState,
        media_reader: MediaReader,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("Mesh", "mesh", theme, parent)
        self._document = document
        self._view_state = view_state
        self._sampler: TrackSampler | None = None
        self._failure = ""
        self._role = FACE
        self.view = MeshView(theme)
        self._set_picture(self.view)
        self._surface = make_surface()
        drawer = MeshDrawer(self._surface)
        self._worker: NewestWins[MeshRequest, MeshPicture] = NewestWins(
            "mesh", drawer.draw, self._on_drawn, self._on_failed, finish=drawer.close, parent=self
        )
        self.source = QComboBox()
        self.source.setToolTip("Whose face is shown: fitted to the video, or told by a network")
        self.source.setAccessibleName("Whose face the mesh shows")
        for words, source in _SOURCES:
            self.source.addItem(words, source)
        self.source.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.source.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.source.activated.connect(self._on_source_chosen)
        self.header.add_widget(self.source)
        colours = self.header.add_button(
            "colours", "Colour by movement, from neutral", checkable=True
        )
        stand_for(colours, "colour_mesh")
        colours.setChecked(view_state.colours_mesh)
        colours.toggled.connect(view_state.set_colours_mesh)
        view_state.sources_changed.connect(lambda: colours.setChecked(view_state.colours_mesh))
        follow = self.header.add_button(
            "follow", "Turn with the head, or be seen from the front", checkable=True
        )
        follow.setChecked(view_state.follows_head)
        follow.toggled.connect(view_state.set_follows_head)
        view_state.following_changed.connect(follow.setChecked)
        reset = self.header.add_button("fit", "Reset the view (double click)")
        reset.clicked.connect(self.view.reset)
        self._still = QTimer(self)
        self._still.setSingleShot(True)
        self._still.setInterval(_STILL_MS)
        self._still.timeout.connect(self._on_still)
        self.view.view_changed.connect(self._on_view_changed)
        view_state.time_changed.connect(self._on_view_changed)
        view_state.following_changed.connect(self._on_view_changed)
        view_state.playing_changed.connect(self._on_playing_changed)
        media_reader.closing.connect(self._worker.close)
        view_state.layers_changed.connect(self._on_tracks_changed)
        view_state.sources_changed.connect(self._on_tracks_changed)
        document.recording_changed.connect(self._on_tracks_changed)
        document.tracks_changed.connect(self._on_tracks_changed)
        self._on_tracks_changed()

    @property
    def is_idle(self) -> bool:
        """Whether the face of the moment shown has been drawn."""
        return self._worker.is_idle and not self._still.isActive()

    @property
    def picture(self) -> MeshPicture | None:
        """The picture shown."""
        return self.view.picture

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        super().set_theme(theme)
        self.view.set_theme(theme)

    @Slot()
    def _on_tracks_changed(self) -> None:
        tracks = self._document.tracks
        wanted = FACE, PREDICTED_FACE
        if self._view_state.mesh_source is LabelSource.PREDICTIONS:
            wanted = PREDICTED_FACE, FACE
        role = next((one for one in wanted if one in tracks), _TRUTH_ROLE)
        self._role, track = role, tracks.get(role)
        self.source.setVisible(FACE in tracks and PREDICTED_FACE in tracks)
        self.source.setCurrentIndex(int(role == PREDICTED_FACE))
        if self._sampler is None or self._sampler.track is not track:
            self._worker.forget()
            self.view.set_picture(None)
            self._sampler = TrackSampler(track) if isinstance(track, FaceTrack) else None
        if self._document.recording is None:
            self._show_words(*words_without_recording(self._document.problem))
        elif self._sampler is None:
            self._show_words("No face yet", self._way_to_a_face())
        elif not self._view_state.shows(Layer.MESH):
            self._show_words("Mesh hidden", "Switch the mesh layer on to see the face.")
        elif self._failure:
            self._show_words("The mesh cannot be drawn", self._failure)
        else:
            self._show_picture()
            self._ask(is_moving=False)

    @Slot(int)
    def _on_source_chosen(self, index: int) -> None:
        self._view_state.set_mesh_source(LabelSource(self.source.itemData(index)))

    def _way_to_a_face(self) -> str:
        recording = self._document.recording
        if recording is not None and recording.video is None:
            return (
                "A face is fitted to a video, and this recording has none. A network can tell it "
                "from the events: Learning > Predict this recording."
            )
        return "Process the recording to reconstruct the face from its video."

    @Slot()
    def _on_view_changed(self) -> None:
        if self._view_state.is_playing:
            self._worker.fetch()
        else:
            self._still.start()
        self._ask(is_moving=True)

    @Slot(bool)
    def _on_playing_changed(self, is_playing: bool) -> None:
        self._worker.set_held(is_playing)
        if is_playing:
            self._still.stop()
        else:
            self._still.start()

    @Slot()
    def _on_still(self) -> None:
        self._ask(is_moving=False)

    def _ask(self, *, is_moving: bool) -> None:
        if self._sampler is None or self._failure or not self._view_state.shows(Layer.MESH):
            return
        track = self._sampler.track
        assert isinstance(track, FaceTrack)
        self._worker.ask(
            MeshRequest(
                track,
                self._view_state.time_us,
                2 * self._sampler.longest_gap_us,
                self.view.orbit,
                self._view_state.follows_head,
                self.view.size_px,
                is_moving,
                self._view_state.colours_mesh,
            )
        )

    def _on_drawn(self, request: MeshRequest, picture: MeshPicture) -> None:
        if self._sampler is None or request.track is not self._sampler.track:
            return
        self.view.set_picture(picture)
        said = [format_time(request.t_us)]
        if picture.image is not None:
            said.append(f"up to {picture.largest_mm:.1f}\u202fmm")
        said.append(self._origin_of(request.track))
        self.header.set_info("  ·  ".join(said))
        if picture.gap_us > self._sampler.longest_gap_us:
            span = format_span(picture.gap_us)
            self.header.set_hint(f"across {span}", f"Interpolated between faces {span} apart.")
        else:
            self.header.set_hint("")

    def _origin_of(self, track: FaceTrack) -> str:
        if self._role == _TRUTH_ROLE:
            return "known truth"
        return f"predicted by {track.source.name}" if self._role == PREDICTED_FACE else track.model

    def _on_failed(self, request: MeshRequest, error: Exception) -> None:
        if isinstance(error, GraphicsError):
            # No other face will fare better.
            self._failure = str(error)
        elif not isinstance(error, EvfaceError):
            raise error
        if self._sampler is not None and request.track is self._sampler.track:
            self._show_words("The mesh cannot be drawn", str(error))
