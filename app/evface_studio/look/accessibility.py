"""What screen readers are told of widgets that paint themselves."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QAccessibleWidget, QWidget

_ROLE = "accessible_role"
# Qt deletes them with their widgets, and asks no one else to keep them until then.
_interfaces: dict[int, QAccessibleInterface] = {}


def set_role(widget: QWidget, role: QAccessible.Role, name: str = "") -> None:
    """Say what a widget is, where its class does not, and what it is called."""
    widget.setProperty(_ROLE, role.value)
    if name:
        widget.setAccessibleName(name)


def install_roles() -> None:
    """Let screen readers learn the roles given by `set_role`."""
    QAccessible.installFactory(_make_interface)


def _make_interface(_class_name: str, target: QObject) -> QAccessibleInterface | None:
    if not isinstance(target, QWidget):
        return None
    role = target.property(_ROLE)
    if role is None:
        return None
    number = id(target)
    made = QAccessibleWidget(target, QAccessible.Role(role), target.accessibleName())
    _interfaces[number] = made
    target.destroyed.connect(lambda: _interfaces.pop(number, None))
    return made
