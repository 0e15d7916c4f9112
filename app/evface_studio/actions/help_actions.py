"""Keys and what this is."""

from __future__ import annotations

from evface_studio.actions.action import ActionInfo, Menu

MENU: Menu = (
    "&Help",
    (
        ActionInfo("keys", "&Keys", lambda c: c.parts.show_keys(), ("F1",), "keyboard"),
        ActionInfo("about", "&About evface", lambda c: c.parts.show_about(), (), "info"),
    ),
)
