"""Reading of pickles that hold arrays, without running anything that they ask for."""

from __future__ import annotations

import io
import pickle
import pickletools
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from evface.errors import ModelFileError
from evface.morphable.pickled_objects import GLOBALS, Refused, StandIn, resolve

# A pickle of arrays has no use for these: registered extensions, objects and buffers from outside.
_REFUSED_OPCODES = {"EXT1", "EXT2", "EXT4", "PERSID", "BINPERSID", "NEXT_BUFFER", "READONLY_BUFFER"}
_MEMO_OPCODES = {"PUT", "BINPUT", "LONG_BINPUT"}
# What broken content makes of the standard library's parsers.
_DAMAGE = (
    pickle.UnpicklingError, ValueError, TypeError, AttributeError, KeyError, IndexError, EOFError,
    UnicodeError, OverflowError, MemoryError, RecursionError, ImportError, zipfile.BadZipFile,
)  # fmt: skip


def read_arrays(path: Path) -> dict[str, Any]:
    """Read a file of named arrays: a pickled dictionary, an .npz, or an .npy that holds one.

    Nothing in the file is called, imported or executed. Arrays of numpy, sparse matrices of scipy,
    tensors of torch and the arrays of chumpy, of which the official FLAME files are made, become
    numpy arrays; whatever else a pickle asks for is refused.

    Parameters
    ----------
    path
        Pickles of Python 2 and 3, by any of their protocols.

    Returns
    -------
    dict
        Of arrays, numbers, text, and lists and dictionaries of these.

    Raises
    ------
    ModelFileError
        If the file is not one of these, is damaged, or asks for anything else.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelFileError(path, f"cannot be read: {error.strerror or error}") from error
    try:
        values = _read(content)
    except Refused as refused:
        raise ModelFileError(
            path, f"is refused: {refused}; evface reads arrays from pickles and runs nothing"
        ) from refused
    except _DAMAGE as error:
        raise ModelFileError(
            path, "is cut, damaged or no file of arrays; fetch it again"
        ) from error
    if not isinstance(values, dict):
        raise ModelFileError(path, "holds no named arrays; give another file")
    return {str(key): value for key, value in values.items()}


def load_pickle(content: bytes) -> Any:
    """Return what a pickle holds, its arrays as numpy's.

    Raises
    ------
    Refused
        If it asks for anything but arrays.
    ValueError
        And many others, if it is damaged.
    """
    _scan(content)
    return resolve(_ArrayUnpickler(io.BytesIO(content), encoding="latin1").load())


def _read(content: bytes) -> Any:
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {
                name.removesuffix(".npy"): _read_npy(archive.read(name))
                for name in archive.namelist()
            }
    return _read_npy(content) if content.startswith(b"\x93NUMPY") else load_pickle(content)


def _read_npy(content: bytes) -> Any:
    stream = io.BytesIO(content)
    version = np.lib.format.read_magic(stream)
    read_header = (
        np.lib.format.read_array_header_1_0
        if version == (1, 0)
        else np.lib.format.read_array_header_2_0
    )
    _, _, dtype = read_header(stream)
    if dtype.hasobject:
        return load_pickle(content[stream.tell() :])
    return np.load(io.BytesIO(content), allow_pickle=False)


def _scan(content: bytes) -> None:
    """Refuse what the unpickler itself would fall for, before it sees it."""
    for n_before, (opcode, argument, _) in enumerate(pickletools.genops(content)):
        if opcode.name in _REFUSED_OPCODES:
            raise Refused(f"it uses {opcode.name}")
        # The memo is an array: a huge index would take all memory.
        if opcode.name in _MEMO_OPCODES and int(argument or 0) > n_before:
            raise Refused("it fills the memory")


class _ArrayUnpickler(pickle.Unpickler):
    """Knows stand-ins that keep what they are given, and no other class or function."""

    def find_class(self, module_name: str, global_name: str, /) -> type[StandIn]:
        found = GLOBALS.get((module_name, global_name))
        if found is None:
            raise Refused(f"it asks for {module_name}.{global_name}")
        return found
