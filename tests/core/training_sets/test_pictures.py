import numpy as np
import pytest

from evface.geometry.transforms import PlanarTransform
from evface.training_sets.pictures import decode_pictures, encode_pictures, warp_picture


def gradient(width=40, height=30):
    y, x = np.mgrid[:height, :width]
    return np.stack([5 * x, 6 * y, 0 * x + 90], axis=-1).astype(np.uint8)


def test_pictures_come_back_nearly_as_they_were_and_alone_too():
    pictures = np.stack([gradient(), gradient()[::-1], gradient()[:, ::-1]])
    packed, ends = encode_pictures(pictures)
    assert len(packed) == ends[-1]
    assert np.abs(decode_pictures(packed, ends, range(3)).astype(int) - pictures).max() <= 8
    only = decode_pictures(packed, ends, [1])
    assert np.abs(only[0].astype(int) - pictures[1]).max() <= 8


def test_damaged_pictures_are_told():
    packed, ends = encode_pictures(gradient()[None])
    packed[:50] = 0
    with pytest.raises(ValueError, match="picture 0 cannot be unpacked"):
        decode_pictures(packed, ends, [0])


@pytest.mark.parametrize("scale", [1.0, 0.25, 2.0])
def test_a_picture_is_laid_where_its_points_go(scale):
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[30:34, 40:44] = 255
    laid = warp_picture(
        picture, PlanarTransform.from_affine(scale * np.eye(2), [3.0, 1.0]), round(64 * scale) + 8
    )
    weights = laid[..., 0].astype(float)
    y, x = np.mgrid[: laid.shape[0], : laid.shape[1]]
    found = [(weights * x).sum() / weights.sum(), (weights * y).sum() / weights.sum()]
    np.testing.assert_allclose(found, [scale * 41.5 + 3, scale * 31.5 + 1], atol=0.06)
