"""What a file holds, told by its first bytes."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from evface.errors import EventFileError
from evface.events.formats.raw_header import parse_raw_header

HEAD_BYTES = 4096


class Content(StrEnum):
    """Kinds of files that `identify` tells apart, as users call them."""

    RAW = "RAW"
    HDF5 = "HDF5"
    DAT = "Prophesee DAT"
    AEDAT4 = "AEDAT4"
    AEDAT = "AEDAT 1 to 3"
    EVENT_STREAM = "Event Stream (.es)"
    ROSBAG = "a ROS bag"
    EVFACE_PROJECT = "an SQLite file, perhaps a project"
    NUMPY = "a NumPy file"
    VIDEO = "a video"
    IMAGE = "a picture"
    ZIP = "a zip archive"
    ARCHIVE = "an archive"
    PDF = "a PDF"
    TEXT = "text"
    UNKNOWN = "unknown"


_MAGIC = (
    (b"\x89HDF\r\n\x1a\n", Content.HDF5),
    (b"#!AER-DAT4", Content.AEDAT4),
    (b"#!AER-DAT", Content.AEDAT),
    (b"Event Stream", Content.EVENT_STREAM),
    (b"#ROSBAG", Content.ROSBAG),
    (b"SQLite format 3\0", Content.EVFACE_PROJECT),
    (b"\x93NUMPY", Content.NUMPY),
    (b"\x1a\x45\xdf\xa3", Content.VIDEO),  # Matroska, WebM
    (b"\0\0\x01\xba", Content.VIDEO),  # MPEG
    (b"\0\0\x01\xb3", Content.VIDEO),
    (b"FLV\x01", Content.VIDEO),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Content.VIDEO),  # WMV
    (b"OggS", Content.VIDEO),
    (b"\x89PNG", Content.IMAGE),
    (b"\xff\xd8\xff", Content.IMAGE),
    (b"GIF8", Content.IMAGE),
    (b"II*\0", Content.IMAGE),
    (b"MM\0*", Content.IMAGE),
    (b"PK\x03\x04", Content.ZIP),
    (b"PK\x05\x06", Content.ZIP),
    (b"\x1f\x8b", Content.ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", Content.ARCHIVE),
    (b"\xfd7zXZ\0", Content.ARCHIVE),
    (b"\x28\xb5\x2f\xfd", Content.ARCHIVE),
    (b"%PDF", Content.PDF),
)
# Fewer bytes than this may look like text by chance.
_MIN_TEXT = 64
_TEXT_BYTES = frozenset(range(0x20, 0x7F)) | {0x09, 0x0A, 0x0D}


def identify(path: Path) -> Content:
    """Tell what a file holds from its first bytes.

    Returns
    -------
    Content
        `Content.UNKNOWN` where the bytes fit nothing, as with formats that have no header.

    Raises
    ------
    EventFileError
        If the path is not a readable file or the file is empty.
    """
    head = read_head(path)
    for magic, content in _MAGIC:
        if head.startswith(magic):
            return content
    if head[:4] == b"RIFF":
        return Content.VIDEO if head[8:12] == b"AVI " else Content.IMAGE
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"free", b"wide", b"skip"):
        return Content.VIDEO
    # MPEG transport streams repeat a sync byte.
    if head[:1] == b"G" and len(head) > 376 and head[188:189] == head[376:377] == b"G":
        return Content.VIDEO
    if head.startswith(b"%"):
        header = parse_raw_header(head)
        if header.encoding.startswith("DAT"):
            return Content.DAT
        # Comments of TeX, MATLAB and the like begin as the headers do, but text goes on.
        events = head[header.n_bytes :]
        is_text = len(events) >= _MIN_TEXT and _is_text(events)
        return Content.TEXT if is_text else Content.RAW
    # HDF5 may begin after a block of the user's own.
    if any(head[at : at + 8] == b"\x89HDF\r\n\x1a\n" for at in (512, 1024, 2048)):
        return Content.HDF5
    if _is_text(head):
        return Content.TEXT
    return Content.UNKNOWN


def read_head(path: Path) -> bytes:
    """Return up to `HEAD_BYTES` first bytes; raise an EventFileError where there are none."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except FileNotFoundError as error:
        raise EventFileError(path, "does not exist; check the path") from error
    except IsADirectoryError as error:
        raise EventFileError(path, "is a folder; name one event file") from error
    except OSError as error:
        if path.is_dir():
            raise EventFileError(path, "is a folder; name one event file") from error
        reason = error.strerror or "unknown"
        raise EventFileError(path, f"cannot be read ({reason}); check its permissions") from error
    if not head:
        raise EventFileError(path, "is empty; copy or record it again")
    return head


def _is_text(head: bytes) -> bool:
    if b"\0" in head:
        return False
    n_text = sum(byte in _TEXT_BYTES for byte in head)
    if n_text == len(head):
        return True
    try:
        head.decode()
    except UnicodeDecodeError as error:
        # A character may be cut where the head ends.
        if error.start < len(head) - 3:
            return False
    return n_text > 0.7 * len(head)
