"""Protocols: which people do what before which cameras, and who is in which split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from evface.geometry.clock import ClockSync
from evface.morphable.facs import HEAD_NAMES
from evface.morphable.model import load_open_head
from evface.simulation.acting import act_label, act_poses
from evface.simulation.conditions import CONDITION_NAMES, Conditions, draw_conditions
from evface.simulation.drawing import Person
from evface.simulation.events import PRESETS
from evface.simulation.performance import demo_performance
from evface.simulation.recordings import VIDEO_RATE_HZ, RecordingPlan
from evface.simulation.rigs import draw_apart_rig, shared_rig

DEMO_SEED = 2
PROTOCOLS = ("facemorphic", "keypoints", "demo")
MIXED = "mixed"
# 50 frames and one more; people talk and play for twice as long.
_CLIP_US, _SEQUENCE_US = 1_700_000, 3_400_000
_N_READING, _N_FREE, _N_POSES = 4, 1, 8
_LARGEST_OFFSET_US, _LARGEST_DRIFT_PPM = 400_000, 60.0
# Share of recordings in good light where conditions are mixed.
_GOOD_LIGHT_SHARE = {"facemorphic": 0.6, "keypoints": 0.4, "demo": 1.0}


@dataclass(frozen=True)
class SetSettings:
    """What a set of synthetic recordings consists of.

    Parameters
    ----------
    protocol
        ``"facemorphic"``: 24 action units twice each, reading and free play, before two cameras
        that are neither calibrated nor synchronised to each other. ``"keypoints"``: wide poses
        and changing expressions before two cameras that share one picture and one clock.
        ``"demo"``: five seconds of everything, in the demo's way.
    n_subjects
    seed
        Of everything. A recording depends on it, its subject and its label alone, so a small set
        is a part of a large one.
    resolution, rgb_resolution
        ``(width, height)`` of the event camera and of the video, px. Where both cameras share
        one picture the first counts.
    condition
        One of `CONDITION_NAMES`, or ``"mixed"``.
    labels
        Of ``"facemorphic"``: those to make; all when empty.
    n_repetitions
        Of each action unit.
    clips_per_subject
        At most so many, chosen at random; all when 0.
    texture_width
        Of the skin, px.

    Raises
    ------
    ValueError
        If something named here does not exist, or a number is too small.
    """

    protocol: str = "facemorphic"
    n_subjects: int = 8
    seed: int = 0
    resolution: tuple[int, int] = (640, 480)
    rgb_resolution: tuple[int, int] = (640, 480)
    condition: str = MIXED
    labels: tuple[str, ...] = ()
    n_repetitions: int = 2
    clips_per_subject: int = 0
    texture_width: int = 1536

    def __post_init__(self) -> None:
        for name, known in (
            ("protocol", PROTOCOLS),
            ("condition", (MIXED, *CONDITION_NAMES)),
        ):
            if getattr(self, name) not in known:
                raise ValueError(
                    f"{name} must be one of {', '.join(known)}, got {getattr(self, name)!r}"
                )
        unknown = set(self.labels) - set(all_labels())
        if unknown:
            raise ValueError(
                f"labels must be of {', '.join(all_labels())}, got {', '.join(sorted(unknown))}"
            )
        if self.n_subjects < 1 or self.n_repetitions < 1 or self.clips_per_subject < 0:
            raise ValueError("a set needs at least one subject and one repetition")
        if min(*self.resolution, *self.rgb_resolution) < 16:
            raise ValueError("pictures must be at least 16 px wide and high")

    def to_json(self) -> dict[str, Any]:
        """Return the settings for a manifest."""
        return {
            "protocol": self.protocol,
            "subjects": self.n_subjects,
            "seed": self.seed,
            "resolution": list(self.resolution),
            "rgb_resolution": list(self.rgb_resolution),
            "condition": self.condition,
            "labels": list(self.labels),
            "repetitions": self.n_repetitions,
            "clips_per_subject": self.clips_per_subject,
            "texture_width": self.texture_width,
        }


@dataclass(frozen=True)
class Clip:
    """One recording of a set.

    Parameters
    ----------
    name
        Of its folder.
    settings
        Of the set.
    subject, split, label
    number
        Different for each recording of a subject.
    """

    name: str
    settings: SetSettings
    subject: int
    split: str
    label: str
    number: int

    def plan(self) -> RecordingPlan:
        """Draw who does what before which cameras; the same clip gives the same plan."""
        return _PLANNERS[self.settings.protocol](self)


def all_labels() -> tuple[str, ...]:
    """Return the classes of ``"facemorphic"``."""
    return (*load_open_head().facs_names, *HEAD_NAMES, "reading", "free")


def split_subjects(n_subjects: int, seed: int) -> tuple[str, ...]:
    """Assign subjects to splits: a fifth to test and a tenth to validation, one at least.

    A single subject is for training, and the second one for testing.
    """
    n_test = max(1, round(0.2 * n_subjects)) if n_subjects > 1 else 0
    n_validation = max(1, round(0.1 * n_subjects)) if n_subjects > 2 else 0
    splits = ["train"] * n_subjects
    order = np.random.default_rng([seed, 10]).permutation(n_subjects)
    for place, subject in enumerate(order[: n_test + n_validation]):
        splits[subject] = "test" if place < n_test else "validation"
    return tuple(splits)


def plan_clips(settings: SetSettings) -> list[Clip]:
    """Return the recordings of a set, subject by subject."""
    clips: list[Clip] = []
    for subject, split in enumerate(split_subjects(settings.n_subjects, settings.seed)):
        own = [
            Clip(f"s{subject:03d}_{name}", settings, subject, split, label, number)
            for name, label, number in _takes(settings)
            if not settings.labels or label in settings.labels
        ]
        if settings.clips_per_subject:
            random = np.random.default_rng([settings.seed, subject, 11])
            chosen = sorted(random.permutation(len(own))[: settings.clips_per_subject])
            own = [own[i] for i in chosen]
        clips += own
    return clips


def _takes(settings: SetSettings) -> list[tuple[str, str, int]]:
    """Return name, label and number of what one subject does."""
    if settings.protocol == "demo":
        return [("demo", "", 0)]
    if settings.protocol == "keypoints":
        return [(f"poses_{i + 1}", "", i) for i in range(_N_POSES)]
    takes = []
    for place, label in enumerate(all_labels()):
        n = {"reading": _N_READING, "free": _N_FREE}.get(label, settings.n_repetitions)
        # The number does not depend on how many others are made.
        takes += [(f"{label}_{i + 1}", label, 1000 * place + i) for i in range(n)]
    return takes


def _person(clip: Clip) -> Person:
    settings = clip.settings
    random = np.random.default_rng([settings.seed, clip.subject, 12])
    return Person(int(random.integers(2**31)), settings.texture_width)


def _draw_conditions(clip: Clip, duration_us: int, random: np.random.Generator) -> Conditions:
    settings = clip.settings
    name = settings.condition
    is_good = random.uniform() < _GOOD_LIGHT_SHARE[settings.protocol]
    other = str(random.choice(CONDITION_NAMES[1:]))
    if name == MIXED:
        name = CONDITION_NAMES[0] if is_good else other
    return draw_conditions(name, duration_us, random)


def _plan_facemorphic(clip: Clip) -> RecordingPlan:
    settings = clip.settings
    # The cameras are set up anew for each subject.
    rig = draw_apart_rig(
        settings.rgb_resolution,
        settings.resolution,
        np.random.default_rng([settings.seed, clip.subject, 13]),
    )
    random = np.random.default_rng([settings.seed, clip.subject, clip.number, 14])
    duration_us = _SEQUENCE_US if clip.label in ("free", "reading") else _CLIP_US
    offset_us = int(random.uniform(-_LARGEST_OFFSET_US, _LARGEST_OFFSET_US))
    drift_ppm = round(float(random.uniform(-_LARGEST_DRIFT_PPM, _LARGEST_DRIFT_PPM)), 3)
    seen_us = (max(offset_us, 0), duration_us + min(offset_us, 0))
    performance = act_label(clip.label, duration_us, seen_us, random)
    conditions = _draw_conditions(clip, duration_us, random)
    return RecordingPlan(
        person=_person(clip),
        performance=performance,
        cameras=rig.cameras,
        rgb_from_room=rig.rgb_from_room,
        conditions=conditions,
        sensor=conditions.event_sensor(),
        video=ClockSync(offset_us, drift_ppm, "simulated", 0.0),
        n_frames=int(duration_us * 1e-6 * VIDEO_RATE_HZ),
        states_sync=False,
        seed=int(random.integers(2**31)),
        subject=clip.subject,
        split=clip.split,
        protocol=settings.protocol,
        label=clip.label,
    )


def _plan_keypoints(clip: Clip) -> RecordingPlan:
    settings = clip.settings
    rig = shared_rig(settings.resolution)
    random = np.random.default_rng([settings.seed, clip.subject, clip.number, 14])
    performance = act_poses(load_open_head().facs_names, _CLIP_US, random)
    conditions = _draw_conditions(clip, _CLIP_US, random)
    return RecordingPlan(
        person=_person(clip),
        performance=performance,
        cameras=rig.cameras,
        rgb_from_room=rig.rgb_from_room,
        conditions=conditions,
        sensor=conditions.event_sensor(),
        video=ClockSync(0, 0.0, "simulated", 0.0),
        n_frames=int(_CLIP_US * 1e-6 * VIDEO_RATE_HZ),
        states_sync=True,
        seed=int(random.integers(2**31)),
        subject=clip.subject,
        split=clip.split,
        protocol=settings.protocol,
    )


def _plan_demo(clip: Clip) -> RecordingPlan:
    settings = clip.settings
    return plan_demo(
        settings.seed + clip.subject,
        resolution=settings.resolution,
        texture_width=settings.texture_width,
        subject=clip.subject,
        split=clip.split,
    )


_PLANNERS = {
    "facemorphic": _plan_facemorphic,
    "keypoints": _plan_keypoints,
    "demo": _plan_demo,
}


def plan_demo(
    seed: int = DEMO_SEED,
    *,
    resolution: tuple[int, int] = (640, 480),
    texture_width: int = 1536,
    subject: int = 0,
    split: str = "train",
) -> RecordingPlan:
    """Plan five seconds of one person before two cameras that share one picture and clock.

    Parameters
    ----------
    seed
        Of the person, the sway of the head, and the sensor's noise.
    """
    rig = shared_rig(resolution)
    performance = demo_performance(seed)
    return RecordingPlan(
        person=Person(seed, texture_width),
        performance=performance,
        cameras=rig.cameras,
        rgb_from_room=rig.rgb_from_room,
        conditions=Conditions(),
        sensor=PRESETS["v2e"],
        video=ClockSync(0, 0.0, "simulated", 0.0),
        n_frames=int(performance.duration_us * 1e-6 * VIDEO_RATE_HZ),
        states_sync=True,
        seed=seed,
        subject=subject,
        split=split,
    )
