"""`evface record`: what a camera gives, into files, without a window."""

from __future__ import annotations

import json
import logging
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evface.cli.cameras import CAMERA_HELP, Json

if TYPE_CHECKING:
    from evface.cameras.base import Camera, FrameCamera
    from evface.live.recorder import RecorderState


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("record")(record)


def record(
    camera: Annotated[str, typer.Argument(help=CAMERA_HELP, metavar="CAMERA")],
    out: Annotated[Path, typer.Argument(help="The event file to write.", metavar="OUT.raw")],
    rgb: Annotated[
        str,
        typer.Option(
            help="RGB beside it, as OUT.mp4: webcam:0, or a video that stands in for one; own for "
            "the pictures of the camera itself; none."
        ),
    ] = "own",
    seconds: Annotated[
        float | None, typer.Option(min=0.1, help="How long; else until Ctrl+C.")
    ] = None,
    project: Annotated[
        Path | None, typer.Option(help="Add the recording to this project, at once.")
    ] = None,
    keep_free_gb: Annotated[
        float, typer.Option(min=0.0, help="Stop before the disk has less than this left.")
    ] = 1.0,
    as_json: Json = False,
) -> None:
    """Record a camera's bytes as they come; what was recorded opens however it ends."""
    from evface.cameras.registry import open_camera
    from evface.live.recorder import Recorder
    from evface.live.recording import record_camera

    device = open_camera(camera)
    frames = _frames(rgb, device)
    recorder = Recorder(
        out,
        shares_clock=frames is not None and frames is device.frame_camera,
        least_free_bytes=round(keep_free_gb * 1e9),
    )

    def look(state: RecorderState, words: str) -> None:
        say(state, words)
        if entries is not None:
            entries.look(recorder)

    say = _teller()
    # What happens to the camera is said by what is shown.
    logging.getLogger("evface.live").setLevel(logging.ERROR)
    entries = None
    # Services are ended so.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        entries = _Entries(project) if project else None
        state = record_camera(device, recorder, frames, seconds=seconds, look=look)
    except KeyboardInterrupt:
        state = recorder.state
    finally:
        recorder.stop()
        in_project = "" if entries is None else entries.finish(recorder)
        signal.signal(signal.SIGTERM, before)
    _report(recorder.parts, replace(state, problem=state.problem or in_project), as_json)


class _Entries:
    """The recording in a project, looked after once a second."""

    def __init__(self, path: Path) -> None:
        from evface.live.recorder_project import RecordedEntries
        from evface.projects.editing_lock import EditingLock
        from evface.projects.project import Project

        self._lock = EditingLock(path)
        try:
            self._project = Project.open(path)
        except BaseException:
            self._lock.release()
            raise
        self._entries = RecordedEntries(self._project)
        self._looked_s = 0.0
        self._problem = ""

    def look(self, recorder: Any) -> None:
        """Add the recording once there is something of it."""
        from evface.errors import EvfaceError

        if time.monotonic() - self._looked_s < 1.0:
            return
        self._looked_s = time.monotonic()
        try:
            for entry in self._entries.look(recorder.parts):
                typer.echo(f"{self._project.path}: recording {entry.name!r}", err=True)
        except EvfaceError as error:  # The recording goes on, and is added at its end.
            if str(error) != self._problem:
                self._problem = str(error)
                typer.echo(f"warning: {error}", err=True)

    def finish(self, recorder: Any) -> str:
        """Complete it; return what went wrong, empty where nothing did."""
        from evface.errors import EvfaceError

        try:
            self._entries.look(recorder.parts)
        except EvfaceError as error:
            return str(error)
        finally:
            self._project.close()
            self._lock.release()
        return ""


def _frames(key: str, camera: Camera) -> FrameCamera | None:
    from evface.cameras.registry import open_frame_camera

    if key == "own":
        return camera.frame_camera
    if key == "none":
        return None
    return open_frame_camera(f"video:{key}" if Path(key).is_file() else key)


def _teller() -> Callable[[RecorderState, str], None]:
    """Return what shows on a terminal how a recording is going, a few times a second."""
    import sys

    is_terminal = sys.stderr.isatty()
    shown: list[str] = []

    def say(state: RecorderState, words: str) -> None:
        nonlocal shown
        room = "the disk is nearly full" if state.has_little_room else ""
        news = [one for one in (words, state.problem, room) if one]
        # A log has a line where something changes, a terminal one that changes.
        if is_terminal:
            line = "; ".join([f"{words}: {_progress(state)}", *news[1:]])
            typer.echo(f"\r\x1b[2K{line}", nl=False, err=True)
        else:
            for one in news:
                if one not in shown:
                    typer.echo(one, err=True)
        shown = news

    return say


def _progress(state: RecorderState) -> str:
    left = "" if state.left_s is None else f", {state.left_s / 60:,.0f} min left on the disk"
    return (
        f"{state.duration_s:.0f} s, {state.n_bytes / 1e6:,.0f} MB at "
        f"{state.bytes_per_s / 1e6:.1f} MB/s{left}"
    )


def _report(parts: Any, state: RecorderState, as_json: bool) -> None:
    files = [
        {
            "events": str(part.events),
            "video": None if part.video is None else str(part.video),
            "sync": None if part.sync is None else part.sync.method,
        }
        for part in parts
    ]
    if as_json:
        said = {
            "parts": files,
            "duration_s": round(state.duration_s, 3),
            "n_events": state.n_events,
            "n_frames": state.n_frames,
            "n_bytes": state.n_bytes,
            "n_dropped": state.n_dropped,
            "problem": state.problem,
        }
        typer.echo(json.dumps(said))
    else:
        for file in files:
            typer.echo(" and ".join(name for name in (file["events"], file["video"]) if name))
        rate = state.n_events / max(state.duration_s, 1e-9) / 1e6
        typer.echo(
            f"{state.n_events:,} events ({rate:.2f} million a second), "
            f"{state.n_frames:,} pictures, {state.n_bytes / 1e6:,.1f} MB in "
            f"{state.duration_s:.1f} s, {state.n_dropped:,} lost"
        )
    if state.problem:
        from evface.errors import EvfaceError

        raise EvfaceError(state.problem)
