"""Files of arrays with a few words about them: one ``.npz``, whose member ``head`` is JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evface.errors import FileError
from evface.files import ARCHIVE_DAMAGES, replacing


@dataclass(frozen=True)
class Archive:
    """A kind of such files.

    Parameters
    ----------
    format, version
        What stands in the head; files of a later version are refused.
    noun, remedy
        What a file is, and what to do about a damaged one, for the user.
    """

    format: str
    version: int
    noun: str
    remedy: str

    def write(
        self, path: Path, words: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]
    ) -> None:
        """Write a file, all or nothing.

        Parameters
        ----------
        words
            What JSON can hold.
        arrays
            By names without slashes.

        Raises
        ------
        FileError
            If the file cannot be written; what was there before is still there then.
        """
        head = json.dumps({"format": self.format, "version": self.version, **words})
        entries = {"head": np.frombuffer(head.encode(), np.uint8), **arrays}
        with replacing(path) as temporary, temporary.open("wb") as file:
            np.savez(file, allow_pickle=False, **entries)

    @contextmanager
    def reading(self, path: Path) -> Iterator[tuple[dict[str, Any], Mapping[str, NDArray[Any]]]]:
        """Give the block the words and the arrays; nothing in the file is executed.

        Raises
        ------
        FileError
            If the file is missing or something else, or the block finds that it is damaged.
        """
        try:
            # Opened here: numpy leaves the file open where it turns out to be damaged.
            with path.open("rb") as file, np.load(file, allow_pickle=False) as entries:
                words = json.loads(entries["head"].tobytes())
                if words["format"] != self.format:
                    raise ValueError("another format")
                if words["version"] > self.version:
                    raise FileError(path, "was written by a newer evface; update evface")
                yield words, entries
        except OSError as error:
            raise FileError(path, f"cannot be read ({error.strerror or error})") from error
        except ARCHIVE_DAMAGES as error:
            reason = str(error).partition("\n")[0]
            raise FileError(path, f"is not {self.noun} ({reason}); {self.remedy}") from error
