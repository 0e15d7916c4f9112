import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QDockWidget,
    QGraphicsView,
    QLineEdit,
    QScrollBar,
    QTextEdit,
    QWidget,
)

from evface_studio.look.accessibility import install_roles, set_role

pytestmark = pytest.mark.usefixtures("roles")

KINDS = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QGraphicsView,
    QLineEdit,
    QTextEdit,
)


def name_of(widget):
    return QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)


def is_qts_own(widget):
    """Return whether a widget is a part of another one, which speaks for it."""
    parents = []
    parent = widget.parentWidget()
    while parent is not None:
        parents.append(parent)
        parent = parent.parentWidget()
    inner = (QComboBox, QAbstractSpinBox, QLineEdit)
    return (
        isinstance(widget, QScrollBar)
        or widget.objectName().startswith("qt_")
        or widget.focusProxy() is not None
        or any(isinstance(parent, inner) for parent in parents)
    )


def interactive(window):
    """Return everything in a window that takes keys or clicks."""
    return [
        widget
        for widget in window.findChildren(QWidget)
        if widget.isVisible()
        and not is_qts_own(widget)
        and (isinstance(widget, KINDS) or widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
    ]


def path_of(widget):
    names = []
    while widget is not None:
        names.append(type(widget).__name__)
        widget = widget.parentWidget()
    return " < ".join(names)


@pytest.fixture
def roles(qapp):
    del qapp
    install_roles()
    yield
    QAccessible.installFactory(lambda _name, _target: None)


@pytest.fixture
def opened(qtbot, window, open_in, project_path):
    open_in(window, project_path)
    for dock in window.findChildren(QDockWidget):
        dock.show()
    qtbot.waitUntil(lambda: not window.document.is_busy)
    return window


def test_whatever_can_be_used_has_a_name(opened):
    nameless = [path_of(widget) for widget in interactive(opened) if not name_of(widget)]
    assert nameless == []
    assert len(interactive(opened)) > 25


def test_an_empty_window_has_names_too(window):
    assert [path_of(widget) for widget in interactive(window) if not name_of(widget)] == []


@pytest.mark.parametrize("action", ["keys", "change_keys", "help"])
def test_dialogs_have_names_too(opened, action):
    opened.action(action).trigger()
    dialog = next(
        child for child in opened.children() if isinstance(child, QWidget) and child.isWindow()
    )
    nameless = [path_of(widget) for widget in interactive(dialog) if not name_of(widget)]
    dialog.close()
    assert nameless == []


def test_pictures_say_that_they_are(opened):
    workspace = opened.workspace
    for widget, name in (
        (workspace.rgb_pane.picture, "RGB picture"),
        (workspace.events_pane.picture, "Events picture"),
        (workspace.mesh_pane.view, "Mesh picture"),
    ):
        interface = QAccessible.queryAccessibleInterface(widget)
        assert interface.role() == QAccessible.Role.Graphic
        assert name_of(widget) == name


def test_every_part_says_what_it_is(opened):
    workspace = opened.workspace
    for part in (workspace.rgb_pane, workspace.events_pane, workspace.mesh_pane):
        assert part.accessibleName()
    for dock in opened.findChildren(QDockWidget):
        assert dock.accessibleName()


def test_roles_survive_the_widgets_that_had_them(qapp, qtbot):
    for _ in range(200):
        widget = QWidget()
        set_role(widget, QAccessible.Role.Chart, "curve")
        interface = QAccessible.queryAccessibleInterface(widget)
        assert interface.role() == QAccessible.Role.Chart
        widget.deleteLater()
        del widget, interface
    qapp.processEvents()
    plain = QWidget()
    qtbot.addWidget(plain)
    assert QAccessible.queryAccessibleInterface(plain).role() != QAccessible.Role.Chart
