"""Which parts of the window the keyboard goes round, whose keys work there, and their help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evface_studio.actions.action import Scope
from evface_studio.docks import (
    ALIGNMENT,
    CODING,
    FILTERS,
    HEALTH,
    JOBS,
    MODELS,
    RECORDINGS,
    REVIEW,
)

if TYPE_CHECKING:
    from evface_studio.main_window import MainWindow
    from evface_studio.workspace import Workspace

# Pages of the help by the name of the part that they explain.
_HELP = {
    "RGB": "landmarks",
    "Events": "landmarks",
    "Mesh": "pictures",
    ALIGNMENT: "alignment",
    RECORDINGS: "start",
    JOBS: "start",
    CODING: "coding",
    REVIEW: "review",
    MODELS: "models",
    FILTERS: "filters",
    HEALTH: "health",
}


def put_in_order(window: MainWindow, workspace: Workspace) -> None:
    """Let the keyboard go round the parts of a window as people read them."""
    places, assistance = window.places, window.assistance
    for pane, target in (
        (workspace.rgb_pane, workspace.rgb_pane.picture),
        (workspace.events_pane, workspace.events_pane.picture),
        (workspace.mesh_pane, workspace.mesh_pane.view),
    ):
        places.add(pane, target=target, scope=Scope.PICTURES, header=pane.header)
        assistance.offer_help(pane.header, _HELP[pane.accessibleName()])
    pictures = [workspace.rgb_pane.picture, workspace.events_pane.picture]
    window.commands.pictures.follow([*pictures, workspace.mesh_pane.view], pictures[1])
    places.add(assistance.toast)
    places.add(workspace.transport)
    timeline = workspace.timeline
    places.add(timeline, target=timeline.rows, scope=Scope.TIMELINE, header=timeline.header)
    assistance.offer_help(timeline.header, "coding")
    for name, panel in window.docks.panels.items():
        scope = Scope.REVIEW if name == REVIEW else Scope.WINDOW
        places.add(panel, scope=scope, header=panel.header)
        assistance.offer_help(panel.header, _HELP[name])
    assistance.tell_tips()
