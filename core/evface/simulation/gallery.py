"""A page of pictures of a set, for a person to judge."""

from __future__ import annotations

import html
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from evface.errors import EventFileError, FileError
from evface.events.representations.counting import MetavisionFrame
from evface.events.representations.registry import render_representation
from evface.events.sources import open_events
from evface.simulation.recording_set import clip_folder, read_manifest
from evface.simulation.recordings import SyntheticRecording
from evface.simulation.truth import RecordingTruth, Segment, read_truth
from evface.video.reader import open_video

_MOST_SHOWN = 36
_HEIGHT_PX = 300
_WINDOW_US = 33_000
_GREEN = (90, 230, 120)
_STYLE = (
    "body{font:15px sans-serif;margin:2em;background:#1b1f27;color:#dde}"
    "img{display:block;max-width:100%}figure{margin:0 0 2em}figcaption{margin:.4em 0}"
)


def write_gallery(
    out: Path, *, report: Callable[[float, str], None] = lambda _fraction, _message: None
) -> Path:
    """Write ``index.html`` and its pictures into the folder of a set.

    Of each recording shown there is a strip: the video's frame before the movement and at its
    height, and the events of 33 ms of its beginning, its height and its end, with the true
    landmarks as dots in the frames that follow them.

    Returns
    -------
    Path
        Of the page.

    Raises
    ------
    FileError
        If the set is not whole, or the page cannot be written.
    """
    manifest = read_manifest(out)
    shown = _choose(manifest["clips"])
    pictures = out / "gallery"
    figures = []
    try:
        pictures.mkdir(exist_ok=True)
        for number, clip in enumerate(shown):
            report(number / len(shown), "Writing the gallery")
            folder = clip_folder(out, clip["name"])
            truth = read_truth(SyntheticRecording.within(folder).truth_path)
            name = f"{clip['name']}.jpg"
            _, encoded = cv2.imencode(".jpg", strip(folder, truth)[..., ::-1])
            (pictures / name).write_bytes(encoded.tobytes())
            words = ", ".join(
                part
                for part in (
                    clip["name"], f"subject {truth.subject}", truth.split,
                    truth.condition.replace("_", " "), _describe(_main_segment(truth)),
                )
                if part
            )  # fmt: skip
            figures.append(
                f'<figure><img src="gallery/{html.escape(name)}" alt="{html.escape(words)}">'
                f"<figcaption>{html.escape(words)}</figcaption></figure>"
            )
        settings = ", ".join(f"{key} {value}" for key, value in manifest["settings"].items())
        page = out / "index.html"
        page.write_text(
            f'<!doctype html><meta charset="utf-8"><title>Synthetic recordings</title>'
            f"<style>{_STYLE}</style><h1>{len(manifest['clips'])} synthetic recordings</h1>"
            f"<p>{html.escape(settings)}</p><p>Each row: the video before the movement and at its "
            f"height, the landmarks on it, then the events of {_WINDOW_US // 1000} ms as the "
            f"movement begins, is at its height and ends.</p>" + "".join(figures),
            encoding="utf-8",
        )
    except OSError as error:
        raise FileError(
            out, f"the gallery cannot be written ({error.strerror}); make room there"
        ) from error
    return page


def _choose(clips: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Choose recordings of as many people and classes as fit on the page."""
    chosen: list[dict[str, Any]] = []
    for key in ("subject", "label", "name"):
        seen = {clip[key] for clip in chosen}
        for clip in clips:
            if clip[key] not in seen and len(chosen) < _MOST_SHOWN:
                seen.add(clip[key])
                chosen.append(clip)
    places = {clip["name"]: place for place, clip in enumerate(clips)}
    return sorted(chosen, key=lambda clip: places[clip["name"]])


def _main_segment(truth: RecordingTruth) -> Segment | None:
    """Return the strongest movement of the recording's class, or of any that is whole in it."""
    stop_us = truth.times_us[-1]
    whole = [
        segment
        for segment in truth.segments
        if segment.onset_us >= truth.times_us[0] and segment.offset_us <= stop_us
    ]
    own = [segment for segment in whole if segment.name == truth.label]
    return max(
        own or whole, key=lambda segment: (segment.name != "blink", segment.strength), default=None
    )


def _describe(segment: Segment | None) -> str:
    if segment is None:
        return ""
    lasts_ms = (segment.offset_us - segment.onset_us) // 1000
    side = "" if segment.side == "both" else f" on the {segment.side}"
    return f"{segment.name} at {segment.strength:.2f}{side} for {lasts_ms} ms"


def strip(folder: Path, truth: RecordingTruth) -> NDArray[np.uint8]:
    """Return the pictures of one recording side by side, (height, width, 3) uint8, RGB."""
    segment = _main_segment(truth)
    middle_us = int(truth.times_us[len(truth.times_us) // 2])
    times = (middle_us,) * 4 if segment is None else segment[1:5]
    onset_us, apex_us, fade_us, over_us = (int(t_us) for t_us in times)
    made = SyntheticRecording.within(folder)
    panels = []
    video = open_video(made.video_path)
    try:
        for t_us, is_marked in ((onset_us, False), ((apex_us + fade_us) // 2, True)):
            index = int(np.argmin(np.abs(truth.video_times_us - t_us)))
            points = _at(truth.landmarks_rgb_px, truth, int(truth.video_times_us[index]))
            panels.append(_panel(video.read(index), points if is_marked else None))
    finally:
        video.close()
    rises_us, falls_us = (onset_us + apex_us) // 2, (fade_us + over_us) // 2
    for t_us in (rises_us, (apex_us + fade_us) // 2, falls_us):
        stop_us = t_us + _WINDOW_US // 2
        picture = _event_picture(made.events_path, truth, stop_us)
        panels.append(_panel(picture, None))
    return np.concatenate(panels, axis=1)


def _event_picture(path: Path, truth: RecordingTruth, stop_us: int) -> NDArray[np.uint8]:
    """Return the events of a window, a blank picture where the recording has none."""
    resolution = truth.cameras.events.resolution
    try:
        source = open_events(path)
    except EventFileError:
        return np.zeros((resolution[1], resolution[0], 3), np.uint8)
    try:
        return render_representation(
            source.read(stop_us - _WINDOW_US, stop_us),
            MetavisionFrame(),
            resolution=resolution,
            start_us=stop_us - _WINDOW_US,
            stop_us=stop_us,
        )
    finally:
        source.close()


def _at(landmarks: NDArray[np.float32], truth: RecordingTruth, t_us: int) -> NDArray[np.float32]:
    return landmarks[int(np.argmin(np.abs(truth.times_us - t_us)))]


def _panel(picture: NDArray[np.uint8], points: NDArray[np.float32] | None) -> NDArray[np.uint8]:
    """Return a picture at the height of the page's, with its landmarks."""
    scale = _HEIGHT_PX / picture.shape[0]
    size = (round(picture.shape[1] * scale), _HEIGHT_PX)
    panel = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    for x, y in () if points is None else points:
        # Subpixel places: cv2 counts in 1/16 px here.
        place = (round(16 * scale * float(x)), round(16 * scale * float(y)))
        cv2.circle(panel, place, 16, _GREEN, -1, cv2.LINE_AA, 4)
    return panel
