"""A picture of what was found of two clocks, to judge it by."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from evface.files import replacing
from evface.transfer.sync_finding import SyncFinding

_WIDTH_PX, _PANEL_PX = 1200, 240
_LEFT_PX, _RIGHT_PX, _TOP_PX, _BOTTOM_PX = 76, 20, 34, 34
# Blue, green, red, as OpenCV has them.
_PAPER, _FRAME, _INK = (255, 255, 255), (200, 200, 200), (40, 40, 40)
_VIDEO, _EVENTS, _MARK = (0, 115, 230), (178, 114, 0), (60, 60, 200)
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_Picture = NDArray[np.uint8]
_Colour = tuple[int, int, int]


def write_sync_plot(path: Path, finding: SyncFinding, *, title: str) -> None:
    """Draw the correlation by offset, both signals over one another, and residuals by time.

    Parameters
    ----------
    path
        A PNG. Replaced where it exists.
    title
        Of the recording.

    Raises
    ------
    FileError
        If it cannot be written.
    """
    panels = [_heading(f"{title}: {finding.describe()}")]
    if len(finding.curve):
        panels.append(_draw_curve(finding))
    if len(finding.signal_times_us):
        panels.append(_draw_signals(finding))
    if len(finding.window_times_us):
        panels.append(_draw_residuals(finding))
    _, encoded = cv2.imencode(".png", np.concatenate(panels))
    with replacing(path) as temporary:
        temporary.write_bytes(encoded.tobytes())


@dataclass(frozen=True)
class _Axes:
    """A panel with a frame, and where values fall in it."""

    picture: _Picture
    x_range: tuple[float, float]
    y_range: tuple[float, float]

    def line(self, x: NDArray[np.floating], y: NDArray[np.floating], colour: _Colour) -> None:
        points = self._places(x, y)
        cv2.polylines(self.picture, [points], False, colour, 1, cv2.LINE_AA)

    def dots(self, x: NDArray[np.floating], y: NDArray[np.floating], colour: _Colour) -> None:
        for place in self._places(x, y):
            cv2.circle(self.picture, (int(place[0]), int(place[1])), 3, colour, -1, cv2.LINE_AA)

    def _places(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> NDArray[np.int32]:
        height, width = self.picture.shape[:2]
        across = (np.asarray(x) - self.x_range[0]) / (self.x_range[1] - self.x_range[0])
        up = (np.asarray(y) - self.y_range[0]) / (self.y_range[1] - self.y_range[0])
        places = np.stack(
            [
                _LEFT_PX + across * (width - _LEFT_PX - _RIGHT_PX),
                height - _BOTTOM_PX - up.clip(0, 1) * (height - _TOP_PX - _BOTTOM_PX),
            ],
            axis=1,
        )
        return np.rint(places).astype(np.int32)


def _axes(title: str, x: NDArray[np.floating], y_range: tuple[float, float], unit: str) -> _Axes:
    """Make a panel that spans `x`, with its corners numbered."""
    picture = np.full((_PANEL_PX, _WIDTH_PX, 3), _PAPER, np.uint8)
    low, high = float(x.min()), float(x.max())
    axes = _Axes(picture, (low, high if high > low else low + 1.0), y_range)
    bottom, right = _PANEL_PX - _BOTTOM_PX, _WIDTH_PX - _RIGHT_PX
    cv2.rectangle(picture, (_LEFT_PX, _TOP_PX), (right, bottom), _FRAME)
    _text(picture, title, (_LEFT_PX, _TOP_PX - 12))
    _text(picture, f"{axes.x_range[0]:.2f} s", (_LEFT_PX, bottom + 22))
    _text(picture, f"{axes.x_range[1]:.2f} s", (right - 80, bottom + 22))
    _text(picture, f"{y_range[1]:.3g}{unit}", (4, _TOP_PX + 10))
    _text(picture, f"{y_range[0]:.3g}{unit}", (4, bottom))
    return axes


def _draw_curve(finding: SyncFinding) -> _Picture:
    offsets_s = finding.curve_offsets_us * 1e-6
    axes = _axes("Correlation by offset of the video", offsets_s, (-1.0, 1.0), "")
    axes.line(np.full(2, finding.offset_us * 1e-6), np.array([-1.0, 1.0]), _MARK)
    axes.line(offsets_s, finding.curve, _INK)
    return axes.picture


def _draw_signals(finding: SyncFinding) -> _Picture:
    times_s = finding.signal_times_us * 1e-6
    both = np.concatenate([finding.video_signal, finding.event_signal])
    limits = (float(both.min()), max(float(both.max()), float(both.min()) + 1e-3))
    axes = _axes("Motion by time of the events:", times_s, limits, "")
    _text(axes.picture, "video", (_LEFT_PX + 270, _TOP_PX - 12), _VIDEO)
    _text(axes.picture, "events", (_LEFT_PX + 330, _TOP_PX - 12), _EVENTS)
    axes.line(times_s, finding.event_signal, _EVENTS)
    axes.line(times_s, finding.video_signal, _VIDEO)
    return axes.picture


def _draw_residuals(finding: SyncFinding) -> _Picture:
    times_s = finding.window_times_us * 1e-6
    residuals_ms = finding.window_residuals_us * 1e-3
    limit = max(float(np.abs(residuals_ms).max()) * 1.1, 1.0)
    axes = _axes("Residual by time: how late each part is", times_s, (-limit, limit), " ms")
    axes.line(np.array(axes.x_range), np.zeros(2), _FRAME)
    axes.dots(times_s, residuals_ms, _MARK)
    return axes.picture


def _heading(text: str) -> _Picture:
    picture = np.full((40, _WIDTH_PX, 3), _PAPER, np.uint8)
    _text(picture, text, (12, 26))
    return picture


def _text(picture: _Picture, text: str, place: tuple[int, int], colour: _Colour = _INK) -> None:
    # OpenCV's font has no other characters.
    plain = text.encode("ascii", "replace").decode()
    cv2.putText(picture, plain, place, _FONT, 0.45, colour, 1, cv2.LINE_AA)
