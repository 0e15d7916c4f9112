import contextlib
import datetime
import os
import pickle
import struct

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from evface.errors import ModelFileError
from evface.morphable.pickled_objects import Refused
from evface.morphable.pickles import load_pickle, read_arrays

_arrays = hnp.arrays(
    st.sampled_from(["<f8", ">f4", "<i8", ">u2", "?", "<U3", "S2"]),
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0),
)


@given(_arrays, st.integers(0, 5), st.booleans())
def test_arrays_come_back_whatever_their_layout_and_protocol(array, protocol, is_fortran):
    laid_out = np.asarray(array, order="F" if is_fortran else "C")
    again = load_pickle(pickle.dumps({"array": laid_out}, protocol))["array"]
    np.testing.assert_array_equal(again, array)
    assert again.dtype.isnative


@given(_arrays)
def test_python_2_arrays_come_back(python2_pickle, array):
    again = load_pickle(python2_pickle({"array": array, "name": "lbs"}))
    np.testing.assert_array_equal(again["array"], array)
    assert again["name"] == "lbs"


@pytest.mark.parametrize("protocol", [0, 1, 2, 4])
@pytest.mark.parametrize("kind", [scipy.sparse.csc_matrix, scipy.sparse.csr_matrix])
def test_sparse_matrices_become_full(protocol, kind):
    matrix = np.array([[0.0, 1.0, 0.0], [2.0, 0.0, 3.0]])
    np.testing.assert_array_equal(load_pickle(pickle.dumps(kind(matrix), protocol)), matrix)


def test_chumpy_arrays_become_plain(python2_pickle, chumpy_array):
    values = np.arange(6.0).reshape(2, 3)
    again = load_pickle(python2_pickle([chumpy_array(values), np.float64(2.5)]))
    np.testing.assert_array_equal(again[0], values)
    assert type(again[0]) is np.ndarray
    assert again[1] == 2.5


class _Runs:
    def __init__(self, function, *arguments):
        self.made_by = (function, arguments)

    def __reduce__(self):
        return self.made_by


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (os.system, ("touch {path}",)),
        (eval, ("open({path!r}, 'w')",)),
        (exec, ("open({path!r}, 'w')",)),
        (getattr, ("", "join")),
        (datetime.date, (2020, 1, 1)),
        (np.fromfile, ("{path}",)),
        (np.load, ("{path}",)),
    ],
)
def test_a_pickle_that_runs_something_is_refused_and_runs_nothing(
    tmp_path, function, arguments, protocol
):
    mark = tmp_path / "ran"
    filled = [a.format(path=str(mark)) if isinstance(a, str) else a for a in arguments]
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps({"v_template": _Runs(function, *filled)}, protocol))
    with pytest.raises(ModelFileError, match=r"model\.pkl: is refused: it asks for"):
        read_arrays(path)
    assert not mark.exists()


def test_names_with_dots_and_attributes_of_allowed_classes_are_refused():
    for module, name in (("numpy", "ndarray.tofile"), ("numpy", "save"), ("chumpy.ch", "os")):
        content = b"\x80\x04\x8c" + bytes([len(module)]) + module.encode()
        content += b"\x8c" + bytes([len(name)]) + name.encode() + b"\x93."
        with pytest.raises(Refused, match="asks for"):
            load_pickle(content)


def test_a_pickle_cannot_change_the_stand_ins():
    # BUILD on the class itself, with attributes to set.
    content = b"\x80\x02cchumpy.ch\nCh\nN}X\x05\x00\x00\x00valueK\x01s\x86b."
    with pytest.raises((Refused, TypeError)):
        load_pickle(content)
    assert load_pickle(pickle.dumps({"a": 1})) == {"a": 1}


def test_a_pickle_that_fills_the_memory_is_refused():
    with pytest.raises(Refused, match="fills the memory"):
        load_pickle(b"\x80\x02K\x01r" + struct.pack("<I", 2**32 - 1) + b".")


def test_lists_that_grow_when_they_become_arrays_are_refused():
    nested = [1.0]
    for _ in range(40):
        nested = [nested, nested]
    with pytest.raises(Refused, match="fills the memory"):
        load_pickle(pickle.dumps({"a": nested}))


def test_a_list_that_holds_itself_is_refused():
    loop: list = []
    loop.append(loop)
    with pytest.raises(Refused, match="holds itself"):
        load_pickle(pickle.dumps(loop))


def test_a_sparse_matrix_with_places_outside_is_damaged():
    matrix = scipy.sparse.csc_matrix(np.eye(3))
    matrix.indices[1] = 70_000
    with pytest.raises(ValueError, match="sparse"):
        load_pickle(pickle.dumps(matrix))


@given(st.integers(0, 10_000), st.binary(max_size=3))
def test_a_cut_or_changed_pickle_is_an_error_of_ours_or_still_arrays(tmp_path_factory, at, patch):
    whole = pickle.dumps({"a": np.arange(5), "s": scipy.sparse.csc_matrix(np.eye(2))}, 2)
    at %= len(whole)
    path = tmp_path_factory.mktemp("cut") / "model.pkl"
    path.write_bytes(whole[:at] + patch + (whole[at + len(patch) :] if patch else b""))
    with contextlib.suppress(ModelFileError):
        assert isinstance(read_arrays(path), dict)


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"PK\x03\x04", b"\x93NUMPY\x01\x00", b"\x80\x02"]
)
def test_files_of_anything_else_are_named(tmp_path, content):
    path = tmp_path / "model.pkl"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"model\.pkl: is cut, damaged or no file of arrays"):
        read_arrays(path)


def test_npz_and_npy_are_read_with_their_objects(tmp_path):
    np.savez(tmp_path / "a.npz", a=np.arange(3), j=np.array(scipy.sparse.csc_matrix(np.eye(2))))
    again = read_arrays(tmp_path / "a.npz")
    np.testing.assert_array_equal(again["a"], np.arange(3))
    np.testing.assert_array_equal(again["j"], np.eye(2))
    np.save(tmp_path / "b.npy", np.array({"faces": np.ones(2)}, object))
    np.testing.assert_array_equal(read_arrays(tmp_path / "b.npy")["faces"], np.ones(2))


def test_an_npz_with_a_malicious_member_is_refused(tmp_path):
    np.savez(tmp_path / "a.npz", a=np.array([_Runs(os.system, "true")], object))
    with pytest.raises(ModelFileError, match="is refused"):
        read_arrays(tmp_path / "a.npz")


def _torch_tensor(values, shape, strides, first=0, kind=b"LongStorage", n_stored=None):
    """Return the pickle of a tensor, written as torch writes it."""
    n = len(values)
    content = (
        b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03."
        b"\x80\x02}q\x00X\r\x00\x00\x00little_endianq\x01\x88s."
        b"\x80\x02(X\x07\x00\x00\x00storageq\x00ctorch\n" + kind + b"\nq\x01"
        b"X\x01\x00\x00\x007q\x02X\x03\x00\x00\x00cpuq\x03K" + bytes([n]) + b"Ntq\x04Q."
        b"\x80\x02]q\x00X\x01\x00\x00\x007q\x01a."
    )
    content += struct.pack("<q", n if n_stored is None else n_stored) + values.tobytes()
    load = b"ctorch.storage\n_load_from_bytes\nB" + struct.pack("<I", len(content)) + content
    numbers = b"".join(
        b"(" + b"".join(b"K" + bytes([number]) for number in part) + b"t"
        for part in (shape, strides)
    )
    return (
        b"\x80\x03ctorch._utils\n_rebuild_tensor_v2\n("
        + load
        + b"\x85RK"
        + bytes([first])
        + numbers
        + b"\x89ccollections\nOrderedDict\n)RtR."
    )


def test_tensors_of_torch_are_read_without_it():
    values = np.arange(12, dtype="<i8")
    whole = load_pickle(_torch_tensor(values, (3, 4), (4, 1)))
    np.testing.assert_array_equal(whole, values.reshape(3, 4))
    turned = load_pickle(_torch_tensor(values, (4, 2), (1, 4), first=4))
    np.testing.assert_array_equal(turned, values.reshape(3, 4)[1:].T)
    floats = np.array([0.25, 4.0], "<f4")
    np.testing.assert_array_equal(
        load_pickle(_torch_tensor(floats, (2,), (1,), kind=b"FloatStorage")), floats
    )


def test_real_tensors_of_torch_are_read(tmp_path):
    torch = pytest.importorskip("torch")
    stored = {"faces": torch.arange(6).reshape(2, 3).T, "weights": torch.ones(2, 3)}
    np.save(tmp_path / "a.npy", np.array(stored, object), allow_pickle=True)
    again = read_arrays(tmp_path / "a.npy")
    np.testing.assert_array_equal(again["faces"], [[0, 3], [1, 4], [2, 5]])
    np.testing.assert_array_equal(again["weights"], np.ones((2, 3)))


@pytest.mark.parametrize(
    "damaged",
    [
        {"shape": (5, 4), "strides": (4, 1)},
        {"shape": (3, 4), "strides": (4,)},
        {"shape": (12, 250), "strides": (1, 0)},
        {"shape": (3, 4), "strides": (4, 1), "n_stored": 11},
    ],
)
def test_damaged_tensors_are_told(damaged):
    with pytest.raises(ValueError, match=r"tensor|values"):
        load_pickle(_torch_tensor(np.arange(12), **damaged))


def test_a_tensor_of_another_class_is_refused():
    with pytest.raises(Refused, match=r"asks for torch\.Evil"):
        load_pickle(_torch_tensor(np.arange(2), (2,), (1,), kind=b"Evil"))
