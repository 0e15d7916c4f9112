"""HDF5 and NPZ files that hold everything; `evface.interchange.layout` says what is where in them.

Any library of arrays reads them: there are no pickles, and text is plain text.
"""

from __future__ import annotations

import tokenize
import warnings
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from evface.errors import FileError
from evface.files import ARCHIVE_DAMAGES, replacing
from evface.interchange.damage import explained
from evface.interchange.labels import Exported, RecordingLabels
from evface.interchange.layout import arrays_of_labels, head_of_labels, labels_from_arrays

# A damaged file may state arrays of any size; no packing makes them smaller than this.
_SMALLEST_SHARE = 1 / 1100
# From so many bytes on packing pays.
_LARGE = 4096


def write_hdf5(path: Path, labels: RecordingLabels) -> Exported:
    """Write everything that is said of a recording as HDF5, all or nothing.

    The head is the attribute ``head`` of the file.

    Raises
    ------
    FileError
        If it cannot be written.
    """
    arrays = arrays_of_labels(labels)
    with replacing(path) as temporary, h5py.File(temporary, "w") as file:
        file.attrs["head"] = head_of_labels(labels)
        places: dict[int, str] = {}
        # Backwards, tracks come before what is shown. Only that is ever a link: it is not read.
        for name, array in sorted(arrays.items(), reverse=True):
            is_large = array.nbytes > _LARGE
            if array.dtype == object:
                file.create_dataset(name, data=array, dtype=h5py.string_dtype())
            elif is_large and name.startswith("shown/") and id(array) in places:
                file[name] = h5py.SoftLink(f"/{places[id(array)]}")
            else:
                file.create_dataset(
                    name, data=array, compression="gzip" if is_large else None, shuffle=is_large
                )
                places[id(array)] = name
    return Exported(files=(path,), counts=_counts(labels))


def read_hdf5(path: Path) -> RecordingLabels:
    """Read what `write_hdf5` wrote. Nothing in the file is executed, no other file is opened.

    Raises
    ------
    FileError
        If it is missing, damaged or something else.
    """
    with explained(path, "a file of evface labels"):
        arrays: dict[str, NDArray[Any]] = {}
        with h5py.File(path, "r") as file:
            if "head" not in file.attrs:
                raise FileError(path, "is HDF5 of another kind; it has no labels of evface")
            head = str(file.attrs["head"])

            def take(name: str, item: object) -> None:
                if isinstance(item, h5py.Dataset):
                    _check(path, item.nbytes)
                    if item.is_virtual or item.external:
                        raise FileError(path, "takes its arrays from other files, which is refused")
                    is_text = h5py.check_string_dtype(item.dtype) is not None
                    arrays[name] = item.asstr()[...] if is_text else item[...]

            file.visititems(take)
        return labels_from_arrays(head, arrays)


def write_npz(path: Path, labels: RecordingLabels) -> Exported:
    """Write everything that is said of a recording as NPZ, all or nothing.

    The head is the array ``head`` of bytes.

    Raises
    ------
    FileError
        If it cannot be written.
    """
    head = np.frombuffer(head_of_labels(labels).encode(), np.uint8)
    arrays = {
        name: np.array([str(word) for word in array], np.str_) if array.dtype == object else array
        for name, array in arrays_of_labels(labels).items()
    }
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, head=head, **arrays)
    return Exported(files=(path,), counts=_counts(labels))


def read_npz(path: Path) -> RecordingLabels:
    """Read what `write_npz` wrote. Nothing in the file is executed.

    Raises
    ------
    FileError
        If it is missing, damaged or something else.
    """
    try:
        # Opened here: numpy leaves the file open where it turns out to be damaged.
        # It also warns of headers in which it takes damage for age.
        with (
            path.open("rb") as file,
            warnings.catch_warnings(action="ignore"),
            np.load(file, allow_pickle=False) as entries,
        ):
            _check(path, sum(info.file_size for info in entries.zip.infolist()))
            head = entries["head"].tobytes().decode()
            arrays = {name: entries[name] for name in entries.files if name != "head"}
        return labels_from_arrays(head, arrays)
    except OSError as error:
        raise FileError(path, f"cannot be read ({error.strerror or error})") from error
    except (*ARCHIVE_DAMAGES, SyntaxError, tokenize.TokenError) as error:
        reason = str(error).partition("\n")[0]
        raise FileError(
            path, f"is not a whole file of evface labels ({reason}); export it again"
        ) from error


def _counts(labels: RecordingLabels) -> dict[str, int]:
    return {
        "tracks": len(labels.tracks),
        "corrections": sum(map(len, labels.corrections.values())),
        "segments": len(labels.segments),
    }


def _check(path: Path, n_bytes: int) -> None:
    if n_bytes * _SMALLEST_SHARE > path.stat().st_size:
        raise FileError(path, "states more numbers than it can hold; it is damaged")
