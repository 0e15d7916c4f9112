import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from evface.annotations.corrections import Correction, Corrections, PlacedCorrection
from evface.annotations.labelled import LabelledTrack
from evface.annotations.tracks import Camera, LandmarkState, LandmarkTrack, Source, SourceKind
from evface.review.rows import LabelledRows

N, N_LANDMARKS = 40, 3
TIMES_US = np.arange(N, dtype=np.int64) * 1_000
STATES = (LandmarkState.CORRECTED, LandmarkState.VERIFIED)


def _track(missing):
    random = np.random.default_rng(1)
    landmarks = random.uniform(0, 100, (N, N_LANDMARKS, 2)).astype(np.float32)
    landmarks[list(missing)] = np.nan
    return LandmarkTrack(
        times_us=TIMES_US,
        valid=np.isfinite(landmarks).all(axis=(1, 2)),
        source=Source(SourceKind.FIT, "tester"),
        landmarks=landmarks,
        confidence=np.full(N, np.nan, np.float32),
        state=np.zeros((N, N_LANDMARKS), np.uint8),
        camera=Camera.EVENTS,
    )


corrections = st.lists(
    st.builds(
        PlacedCorrection,
        st.integers(-2_000, 45_000) | st.sampled_from(TIMES_US.tolist()),
        st.integers(0, N_LANDMARKS - 1),
        st.builds(
            Correction,
            st.tuples(st.floats(0, 100, width=32), st.floats(0, 100, width=32)),
            st.sampled_from(STATES),
            st.just("me"),
            st.just("2026"),
        ),
    ),
    max_size=12,
)


@given(corrections, st.sets(st.integers(0, N - 1), max_size=4), st.sampled_from([0, 3_000, 99_000]))
def test_rows_say_what_frames_say(placed, missing, longest_gap_us):
    # The rounding of the video's clock is taken for the same time: keep farther from frames.
    placed = [one for one in placed if one.t_us % 1_000 in (0, *range(3, 998))]
    labelled = LabelledTrack(_track(missing), Corrections(placed), longest_gap_us=longest_gap_us)
    rows = LabelledRows(labelled)
    expected = np.stack([labelled.frame_at(int(t_us)).landmarks for t_us in TIMES_US])
    np.testing.assert_allclose(rows.read(0, N), expected, atol=1e-3)


def test_slices_hold_every_row_once_with_their_neighbours():
    rows = LabelledRows(LabelledTrack(_track(())))
    whole = rows.read(0, N)
    meant = []
    for part in rows.slices(overlap=2, n_rows=7):
        meant.append(part.landmarks[part.start : part.stop])
        first = int(np.searchsorted(TIMES_US, part.times_us[0]))
        np.testing.assert_array_equal(part.landmarks, whole[first : first + len(part.times_us)])
    np.testing.assert_array_equal(np.concatenate(meant), whole)


def test_reading_leaves_the_track_as_it_is():
    track = _track(())
    before = track.landmarks.copy()
    said = Correction((1.0, 2.0), LandmarkState.CORRECTED, "me", "2026")
    LabelledRows(LabelledTrack(track, Corrections([PlacedCorrection(5_000, 0, said)]))).read(0, N)
    np.testing.assert_array_equal(track.landmarks, before)
