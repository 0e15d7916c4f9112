"""Files that ship with evface: the open head, landmark tables, icons, help pages."""

from pathlib import Path


def path(name: str) -> Path:
    """Return where the resource `name` lies, e.g. ``"open_head.npz"``.

    Raises
    ------
    FileNotFoundError
        If evface ships no such resource.
    """
    found = Path(__file__).parent / name
    if not found.exists():
        raise FileNotFoundError(f"evface ships no resource named {name!r}")
    return found
