"""What reading a damaged or foreign file raises, put into words for the user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evface.errors import FileError


@contextmanager
def explained(path: Path, form: str) -> Iterator[None]:
    """Turn what damaged content raises in the block into FileErrors.

    Parameters
    ----------
    path
        The file that is read.
    form
        What it should be, e.g. ``"COCO keypoints"``.
    """
    try:
        yield
    except OSError as error:
        raise FileError(path, f"cannot be read ({error.strerror or error})") from error
    except KeyError as error:
        raise FileError(path, f"is not whole {form} (lacks {error}); write it again") from error
    except (
        ValueError,
        TypeError,
        AttributeError,
        LookupError,
        ArithmeticError,
        RuntimeError,
    ) as error:
        reason = str(error).partition("\n")[0]
        raise FileError(path, f"is not whole {form} ({reason}); write it again") from error
