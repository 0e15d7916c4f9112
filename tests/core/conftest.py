"""A project with its media; FLAME's files as their makers wrote them, with arrays of ours."""

import io
import pickle
import shutil
import struct
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import scipy.sparse

from evface.events.events import Events
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.morphable.model import load_open_head
from evface.projects.entries import RecordingEntry
from evface.projects.project import Project
from evface.video.writer import write_video

_OLD_NAMES = {
    "numpy._core.multiarray": "numpy.core.multiarray",
    "scipy.sparse._csc": "scipy.sparse.csc",
    "copyreg": "copy_reg",
    "builtins": "__builtin__",
}


def _chumpy():
    """Return stand-ins for chumpy's modules, whose classes pickle as chumpy's do."""
    package, ch = types.ModuleType("chumpy"), types.ModuleType("chumpy.ch")

    class Ch:
        def __init__(self, x):
            self.x = np.asarray(x, np.float64)
            self._dirty_vars = {"x"}
            self._itr = None
            self._make_dense = False
            self._make_sparse = False
            self._depends_on_deps = {}

    Ch.__module__, Ch.__qualname__ = "chumpy.ch", "Ch"
    ch.Ch = Ch
    return {"chumpy": package, "chumpy.ch": ch}


_CHUMPY = _chumpy()


class _Python2Pickler(pickle._Pickler):
    """Protocol 2 with Python 2's byte strings for text and for the content of arrays."""

    dispatch: ClassVar = dict(pickle._Pickler.dispatch)

    def _save_string(self, text):
        content = text.encode("latin1") if isinstance(text, str) else text
        if len(content) < 256:
            self.write(pickle.SHORT_BINSTRING + bytes([len(content)]) + content)
        else:
            self.write(pickle.BINSTRING + struct.pack("<i", len(content)) + content)
        self.memoize(text)

    dispatch[str] = _save_string
    dispatch[bytes] = _save_string

    def save_global(self, obj, name=None):
        name = name or getattr(obj, "__qualname__", obj.__name__)
        module = _OLD_NAMES.get(obj.__module__, obj.__module__)
        self.write(pickle.GLOBAL + f"{module}\n{name}\n".encode())
        self.memoize(obj)

    dispatch[type] = save_global
    dispatch[types.FunctionType] = save_global
    dispatch[types.BuiltinFunctionType] = save_global


def _python2_pickle(item):
    """Return the bytes that Python 2 would have pickled, protocol 2."""
    sys.modules.update(_CHUMPY)
    try:
        stream = io.BytesIO()
        _Python2Pickler(stream, protocol=2).dump(item)
    finally:
        for name in _CHUMPY:
            del sys.modules[name]
    return stream.getvalue()


@pytest.fixture(scope="session")
def python2_pickle():
    """Return a function that pickles as Python 2 did."""
    return _python2_pickle


@pytest.fixture(scope="session")
def chumpy_array():
    """Return chumpy's class of arrays."""
    return _CHUMPY["chumpy.ch"].Ch


@pytest.fixture(scope="session")
def flame_arrays():
    """Return arrays of FLAME's shapes, in metres: the open head with a jaw that turns."""
    head = load_open_head()
    # As many vertices and triangles as FLAME has, the landmarks among them.
    unused = np.setdiff1d(np.arange(head.n_vertices), np.unique(head.contour))
    unused = np.setdiff1d(unused, head.landmarks)[5023 - head.n_vertices :]
    kept = np.setdiff1d(np.arange(head.n_vertices), unused)
    place = np.full(head.n_vertices, -1)
    place[kept] = np.arange(5023)
    triangles = place[head.triangles]
    triangles = triangles[(triangles >= 0).all(axis=1)]
    triangles = np.concatenate([triangles, np.tile(triangles[:1], (9976 - len(triangles), 1))])
    template = head.mean_shape[kept].astype(np.float64) * 1e-3
    shapes = np.zeros((5023, 3, 400))
    shapes[..., :4] = head.identity_basis[:4, kept].transpose(1, 2, 0) * 1e-3
    shapes[..., 300:304] = head.action_unit_basis[:4, kept].transpose(1, 2, 0) * 1e-3
    regressor = np.zeros((5, 5023))
    regressor[:2, 4000:4004], regressor[3, 100], regressor[4, 200] = 0.25, 1.0, 1.0
    regressor[2, place[head.landmarks[[0, 16]]]] = 0.5
    jaw = (template[:, 1] < template[place[head.landmarks[66]], 1]) & (template[:, 2] > 0.02)
    weights = np.zeros((5023, 5))
    weights[:, 1], weights[jaw, 1], weights[jaw, 2] = 1.0, 0.2, 0.8
    corrections = np.zeros((5023, 3, 36))
    corrections[jaw, 1, 9:18] = 1e-3 * np.arange(9)
    arrays = {
        "f": triangles.astype(np.uint32),
        "J_regressor": regressor,
        "kintree_table": np.array([[2**32 - 1, 0, 1, 1, 1], [0, 1, 2, 3, 4]], np.uint32),
        "J": regressor @ template,
        "weights": weights,
        "posedirs": corrections,
        "v_template": template,
        "shapedirs": shapes,
        "bs_style": "lbs",
        "bs_type": "lrotmin",
    }
    return arrays, place


@pytest.fixture(scope="session")
def flame_pickle(flame_arrays, python2_pickle, chumpy_array):
    """Return the bytes of a FLAME file as Python 2 pickled it."""
    arrays, _ = flame_arrays
    stored = dict(arrays)
    for key in ("v_template", "shapedirs", "posedirs", "weights", "J"):
        stored[key] = chumpy_array(arrays[key])
    stored["J_regressor"] = scipy.sparse.csc_matrix(arrays["J_regressor"])
    return python2_pickle(stored)


@pytest.fixture(scope="session")
def flame_embedding(flame_arrays):
    """Return the arrays of ``landmark_embedding.npy`` for `flame_arrays`."""
    arrays, place = flame_arrays
    head = load_open_head()
    triangles = arrays["f"].astype(np.int64)

    def on_triangles(vertices):
        flat = np.ravel(place[vertices])
        index = np.array([np.flatnonzero((triangles == vertex).any(axis=1))[0] for vertex in flat])
        weights = np.where(triangles[index] == flat[:, None], 0.8, 0.1)
        return index.reshape(np.shape(vertices)), weights.reshape(*np.shape(vertices), 3)

    degrees = np.concatenate([np.arange(40), -np.arange(1, 40)])
    rows = np.abs(head.contour_yaw_deg[None] - degrees[:, None]).argmin(axis=1)
    embedding = {}
    for part, vertices in (
        ("static", head.landmarks[17:]),
        ("dynamic", head.contour[rows]),
        ("full", head.landmarks[None]),
    ):
        index, weights = on_triangles(vertices)
        embedding[f"{part}_lmk_faces_idx"] = index
        embedding[f"{part}_lmk_bary_coords"] = weights
    return embedding


@pytest.fixture(scope="session")
def flame_folder(tmp_path_factory, flame_pickle, flame_embedding, python2_pickle):
    """Return a folder as FLAME 2020 comes, with its embeddings; not to be changed."""
    folder = tmp_path_factory.mktemp("FLAME2020")
    (folder / "generic_model.pkl").write_bytes(flame_pickle)
    np.save(folder / "landmark_embedding.npy", np.array(flame_embedding, object))
    static = {
        "lmk_face_idx": flame_embedding["static_lmk_faces_idx"],
        "lmk_b_coords": flame_embedding["static_lmk_bary_coords"],
    }
    (folder / "flame_static_embedding.pkl").write_bytes(python2_pickle(static))
    dynamic = {
        "lmk_face_idx": flame_embedding["dynamic_lmk_faces_idx"],
        "lmk_b_coords": flame_embedding["dynamic_lmk_bary_coords"],
    }
    np.save(folder / "flame_dynamic_embedding.npy", np.array(dynamic, object))
    return folder


def _write_ply(path, vertices, triangles):
    path.parent.mkdir(parents=True, exist_ok=True)
    header = (
        f"ply\nformat binary_little_endian 1.0\nelement vertex {len(vertices)}\n"
        "property float x\nproperty float y\nproperty float z\n"
        f"element face {len(triangles)}\nproperty list uchar int vertex_indices\nend_header\n"
    )
    faces = np.empty(len(triangles), [("n", "u1"), ("corners", "<i4", 3)])
    faces["n"], faces["corners"] = 3, triangles
    content = np.asarray(vertices, "<f4").tobytes() + faces.tobytes()
    path.write_bytes(header.encode() + content)


@pytest.fixture(scope="session")
def write_ply():
    """Return a function that writes a mesh as a binary .ply."""
    return _write_ply


@pytest.fixture(scope="session")
def people():
    """Return five people's neutral faces and eight expressions of each, mm, from the open head."""
    head = load_open_head()
    rng = np.random.default_rng(0)
    neutral = head.shape(rng.normal(size=(5, 4)))
    intensity = rng.uniform(0, 1, (5, 8, 18)) * (rng.uniform(size=(5, 8, 18)) < 0.15)
    offsets = head.unit_shape(np.clip(intensity @ head.facs_units, 0, 1)) - head.mean_shape
    return neutral, neutral[:, None] + offsets


def _rotation(degrees):
    angle = np.radians(degrees)
    return np.array(
        [[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]]
    )


@pytest.fixture(scope="session")
def d3dfacs(tmp_path_factory, people):
    """Return a folder as D3DFACS: metres, sequences that begin at rest, heads that turn."""
    folder = tmp_path_factory.mktemp("d3dfacs")
    triangles = load_open_head().triangles
    for person, (neutral, faces) in enumerate(zip(*people, strict=True)):
        for number, sequence in enumerate((faces[:4], faces[4:])):
            for frame, face in enumerate([neutral, *sequence]):
                turned = face @ _rotation(3.0 * frame).T + [5.0 * frame, 0, 0]
                place = folder / f"S{person}" / f"{number}_AU" / f"frame{frame + 8}.ply"
                _write_ply(place, 1e-3 * turned, triangles)
    return folder


@pytest.fixture(scope="session")
def vocaset(tmp_path_factory, people):
    """Return a folder laid out as VOCASET: templates, and sentences of each person."""
    folder = tmp_path_factory.mktemp("vocaset")
    triangles = load_open_head().triangles
    for person, (neutral, faces) in enumerate(zip(*people, strict=True)):
        _write_ply(folder / "templates" / f"F{person}.ply", 1e-3 * neutral, triangles)
        for frame, face in enumerate(faces):
            place = folder / "registereddata" / f"F{person}" / "sentence01" / f"s.{frame:06}.ply"
            _write_ply(place, 1e-3 * face, triangles)
    return folder


@pytest.fixture(scope="session")
def bare_set_path(tmp_path_factory):
    """Give a training set of four people and four action units: events and classes alone."""
    from evface.events.events import Events
    from evface.training_sets.clips import PERIOD_US, Clip
    from evface.training_sets.writing import write_training_set

    def clip(subject, au_class, n=3):
        random = np.random.default_rng([subject, au_class])
        return Clip(
            recording=f"{subject} {au_class}",
            subject=f"s{subject}",
            start_us=0,
            events=Events(
                np.sort(random.integers(0, n * PERIOD_US, 100)),
                random.integers(0, 32, 100).astype(np.uint16),
                random.integers(0, 32, 100).astype(np.uint16),
                random.random(100) < 0.5,
            ),
            resolution=(32, 32),
            times_us=np.arange(1, n + 1) * PERIOD_US,
            rgb=None,
            event_from_rgb=None,
            au_class=au_class,
            model="",
            coefficients=np.empty((n, 0), np.float32),
            pose=np.full((n, 4), np.nan, np.float32),
            intensity=np.full((n, 24), np.nan, np.float32),
            landmarks=np.empty((n, 0, 2), np.float32),
            landmark_state=np.empty((n, 0), np.uint8),
        )

    path = tmp_path_factory.mktemp("sets") / "bare.evset"
    write_training_set(path, [clip(s, c) for s in range(4) for c in range(4)])
    return path


@pytest.fixture(scope="session")
def media_folder(tmp_path_factory) -> Path:
    """``ev.h5``, whose video began 400 us after its first event, and ``video.mp4``."""
    folder = tmp_path_factory.mktemp("media")
    t = np.arange(2000, dtype=np.int64) * 100 + 7_000
    zeros = np.zeros(len(t), np.uint16)
    events = Events(t, zeros, zeros, np.ones(len(t), bool))
    write_events_hdf5(folder / "ev.h5", [events], resolution=(64, 48), video_offset_us=7_400)
    frames = [np.full((48, 64, 3), 20 * k, np.uint8) for k in range(5)]
    write_video(folder / "video.mp4", frames, rate_hz=25)
    return folder


@pytest.fixture
def media(media_folder, tmp_path) -> Path:
    """A copy of the media to do with as one likes, beside where projects are made."""
    shutil.copytree(media_folder, tmp_path / "media")
    return tmp_path / "media"


@pytest.fixture
def project(tmp_path) -> Iterator[Project]:
    with Project.create(tmp_path / "p.evface") as made:
        yield made


@pytest.fixture
def entry(project, media) -> RecordingEntry:
    return project.add_recording(media / "ev.h5", media / "video.mp4")
