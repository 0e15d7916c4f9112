import math

import pytest

from evface.transfer.registration_quality import judge

SOUND = {
    "correlation": 0.7,
    "mirrored_correlation": 0.5,
    "residual_px": 2.0,
    "spread_px": 1.0,
    "n_intervals": 40,
    "eye_distance_px": 100.0,
    "is_inside": True,
}


def test_a_sound_registration_is_good_and_nothing_speaks_against_it():
    assert judge(**SOUND) == ("good", ())


@pytest.mark.parametrize(
    ("change", "quality", "reason"),
    [
        ({"correlation": 0.35, "mirrored_correlation": 0.2}, "fair", "agree by 0.35 only"),
        ({"correlation": 0.1, "mirrored_correlation": 0.0}, "bad", "agree by 0.10 only"),
        ({"mirrored_correlation": 0.8}, "bad", "mirror image"),
        ({"residual_px": 4.0}, "fair", "4.0 px from where they should"),
        ({"residual_px": 9.0}, "bad", "9.0 px from where they should"),
        ({"residual_px": math.nan}, "bad", "nothing says"),
        ({"spread_px": 6.0}, "fair", "halves differ by 6.0 px"),
        ({"spread_px": math.nan}, "bad", "too little"),
        ({"n_intervals": 8}, "fair", "only 8 moments"),
        ({"n_intervals": 2}, "bad", "only 2 moments"),
        ({"is_inside": False}, "bad", "outside the event picture"),
    ],
)
def test_the_worst_figure_decides_and_is_named(change, quality, reason):
    said, reasons = judge(**{**SOUND, **change})
    assert said == quality
    assert len(reasons) == 1
    assert reason in reasons[0]


def test_errors_count_by_the_size_of_the_face():
    assert judge(**{**SOUND, "residual_px": 4.0, "eye_distance_px": 200.0})[0] == "good"
