"""Letting time run, and stepping."""

from __future__ import annotations

from evface_studio.actions.action import HAS_RECORDING, SEPARATOR, ActionInfo, Menu


def _step(key: str, text: str, frames: int, *shortcuts: str) -> ActionInfo:
    return ActionInfo(
        key,
        text,
        lambda commands: commands.playback.step(frames),
        shortcuts,
        "step_forward" if frames == 1 else "step_back" if frames == -1 else "",
        HAS_RECORDING,
        repeats=True,
    )


MENU: Menu = (
    "&Playback",
    (
        ActionInfo(
            "toggle",
            "&Play or pause",
            lambda c: c.playback.toggle(),
            ("Space",),
            "play",
            HAS_RECORDING,
        ),
        ActionInfo(
            "backward",
            "Play &backward",
            lambda c: c.play_backward(),
            ("J",),
            "",
            HAS_RECORDING,
            tip="again: faster",
        ),
        ActionInfo("pause", "P&ause", lambda c: c.playback.pause(), ("K",), "pause", HAS_RECORDING),
        ActionInfo(
            "forward",
            "Play &forward",
            lambda c: c.play_forward(),
            ("L",),
            "",
            HAS_RECORDING,
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
            HAS_RECORDING,
            repeats=True,
        ),
        ActionInfo(
            "window_back",
            "Back by an event w&indow",
            lambda c: c.playback.step_window(-1),
            ("Shift+Left",),
            "",
            HAS_RECORDING,
            repeats=True,
        ),
        SEPARATOR,
        ActionInfo(
            "go_to",
            "&Go to a time or frame…",
            lambda c: c.assistance.palette.go_to(),
            ("Ctrl+J",),
            "go_to",
            HAS_RECORDING,
        ),
        ActionInfo(
            "to_start",
            "Go to the &start",
            lambda c: c.playback.seek(0),
            ("Home",),
            "to_start",
            HAS_RECORDING,
        ),
        ActionInfo(
            "to_end",
            "Go to the &end",
            lambda c: c.playback.seek(c.view_state.duration_us),
            ("End",),
            "to_end",
            HAS_RECORDING,
        ),
        SEPARATOR,
        ActionInfo(
            "slower", "S&lower", lambda c: c.playback.slower(), ("[",), "slower", HAS_RECORDING
        ),
        ActionInfo(
            "faster", "Fas&ter", lambda c: c.playback.faster(), ("]",), "faster", HAS_RECORDING
        ),
    ),
)
