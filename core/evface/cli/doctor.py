"""`evface doctor`: what works on this machine, what is missing, and how to mend it."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evface.errors import EvfaceError

if TYPE_CHECKING:
    from evface.cameras.base import Found


@dataclass(frozen=True)
class Finding:
    """One thing looked at: whether it works, what was found, and how to mend it."""

    name: str
    works: bool
    found: str
    mend: str = ""
    is_needed: bool = True


def register(app: typer.Typer) -> None:
    """Add `doctor` to the command line."""
    app.command("doctor")(doctor)


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say what works here, what is missing, and how to mend it."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    findings = [check() for check in _CHECKS]
    if as_json:
        typer.echo(json.dumps({"findings": [asdict(finding) for finding in findings]}))
    else:
        table = Table(box=None, show_header=False, pad_edge=False)
        for finding in findings:
            mark = "[green]✓[/green]" if finding.works else "[red]✗[/red]"
            if not finding.works and not finding.is_needed:
                mark = "[yellow]–[/yellow]"
            advice = "" if finding.works else escape(finding.mend)
            table.add_row(mark, finding.name, escape(finding.found), advice)
        Console().print(table)
    if any(finding.is_needed and not finding.works for finding in findings):
        raise typer.Exit(1)


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _python() -> Finding:
    version = platform.python_version()
    return Finding(
        "Python",
        sys.version_info >= (3, 11),
        f"{version} on {platform.system()} {platform.machine()}, {os.cpu_count()} processors",
        "install Python 3.11 or later",
    )


def _evface() -> Finding:
    return Finding("evface", True, _version("evface") or "not installed as a package")


def _event_files() -> Finding:
    from evface.events.events import Events
    from evface.events.formats.hdf5_writer import Hdf5EventWriter
    from evface.events.sources import open_events

    with tempfile.TemporaryDirectory(prefix="evface-doctor-") as folder:
        path = Path(folder) / "events.h5"
        try:
            with Hdf5EventWriter(path, resolution=(4, 4)) as writer:
                writer.append(Events.empty())
            open_events(path).close()
        except (EvfaceError, OSError) as error:
            return Finding("Event files", False, str(error), "reinstall h5py and hdf5plugin")
    return Finding("Event files", True, "HDF5 can be written and read")


def _video() -> Finding:
    import av

    found = [name for name in ("h264", "hevc", "vp9", "av1") if name in av.codecs_available]
    return Finding(
        "Video",
        "h264" in found,
        f"PyAV {_version('av')}, decodes {', '.join(found)}",
        "reinstall the package av",
    )


def _open_head() -> Finding:
    from evface.morphable.model import load_open_head

    try:
        model = load_open_head()
    except (EvfaceError, OSError) as error:
        return Finding("Head model", False, str(error), "reinstall evface")
    return Finding("Head model", True, f"{model.key}, {len(model.mean_shape)} vertices")


def _teacher() -> Finding:
    from evface.teacher.bundles import find_bundle

    try:
        return Finding("Teacher", True, f"MediaPipe, {find_bundle()}")
    except EvfaceError as error:
        return Finding("Teacher", False, str(error))


def _studio() -> Finding:
    versions = {name: _version(name) for name in ("PySide6_Essentials", "pyqtgraph")}
    lacking = [name for name, version in versions.items() if version is None]
    found = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
    if versions["PySide6_Essentials"] and sys.version_info < (3, 12):
        major, minor = (int(part) for part in versions["PySide6_Essentials"].split(".")[:2])
        if (major, minor) >= (6, 12):
            mend = "install PySide6-Essentials below 6.12: newer ones crash on Python 3.11"
            return Finding("Studio", False, found, mend)
    return Finding(
        "Studio", not lacking, found or "not installed", "install evface[studio]", is_needed=False
    )


def _display() -> Finding:
    if not sys.platform.startswith("linux"):
        return Finding("Display", True, platform.system())
    display = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY")
    found = display or ("none, but Xvfb is there" if shutil.which("Xvfb") else "none")
    return Finding(
        "Display",
        display is not None,
        found,
        "run under `xvfb-run -a`, or on a desktop",
        is_needed=False,
    )


def _torch() -> Finding:
    version = _version("torch")
    if version is None:
        return Finding("torch", False, "not installed", "install evface[train]", is_needed=False)
    import torch

    gpu = torch.cuda.get_device_name(0) if torch.cuda.is_available() else "no GPU, runs on the CPU"
    return Finding("torch", True, f"{version}, {gpu}", is_needed=False)


def _fan() -> Finding:
    version = _version("face-alignment")
    return Finding(
        "FAN teacher",
        version is not None,
        version or "not installed",
        "install evface[fan]",
        is_needed=False,
    )


def _cameras() -> Finding:
    from evface.cameras.usb_listing import list_usb_cameras

    version = _version("neuromorphic_drivers")
    driver = f"neuromorphic-drivers {version}, " if version else ""
    return _of_found("Cameras", driver, list_usb_cameras())


def _dv_streams() -> Finding:
    version = _version("dv_processing")
    return Finding(
        "DV streams",
        version is not None,
        f"dv-processing {version}" if version else "not installed",
        "pip install dv-processing, for streams of cameras by iniVation",
        is_needed=False,
    )


def _webcams() -> Finding:
    from evface.cameras.webcam import list_webcams

    return _of_found("Webcams", "", list_webcams())


def _network() -> Finding:
    import psutil

    from evface.cameras.stream_protocol import DEFAULT_PORT

    addresses = [
        one.address
        for of_interface in psutil.net_if_addrs().values()
        for one in of_interface
        if one.family == socket.AF_INET and not one.address.startswith("127.")
    ]
    here = f"this computer is {', '.join(addresses) or 'on no network'}"
    try:
        with socket.create_server(("127.0.0.1", DEFAULT_PORT)):
            pass
    except OSError as error:
        return Finding(
            "Network",
            False,
            f"port {DEFAULT_PORT}: {os.strerror(error.errno or 0)}; {here}",
            "evface serve may be running already; serve another camera with --listen HOST:PORT",
            is_needed=False,
        )
    return Finding("Network", True, f"port {DEFAULT_PORT} is free for evface serve; {here}")


def _of_found(name: str, driver: str, cameras: list[Found]) -> Finding:
    usable = [item.info.name for item in cameras if not item.problem]
    # Without a key it is no camera, but what stands in the way of all of them.
    problems = [
        f"{item.info.name}: {item.problem}" if item.info.key else item.problem
        for item in cameras
        if item.problem
    ]
    found = ", ".join(usable) or "none to be used"
    return Finding(
        name,
        bool(usable) and not problems,
        driver + found,
        "; ".join(problems) or "plug one in, with a cable for USB 3 where it is an event camera",
        is_needed=False,
    )


def _folders() -> Finding:
    import platformdirs

    folder = Path(platformdirs.user_data_dir("evface"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return Finding("Data folder", False, f"{folder}: {error.strerror}", "make it writable")
    free_gb = shutil.disk_usage(folder).free / 1e9
    return Finding(
        "Data folder", free_gb > 1, f"{folder}, {free_gb:.0f} GB free", "free some space"
    )


_CHECKS: tuple[Callable[[], Finding], ...] = (
    _python,
    _evface,
    _event_files,
    _video,
    _open_head,
    _teacher,
    _studio,
    _display,
    _torch,
    _fan,
    _cameras,
    _dv_streams,
    _webcams,
    _network,
    _folders,
)
