import numpy as np

from evface_studio.timeline.action_units import most_active

TIMES_US = np.arange(100, dtype=np.int64) * 10_000


def test_what_moves_is_chosen_in_the_tracks_order(action_units):
    assert most_active(action_units(TIMES_US)) == ["AU12", "AU25"]


def test_no_more_are_chosen_than_asked_for(action_units):
    assert len(most_active(action_units(TIMES_US), 1)) == 1


def test_a_face_at_rest_still_shows_something(action_units):
    assert len(most_active(action_units(TIMES_US, peak=0.0))) == 1


def test_missing_samples_do_not_count(action_units):
    valid = np.arange(100) % 2 == 0
    assert most_active(action_units(TIMES_US, valid=valid)) == ["AU12", "AU25"]


def test_a_track_without_any_face_is_no_obstacle(action_units):
    assert len(most_active(action_units(TIMES_US, valid=np.zeros(100, bool)))) > 0
    assert len(most_active(action_units(TIMES_US[:0]))) > 0
