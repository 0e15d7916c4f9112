"""All that people said of a recording, of whatever project, to be compared and merged."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from evface.annotations.corrections import Correction
from evface.annotations.reviews import Review, Verdict
from evface.annotations.segments import Segment
from evface.annotations.tracks import LandmarkState
from evface.errors import ProjectFileError
from evface.projects.database import Database
from evface.projects.segment_table import read_segments


class CorrectionKey(NamedTuple):
    """Which landmark a correction is about, and whose word it is.

    `t_us` is on the clock of the camera's own picture: the video's for RGB, the sensor's for
    events.
    """

    role: str
    camera: str
    scheme: str
    landmark: int
    t_us: int
    author: str


class ReviewKey(NamedTuple):
    """Which frame a verdict is about, and whose it is; `t_us` as in `CorrectionKey`."""

    role: str
    t_us: int
    author: str


@dataclass(frozen=True)
class LabelSet:
    """All that people said of one recording.

    Parameters
    ----------
    segments
        By id.
    video_classes
        By author.
    interpolations_us
        By role, where it was set.
    """

    corrections: Mapping[CorrectionKey, Correction] = field(default_factory=dict)
    segments: Mapping[str, Segment] = field(default_factory=dict)
    video_classes: Mapping[str, str] = field(default_factory=dict)
    reviews: Mapping[ReviewKey, Review] = field(default_factory=dict)
    interpolations_us: Mapping[str, int] = field(default_factory=dict)

    @property
    def n_labels(self) -> int:
        """How many things people said."""
        return (
            len(self.corrections) + len(self.segments) + len(self.video_classes) + len(self.reviews)
        )

    def counts_by_author(self) -> dict[str, LabelCounts]:
        """Return how much each annotator said."""
        said: dict[str, list[int]] = {}
        frames = {(key.author, key.role, key.t_us) for key in self.corrections}
        for column, authors in enumerate(
            (
                [key.author for key in self.corrections],
                [author for author, *_ in frames],
                [one.author for one in self.segments.values()],
                self.video_classes,
                [key.author for key in self.reviews],
            )
        ):
            for author in authors:
                said.setdefault(author, [0] * 5)[column] += 1
        return {author: LabelCounts(*said[author]) for author in sorted(said)}


@dataclass(frozen=True)
class LabelCounts:
    """How much somebody said: landmarks and the frames they are on, segments, classes, verdicts."""

    n_landmarks: int = 0
    n_frames: int = 0
    n_segments: int = 0
    n_classes: int = 0
    n_reviews: int = 0

    def __add__(self, other: LabelCounts) -> LabelCounts:
        return LabelCounts(*map(sum, zip(_numbers(self), _numbers(other), strict=True)))


def read_label_sets(database: Database) -> dict[str, LabelSet]:
    """Read what people said of all recordings of a project, by the recordings' ids.

    Corrections of landmarks that no machine's track is there for, or one of another scheme, are
    read as well.

    Raises
    ------
    ProjectFileError
        If they are damaged.
    """
    corrections: dict[str, dict[CorrectionKey, Correction]] = {}
    classes: dict[str, dict[str, str]] = {}
    reviews: dict[str, dict[ReviewKey, Review]] = {}
    interpolations_us: dict[str, dict[str, int]] = {}
    with database.reading() as connection:
        try:
            ids = [one for (one,) in connection.execute("SELECT id FROM recordings")]
            for recording_id, *key, x, y, state, is_occluded, made_at, source in connection.execute(
                "SELECT recording_id, role, camera, scheme, landmark, t_us, author, x_px, y_px, "
                "state, is_occluded, made_at, source FROM corrections"
            ):
                place = CorrectionKey(*key)
                corrections.setdefault(recording_id, {})[place] = Correction(
                    (x, y), LandmarkState(state), place.author, made_at, source, bool(is_occluded)
                )
            for recording_id, author, unit in connection.execute(
                "SELECT recording_id, author, unit FROM video_classes"
            ):
                classes.setdefault(recording_id, {})[author] = unit
            for recording_id, *key, verdict, reasons, made_at in connection.execute(
                "SELECT recording_id, role, t_us, author, verdict, reasons, made_at FROM reviews"
            ):
                reviews.setdefault(recording_id, {})[ReviewKey(*key)] = Review(
                    Verdict(verdict), tuple(map(str, json.loads(reasons))), made_at
                )
            for recording_id, role, gap_us in connection.execute(
                "SELECT recording_id, role, longest_gap_us FROM interpolations"
            ):
                interpolations_us.setdefault(recording_id, {})[role] = gap_us
            return {
                one: LabelSet(
                    corrections.get(one, {}),
                    read_segments(connection, one, None),
                    classes.get(one, {}),
                    reviews.get(one, {}),
                    interpolations_us.get(one, {}),
                )
                for one in ids
            }
        except (ValueError, TypeError) as error:
            raise ProjectFileError(
                database.path, f"is damaged at its labels ({error}); restore it from a copy"
            ) from error


def _numbers(counts: LabelCounts) -> tuple[int, ...]:
    return (
        counts.n_landmarks,
        counts.n_frames,
        counts.n_segments,
        counts.n_classes,
        counts.n_reviews,
    )
