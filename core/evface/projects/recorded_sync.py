"""What a recorder knows of how a video's clock lies to the events', kept beside the events."""

from __future__ import annotations

import json
import math
from pathlib import Path

from evface.files import JSON_DAMAGES, replacing
from evface.geometry.clock import ClockSync


def sync_path(events: Path) -> Path:
    """Return where the sync of a recorded event file is kept."""
    return events.with_name(f"{events.stem}.sync.json")


def write_recorded_sync(events: Path, video: Path, sync: ClockSync) -> None:
    """Keep the sync of a recording; all or nothing.

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
