import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface.interchange.scales import OPENFACE_PRESENT, openface_from_unit
from evface.morphable.facs import levels_of


@pytest.mark.parametrize("unit", [0.0, 0.05, 0.15, 0.3, 0.5, 0.7, 0.9, 1.0])
def test_rounding_gives_the_level_of_facs(unit):
    assert np.rint(openface_from_unit(np.array(unit))) == levels_of(np.array(unit))


@given(st.floats(0, 1), st.floats(0, 1))
def test_what_is_stronger_stays_stronger(one, other):
    low, high = openface_from_unit(np.array(sorted((one, other))))
    assert low <= high


def test_missing_stays_missing_and_what_lies_beyond_counts_as_the_end():
    values = openface_from_unit(np.array([np.nan, -1.0, 2.0, 0.1]))
    np.testing.assert_array_equal(values, [np.nan, 0.0, 5.0, OPENFACE_PRESENT])
