"""Everything the menus and keys do, in one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from evface_studio.commands import Commands
from evface_studio.view_state import Comparison, Layer

Check = Callable[[Commands], bool]


def _always(_commands: Commands) -> bool:
    return True


def _has_recording(commands: Commands) -> bool:
    return commands.document.recording is not None


def _has_project(commands: Commands) -> bool:
    return commands.document.project is not None


def _has_both(commands: Commands) -> bool:
    return commands.alignment.can_change


def _has_video(commands: Commands) -> bool:
    return commands.alignment.registration is not None


def _can_place(commands: Commands) -> bool:
    return commands.alignment.can_place and commands.view_state.chosen_landmark is not None


def _has_face(commands: Commands) -> bool:
    return commands.alignment.can_find_registration


def _is_lone(commands: Commands) -> bool:
    return _has_recording(commands) and not _has_project(commands)


def _is_open(commands: Commands) -> bool:
    return _has_recording(commands) or _has_project(commands)


@dataclass(frozen=True)
class ActionInfo:
    """One entry of a menu.

    Parameters
    ----------
    key
        Its name for programs.
    text
        Its name for people; ``&`` marks the letter that Alt chooses.
    handler
        What it does.
    shortcuts
        Keys, in the form that Qt reads.
    icon
        Name of a drawing.
    is_enabled
        Whether it can be used now.
    is_checked
        For an entry that is on or off: whether it is on.
    repeats
        Whether holding the keys down does it again and again.
    tip
        Said of it in the list of keys and in the status bar, where the text is not enough.
    """

    key: str
    text: str
    handler: Callable[[Commands], None]
    shortcuts: tuple[str, ...] = ()
    icon: str = ""
    is_enabled: Check = _always
    is_checked: Check | None = None
    repeats: bool = False
    tip: str = ""


# A line between two groups of entries.
SEPARATOR = None
# Where the window puts the list of recent files.
RECENT = "recent"


def _layer(layer: Layer, text: str, shortcut: str) -> ActionInfo:
    return ActionInfo(
        f"show_{layer}",
        text,
        lambda commands: commands.toggle_layer(layer),
        (shortcut,),
        is_checked=lambda commands: commands.view_state.shows(layer),
    )


def _comparison(comparison: Comparison, text: str, shortcut: str) -> ActionInfo:
    return ActionInfo(
        comparison.value,
        text,
        lambda commands: commands.toggle_comparison(comparison),
        (shortcut,),
        "",
        _has_video,
        lambda commands: commands.view_state.comparison is comparison,
    )


def _step(key: str, text: str, frames: int, *shortcuts: str) -> ActionInfo:
    return ActionInfo(
        key,
        text,
        lambda commands: commands.playback.step(frames),
        shortcuts,
        "step_forward" if frames == 1 else "step_back" if frames == -1 else "",
        _has_recording,
        repeats=True,
    )


MENUS: tuple[tuple[str, tuple[ActionInfo | str | None, ...]], ...] = (
    (
        "&File",
        (
            ActionInfo("open", "&Open…", lambda c: c.open(), ("Ctrl+O",), "open"),
            RECENT,
            ActionInfo("demo", "Try the &demo", lambda c: c.run_demo(), icon="demo"),
            SEPARATOR,
            ActionInfo(
                "save_as_project",
                "&Save as project…",
                lambda c: c.save_as_project(),
                ("Ctrl+Shift+S",),
                "save",
                _is_lone,
            ),
            ActionInfo("close", "&Close", lambda c: c.document.close(), ("Ctrl+W",), "", _is_open),
            SEPARATOR,
            ActionInfo("quit", "&Quit", lambda c: c.quit(), ("Ctrl+Q",), "quit"),
        ),
    ),
    (
        "&Edit",
        (
            ActionInfo(
                "undo",
                "&Undo",
                lambda c: c.document.undo(),
                ("Ctrl+Z",),
                "undo",
                lambda c: c.document.undo_stack.canUndo(),
            ),
            ActionInfo(
                "redo",
                "&Redo",
                lambda c: c.document.redo(),
                ("Ctrl+Shift+Z", "Ctrl+Y"),
                "redo",
                lambda c: c.document.undo_stack.canRedo(),
            ),
        ),
    ),
    (
        "&View",
        (
            _layer(Layer.LANDMARKS, "&Landmarks", "Ctrl+1"),
            _layer(Layer.BOX, "Face &box", "Ctrl+2"),
            _layer(Layer.MESH, "&Mesh", "Ctrl+3"),
            _layer(Layer.TRUTH, "Known &truth", "Ctrl+4"),
            SEPARATOR,
            _comparison(Comparison.SWIPE, "S&wipe the video over the events", "Ctrl+5"),
            _comparison(Comparison.BLEND, "Bl&end the video and the events", "Ctrl+6"),
            SEPARATOR,
            ActionInfo(
                "link_zoom",
                "&Zoom both pictures together",
                lambda c: c.view_state.set_links_zoom(not c.view_state.links_zoom),
                ("Ctrl+L",),
                "link",
                is_checked=lambda c: c.view_state.links_zoom,
            ),
            ActionInfo(
                "zoom_in",
                "Timeline: show &less, larger",
                lambda c: c.parts.zoom_timeline(0.6),
                ("Ctrl++", "Ctrl+="),
                "plus",
                _has_recording,
                repeats=True,
            ),
            ActionInfo(
                "zoom_out",
                "Timeline: show m&ore",
                lambda c: c.parts.zoom_timeline(1 / 0.6),
                ("Ctrl+-",),
                "minus",
                _has_recording,
                repeats=True,
            ),
            ActionInfo(
                "zoom_fit",
                "Timeline: show &all",
                lambda c: c.parts.fit_timeline(),
                ("Ctrl+0",),
                "fit",
                _has_recording,
            ),
            SEPARATOR,
            ActionInfo(
                "side_panel",
                "&Recordings and jobs",
                lambda c: c.toggle_panels(),
                ("F9",),
                is_checked=lambda c: c.parts.are_panels_wanted,
            ),
            ActionInfo(
                "alignment",
                "&Alignment and landmark",
                lambda c: c.toggle_alignment(),
                ("F8",),
                is_checked=lambda c: c.parts.is_alignment_wanted,
            ),
            ActionInfo(
                "dark_theme",
                "&Dark theme",
                lambda c: c.toggle_theme(),
                (),
                is_checked=lambda c: c.settings.theme.is_dark,
            ),
            ActionInfo(
                "full_screen",
                "&Full screen",
                lambda c: c.toggle_full_screen(),
                ("F11",),
                is_checked=lambda c: c.is_full_screen(),
            ),
        ),
    ),
    (
        "&Playback",
        (
            ActionInfo(
                "toggle",
                "&Play or pause",
                lambda c: c.playback.toggle(),
                ("Space",),
                "play",
                _has_recording,
            ),
            ActionInfo(
                "backward",
                "Play &backward",
                lambda c: c.play_backward(),
                ("J",),
                "",
                _has_recording,
                tip="again: faster",
            ),
            ActionInfo(
                "pause", "P&ause", lambda c: c.playback.pause(), ("K",), "pause", _has_recording
            ),
            ActionInfo(
                "forward",
                "Play &forward",
                lambda c: c.play_forward(),
                ("L",),
                "",
                _has_recording,
                tip="again: faster",
            ),
            SEPARATOR,
            _step("step_forward", "O&n by a frame", 1, "Right", "."),
            _step("step_back", "Bac&k by a frame", -1, "Left", ","),
            _step("step_forward_4", "On by 4 frames", 4, "Ctrl+Right"),
            _step("step_back_4", "Back by 4 frames", -4, "Ctrl+Left"),
            _step("step_forward_100", "On by 100 frames", 100, "Ctrl+Alt+Right"),
            _step("step_back_100", "Back by 100 frames", -100, "Ctrl+Alt+Left"),
            ActionInfo(
                "window_forward",
                "On by an event &window",
                lambda c: c.playback.step_window(1),
                ("Shift+Right",),
                "",
                _has_recording,
                repeats=True,
            ),
            ActionInfo(
                "window_back",
                "Back by an event w&indow",
                lambda c: c.playback.step_window(-1),
                ("Shift+Left",),
                "",
                _has_recording,
                repeats=True,
            ),
            SEPARATOR,
            ActionInfo(
                "to_start",
                "Go to the &start",
                lambda c: c.playback.seek(0),
                ("Home",),
                "to_start",
                _has_recording,
            ),
            ActionInfo(
                "to_end",
                "Go to the &end",
                lambda c: c.playback.seek(c.view_state.duration_us),
                ("End",),
                "to_end",
                _has_recording,
            ),
            SEPARATOR,
            ActionInfo(
                "slower", "S&lower", lambda c: c.playback.slower(), ("[",), "slower", _has_recording
            ),
            ActionInfo(
                "faster", "Fas&ter", lambda c: c.playback.faster(), ("]",), "faster", _has_recording
            ),
        ),
    ),
    (
        "&Recording",
        (
            ActionInfo(
                "process", "&Process", lambda c: c.process(), ("Ctrl+R",), "process", _is_open
            ),
            ActionInfo(
                "process_all",
                "Process &all",
                lambda c: c.process_all(),
                ("Ctrl+Shift+R",),
                "",
                _has_project,
            ),
            SEPARATOR,
            ActionInfo(
                "find_sync",
                "Find the &clock of the video",
                lambda c: c.find_sync(),
                (),
                "",
                _has_both,
            ),
            ActionInfo(
                "find_registration",
                "Find how the pictures &lie",
                lambda c: c.find_registration(),
                (),
                "",
                _has_face,
            ),
            ActionInfo(
                "mark_frame",
                "&Mark this video frame",
                lambda c: c.mark_frame(),
                ("M",),
                "",
                _has_both,
                tip="a blink or a flash, to align the clocks by",
            ),
            ActionInfo(
                "mark_events",
                "Mark this &event window",
                lambda c: c.mark_events(),
                ("Shift+M",),
                "",
                _has_both,
                tip="the same blink or flash",
            ),
            ActionInfo(
                "place_landmark",
                "Place the chosen landmar&k",
                lambda c: c.view_state.set_placing(not c.view_state.is_placing),
                ("P",),
                "",
                _can_place,
                lambda c: c.view_state.is_placing,
                tip="a click in the event picture says where it is",
            ),
            ActionInfo(
                "let_go",
                "Let &go of the landmark",
                lambda c: c.view_state.choose_landmark(None),
                ("Escape",),
                "",
                lambda c: c.view_state.chosen_landmark is not None,
            ),
            SEPARATOR,
            ActionInfo(
                "add_recording",
                "A&dd recording…",
                lambda c: c.add_recording(),
                (),
                "add",
                _has_project,
            ),
            ActionInfo(
                "relink", "&Find missing files…", lambda c: c.relink(), (), "relink", _has_project
            ),
        ),
    ),
    (
        "&Help",
        (
            ActionInfo("keys", "&Keys", lambda c: c.parts.show_keys(), ("F1",), "keyboard"),
            ActionInfo("about", "&About evface", lambda c: c.parts.show_about(), (), "info"),
        ),
    ),
)


def all_actions() -> tuple[ActionInfo, ...]:
    """Return every entry of every menu."""
    return tuple(
        entry for _, entries in MENUS for entry in entries if isinstance(entry, ActionInfo)
    )
