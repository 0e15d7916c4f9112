"""What the tour says, step by step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDockWidget, QWidget

from evface_studio.docks import REVIEW

if TYPE_CHECKING:
    from evface_studio.main_window import MainWindow


@dataclass(frozen=True)
class Step:
    """One stop of the tour.

    Parameters
    ----------
    title, text
        What is said; ``{key:...}`` and ``{menu:...}`` stand for keys and menus.
    target
        Returns the part of the window that it is about; None for the window as a whole.
    prepare
        Brings that part into view.
    next_text, skip_text
        Words of the buttons that lead on and out.
    then
        Done instead of leading on.
    """

    title: str
    text: str
    target: Callable[[], QWidget | None]
    prepare: Callable[[], None] = lambda: None
    next_text: str = "Next"
    skip_text: str = "Skip"
    then: Callable[[], None] | None = None


def offer_of_demo(make_demo: Callable[[], None]) -> tuple[Step, ...]:
    """Return the one step that stands before the others while nothing is open."""
    return (
        Step(
            "Welcome",
            "A tour of five steps shows how to correct landmarks, code action units and review, "
            "on a recording that is made for you on the spot. That takes about a minute and needs "
            "no camera and no network.",
            lambda: None,
            next_text="Make the recording",
            skip_text="Not now",
            then=make_demo,
        ),
    )


def window_steps(window: MainWindow) -> tuple[Step, ...]:
    """Return the steps through a window that shows a recording."""
    workspace = window.workspace
    return (
        Step(
            "Correct landmarks",
            "Drag a point where it belongs. Yellow rings were found by a machine; what you correct "
            "is filled, what you verify ({key:verify_landmarks}) has a tick. A frame that you "
            "corrected is a keyframe: between two of them the correction is carried over. "
            "[More](landmarks)",
            lambda: None if workspace is None else workspace.events_pane,
        ),
        Step(
            "Code action units",
            "A row for each action unit. Hold {key:mark_row_1}, {key:mark_row_2} … while the "
            "recording plays to mark from onset to offset, or draw with the pointer, then drag "
            "the edges. Dashed segments are suggestions. [More](coding)",
            lambda: None if workspace is None else workspace.timeline,
        ),
        Step(
            "Review what is doubtful",
            "The queue leads through the frames that most need a person, over all recordings, and "
            "says why. {key:accept_item} accepts, {key:fix_item} fixes, {key:skip_item} skips. "
            "Of a clean recording, such as the demo's, it lists little or nothing. [More](review)",
            lambda: window.findChild(QDockWidget, REVIEW),
            lambda: window.docks.set_wanted(REVIEW, True),
        ),
        Step(
            "Nothing is lost",
            "Every change is on disk before you see it: there is no Save. {key:undo} takes back "
            "and {key:redo} makes again, without end, also after a restart. [More](safety)",
            lambda: window.status_bar,
        ),
        Step(
            "Everything has a key",
            "{key:palette} finds any action by a few letters, {key:go_to} goes to a time or a "
            "frame, {key:keys} lists all keys, and {key:change_keys} changes them. The help has a "
            "page for each tool: {key:help}.",
            window.menuBar,
        ),
    )
