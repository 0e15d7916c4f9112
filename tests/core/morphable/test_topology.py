import numpy as np

from evface.morphable.model import load_open_head
from evface.morphable.topology import border_edges, border_loops, vertex_normals

SQUARE = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float64)
TWO_TRIANGLES = np.array([[0, 1, 2], [0, 2, 3]], np.int32)


def test_normals_of_a_flat_square_point_at_the_viewer():
    kept = SQUARE.copy()
    normals = vertex_normals(SQUARE, TWO_TRIANGLES)
    np.testing.assert_allclose(normals, np.tile([0, 0, 1], (4, 1)))
    np.testing.assert_array_equal(SQUARE, kept)
    assert normals.dtype == np.float32


def test_normals_of_several_shapes_are_those_of_each():
    rng = np.random.default_rng(0)
    shapes = rng.normal(size=(2, 3, 4, 3))
    normals = vertex_normals(shapes, TWO_TRIANGLES)
    np.testing.assert_allclose(
        normals[1, 2], vertex_normals(shapes[1, 2], TWO_TRIANGLES), atol=1e-6
    )


def test_a_vertex_without_a_triangle_has_no_normal():
    points = np.concatenate([SQUARE, [[5, 5, 5]]])
    np.testing.assert_array_equal(vertex_normals(points, TWO_TRIANGLES)[4], 0)


def test_the_border_of_a_square_runs_around_it():
    assert {tuple(e) for e in border_edges(TWO_TRIANGLES).tolist()} == {
        (0, 1), (1, 2), (2, 3), (3, 0),
    }  # fmt: skip
    assert [loop.tolist() for loop in border_loops(TWO_TRIANGLES)] == [[0, 1, 2, 3]]


def test_a_closed_mesh_has_no_border():
    tetrahedron = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]])
    assert border_loops(tetrahedron) == []


def test_the_open_heads_skin_has_one_smooth_border_at_the_neck():
    head = load_open_head()
    skin = np.isin(head.regions, [0, head.region_names.index("mouth")])
    loops = border_loops(head.triangles[skin])
    assert len(loops) == 1
    rim = head.mean_shape[loops[0]]
    # It lies in a plane, but for the muscles of the neck, below the chin.
    centred = rim - rim.mean(axis=0)
    assert np.abs(centred @ np.linalg.svd(centred)[2][2]).max() < 10
    assert rim[:, 1].max() < head.mean_shape[head.landmarks[8], 1]
