"""What was measured of a recording, as rows of a name and a value."""

from __future__ import annotations

from collections.abc import Callable

from evface.events.health.model import Facts
from evface.events.health.thresholds import LEAST_SEGMENTS
from evface_studio.timeline.event_rate import format_rate
from evface_studio.wording import format_count, format_span, format_time

_MOST_HOT_NAMED = 5


def fact_of(name: str, facts: Facts) -> str:
    """Return the value of one of `FACTS`; empty where it is not known."""
    return FACTS[name](facts)


def hot_pixel_lines(facts: Facts) -> list[str]:
    """Return how many hot pixels there are and which are the busiest, a line each."""
    hot = facts.hot_pixels
    if not hot.n_pixels:
        return ["None was found."]
    lines = [f"{format_count(hot.n_pixels)}, with {_percent(hot.share)} of the events:"]
    for pixel in hot.busiest[:_MOST_HOT_NAMED]:
        lines.append(f"x {pixel.x}, y {pixel.y}: {format_count(pixel.n_events)} events")
    if hot.n_pixels > _MOST_HOT_NAMED:
        lines.append(f"and {format_count(hot.n_pixels - _MOST_HOT_NAMED)} more")
    return lines


def _percent(share: float) -> str:
    if 0 < share < 1e-4:
        return "less than 0.01\u202f%"
    return f"{100 * share:.3g}\u202f%"


def _events(facts: Facts) -> str:
    return f"{format_count(facts.n_events)} in {format_span(facts.duration_us)}"


def _rate(facts: Facts) -> str:
    if not facts.duration_us:
        return ""
    mean_hz = facts.n_events / (facts.duration_us * 1e-6)
    return f"{format_rate(mean_hz)} on average"


def _on_events(facts: Facts) -> str:
    return "" if facts.on_share != facts.on_share else _percent(facts.on_share)


def _gaps(facts: Facts) -> str:
    gaps = facts.gaps
    if not gaps.n_gaps:
        return "none"
    return f"{format_count(gaps.n_gaps)}, {format_span(gaps.lost_us)} altogether"


def _saturation(facts: Facts) -> str:
    held = facts.saturation
    if held is None:
        return "none"
    return f"at {format_rate(held.limit_hz)} for {format_span(held.held_us)}"


def _flicker(facts: Facts) -> str:
    if facts.n_segments < LEAST_SEGMENTS:
        return ""
    lines = []
    for one in facts.flicker:
        harmonics = "".join(f", {hz}" for hz in one.harmonics_hz)
        lines.append(f"{one.rate_hz}{harmonics} Hz in {_percent(one.share)} of the picture")
    return "; ".join(lines) or "none"


def _clock(facts: Facts) -> str:
    found = facts.findings
    parts = []
    if found.n_wraps:
        parts.append(f"counter began again {format_count(found.n_wraps)} times, as usual")
    if found.n_late:
        late = format_span(found.max_late_us)
        parts.append(f"{format_count(found.n_late)} events up to {late} late")
    if found.n_restarts:
        parts.append(f"{format_count(found.n_restarts)} restarts")
    return "; ".join(parts) or "even"


def _damage(facts: Facts) -> str:
    found = facts.findings
    parts = [
        f"{format_count(n)} {one if n == 1 else many}"
        for n, one, many in (
            (found.n_damaged_words, "damaged word", "damaged words"),
            (found.n_outside, "event outside the sensor", "events outside the sensor"),
            (found.n_cut_bytes, "byte cut off", "bytes cut off"),
        )
        if n
    ]
    if found.cut_at_us is not None:
        parts[-1] += f" after {format_time(found.cut_at_us)}"
    return ", ".join(parts) or "none"


def _triggers(facts: Facts) -> str:
    lines = []
    for one in facts.triggers:
        every = f", every {format_span(one.period_us)}" if one.period_us == one.period_us else ""
        frames = f"; {format_count(one.n_frames)} video frames" if one.n_frames is not None else ""
        lines.append(
            f"input {one.channel}: {format_count(one.n_rising)} up, "
            f"{format_count(one.n_falling)} down{every}{frames}"
        )
    return "\n".join(lines) or "none"


# By name, in the order in which they are read.
FACTS: dict[str, Callable[[Facts], str]] = {
    "Events": _events,
    "Rate": _rate,
    "On events": _on_events,
    "Gaps": _gaps,
    "Held rate": _saturation,
    "Flicker": _flicker,
    "Clock": _clock,
    "Damage": _damage,
    "Triggers": _triggers,
}
