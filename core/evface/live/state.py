"""How a live view is doing, in words and in numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from evface.live.latency import Latency

# Ends what is said of a camera that is lost.
TRYING_AGAIN = " (trying again)"


class Link(StrEnum):
    """How a camera is connected."""

    CONNECTING = "connecting"
    RUNNING = "running"
    STALLED = "stalled"
    LOST = "lost"
    RECONNECTING = "reconnecting"
    STOPPED = "stopped"


class Working(StrEnum):
    """What the process of the models does."""

    # There are no models.
    OFF = "off"
    LOADING = "loading"
    RUNNING = "running"
    # It ended or hung, and begins anew.
    RESTARTING = "restarting"


@dataclass(frozen=True)
class LiveState:
    """What a live view does now.

    Parameters
    ----------
    link
        Of the event camera.
    words
        The same for people: one line, with what to do where something is wrong.
    frame_link, frame_words
        Of the RGB camera; stopped and empty without one.
    working, working_words
        Of the models. The words say what is wrong with them, empty where all is well.
    refused
        Networks that were chosen and cannot be used; the words say why.
    is_teacher_refused
        Whether a teacher was chosen that cannot be used; the words say why.
    """

    link: Link
    words: str
    frame_link: Link = Link.STOPPED
    frame_words: str = ""
    working: Working = Working.OFF
    working_words: str = ""
    refused: tuple[Path, ...] = ()
    is_teacher_refused: bool = False


@dataclass
class LiveCounters:
    """What happened since the start. All are counts.

    Parameters
    ----------
    n_packets, n_events
        That came.
    n_dropped_by_camera
        Lost on the way, as the camera counts: packets of its driver, or events of a replay.
    n_dropped_by_ring
        Events that were not drawn because drawing was behind. They are recorded all the same.
    n_refused
        Events that were left out because they lie outside the sensor, or are out of order.
    n_filtered
        Events that the filters left out.
    n_drawn
        Events that were taken to be drawn. Those that came were refused, filtered, dropped by the
        ring or drawn, but for the few that wait just now; none wait once all is stopped.
    n_clock_jumps
        How often the camera's clock jumped, and everything began anew.
    n_pictures
        Drawn.
    n_skipped
        Pictures that should have been drawn, and were not for want of time.
    n_unseen
        Pictures that were drawn and replaced before anybody fetched them.
    n_frames, n_frames_dropped
        RGB pictures that came, and that were lost.
    n_reconnected, n_stalls
        How often the event camera came back, and how often it was silent.
    n_looked_at, n_not_looked_at
        Pictures that the models saw, and that passed while they were busy.
    n_worker_ends
        How often the models' process ended by itself or had to be ended.
    """

    n_packets: int = 0
    n_events: int = 0
    n_dropped_by_camera: int = 0
    n_dropped_by_ring: int = 0
    n_refused: int = 0
    n_filtered: int = 0
    n_drawn: int = 0
    n_clock_jumps: int = 0
    n_pictures: int = 0
    n_skipped: int = 0
    n_unseen: int = 0
    n_frames: int = 0
    n_frames_dropped: int = 0
    n_reconnected: int = 0
    n_stalls: int = 0
    n_looked_at: int = 0
    n_not_looked_at: int = 0
    n_worker_ends: int = 0


@dataclass(frozen=True)
class LiveLatency:
    """How late what is shown is.

    Parameters
    ----------
    picture
        From the arrival of a window's last event to its picture being handed out.
    overlay
        From the same event to the overlay of its picture being handed out.
    models
        What the models themselves take, by their names, and ``"all"``.
    """

    picture: Latency = field(default_factory=Latency)
    overlay: Latency = field(default_factory=Latency)
    models: dict[str, Latency] = field(default_factory=dict)
