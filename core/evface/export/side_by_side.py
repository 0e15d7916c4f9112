"""A video of RGB, events and mesh side by side, in step, with the landmarks drawn in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from evface.annotations.roles import FACE, PREDICTED_LANDMARKS, TEACHER, TRANSFERRED
from evface.annotations.tracks import FaceTrack, LandmarkTrack, Track
from evface.errors import RecordingError
from evface.events.palettes import Palette, lookup_table
from evface.events.representations.counting import MetavisionFrame
from evface.events.representations.representation import Representation
from evface.landmarks.schemes import SCHEMES
from evface.morphable.camera import HeadPose
from evface.morphable.heat_map import heat_colours
from evface.morphable.model import MorphableModel
from evface.morphable.topology import vertex_normals
from evface.projects.recording import Recording
from evface.simulation.raster import Visibility, rasterise
from evface.video.writer import write_video

_HEIGHT_PX = 480
_GAP_PX = 8
_BACKGROUND = (24, 26, 31)
_LANDMARKS = (86, 204, 242)
_SURFACE = (204, 206, 209)
# Distances from neutral that get the last colour.
_HEAT_LIMIT_MM = 8.0
_LIGHT = np.array([-0.40, -0.50, -0.77])  # towards the light, in the camera's axes
_LONGEST_GAP_US = 100_000


def write_side_by_side(
    path: Path,
    recording: Recording,
    tracks: Mapping[str, Track],
    model: MorphableModel,
    *,
    drawn: Representation | None = None,
    window_us: int = 20_000,
    rate_hz: float = 30.0,
    start_us: int = 0,
    stop_us: int | None = None,
    speed: float = 1.0,
    report: Callable[[float, str], None] = lambda _fraction, _message: None,
) -> int:
    """Write the video.

    Parameters
    ----------
    tracks, drawn, window_us
        As for `SideBySide`.
    rate_hz
        Pictures a second.
    start_us, stop_us
        Where to begin and to end; the recording's end when None.
    speed
        Below 1 for slow motion.

    Returns
    -------
    int
        Number of pictures.

    Raises
    ------
    RecordingError
        If the recording is empty.
    VideoFileError
        If the file cannot be written.
    """
    stop_us = recording.duration_us if stop_us is None else min(stop_us, recording.duration_us)
    times_us = np.arange(start_us, stop_us, max(1, round(1e6 / rate_hz * speed)))
    if not len(times_us):
        raise RecordingError(f"{recording.name}: is empty, so there is nothing to show")

    def pictures() -> Iterator[NDArray[np.uint8]]:
        drawing = SideBySide(recording, tracks, model, drawn=drawn, window_us=window_us)
        for number, t_us in enumerate(times_us.tolist()):
            report((number + 1) / len(times_us), "Writing the video")
            yield drawing.picture(t_us)

    return write_video(path, pictures(), rate_hz=rate_hz)


class SideBySide:
    """Draws RGB, events and mesh of any moment of a recording beside one another.

    Parameters
    ----------
    recording
        Events, and a video where there is one.
    tracks
        By role; ``teacher``, ``face`` and ``transferred`` are drawn where they are there, and what
        a network predicted where nothing was transferred.
    model
        Of the face.
    drawn
        How events are shown; as Metavision does when None.
    window_us
        How long before each picture's time its events begin.
    """

    def __init__(
        self,
        recording: Recording,
        tracks: Mapping[str, Track],
        model: MorphableModel,
        *,
        drawn: Representation | None = None,
        window_us: int = 20_000,
    ) -> None:
        self._recording = recording
        self._teacher = tracks.get(TEACHER)
        self._on_events = tracks.get(TRANSFERRED, tracks.get(PREDICTED_LANDMARKS))
        self._mesh = _MeshPanel(model, tracks.get(FACE))
        self._drawn, self._window_us = drawn or MetavisionFrame(), window_us

    def picture(self, t_us: int) -> NDArray[np.uint8]:
        """Return the picture of a moment, (height, width, 3) uint8 RGB; all have one size."""
        panels = [
            _rgb_panel(self._recording, self._teacher, t_us),
            _events_panel(self._recording, self._on_events, t_us, self._drawn, self._window_us),
            self._mesh.picture(t_us),
        ]
        return _beside([panel for panel in panels if panel is not None])


def _rgb_panel(recording: Recording, track: Track | None, t_us: int) -> NDArray[np.uint8] | None:
    if recording.video is None:
        return None
    index = recording.video_index_at(t_us)
    panel, scale = _scaled(recording.video.read(index))
    _draw_landmarks(panel, track, int(recording.video_times_us[index]), scale)
    return panel


def _events_panel(
    recording: Recording,
    track: Track | None,
    t_us: int,
    drawn: Representation,
    window_us: int,
) -> NDArray[np.uint8]:
    start_us = t_us - window_us
    image = drawn.index_image(
        recording.events.read(start_us - drawn.lookback_us, t_us),
        recording.events.resolution,
        start_us=start_us,
        stop_us=t_us,
    )
    panel, scale = _scaled(lookup_table(drawn.name, Palette.DARK)[image])
    _draw_landmarks(panel, track, t_us, scale)
    return panel


class _MeshPanel:
    """Draws the fitted face with its distance from neutral as colours."""

    def __init__(self, model: MorphableModel, track: Track | None) -> None:
        self._model = model
        self._track = track if isinstance(track, FaceTrack) and track.model == model.key else None
        self._size = (round(_HEIGHT_PX * 0.8), _HEIGHT_PX)
        self._visibility = Visibility.empty(self._size)
        self._colours = heat_colours().astype(np.float32) / 255.0
        if self._track is not None:
            self._neutral = model.shape(self._track.identity)
            low, high = self._neutral.min(axis=0), self._neutral.max(axis=0)
            self._centre = (low + high) / 2
            self._scale = 0.86 * _HEIGHT_PX / float((high - low)[1])

    def picture(self, t_us: int) -> NDArray[np.uint8] | None:
        """Draw the face of a time; a plain ground where there is none."""
        if self._track is None:
            return None
        width, height = self._size
        picture = np.full((height, width, 3), _BACKGROUND, np.uint8)
        row = self._track.index_at(t_us, tolerance_us=_LONGEST_GAP_US)
        if row is None:
            return picture
        shape = self._model.shape(self._track.identity, self._track.action_units[row])
        rotation = self._track.rotation[row]
        points = np.empty((len(shape), 3), np.float32)
        points[:, :2] = HeadPose(
            rotation, np.array(self._scale), np.array([width / 2, height / 2])
        ).project(shape - self._centre)
        points[:, 2] = (shape - self._centre) @ rotation[2]
        self._visibility.clear()
        rasterise(points, self._model.triangles, self._visibility)
        normals = vertex_normals(shape, self._model.triangles) @ rotation.T
        light = 0.35 + 0.65 * np.clip(normals @ _LIGHT, 0.0, 1.0)
        moved_mm = np.linalg.norm(shape - self._neutral, axis=1)
        heat = np.minimum(moved_mm / _HEAT_LIMIT_MM * 255, 255).astype(np.int64)
        colours = (self._colours[heat] * light[:, None]).astype(np.float32)
        triangle = self._visibility.triangle
        seen = triangle >= 0
        first, second, third = self._model.triangles[triangle[seen]].T
        weights = self._visibility.weights[seen]
        mixed = (
            colours[third]
            + weights[:, :1] * (colours[first] - colours[third])
            + weights[:, 1:] * (colours[second] - colours[third])
        )
        picture[seen] = (mixed * 255).clip(0, 255)
        return picture


def _scaled(picture: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float]:
    """Scale a picture to the common height; return it, writeable, and by how much."""
    scale = _HEIGHT_PX / picture.shape[0]
    size = (round(picture.shape[1] * scale), _HEIGHT_PX)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    scaled: NDArray[np.uint8] = cv2.resize(np.array(picture), size, interpolation=method)
    return scaled, scale


def _draw_landmarks(panel: NDArray[np.uint8], track: Track | None, t_us: int, scale: float) -> None:
    if not isinstance(track, LandmarkTrack):
        return
    row = track.index_at(t_us, tolerance_us=_LONGEST_GAP_US)
    if row is None:
        return
    # cv2 takes fixed-point coordinates; a pixel's centre stays a pixel's centre when scaled.
    shift = 4
    places = np.rint(((track.landmarks[row] + 0.5) * scale - 0.5) * (1 << shift))
    if not np.isfinite(places).all():
        return
    for first, second in SCHEMES[track.scheme].edges.tolist():
        start, end = places[[first, second]].astype(int).tolist()
        cv2.line(panel, start, end, _LANDMARKS, 1, cv2.LINE_AA, shift)
    for place in places.astype(int).tolist():
        cv2.circle(panel, place, 2 << shift, _LANDMARKS, -1, cv2.LINE_AA, shift)


def _beside(panels: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    gap = np.full((_HEIGHT_PX, _GAP_PX, 3), _BACKGROUND, np.uint8)
    parts = [part for panel in panels for part in (gap, panel)][1:]
    return np.concatenate(parts, axis=1)
