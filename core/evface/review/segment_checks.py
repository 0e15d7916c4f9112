"""Checks of coded action units: overlaps, segments beyond the end, annotators that disagree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from evface.annotations.roles import ACTION_UNITS
from evface.annotations.segments import Decision, Presence, Segment, Side
from evface.review.reasons import Reason, ReasonKind

# Under which verdicts about action units are kept.
ROLE = ACTION_UNITS
# Levels of FACS that two annotators may differ by: the manual allows one.
_LEVELS_APART = 1


@dataclass(frozen=True)
class _Overlap:
    first: Segment
    second: Segment

    @property
    def start_us(self) -> int:
        return max(self.first.onset_us, self.second.onset_us)

    @property
    def duration_us(self) -> int:
        return min(self.first.offset_us, self.second.offset_us) - self.start_us


def find_coding_doubts(segments: Iterable[Segment], duration_us: int) -> list[Reason]:
    """Return what cannot be right about segments, in order of time.

    Offsets before onsets and levels of what is absent cannot be made, let alone stored.

    Parameters
    ----------
    segments
        Of one recording, by any number of annotators. Those that were refused are left out.
    duration_us
        Of the recording.
    """
    coded = sorted(
        (one for one in segments if one.decision is not Decision.REFUSED),
        key=lambda one: (one.unit, one.onset_us, one.offset_us, one.author, one.id),
    )
    found = [_late(one, duration_us) for one in coded if one.offset_us > duration_us]
    for _, of_unit in groupby(coded, key=lambda one: one.unit):
        for overlap in _overlaps(list(of_unit)):
            if overlap.first.author == overlap.second.author:
                if _differ(overlap, levels_apart=0):
                    found.append(_overlapping(overlap))
            elif _differ(overlap, levels_apart=_LEVELS_APART):
                found.append(_conflicting(overlap))
    return sorted(found, key=lambda one: (one.t_us, one.kind, one.unit, one.sentence))


def _overlaps(segments: list[Segment]) -> Iterator[_Overlap]:
    """Go through the pairs that have time and side in common; sorted by onset."""
    running: list[Segment] = []
    for segment in segments:
        running = [one for one in running if one.offset_us > segment.onset_us]
        for one in running:
            if Side.BOTH in (one.side, segment.side) or one.side is segment.side:
                yield _Overlap(one, segment)
        running.append(segment)


def _differ(overlap: _Overlap, *, levels_apart: int) -> bool:
    one, other = overlap.first, overlap.second
    if one.presence is not other.presence:
        return True
    if one.intensity is None or other.intensity is None:
        return False
    # One side may be stronger than the face as a whole.
    if one.side is not other.side or one.intensity.scale is not other.intensity.scale:
        return False
    return abs(one.intensity.value - other.intensity.value) > levels_apart


def _late(segment: Segment, duration_us: int) -> Reason:
    late_us = segment.offset_us - max(duration_us, segment.onset_us)
    text = f"{segment.unit} by {_who(segment)} goes on {late_us / 1e6:.2f} s after the end"
    if segment.onset_us >= duration_us:
        text = f"{segment.unit} by {_who(segment)} begins after the end of the recording"
    return Reason(
        ReasonKind.LATE_SEGMENT, segment.onset_us, ROLE, late_us / 1e6, 0.0, text, unit=segment.unit
    )


def _overlapping(overlap: _Overlap) -> Reason:
    one, other = overlap.first, overlap.second
    text = (
        f"{one.unit} is coded twice by {_who(one)} for {overlap.duration_us / 1e6:.2f} s: "
        f"{_coding(one)} and {_coding(other)}"
    )
    return _reason(ReasonKind.OVERLAPPING_SEGMENTS, overlap, text)


def _conflicting(overlap: _Overlap) -> Reason:
    one, other = overlap.first, overlap.second
    text = (
        f"{one.unit} for {overlap.duration_us / 1e6:.2f} s: "
        f"{_coding(one)} to {_who(one)}, {_coding(other)} to {_who(other)}"
    )
    return _reason(ReasonKind.CONFLICTING_ANNOTATORS, overlap, text)


def _reason(kind: ReasonKind, overlap: _Overlap, text: str) -> Reason:
    length_s = overlap.duration_us / 1e6
    return Reason(kind, overlap.start_us, ROLE, length_s, 0.0, text, unit=overlap.first.unit)


def _coding(segment: Segment) -> str:
    side = "" if segment.side is Side.BOTH else f" {segment.side}"
    if segment.presence is not Presence.PRESENT:
        return f"{segment.presence.replace('_', ' ')}{side}"
    level = segment.intensity
    if level is None:
        return f"present{side}"
    return f"{level.level or f'{level.value:g} ({level.scale})'}{side}"


def _who(segment: Segment) -> str:
    return segment.author or "an unnamed annotator"
