from evface.annotations.corrections import Correction
from evface.annotations.reviews import Review, Verdict
from evface.annotations.segments import Intensity, Segment, Side
from evface.annotations.tracks import LandmarkState
from evface.geometry.clock import ClockSync
from evface.projects.conflict_words import place_in_words, side_in_words
from evface.projects.label_merging import find_conflicts
from evface.projects.label_set import CorrectionKey, LabelSet, ReviewKey

MADE_AT = "2026-11-21T10:30:00.000+00:00"


def place(mine, theirs, sync=None):
    (conflict,) = find_conflicts(mine, theirs)
    return place_in_words(conflict, sync or ClockSync())


def landmarks(camera, x):
    key = CorrectionKey("teacher", camera, "ibug68", 3, 1_000_000, "anna")
    return LabelSet({key: Correction((x, 0.0), LandmarkState.CORRECTED, "anna", MADE_AT, "drag")})


def test_landmarks_are_placed_on_the_sensors_clock():
    sync = ClockSync(250_000)
    rgb = place(landmarks("rgb", 1.0), landmarks("rgb", 2.0), sync)
    assert rgb == "landmarks teacher at 1.250 s"
    events = place(landmarks("events", 1.0), landmarks("events", 2.0), sync)
    assert events == "landmarks teacher at 1.000 s"


def test_each_kind_of_conflict_says_what_it_is():
    def segment(name, onset_us):
        return LabelSet(segments={name: Segment(name, "AU1", onset_us, 9_000_000, author="anna")})

    assert place(segment("a", 0), segment("a", 1)) == "one segment at 0.000 s"
    assert place(segment("a", 0), segment("b", 500_000)) == "segments that overlap at 0.500 s"
    classes = (LabelSet(video_classes={"anna": unit}) for unit in ("AU1", "AU2"))
    assert place(*classes) == "class of the recording"
    key = ReviewKey("teacher", 2_000_000, "anna")
    reviews = (LabelSet(reviews={key: Review(verdict)}) for verdict in list(Verdict)[:2])
    assert place(*reviews) == "review of teacher at 2.000 s"


def test_sides_are_told_with_what_tells_them_apart():
    said = Correction((1.0, 0.0), LandmarkState.CORRECTED, "anna", MADE_AT, "drag")
    assert side_in_words([said], "anna") == "1 point by drag, 2026-11-21 10:30"
    assert side_in_words([said] * 68, "anna").startswith("68 points")
    segment = Segment(
        "s",
        "AU12",
        0,
        1_500_000,
        intensity=Intensity(3),
        side=Side.LEFT,
        author="ben",
        made_at=MADE_AT,
    )
    assert side_in_words([segment], "ben") == "AU12 0.000–1.500 s, C, left (2026-11-21 10:30)"
    assert side_in_words([segment], "anna").startswith("ben: AU12")
    assert side_in_words(["AU1"], "anna") == "AU1"
    assert side_in_words([Review(Verdict.FIXED, (), MADE_AT)], "anna") == "fixed, 2026-11-21 10:30"
