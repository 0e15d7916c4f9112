"""Reading of pickles that hold arrays, without running anything that they ask for."""

from __future__ import annotations

import io
import pickle
import zipfile
import zlib
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from evface.errors import ModelFileError
from evface.morphable.pickled_objects import (
    Array,
    BufferedArray,
    Bytes,
    Chumpy,
    ChumpySelect,
    Collection,
    DType,
    NumpyType,
    Reconstructor,
    Refused,
    Scalar,
    SparseColumns,
    SparseRows,
    StandIn,
    resolve,
    scan,
)
from evface.morphable.pickled_tensors import Tensor, TensorContent

# What broken content makes of the standard library's parsers.
_DAMAGE = (
    pickle.UnpicklingError, ValueError, TypeError, AttributeError, KeyError, IndexError, EOFError,
    UnicodeError, OverflowError, MemoryError, RecursionError, ImportError, zipfile.BadZipFile,
    zlib.error, NotImplementedError, RuntimeError,
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
    scan(content)
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


# What a pickle of arrays may ask for, and what it gets instead.
_GLOBALS = MappingProxyType(
    {
        **{
            (f"numpy.{core}.{module}", name): kind
            for core in ("core", "_core")
            for module, name, kind in (
                ("multiarray", "_reconstruct", Array),
                ("multiarray", "scalar", Scalar),
                ("numeric", "_frombuffer", BufferedArray),
            )
        },
        ("numpy", "ndarray"): NumpyType,
        ("numpy", "dtype"): DType,
        ("scipy.sparse.csc", "csc_matrix"): SparseColumns,
        ("scipy.sparse._csc", "csc_matrix"): SparseColumns,
        ("scipy.sparse.csr", "csr_matrix"): SparseRows,
        ("scipy.sparse._csr", "csr_matrix"): SparseRows,
        ("chumpy.ch", "Ch"): Chumpy,
        ("chumpy", "Ch"): Chumpy,
        ("chumpy.reordering", "Select"): ChumpySelect,
        ("_codecs", "encode"): Bytes,
        ("torch._utils", "_rebuild_tensor_v2"): Tensor,
        ("torch.storage", "_load_from_bytes"): TensorContent,
        ("collections", "OrderedDict"): Collection,
        **{
            (module, name): kind
            for module in ("__builtin__", "builtins")
            for name, kind in (("object", NumpyType), ("set", Collection), ("bytes", Bytes))
        },
        **{(module, "_reconstructor"): Reconstructor for module in ("copy_reg", "copyreg")},
    }
)


class _ArrayUnpickler(pickle.Unpickler):
    """Knows stand-ins that keep what they are given, and no other class or function."""

    def find_class(self, module_name: str, global_name: str, /) -> type[StandIn]:
        found = _GLOBALS.get((module_name, global_name))
        if found is None:
            raise Refused(f"it asks for {module_name}.{global_name}")
        return found
