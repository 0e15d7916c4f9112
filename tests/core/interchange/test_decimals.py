import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from evface.interchange.decimals import with_few_decimals


@given(npst.arrays(np.float32, st.integers(0, 20), elements=st.floats(width=32)))
def test_the_text_of_a_number_gives_it_back(values):
    before = values.copy()
    read = np.array([float(repr(one)) for one in with_few_decimals(values).tolist()], np.float64)
    np.testing.assert_array_equal(read.astype(np.float32), values)
    np.testing.assert_array_equal(values, before)


@given(st.floats(1, 4096, width=32))
def test_places_in_pictures_are_short(value):
    (number,) = with_few_decimals(np.array([value], np.float32)).tolist()
    assert len(repr(number).partition(".")[2]) <= 7


def test_shapes_stay():
    assert with_few_decimals(np.zeros((2, 0, 3), np.float32)).shape == (2, 0, 3)
