"""Training networks and asking them."""

from __future__ import annotations

from evface_studio.actions.action import HAS_PROJECT, ActionInfo, Menu

MENU: Menu = (
    "Lear&ning",
    (
        ActionInfo(
            "train",
            "&Train…",
            lambda c: c.training.show_dialog(),
            ("Ctrl+T",),
            "curves",
            HAS_PROJECT,
            tip="a network on the labels of this project",
        ),
    ),
)
