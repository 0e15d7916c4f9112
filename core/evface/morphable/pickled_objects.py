"""Stand-ins for the classes that pickled arrays name: they keep their parts and run nothing."""

from __future__ import annotations

import math
import pickletools
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

_PLAIN_DTYPE = re.compile(r"[biufSU]\d{1,4}|\?")
# Entries of a sparse matrix made full: a hundred times those of FLAME's.
_LARGEST = 1 << 22
# Items of a list with those of the lists in it, which become an array together.
_MOST_ITEMS = 10_000_000
# A pickle of arrays has no use for these: registered extensions, objects and buffers from outside.
_REFUSED_OPCODES = {"EXT1", "EXT2", "EXT4", "PERSID", "NEXT_BUFFER", "READONLY_BUFFER"}
_MEMO_OPCODES = {"PUT", "BINPUT", "LONG_BINPUT"}


class Refused(Exception):
    """A pickle asks for something that it shall not have; the text says what."""


def scan(content: bytes, *, refer_outside: bool = False) -> None:
    """Refuse what the unpickler itself would fall for, before it sees it.

    Parameters
    ----------
    content
        Looked at up to the pickle's end.
    refer_outside
        Whether it may name objects that lie outside of it.

    Raises
    ------
    Refused
    ValueError
        If it is damaged.
    """
    for n_before, (opcode, argument, _) in enumerate(pickletools.genops(content)):
        if opcode.name in _REFUSED_OPCODES or (opcode.name == "BINPERSID" and not refer_outside):
            raise Refused(f"it uses {opcode.name}")
        # The memo is an array: a huge index would take all memory.
        if opcode.name in _MEMO_OPCODES and int(argument or 0) > n_before:
            raise Refused("it fills the memory")


class Sealed(type):
    """A class that a pickle cannot change."""

    def __setattr__(cls, name: str, value: object) -> None:
        raise Refused(f"it changes {cls.__name__}")


class StandIn(metaclass=Sealed):
    """Keeps the arguments and the state that a pickle gives an object."""

    arguments: tuple[Any, ...]
    state: Any

    def __new__(cls, *arguments: Any) -> StandIn:
        """Make one; some pickles do not initialise it afterwards."""
        made = super().__new__(cls)
        made.arguments, made.state = arguments, None
        return made

    def __init__(self, *_: Any) -> None: ...

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def value(self, resolved: Resolver) -> Any:  # noqa: ARG002
        """Return the plain value; `resolved` makes plain values of the parts."""
        raise Refused(f"it holds a bare {type(self).__name__.lower()}")


class Resolver:
    """Replaces stand-ins by their values, each once."""

    def __init__(self) -> None:
        # The originals are kept, so that no other object takes their id.
        self._done: dict[int, tuple[Any, Any]] = {}
        self._n_items: dict[int, int] = {}

    def __call__(self, item: Any) -> Any:
        """Return the plain value of an item."""
        if item is None or isinstance(item, (str, bytes, int, float, complex)):
            return item
        if isinstance(item, bytearray):
            return bytes(item)
        if id(item) not in self._done:
            self._done[id(item)] = (item, _PENDING)
            self._done[id(item)] = (item, self._value(item))
        value = self._done[id(item)][1]
        if value is _PENDING:
            raise Refused("it holds itself")
        return value

    def _value(self, item: Any) -> Any:
        if isinstance(item, StandIn):
            return item.value(self)
        if isinstance(item, dict):
            if not all(isinstance(key, (str, bytes, int)) for key in item):
                raise Refused("it has a dictionary whose keys are no names")
            return {key: self(value) for key, value in item.items()}
        if isinstance(item, (list, tuple, set, frozenset)):
            parts = [self(part) for part in item]
            # A list that is in another twice takes no room here, but does in an array.
            n_items = sum(self._n_items.get(id(part), 1) for part in parts)
            if n_items > _MOST_ITEMS:
                raise Refused("it fills the memory")
            self._n_items[id(parts)] = n_items
            return parts
        raise Refused(f"it holds a {type(item).__name__}")


_PENDING = object()


def resolve(item: Any) -> Any:
    """Return the plain values of what a restricted unpickler made.

    Raises
    ------
    Refused, ValueError, TypeError
        If it is not made of arrays, or they are damaged.
    """
    return Resolver()(item)


class NumpyType(StandIn):
    """`numpy.ndarray` and `object`, which are only named."""


class DType(StandIn):
    """`numpy.dtype`, by its code and byte order."""

    def value(self, resolved: Resolver) -> np.dtype[Any]:
        """Return the type."""
        code = _text(resolved(self.arguments[0]))
        if code in ("O", "O8", "|O"):
            return np.dtype(object)
        if not _PLAIN_DTYPE.fullmatch(code):
            raise Refused(f"it has an array of {code!r}")
        dtype = np.dtype(code)
        if self.state is not None:
            order = _text(resolved(self.state)[1])
            if order == ">":
                dtype = dtype.newbyteorder(">")
            elif order not in ("<", "=", "|"):
                raise ValueError(f"unknown byte order {order!r}")
        return dtype


class Array(StandIn):
    """`numpy.core.multiarray._reconstruct` and the array that it begins."""

    def value(self, resolved: Resolver) -> Any:
        """Return the array, or what lists of objects hold."""
        *_, shape, dtype, is_fortran, content = (resolved(part) for part in self.state)
        return _array(shape, dtype, content, is_fortran=bool(is_fortran))


class BufferedArray(StandIn):
    """`numpy.core.numeric._frombuffer`, by which protocol 5 writes arrays."""

    def value(self, resolved: Resolver) -> Any:
        """Return the array."""
        content, dtype, shape, order = (resolved(part) for part in self.arguments)
        return _array(shape, dtype, content, is_fortran=order == "F")


class Scalar(StandIn):
    """`numpy.core.multiarray.scalar`."""

    def value(self, resolved: Resolver) -> Any:
        """Return the number."""
        dtype, content = self.arguments
        return np.frombuffer(_bytes(resolved(content)), resolved(dtype))[0].item()


class Bytes(StandIn):
    """`_codecs.encode` and `bytes`, by which Python 3 writes bytes in old protocols."""

    def value(self, resolved: Resolver) -> bytes:
        """Return the bytes."""
        return _bytes(resolved(self.arguments[0])) if self.arguments else b""


class Collection(StandIn):
    """`set` and its like, of a list."""

    def value(self, resolved: Resolver) -> list[Any]:
        """Return the items."""
        return list(resolved(self.arguments[0])) if self.arguments else []


class Reconstructor(StandIn):
    """`copy_reg._reconstructor`: an object of the class that it is given."""

    def value(self, resolved: Resolver) -> Any:
        """Return that object's value."""
        kind = self.arguments[0]
        if not (isinstance(kind, type) and issubclass(kind, StandIn)):
            raise Refused("it makes an object of an unknown class")
        made = kind()
        made.state = self.state
        return made.value(resolved)


class SparseColumns(StandIn):
    """`scipy.sparse.csc_matrix`; becomes a full array."""

    def value(self, resolved: Resolver) -> NDArray[np.float64]:
        """Return the matrix."""
        state = resolved(self.state)
        n_rows, n_columns = (int(length) for length in state.get("_shape", state.get("shape")))
        pointers = np.asarray(state["indptr"], np.int64)
        places, values = np.asarray(state["indices"], np.int64), np.asarray(state["data"])
        n_major, n_minor = self._order(n_rows, n_columns)
        if (
            not 0 < n_rows * n_columns <= _LARGEST
            or pointers.shape != (n_major + 1,)
            or pointers[0] != 0
            or (np.diff(pointers) < 0).any()
            or not pointers[-1] == len(places) == len(values)
            or (len(places) and not 0 <= places.min() <= places.max() < n_minor)
        ):
            raise ValueError("a damaged sparse matrix")
        full = np.zeros((n_major, n_minor))
        np.add.at(full, (np.repeat(np.arange(n_major), np.diff(pointers)), places), values)
        return full if (n_major, n_minor) == (n_rows, n_columns) and self._is_by_row else full.T

    _is_by_row = False

    def _order(self, n_rows: int, n_columns: int) -> tuple[int, int]:
        return (n_rows, n_columns) if self._is_by_row else (n_columns, n_rows)


class SparseRows(SparseColumns):
    """`scipy.sparse.csr_matrix`."""

    _is_by_row = True


class Chumpy(StandIn):
    """`chumpy.ch.Ch`: an array, in its state as ``x``."""

    def value(self, resolved: Resolver) -> NDArray[Any]:
        """Return the array."""
        return np.asarray(resolved(self.state["x"]))


class ChumpySelect(StandIn):
    """`chumpy.reordering.Select`: entries of another array."""

    def value(self, resolved: Resolver) -> NDArray[Any]:
        """Return the entries."""
        flat = np.asarray(resolved(self.state["a"])).ravel()
        chosen = flat[np.asarray(resolved(self.state["idxs"]), np.int64)]
        shape = resolved(self.state.get("preferred_shape"))
        return chosen if shape is None else chosen.reshape([int(length) for length in shape])


def _array(shape: Any, dtype: np.dtype[Any], content: Any, *, is_fortran: bool) -> Any:
    lengths = tuple(int(length) for length in shape)
    if any(length < 0 for length in lengths):
        raise ValueError("an array of negative size")
    if dtype.hasobject:
        return content[0] if lengths == () else content
    raw = _bytes(content)
    if len(raw) != math.prod(lengths) * dtype.itemsize:
        raise ValueError("an array with too few or too many values")
    array = np.frombuffer(raw, dtype).reshape(lengths, order="F" if is_fortran else "C")
    return np.ascontiguousarray(array, dtype.newbyteorder("=")).reshape(lengths)


def _text(value: Any) -> str:
    if not isinstance(value, (str, bytes)):
        raise TypeError("expected text")
    return value if isinstance(value, str) else value.decode("latin1")


def _bytes(value: Any) -> bytes:
    if not isinstance(value, (str, bytes)):
        raise TypeError("expected bytes")
    return value if isinstance(value, bytes) else value.encode("latin1")
