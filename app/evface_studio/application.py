"""Starts the window as the command line says."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from platformdirs import user_log_path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget

from evface_studio.command_line import parse_arguments
from evface_studio.live.choice import choice_of
from evface_studio.live.door import LiveDoor
from evface_studio.live.screenshot import LiveScreenshot
from evface_studio.look.accessibility import install_roles
from evface_studio.look.icons import application_icon
from evface_studio.look.style import apply_theme
from evface_studio.look.text_size import apply_text_size
from evface_studio.look.theme import THEMES
from evface_studio.main_window import MainWindow
from evface_studio.messages.fault_report import FaultReport
from evface_studio.messages.notifications import Level
from evface_studio.screenshot import Screenshot
from evface_studio.settings import Settings

# Long enough for the window to be painted before the imports that stop everything.
_SWITCH_S = 0.0004
_AFTER_PAINTING_MS = 30
_PICTURE_SIZE = (1600, 950)


def run(arguments: Sequence[str]) -> int:
    """Run the application; return its exit code."""
    options = parse_arguments(arguments)
    if not _has_display():
        return _fail("there is no display; start it in a desktop session, or under xvfb-run")
    # Threads read and draw beside the window's own; by Python's default each may keep it waiting
    # for 5 ms, a third of a frame.
    sys.setswitchinterval(_SWITCH_S)
    with ExitStack() as stack:
        application = QApplication(["evface-studio"])
        application.setApplicationName("evface studio")
        application.setWindowIcon(application_icon())
        application.setStyle("Fusion")
        install_roles()
        settings = Settings(
            _settings_path(options, stack),
            theme=THEMES.get(options.theme),
            text_percent=options.text_percent,
        )
        apply_text_size(application, settings.text_percent)
        apply_theme(application, settings.theme)
        faults = FaultReport(user_log_path("evface", appauthor=False) / "studio.log")
        faults.install()
        stack.callback(faults.uninstall)
        window = MainWindow(settings)
        faults.reported.connect(lambda text: window.notifications.show_message(Level.ERROR, text))
        if options.live is not None:
            return _run_live(application, window, options, faults)
        _resize(window, options)
        window.show()
        QTimer.singleShot(_AFTER_PAINTING_MS, window.load_workspace)
        if options.demo:
            window.launcher.make_demo()
            window.assistance.tour_after_demo()
        elif options.paths:
            window.document.open([path.absolute() for path in options.paths])
        if options.screenshot is None:
            if options.at_us is not None:
                _go_to(window, options.at_us)
            if not options.demo and not options.paths:
                window.workspace_loaded.connect(window.assistance.offer_tour)
            return application.exec()
        return _picture(application, window, Screenshot(window, options.screenshot, options.at_us))


def _run_live(
    application: QApplication,
    window: MainWindow,
    options: argparse.Namespace,
    faults: FaultReport,
) -> int:
    """Show a camera; the window comes up when something that was recorded is opened in it."""
    window.live.open(choice_of(options.live, options.rgb) if options.live else None)
    live = window.live.window
    assert live is not None
    faults.reported.connect(partial(_tell_live, window.live))
    _resize(live, options)
    live.side.audience.mirrored.setChecked(options.mirror)
    if options.attract is not None:
        live.side.audience.set_attraction(options.attract.absolute())
    if options.full_screen:
        live.operating.begin()
    if options.screenshot is not None:
        return _picture(application, window, LiveScreenshot(live, options.screenshot))
    code = application.exec()
    window.shut_down()
    return code


def _tell_live(door: LiveDoor, text: str) -> None:
    """Tell of a fault in the live view, while there is one."""
    if door.window is not None:
        door.window.tell(Level.ERROR, text)


def _picture(
    application: QApplication, window: MainWindow, screenshot: Screenshot | LiveScreenshot
) -> int:
    """Run until a picture was saved; return the exit code."""
    problems: list[str] = []
    screenshot.finished.connect(problems.append)
    screenshot.finished.connect(application.quit)
    application.exec()
    window.hide()
    window.shut_down()
    problem = problems[0] if problems else "the window was closed before the picture was taken"
    return _fail(problem) if problem else 0


def _resize(window: QWidget, options: argparse.Namespace) -> None:
    if options.size is not None:
        window.resize(*options.size)
    elif options.screenshot is not None:
        window.resize(*_PICTURE_SIZE)


def _settings_path(options: argparse.Namespace, stack: ExitStack) -> Path | None:
    """Return where settings are kept: pictures look alike anywhere, and leave no trace."""
    if options.screenshot is None:
        return None
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="evface-"))
    return Path(folder) / "studio.ini"


def _go_to(window: MainWindow, at_us: int) -> None:
    """Show a moment of the first recording that comes up."""

    def go() -> None:
        if window.document.recording is not None:
            window.document.tracks_changed.disconnect(go)
            window.view_state.set_time_us(at_us)

    window.document.tracks_changed.connect(go)


def _has_display() -> bool:
    if sys.platform in ("win32", "darwin"):
        return True
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return any(os.environ.get(name) for name in names)


def _fail(problem: str) -> int:
    print(f"error: {problem}", file=sys.stderr)  # noqa: T201
    return 1
