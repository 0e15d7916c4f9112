"""A recording: events and video on one clock, open for reading."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evface.errors import RecordingError, VideoFileError
from evface.events.filters.chain import FilterChain
from evface.events.filters.filter import Filter
from evface.events.filters.filtered_source import FilteredSource
from evface.events.sources import EventSource, open_events
from evface.geometry.clock import ClockSync
from evface.geometry.registration import Registration
from evface.projects.entries import RecordingEntry
from evface.projects.media import size_of
from evface.projects.recorded_sync import read_recorded_sync

if TYPE_CHECKING:
    from evface.events.decoding import FrameIndex
    from evface.video.reader import VideoSource


class Recording:
    """Events, and the video that was taken with them where there is one.

    All times are on the sensor's clock, int64 us, zero at the first event. Closing it closes the
    media.

    Parameters
    ----------
    events, video
        Open media.
    sync
        Maps the video's clock to the sensor's.
    event_from_rgb
        How the two pictures lie to one another.
    filters
        What the events pass, in this order.
    name
        For people.
    entry
        What the project says of it; None for media that belong to no project.
    warnings
        What is wrong although it can be used; those of the media are added.
    """

    def __init__(
        self,
        events: EventSource,
        video: VideoSource | None,
        *,
        sync: ClockSync,
        event_from_rgb: Registration,
        name: str,
        filters: tuple[Filter, ...] = (),
        entry: RecordingEntry | None = None,
        warnings: tuple[str, ...] = (),
    ) -> None:
        # As the file has them; everyone who looks or learns takes those behind the filters.
        self.unfiltered_events = events
        self.set_filters(filters)
        self.video = video
        self.sync = sync
        self.event_from_rgb = event_from_rgb
        self.name = name
        self.entry = entry
        self._warnings = warnings
        times_us = np.empty(0, np.int64) if video is None else video.times_us
        self._video_times_us = sync.to_sensor_us(times_us)
        self._video_times_us.setflags(write=False)

    @classmethod
    def from_files(
        cls,
        events: Path,
        video: Path | None = None,
        *,
        filters: tuple[Filter, ...] = (),
        waits: bool = True,
        report: Callable[[float, str], None] | None = None,
    ) -> Recording:
        """Open media that belong to no project; for `waits` and `report` see `open_events`.

        Raises
        ------
        EventFileError, VideoFileError
            If they cannot be read.
        """
        source = open_events(events, waits=waits, report=report)
        try:
            return cls(
                source,
                _open_any_video(video, source),
                sync=stated_sync(source, video),
                event_from_rgb=stated_registration(source, video),
                name=source.path.stem,
                filters=filters,
            )
        except BaseException:
            source.close()
            raise

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong although it can be used, as far as the events are indexed."""
        of_video = self.video.warnings if self.video is not None else ()
        return (*self._warnings, *self.unfiltered_events.warnings, *of_video)

    @property
    def video_times_us(self) -> NDArray[np.int64]:
        """Sensor times of the video's frames, (n_frames,) int64; empty without video."""
        return self._video_times_us

    @property
    def duration_us(self) -> int:
        """When the last of its media ends."""
        if self.video is None:
            return self.events.duration_us
        end_us = self.sync.to_sensor_us(np.array([self.video.duration_us], np.int64))
        return max(self.events.duration_us, int(end_us[0]))

    def set_filters(self, filters: tuple[Filter, ...]) -> None:
        """Let the events pass other filters. Whoever reads meanwhile goes on behind the old ones.

        Nothing is written down: in projects, `evface.annotations.edits.SetFilters` does that.
        """
        chain, source = FilterChain(filters), self.unfiltered_events
        self.filters = filters
        self.events: EventSource = source if chain.is_idle else FilteredSource(source, chain)

    def video_index_at(self, t_us: int) -> int:
        """Return the frame that is on at a time: the last one that began, or the first of all.

        Takes O(log n).

        Raises
        ------
        ValueError
            If there is no video.
        """
        if not len(self._video_times_us):
            raise ValueError("the recording has no video")
        return max(bisect_right(self._video_times_us, t_us) - 1, 0)

    def close(self) -> None:
        """Close the media."""
        self.events.close()
        if self.video is not None:
            self.video.close()


def open_recording(
    entry: RecordingEntry,
    *,
    needs_video: bool = False,
    waits: bool = True,
    report: Callable[[float, str], None] | None = None,
) -> Recording:
    """Open the media of a project's recording.

    A video that is missing or cannot be read does not hide the events: it is left out with a
    warning, unless it is needed. For `waits` and `report` see `open_events`.

    Raises
    ------
    RecordingError
        If media that are needed are missing; the message names them.
    EventFileError
        If the events cannot be read.
    VideoFileError
        If the video is needed and cannot be read.
    """
    needed = entry.media if needs_video else (entry.events,)
    missing = [str(medium.path) for medium in needed if size_of(medium.path) is None]
    if missing:
        raise RecordingError(
            f"{entry.name}: {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing; "
            "find what moved with evface project relink"
        )
    if needs_video and entry.video is None:
        raise RecordingError(f"{entry.name}: has no video; add the recording again with its video")
    events = open_events(entry.events.path, waits=waits, report=report)
    try:
        video, warnings = None, []
        if entry.video is not None:
            try:
                video = _open_video(entry.video.path, events)
            except VideoFileError as error:
                if needs_video:
                    raise
                warnings.append(f"shown without its video: {error}")
        return Recording(
            events,
            video,
            sync=entry.sync,
            event_from_rgb=entry.event_from_rgb,
            name=entry.name,
            filters=entry.filters,
            entry=entry,
            warnings=tuple(warnings),
        )
    except BaseException:
        events.close()
        raise


def stated_sync(events: EventSource, video: Path | None) -> ClockSync:
    """Return the sync that an event file states, as simulated ones do, or that a recorder kept.

    Where no video is named, it is that of the pictures that the file itself holds.
    """
    frames = stated_frames(events)
    if frames is not None:
        if video is not None and video != events.path:
            return ClockSync()
        return ClockSync(int(frames.times_us[0]), 0.0, "same camera", 0.0)
    # Part of HDF5 files only: other formats have no place for it.
    video_offset_us: int | None = getattr(events, "video_offset_us", None)
    if video_offset_us is None:
        kept = None if video is None else read_recorded_sync(events.path, video)
        return kept or ClockSync()
    return ClockSync(video_offset_us - events.origin_us, 0.0, "simulated", 0.0)


def stated_registration(events: EventSource, video: Path | None) -> Registration:
    """Return how an event file's own pictures lie to its events: where they share the pixels."""
    frames = stated_frames(events)
    is_other = video is not None and video != events.path
    if frames is None or is_other or frames.resolution != events.resolution:
        return Registration()
    return Registration(method="same pixels", residual_px=0.0, quality="good")


def stated_frames(events: EventSource) -> FrameIndex | None:
    """Return where the pictures lie that an event file holds; None where it holds none."""
    # Part of AEDAT files only.
    frames: FrameIndex | None = getattr(events, "frames", None)
    return frames


def _open_any_video(video: Path | None, events: EventSource) -> VideoSource | None:
    """Open the video named, else the pictures that the event file holds, if any."""
    if video is None and stated_frames(events) is None:
        return None
    return _open_video(video or events.path, events)


def _open_video(path: Path, events: EventSource) -> VideoSource:
    frames = stated_frames(events) if path == events.path else None
    if frames is not None:
        from evface.events.formats.frame_source import FrameSource

        return FrameSource(path, frames)
    # Brings PyAV, which takes a while to import.
    from evface.video.reader import open_video

    return open_video(path)


def stated_by(
    events: Path, video: Path | None, report: Callable[[float, str], None] | None
) -> tuple[ClockSync, Registration, bool]:
    """Return sync and registration as an event file states them, and whether it holds pictures."""
    source = open_events(events, waits=False, report=report)
    try:
        has_pictures = stated_frames(source) is not None
        return stated_sync(source, video), stated_registration(source, video), has_pictures
    finally:
        source.close()
