"""Everything that is said of a recording, as plain arrays by name: the layout of our HDF5 and NPZ.

Names are paths. Times are int64 microseconds on the event sensor's clock, zero at the first event;
pixels are counted from the centre of the top left one; what is missing is NaN; text is UTF-8.

``head``
    JSON: ``format``, ``version``, ``recording``, ``media`` and ``resolutions`` by camera, ``sync``
    (the video's clock to the sensor's), ``states`` (the words for the numbers in ``state``), and
    of each track its ``kind``, ``text`` and ``source``.
``video/times_us`` (n_frames,)
    When the video's frames were taken.
``tracks/ROLE/NAME`` (n, ...)
    Tracks as machines made them: ``times_us``, ``valid``, and ``landmarks`` (n, k, 2) px with
    ``confidence``, ``occluded`` and ``state``, or ``intensity`` (n, u), or a fitted face's arrays.
``shown/ROLE/NAME`` (n, ...)
    Landmark tracks with people's corrections in place and carried between keyframes: what the
    studio shows, and what to train on. In HDF5 a link to the array in ``tracks`` where that is the
    same.
``corrections/ROLE/NAME`` (m,)
    What people said of single landmarks: ``t_us``, ``landmark``, ``xy_px`` (m, 2) float64,
    ``state``, ``occluded``, ``author``, ``made_at``, ``source``.
``segments/NAME`` (s,)
    Action units that people coded: ``id``, ``unit``, ``onset_us``, ``offset_us``, ``apex_us``
    (float64, NaN where none was said), ``presence``, ``intensity`` (float64) on its ``scale``,
    ``side``, ``decision``, ``author``, ``made_at``, ``source``. Refused suggestions are among them.
``video_classes/NAME`` (c,)
    ``author`` and the ``unit`` that the whole recording shows.
``reviews/NAME`` (r,)
    ``role``, ``t_us``, ``author``, ``verdict``, ``reasons`` (separated by line feeds), ``made_at``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evface.annotations.corrections import Correction, PlacedCorrection
from evface.annotations.edits_json import (
    segment_from_json,
    sync_from_json,
    sync_to_json,
)
from evface.annotations.reviews import Review, Verdict
from evface.annotations.segments import Segment
from evface.annotations.track_parts import arrays_of, build_track, head_of, read_whole
from evface.annotations.tracks import Camera, LandmarkState, LandmarkTrack, Track
from evface.interchange.labels import RecordingLabels

FORMAT = "evface labels"
VERSION = 1
Arrays = Mapping[str, NDArray[Any]]

_SHOWN = ("times_us", "valid", "landmarks", "confidence", "state", "occluded")
_SEGMENT_TEXT = ("id", "unit", "presence", "side", "decision", "author", "made_at", "source")


def head_of_labels(labels: RecordingLabels) -> str:
    """Return the head of a file, JSON."""
    head = {
        "format": FORMAT,
        "version": VERSION,
        "recording": labels.name,
        "media": {str(camera): name for camera, name in labels.media.items()},
        "resolutions": {str(camera): list(size) for camera, size in labels.resolutions.items()},
        "sync": sync_to_json(labels.sync),
        "states": [state.name.lower() for state in LandmarkState],
        "tracks": {role: head_of(track) for role, track in labels.tracks.items()},
        "longest_gaps_us": dict(labels.longest_gaps_us),
    }
    return json.dumps(head, allow_nan=False, ensure_ascii=False)


def arrays_of_labels(labels: RecordingLabels) -> dict[str, NDArray[Any]]:
    """Return all arrays of a file by name; see the module. Text is an array of str objects.

    What is shown as it was made is the very same array twice.
    """
    arrays: dict[str, NDArray[Any]] = {"video/times_us": labels.video_times_us}
    for role, track in labels.tracks.items():
        whole: Track
        if isinstance(track, LandmarkTrack):
            labelled = labels.labelled(role)
            whole, shown = labelled.track, labelled.laid()
            arrays |= {f"shown/{role}/{name}": np.asarray(getattr(shown, name)) for name in _SHOWN}
        else:
            whole = read_whole(track)
        arrays |= {f"tracks/{role}/{name}": array for name, array in arrays_of(whole).items()}
    for role, placed in labels.corrections.items():
        arrays |= {f"corrections/{role}/{name}": a for name, a in _corrections(placed).items()}
    arrays |= {f"segments/{name}": a for name, a in _segments([*labels.segments.values()]).items()}
    classes = labels.video_classes
    arrays |= {
        "video_classes/author": _text([*classes]),
        "video_classes/unit": _text([*classes.values()]),
    }
    arrays |= {f"reviews/{name}": a for name, a in _reviews(labels).items()}
    return arrays


def labels_from_arrays(head: str, arrays: Arrays) -> RecordingLabels:
    """Put the labels together again.

    Parameters
    ----------
    head, arrays
        As from the functions above; not trusted. Text may be any array of strings.

    Raises
    ------
    ValueError, KeyError, TypeError
        If they are not whole.
    """
    said = json.loads(head)
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise ValueError("another format")
    if not isinstance(said["version"], int) or said["version"] > VERSION:
        raise ValueError("written by a newer evface; update evface")
    roles = said["tracks"]
    corrected = {name.split("/")[1] for name in arrays if name.startswith("corrections/")}
    if corrected - roles.keys():
        raise ValueError(f"corrects {min(corrected - roles.keys())!r}, which is not there")
    return RecordingLabels(
        name=str(said["recording"]),
        media={Camera(camera): str(name) for camera, name in said["media"].items()},
        resolutions={
            Camera(camera): (int(width), int(height))
            for camera, (width, height) in said["resolutions"].items()
        },
        sync=sync_from_json(said["sync"]),
        video_times_us=arrays["video/times_us"].astype(np.int64),
        tracks={
            role: build_track(one, _below(arrays, f"tracks/{role}")) for role, one in roles.items()
        },
        corrections={
            role: _placed(_below(arrays, f"corrections/{role}")) for role in sorted(corrected)
        },
        longest_gaps_us={str(role): int(us) for role, us in said["longest_gaps_us"].items()},
        segments=_segments_of(_below(arrays, "segments")),
        video_classes=_pairs(_below(arrays, "video_classes")),
        reviews=_reviews_of(_below(arrays, "reviews")),
    )


def _below(arrays: Arrays, folder: str) -> dict[str, NDArray[Any]]:
    start = f"{folder}/"
    return {name.removeprefix(start): a for name, a in arrays.items() if name.startswith(start)}


def _text(words: Sequence[str]) -> NDArray[Any]:
    return np.array([str(word) for word in words], object)


def _corrections(placed: Sequence[PlacedCorrection]) -> dict[str, NDArray[Any]]:
    said = [one.correction for one in placed]
    return {
        "t_us": np.array([one.t_us for one in placed], np.int64),
        "landmark": np.array([one.landmark for one in placed], np.int64),
        "xy_px": np.array([one.xy_px for one in said], np.float64).reshape(-1, 2),
        "state": np.array([one.state for one in said], np.uint8),
        "occluded": np.array([one.is_occluded for one in said], bool),
        "author": _text([one.author for one in said]),
        "made_at": _text([one.made_at for one in said]),
        "source": _text([one.source for one in said]),
    }


def _placed(arrays: Arrays) -> tuple[PlacedCorrection, ...]:
    names = ("t_us", "landmark", "xy_px", "state", "occluded", "author", "made_at", "source")
    if not np.isfinite(arrays["xy_px"]).all():
        raise ValueError("a correction lies nowhere")
    return tuple(
        PlacedCorrection(
            int(t_us),
            int(landmark),
            Correction(
                (float(x), float(y)),
                LandmarkState(int(state)),
                str(author),
                str(made_at),
                str(source),
                bool(is_occluded),
            ),
        )
        for t_us, landmark, (x, y), state, is_occluded, author, made_at, source in zip(
            *(arrays[name] for name in names), strict=True
        )
    )


def _segments(segments: Sequence[Segment]) -> dict[str, NDArray[Any]]:
    graded = [one.intensity for one in segments]
    return {
        **{name: _text([getattr(one, name) for one in segments]) for name in _SEGMENT_TEXT},
        "onset_us": np.array([one.onset_us for one in segments], np.int64),
        "offset_us": np.array([one.offset_us for one in segments], np.int64),
        "apex_us": np.array(
            [np.nan if one.apex_us is None else one.apex_us for one in segments], np.float64
        ),
        "intensity": np.array([np.nan if g is None else g.value for g in graded], np.float64),
        "scale": _text(["" if g is None else g.scale for g in graded]),
    }


def _segments_of(arrays: Arrays) -> dict[str, Segment]:
    segments = {}
    for row, key in enumerate(arrays["id"]):
        apex_us, value = float(arrays["apex_us"][row]), float(arrays["intensity"][row])
        scale = str(arrays["scale"][row])
        fields = {name: str(arrays[name][row]) for name in _SEGMENT_TEXT}
        segments[str(key)] = segment_from_json(
            fields
            | {
                "onset_us": int(arrays["onset_us"][row]),
                "offset_us": int(arrays["offset_us"][row]),
                "apex_us": None if np.isnan(apex_us) else int(apex_us),
                "intensity": None if np.isnan(value) else {"value": value, "scale": scale},
            }
        )
    return segments


def _pairs(arrays: Arrays) -> dict[str, str]:
    return dict(zip(map(str, arrays["author"]), map(str, arrays["unit"]), strict=True))


def _reviews(labels: RecordingLabels) -> dict[str, NDArray[Any]]:
    places, reviews = [*labels.reviews], [*labels.reviews.values()]
    return {
        "role": _text([role for role, _, _ in places]),
        "t_us": np.array([t_us for _, t_us, _ in places], np.int64),
        "author": _text([author for _, _, author in places]),
        "verdict": _text([one.verdict for one in reviews]),
        "reasons": _text(["\n".join(one.reasons) for one in reviews]),
        "made_at": _text([one.made_at for one in reviews]),
    }


def _reviews_of(arrays: Arrays) -> dict[tuple[str, int, str], Review]:
    names = ("role", "t_us", "author", "verdict", "reasons", "made_at")
    return {
        (str(role), int(t_us), str(author)): Review(
            Verdict(str(verdict)), tuple(str(reasons).split("\n")) if reasons else (), str(made_at)
        )
        for role, t_us, author, verdict, reasons, made_at in zip(
            *(arrays[name] for name in names), strict=True
        )
    }
