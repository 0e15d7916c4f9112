"""How many of what, in words."""

from __future__ import annotations

from evface_studio.wording import format_count


def counted(n: int, thing: str) -> str:
    """Return a number of things: ``1 label``, ``12 000 labels``."""
    return f"{format_count(n)} {thing}{'' if n == 1 else 's'}"
