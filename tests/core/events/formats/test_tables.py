from __future__ import annotations

import h5py
import numpy as np
import pytest
from encoding_others import rows_at_random
from fuzzing import N_EXAMPLES, fuzz, mutations, open_damaged
from hypothesis import given, settings
from hypothesis import strategies as st

from evface.errors import EventFileError
from evface.events.events import EVENT_DTYPE
from evface.events.sources import open_events

ROWS = rows_at_random(3000, resolution=(346, 260))


def check_rows(source, rows=ROWS):
    events = source.read(0, source.duration_us)
    np.testing.assert_array_equal(events.t + source.origin_us, rows[:, 0])
    for column, name in ((1, "x"), (2, "y"), (3, "p")):
        np.testing.assert_array_equal(getattr(events, name), rows[:, column])


def lines(rows, form="{0},{1},{2},{3}"):
    return "\n".join(form.format(*row) for row in rows.tolist()) + "\n"


TEXTS = {
    "a header": ("t,x,y,p\n", "{0},{1},{2},{3}"),
    "another order": ("x;y;p;timestamp_us\n", "{1};{2};{3};{0}"),
    "a comment for a header": ("# x y t[ns] polarity\n", "{1} {2} {0}000 {3}"),
    "more columns": ("id,t,x,y,p,w\n", "7,{0},{1},{2},{3},0.5"),
    "quotes and spaces": ('"t", "x", "y", "p"\r\n', '"{0}",  {1}, {2}, {3}\r'),
    "no header": ("", "{0} {1} {2} {3}"),
    "no header, the time last": ("", "{1}\t{2}\t{3}\t{0}"),
    "no header, the polarity first": ("", "{3},{1},{2},{0}"),
    "the sensor first": ("346 260\n", "{0} {1} {2} {3}"),
    "exponents": ("t_s,x,y,p\n", "{0}e-6,{1}.0,{2}e0,{3}"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_text_is_read_whatever_its_form(name, tmp_path, opened):
    header, form = TEXTS[name]
    path = tmp_path / "a.csv"
    path.write_text(header + lines(ROWS, form), newline="")
    source = opened(path)
    assert (source.format, source.resolution) == ("text table", (346, 260))
    check_rows(source)


def test_seconds_are_told_by_their_fractions(tmp_path, opened):
    path = tmp_path / "a.txt"
    text = "\n".join(f"{1_600_000_000 + t / 1e6:.6f} {x} {y} {p}" for t, x, y, p in ROWS.tolist())
    path.write_text(text)
    source = opened(path)
    np.testing.assert_array_equal(source.read(0, 10**9).t, ROWS[:, 0] - ROWS[0, 0])
    assert "times are taken to be in seconds" in source.warnings


def test_words_stand_for_polarities(tmp_path, opened):
    path = tmp_path / "a.csv"
    words = [f"{t},{x},{y},{bool(p)}" for t, x, y, p in ROWS.tolist()]
    path.write_text("t,x,y,p\n" + "\n".join(words))
    check_rows(opened(path))


def test_the_columns_can_be_stated(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(lines(np.column_stack([ROWS, ROWS[:, 0]]), "9,{2},{1},{0},{3}"))
    with pytest.raises(EventFileError, match="--columns"):
        open_events(path)
    source = open_events(path, columns="-,y,x,t_us,p")
    check_rows(source)
    source.close()


def test_lines_that_are_none_are_left_out_and_counted(tmp_path, opened):
    text = lines(ROWS).splitlines()
    text[500], text[1500] = "nonsense", "1,2"
    path = tmp_path / "a.csv"
    path.write_text("t_us,x,y,p\n" + "\n".join(text) + "\n")
    source = opened(path)
    assert source.n_events == len(ROWS) - 2
    assert source.findings.n_damaged_words == 2


def test_a_text_cut_within_a_line_is_told(tmp_path, opened):
    path = tmp_path / "a.csv"
    path.write_text("t_us,x,y,p\n" + lines(ROWS) + "99999999,3")
    source = opened(path)
    check_rows(source)
    assert source.findings.n_cut_bytes == 10


def save_npz(path, rows):
    np.savez_compressed(path, t=rows[:, 0], x=rows[:, 1], y=rows[:, 2], p=rows[:, 3])


def save_structured(path, rows):
    table = np.empty(len(rows), EVENT_DTYPE)
    for column, name in enumerate("txyp"):
        table[name] = rows[:, column]
    np.save(path, table)


NUMPY = {
    "named.npz": save_npz,
    "structured.npy": save_structured,
    "columns.npy": np.save,
    "floats.npy": lambda path, rows: np.save(path, rows.astype(np.float64)),
    "events.npz": lambda path, rows: np.savez(path, events=rows),
}


@pytest.mark.parametrize("name", NUMPY)
def test_numpy_s_files_are_read(name, tmp_path, opened):
    NUMPY[name](tmp_path / name, ROWS)
    source = opened(tmp_path / name)
    assert source.resolution == (346, 260)
    check_rows(source)


def test_an_array_cut_off_is_read_up_to_the_cut(tmp_path, opened):
    save_structured(tmp_path / "a.npy", ROWS)
    data = (tmp_path / "a.npy").read_bytes()
    (tmp_path / "a.npy").write_bytes(data[:-1000])
    source = opened(tmp_path / "a.npy")
    check_rows(source, ROWS[: source.n_events])
    assert len(ROWS) - source.n_events == 77
    assert source.findings.n_cut_bytes > 0


def test_objects_are_refused(tmp_path, opened):
    np.save(tmp_path / "a.npy", np.array([{}] * 10, dtype=object), allow_pickle=True)
    with pytest.raises(EventFileError, match="objects"):
        opened(tmp_path / "a.npy")


@pytest.mark.parametrize("dtype", ["V0", "V2000000000", "S4", "O", "c16"])
def test_what_is_no_number_is_refused(dtype, tmp_path, opened):
    header = f"{{'descr': [('t', '<i8'), ('x', '{dtype}'), ('y', '<u2'), ('p', '?')], "
    header += "'fortran_order': False, 'shape': (100,), }\n"
    data = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode()
    (tmp_path / "a.npy").write_bytes(data + bytes(4000))
    with pytest.raises(EventFileError):
        opened(tmp_path / "a.npy")


def test_columns_of_words_are_refused(tmp_path, opened):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        for name in "txy":
            file[name] = ROWS[:, 0]
        file["p"] = ["on"] * len(ROWS)
    with pytest.raises(EventFileError, match="not of numbers"):
        opened(path)


def test_other_arrays_are_told(tmp_path, opened):
    np.savez(tmp_path / "a.npz", weights=np.zeros(3), bias=np.zeros(3))
    with pytest.raises(EventFileError, match="weights, bias"):
        opened(tmp_path / "a.npz")


def test_an_archive_that_claims_more_than_it_holds_takes_no_memory(tmp_path, opened):
    save_npz(tmp_path / "a.npz", ROWS)
    path = tmp_path / "b.npy"
    header = b"{'descr': '<i8', 'fortran_order': False, 'shape': (9999999999999, 4), }"
    path.write_bytes(
        b"\x93NUMPY\x01\x00" + (len(header) + 1).to_bytes(2, "little") + header + b"\n"
        + ROWS.astype("<i8").tobytes()
    )  # fmt: skip
    source = opened(path)
    check_rows(source)


HDF5 = {
    "events/x": {f"events/{name}": k for k, name in enumerate("txyp")},
    "events/xs": {f"events/{name}s": k for k, name in enumerate("txyp")},
    "the root": dict(zip("txyp", range(4), strict=True)),
    "other names": {"data/time_us": 0, "data/col": 1, "data/row": 2, "data/polarity": 3},
}


@pytest.mark.parametrize("name", HDF5)
def test_plain_hdf5_is_read(name, tmp_path, opened):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        for place, column in HDF5[name].items():
            file[place] = ROWS[:, column]
        file.attrs["sensor_resolution"] = (260, 346)
    source = opened(path)
    assert (source.format, source.resolution) == ("plain HDF5", (346, 260))
    check_rows(source)


def test_the_layout_of_mvsec_is_read(tmp_path, opened):
    table = ROWS[:, [1, 2, 0, 3]].astype(np.float64)
    table[:, 2] = 1.5e9 + table[:, 2] / 1e6
    table[:, 3] = 2 * table[:, 3] - 1
    path = tmp_path / "a.hdf5"
    with h5py.File(path, "w") as file:
        file["davis/right/events"] = table[:10]
        file["davis/left/events"] = table
        file["davis/left/image_raw"] = np.zeros((2, 3, 4), np.uint8)
    source = opened(path)
    events = source.read(0, source.duration_us)
    np.testing.assert_allclose(events.t, ROWS[:, 0] - ROWS[0, 0], atol=1)
    np.testing.assert_array_equal(events.p, ROWS[:, 3])
    assert "times are taken to be in seconds" in source.warnings


def test_links_to_other_files_are_not_followed(tmp_path, opened):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        for k, name in enumerate("txyp"):
            file[name] = ROWS[:, k]
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for name in "txyp":
            file[f"events/{name}"] = h5py.ExternalLink("other.h5", name)
    with pytest.raises(EventFileError, match="without events"):
        opened(tmp_path / "a.h5")


def test_events_out_of_order_are_refused_in_plain_words(tmp_path, opened):
    shuffled = np.random.default_rng(0).permutation(ROWS)
    path = tmp_path / "a.csv"
    path.write_text("t_us,x,y,p\n" + lines(shuffled))
    with pytest.raises(EventFileError, match="sort them by time"):
        opened(path)


def write_hdf5(path, rows):
    with h5py.File(path, "w") as file:
        for k, name in enumerate("txyp"):
            file.create_dataset(f"events/{name}", data=rows[:, k], chunks=(100,), compression=1)


def write_text(path, rows):
    path.write_text("t,x,y,p\n" + lines(rows))


@pytest.mark.parametrize(
    ("name", "write"),
    [("a.npz", save_npz), ("a.npy", save_structured), ("a.csv", write_text), ("a.h5", write_hdf5)],
)
def test_no_damage_does_harm(name, write, tmp_path_factory):
    path = tmp_path_factory.mktemp("fuzz") / name
    write(path, ROWS[:400])
    valid = path.read_bytes()
    open_damaged(path, valid)

    # HDF5 is decoded in a process of its own each time.
    n_examples = max(N_EXAMPLES // 8, 1) if path.suffix == ".h5" else N_EXAMPLES

    @settings(fuzz, max_examples=n_examples)
    @given(data=st.data())
    def damaged(data):
        open_damaged(path, data.draw(mutations(valid)))

    damaged()
