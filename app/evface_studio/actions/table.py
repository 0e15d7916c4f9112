"""The one table of everything that menus, keys, palette and help offer."""

from __future__ import annotations

from evface_studio.actions import (
    edit_actions,
    file_actions,
    help_actions,
    playback_actions,
    recording_actions,
    view_actions,
)
from evface_studio.actions.action import ActionInfo, Menu

# From left to right.
MENUS: tuple[Menu, ...] = (
    file_actions.MENU,
    edit_actions.MENU,
    view_actions.MENU,
    playback_actions.MENU,
    recording_actions.MENU,
    help_actions.MENU,
)


def all_actions() -> tuple[ActionInfo, ...]:
    """Return every entry of every menu."""
    return tuple(
        entry for _, entries in MENUS for entry in entries if isinstance(entry, ActionInfo)
    )
