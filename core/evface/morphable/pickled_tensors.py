"""Tensors of torch inside a pickle, as torch itself pickles them, read without torch."""

from __future__ import annotations

import io
import math
import pickle
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from evface.morphable.pickled_objects import Refused, Resolver, Sealed, StandIn, scan

_MAGIC, _PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
_CODES = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "ByteStorage": "<u1",
}
# Classes, because a pickle names them as such; nothing is ever made of them.
_KINDS: Mapping[str, type[StandIn]] = MappingProxyType(
    {name: cast(type[StandIn], Sealed(name, (StandIn,), {})) for name in _CODES}
)


class TensorContent(StandIn):
    """`torch.storage._load_from_bytes`: the values of tensors, one after the other."""

    def value(self, resolved: Resolver) -> NDArray[Any]:
        """Return them, (n,)."""
        content = resolved(self.arguments[0])
        if not isinstance(content, bytes):
            raise TypeError("expected bytes")
        return _read_storage(content)


class Tensor(StandIn):
    """`torch._utils._rebuild_tensor_v2`: a view of such values."""

    def value(self, resolved: Resolver) -> NDArray[Any]:
        """Return the view as an array of its own."""
        values, first, shape, strides = (resolved(part) for part in self.arguments[:4])
        lengths, steps = [int(n) for n in shape], [int(n) for n in strides]
        if len(lengths) != len(steps) or min([first, *lengths, *steps]) < 0:
            raise ValueError("a damaged tensor")
        if 0 in lengths:
            return np.empty(lengths, values.dtype)
        # A step of 0 repeats values: no model has use for that, and it could ask for any memory.
        if math.prod(lengths) > len(values):
            raise ValueError("a tensor larger than its values")
        last = first + sum((n - 1) * step for n, step in zip(lengths, steps, strict=True))
        if last >= len(values):
            raise ValueError("a tensor with too few values")
        itemsize = values.itemsize
        view = np.lib.stride_tricks.as_strided(
            values[first:], lengths, [step * itemsize for step in steps], writeable=False
        )
        return np.ascontiguousarray(view).reshape(lengths)


class _StorageUnpickler(pickle.Unpickler):
    def find_class(self, module_name: str, global_name: str, /) -> type[StandIn]:
        if module_name != "torch" or global_name not in _KINDS:
            raise Refused(f"it asks for {module_name}.{global_name}")
        return _KINDS[global_name]

    def persistent_load(self, pid: Any) -> Any:
        return pid


def _read_storage(content: bytes) -> NDArray[Any]:
    """Read what `torch.save` writes of one storage: five pickles, then its values."""
    stream = io.BytesIO(content)

    def load() -> Any:
        scan(content[stream.tell() :], refer_outside=True)
        return _StorageUnpickler(stream).load()

    magic, protocol, system = load(), load(), load()
    if magic != _MAGIC or protocol != _PROTOCOL or not system.get("little_endian"):
        raise ValueError("no values of torch's")
    tag, kind, key, _, n_values, *_ = load()
    if tag != "storage" or load() != [key]:
        raise ValueError("more than the values of one tensor")
    codes = [code for name, code in _CODES.items() if kind is _KINDS[name]]
    start = stream.tell()
    (n_stored,) = np.frombuffer(content, "<i8", 1, start)
    if not codes or n_stored != n_values:
        raise ValueError("values of an unknown kind or number")
    return np.frombuffer(content, codes[0], int(n_values), start + 8)
