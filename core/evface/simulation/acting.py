"""Performances drawn at random: one action unit, free play, reading aloud, poses of the head."""

from __future__ import annotations

import numpy as np

from evface.morphable.facs import HEAD_NAMES
from evface.simulation.performance import Gesture, Look, Performance, blink

# What people move along with an action unit without meaning to.
_COMPANIONS = {
    "AU1": "AU2",
    "AU2": "AU1",
    "AU4": "AU7",
    "AU6": "AU12",
    "AU9": "AU4",
    "AU10": "AU25",
    "AU12": "AU6",
    "AU15": "AU17",
    "AU23": "AU24",
    "AU26": "AU25",
}
_MICRO_SHARE = 0.12
_ONE_SIDED_SHARE = 0.35
# Of people who sit before a screen.
_BLINKS_PER_S = 0.3
_MS = 1000


def act_label(
    label: str, duration_us: int, seen_us: tuple[int, int], random: np.random.Generator
) -> Performance:
    """Draw a performance of one class.

    Parameters
    ----------
    label
        An action unit of face or head, ``"free"`` or ``"reading"``.
    duration_us
        Of the recording.
    seen_us
        ``(start, stop)``: the movement of an action unit lies within, for both cameras to see.
    random
        Draws timing, strength, asymmetry, sway, blinks and gaze.
    """
    if label == "reading":
        return _act_reading(duration_us, random)
    if label == "free":
        return _act_free(duration_us, random)
    if label == "AU45":
        start_us = seen_us[0] + int(random.uniform(20, 250)) * _MS
        gestures = [blink(start_us, slowness=float(random.uniform(0.7, 1.3)), name=label)]
        if random.uniform() < 0.5:
            second_us = gestures[0].stop_us + int(random.uniform(60, 300)) * _MS
            gestures.append(blink(second_us, slowness=float(random.uniform(0.7, 1.3)), name=label))
        gestures = [gesture for gesture in gestures if gesture.stop_us <= seen_us[1]]
    else:
        gestures = [_draw_gesture(label, seen_us, random)]
        if label != "AU43":
            gestures += _draw_blinks(duration_us, random)
    return _perform(duration_us, gestures, _glance(duration_us, random), random)


def act_poses(names: tuple[str, ...], duration_us: int, random: np.random.Generator) -> Performance:
    """Draw wide turns of the head with changing expressions.

    Parameters
    ----------
    names
        Facial action units to draw from.
    """
    gestures = _draw_blinks(duration_us, random)
    for pair in (HEAD_NAMES[:2], HEAD_NAMES[2:4], HEAD_NAMES[4:]):
        # To one side, held, and over to the other. The second number is how wide, of 30 degrees.
        widest = {"AU51": 1.1, "AU53": 0.6, "AU55": 0.5}[pair[0]]
        first, second = random.permutation(pair)
        middle_us = int(random.uniform(0.35, 0.65) * duration_us)
        for name, start_us, stop_us in ((first, -400_000, middle_us), (second, middle_us, None)):
            end_us = duration_us + 400_000 if stop_us is None else stop_us
            move_us = int(random.uniform(0.35, 0.5) * (end_us - start_us))
            amount = float(random.uniform(0.15, 1.0) * widest)
            gestures.append(
                Gesture(
                    start_us, move_us, end_us - start_us - 2 * move_us, move_us,
                    {str(name): amount}, str(name),
                )
            )  # fmt: skip
    for _ in range(int(random.integers(1, 4))):
        gestures.append(_draw_gesture(str(random.choice(names)), (0, duration_us), random))
    return _perform(duration_us, gestures, _glance(duration_us, random), random)


def _perform(
    duration_us: int,
    gestures: list[Gesture],
    looks: tuple[Look, ...],
    random: np.random.Generator,
) -> Performance:
    return Performance(
        duration_us,
        tuple(gestures),
        sway_deg=float(random.uniform(0.15, 0.7)),
        sway_mm=float(random.uniform(0.2, 0.9)),
        seed=int(random.integers(2**31)),
        looks=looks,
    )


def _draw_gesture(name: str, within_us: tuple[int, int], random: np.random.Generator) -> Gesture:
    """Draw when, how fast, how strongly and on which side an action unit is shown."""
    is_head = name in HEAD_NAMES
    room_us = within_us[1] - within_us[0]
    if is_head:
        onset, apex, offset = random.uniform(220, 480), random.uniform(80, 300), 0.0
        offset = random.uniform(220, 480)
    elif name == "AU43":
        # Shut for longer than a blink can last.
        onset, apex, offset = (random.uniform(*span) for span in ((80, 160), (560, 650), (90, 200)))
    elif random.uniform() < _MICRO_SHARE:
        onset, apex, offset = (random.uniform(*span) for span in ((18, 28), (8, 18), (20, 32)))
    else:
        onset, offset = 90.0 * 5.0 ** random.uniform(size=2)
        apex = random.uniform(60, 500)
    parts_us = np.array([onset, apex, offset]) * _MS
    # Hurried where the time does not suffice.
    parts_us *= min(1.0, 0.95 * room_us / parts_us.sum())
    start_us = within_us[0] + int(random.uniform(0.0, 1.0) * (room_us - parts_us.sum()))
    strength = float(random.uniform(0.3, 0.9) if is_head else random.uniform(0.4, 1.0))
    amounts = {name: strength}
    if name in _COMPANIONS and random.uniform() < 0.4:
        amounts[_COMPANIONS[name]] = strength * float(random.uniform(0.05, 0.3))
    sides = [1.0, 1.0]
    if not is_head and random.uniform() < _ONE_SIDED_SHARE:
        sides[int(random.integers(2))] = float(random.uniform(0.25, 0.85))
    onset_us, apex_us, offset_us = (int(part) for part in parts_us)
    return Gesture(start_us, onset_us, apex_us, offset_us, amounts, name, (sides[0], sides[1]))


def _draw_blinks(duration_us: int, random: np.random.Generator) -> list[Gesture]:
    """Draw the blinks that come by themselves."""
    blinks: list[Gesture] = []
    next_us = random.exponential(1e6 / _BLINKS_PER_S)
    while next_us < duration_us:
        blinks.append(blink(int(next_us), slowness=float(random.uniform(0.8, 1.25))))
        next_us = blinks[-1].stop_us + random.exponential(1e6 / _BLINKS_PER_S)
    return blinks


def _glance(duration_us: int, random: np.random.Generator) -> tuple[Look, ...]:
    """Draw eyes that rest on the camera and near it."""
    looks: list[Look] = []
    next_us = -300_000.0
    while next_us < duration_us:
        left_deg, up_deg = np.clip(random.normal(0.0, (3.5, 2.0)), -10.0, 10.0)
        looks.append(Look(int(next_us), float(left_deg), float(up_deg)))
        next_us += 1e6 * random.uniform(0.35, 2.0)
    return tuple(looks)


def _act_free(duration_us: int, random: np.random.Generator) -> Performance:
    """Draw one movement after another, of face and head, that overlap here and there."""
    names = ("AU1", "AU4", "AU6", "AU9", "AU12", "AU14", "AU15", "AU17", "AU25", "AU26")
    gestures = _draw_blinks(duration_us, random)
    start_us = 0.0
    while start_us < duration_us - 300_000:
        stop_us = min(start_us + 1e6 * random.uniform(0.6, 1.5), duration_us)
        pool = HEAD_NAMES if random.uniform() < 0.25 else names
        gestures.append(
            _draw_gesture(str(random.choice(pool)), (int(start_us), int(stop_us)), random)
        )
        start_us = stop_us - 1e6 * random.uniform(0.0, 0.3)
    return _perform(duration_us, gestures, _glance(duration_us, random), random)


def _act_reading(duration_us: int, random: np.random.Generator) -> Performance:
    """Draw lips that speak five syllables a second and eyes that go along lines of text."""
    gestures = _draw_blinks(duration_us, random)
    next_us = 1e6 * random.uniform(0.0, 0.2)
    while next_us < duration_us - 150_000:
        amounts = {
            "AU25": float(random.uniform(0.2, 0.7)),
            "AU26": float(random.uniform(0.05, 0.5)),
        }
        if random.uniform() < 0.35:
            amounts = {
                str(random.choice(["AU23", "AU24", "AU10"])): float(random.uniform(0.2, 0.5))
            }
        onset_us, offset_us = (int(part) for part in random.uniform(60e3, 110e3, 2))
        gestures.append(
            Gesture(int(next_us), onset_us, int(random.uniform(5e3, 50e3)), offset_us, amounts)
        )
        pause_us = 250e3 if random.uniform() < 0.1 else 0.0
        next_us += 1e6 * random.uniform(0.13, 0.26) + pause_us
    looks: list[Look] = []
    look_us, line = -random.uniform(0.0, 1e6), 0
    while look_us < duration_us:
        for place in np.linspace(8.0, -8.0, int(random.integers(5, 9))):
            left_deg = float(place + random.normal(0.0, 0.5))
            looks.append(Look(int(look_us), left_deg, -4.0 - 1.0 * (line % 6)))
            look_us += 1e6 * random.uniform(0.18, 0.32)
        line += 1
    return _perform(duration_us, gestures, tuple(looks), random)
