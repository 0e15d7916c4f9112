"""Teachers by name."""

from __future__ import annotations

from pathlib import Path

from evface.teacher.base import Teacher

TEACHERS = ("mediapipe", "fan")


def open_teacher(name: str, *, weights: Path | None = None) -> Teacher:
    """Load a teacher.

    Parameters
    ----------
    name
        One of `TEACHERS`.
    weights
        Where its weights lie: MediaPipe's bundle, or the folder of FAN's files. Found by the
        teacher itself when None.

    Raises
    ------
    ValueError
        If there is no such teacher.
    TeacherError, ModelFileError
        If it is not installed or its weights cannot be had.
    """
    # Imported here: each teacher brings a large library.
    if name == "mediapipe":
        from evface.teacher.mediapipe import MediapipeTeacher

        return MediapipeTeacher(weights)
    if name == "fan":
        from evface.teacher.fan import FanTeacher

        return FanTeacher(weights)
    raise ValueError(f"there is no teacher {name!r}; there are {', '.join(TEACHERS)}")
