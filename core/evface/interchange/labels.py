"""What files of other tools say of one recording, whichever way it goes: to them or from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evface.annotations.boxes import camera_of_box
from evface.annotations.corrections import Corrections, PlacedCorrection
from evface.annotations.labelled import DEFAULT_GAP_US, LabelledTrack
from evface.annotations.reviews import Review
from evface.annotations.roles import LANDMARK_ROLES
from evface.annotations.segments import Segment
from evface.annotations.track_parts import read_whole
from evface.annotations.tracks import ActionUnitTrack, Camera, LandmarkTrack, Track
from evface.errors import RecordingError
from evface.geometry.clock import ClockSync

# Times that were carried from clock to clock by different roads may differ by rounding.
ROUNDING_US = 2


@dataclass(frozen=True, eq=False, kw_only=True)
class RecordingLabels:
    """Everything that machines and people said of one recording, apart from any project.

    Parameters
    ----------
    name
        Of the recording.
    resolutions
        Picture ``(width, height)`` of each camera, px; left out where the media are missing.
    media
        File name of what each camera recorded, without folders.
    sync
        Maps the video's clock to the sensor's.
    video_times_us : (n_frames,) int64
        Sensor times of the video's frames; empty without video.
    tracks
        As machines made them, by role.
    corrections
        What all people said of landmarks, by the track's role.
    longest_gaps_us
        How far apart corrections are carried from one to the other, by the track's role.
    segments
        Of all people, by id; refused suggestions too.
    video_classes
        Which action unit the whole recording shows, by who said so.
    reviews
        By role, time and who decided.
    """

    name: str
    resolutions: Mapping[Camera, tuple[int, int]] = field(default_factory=dict)
    media: Mapping[Camera, str] = field(default_factory=dict)
    sync: ClockSync = field(default_factory=ClockSync)
    video_times_us: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    tracks: Mapping[str, Track] = field(default_factory=dict)
    corrections: Mapping[str, tuple[PlacedCorrection, ...]] = field(default_factory=dict)
    longest_gaps_us: Mapping[str, int] = field(default_factory=dict)
    segments: Mapping[str, Segment] = field(default_factory=dict)
    video_classes: Mapping[str, str] = field(default_factory=dict)
    reviews: Mapping[tuple[str, int, str], Review] = field(default_factory=dict)

    def labelled(self, role: str) -> LabelledTrack:
        """Return a landmark track with what people said laid over it.

        Raises
        ------
        RecordingError
            If there is none of that role.
        """
        track = self.tracks.get(role)
        if not isinstance(track, LandmarkTrack):
            raise RecordingError(f"{self.name}: has no landmarks {role!r}; process it first")
        return LabelledTrack(
            read_whole(track),
            Corrections(self.corrections.get(role, ())),
            longest_gap_us=self.longest_gaps_us.get(role, DEFAULT_GAP_US),
            tolerance_us=ROUNDING_US if track.camera == Camera.RGB else 0,
        )

    def landmark_role(self, camera: Camera) -> str:
        """Return which landmarks of a camera are meant where nobody names them.

        Raises
        ------
        RecordingError
            If there are none on that camera.
        """
        roles = [
            role
            for role, track in self.tracks.items()
            if isinstance(track, LandmarkTrack)
            and track.camera == camera
            and camera_of_box(role) is None
        ]
        for role in (*LANDMARK_ROLES[camera], *roles):
            if role in roles:
                return role
        where = "the video" if camera == Camera.RGB else "the events"
        raise RecordingError(f"{self.name}: has no landmarks on {where}; process it first")

    def action_units(self) -> dict[str, ActionUnitTrack]:
        """Return the tracks of action units, by role."""
        return {
            role: track for role, track in self.tracks.items() if isinstance(track, ActionUnitTrack)
        }

    def resolution(self, camera: Camera) -> tuple[int, int]:
        """Return a camera's picture ``(width, height)``, px.

        Raises
        ------
        RecordingError
            If its media could not be opened.
        """
        if camera not in self.resolutions:
            where = "video" if camera == Camera.RGB else "events"
            raise RecordingError(
                f"{self.name}: its {where} cannot be opened, so the size of the picture is not "
                "known; find what moved with evface project relink"
            )
        return self.resolutions[camera]


@dataclass(frozen=True, eq=False, kw_only=True)
class ImportedLabels:
    """What a file of another tool says, told by evface's words.

    Parameters
    ----------
    tracks
        By the role that they get.
    corrections
        By the role of the track that they lie on. An empty author or time is filled in by who
        imports them and when.
    segments
        The same holds for their author and time.
    notes
        What was left out, or had to be taken for granted: one line each, for the user.
    """

    tracks: Mapping[str, Track] = field(default_factory=dict)
    corrections: Mapping[str, tuple[PlacedCorrection, ...]] = field(default_factory=dict)
    longest_gaps_us: Mapping[str, int] = field(default_factory=dict)
    segments: tuple[Segment, ...] = ()
    video_classes: Mapping[str, str] = field(default_factory=dict)
    reviews: Mapping[tuple[str, int, str], Review] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class ImportTarget:
    """The recording that a file is read for, and what the user says about the file.

    Parameters
    ----------
    camera
        Which picture the file's landmarks lie on.
    media, sync, video_times_us
        Of the recording, as in `RecordingLabels`.
    first_frame
        The number that the file gives the first frame, where it counts frames: 0 or 1.
    rate_hz
        Frames a second of the pictures that the file counts, where those are not the recording's
        video; their first is at time 0.
    face
        Which of several faces.
    person
        Whose words they are, where the file does not say whether a person or a machine made them;
        empty for a machine's.
    sidecar
        Where the file's sidecar is, if not beside it.
    """

    camera: Camera = Camera.RGB
    media: Mapping[Camera, str] = field(default_factory=dict)
    sync: ClockSync = field(default_factory=ClockSync)
    video_times_us: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    first_frame: int = 0
    rate_hz: float | None = None
    face: int | None = None
    person: str = ""
    sidecar: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Exported:
    """What an export wrote.

    Parameters
    ----------
    files
        The file itself, then the sidecar where one was needed.
    counts
        How many of what: ``{"frames": 120, "keyframes": 3}``.
    notes
        What the format could not hold, or how values were converted: one line each, for the user.
    """

    files: tuple[Path, ...]
    counts: Mapping[str, int]
    notes: tuple[str, ...] = ()


def imported_role(form: str, camera: Camera) -> str:
    """Return the role that landmarks of a format get: ``"imported_coco"``, ``"..._events"``."""
    return f"imported_{form}" + ("_events" if camera == Camera.EVENTS else "")
