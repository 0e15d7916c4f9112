"""Builds the menus from their table, and keeps them true."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from evface_studio.actions.action import RECENT, ActionInfo
from evface_studio.actions.table import MENUS, all_actions
from evface_studio.commands import Commands
from evface_studio.icons import icon
from evface_studio.settings import Settings
from evface_studio.theme import Theme


class Menus(QObject):
    """Every entry says whether it can be used now, and what it would take back or do again."""

    # Paths of something recent.
    recent_chosen = Signal(object)

    def __init__(
        self,
        bar: QMenuBar,
        commands: Commands,
        settings: Settings,
        theme: Theme,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._commands = commands
        self._settings = settings
        self._actions: dict[str, QAction] = {}
        self._recent = QMenu("Open &recent", bar)
        for title, entries in MENUS:
            menu = bar.addMenu(title)
            menu.aboutToShow.connect(self.update)
            for entry in entries:
                if isinstance(entry, ActionInfo):
                    menu.addAction(self._build(entry))
                elif entry == RECENT:
                    menu.addMenu(self._recent)
                else:
                    menu.addSeparator()
        settings.recent_changed.connect(self._fill_recent)
        self._fill_recent()
        self.set_theme(theme)

    def action(self, key: str) -> QAction:
        """Return an entry by its key."""
        return self._actions[key]

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        for info in all_actions():
            if info.icon:
                self._actions[info.key].setIcon(icon(info.icon, theme))

    @Slot()
    def update(self) -> None:
        """Look anew what can be used and what is on."""
        for info in all_actions():
            action = self._actions[info.key]
            action.setEnabled(info.is_enabled(self._commands))
            if info.is_checked is not None:
                action.setChecked(info.is_checked(self._commands))
        stack = self._commands.document.undo_stack
        self._actions["undo"].setText(f"&Undo {stack.undoText()}".rstrip())
        self._actions["redo"].setText(f"&Redo {stack.redoText()}".rstrip())

    def _build(self, info: ActionInfo) -> QAction:
        action = QAction(info.text, self)
        action.setShortcuts([QKeySequence(keys) for keys in info.shortcuts])
        action.setAutoRepeat(info.repeats)
        action.setCheckable(info.is_checked is not None)
        action.triggered.connect(lambda: info.handler(self._commands))
        # A tick shows the state that the entry acts on, not that it was clicked.
        action.triggered.connect(self.update)
        self._actions[info.key] = action
        return action

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
