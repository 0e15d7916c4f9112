"""Bringing together what people said of one recording in two projects: nothing is lost.

Merging is a union: it does not matter which side is merged into which, nor how often.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from operator import attrgetter
from typing import TypeVar

from evface.annotations.corrections import Correction
from evface.annotations.reviews import Review
from evface.annotations.segments import Segment
from evface.projects.label_set import CorrectionKey, LabelSet, ReviewKey
from evface.projects.versions import Versioned, marked_author, plain_author

_K = TypeVar("_K", bound=Hashable)
_F = TypeVar("_F", bound=Hashable)
_V = TypeVar("_V")


class Choice(StrEnum):
    """What becomes of a conflict."""

    BOTH = "both"
    MINE = "mine"
    THEIRS = "theirs"


class ConflictKind(StrEnum):
    """What two sides say differently."""

    LANDMARKS = "landmarks"  # one person's landmarks of one moment
    SEGMENT = "segment"  # the same segment
    OVERLAP = "overlap"  # two segments of one person and action unit at the same time
    VIDEO_CLASS = "class"
    REVIEW = "review"


@dataclass(frozen=True)
class Conflict:
    """One place at which the same person says different things in two projects.

    Parameters
    ----------
    key
        Tells it from all other conflicts of the recording.
    author
        Who said both; of a segment that two people changed, who said the one in the first.
    t_us
        Where it is, on the clock of the camera's own picture; None for the whole recording.
    mine, theirs
        What each side says.
    """

    kind: ConflictKind
    key: tuple[Hashable, ...]
    author: str
    t_us: int | None
    mine: tuple[Correction | Segment | Review | str, ...]
    theirs: tuple[Correction | Segment | Review | str, ...]


Choices = Mapping[tuple[Hashable, ...], Choice]


def find_conflicts(mine: LabelSet, theirs: LabelSet) -> list[Conflict]:
    """Return what the two sides say differently, in order of time.

    What one side knows already as the other's earlier version is no conflict.
    """
    conflicts = [*_landmark_conflicts(mine, theirs), *_segment_conflicts(mine, theirs)]
    for author, own, others in _CLASSES.pairs(mine.video_classes, theirs.video_classes):
        if _CLASSES.is_conflict(own, others):
            key = (ConflictKind.VIDEO_CLASS, author)
            conflicts.append(Conflict(key[0], key, author, None, *_values(own, others)))
    for place, own_reviews, other_reviews in _REVIEWS.pairs(mine.reviews, theirs.reviews):
        if _REVIEWS.is_conflict(own_reviews, other_reviews):
            conflicts.append(
                Conflict(
                    ConflictKind.REVIEW,
                    (ConflictKind.REVIEW, *place),
                    place.author,
                    place.t_us,
                    *_values(own_reviews, other_reviews),
                )
            )
    return sorted(conflicts, key=lambda one: (-1 if one.t_us is None else one.t_us, str(one.key)))


def merge_label_sets(mine: LabelSet, theirs: LabelSet, choices: Choices | None = None) -> LabelSet:
    """Return all that either side says.

    Where one person says different things of the same place, both are kept: the latest under their
    name, the others under ``"anna (earlier)"``. So it does not matter which side is called mine.
    How far corrections are carried between keyframes stays as it is in mine.

    Parameters
    ----------
    choices
        What becomes of conflicts, by `Conflict.key`; both sides are kept where nothing is said.
    """
    choices = choices or {}

    def choice_of_landmarks(family: CorrectionKey) -> Choice:
        return choices.get(_moment(family), Choice.BOTH)

    return LabelSet(
        _merged(_CORRECTIONS, mine.corrections, theirs.corrections, choice_of_landmarks),
        _merge_segments(mine.segments, theirs.segments, choices),
        _merged(
            _CLASSES,
            mine.video_classes,
            theirs.video_classes,
            lambda author: choices.get((ConflictKind.VIDEO_CLASS, author), Choice.BOTH),
        ),
        _merged(
            _REVIEWS,
            mine.reviews,
            theirs.reviews,
            lambda place: choices.get((ConflictKind.REVIEW, *place), Choice.BOTH),
        ),
        mine.interpolations_us,
    )


def _merged(
    kind: Versioned[_K, _F, _V],
    mine: Mapping[_K, _V],
    theirs: Mapping[_K, _V],
    choose: Callable[[_F], Choice],
) -> dict[_K, _V]:
    merged = {**theirs, **mine}
    for family, own, others in kind.pairs(mine, theirs):
        for key in (*own, *others):
            merged.pop(key, None)
        match choose(family) if kind.is_conflict(own, others) else Choice.BOTH:
            case Choice.MINE:
                merged.update(own)
            case Choice.THEIRS:
                merged.update(others)
            case Choice.BOTH:
                merged.update(kind.side_by_side(family, own, others))
    return merged


def _landmark_conflicts(mine: LabelSet, theirs: LabelSet) -> Iterator[Conflict]:
    """Yield one conflict for all landmarks that one person placed differently at one moment."""
    moments: dict[tuple[Hashable, ...], list[tuple[CorrectionKey, Correction, Correction]]] = {}
    for family, own, others in _CORRECTIONS.pairs(mine.corrections, theirs.corrections):
        if _CORRECTIONS.is_conflict(own, others):
            said, said_there = (
                max(side.values(), key=attrgetter("made_at")) for side in (own, others)
            )
            moments.setdefault(_moment(family), []).append((family, said, said_there))
    for key, places in moments.items():
        place = places[0][0]
        yield Conflict(
            ConflictKind.LANDMARKS,
            key,
            place.author,
            place.t_us,
            tuple(own for _, own, _ in places),
            tuple(other for _, _, other in places),
        )


def _moment(family: CorrectionKey) -> tuple[Hashable, ...]:
    return (ConflictKind.LANDMARKS, *family._replace(landmark=0))


def _segment_conflicts(mine: LabelSet, theirs: LabelSet) -> Iterator[Conflict]:
    for segment_id in mine.segments.keys() & theirs.segments.keys():
        own, other = mine.segments[segment_id], theirs.segments[segment_id]
        if own != other and _earlier(own, other).id not in _known(own, other, mine.segments):
            yield Conflict(
                ConflictKind.SEGMENT,
                (ConflictKind.SEGMENT, segment_id),
                plain_author(own.author),
                own.onset_us,
                (own,),
                (other,),
            )
    for own, other in _overlaps(mine.segments, theirs.segments):
        yield Conflict(
            ConflictKind.OVERLAP,
            (ConflictKind.OVERLAP, own.id, other.id),
            own.author,
            max(own.onset_us, other.onset_us),
            (own,),
            (other,),
        )


def _known(own: Segment, other: Segment, segments: Mapping[str, Segment]) -> Mapping[str, Segment]:
    """Return where the earlier of two versions may be kept already: only the other's can."""
    return segments if _segment_order(own) > _segment_order(other) else {}


def _overlaps(
    mine: Mapping[str, Segment], theirs: Mapping[str, Segment]
) -> Iterator[tuple[Segment, Segment]]:
    """Yield segments of one person and action unit that only one side has each, at one time."""
    alone: dict[tuple[str, str], list[Segment]] = {}
    for segment in mine.values():
        if segment.id not in theirs and plain_author(segment.author) == segment.author:
            alone.setdefault((segment.author, segment.unit), []).append(segment)
    for other in theirs.values():
        for own in alone.get((other.author, other.unit), ()) if other.id not in mine else ():
            if own.onset_us < other.offset_us and other.onset_us < own.offset_us:
                yield own, other


def _merge_segments(
    mine: Mapping[str, Segment], theirs: Mapping[str, Segment], choices: Choices
) -> dict[str, Segment]:
    merged = {**theirs, **mine}
    for segment_id in mine.keys() & theirs.keys():
        own, other = mine[segment_id], theirs[segment_id]
        if own == other:
            continue
        match choices.get((ConflictKind.SEGMENT, segment_id), Choice.BOTH):
            case Choice.THEIRS:
                merged[segment_id] = other
            case Choice.BOTH:
                merged[segment_id] = max(own, other, key=_segment_order)
                earlier = _earlier(own, other)
                merged.setdefault(earlier.id, earlier)
    for own, other in _overlaps(mine, theirs):
        match choices.get((ConflictKind.OVERLAP, own.id, other.id), Choice.BOTH):
            case Choice.MINE:
                merged.pop(other.id, None)
            case Choice.THEIRS:
                merged.pop(own.id, None)
    return merged


def _earlier(own: Segment, other: Segment) -> Segment:
    """Return the earlier of two versions, under an identity that only it has."""
    segment, latest = sorted((own, other), key=_segment_order)
    identity = hashlib.blake2b(repr(segment).encode(), digest_size=8).hexdigest()
    author = segment.author
    if plain_author(author) == plain_author(latest.author):
        author = marked_author(plain_author(author), 1)
    return replace(segment, id=identity, author=author)


def _values(own: Mapping[_K, _V], others: Mapping[_K, _V]) -> tuple[tuple[_V, ...], tuple[_V, ...]]:
    return tuple(own.values()), tuple(others.values())


def _segment_order(segment: Segment) -> tuple[str, str]:
    return segment.made_at, repr(segment)


_CORRECTIONS: Versioned[CorrectionKey, CorrectionKey, Correction] = Versioned(
    family=lambda key: key._replace(author=plain_author(key.author)),
    key=lambda family, rank: family._replace(author=marked_author(family.author, rank)),
    plain=lambda said: replace(said, author=""),
    named=lambda said, key: replace(said, author=key.author),
    order=lambda said: (said.made_at, repr(said)),
)
_REVIEWS: Versioned[ReviewKey, ReviewKey, Review] = Versioned(
    family=lambda key: key._replace(author=plain_author(key.author)),
    key=lambda family, rank: family._replace(author=marked_author(family.author, rank)),
    plain=lambda review: review,
    named=lambda review, key: review,  # noqa: ARG005
    order=lambda review: (review.made_at, repr(review)),
)
# Nothing says when a class was set: the order is only the same for everybody.
_CLASSES: Versioned[str, str, str] = Versioned(
    family=plain_author,
    key=marked_author,
    plain=str,
    named=lambda unit, key: unit,  # noqa: ARG005
    order=lambda unit: (unit,),
)
