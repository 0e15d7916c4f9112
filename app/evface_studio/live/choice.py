"""What a person chose to see live."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from evface_studio.opening import VIDEO_SUFFIXES

# Instead of an RGB camera's key: the pictures that the event camera itself takes, if it does.
OWN_FRAMES = "own"
NO_TEACHER = ""


@dataclass(frozen=True)
class ModelChoice:
    """Which models are asked.

    Parameters
    ----------
    checkpoints
        Trained networks, for landmarks and for action units.
    teacher
        Looks at the RGB camera; empty for none.
    """

    checkpoints: tuple[Path, ...] = ()
    teacher: str = "mediapipe"

    def are_asked(self, *, has_rgb: bool) -> bool:
        """Return whether any of them has something to look at."""
        return bool(self.checkpoints) or (has_rgb and bool(self.teacher))


@dataclass(frozen=True)
class LiveChoice:
    """Which cameras are shown.

    Parameters
    ----------
    camera
        Key of the event camera, for `open_camera`.
    frames
        Key of the RGB camera beside it, for `open_frame_camera`; `OWN_FRAMES`, or empty for none.
    """

    camera: str
    frames: str = OWN_FRAMES


@dataclass(frozen=True)
class LookChoice:
    """How events are drawn.

    Parameters
    ----------
    representation
        A key of `CATALOGUE`.
    window_us
        How long a picture looks back.
    """

    representation: str = "metavision"
    window_us: int = 33_000


def key_of_file(path: Path, *, loops: bool) -> str:
    """Return the key of a recording, or of a video seen by the event simulator, as a camera."""
    if path.suffix.lower() in VIDEO_SUFFIXES:
        return f"simulated:{path}"
    return f"replay:{path}?loop={int(loops)}"


def choice_of(camera: str, frames: str | None) -> LiveChoice:
    """Return what a command line names: keys, or files that stand for cameras.

    Parameters
    ----------
    frames
        The event camera's own pictures where None.
    """
    if camera and Path(camera).is_file():
        camera = key_of_file(Path(camera).absolute(), loops=True)
    if frames and Path(frames).is_file():
        frames = f"video:{Path(frames).absolute()}"
    return LiveChoice(camera, OWN_FRAMES if frames is None else frames)
