"""Reading of meshes: Stanford's .ply and Wavefront's .obj."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evface.errors import ModelFileError

SUFFIXES = (".ply", ".obj")
_PLY_TYPES = {
    "char": "i1", "uchar": "u1", "short": "i2", "ushort": "u2", "int": "i4", "uint": "u4",
    "float": "f4", "double": "f8", "int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2",
    "int32": "i4", "uint32": "u4", "float32": "f4", "float64": "f8",
}  # fmt: skip
_PLY_ORDERS = {"binary_little_endian": "<", "binary_big_endian": ">", "ascii": ""}


@dataclass(frozen=True, eq=False)
class Mesh:
    """A surface.

    Parameters
    ----------
    vertices : (n_vertices, 3) float64
        In the file's unit.
    triangles : (n_triangles, 3) int32
        Larger polygons are cut into fans. May be empty.
    """

    vertices: NDArray[np.float64]
    triangles: NDArray[np.int32]


def read_mesh(path: Path) -> Mesh:
    """Read a mesh; only the places of the vertices and the faces are looked at.

    Raises
    ------
    ModelFileError
        If the file is missing, damaged or no mesh, or a vertex is NaN.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise ModelFileError(path, f"is no mesh; give one of {', '.join(SUFFIXES)}")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelFileError(path, f"cannot be read: {error.strerror or error}") from error
    if not content:
        raise ModelFileError(path, "is empty; fetch it again")
    try:
        vertices, triangles = (
            _parse_ply(content) if path.suffix.lower() == ".ply" else _parse_obj(content)
        )
        if not len(vertices):
            raise ValueError("no vertices")
        if len(triangles) and not 0 <= triangles.min() <= triangles.max() < len(vertices):
            raise ValueError("faces without vertices")
    except (ValueError, IndexError, KeyError, TypeError, OverflowError) as error:
        raise ModelFileError(path, f"is damaged or no mesh ({error}); fetch it again") from error
    n_bad = int((~np.isfinite(vertices).all(axis=1)).sum())
    if n_bad:
        raise ModelFileError(path, f"has {n_bad} vertices that are NaN; mend or remove it")
    return Mesh(vertices, triangles)


def _parse_obj(content: bytes) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    vertices, triangles = [], []
    for line in content.decode("ascii", errors="replace").splitlines():
        if line.startswith("v "):
            vertices.append([float(part) for part in line.split()[1:4]])
        elif line.startswith("f "):
            corners = [int(part.partition("/")[0]) for part in line.split()[1:]]
            # Negative ones count back from the last vertex so far.
            corners = [c - 1 if c > 0 else len(vertices) + c for c in corners]
            triangles += [[corners[0], *corners[i : i + 2]] for i in range(1, len(corners) - 1)]
    return (
        np.array(vertices, np.float64).reshape(-1, 3),
        np.array(triangles, np.int32).reshape(-1, 3),
    )


@dataclass
class _Element:
    """A part of a .ply: how many, and the name and type of each property."""

    name: str
    count: int
    properties: list[tuple[str, str]]
    # The types of the length and the items of a list, which is then the only property.
    of_list: tuple[str, str] | None = None


def _parse_ply(content: bytes) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    order, elements, start = _parse_ply_header(content)
    vertices = np.empty((0, 3))
    triangles = np.empty((0, 3), np.int32)
    words = None if order else content[start:].split()
    at = 0 if words is not None else start
    for element in elements:
        if element.of_list is not None and element.properties:
            raise ValueError("its faces have more than corners")
        if element.of_list is not None:
            faces, at = _read_lists(element, order, content if words is None else words, at)
            if element.name == "face":
                triangles = _fans(faces)
            continue
        width = len(element.properties)
        if words is not None:
            flat = np.array(words[at : at + element.count * width], np.float64)
            table, at = flat.reshape(element.count, width), at + element.count * width
            columns = {name: table[:, i] for i, (name, _) in enumerate(element.properties)}
        else:
            dtype = np.dtype([(name, order + kind) for name, kind in element.properties])
            rows = np.frombuffer(content, dtype, element.count, at)
            at += element.count * dtype.itemsize
            columns = {name: rows[name] for name, _ in element.properties}
        if element.name == "vertex":
            vertices = np.stack([columns[axis].astype(np.float64) for axis in "xyz"], axis=1)
    return vertices, triangles


def _parse_ply_header(content: bytes) -> tuple[str, list[_Element], int]:
    """Return the byte order (empty for text), the elements, and where they begin."""
    end = content.index(b"end_header")
    start = content.index(b"\n", end) + 1
    lines = content[:end].decode("ascii", errors="replace").splitlines()
    if lines[0].strip() != "ply":
        raise ValueError("no ply")
    order: str | None = None
    elements: list[_Element] = []
    for line in lines[1:]:
        words = line.split()
        if not words or words[0] in ("comment", "obj_info"):
            continue
        if words[0] == "format":
            order = _PLY_ORDERS[words[1]]
        elif words[0] == "element":
            elements.append(_Element(words[1], int(words[2]), []))
        elif words[1] == "list":
            if elements[-1].of_list is not None:
                raise ValueError("its faces have more than corners")
            elements[-1].of_list = (_PLY_TYPES[words[2]], _PLY_TYPES[words[3]])
        else:
            elements[-1].properties.append((words[2], _PLY_TYPES[words[1]]))
    if order is None or any(element.count < 0 for element in elements):
        raise ValueError("no format")
    return order, elements, start


def _read_lists(
    element: _Element, order: str, content: bytes | list[bytes], at: int
) -> tuple[list[list[int]] | NDArray[np.int64], int]:
    """Return the lists of an element, as an array where all are as long, and where they end."""
    if element.of_list is None or not element.count:
        return [], at
    if isinstance(content, list):
        width = int(content[at]) + 1
        flat = np.array(content[at : at + element.count * width], dtype=np.float64)
        if flat.size == element.count * width:
            table = flat.reshape(element.count, width).astype(np.int64)
            if (table[:, 0] == width - 1).all():
                return table[:, 1:], at + table.size
        lists = []
        for _ in range(element.count):
            n = int(content[at])
            lists.append([int(word) for word in content[at + 1 : at + 1 + n]])
            at += n + 1
        return lists, at
    count_type, item_type = (np.dtype(order + kind) for kind in element.of_list)
    n = int(np.frombuffer(content, count_type, 1, at)[0])
    row = np.dtype([("n", count_type), ("items", item_type, (n,))])
    if at + element.count * row.itemsize <= len(content):
        rows = np.frombuffer(content, row, element.count, at)
        if (rows["n"] == n).all():
            return rows["items"].astype(np.int64), at + element.count * row.itemsize
    lists = []
    for _ in range(element.count):
        n = int(np.frombuffer(content, count_type, 1, at)[0])
        at += count_type.itemsize
        lists.append(np.frombuffer(content, item_type, n, at).astype(int).tolist())
        at += n * item_type.itemsize
    return lists, at


def _fans(faces: list[list[int]] | NDArray[np.int64]) -> NDArray[np.int32]:
    if isinstance(faces, np.ndarray):
        corners = [faces[:, [0, i, i + 1]] for i in range(1, faces.shape[1] - 1)]
        joined = np.stack(corners, axis=1) if corners else np.empty((0, 3))
        return joined.reshape(-1, 3).astype(np.int32)
    fans = [[face[0], face[i], face[i + 1]] for face in faces for i in range(1, len(face) - 1)]
    return np.array(fans, np.int32).reshape(-1, 3)
