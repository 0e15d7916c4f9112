"""What was just seen, kept as a picture or as a short video, written by a process of its own."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from evface.errors import EvfaceError, RecordingError
from evface.files import replacing
from evface.live.replay import Replay
from evface.workers import end_with_parent, single_threaded_children

if TYPE_CHECKING:
    from evface.morphable.model import MorphableModel

_RATE_HZ = 30.0
# RGB pictures and overlays may be so much older than the events beside them.
_FRAME_US = 150_000
_LONG_AGO_US = 700_000


def write_clip(path: Path, replay: Replay, *, speed: float = 1.0) -> None:
    """Write RGB, events and mesh side by side, with the landmarks, as an ``.mp4``.

    Parameters
    ----------
    speed
        Below 1 for slow motion.

    Raises
    ------
    RecordingError
        If nothing was seen.
    VideoFileError
        If the file cannot be written.
    """
    from evface.export.side_by_side import write_side_by_side

    write_side_by_side(
        path,
        replay.recording(),
        replay.tracks(),
        _head_of(replay),
        drawn=replay.view.representation,
        window_us=replay.view.window_us,
        rate_hz=_RATE_HZ,
        stop_us=replay.stop_us - replay.start_us,
        speed=speed,
    )


def write_snapshot(path: Path, replay: Replay, *, t_us: int | None = None) -> None:
    """Write RGB, events and mesh of one moment side by side, with the landmarks, as a ``.png``.

    Parameters
    ----------
    t_us
        The moment, on the camera's clock; the last one that models looked at when None, if that is
        not long ago, else the end.

    Raises
    ------
    RecordingError
        If nothing was seen.
    FileError
        If the file cannot be written.
    """
    import cv2

    from evface.export.side_by_side import SideBySide

    if not replay.moments.packed:
        raise RecordingError(f"{replay.name}: nothing was seen, so there is nothing to show")
    drawing = SideBySide(
        replay.recording(),
        replay.tracks(),
        _head_of(replay),
        drawn=replay.view.representation,
        window_us=replay.view.window_us,
    )
    at_us = (_last_told_us(replay) if t_us is None else t_us) - replay.start_us
    _, content = cv2.imencode(".png", drawing.picture(at_us)[..., ::-1])
    with replacing(path) as temporary:
        temporary.write_bytes(content.tobytes())


def begin_clip(path: Path, replay: Replay, *, speed: float = 1.0) -> Future[str]:
    """Begin to write a clip in a process of its own, as `write_clip`; returns at once.

    Returns
    -------
    Future
        Its result is empty, or one line for the user on what went wrong.
    """
    return _begin(partial(write_clip, speed=speed), path, replay)


def begin_snapshot(path: Path, replay: Replay, *, t_us: int | None = None) -> Future[str]:
    """Begin to write a snapshot in a process of its own, as `write_snapshot`; returns at once.

    Returns
    -------
    Future
        As of `begin_clip`.
    """
    t_us = _last_told_us(replay) if t_us is None else t_us
    # Of what was kept little is needed, and sending all of it takes long.
    view = replay.view
    first_us = t_us - view.window_us - view.representation.lookback_us - _FRAME_US
    return _begin(partial(write_snapshot, t_us=t_us), path, replay.part(first_us, t_us))


def _begin(write: Callable[[Path, Replay], None], path: Path, replay: Replay) -> Future[str]:
    executor = ProcessPoolExecutor(
        1, mp_context=multiprocessing.get_context("spawn"), initializer=end_with_parent
    )
    with single_threaded_children():
        future = executor.submit(_problem_of, write, path, replay)
    executor.shutdown(wait=False)
    return future


def _problem_of(write: Callable[[Path, Replay], None], path: Path, replay: Replay) -> str:
    try:
        write(path, replay)
    except EvfaceError as error:
        return str(error)
    return ""


def _last_told_us(replay: Replay) -> int:
    """Return the last moment that models looked at, if it is not long ago, else the end.

    Where that was an RGB picture, its moment counts.
    """
    told = replay.moments.overlays[-1] if replay.moments.overlays else None
    if told is None or replay.stop_us - told.t_us > _LONG_AGO_US:
        return replay.stop_us
    told_us = told.t_us if told.frame_t_us is None else told.frame_t_us
    return max(told_us, replay.start_us + 1)


def _head_of(replay: Replay) -> MorphableModel:
    """Return the head that was fitted; the open one where none was."""
    from evface.morphable.head_library import open_head_model

    faces = [one.face for one in replay.moments.overlays if one.face is not None]
    return open_head_model(faces[-1].model if faces else None)
