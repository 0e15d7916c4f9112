"""What Fusion and a palette cannot say: corners, spaces, scroll bars."""

from __future__ import annotations

import re

from PySide6.QtWidgets import QApplication

from evface_resources import path
from evface_studio.look.text_size import scaled
from evface_studio.look.theme import Theme

# Lines stay thin however large text is.
_LENGTH = re.compile(r"\b([3-9]|\d{2,})px")

_SHEET = """
QMainWindow::separator {{ background: {border}; width: 1px; height: 1px; }}
QMainWindow::separator:hover {{ background: {accent}; }}
QSplitter::handle {{ background: {border}; }}
QSplitter::handle:hover {{ background: {accent}; }}
QToolTip {{
    color: {text}; background: {raised}; border: 1px solid {border}; padding: 4px 8px;
}}
QMenuBar {{ background: {background}; padding: 2px 4px; border-bottom: 1px solid {border}; }}
QMenuBar::item {{ padding: 5px 10px; border-radius: 4px; background: transparent; }}
QMenuBar::item:selected {{ background: {hover}; }}
QMenu {{ background: {surface}; border: 1px solid {border}; padding: 4px; }}
QMenu::item {{ padding: 6px 24px 6px 12px; border-radius: 4px; }}
QMenu::item:selected {{ background: {hover}; color: {text}; }}
QMenu::item:disabled {{ color: {disabled}; }}
QMenu::icon {{ padding-left: 8px; }}
QMenu::separator {{ height: 1px; background: {border}; margin: 4px 8px; }}
QStatusBar {{ background: {background}; border-top: 1px solid {border}; }}
QStatusBar::item {{ border: none; }}
QPushButton {{
    background: {raised}; border: 1px solid {border}; border-radius: 4px; padding: 5px 12px;
}}
QPushButton:hover {{ background: {hover}; }}
QPushButton:pressed {{ background: {border}; }}
QPushButton:disabled {{ color: {disabled}; background: {background}; }}
QPushButton:focus {{ border-color: {accent}; }}
QPushButton[primary="true"] {{
    background: {accent}; border-color: {accent}; color: {accent_text}; font-weight: 600;
}}
QPushButton[primary="true"]:hover {{ background: {accent_hover}; }}
QPushButton[primary="true"]:disabled {{
    background: {border}; border-color: {border}; color: {disabled};
}}
QPushButton[primary="true"]:focus {{ border-color: {text}; }}
QToolButton {{ border: 1px solid transparent; border-radius: 4px; padding: 2px; }}
QToolButton:hover {{ background: {hover}; }}
QToolButton:checked {{ background: {chosen}; }}
QToolButton:pressed {{ background: {border}; }}
QToolButton:focus {{ border-color: {accent}; }}
QToolButton::menu-indicator {{ image: none; }}
QPushButton:checked {{ background: {chosen}; border-color: {accent}; }}
QLineEdit, QAbstractSpinBox {{
    background: {background}; border: 1px solid {border}; border-radius: 4px; padding: 3px 6px;
    selection-background-color: {accent}; selection-color: {accent_text};
}}
QLineEdit:focus, QAbstractSpinBox:focus {{ border-color: {accent}; }}
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled {{ color: {disabled}; }}
QComboBox {{
    background: {raised}; border: 1px solid {border}; border-radius: 4px; padding: 3px 4px 3px 8px;
}}
QComboBox:hover {{ background: {hover}; }}
QComboBox:focus {{ border-color: {accent}; }}
QComboBox::drop-down {{ border: none; width: 20px; }}
QComboBox::down-arrow {{ image: url("{caret}"); width: 12px; height: 12px; }}
QComboBox QAbstractItemView {{
    background: {surface}; border: 1px solid {border}; padding: 4px; outline: none;
    selection-background-color: {chosen}; selection-color: {text};
}}
QSlider:horizontal {{ min-height: 16px; }}
QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {border}; }}
QSlider::sub-page:horizontal {{ border-radius: 2px; background: {accent}; }}
QSlider::sub-page:horizontal:disabled {{ background: {disabled}; }}
QSlider::handle:horizontal {{
    width: 14px; height: 14px; margin: -5px 0; border-radius: 7px;
    background: {handle}; border: 1px solid {muted};
}}
QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus {{ border-color: {accent}; }}
QTabWidget::pane {{ border: none; }}
QTabBar {{ qproperty-drawBase: 0; }}
QTabBar::tab {{
    color: {muted}; background: transparent; border: none; border-bottom: 2px solid transparent;
    padding: 6px 12px;
}}
QTabBar::tab:hover {{ color: {text}; }}
QTabBar::tab:selected {{ color: {text}; border-bottom-color: {accent}; }}
QTabBar::tab:focus {{ border-bottom-color: {text}; }}
QListView::indicator, QMenu::indicator, QCheckBox::indicator {{
    width: 14px; height: 14px; border: 1px solid {muted}; border-radius: 3px;
}}
QMenu::indicator {{ margin-left: 8px; }}
QCheckBox::indicator:focus {{ border-color: {accent}; }}
QCheckBox::indicator:disabled {{ border-color: {disabled}; }}
QListView::indicator:checked, QMenu::indicator:checked, QCheckBox::indicator:checked {{
    background: {accent}; border-color: {accent}; image: url("{check}");
}}
QProgressBar {{
    background: {border}; border: none; border-radius: 3px; max-height: 6px; min-height: 6px;
}}
QProgressBar::chunk {{ background: {accent}; border-radius: 3px; }}
QProgressBar[state="succeeded"]::chunk {{ background: {good}; }}
QProgressBar[state="failed"]::chunk {{ background: {error}; }}
QProgressBar[state="cancelled"]::chunk {{ background: {disabled}; }}
QProgressBar[state="paused"]::chunk {{ background: {muted}; }}
QTreeView, QTableView {{
    background: {surface}; border: 1px solid {border}; border-radius: 4px; outline: none;
    alternate-background-color: {surface};
}}
QTreeView::item, QTableView::item {{ padding: 5px 8px; border: none; }}
QTreeView::item:hover, QTableView::item:hover {{ background: {hover}; }}
QTreeView::item:selected, QTableView::item:selected {{ background: {chosen}; color: {text}; }}
QHeaderView {{ background: {surface}; border: none; }}
QHeaderView::section {{
    background: {surface}; color: {muted}; border: none; border-bottom: 1px solid {border};
    padding: 5px 8px;
}}
QListView::item {{ color: {text}; }}
QListView::item:selected {{ background: {chosen}; color: {text}; }}
QListView {{ background: {surface}; border: none; outline: none; }}
QListView[boxed="true"], QPlainTextEdit[boxed="true"] {{
    background: {background}; border: 1px solid {border}; border-radius: 4px; padding: 2px;
}}
QListView[boxed="true"]:focus, QPlainTextEdit[boxed="true"]:focus {{ border-color: {accent}; }}
QListView[boxed="true"]::item {{ padding: 2px 4px; }}
QScrollArea {{ background: {surface}; border: 1px solid transparent; }}
QScrollArea:focus, QTreeView:focus, QTableView:focus, QTextBrowser:focus {{
    border: 1px solid {accent};
}}
QScrollBar {{ background: transparent; }}
QScrollBar:vertical {{ width: 10px; }}
QScrollBar:horizontal {{ height: 10px; }}
QScrollBar::handle {{ background: {border}; border-radius: 3px; margin: 2px; min-height: 24px; }}
QScrollBar::handle:hover {{ background: {muted}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""


def apply_theme(application: QApplication, theme: Theme) -> None:
    """Paint the whole application in the theme's colours."""
    application.setPalette(theme.palette())
    application.setStyleSheet(style_sheet(theme))


def style_sheet(theme: Theme) -> str:
    """Return the style sheet of a theme, its lengths fit for the size of text now."""
    sheet = _LENGTH.sub(lambda match: f"{scaled(int(match[1]))}px", _SHEET)
    return sheet.format(
        background=theme.background,
        surface=theme.surface,
        raised=theme.raised,
        border=theme.border,
        hover=theme.hover,
        chosen=theme.chosen,
        text=theme.text,
        muted=theme.muted,
        disabled=theme.disabled,
        accent=theme.accent,
        accent_hover=theme.accent_hover,
        accent_text=theme.accent_text,
        good=theme.good,
        handle=theme.text if theme.is_dark else theme.surface,
        # Style sheets read forward slashes on every system.
        caret=path(f"icons/caret_{theme.name}.svg").as_posix(),
        check=path(f"icons/check_{theme.name}.svg").as_posix(),
        error=theme.error,
    )
