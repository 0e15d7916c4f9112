"""ELAN .eaf: a tier for each action unit and side, and for each person where there are several.

ELAN knows milliseconds and a word for each annotation. What that cannot hold is in the sidecar:
exact times, the apex, who decided what and when, and refused suggestions, which are no annotations.

References
----------
EAF 3.0, https://www.mpi.nl/tools/elan/EAFv3.0.xsd; TIME_ORIGIN is how long after the beginning of
the video the time zero of the annotations is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

import numpy as np

from evface.annotations.edits_json import segment_to_json
from evface.annotations.segments import LEVELS, Decision, Presence, Scale, Segment, Side
from evface.annotations.tracks import Camera
from evface.files import replacing
from evface.interchange.labels import Exported, RecordingLabels
from evface.interchange.sidecar import write_sidecar

SIDE_LETTERS: Mapping[Side, str] = {Side.BOTH: "", Side.LEFT: "_L", Side.RIGHT: "_R"}
PRESENT, ABSENT, NOT_VISIBLE = "present", "absent", "not visible"
_VOCABULARY = "intensity"
_MEANINGS = (
    *zip(LEVELS, ("trace", "slight", "marked", "severe", "maximum"), strict=True),
    (PRESENT, "seen, not graded"),
    (ABSENT, "looked for, not there"),
    (NOT_VISIBLE, "cannot be judged"),
)
_MIME_TYPES = {".mp4": "video/mp4", ".mpg": "video/mpeg", ".mov": "video/quicktime"}
_US_PER_MS = 1000


def write_elan(path: Path, labels: RecordingLabels, *, made_at: str) -> Exported:
    """Write the segments of action units as ELAN annotations, with their sidecar.

    Parameters
    ----------
    made_at
        The time of writing, ISO 8601, for ELAN to show.

    Raises
    ------
    FileError
        If the files cannot be written.
    """
    coded = [one for one in labels.segments.values() if one.decision is not Decision.REFUSED]
    origin_ms = _origin_ms(labels)
    begins = {one.id: _span_ms(labels, one, origin_ms) for one in coded}
    shown = [one for one in coded if begins[one.id][1] > 0]
    spans = {key: (max(start_ms, 0), stop_ms) for key, (start_ms, stop_ms) in begins.items()}
    document = Element(
        "ANNOTATION_DOCUMENT",
        {
            "AUTHOR": "evface",
            "DATE": made_at,
            "FORMAT": "3.0",
            "VERSION": "3.0",
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:noNamespaceSchemaLocation": "http://www.mpi.nl/tools/elan/EAFv3.0.xsd",
        },
    )
    _add_header(document, labels, origin_ms, n_annotations=len(shown))
    tiers = _tiers(shown, spans)
    slots = _add_slots(document, {key: spans[key] for key in (one.id for one in shown)})
    written: dict[str, dict[str, object]] = {}
    for tier_id, segments in tiers.items():
        tier = _add(
            document,
            "TIER",
            ANNOTATOR=segments[0].author,
            LINGUISTIC_TYPE_REF="action unit",
            TIER_ID=tier_id,
        )
        for segment in segments:
            annotation_id, value = f"a{len(written) + 1}", value_of(segment)
            _add_annotation(tier, annotation_id, slots[segment.id], value)
            start_ms, stop_ms = spans[segment.id]
            written[annotation_id] = {
                "tier": tier_id,
                "start_ms": start_ms,
                "stop_ms": stop_ms,
                "value": value,
                "segment": segment.id,
            }
    _add_types(document)
    indent(document)
    with replacing(path) as temporary:
        ElementTree(document).write(temporary, "utf-8", xml_declaration=True)
    content = {
        "recording": labels.name,
        "time_origin_ms": origin_ms,
        "annotations": written,
        "segments": [segment_to_json(one) for one in labels.segments.values()],
        "video_classes": dict(labels.video_classes),
    }
    beside = write_sidecar(path, content)
    counts = {"segments": len(shown), "tiers": len(document.findall("TIER"))}
    return Exported(files=(path, beside), counts=counts, notes=_notes(labels, coded, shown, begins))


def value_of(segment: Segment) -> str:
    """Return the word that ELAN shows for a segment."""
    if segment.presence is Presence.ABSENT:
        return ABSENT
    if segment.presence is Presence.NOT_VISIBLE:
        return NOT_VISIBLE
    if segment.intensity is None:
        return PRESENT
    if segment.intensity.scale is Scale.FACS:
        return segment.intensity.level
    # The number never goes without its scale.
    return f"{segment.intensity.value!r} {segment.intensity.scale}"


def _origin_ms(labels: RecordingLabels) -> int:
    """Return where in the video the annotations' time zero is.

    That is the first event, or the video's beginning where that came later: ELAN knows no times
    before zero.
    """
    if Camera.RGB not in labels.media:
        return 0
    return max(int(labels.sync.to_video_us(np.zeros(1, np.int64))[0]) // _US_PER_MS, 0)


def _span_ms(labels: RecordingLabels, segment: Segment, origin_ms: int) -> tuple[int, int]:
    """Return when a segment begins and ends in ELAN, at least a millisecond apart."""
    times_us = np.array([segment.onset_us, segment.offset_us], np.int64)
    if Camera.RGB in labels.media:
        times_us = labels.sync.to_video_us(times_us)
    start_ms, stop_ms = np.rint(times_us / _US_PER_MS).astype(np.int64).tolist()
    start_ms, stop_ms = start_ms - origin_ms, stop_ms - origin_ms
    return start_ms, max(stop_ms, start_ms + 1)


def _tiers(
    segments: Iterable[Segment], spans: Mapping[str, tuple[int, int]]
) -> dict[str, list[Segment]]:
    """Sort segments into tiers, in which none overlaps another, as ELAN wants it."""
    ordered = sorted(segments, key=lambda one: (_number(one.unit), one.side, spans[one.id]))
    is_shared = len({one.author for one in ordered}) > 1
    tiers: dict[str, list[Segment]] = {}
    for segment in ordered:
        name = f"{segment.unit}{SIDE_LETTERS[segment.side]}"
        lane = 1
        while True:
            tier = f"{name}#{lane}" if lane > 1 else name
            tier = f"{tier}@{segment.author}" if is_shared else tier
            there = tiers.setdefault(tier, [])
            if not there or spans[there[-1].id][1] <= spans[segment.id][0]:
                there.append(segment)
                break
            lane += 1
    return tiers


def _number(unit: str) -> int:
    return int(unit.removeprefix("AU"))


def _add_header(
    document: Element, labels: RecordingLabels, origin_ms: int, *, n_annotations: int
) -> None:
    header = _add(document, "HEADER", MEDIA_FILE="", TIME_UNITS="milliseconds")
    if Camera.RGB in labels.media:
        name = labels.media[Camera.RGB]
        _add(
            header,
            "MEDIA_DESCRIPTOR",
            MEDIA_URL=f"file:./{quote(name)}",
            MIME_TYPE=_MIME_TYPES.get(Path(name).suffix.lower(), "video/*"),
            RELATIVE_MEDIA_URL=f"./{quote(name)}",
            TIME_ORIGIN=str(origin_ms),
        )
    _add(header, "PROPERTY", NAME="evface recording").text = labels.name
    _add(header, "PROPERTY", NAME="lastUsedAnnotationId").text = str(n_annotations)


def _add_slots(
    document: Element, spans: Mapping[str, tuple[int, int]]
) -> dict[str, tuple[str, str]]:
    """Add the times, in order, and return the two slots of each segment."""
    order = _add(document, "TIME_ORDER")
    times = sorted((t_ms, key, end) for key, span in spans.items() for end, t_ms in enumerate(span))
    names: dict[tuple[str, int], str] = {}
    for number, (t_ms, key, end) in enumerate(times, start=1):
        names[key, end] = f"ts{number}"
        _add(order, "TIME_SLOT", TIME_SLOT_ID=f"ts{number}", TIME_VALUE=str(t_ms))
    return {key: (names[key, 0], names[key, 1]) for key in spans}


def _add_annotation(tier: Element, number: str, slots: tuple[str, str], value: str) -> None:
    annotation = _add(tier, "ANNOTATION")
    alignable = _add(
        annotation,
        "ALIGNABLE_ANNOTATION",
        ANNOTATION_ID=number,
        TIME_SLOT_REF1=slots[0],
        TIME_SLOT_REF2=slots[1],
    )
    _add(alignable, "ANNOTATION_VALUE").text = value


def _add_types(document: Element) -> None:
    _add(
        document,
        "LINGUISTIC_TYPE",
        CONTROLLED_VOCABULARY_REF=_VOCABULARY,
        GRAPHIC_REFERENCES="false",
        LINGUISTIC_TYPE_ID="action unit",
        TIME_ALIGNABLE="true",
    )
    _add(
        document,
        "LANGUAGE",
        LANG_DEF="http://cdb.iso.org/lg/CDB-00138502-001",
        LANG_ID="eng",
        LANG_LABEL="English (eng)",
    )
    vocabulary = _add(document, "CONTROLLED_VOCABULARY", CV_ID=_VOCABULARY)
    _add(vocabulary, "DESCRIPTION", LANG_REF="eng").text = "Intensity of an action unit (FACS)"
    for number, (word, meaning) in enumerate(_MEANINGS):
        entry = _add(vocabulary, "CV_ENTRY_ML", CVE_ID=f"cveid_{number}")
        _add(entry, "CVE_VALUE", DESCRIPTION=meaning, LANG_REF="eng").text = word


def _add(parent: Element, tag: str, **attributes: str) -> Element:
    return SubElement(parent, tag, attributes)


def _notes(
    labels: RecordingLabels,
    coded: list[Segment],
    shown: list[Segment],
    begins: Mapping[str, tuple[int, int]],
) -> tuple[str, ...]:
    notes = []
    n_refused = len(labels.segments) - len(coded)
    if n_refused:
        notes.append(f"refused suggestions are in the sidecar alone: {n_refused}")
    if len(shown) < len(coded):
        n_lost = len(coded) - len(shown)
        notes.append(f"what ends before the video begins is in the sidecar alone: {n_lost}")
    n_cut = sum(begins[one.id][0] < 0 for one in shown)
    if n_cut:
        notes.append(
            "what begins before the video is shown from there on in ELAN, and whole in the "
            f"sidecar: {n_cut}"
        )
    return tuple(notes)
