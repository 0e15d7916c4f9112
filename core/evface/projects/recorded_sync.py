"""What a recorder knows of how a video's clock lies to the events', kept beside the events."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

from evface.files import JSON_DAMAGES, replacing
from evface.geometry.clock import ClockSync

if TYPE_CHECKING:
    from evface.projects.recording import Recording

# What is known of a sync that nobody looked into yet.
ARRIVAL_METHODS = ("assumed", "arrival")


def sync_path(events: Path) -> Path:
    """Return where the sync of a recorded event file is kept."""
    return events.with_name(f"{events.stem}.sync.json")


def write_recorded_sync(
    events: Path, video: Path, sync: ClockSync, *, rgb_delay_us: int = 0
) -> None:
    """Keep the sync of a recording; all or nothing.

    Parameters
    ----------
    rgb_delay_us
        How much longer pictures took to arrive than events, by this sync.

    Raises
    ------
    FileError
        If it cannot be written.
    """
    said = {
        "video": video.name,
        "offset_us": sync.offset_us,
        "drift_ppm": sync.drift_ppm,
        "method": sync.method,
        "residual_us": None if math.isnan(sync.residual_us) else sync.residual_us,
        "rgb_delay_us": rgb_delay_us,
    }
    with replacing(sync_path(events)) as temporary:
        temporary.write_text(json.dumps(said), "utf-8")


def find_recorded_video(events: Path) -> Path | None:
    """Return the video that a recorder made beside an event file; None where it made none."""
    try:
        video = events.with_name(json.loads(sync_path(events).read_text("utf-8"))["video"])
    except (OSError, *JSON_DAMAGES):
        return None
    return video if video.is_file() else None


def read_recorded_sync(events: Path, video: Path) -> ClockSync | None:
    """Return the sync that a recorder kept of these two files; None where it kept none."""
    try:
        said = json.loads(sync_path(events).read_text("utf-8"))
        if said["video"] != video.name:
            return None
        residual = said["residual_us"]
        return ClockSync(
            int(said["offset_us"]),
            float(said["drift_ppm"]),
            str(said["method"]),
            math.nan if residual is None else float(residual),
        )
    except (OSError, *JSON_DAMAGES):
        return None


def read_rgb_delay_us(recording: Recording) -> int | None:
    """Return how much longer the pictures of a recording took to arrive than its events.

    Known of what was recorded here and put in sync since, by triggers, motion or marks; else None.
    """
    video = recording.video
    if video is None or recording.sync.method in ARRIVAL_METHODS:
        return None
    try:
        said = json.loads(sync_path(recording.unfiltered_events.path).read_text("utf-8"))
        by_sync = int(said["rgb_delay_us"])
    except (OSError, *JSON_DAMAGES):
        return None
    kept = read_recorded_sync(recording.unfiltered_events.path, video.path)
    if kept is None or kept.method == "same camera":
        return None
    middle_us = video.times_us[len(video.times_us) // 2 :][:1]
    late_us = kept.to_sensor_us(middle_us) - recording.sync.to_sensor_us(middle_us)
    return by_sync + int(late_us[0])
