"""Turns what was measured into reasons, in plain words and with what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from evface.events.health.flicker import SEGMENT_MS
from evface.events.health.model import (
    Facts,
    Fault,
    Flicker,
    Health,
    Lamp,
    Reason,
    TriggerInput,
    severity,
)
from evface.events.health.thresholds import (
    BAD_DAMAGED_SHARE,
    BAD_HOT_SHARE,
    BAD_LOST_SHARE,
    BAD_OUTSIDE_SHARE,
    JUMP_US,
    LEAST_POLARITY_EVENTS,
    LEAST_SEGMENTS,
    LIKE_RATES,
    LOOK_HOT_SHARE,
    LOOK_LATE_SHARE,
    LOOK_LATE_US,
    LOOK_ON_SHARE,
    SILENCE_US,
)

# A place that takes this share of the picture is not worth naming.
_NEARLY_ALL = 0.6
# Smaller ones are told as less than this.
_LEAST_SHARE = 1e-4
_Reasons = Iterator[Reason]


def judge(facts: Facts) -> Health:
    """Say what is wrong with a recording, the worst first."""
    if not facts.n_events:
        empty = Reason(
            Fault.EMPTY, Lamp.BAD, "The file holds no events.", "Copy it again, or record again."
        )
        return Health((empty,), (), facts)
    judges: tuple[Callable[[Facts], _Reasons], ...] = (
        _judge_file,
        _judge_clock,
        _judge_gaps,
        _judge_saturation,
        _judge_triggers,
        _judge_flicker,
        _judge_pixels,
        _judge_polarity,
    )
    reasons = [reason for judged in judges for reason in judged(facts)]
    reasons.sort(key=lambda reason: -severity(reason.lamp))
    return Health(tuple(reasons), tuple(_notes(facts)), facts)


def _judge_file(facts: Facts) -> _Reasons:
    found = facts.findings
    if found.n_cut_bytes:
        end = "" if found.cut_at_us is None else f" after {_seconds(found.cut_at_us)}"
        yield Reason(
            Fault.CUT,
            Lamp.LOOK,
            f"The file is cut off{end}: its last {_bytes(found.n_cut_bytes)} cannot be read.",
            "Copy it again from where it came; what is before the cut can be used.",
            found.cut_at_us,
        )
    if found.n_damaged_words:
        share = found.n_damaged_words / (facts.n_events + found.n_damaged_words)
        yield Reason(
            Fault.DAMAGED,
            Lamp.BAD if share >= BAD_DAMAGED_SHARE else Lamp.LOOK,
            f"{_count(found.n_damaged_words, 'word')} of the file "
            f"{'is' if found.n_damaged_words == 1 else 'are'} damaged; "
            "events and times near them may be wrong.",
            "Copy the file again from where it came, and check the disk.",
        )
    if found.n_outside:
        share = found.n_outside / (facts.n_events + found.n_outside)
        width, height = facts.resolution
        is_bad = share >= BAD_OUTSIDE_SHARE
        yield Reason(
            Fault.OUTSIDE,
            Lamp.BAD if is_bad else Lamp.LOOK,
            f"{_count(found.n_outside, 'event')} ({_percent(share)}) "
            f"{'lies' if found.n_outside == 1 else 'lie'} outside the sensor "
            f"({width} x {height}) and {'is' if found.n_outside == 1 else 'are'} left out.",
            "Check the size of the sensor in the file's header."
            if is_bad
            else "So few come of damage; copy the file again if you can.",
        )


def _judge_clock(facts: Facts) -> _Reasons:
    found = facts.findings
    if found.n_restarts:
        yield Reason(
            Fault.RESTARTED,
            Lamp.BAD,
            f"The clock starts again {_times(found.n_restarts)}; what follows is placed after a "
            "gap whose length is not known.",
            "Use the part before it, or cut the file there; video and labels do not fit after it.",
        )
    late_share = found.n_late / facts.n_events
    if found.n_late and (found.max_late_us >= LOOK_LATE_US and late_share >= LOOK_LATE_SHARE):
        yield Reason(
            Fault.LATE,
            Lamp.LOOK,
            f"The time runs backwards: {_percent(late_share)} of the events come up to "
            f"{_span(found.max_late_us)} after later ones, and have the time of those.",
            "Use windows that are longer than that; check the program that wrote the file.",
        )
    jumps = [gap for gap in facts.gaps.listed if gap.length_us >= JUMP_US]
    if jumps:
        longest = max(jumps, key=lambda gap: gap.length_us)
        yield Reason(
            Fault.JUMPED,
            Lamp.BAD,
            f"The time jumps by {_span(longest.length_us)} at {_seconds(longest.start_us)}"
            + (f", and {_times(len(jumps) - 1)} more." if len(jumps) > 1 else "."),
            "Check whether the recording was paused; if not, use the part before the jump.",
            longest.start_us,
        )


def _judge_gaps(facts: Facts) -> _Reasons:
    gaps = [gap for gap in facts.gaps.listed if gap.length_us < JUMP_US]
    silences = [gap for gap in gaps if gap.length_us >= SILENCE_US]
    drops = [gap for gap in gaps if gap.length_us < SILENCE_US]
    # Of more gaps than are listed, the others are drops like these.
    n_drops = facts.gaps.n_gaps - (len(facts.gaps.listed) - len(drops))
    if silences:
        longest = max(silences, key=lambda gap: gap.length_us)
        where = f"at {_seconds(longest.start_us)}"
        yield Reason(
            Fault.SILENT,
            _lamp_of_loss(sum(gap.length_us for gap in silences) / facts.duration_us),
            f"The sensor is suddenly silent for {_span(longest.length_us)} {where}."
            if len(silences) == 1
            else f"The sensor is suddenly silent {_times(len(silences))}, "
            f"for up to {_span(longest.length_us)} ({where}).",
            "Camera or link stopped: check cable and computer, and leave these stretches out.",
            longest.start_us,
        )
    if drops:
        usual = sorted(gap.length_us for gap in drops)[len(drops) // 2]
        mean_us = sum(gap.length_us for gap in drops) / len(drops)
        share = mean_us * n_drops / facts.duration_us
        regular = "" if facts.gaps.period_us is None else f", every {_span(facts.gaps.period_us)}"
        yield Reason(
            Fault.DROPPED,
            _lamp_of_loss(share),
            f"Whole blocks of events are missing {_times(n_drops)}{regular}, "
            f"for about {_span(usual)} each ({_percent(share)} of the time).",
            "The link or the disk did not keep up: use a faster port and disk, or lower the rate "
            "by biases, a region of interest, or the camera's rate controller.",
            drops[0].start_us,
        )


def _lamp_of_loss(share: float) -> Lamp:
    return Lamp.BAD if share >= BAD_LOST_SHARE else Lamp.LOOK


def _judge_saturation(facts: Facts) -> _Reasons:
    held = facts.saturation
    if held is not None:
        share = min(held.held_us / facts.duration_us, 1.0)
        yield Reason(
            Fault.SATURATED,
            Lamp.LOOK,
            f"The rate is held at {held.limit_hz / 1e6:.3g} million events a second for "
            f"{_span(held.held_us)} ({_percent(share)} of the time): sensor, link or rate "
            "controller lose the rest.",
            "Lower the rate by biases, less light or a region of interest; times and edges are "
            "not to be trusted there.",
            held.first_us,
        )


def _judge_triggers(facts: Facts) -> _Reasons:
    for one in facts.triggers:
        frames = _unlike_frames(one)
        if one.n_missing:
            yield Reason(
                Fault.TRIGGERS,
                Lamp.LOOK,
                f"{_count(one.n_missing, 'pulse')} of trigger input {one.channel} "
                f"{'is' if one.n_missing == 1 else 'are'} missing: there are {one.n_pulses:,}, "
                f"every {_span(one.period_us)}{frames}.",
                "Check the trigger's cable; do not number frames by their pulses.",
                one.missing_us,
            )
        elif frames:
            yield Reason(
                Fault.TRIGGERS,
                Lamp.LOOK,
                f"Trigger input {one.channel} has {_count(one.n_pulses, 'pulse')}{frames}.",
                "Check that the video is the one that was triggered, and that it is whole; align "
                "the clocks by what is seen in both.",
            )


def _unlike_frames(one: TriggerInput) -> str:
    """Return how pulses and frames differ, in words; empty where they fit or nothing is known."""
    if one.n_frames is None or one.n_pulses < 2:
        return ""
    is_unlike = abs(one.period_us - one.frame_period_us) > LIKE_RATES * one.frame_period_us
    if is_unlike:
        # Twice as many pulses as frames and the like: another device, or another edge.
        return (
            f", but the video has {_count(one.n_frames, 'frame')}, one every "
            f"{_span(one.frame_period_us)}, not every {_span(one.period_us)}"
        )
    if one.n_pulses != one.n_frames:
        return f", but the video has {_count(one.n_frames, 'frame')}"
    return ""


def _judge_flicker(facts: Facts) -> _Reasons:
    for one in facts.flicker:
        where = _where(one, *facts.resolution)
        yield Reason(
            Fault.FLICKER,
            Lamp.LOOK,
            f"Light flickers at {one.rate_hz} Hz {where}: the rate swings "
            f"by {_percent(min(one.modulation, 1.0))}.",
            "Filter it out, or record by daylight or lamps that do not flicker; windows of "
            f"{_span(1e6 / one.rate_hz)} and its multiples show it least.",
        )


def _where(flicker: Flicker, width: int, height: int) -> str:
    x0, y0, x1, y1 = flicker.place_px
    place_share = (x1 - x0) * (y1 - y0) / (width * height)
    if place_share > _NEARLY_ALL:
        return f"in {_percent(flicker.share)} of the picture"
    return f"within x {x0} to {x1}, y {y0} to {y1}"


def _judge_pixels(facts: Facts) -> _Reasons:
    hot = facts.hot_pixels
    if hot.share >= LOOK_HOT_SHARE:
        yield Reason(
            Fault.HOT_PIXELS,
            Lamp.BAD if hot.share >= BAD_HOT_SHARE else Lamp.LOOK,
            f"{_count(hot.n_pixels, 'hot pixel')} "
            f"{'makes' if hot.n_pixels == 1 else 'make'} {_percent(hot.share)} of all events.",
            "Filter hot pixels out.",
        )


def _judge_polarity(facts: Facts) -> _Reasons:
    share = facts.on_share
    if facts.n_events < LEAST_POLARITY_EVENTS or LOOK_ON_SHARE <= share <= 1 - LOOK_ON_SHARE:
        return
    # Not a number where nothing could be read: no more is known of it then.
    if share in (0.0, 1.0):
        yield Reason(
            Fault.ONE_SIDED,
            Lamp.BAD,
            f"All events are {'on' if share else 'off'}; the other polarity is missing.",
            "Convert the original again, or record with both polarities.",
        )
    elif share == share:
        yield Reason(
            Fault.ONE_SIDED,
            Lamp.LOOK,
            f"{_percent(share)} of the events are on: one polarity is hardly there.",
            "Check the biases of the camera.",
        )


def _notes(facts: Facts) -> Iterator[str]:
    if facts.n_segments < LEAST_SEGMENTS:
        least_ms = LEAST_SEGMENTS * SEGMENT_MS
        yield f"Flicker cannot be told from less than {least_ms} ms of events."
    if facts.share_read < 1.0:
        yield (
            f"Pixels, polarity and flicker were judged by {_percent(facts.share_read)} of the "
            "events, read in stretches all over the recording."
        )
    if facts.findings.n_motion:
        yield "What the camera's motion sensor (IMU) wrote is left out."


def _count(n: int, thing: str) -> str:
    return f"{n:,} {thing}{'' if n == 1 else 's'}"


def _times(n: int) -> str:
    return {1: "once", 2: "twice"}.get(n, f"{n:,} times")


def _percent(share: float) -> str:
    if share < _LEAST_SHARE:
        return f"less than {100 * _LEAST_SHARE:.2g} %"
    return f"{100 * share:.2g} %" if share < 0.1 else f"{100 * share:.0f} %"


def _bytes(n: int) -> str:
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if n >= factor:
            return f"{n / factor:.3g} {unit}"
    return _count(n, "byte")


def _seconds(t_us: int) -> str:
    return f"{t_us / 1e6:.3f} s"


def _span(length_us: float) -> str:
    for unit, factor in (("s", 1e6), ("ms", 1e3)):
        if length_us >= factor:
            value = length_us / factor
            return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"
    return f"{length_us:.0f} us"
