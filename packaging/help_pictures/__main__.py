"""Takes the pictures of the help pages from the real window.

    python packaging/help_pictures DEMO.evface

works on a copy of a project that `evface demo` made, and writes the pictures into the resources.
It needs a display; under Xvfb a screen of 1920x1080 does. Names after the project take only these.
Those of learning train two small networks first: two to four minutes on two cores. One of them,
`learning`, is no page's: it lies beside the other screenshots.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from driving import Studio
from learning_scenes import learning, models, predictions, training
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication
from scenes import (
    alignment,
    annotators,
    boxes,
    checks,
    coding,
    exchange,
    filters,
    guided_drag,
    health,
    keyframes,
    keys,
    landmarks,
    live,
    merge,
    pictures,
    propagate,
    reaction_time,
    representations,
    review,
    safety,
    start,
    suggestions,
)
from small_png import write

from evface_resources import path
from evface_studio.look.style import apply_theme
from evface_studio.look.text_size import apply_text_size
from evface_studio.look.theme import DARK

SCREENSHOTS = Path(__file__).parents[2] / "resources" / "screenshots"

# They leave nothing behind that others would show, and take long: left out where not wanted.
OF_LEARNING: tuple[Callable[[Studio], QPixmap], ...] = (training, models, predictions, learning)
# In this order: later ones build on what earlier ones labelled.
PICTURES: tuple[Callable[[Studio], QPixmap], ...] = (
    start,
    *OF_LEARNING,
    suggestions,
    pictures,
    representations,
    filters,
    health,
    live,
    boxes,
    guided_drag,
    landmarks,
    keyframes,
    propagate,
    coding,
    alignment,
    keys,
    reaction_time,
    annotators,
    merge,
    safety,
    review,
    checks,
    exchange,
)


def main(arguments: list[str]) -> None:
    """Take the pictures."""
    project, *wanted = arguments
    application = QApplication(["evface-studio"])
    application.setStyle("Fusion")
    apply_text_size(application, 100)
    apply_theme(application, DARK)
    with tempfile.TemporaryDirectory(prefix="evface-") as folder, _studio(project, folder) as made:
        for take in PICTURES:
            name = take.__name__
            if wanted and name not in wanted and take in OF_LEARNING:
                continue
            picture = take(made)
            if not wanted or name in wanted:
                if take is learning:
                    target = SCREENSHOTS / f"{name}.png"
                    picture.save(str(target))
                else:
                    target = path("help") / "pictures" / f"{name}.png"
                    write(picture.toImage(), target)
                size = target.stat().st_size
                print(f"{name}: {picture.width()}x{picture.height()}, {size:,} bytes")


@contextmanager
def _studio(project: str, folder: str) -> Iterator[Studio]:
    studio = Studio(Path(project), Path(folder))
    try:
        yield studio
    finally:
        studio.window.hide()
        studio.window.shut_down()


if __name__ == "__main__":
    main(sys.argv[1:])
