"""The heads of this machine: the open one, and those that the user has imported or built."""

from __future__ import annotations

import functools
import os
import re
import shutil
from pathlib import Path

import numpy as np
import platformdirs

from evface.errors import ModelFileError
from evface.morphable.model import DAMAGE, MorphableModel, load_model, load_open_head

_KEY = re.compile(r"\w[\w .+-]*")


def library_folder() -> Path:
    """Return the folder of the user's data where heads are kept. It may not exist."""
    return Path(platformdirs.user_data_dir("evface", appauthor=False)) / "heads"


def is_key(key: str) -> bool:
    """Return whether a key can be a file's name: it must not lead out of the library."""
    return _KEY.fullmatch(key) is not None


def library_path(key: str) -> Path:
    """Return where the library keeps the head of a key.

    Raises
    ------
    ModelFileError
        If the key, which a file from elsewhere may bring, is no plain name.
    """
    if not is_key(key):
        raise ModelFileError(
            repr(key), "is no name for a head; use letters, digits, blanks, dots, _ and - only"
        )
    return library_folder() / f"{key}.npz"


def installed_heads() -> dict[str, Path | None]:
    """Return the keys of all heads that are here and where they lie; None for the open one.

    A file's name does not matter, its content does. Files that are no heads are left out.
    """
    heads: dict[str, Path | None] = {load_open_head().key: None}
    for path in sorted(library_folder().glob("*.npz")):
        try:
            heads.setdefault(key_of(path), path)
        except ModelFileError:
            continue
    return heads


def is_head(path: Path) -> bool:
    """Return whether a file is a head of ours, by a glance at it."""
    try:
        return bool(key_of(path))
    except ModelFileError:
        return False


def key_of(path: Path) -> str:
    """Return a head file's key without loading all of it.

    Raises
    ------
    ModelFileError
        If it is not a head of ours.
    """
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            return f"{archive['name']}-{archive['version']}"
    except OSError as error:
        raise ModelFileError(path, f"cannot be read: {error.strerror or error}") from error
    except DAMAGE as error:
        raise ModelFileError(path, "is not a head model of evface, or is damaged") from error


def install_head(path: Path) -> str:
    """Put a head's file into the library, unless a head of its key is there; return the key.

    What is fitted with a head keeps its key alone, and must find it again.

    Raises
    ------
    ModelFileError
        If it is not a head of ours, or damaged.
    OSError
        If the library cannot be written.
    """
    model = load_model(path)
    if model.key not in installed_heads():
        target = library_path(model.key)
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            shutil.copyfile(path, temporary)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    return model.key


def find_model(key: str) -> MorphableModel:
    """Load the head of a key, which tracks keep with their coefficients.

    Raises
    ------
    ModelFileError
        If it is not on this machine, or damaged.
    """
    if key == load_open_head().key:
        return load_open_head()
    heads = installed_heads()
    path = heads.get(key)
    if path is None:
        raise ModelFileError(
            key,
            f"this head is not on this machine; import it with `evface head import`, or choose one "
            f"of {', '.join(heads)}",
        )
    return _load(path, path.stat().st_mtime_ns)


def open_head_model(head: str | None) -> MorphableModel:
    """Load a head by its file or its key; the open one when None.

    Raises
    ------
    ModelFileError
        If there is none such.
    """
    if head is None:
        return load_open_head()
    path = Path(head)
    return load_model(path) if path.is_file() else find_model(head)


@functools.lru_cache(maxsize=2)
def _load(path: Path, _changed_ns: int) -> MorphableModel:
    return load_model(path)
