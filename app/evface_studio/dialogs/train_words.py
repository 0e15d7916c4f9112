"""What the dialog of trainings says of labels, of how people are parted, and of time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from evface.annotations.tracks import LandmarkState
from evface.training.forecast import TrainingTime
from evface.training_sets.counting import RecordingLabels
from evface_studio.panels.jobs_panel import format_left
from evface_studio.wording import format_count

_STATES = {
    LandmarkState.AUTO: "auto",
    LandmarkState.INTERPOLATED: "interpolated",
    LandmarkState.CORRECTED: "corrected",
    LandmarkState.VERIFIED: "verified",
}
_WHO = "If they are more, say under More settings who is who."


def label_facts(recordings: Sequence[RecordingLabels]) -> list[tuple[str, str]]:
    """Return what some recordings have that can be learnt: names, and counts in words."""
    landmarks: Counter[LandmarkState] = Counter()
    coded: Counter[str] = Counter()
    for one in recordings:
        landmarks.update(one.n_landmarks)
        coded.update(one.coded)
    classes = Counter(one.au_class for one in recordings if one.au_class)
    people = sorted({one.subject for one in recordings})
    n_face = sum(one.n_face_frames for one in recordings)
    n_units = sum(one.n_unit_frames for one in recordings)
    return [
        ("People", f"{format_count(len(people))}: {_listed(people)}" if people else "none"),
        (
            "Landmarks",
            ", ".join(f"{format_count(landmarks[state])} {word}" for state, word in _STATES.items())
            if landmarks.total()
            else "none on the events",
        ),
        ("Coefficients", f"{format_count(n_face)} frames" if n_face else "none"),
        ("Intensities", f"{format_count(n_units)} frames" if n_units else "none"),
        ("Coded segments", _tallied(coded) or "none"),
        ("Classes", _tallied(classes) or "none"),
    ]


def split_words(recordings: Sequence[RecordingLabels], split: str) -> str:
    """Return how clips are parted, and what figures then say."""
    n = len({one.subject for one in recordings})
    match split:
        case "subjects":
            return f"Some of the {n} people validate and test, and are never trained on."
        case "time":
            people = "one person" if n == 1 else f"{n} people"
            words = (
                f"The recordings show {people}: the later part of each validates. The figures will "
                "say nothing of other people; for that, record three or more."
            )
            # Nobody says who is seen: they may be more.
            is_said = all(one.said_subject for one in recordings)
            return words if len(recordings) == n or is_said else f"{words} {_WHO}"
        case _:
            return "Everything trains and nothing validates: the figures will prove nothing."


def time_words(found: TrainingTime, epochs: int, n_before: int) -> str:
    """Return how long a training takes, and how that was found out.

    Parameters
    ----------
    n_before
        Trainings that wait or run now.
    """
    steps = format_count(epochs * found.n_steps)
    words = (
        f"About {format_left(found.total_s(epochs))}: {steps} steps of "
        f"{_seconds(found.step_s)}, as {found.n_measured} steps took here just now."
    )
    if n_before:
        words += f" It begins when {n_before} other{'s are' if n_before > 1 else ' is'} trained."
    return words


def _seconds(seconds: float) -> str:
    return f"{seconds:.2g} s" if seconds >= 0.1 else f"{1000 * seconds:.0f} ms"


def _tallied(counts: Counter[str]) -> str:
    ordered = sorted(counts.items(), key=lambda item: int(item[0].removeprefix("AU")))
    return ", ".join(f"{unit} {n}" if n > 1 else unit for unit, n in ordered)


def _listed(names: Sequence[str], most: int = 4) -> str:
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown}, and {len(names) - most} more"
