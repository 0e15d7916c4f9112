"""Colours: one table of named tokens for the dark and the light look."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor, QPalette

from evface.annotations.tracks import LandmarkState

# Sizes in device-independent pixels: everything sits on a grid of 8, halved where it must be tight.
GRID = 8
ICON = 18


@dataclass(frozen=True)
class Theme:
    """Named colours as ``#rrggbb``. Widgets take colours from here and from nowhere else.

    Parameters
    ----------
    name
        ``"dark"`` or ``"light"``.
    background, surface, raised
        The window; panels and headers; buttons and cards that lie on panels.
    picture
        Behind pictures, where a pane has nothing to show.
    border
        Lines between parts.
    text, muted, disabled
        What is read first; what explains it; what cannot be used now.
    hover, chosen
        Behind what is under the pointer; behind what is switched on or selected.
    accent, accent_hover, accent_text
        The one colour for what can be acted on; text on it.
    cursor
        The time cursor.
    rate
        The curve of events per second.
    invalid
        Behind stretches of time without a face.
    coded, suggested
        Segments of action units, as people coded them and as they are proposed. From the Okabe-Ito
        set; shapes differ as well.
    landmark_auto, landmark_interpolated, landmark_corrected, landmark_verified
        Landmarks by their state. From the Okabe-Ito set, which colour-blind people can tell apart;
        shapes differ as well.
    predicted, landmark_predicted
        What a network says: on panels, and on pictures. Shapes and lines differ as well.
    truth
        Known truth of synthetic recordings, drawn dashed.
    box
        The face's box.
    marked
        On a picture: what is chosen, or under the pointer.
    left_out
        On a picture: events that a filter leaves out.
    curves
        Of plots, in the order they are given out.
    good, warn, error
        Lamps and notifications.
    """

    name: str
    background: str
    surface: str
    raised: str
    picture: str
    border: str
    text: str
    muted: str
    disabled: str
    hover: str
    chosen: str
    accent: str
    accent_hover: str
    accent_text: str
    cursor: str
    rate: str
    invalid: str
    coded: str
    suggested: str
    curves: tuple[str, ...]
    good: str
    warn: str
    error: str
    landmark_auto: str = "#f0e442"
    landmark_interpolated: str = "#b9c4d0"
    landmark_corrected: str = "#d55e00"
    landmark_verified: str = "#56b4e9"
    predicted: str = "#b79cff"
    landmark_predicted: str = "#b07cff"
    truth: str = "#cc79a7"
    box: str = "#f0e442"
    marked: str = "#5aa9ff"
    left_out: str = "#ff2fb3"

    @property
    def is_dark(self) -> bool:
        """Whether text is lighter than what it lies on."""
        return self.name == "dark"

    def landmark(self, state: int) -> str:
        """Return the colour of a landmark in `state`, a `LandmarkState`."""
        return {
            LandmarkState.AUTO: self.landmark_auto,
            LandmarkState.INTERPOLATED: self.landmark_interpolated,
            LandmarkState.CORRECTED: self.landmark_corrected,
            LandmarkState.VERIFIED: self.landmark_verified,
        }[LandmarkState(state)]

    def palette(self) -> QPalette:
        """Return the palette that Fusion paints with."""
        roles = QPalette.ColorRole
        palette = QPalette()
        for role, colour in (
            (roles.Window, self.background),
            (roles.WindowText, self.text),
            (roles.Base, self.surface),
            (roles.AlternateBase, self.raised),
            (roles.ToolTipBase, self.raised),
            (roles.ToolTipText, self.text),
            (roles.PlaceholderText, self.muted),
            (roles.Text, self.text),
            (roles.Button, self.raised),
            (roles.ButtonText, self.text),
            (roles.BrightText, self.error),
            (roles.Link, self.accent),
            (roles.LinkVisited, self.accent),
            (roles.Accent, self.accent),
            (roles.Highlight, self.accent),
            (roles.HighlightedText, self.accent_text),
            (roles.Light, self.raised),
            (roles.Midlight, self.raised),
            (roles.Mid, self.border),
            (roles.Dark, self.border),
            (roles.Shadow, self.background),
        ):
            palette.setColor(role, QColor(colour))
        for role in (roles.WindowText, roles.Text, roles.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(self.disabled))
        palette.setColor(QPalette.ColorGroup.Disabled, roles.Highlight, QColor(self.border))
        return palette


DARK = Theme(
    name="dark",
    background="#14171d",
    surface="#1b1f27",
    raised="#262b36",
    picture="#0e1014",
    border="#343b48",
    text="#e7eaf0",
    muted="#98a2b3",
    disabled="#5a6373",
    hover="#2a303c",
    chosen="#22364f",
    accent="#5aa9ff",
    accent_hover="#7abaff",
    accent_text="#08131f",
    cursor="#ffffff",
    rate="#7d8798",
    invalid="#2c2228",
    coded="#2fc09a",
    suggested="#e69f00",
    curves=(
        "#56b4e9",
        "#e69f00",
        "#2fc09a",
        "#cc79a7",
        "#f0e442",
        "#f0703a",
        "#8f9bff",
        "#b8de6f",
    ),
    good="#3fbf8f",
    warn="#f2b84b",
    error="#ff7a70",
)

LIGHT = Theme(
    name="light",
    background="#eef1f5",
    surface="#ffffff",
    raised="#f6f8fa",
    picture="#dfe4ea",
    border="#ccd3dc",
    text="#18202c",
    muted="#586374",
    disabled="#a3acb9",
    hover="#e3e8ee",
    chosen="#d6e5f9",
    accent="#1f6fd6",
    accent_hover="#1a5fb8",
    accent_text="#ffffff",
    cursor="#18202c",
    rate="#8a94a3",
    invalid="#f6e3e1",
    coded="#00795c",
    suggested="#c65d00",
    predicted="#6d4fd8",
    curves=(
        "#0072b2",
        "#c65d00",
        "#00795c",
        "#b83280",
        "#5b3fa8",
        "#8c2d04",
        "#6b6b00",
        "#0e7490",
    ),
    good="#17795a",
    warn="#8f5b00",
    error="#c0342b",
)

THEMES = {theme.name: theme for theme in (DARK, LIGHT)}
