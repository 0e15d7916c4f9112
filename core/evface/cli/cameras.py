"""`evface cameras`, `evface serve` and `evface record`: cameras, without a window."""

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

if TYPE_CHECKING:
    from evface.cameras.base import Camera, Found, FrameCamera
    from evface.cameras.stream_server import Network
    from evface.live.recorder import RecorderState

_CAMERA_HELP = (
    "A camera's key, as evface cameras lists them, such as prophesee-evk4; a recording; "
    "tcp://HOST:PORT, or dv://HOST:PORT of dv-processing; simulated:0 for events from a webcam."
)
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("cameras")(cameras)
    app.command("serve")(serve)
    app.command("record")(record)


def cameras(as_json: _Json = False) -> None:
    """List the cameras that are here, and what stands in the way of using others.

    Not listed, but opened by their keys: recordings (replay:FILE, with ?speed=2&loop=1), what
    evface serve serves elsewhere (tcp://HOST:PORT), streams of dv-processing (dv://HOST:PORT, where
    that package is installed) and events simulated from a video (simulated:VIDEO).
    """
    from evface.cameras.registry import list_cameras, list_frame_cameras

    found = {"event cameras": list_cameras(), "webcams": list_frame_cameras()}
    if as_json:
        typer.echo(
            json.dumps({name: [_as_json(item) for item in some] for name, some in found.items()})
        )
        return
    for name, some in found.items():
        typer.echo(f"{name}:")
        for item in some:
            typer.echo(f"  {item.info.key or '-':<32} {_in_words(item)}")
        if not some:
            typer.echo("  none is plugged in")


def serve(
    camera: Annotated[str, typer.Argument(help=_CAMERA_HELP, metavar="FILE|CAMERA")],
    listen: Annotated[
        str, typer.Option(help="HOST:PORT to listen at; 0.0.0.0 is all of this computer's.")
    ] = "127.0.0.1:7836",
    allow: Annotated[
        list[str] | None,
        typer.Option(
            help="An address, or a network as 192.168.1.0/24, to serve; give it again for more. "
            "Without it, this computer alone is served.",
        ),
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(min=0.1, help="End after so long; else with Ctrl+C.")
    ] = None,
) -> None:
    """Serve a camera or a recording to other computers, which open it as tcp://HOST:PORT.

    A recording begins again at its end.
    """
    from evface.cameras.stream_address import host_and_port
    from evface.cameras.stream_server import LOOPBACK, StreamServer

    host, port = _host_and_port(listen)
    networks = _networks(allow) if allow else LOOPBACK
    server = StreamServer(_opened(camera, loops=True), host=host, port=port, allowed=networks)
    server.start()
    host, port = server.address
    who = ", ".join(allow) if allow else "this computer alone (say who else with --allow)"
    typer.echo(f"serving {camera} at tcp://{host_and_port(host, port)} to {who}", err=True)
    began_s = time.monotonic()
    told = None
    try:
        while seconds is None or time.monotonic() - began_s < seconds:
            time.sleep(0.2)
            state = server.state
            news = (state.problem, state.n_clients, state.n_refused)
            if news != told:
                told = news
                words = state.problem or f"{state.n_clients} connected"
                typer.echo(f"{words}; {state.n_refused} refused", err=True)
    finally:
        server.stop()


def record(
    camera: Annotated[str, typer.Argument(help=_CAMERA_HELP, metavar="CAMERA")],
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
    as_json: _Json = False,
) -> None:
    """Record a camera's bytes as they come; what was recorded opens however it ends."""
    from evface.live.recorder import Recorder
    from evface.live.recording import record_camera

    device = _opened(camera, loops=False)
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
        self._project = Project.open(path)
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


def _opened(key: str, *, loops: bool) -> Camera:
    from evface.cameras.registry import open_camera

    if loops and "?" not in key and Path(key.removeprefix("replay:")).is_file():
        key = f"replay:{key.removeprefix('replay:')}?loop=1"
    return open_camera(key)


def _frames(key: str, camera: Camera) -> FrameCamera | None:
    from evface.cameras.registry import open_frame_camera

    if key == "own":
        return camera.frame_camera
    if key == "none":
        return None
    return open_frame_camera(f"video:{key}" if Path(key).is_file() else key)


def _host_and_port(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise typer.BadParameter(f"--listen must be HOST:PORT, got {listen!r}")
    return host, int(port)


def _networks(texts: list[str]) -> list[Network]:
    import ipaddress

    try:
        return [ipaddress.ip_network(text, strict=False) for text in texts]
    except ValueError as error:
        raise typer.BadParameter(f"--allow must be an address or a network: {error}") from error


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


def _as_json(found: Found) -> dict[str, Any]:
    info = found.info
    return {
        "key": info.key,
        "name": info.name,
        "kind": str(info.kind),
        "serial": info.serial,
        "resolution": info.resolution,
        "problem": found.problem,
    }


def _in_words(found: Found) -> str:
    info = found.info
    name = f"{info.name} {info.serial}".strip()
    return f"{name}: {found.problem}" if found.problem else name
