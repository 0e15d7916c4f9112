import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface.annotations.registration_json import registration_from_json, registration_to_json
from evface.geometry.cameras import CameraPair, PinholeCamera, RigidTransform
from evface.geometry.registration import QUALITIES, Registration
from evface.geometry.transforms import PlanarTransform

NUMBERS = st.floats(-1e6, 1e6)
POSITIVE = st.floats(1e-3, 1e6)


def cameras():
    size = st.tuples(st.integers(1, 9999), st.integers(1, 9999))
    return st.builds(
        PinholeCamera, size, st.tuples(POSITIVE, POSITIVE), st.tuples(NUMBERS, NUMBERS)
    )


def pairs():
    stands = st.builds(
        lambda shift: RigidTransform(np.eye(3)[[1, 2, 0]], np.array(shift)),
        st.tuples(NUMBERS, NUMBERS, NUMBERS),
    )
    return st.builds(CameraPair, cameras(), cameras(), stands)


@given(
    st.tuples(NUMBERS, NUMBERS),
    st.none() | pairs(),
    st.text(),
    st.just(math.nan) | POSITIVE,
    st.sampled_from(QUALITIES),
)
def test_what_is_read_is_what_was_written(offset, pair, method, residual_px, quality):
    planar = PlanarTransform.from_affine([[2, 0.1], [-0.1, 2]], offset)
    written = Registration(planar, pair, method, residual_px, quality)
    text = json.dumps(registration_to_json(written), allow_nan=False)
    read = registration_from_json(json.loads(text))
    assert read.maps_like(written)
    assert (read.method, read.quality) == (method, quality)
    np.testing.assert_equal(read.residual_px, residual_px)


@pytest.mark.parametrize(
    "damage",
    [
        {"quality": "superb"},
        {"planar": [[1, 0], [0, 1]]},
        {"cameras": {"rgb": {}}},
        {"cameras": 5},
    ],
)
def test_what_is_no_registration_is_refused(damage):
    fields = registration_to_json(Registration()) | damage
    with pytest.raises((ValueError, KeyError, TypeError)):
        registration_from_json(fields)
