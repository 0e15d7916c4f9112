"""Headers of Prophesee RAW and DAT files."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from evface.errors import EventFileError

_MAX_LINE = 1024
_MAX_HEADER = 1 << 20
# What older headers leave out is known from the name of the camera's plugin.
_PLUGIN_RESOLUTIONS = (
    ("genx320", (320, 320)),
    ("imx636", (1280, 720)),
    ("imx646", (1280, 720)),
    ("gen4", (1280, 720)),
    ("gen3", (640, 480)),
)
# Event2d and CD, of eight bytes.
_DAT_RECORDS = (b"\0\b", b"\f\b")
_SIZE = re.compile(r"(\d{1,5})\s*[xX ]\s*(\d{1,5})")


@dataclass(frozen=True)
class RawHeader:
    """What the text before the events says.

    Parameters
    ----------
    n_bytes
        Length of the header; the first word follows it.
    encoding
        ``"EVT2"``, ``"EVT3"``, ``"DAT v1"``, ``"DAT v2"``, ``"EVT2.1 little"``,
        ``"EVT2.1 legacy"``, or ``"EVT2.1"`` where the order of the halves of its words is not
        stated; another name as the header gives it, or ``""`` where it is silent.
    resolution
        Sensor ``(width, height)``, px; None where neither the header nor the plugin tells it.
    metadata
        All lines, key to value.
    """

    n_bytes: int
    encoding: str = ""
    resolution: tuple[int, int] | None = None
    metadata: dict[str, str] = field(default_factory=dict)


def read_raw_header(path: Path) -> RawHeader:
    """Read the header of a RAW or DAT file.

    Accepts ``% evt 3.0``, ``% format EVT3;height=720;width=1280``, ``% geometry 640x480``, the
    names of the camera's plugins, and headers with and without ``% end``.

    Raises
    ------
    EventFileError
        If the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            text = file.read(_MAX_HEADER)
    except OSError as error:
        reason = error.strerror or "unknown"
        raise EventFileError(path, f"cannot be read ({reason}); check its permissions") from error
    return parse_raw_header(text)


def parse_raw_header(text: bytes) -> RawHeader:
    """Parse the header at the beginning of `text`; see `read_raw_header`."""
    metadata: dict[str, str] = {}
    at = 0
    while text[at : at + 1] == b"%":
        end = text.find(b"\n", at, at + _MAX_LINE)
        line = text[at:end]
        # A word of events may begin like a line; it will not go on as text.
        if end < 0 or any(byte < 0x20 and byte not in b"\t\r" for byte in line):
            break
        at = end + 1
        key, _, value = line[1:].decode("utf-8", "replace").strip().partition(" ")
        if key.lower() == "end" and not value:
            break
        if key:
            metadata[key] = value.strip()
    lower = {key.lower(): value for key, value in metadata.items()}
    encoding, options = _parse_format(lower.get("format", ""))
    if not encoding and lower.get("evt"):
        encoding = f"EVT{lower['evt'].removesuffix('.0')}"
    if encoding == "EVT2.1":
        # Some headers have a line of its own for the order of a word's halves.
        order = options.get("endianness", lower.get("endianness", ""))
        encoding = f"{encoding} {order}".strip()
    resolution = _positive(options.get("width", ""), options.get("height", ""))
    # A byte for the kind of the records and one for their size come before them.
    kind_and_size = text[at : at + 2]
    is_dat = not encoding and "version" in lower and kind_and_size in _DAT_RECORDS
    if is_dat or "file containing" in lower.get("data", ""):
        encoding = _parse_dat(lower.get("version", ""), kind_and_size)
        at = min(at + 2, len(text))
    if resolution is None:
        resolution = _parse_geometry(lower)
    return RawHeader(at, encoding, resolution, metadata)


def _parse_format(value: str) -> tuple[str, dict[str, str]]:
    """Take ``EVT3;height=720;width=1280`` apart."""
    name, *parts = (part.strip() for part in value.split(";"))
    options = dict(part.split("=", 1) for part in parts if "=" in part)
    return "EVT2.1" if name.upper() == "EVT21" else name.upper(), options


def _parse_dat(version: str, kind_and_size: bytes) -> str:
    if kind_and_size not in _DAT_RECORDS:
        return f"DAT with records of kind and size {list(kind_and_size)}"
    return "DAT v1" if version.startswith(("0", "1")) else "DAT v2"


def _parse_geometry(lower: dict[str, str]) -> tuple[int, int] | None:
    match = _SIZE.fullmatch(lower.get("geometry", ""))
    if match:
        return _positive(*match.groups())
    stated = _positive(lower.get("width", ""), lower.get("height", ""))
    if stated:
        return stated
    plugin = lower.get("plugin_name", "").lower()
    return next((size for name, size in _PLUGIN_RESOLUTIONS if name in plugin), None)


def _positive(width: str, height: str) -> tuple[int, int] | None:
    if width.isdecimal() and height.isdecimal() and int(width) > 0 and int(height) > 0:
        return int(width), int(height)
    return None
