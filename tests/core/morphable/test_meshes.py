import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface.errors import ModelFileError
from evface.morphable.meshes import read_mesh

VERTICES = np.array([[0, 0, 0], [1, 0, 0.5], [1, 1, -2], [0, 1, 1e-3]], np.float32)
QUAD = np.array([[0, 1, 2], [0, 2, 3]])


def _header(kind, extra=""):
    return (
        f"ply\nformat {kind} 1.0\ncomment by hand\nelement vertex 4\nproperty float x\n"
        f"property float y\nproperty float z\n{extra}element face 1\n"
        "property list uchar int vertex_indices\nend_header\n"
    ).encode()


def _binary(order, kind):
    rows = b"".join(struct.pack(f"{order}3f3B", *row, 9, 9, 9) for row in VERTICES)
    colours = "property uchar red\nproperty uchar green\nproperty uchar blue\n"
    return _header(kind, colours) + rows + struct.pack(f"{order}B4i", 4, 0, 1, 2, 3)


ASCII = (
    _header("ascii")
    + b"\n".join(b" ".join(f"{value:.9g}".encode() for value in row) for row in VERTICES)
    + b"\n4 0 1 2 3\n"
)
OBJ = (
    b"# a quad\nmtllib x.mtl\n"
    + b"".join(f"v {x:.9g} {y:.9g} {z:.9g}\n".encode() for x, y, z in VERTICES)
    + b"vt 0 0\nvn 0 0 1\nf 1/1/1 2//1 3/1 4\n"
)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.ply", ASCII),
        ("little.PLY", _binary("<", "binary_little_endian")),
        ("big.ply", _binary(">", "binary_big_endian")),
        ("a.obj", OBJ),
        ("negative.obj", OBJ.replace(b"f 1/1/1 2//1 3/1 4", b"f -4 -3 -2 -1")),
    ],
)
def test_every_kind_of_file_gives_the_same_mesh(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    mesh = read_mesh(path)
    np.testing.assert_allclose(mesh.vertices, VERTICES, rtol=1e-6)
    np.testing.assert_array_equal(mesh.triangles, QUAD)


@pytest.mark.parametrize("kind", ["ascii", "binary_little_endian"])
def test_polygons_of_several_sizes_are_cut_into_fans(tmp_path, kind):
    header = _header(kind).replace(b"face 1", b"face 2")
    if kind == "ascii":
        content = ASCII[len(_header("ascii")) :] + b"3 0 2 3\n"
    else:
        rows = VERTICES.astype("<f4").tobytes()
        content = rows + struct.pack("<B4i", 4, 0, 1, 2, 3) + struct.pack("<B3i", 3, 0, 2, 3)
    path = tmp_path / "mixed.ply"
    path.write_bytes(header + content)
    np.testing.assert_array_equal(read_mesh(path).triangles, [*QUAD, [0, 2, 3]])


def test_nan_vertices_are_an_error(tmp_path):
    path = tmp_path / "a.obj"
    path.write_bytes(OBJ.replace(b"v 1 1 -2", b"v nan 1 -2"))
    with pytest.raises(ModelFileError, match=r"a\.obj: has 1 vertices that are NaN"):
        read_mesh(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.ply", b"ply\nformat ascii 1.0\nend_header\n"),
        ("a.ply", ASCII[:-15]),
        ("a.ply", _binary("<", "binary_little_endian")[:-3]),
        ("a.ply", ASCII.replace(b"4 0 1 2 3", b"4 0 1 2 7")),
        ("a.obj", b"f 1 2 3\n"),
        ("a.obj", b"v 1 2\n"),
        ("a.obj", b"v a b c\n"),
    ],
)
def test_a_damaged_mesh_is_named(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"is damaged or no mesh"):
        read_mesh(path)


def test_faces_with_two_lists_are_refused_rather_than_misread(tmp_path):
    path = tmp_path / "textured.ply"
    two = b"vertex_indices\nproperty list uchar float texcoord\n"
    path.write_bytes(ASCII.replace(b"vertex_indices\n", two))
    with pytest.raises(ModelFileError, match="more than corners"):
        read_mesh(path)


def test_a_comment_in_any_language_does_not_matter(tmp_path):
    path = tmp_path / "comment.ply"
    path.write_bytes(ASCII.replace(b"by hand", "von Hand geprüft".encode()))
    np.testing.assert_array_equal(read_mesh(path).triangles, QUAD)


def test_other_files_and_missing_ones_are_named(tmp_path):
    with pytest.raises(ModelFileError, match=r"a\.stl: is no mesh"):
        read_mesh(tmp_path / "a.stl")
    with pytest.raises(ModelFileError, match=r"a\.ply: cannot be read"):
        read_mesh(tmp_path / "a.ply")
    (tmp_path / "b.ply").write_bytes(b"")
    with pytest.raises(ModelFileError, match=r"b\.ply: is empty"):
        read_mesh(tmp_path / "b.ply")


@given(st.integers(0, 300), st.binary(max_size=4))
def test_changed_bytes_are_an_error_of_ours_or_a_mesh(tmp_path_factory, at, patch):
    content = _binary("<", "binary_little_endian")
    at %= len(content)
    path = tmp_path_factory.mktemp("ply") / "a.ply"
    path.write_bytes(content[:at] + patch + content[at + len(patch) :])
    try:
        mesh = read_mesh(path)
    except ModelFileError:
        return
    assert mesh.triangles.size == 0 or mesh.triangles.max() < len(mesh.vertices)
