"""Watching a camera as it sees."""

from __future__ import annotations

from evface_studio.actions.action import SEPARATOR, ActionInfo, Menu

MENU: Menu = (
    "Ca&mera",
    (
        ActionInfo(
            "live",
            "&Live view…",
            lambda c: c.live.open(),
            ("Ctrl+Shift+L",),
            "events",
            tip="a camera's events as they come, with landmarks, action units and mesh",
        ),
        SEPARATOR,
        ActionInfo(
            "help_live",
            "&How the live view works",
            lambda c: c.assistance.show_help("live"),
        ),
    ),
)
