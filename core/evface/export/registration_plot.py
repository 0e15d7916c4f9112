"""A picture of what was found of two cameras, to judge it by."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from evface.annotations.tracks import FaceTrack
from evface.events.palettes import lookup_table
from evface.events.representations.counting import MetavisionFrame
from evface.files import replacing
from evface.morphable.model import MorphableModel
from evface.projects.recording import Recording
from evface.transfer.face_points import face_points
from evface.transfer.interpolation import face_at_times
from evface.transfer.registration_finding import RegistrationFinding

# Events of so long a window are shown.
_WINDOW_US = 33_000
_HEADING_PX = 34
# Blue, green, red, as OpenCV has them.
_PAPER, _INK, _POINT = (255, 255, 255), (40, 40, 40), (0, 200, 255)
_GOOD, _BAD = np.array([80.0, 170.0, 0.0]), np.array([40.0, 40.0, 220.0])
# An error of this share of the largest side of the picture is drawn as bad as can be.
_WORST = 0.02
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_Picture = NDArray[np.uint8]


def write_registration_plot(
    path: Path,
    finding: RegistrationFinding,
    recording: Recording,
    face: FaceTrack,
    model: MorphableModel,
) -> None:
    """Draw the landmarks over the events where much moves, and the error over the picture.

    Parameters
    ----------
    path
        A PNG. Replaced where it exists.
    recording
        Open; the finding's own.
    face, model
        Fitted on the recording's video.

    Raises
    ------
    FileError
        If it cannot be written.
    """
    shown_us = _busiest_us(finding, recording)
    start_us, stop_us = shown_us - _WINDOW_US // 2, shown_us + _WINDOW_US // 2
    indices = MetavisionFrame().compute(
        recording.events.read(start_us, stop_us),
        recording.events.resolution,
        start_us=start_us,
        stop_us=stop_us,
    )
    picture = np.ascontiguousarray(lookup_table("metavision")[indices][..., ::-1])
    at_time = face_at_times(face, np.array([shown_us], np.int64))
    landmarks = face_points(model, at_time, model.landmarks).on_events(finding.registration)[0]
    seen = picture.copy()
    for x, y in landmarks[np.isfinite(landmarks).all(axis=1)].tolist():
        cv2.circle(seen, (round(x), round(y)), 2, _POINT, -1, cv2.LINE_AA)
    parts = np.concatenate([seen, _with_map(picture, finding)], axis=1)
    plot = np.concatenate(
        [_heading(f"{recording.name}: {finding.in_words}", parts.shape[1]), parts]
    )
    _, encoded = cv2.imencode(".png", plot)
    with replacing(path) as temporary:
        temporary.write_bytes(encoded.tobytes())


def _busiest_us(finding: RegistrationFinding, recording: Recording) -> int:
    counts = [
        len(recording.events.read(int(t_us) - _WINDOW_US // 2, int(t_us) + _WINDOW_US // 2))
        for t_us in finding.instants_us
    ]
    return int(finding.instants_us[int(np.argmax(counts))])


def _with_map(picture: _Picture, finding: RegistrationFinding) -> _Picture:
    """Colour each cell by its error, with the error in it; cells that nothing is said of stay."""
    out = picture.copy()
    height, width = picture.shape[:2]
    n_rows, n_columns = finding.map_px.shape
    for row, column in np.argwhere(np.isfinite(finding.map_px)).tolist():
        error_px = float(finding.map_px[row, column])
        share = min(1.0, error_px / (_WORST * max(width, height)))
        low = (column * width // n_columns, row * height // n_rows)
        high = ((column + 1) * width // n_columns, (row + 1) * height // n_rows)
        cell = out[low[1] : high[1], low[0] : high[0]]
        colour = (1 - share) * _GOOD + share * _BAD
        cell[:] = np.rint(0.5 * cell + 0.5 * colour).astype(np.uint8)
        at = (low[0] + 2, (low[1] + high[1]) // 2 + 4)
        cv2.putText(out, f"{error_px:.1f}", at, _FONT, 0.3, _PAPER, 1, cv2.LINE_AA)
    return out


def _heading(text: str, width: int) -> _Picture:
    band = np.full((_HEADING_PX, width, 3), _PAPER, np.uint8)
    (length, _), _ = cv2.getTextSize(text, _FONT, 0.5, 1)
    size = 0.5 * min(1.0, (width - 12) / max(length, 1))
    cv2.putText(band, text, (6, 22), _FONT, max(size, math.ulp(1.0)), _INK, 1, cv2.LINE_AA)
    return band
