"""Stores of several values at once, for kernels whose compiler would store them one by one.

Numba unrolls short loops before it looks for what can be done at once, and so does not find them.
The processor's vectors are what LLVM makes of these; there is no bounds check, as in kernels.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

N_LANES = 12
_INDEX = ir.IntType(32)


@intrinsic
def store_equal(_typing: Any, array: Any, at: Any, _value: Any) -> Any:
    """Store a value in ``array[at : at + N_LANES]``, a contiguous array of its type."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array_type = signature.args[0]
        value = context.get_value_as_data(builder, array_type.dtype, arguments[2])
        _store(context, builder, array_type, arguments[:2], _repeated(builder, value))
        return context.get_dummy_value()

    return types.void(array, at, array.dtype), generate


@intrinsic
def store_added(_typing: Any, array: Any, at: Any, _value: Any, table: Any, row: Any) -> Any:
    """Store a value plus each of ``table[row]`` in ``array[at : at + N_LANES]``, all of one type.

    `table` is (n, N_LANES) and contiguous.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[3])(context, builder, arguments[3]).data
        first = builder.mul(arguments[4], ir.Constant(arguments[4].type, N_LANES))
        values = _repeated(builder, arguments[2])
        place = builder.bitcast(builder.gep(data, [first]), values.type.as_pointer())
        added = builder.load(place, align=_n_bytes(values))
        total = builder.add(values, added)
        _store(context, builder, signature.args[0], arguments[:2], total)
        return context.get_dummy_value()

    return types.void(array, at, array.dtype, table, row), generate


def _repeated(builder: Any, value: Any) -> Any:
    values = ir.Constant(ir.VectorType(value.type, N_LANES), ir.Undefined)
    for lane in range(N_LANES):
        values = builder.insert_element(values, value, ir.Constant(_INDEX, lane))
    return values


def _store(context: Any, builder: Any, array_type: Any, array_and_at: Any, values: Any) -> None:
    array, at = array_and_at
    data = context.make_array(array_type)(context, builder, array).data
    place = builder.bitcast(builder.gep(data, [at]), values.type.as_pointer())
    # Events begin anywhere, so no more is known than that each value lies where such values may.
    builder.store(values, place, align=_n_bytes(values))


def _n_bytes(values: Any) -> int:
    return int(values.type.element.width) // 8
