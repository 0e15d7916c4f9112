"""The one table of everything that menus, keys, palette and help offer."""

from __future__ import annotations

from evface_studio.actions import (
    camera_actions,
    coding_actions,
    edit_actions,
    file_actions,
    help_actions,
    landmark_actions,
    learning_actions,
    playback_actions,
    project_actions,
    recording_actions,
    review_actions,
    view_actions,
)
from evface_studio.actions.action import ActionInfo, Menu, Submenu

# From left to right.
MENUS: tuple[Menu, ...] = (
    file_actions.MENU,
    edit_actions.MENU,
    view_actions.MENU,
    playback_actions.MENU,
    landmark_actions.MENU,
    coding_actions.MENU,
    review_actions.MENU,
    camera_actions.MENU,
    recording_actions.MENU,
    learning_actions.MENU,
    project_actions.MENU,
    help_actions.MENU,
)


def actions_of(menu: Menu) -> tuple[ActionInfo, ...]:
    """Return every action of a menu, those behind its entries too, from the top."""
    actions: list[ActionInfo] = []
    for entry in menu[1]:
        if isinstance(entry, ActionInfo):
            actions.append(entry)
        elif isinstance(entry, Submenu):
            actions.extend(entry.actions)
    return tuple(actions)


def all_actions() -> tuple[ActionInfo, ...]:
    """Return every action of every menu."""
    return tuple(action for menu in MENUS for action in actions_of(menu))


def menu_of(action: ActionInfo) -> str:
    """Return the plain title of the menu that an action stands in."""
    return next(menu[0].replace("&", "") for menu in MENUS if action in actions_of(menu))


def name_of(action: ActionInfo) -> str:
    """Return the name of an action where its submenu is not seen: ``Nudge: Up``."""
    for menu in MENUS:
        for entry in menu[1]:
            if isinstance(entry, Submenu) and action in entry.actions:
                return f"{entry.text.replace('&', '')}: {action.name}"
    return action.name
