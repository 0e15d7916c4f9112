"""What a file of labels is, told from what is in it rather than from its name."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from evface.annotations.tracks import Camera
from evface.errors import FileError
from evface.events.formats.columns import columns_named
from evface.interchange.formats import Format
from evface.interchange.sidecar import sidecar_path

_HDF5_MARK = b"\x89HDF\r\n\x1a\n"
_ZIP_MARK = b"PK\x03\x04"
# A comment of XML may be long before its first element, and a table's head has 700 columns.
_HEAD_BYTES = 1 << 16
_ROOT = re.compile(r"<([A-Za-z_][\w.-]*)")
_CAMERA = re.compile(r'"camera"\s*:\s*"(rgb|events)"')
_IS_SIDECAR = re.compile(r'"format"\s*:\s*"evface sidecar"')
_UNKNOWN = (
    "is not a file of labels that evface knows; choose one of COCO, CVAT, ELAN, OpenFace, HDF5 "
    "or NPZ"
)


@dataclass(frozen=True)
class Recognised:
    """What a file says of itself at its beginning.

    Parameters
    ----------
    form
        Its format.
    camera
        Which picture its landmarks lie on, where evface wrote so there or in its sidecar.
    """

    form: Format
    camera: Camera | None = None


def recognise(path: Path) -> Recognised:
    """Tell the format of a file by its first bytes.

    Raises
    ------
    FileError
        If it cannot be read, or is nothing that evface imports.
    """
    head = _head(path)
    if head.startswith(_HDF5_MARK):
        return Recognised(Format.HDF5)
    if head.startswith(_ZIP_MARK):
        return _in_archive(path)
    text = _text(head).lstrip()
    if text.startswith("<"):
        return Recognised(_of_xml(path, text), _stated_camera(path))
    if text.startswith("{"):
        if _IS_SIDECAR.search(text[:200]):
            of = path.name.removesuffix(".evface.json")
            raise FileError(path, f"is the sidecar of {of}; choose that file, beside it")
        own = text.find('"evface"')
        camera = _CAMERA.search(text, own) if own >= 0 else None
        return Recognised(Format.COCO, None if camera is None else Camera(camera[1]))
    names = [name.strip() for name in text.partition("\n")[0].split(",")]
    # Tables of events may count the frames that they were simulated from.
    if "frame" in names and columns_named(names) is None:
        return Recognised(Format.OPENFACE, _stated_camera(path))
    raise FileError(path, _UNKNOWN)


def form_and_camera(
    path: Path, form: Format | None, camera: Camera | None
) -> tuple[Format, Camera]:
    """Return what the user says of a file, and what the file says where they do not.

    Parameters
    ----------
    form, camera
        Its format and which picture its landmarks lie on; None where the user does not say. Where
        the file does not say either, they lie on the video's.

    Raises
    ------
    FileError
        If nobody says what the format is.
    """
    try:
        stated = recognise(path)
    except FileError:
        if form is None:
            raise
        stated = Recognised(form)
    return form or stated.form, camera or stated.camera or Camera.RGB


def _in_archive(path: Path) -> Recognised:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, zipfile.BadZipFile, NotImplementedError) as error:
        raise FileError(path, f"is not a whole archive ({error}); copy it again") from error
    if "head.npy" in names:
        return Recognised(Format.NPZ)
    if any(name.lower().endswith(".xml") for name in names):
        return Recognised(Format.CVAT, _stated_camera(path))
    raise FileError(path, _UNKNOWN)


def _of_xml(path: Path, text: str) -> Format:
    root = _ROOT.search(re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL))
    match root[1] if root is not None else "":
        case "ANNOTATION_DOCUMENT":
            return Format.ELAN
        case "annotations":
            return Format.CVAT
    raise FileError(path, _UNKNOWN)


def _stated_camera(path: Path) -> Camera | None:
    """Return which picture the sidecar of a file is about; None where it does not say."""
    beside = sidecar_path(path)
    if not beside.is_file():
        return None
    camera = _CAMERA.search(_text(_head(beside)))
    return None if camera is None else Camera(camera[1])


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES)
    except OSError as error:
        raise FileError(path, f"cannot be read ({error.strerror or error})") from error


def _text(head: bytes) -> str:
    # ELAN and others may write UTF-16; what is cut off at the end does not matter here.
    is_wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    return head.decode("utf-16" if is_wide else "utf-8-sig", errors="replace")
