import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface.annotations.lazy_array import LazyArray

WHOLE = np.arange(200 * 3, dtype=np.float32).reshape(200, 3)


def lazy(asked=None, **options):
    def read_rows(start, stop):
        if asked is not None:
            asked.append((start, stop))
        return WHOLE[start:stop]

    return LazyArray(WHOLE.dtype, WHOLE.shape, read_rows, **options)


KEYS = st.one_of(
    st.integers(-200, 199),
    st.slices(200),
    st.lists(st.integers(-200, 199), max_size=90).map(lambda rows: np.array(rows, np.int64)),
    st.tuples(st.integers(-200, 199), st.integers(0, 2)),
    st.tuples(st.slices(200), st.integers(0, 2)),
    st.tuples(
        st.lists(st.integers(0, 199), max_size=9).map(lambda r: np.array(r, int)), st.just(1)
    ),
    st.integers(1, 2**32).map(lambda seed: np.random.default_rng(seed).random(200) < 0.3),
)


@given(KEYS, st.sampled_from([None, 1, 7]))
def test_rows_are_those_of_the_array_that_it_stands_for(key, chunk_rows):
    array = lazy(chunk_rows=chunk_rows)
    np.testing.assert_array_equal(array[key], WHOLE[key])
    np.testing.assert_array_equal(np.asarray(array), WHOLE)


def test_it_looks_like_an_array():
    array = lazy()
    assert (array.shape, array.ndim, array.dtype, array.size, len(array)) == (
        WHOLE.shape,
        2,
        WHOLE.dtype,
        600,
        200,
    )
    np.testing.assert_array_equal(np.isfinite(array), np.ones_like(WHOLE, bool))
    assert np.asarray(array, np.float64).dtype == np.float64


def test_looking_up_a_row_makes_those_near_it_once():
    asked = []
    array = lazy(asked, chunk_rows=10)
    for row in (15, 19, 10, -183):
        array[row]
    assert asked == [(10, 20)]
    array[195]
    assert asked[-1] == (190, 200)


def test_it_cannot_be_written_nor_be_asked_for_rows_that_it_lacks():
    array = lazy()
    array.setflags(write=False)
    with pytest.raises(ValueError, match="cannot be written"):
        array.setflags(write=True)
    with pytest.raises(IndexError, match="within 0 to 199"):
        array[200]
    with pytest.raises(ValueError, match="without making them"):
        np.asarray(array, copy=False)
