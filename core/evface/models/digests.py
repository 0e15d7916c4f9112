"""The name of a checkpoint's content; asked for by windows too, which have no PyTorch."""

from __future__ import annotations

import hashlib
from pathlib import Path

from evface.errors import ModelFileError

_N_DIGITS = 12


def digest_of(path: Path) -> str:
    """Return the name of a checkpoint's content.

    Raises
    ------
    ModelFileError
        If it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:_N_DIGITS]
    except OSError as error:
        raise ModelFileError(path, f"cannot be read ({error.strerror})") from error
