"""How the command line says things."""

from __future__ import annotations


def counted(n: int, thing: str) -> str:
    """Return a number of things: ``1 recording``, ``12,000 recordings``."""
    return f"{n:,} {thing}{'' if n == 1 else 's'}"
