"""What an edit is by itself; that inverses restore everything is tested on projects."""

import json

import pytest

from evface.annotations.coding_edits import SetSegments
from evface.annotations.corrections import Correction
from evface.annotations.edits import (
    Place,
    ReplaceTracks,
    SetFilters,
    SetSync,
    StoredTrack,
    Together,
    place_of,
)
from evface.annotations.edits_json import decode_edit, encode_edit
from evface.annotations.landmark_edits import MoveLandmarks, SetCorrections
from evface.annotations.segments import Segment
from evface.annotations.tracks import LandmarkState
from evface.events.filters.flicker import Flicker
from evface.events.filters.hot_pixels import HotPixels
from evface.geometry.clock import ClockSync


def _keep(track):
    return track if isinstance(track, StoredTrack) else StoredTrack(f"{len(track)} samples")


def test_a_landmark_is_not_moved_to_nowhere():
    with pytest.raises(ValueError, match="xy_px must be finite"):
        MoveLandmarks("r", "teacher", 0, {1: (float("nan"), 1.0)})


def test_edits_come_back_from_json_with_tracks_named_by_their_content(landmark_track):
    said = Correction((0.1, -1e-300), LandmarkState.VERIFIED, "Zoë", "2026-01-01T00:00:00+00:00")
    edit = Together(
        (
            ReplaceTracks("r", {"a/b": landmark_track(), "gone": None}),
            SetCorrections("r", "teacher", 2**53 + 1, {3: said, 4: None}),
            SetSync("r", ClockSync(1, -2.5)),
            SetFilters("r", (Flicker(mains_hz=60), HotPixels(pixels=((3, 4),), is_on=False))),
        ),
        "All\nof it",
    )
    text = encode_edit(edit, _keep)
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    back = decode_edit(text)
    assert back.label == "All\nof it"
    assert back.edits[0].tracks == {"a/b": StoredTrack("3 samples"), "gone": None}
    assert back.edits[1] == edit.edits[1]
    assert back.edits[3] == edit.edits[3]
    assert back.edits[2].sync.residual_us != back.edits[2].sync.residual_us
    assert encode_edit(back, _keep) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{}",
        '{"kind": "Unknown", "label": ""}',
        '{"kind": "RenameRecording", "label": "", "recording_id": "r"}',
        '{"kind": "MoveLandmark", "xy_px": 3, "label": ""}',
        '{"kind": "SetFilters", "filters": [{}], "recording_id": "r", "label": ""}',
        '{"kind": "SetSync", "sync": {}, "recording_id": "r", "label": ""}',
    ],
)
def test_what_is_not_an_edit_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011  json words its own
        decode_edit(text)


def test_an_edit_without_a_place_in_the_journal_is_a_type_error():
    class Strange:
        label = "strange"

        def apply(self, store):  # noqa: ARG002
            return self

    with pytest.raises(TypeError, match="Strange cannot be kept in a journal"):
        encode_edit(Strange(), _keep)


def test_the_place_of_segments_is_that_of_the_earliest():
    segments = {"b": Segment("b", "AU12", 900, 1_000), "a": Segment("a", "AU4", 100, 200)}
    assert place_of(SetSegments("r", segments)) == Place("r", 100, None, "AU4")


def test_the_place_of_what_is_removed_is_where_it_was():
    drawn = Segment("a", "AU12", 100, 200)
    removal, inverse = SetSegments("r", {"a": None}), SetSegments("r", {"a": drawn})
    assert place_of(removal).t_us is None
    assert place_of(removal, inverse) == Place("r", 100, None, "AU12")
    together = Together((removal,), "Remove")
    assert place_of(together, Together((inverse,), "Remove")) == Place("r", 100, None, "AU12")


def test_the_place_of_several_is_that_of_the_first_with_a_time():
    moves = MoveLandmarks("r", "teacher", 7, {1: (0.0, 0.0)})
    inner = Together((SetSync("r", ClockSync(1)), moves), "Inner")
    assert place_of(Together((inner,), "Outer")) == Place("r", 7, "teacher")
    assert place_of(Together((), "Nothing")) == Place(None)
