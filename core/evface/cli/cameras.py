"""`evface cameras` and `evface serve`: which cameras are here, and for others."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from evface.cameras.base import Camera, Found
    from evface.cameras.stream_server import Network

CAMERA_HELP = (
    "A camera's key, as evface cameras lists them, such as prophesee-evk4; a recording; "
    "tcp://HOST:PORT, or dv://HOST:PORT of dv-processing; simulated:0 for events from a webcam."
)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("cameras")(cameras)
    app.command("serve")(serve)


def cameras(as_json: Json = False) -> None:
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
    camera: Annotated[str, typer.Argument(help=CAMERA_HELP, metavar="FILE|CAMERA")],
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
    server = StreamServer(_opened(camera), host=host, port=port, allowed=networks)
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


def _opened(key: str) -> Camera:
    from evface.cameras.registry import open_camera

    if "?" not in key and Path(key.removeprefix("replay:")).is_file():
        key = f"replay:{key.removeprefix('replay:')}?loop=1"
    return open_camera(key)


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
