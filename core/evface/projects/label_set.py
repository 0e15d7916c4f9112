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

# In the order of `LabelCounts`.
_COUNTS = (
    "SELECT author, count(*) FROM corrections GROUP BY author",
    "SELECT author, count(*) FROM "
    "(SELECT DISTINCT author, recording_id, role, t_us FROM corrections) GROUP BY author",
    "SELECT author, count(*) FROM segments GROUP BY author",
    "SELECT author, count(*) FROM video_classes GROUP BY author",
    "SELECT author, count(*) FROM reviews GROUP BY author",
)


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


@dataclass(frozen=True)
class LabelCounts:
    """How much somebody said: landmarks and the frames they are on, segments, classes, verdicts."""

    n_landmarks: int = 0
    n_frames: int = 0
    n_segments: int = 0
    n_classes: int = 0
    n_reviews: int = 0


def count_labels(database: Database) -> dict[str, LabelCounts]:
    """Return how much each annotator said in a project, by name."""
    counts: dict[str, list[int]] = {}
    with database.reading() as connection:
        for column, query in enumerate(_COUNTS):
            for author, n in connection.execute(query):
                counts.setdefault(author, [0] * len(_COUNTS))[column] = n
    return {author: LabelCounts(*counts[author]) for author in sorted(counts)}


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
