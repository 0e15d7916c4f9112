"""ELAN .eaf, read as segments of action units. What people coded there stays theirs."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote
from xml.etree.ElementTree import Element

import numpy as np

from evface.annotations.edits_json import segment_from_json
from evface.annotations.segments import (
    LEVELS,
    Intensity,
    Presence,
    Scale,
    Segment,
    Side,
    new_segment_id,
)
from evface.annotations.tracks import Camera
from evface.errors import FileError
from evface.interchange.damage import explained
from evface.interchange.elan_writing import ABSENT, NOT_VISIBLE, PRESENT
from evface.interchange.labels import ImportedLabels, ImportTarget
from evface.interchange.sidecar import read_sidecar
from evface.interchange.xml_files import read_xml

_SOURCE = "imported from elan"
_TIER = re.compile(
    r"((?P<first>[LRB])[ _-]?)?AU[ _-]?0?(?P<unit>[1-9][0-9]?)"
    r"([ _-]?(?P<side>L|R|B|LEFT|RIGHT|BOTH|BILATERAL))?(#\d+)?",
    re.IGNORECASE,
)
_SIDES = {"L": Side.LEFT, "R": Side.RIGHT}
_WORDS = {
    PRESENT: Presence.PRESENT,
    ABSENT: Presence.ABSENT,
    NOT_VISIBLE: Presence.NOT_VISIBLE,
    "": Presence.PRESENT,
    "0": Presence.ABSENT,
    "not_visible": Presence.NOT_VISIBLE,
    "nv": Presence.NOT_VISIBLE,
}
# Longer than any recording, and exact as a float.
_LATEST_MS = 1 << 40


@dataclass(frozen=True)
class _Annotation:
    id: str
    tier: str
    annotator: str
    start_ms: int
    stop_ms: int
    value: str


def read_elan(path: Path, target: ImportTarget) -> ImportedLabels:
    """Read the annotations of tiers that are named after action units.

    Times are those of the recording's video, moved by its TIME_ORIGIN; where the recording has no
    video, they are the sensor's. Annotations that evface wrote and nobody changed since are what
    they were, to the microsecond.

    Raises
    ------
    FileError
        If the file is damaged or has no such tiers.
    """
    with explained(path, "ELAN annotations"):
        document = read_xml(path)
        if document.tag != "ANNOTATION_DOCUMENT":
            raise FileError(path, "is not a file of ELAN")
        header = document.find("HEADER")
        units = "milliseconds" if header is None else header.get("TIME_UNITS", "milliseconds")
        if units != "milliseconds":
            raise FileError(path, f"counts time in {units}; save it again with ELAN")
        origin_ms, notes = _origin_ms(document, target)
        annotations, left_out = _annotations(document)
        known = read_sidecar(path, target.sidecar)
        segments, classes, more = _segments(path, annotations, origin_ms, target, known)
        if not segments and not annotations:
            raise FileError(path, "has no tier named after an action unit, such as AU12 or AU12_L")
    if left_out:
        tiers = ", ".join(sorted(left_out))
        notes.append(f"annotations of other tiers left out: {left_out.total()} ({tiers})")
    return ImportedLabels(segments=tuple(segments), video_classes=classes, notes=(*notes, *more))


def _origin_ms(document: Element, target: ImportTarget) -> tuple[int, list[str]]:
    """Return where in the video the time zero is, from its own descriptor or else the first."""
    media = document.findall("HEADER/MEDIA_DESCRIPTOR")
    if not media or Camera.RGB not in target.media:
        return 0, []
    wanted = target.media[Camera.RGB].lower()
    own = [one for one in media if _file_name(one) == wanted]
    chosen = (own or media)[0]
    origin_ms = int(chosen.get("TIME_ORIGIN") or 0)
    if abs(origin_ms) > _LATEST_MS:
        raise ValueError(f"the TIME_ORIGIN {origin_ms} is beyond reason")
    notes = []
    if not own:
        notes.append(
            f"its times are those of {_file_name(chosen) or 'its medium'}, taken for the "
            "recording's video"
        )
    if origin_ms:
        notes.append(f"TIME_ORIGIN: its time zero is {origin_ms} ms after the video's beginning")
    return origin_ms, notes


def _file_name(medium: Element) -> str:
    url = medium.get("RELATIVE_MEDIA_URL") or medium.get("MEDIA_URL") or ""
    return PurePosixPath(unquote(url).replace("\\", "/")).name.lower()


def _annotations(document: Element) -> tuple[list[_Annotation], Counter[str]]:
    """Return the annotations of action units, and how many there are on other tiers."""
    slots = {
        slot.get("TIME_SLOT_ID"): slot.get("TIME_VALUE") for slot in document.iter("TIME_SLOT")
    }
    found: list[_Annotation] = []
    left_out: Counter[str] = Counter()
    for tier in document.findall("TIER"):
        tier_id = tier.get("TIER_ID") or ""
        parts = tier.findall("ANNOTATION/ALIGNABLE_ANNOTATION")
        n = len(parts) + len(tier.findall("ANNOTATION/REF_ANNOTATION"))
        if _unit_and_side(tier_id) is None:
            left_out[tier_id] += n
            continue
        for part in parts:
            start, stop = (slots[part.get(f"TIME_SLOT_REF{i}")] for i in (1, 2))
            if start is None or stop is None:
                left_out[f"{tier_id} without times"] += 1
                continue
            found.append(
                _Annotation(
                    part.get("ANNOTATION_ID") or "",
                    tier_id,
                    tier.get("ANNOTATOR") or "",
                    int(start),
                    int(stop),
                    (part.findtext("ANNOTATION_VALUE") or "").strip(),
                )
            )
    return found, +left_out


def _segments(
    path: Path,
    annotations: list[_Annotation],
    origin_ms: int,
    target: ImportTarget,
    known: dict[str, Any] | None,
) -> tuple[list[Segment], dict[str, str], list[str]]:
    written: dict[str, Segment] = {}
    classes: dict[str, str] = {}
    stated: Mapping[str, Any] = {}
    if known is not None:
        written = {one["id"]: segment_from_json(one) for one in known["segments"]}
        classes = {str(who): str(unit) for who, unit in known["video_classes"].items()}
        stated = known["annotations"]
    shown = {one["segment"] for one in stated.values()}
    # What ELAN was not shown, it cannot have changed.
    segments = [one for key, one in written.items() if key not in shown]
    not_understood: Counter[str] = Counter()
    for one in annotations:
        before = stated.get(one.id)
        was = None if before is None else written.get(before["segment"])
        if before is not None and was is not None and _is_as_written(one, before, origin_ms, known):
            segments.append(was)
            continue
        segment = _segment(path, one, origin_ms, target, not_understood)
        if was is not None and (was.unit, was.side) == (segment.unit, segment.side):
            segment = replace(segment, id=was.id, author=segment.author or was.author)
        segments.append(segment)
    notes = [
        f"{value!r} is no intensity; taken as present, not graded: {n}"
        for value, n in not_understood.items()
    ]
    return segments, classes, notes


def _is_as_written(
    one: _Annotation, before: Mapping[str, Any], origin_ms: int, known: dict[str, Any] | None
) -> bool:
    # With another origin the same numbers mean other times.
    shift_ms = origin_ms - int((known or {}).get("time_origin_ms", 0))
    return (one.tier, one.start_ms + shift_ms, one.stop_ms + shift_ms, one.value) == (
        before["tier"],
        before["start_ms"],
        before["stop_ms"],
        before["value"],
    )


def _segment(
    path: Path,
    one: _Annotation,
    origin_ms: int,
    target: ImportTarget,
    not_understood: Counter[str],
) -> Segment:
    unit_and_side = _unit_and_side(one.tier)
    if unit_and_side is None:
        raise ValueError(f"the tier {one.tier} names no action unit")
    if max(abs(one.start_ms), abs(one.stop_ms)) > _LATEST_MS or one.stop_ms <= one.start_ms:
        raise FileError(
            path, f"has an annotation on {one.tier} from {one.start_ms} to {one.stop_ms} ms"
        )
    times_us = (np.array([one.start_ms, one.stop_ms], np.int64) + origin_ms) * 1000
    if Camera.RGB in target.media:
        times_us = target.sync.to_sensor_us(times_us)
    onset_us, offset_us = times_us.tolist()
    if offset_us <= 0:
        raise FileError(
            path,
            f"has an annotation on {one.tier} that ends before the first event, at "
            f"{offset_us / 1e6:.3f} s; check the sync and the TIME_ORIGIN",
        )
    presence, intensity, is_understood = _value(one.value)
    if not is_understood:
        not_understood[one.value] += 1
    _, _, participant = one.tier.partition("@")
    return Segment(
        id=new_segment_id(),
        unit=unit_and_side[0],
        onset_us=max(onset_us, 0),
        offset_us=offset_us,
        presence=presence,
        intensity=intensity,
        side=unit_and_side[1],
        author=one.annotator or participant or target.person,
        source=_SOURCE,
    )


def _unit_and_side(tier: str) -> tuple[str, Side] | None:
    name, _, _ = tier.partition("@")
    match = _TIER.fullmatch(name.strip())
    if match is None:
        return None
    letter = (match["side"] or match["first"] or "").upper()[:1]
    return f"AU{match['unit']}", _SIDES.get(letter, Side.BOTH)


def _value(text: str) -> tuple[Presence, Intensity | None, bool]:
    """Return what a value says, and whether it was understood."""
    word = text.strip().lower()
    if word in _WORDS:
        return _WORDS[word], None, True
    level = word.upper()[-1:]
    if level in LEVELS and (len(word) == 1 or word[:-1].upper().removeprefix("AU").isdigit()):
        return Presence.PRESENT, Intensity.of_level(level), True
    number, _, scale = word.partition(" ")
    if scale in {str(one) for one in Scale}:
        try:
            value = float(number)
            if math.isfinite(value):
                return Presence.PRESENT, Intensity(value, Scale(scale)), True
        except ValueError:
            pass
    return Presence.PRESENT, None, False
