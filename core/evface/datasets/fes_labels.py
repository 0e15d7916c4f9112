"""The three forms in which FES gives boxes and five points: CVAT's XML, tables and arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

import numpy as np

from evface.datasets.folders import read_array, read_lines, read_time_us
from evface.errors import DatasetError

# The pictures that were labelled follow one another at this rate from the file's beginning on.
_RATE_HZ = 30
_POINT_FIELDS = tuple(f"{axis}{i}" for i in range(5) for axis in "xy")


@dataclass(frozen=True)
class FaceLabels:
    """Labels of one face, by time since the event file's beginning, us.

    Parameters
    ----------
    points
        Ten coordinates.
    boxes
        ``x0, y0, x1, y1``.
    """

    points: dict[int, list[float]] = field(default_factory=dict)
    boxes: dict[int, list[float]] = field(default_factory=dict)


def read_fes_labels(path: Path) -> dict[int, FaceLabels]:
    """Read one file of labels, by face.

    Parameters
    ----------
    path
        ``.xml``, ``.txt`` or ``.npy``. Nothing in it is executed.

    Raises
    ------
    DatasetError
        If it is damaged or holds something else.
    """
    faces: dict[int, FaceLabels] = {}
    try:
        _READERS[path.suffix.lower()](path, faces)
    except OSError as error:
        raise DatasetError(path, f"cannot be read ({error.strerror or error})") from error
    except (ParseError, ValueError, KeyError, IndexError, TypeError, OverflowError) as error:
        raise DatasetError(
            path, f"holds no labels of faces ({error}); download it again"
        ) from error
    return faces


class _NoDoctype(TreeBuilder):
    """Builds a tree, and refuses what can grow without end or reach for other files."""

    def doctype(self, name: str, _pubid: str | None, _system: str | None) -> NoReturn:
        raise ValueError(f"it defines a document type {name!r}")


def _read_xml(path: Path, faces: dict[int, FaceLabels]) -> None:
    parser = XMLParser(target=_NoDoctype())
    parser.feed(path.read_bytes())
    # Boxes and points of one face are tracks of their own, and come in the same order.
    n_boxed = n_pointed = 0
    for track in parser.close().iter("track"):
        if track.find("box") is not None:
            face, n_boxed = faces.setdefault(n_boxed, FaceLabels()), n_boxed + 1
        elif track.find("points") is not None:
            face, n_pointed = faces.setdefault(n_pointed, FaceLabels()), n_pointed + 1
        else:
            continue
        for shape in track:
            if shape.tag in ("box", "points") and shape.get("outside", "0") == "0":
                _add_shape(face, shape)


def _add_shape(face: FaceLabels, shape: Element) -> None:
    t_us = read_time_us(int(shape.attrib["frame"]) * 1_000_000 // _RATE_HZ)
    if shape.tag == "box":
        face.boxes[t_us] = [float(shape.attrib[side]) for side in ("xtl", "ytl", "xbr", "ybr")]
        return
    numbers = [float(word) for word in shape.attrib["points"].replace(";", ",").split(",")]
    if len(numbers) != len(_POINT_FIELDS):
        raise ValueError(f"expected 5 points, got {len(numbers) / 2:g}")
    face.points[t_us] = numbers


def _read_table(path: Path, faces: dict[int, FaceLabels]) -> None:
    for line in read_lines(path):
        # Time, face, command and class come first, and confidence last.
        words = line.split("\t")
        numbers = [float(word) for word in words[4:-1]]
        if len(numbers) not in (4, 10, 14):
            raise ValueError(f"expected 9, 15 or 19 columns, got {len(words)}")
        face, t_us = faces.setdefault(int(words[1]), FaceLabels()), read_time_us(words[0])
        if len(numbers) != 10:
            x, y, width, height = numbers[:4]
            face.boxes[t_us] = [x, y, x + width, y + height]
        if len(numbers) != 4:
            face.points[t_us] = numbers[-10:]


def _read_array(path: Path, faces: dict[int, FaceLabels]) -> None:
    array = read_array(path)
    names = array.dtype.names or ()
    times = [read_time_us(t) for t in array["t" if "t" in names else "ts"].tolist()]
    x, y, width, height = (array[name].astype(float) for name in "xywh")
    boxes = np.stack([x, y, x + width, y + height], axis=1).tolist()
    has_points = set(_POINT_FIELDS) <= set(names)
    points = np.stack([array[name] for name in _POINT_FIELDS], axis=1) if has_points else None
    for row, number in enumerate(array["track_id"].tolist()):
        face = faces.setdefault(int(number), FaceLabels())
        face.boxes[times[row]] = boxes[row]
        if points is not None:
            face.points[times[row]] = points[row].tolist()


_READERS = {".xml": _read_xml, ".txt": _read_table, ".npy": _read_array}
