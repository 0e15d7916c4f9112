"""Finding actions, keys and explanations."""

from __future__ import annotations

from evface_studio.actions.action import SEPARATOR, ActionInfo, Menu

MENU: Menu = (
    "&Help",
    (
        ActionInfo("keys", "&Keys", lambda c: c.assistance.show_keys(), ("F1",), "keyboard"),
        ActionInfo(
            "help", "&Help", lambda c: c.assistance.show_help(), ("Ctrl+F1", "Shift+F1"), "help"
        ),
        ActionInfo(
            "palette",
            "&Find an action…",
            lambda c: c.assistance.palette.search(),
            ("Ctrl+Shift+P",),
            "search",
            tip="by a few letters of its name",
        ),
        SEPARATOR,
        ActionInfo("change_keys", "&Change keys…", lambda c: c.assistance.change_keys()),
        ActionInfo("tour", "&Tour", lambda c: c.assistance.start_tour(), (), "tour"),
        SEPARATOR,
        ActionInfo("about", "&About evface", lambda c: c.show_about(), (), "info"),
    ),
)
