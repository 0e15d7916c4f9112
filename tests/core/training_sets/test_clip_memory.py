import numpy as np
import pytest

from evface.training_sets.clip_memory import ClipMemory
from evface.training_sets.clips import LABEL_ARRAYS


@pytest.mark.parametrize("most_bytes", [0, 1 << 30], ids=["nothing fits", "all fit"])
@pytest.mark.parametrize("with_rgb", [True, False])
def test_a_moment_is_that_of_the_file_whether_its_clip_is_kept_or_not(
    three_subjects, most_bytes, with_rgb
):
    memory = ClipMemory(three_subjects, with_rgb=with_rgb, most_bytes=most_bytes)
    for _ in range(2):
        moment = memory.moment(1, 2)
        read = three_subjects.clip(1, rows=slice(2, 3), with_rgb=with_rgb)
        assert moment.times_us.tolist() == read.times_us.tolist()
        np.testing.assert_array_equal(moment.events.t, read.events.t)
        for name in LABEL_ARRAYS:
            np.testing.assert_array_equal(getattr(moment, name), getattr(read, name))
        assert (moment.rgb is None) == (read.rgb is None)
        if read.rgb is not None:
            np.testing.assert_array_equal(moment.rgb, read.rgb)


def test_a_clip_that_fits_is_read_once(three_subjects, monkeypatch):
    memory = ClipMemory(three_subjects, with_rgb=True)
    first = memory.clip(0)
    monkeypatch.setattr(three_subjects, "clip", lambda *_a, **_k: pytest.fail("read again"))
    assert memory.clip(0) is first
    assert len(memory.moment(0, 0)) == 1
