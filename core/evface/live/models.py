"""Which models are asked live."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from evface.inference.smoothing import OneEuro


@dataclass(frozen=True)
class LiveModels:
    """Models that look at what is shown.

    Parameters
    ----------
    checkpoints
        Trained networks: of landmarks on events (preset ``kp_live``), and of action units that do
        not look ahead (preset ``au_live``). Of those for the same task the last one counts.
    teacher
        Name of the teacher that looks at the RGB camera, ``"mediapipe"``; empty for none. Without
        an RGB camera it has nothing to do.
    head
        Key of the head that is fitted to its landmarks; the open one when empty.
    smoothing
        Of landmarks in time; None for none.
    """

    checkpoints: tuple[Path, ...] = ()
    teacher: str = "mediapipe"
    head: str = ""
    smoothing: OneEuro | None = field(default_factory=OneEuro)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to ask."""
        return not self.checkpoints and not self.teacher
