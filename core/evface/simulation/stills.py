"""Pictures of synthetic people of whom everything is known: to measure what finds faces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evface.morphable.camera import FRONTAL, HeadPose, rotation_matrix
from evface.morphable.model import MorphableModel
from evface.simulation.appearance import Appearance
from evface.simulation.display import encode_srgb
from evface.simulation.head import HeadRenderer
from evface.simulation.views import view_of_pose

RESOLUTION = (640, 480)
# Weaker movements are left to the noise.
_WEAKEST = 0.1
_MOST_AT_ONCE = 3
# No face moves a unit by much more than fully.
_LARGEST_ACTIVATION = 1.1
_IDENTITY_SPREAD = 0.9
_SCALES_PX_PER_MM = (0.9, 1.9)
# Spread of the head's turns about x, y and z, radians, at rest and in motion.
_REST_TURN, _MOTION_TURN = (0.06, 0.06, 0.06), (0.1, 0.2, 0.06)
_TURNED_RAD = (0.25, 0.6)
_REST_GAZE_DEG, _MOTION_GAZE_DEG = 2.0, 7.0
_NOISE = 2.0
_TEXTURE_WIDTH = 768


@dataclass(frozen=True)
class StillsPlan:
    """How many pictures of each kind are taken of a person.

    Parameters
    ----------
    n_neutral
        Of the face at rest, nearly from the front.
    n_turned
        Of the face at rest, turned to either side by 14 to 34 degrees.
    n_moving
        Of one to three action units at a time, all of which come up equally often.
    """

    n_neutral: int = 6
    n_turned: int = 2
    n_moving: int = 24


@dataclass(frozen=True, eq=False)
class Still:
    """One picture and its truth.

    Parameters
    ----------
    frame : (height, width, 3) uint8
        As a video would show it, with noise.
    shape_mm : (68, 3) float64
        The landmarks in the model's axes.
    landmarks_px : (68, 2) float32
        Where they fall, seen or hidden.
    intensity : (n_facs,) float64
        Of the model's action units of FACS.
    is_neutral
        Whether the face is at rest and nearly frontal.
    """

    frame: NDArray[np.uint8]
    shape_mm: NDArray[np.float64]
    landmarks_px: NDArray[np.float32]
    intensity: NDArray[np.float64]
    is_neutral: bool


def draw_identity(model: MorphableModel, seed: int) -> NDArray[np.float32]:
    """Return the identity of the person of that seed, (n_identity,) float32."""
    rng = np.random.default_rng(seed)
    return rng.normal(0.0, _IDENTITY_SPREAD, len(model.identity_basis)).astype(np.float32)


def iter_stills(model: MorphableModel, seed: int, plan: StillsPlan) -> Iterator[Still]:
    """Take the pictures of one person: neutral ones, turned ones, moving ones.

    Parameters
    ----------
    seed
        Of identity, appearance and everything that is drawn; the same seed gives the same
        pictures.
    """
    identity = draw_identity(model, seed)
    neutral = model.shape(identity)
    renderer = HeadRenderer(model, Appearance.draw(seed), neutral, texture_width=_TEXTURE_WIDTH)
    rng = np.random.default_rng([seed, 8])
    scale = rng.uniform(*_SCALES_PX_PER_MM)
    units = np.asarray(model.units[:, model.landmarks], np.float64)
    deck = _Deck(model, rng)
    for number in range(plan.n_neutral + plan.n_turned + plan.n_moving):
        is_neutral = number < plan.n_neutral
        is_turned = plan.n_neutral <= number < plan.n_neutral + plan.n_turned
        intensity = np.zeros(len(model.facs_names))
        turn = np.array(_REST_TURN if is_neutral else _MOTION_TURN) * rng.normal(size=3)
        if is_turned:
            turn[1] = rng.choice([-1.0, 1.0]) * rng.uniform(*_TURNED_RAD)
        elif not is_neutral:
            intensity = deck.draw()
        activations = np.clip(intensity @ model.facs_units, 0.0, _LARGEST_ACTIVATION)
        middle = np.array(RESOLUTION) / 2 + [0.0, 10.0] + rng.normal(0.0, 10.0, 2)
        pose = HeadPose(FRONTAL @ rotation_matrix(turn), np.array(scale), middle)
        room_from_head, view = view_of_pose(pose, RESOLUTION)
        gaze = rng.normal(0.0, _REST_GAZE_DEG if is_neutral else _MOTION_GAZE_DEG, 2)
        picture = renderer.render(
            model.unit_shape(activations, identity),
            room_from_head,
            view,
            gaze_deg=(float(gaze[0]), float(gaze[1])),
        )
        colour = encode_srgb(picture.colour).astype(np.float32)
        colour += rng.normal(0.0, _NOISE, colour.shape)
        yield Still(
            np.clip(colour, 0.0, 255.0).astype(np.uint8),
            neutral[model.landmarks] + np.tensordot(activations, units, axes=1),
            picture.landmarks,
            intensity,
            is_neutral,
        )


class _Deck:
    """Draws action units so that each comes up equally often."""

    def __init__(self, model: MorphableModel, rng: np.random.Generator) -> None:
        self._names = model.facs_names
        self._rng = rng
        self._cards: list[int] = []

    def draw(self) -> NDArray[np.float64]:
        """Return the intensities of one picture."""
        intensity = np.zeros(len(self._names))
        n_active = int(self._rng.integers(1, _MOST_AT_ONCE + 1))
        while np.count_nonzero(intensity) < n_active:
            if not self._cards:
                # In one picture a blink and closed eyes are the same: AU43 stands for both.
                self._cards = [
                    int(i)
                    for i in self._rng.permutation(len(self._names))
                    if self._names[i] != "AU45"
                ]
            intensity[self._cards.pop()] = self._rng.uniform(_WEAKEST, 1.0)
        if {"AU26", "AU27"} <= set(self._names):
            # The jaw is open one way or another.
            drop, wide = self._names.index("AU26"), self._names.index("AU27")
            if intensity[wide] > 0:
                intensity[drop] = 0.0
        return intensity
