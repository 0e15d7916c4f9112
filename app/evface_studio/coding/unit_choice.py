"""Which action units have a row in the timeline."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from PySide6.QtCore import QObject, Signal

from evface.annotations.segments import UNITS
from evface_studio.settings import Settings


class RowFilter(StrEnum):
    """Which rows are shown."""

    ALL = "all"
    ACTIVE = "active"
    CODED = "coded"
    CHOSEN = "chosen"


class UnitChoice(QObject):
    """Keeps rows in the order of FACS. What is coded is never without a row, save by choice."""

    changed = Signal()

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._filter = RowFilter.ACTIVE
        self._known: tuple[str, ...] = ()
        self._active: tuple[str, ...] = ()
        self._coded: tuple[str, ...] = ()
        self._chosen: tuple[str, ...] = ()
        self._wanted = ""
        self._shown = self._find()

    @property
    def row_filter(self) -> RowFilter:
        """Which rows are shown."""
        return self._filter

    @property
    def shown(self) -> tuple[str, ...]:
        """The rows, from the top."""
        return self._shown

    @property
    def all(self) -> tuple[str, ...]:
        """All that can have a row."""
        return _ordered((*UNITS, *self._settings.extra_units, *self._known, *self._coded))

    def set_filter(self, row_filter: RowFilter) -> None:
        """Show other rows."""
        self._filter = row_filter
        self._wanted = ""
        self._update()

    def choose(self, units: Iterable[str]) -> None:
        """Show these rows, whatever is coded."""
        self._chosen = tuple(units)
        self.set_filter(RowFilter.CHOSEN)

    def add(self, unit: str) -> None:
        """Give an action unit a row, for good."""
        if unit not in self.all:
            self._settings.set_extra_units([*self._settings.extra_units, unit])
        self.show(unit)

    def show(self, unit: str) -> None:
        """Show a row that something happens in, too."""
        if unit not in self._shown:
            if self._filter is RowFilter.CHOSEN:
                self._chosen = (*self._chosen, unit)
            self._wanted = unit
            self._update()

    def set_known(self, known: Iterable[str], active: Iterable[str]) -> None:
        """Say which have curves, and which of these move."""
        self._known, self._active = tuple(known), tuple(active)
        self._update()

    def set_coded(self, coded: Iterable[str]) -> None:
        """Say which were coded."""
        self._coded = tuple(coded)
        self._update()

    def _find(self) -> tuple[str, ...]:
        if self._filter is RowFilter.CHOSEN:
            return _ordered(self._chosen)
        wanted = (self._wanted,) if self._wanted else ()
        if self._filter is RowFilter.CODED:
            return _ordered((*self._coded, *wanted))
        active = (*self._active, *self._coded, *wanted)
        if self._filter is RowFilter.ACTIVE and self._active:
            return _ordered(active)
        return _ordered((*self.all, *wanted))

    def _update(self) -> None:
        shown = self._find()
        if shown != self._shown:
            self._shown = shown
            self.changed.emit()


def _ordered(units: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(units), key=lambda unit: int(unit.removeprefix("AU"))))
