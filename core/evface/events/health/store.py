"""Health kept beside event files, so that long ones are looked at once.

It can be deleted at any time. It is only used for the very file that it was made of, with the same
video, by the same version of the check.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path

import numpy as np
import platformdirs
from numpy.typing import NDArray

from evface.events.health.checking import check_health
from evface.events.health.model import Health
from evface.events.health.plain import from_plain, to_plain
from evface.events.index import FileIdentity
from evface.events.sources import EventSource
from evface.events.triggers import Triggers

_VERSION = 2
# A shorter recording is checked in less time than anyone notices.
_LEAST_EVENTS_KEPT = 5_000_000
_LARGEST_BYTES = 1 << 22


def health_paths(path: Path) -> tuple[Path, Path]:
    """Return where the health of `path` may lie: beside it, and in the user's cache."""
    path = path.absolute()
    key = hashlib.sha256(os.fsencode(path)).hexdigest()[:24]
    cache = platformdirs.user_cache_path("evface", appauthor=False) / "health"
    return path.with_name(f".{path.name}.evfhealth.json"), cache / f"{key}.json"


def health_of(
    source: EventSource,
    *,
    triggers: Triggers | None = None,
    video_times_us: NDArray[np.int64] | None = None,
    report: Callable[[float, str], None] | None = None,
) -> Health:
    """Return what is kept, or check the recording; see `check_health`.

    Raises
    ------
    EventFileError
        If the file cannot be read.
    """
    health = kept_health(source, video_times_us=video_times_us)
    if health is None:
        health = check_health(
            source, triggers=triggers, video_times_us=video_times_us, report=report
        )
        key = _key(source, video_times_us)
        if key is not None and source.n_events >= _LEAST_EVENTS_KEPT:
            _write(source.path, key, health)
    return health


def kept_health(
    source: EventSource, *, video_times_us: NDArray[np.int64] | None = None
) -> Health | None:
    """Return what was found before; None where the recording must be checked."""
    key = _key(source, video_times_us)
    return None if key is None else _read(source.path, key)


def _key(source: EventSource, video_times_us: NDArray[np.int64] | None) -> str | None:
    """Return what the health depends on, in words; None where the file cannot be told apart."""
    try:
        identity = FileIdentity.of(source.path)
    except OSError:
        return None
    video = "" if video_times_us is None else hashlib.sha256(video_times_us.tobytes()).hexdigest()
    return " ".join(map(str, (_VERSION, *astuple(identity), source.n_events, video)))


def _read(path: Path, key: str) -> Health | None:
    for place in health_paths(path):
        try:
            if place.stat().st_size > _LARGEST_BYTES:
                continue
            kept = json.loads(place.read_bytes())
            if kept["key"] == key:
                return from_plain(kept["health"])
        # Whatever is wrong with it, the remedy is a new one.
        except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
            continue
    return None


def _write(path: Path, key: str, health: Health) -> None:
    text = json.dumps({"key": key, "health": to_plain(health)})
    for place in health_paths(path):
        temporary = place.with_name(f"{place.name}.{os.getpid()}.part")
        try:
            if place.parent != path.absolute().parent:
                place.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(text)
            temporary.replace(place)
        except OSError:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            continue
        return
