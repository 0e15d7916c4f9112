"""Builds the menus from their table, and keeps them true."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from evface_studio.actions.action import RECENT, ActionInfo, Condition, Submenu
from evface_studio.actions.commands import Commands
from evface_studio.actions.keymap import Keymap
from evface_studio.actions.places import Places
from evface_studio.actions.table import MENUS, name_of
from evface_studio.look.icons import icon
from evface_studio.look.theme import Theme
from evface_studio.settings import Settings


class Menus(QObject):
    """Every entry says whether it can be used now, and what it would take back or do again.

    Keys work only where their scope says; a menu shows all of them.
    """

    # Paths of something recent.
    recent_chosen = Signal(object)

    def __init__(
        self,
        bar: QMenuBar,
        commands: Commands,
        settings: Settings,
        keymap: Keymap,
        places: Places,
        theme: Theme,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._commands = commands
        self._settings = settings
        self._keymap = keymap
        self._places = places
        self._actions: dict[str, QAction] = {}
        self._recent = QMenu("Open &recent", bar)
        for title, entries in MENUS:
            menu = bar.addMenu(title)
            menu.setToolTipsVisible(True)
            menu.aboutToShow.connect(self._on_about_to_show)
            menu.aboutToHide.connect(self._on_keys_changed)
            for entry in entries:
                if isinstance(entry, ActionInfo):
                    menu.addAction(self._build(entry))
                elif isinstance(entry, Submenu):
                    submenu = menu.addMenu(entry.text)
                    submenu.setToolTipsVisible(True)
                    submenu.addActions([self._build(action) for action in entry.actions])
                elif entry == RECENT:
                    menu.addMenu(self._recent)
                else:
                    menu.addSeparator()
        settings.recent_changed.connect(self._fill_recent)
        keymap.changed.connect(self._on_keys_changed)
        places.scopes_changed.connect(self._on_keys_changed)
        self._fill_recent()
        self._on_keys_changed()
        self.set_theme(theme)

    def action(self, key: str) -> QAction:
        """Return an entry by its key."""
        return self._actions[key]

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        for info in self._keymap.actions:
            if info.icon:
                self._actions[info.key].setIcon(icon(info.icon, theme))

    def why_not(self, info: ActionInfo) -> str:
        """Return why an action cannot be used now, as far as is known; empty if it can."""
        if info.is_enabled(self._commands):
            return ""
        condition = info.is_enabled
        return condition.otherwise if isinstance(condition, Condition) else "Not possible now."

    def name(self, info: ActionInfo) -> str:
        """Return what an action is called away from its menu: undo and redo say what of."""
        document = self._commands.document
        of = {"undo": document.undo_label, "redo": document.redo_label}.get(info.key, "")
        return f"{name_of(info)} {of}".rstrip()

    @Slot()
    def update(self) -> None:
        """Look anew what can be used and what is on."""
        for info in self._keymap.actions:
            action = self._actions[info.key]
            why_not = self.why_not(info)
            action.setEnabled(not why_not)
            # Whoever points at an entry that is grey learns why.
            action.setToolTip(why_not)
            action.setStatusTip(why_not or info.tip)
            if info.is_checked is not None:
                action.setChecked(info.is_checked(self._commands))
        for key in ("undo", "redo"):
            info = self._keymap.action(key)
            self._actions[key].setText("&" + self.name(info).replace("&", "&&"))

    def _build(self, info: ActionInfo) -> QAction:
        action = QAction(info.text, self)
        action.setAutoRepeat(info.repeats)
        action.setCheckable(info.is_checked is not None)
        action.triggered.connect(lambda: info.handler(self._commands))
        # A tick shows the state that the entry acts on, not that it was clicked.
        action.triggered.connect(self.update)
        self._actions[info.key] = action
        return action

    @Slot()
    def _on_about_to_show(self) -> None:
        self.update()
        for info in self._keymap.actions:
            self._set_keys(info, self._keymap.keys(info))

    @Slot()
    def _on_keys_changed(self) -> None:
        scopes = self._places.scopes
        for info in self._keymap.actions:
            self._set_keys(info, self._keymap.keys(info) if info.scope in scopes else ())

    def _set_keys(self, info: ActionInfo, keys: tuple[str, ...]) -> None:
        sequences = [QKeySequence(key) for key in keys]
        action = self._actions[info.key]
        if action.shortcuts() != sequences:
            action.setShortcuts(sequences)

    @Slot()
    def _fill_recent(self) -> None:
        self._recent.clear()
        entries = self._settings.recent
        for paths in entries:
            words = " + ".join(path.name for path in paths)
            action = self._recent.addAction(f"{words}    {paths[0].parent}")
            action.triggered.connect(lambda _=False, paths=paths: self.recent_chosen.emit(paths))
        if entries:
            self._recent.addSeparator()
            self._recent.addAction("&Forget these", self._settings.forget_recent)
        self._recent.setEnabled(bool(entries))
