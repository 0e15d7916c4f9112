"""What a live view says of itself."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass

from evface.cameras.base import CameraHealth
from evface.events.health.model import Lamp
from evface.live.latency import Latency
from evface.live.picture import LivePicture
from evface.live.state import Link, LiveCounters, LiveLatency, LiveState, Working
from evface_studio.wording import format_count, format_span

TITLES = {
    Link.CONNECTING: "Connecting…",
    Link.RUNNING: "Live",
    Link.STALLED: "Nothing comes from the camera",
    Link.LOST: "The camera is lost",
    Link.RECONNECTING: "Reconnecting…",
    Link.STOPPED: "Stopped",
}
# What the colours of events mean, for an audience.
POLARITIES = {"on": "brighter", "off": "darker"}


@dataclass(frozen=True)
class Verdict:
    """How a camera is doing, for its lamp.

    Parameters
    ----------
    lamp
        None where it is not known yet.
    title
        A word or two.
    reasons
        What is wrong and what to do, one line each.
    """

    lamp: Lamp | None
    title: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Faults:
    """What went wrong, so often each.

    Parameters
    ----------
    n_lost
        Packets or events that were lost, or came too fast to be drawn.
    n_damaged
        Words that made no sense.
    n_stray
        Events outside the sensor or out of order.
    n_clock_jumps
        How often the camera's clock jumped.
    """

    n_lost: int = 0
    n_damaged: int = 0
    n_stray: int = 0
    n_clock_jumps: int = 0

    @classmethod
    def of(cls, health: CameraHealth, counters: LiveCounters) -> Faults:
        """Return all that went wrong so far."""
        return cls(
            counters.n_dropped_by_camera + counters.n_dropped_by_ring,
            health.n_damaged,
            health.n_outside + counters.n_refused,
            counters.n_clock_jumps,
        )

    def since(self, before: Faults) -> Faults:
        """Return what came to it; a camera that was opened again begins to count anew."""
        pairs = zip(astuple(self), astuple(before), strict=True)
        return Faults(*(now - then if now >= then else now for now, then in pairs))


def title_of(state: LiveState, *, has_run: bool) -> str:
    """Return in a word or two how a camera is connected.

    Parameters
    ----------
    has_run
        Whether anything ever came from it.
    """
    if state.link is Link.LOST and not has_run:
        return "The camera cannot be used"
    return TITLES[state.link]


def verdict_of(state: LiveState, lately: Faults, *, has_run: bool) -> Verdict:
    """Return how a camera is doing.

    Parameters
    ----------
    lately
        What went wrong in the last seconds; what did long ago disturbs nobody now.
    has_run
        Whether anything ever came from it.
    """
    title = title_of(state, has_run=has_run)
    if state.link is Link.CONNECTING:
        return Verdict(None, title, (state.words,))
    if state.link is not Link.RUNNING:
        return Verdict(Lamp.BAD, title, (state.words,))
    bad: list[str] = []
    look: list[str] = []
    if lately.n_lost:
        bad.append(
            "Events are being lost: there are more than this computer or the cable can carry. "
            "Make the camera less sensitive, or use a preset with fewer events."
        )
    if lately.n_damaged:
        look.append(
            "Some of what comes makes no sense. Check the cable, or use another port of the "
            "computer."
        )
    if lately.n_stray:
        n = format_count(lately.n_stray)
        look.append(
            f"{n} events lay outside the sensor or came in a wrong order; they are left out."
        )
    if lately.n_clock_jumps:
        look.append("The camera's clock jumped; what came before is forgotten.")
    if state.frame_link in (Link.LOST, Link.RECONNECTING, Link.STALLED):
        look.append(f"RGB camera: {state.frame_words}")
    if bad:
        return Verdict(Lamp.BAD, "Losing events", (*bad, *look))
    if look:
        return Verdict(Lamp.LOOK, "Have a look", tuple(look))
    return Verdict(Lamp.GOOD, "Good", ("Nothing is lost.",))


def latency_words(painted: Latency, screen: Latency | None = None) -> str:
    """Return how late pictures are on the screen, in half of all cases and at worst."""
    if not painted.n:
        return "delay not known yet"
    share = "" if screen is None or not screen.n else f" (screen {screen.p50_ms:.0f})"
    return f"delay {painted.p50_ms:.0f} ms, at worst {painted.p99_ms:.0f} ms{share}"


def latency_details(painted: Latency, screen: Latency, latency: LiveLatency) -> str:
    """Return all that is known of delays, a line each."""
    lines = [
        "From the last event's arrival until its picture is painted, over the last minute:",
        _line("picture fetched", latency.picture),
        _line("painted", painted),
        _line("the screen's share", screen),
        _line("what models say of it", latency.overlay),
    ]
    lines += [_line(f"{name}, themselves", took) for name, took in latency.models.items()]
    return "\n".join(line for line in lines if line)


def late_words(picture: LivePicture | None) -> str:
    """Return how late what models say of a picture is; empty where it is its own."""
    if picture is None or picture.overlay is None or not picture.is_overlay_late:
        return ""
    return f"landmarks {format_span(round(picture.overlay_age_us, -3))} late"


def dropped_words(counters: LiveCounters) -> str:
    """Return what was lost so far: on the way here, and here."""
    parts = [
        f"{format_count(n)} {words}"
        for n, words in (
            (counters.n_dropped_by_camera, "lost on the way"),
            (counters.n_dropped_by_ring, "events not drawn"),
        )
        if n
    ]
    return ", ".join(parts) or "nothing dropped"


def left_out_words(share: float) -> str:
    """Return which share of all events filters leave out."""
    return f"{share:.1%} left out" if 0.0005 <= share < 0.1 else f"{share:.0%} left out"


def dropped_details(counters: LiveCounters) -> str:
    """Return all that was lost, a line each."""
    return "\n".join(
        f"{words}: {format_count(n)}"
        for words, n in (
            ("Lost by the camera or on the way", counters.n_dropped_by_camera),
            ("Events not drawn because drawing was behind", counters.n_dropped_by_ring),
            ("Pictures not drawn for want of time", counters.n_skipped),
            ("Pictures drawn and not shown", counters.n_unseen),
            ("Pictures the models had no time for", counters.n_not_looked_at),
            ("RGB pictures lost", counters.n_frames_dropped),
            ("Times the camera came back", counters.n_reconnected),
        )
    )


def rate_words(rate_hz: float) -> str:
    """Return how many events come."""
    if rate_hz >= 1e6:
        return f"{rate_hz / 1e6:.1f} million events/s"
    return f"{format_count(int(round(rate_hz, -3 if rate_hz >= 1e4 else 0)))} events/s"


def models_words(state: LiveState, latency: LiveLatency) -> str:
    """Return what the models do."""
    if state.working is Working.OFF:
        return "no models"
    if state.working is Working.LOADING:
        return "models load…"
    if state.working is Working.RESTARTING:
        return "models begin anew"
    took = latency.overlay
    if took.n and not math.isnan(took.p50_ms):
        return f"models {took.p50_ms:.0f} ms, at worst {took.p99_ms:.0f} ms"
    return "models ready"


def _line(words: str, latency: Latency) -> str:
    if not latency.n:
        return ""
    return f"{words}: half within {latency.p50_ms:.1f} ms, 99 of 100 within {latency.p99_ms:.1f} ms"


def sentence(words: str) -> str:
    """Return what is told by something that begins its words small, as a sentence."""
    return words[:1].upper() + words[1:]
