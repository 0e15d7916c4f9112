"""The pages of the help: which there are, and their text with the keys that are true now."""

from __future__ import annotations

import re
from dataclasses import dataclass

from evface_resources import path
from evface_studio.actions.keymap import Keymap
from evface_studio.actions.table import menu_of

# Names of the pages, as they are read from first to last.
PAGES = (
    "start",
    "pictures",
    "representations",
    "filters",
    "health",
    "landmarks",
    "guided_drag",
    "keyframes",
    "propagate",
    "boxes",
    "coding",
    "suggestions",
    "reaction_time",
    "review",
    "checks",
    "training",
    "models",
    "predictions",
    "annotators",
    "merge",
    "safety",
    "alignment",
    "live",
    "exchange",
    "keys",
)
# {key:undo} becomes the keys of an action, {menu:undo} where it stands in the menus.
PLACEHOLDER = re.compile(r"\{(key|menu):([a-z0-9_]+)\}")


@dataclass(frozen=True)
class Page:
    """One page.

    Parameters
    ----------
    name
        For programs.
    title
        Its first line.
    markdown
        All of it; placeholders stand for keys and menus.
    """

    name: str
    title: str
    markdown: str

    def filled(self, keymap: Keymap) -> str:
        """Return the text with the keys that actions have now.

        An action without keys is named by its place in the menus instead.

        Raises
        ------
        KeyError
            If a placeholder names an action that does not exist.
        """
        return fill(self.markdown, keymap)


def fill(markdown: str, keymap: Keymap) -> str:
    """Put keys and places in the menus where a text names actions; see `Page.filled`."""
    return PLACEHOLDER.sub(lambda found: _in_words(found[1], found[2], keymap), markdown)


def read_page(name: str) -> Page:
    """Read a page.

    Raises
    ------
    FileNotFoundError
        If there is none of that name.
    """
    markdown = path(f"help/{name}.md").read_text(encoding="utf-8")
    title = markdown.split("\n", 1)[0].lstrip("# ").strip()
    return Page(name, title, markdown)


def _in_words(kind: str, key: str, keymap: Keymap) -> str:
    action = keymap.action(key)
    keys = keymap.words(action)
    if kind == "key" and keys:
        return f"**{_literal(keys)}**"
    return f"*{menu_of(action)} › {_literal(action.name)}*"


def _literal(text: str) -> str:
    """Return text that Markdown leaves as it is."""
    return re.sub(r"([\\`*_\[\]<>#+])", r"\\\1", text)
