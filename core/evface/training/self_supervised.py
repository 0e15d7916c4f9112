"""Learning without labels: one instant must look the same in every representation."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

# Features spread evenly over a sphere of d dimensions have a standard deviation of 1 / sqrt(d).
COLLAPSED_BELOW = 0.3


def siamese_losses(
    projections: Mapping[str, Tensor], predictions: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """Compare all pairs of views, each predicted from the other.

    Parameters
    ----------
    projections, predictions
        (b, n_features) of each view, by name; at least two views.

    Returns
    -------
    dict[str, Tensor]
        ``loss``, the sum over the pairs, each from -1, the same, to 1; ``spread``, see `spread_of`.

    Raises
    ------
    ValueError
        If there is a single view.

    References
    ----------
    arXiv 2509.24968 (SSMER); Chen and He, "Exploring Simple Siamese Representation Learning",
    CVPR 2021, Eq. 2.
    """
    if len(projections) < 2:
        raise ValueError("there must be two views at least")
    pairs = [
        -(_similarity(predictions[a], projections[b]) + _similarity(predictions[b], projections[a]))
        / 2
        for a, b in itertools.combinations(projections, 2)
    ]
    spread = torch.stack([spread_of(z) for z in projections.values()]).mean()
    return {"loss": torch.stack(pairs).sum(), "spread": spread}


def spread_of(projections: Tensor) -> Tensor:
    """Return how far features of length 1 differ: 1 spread over a sphere, 0 all the same.

    Parameters
    ----------
    projections : (b, n_features) float
    """
    z = functional.normalize(projections.detach().float(), dim=1)
    return z.std(dim=0, correction=0).mean() * math.sqrt(z.shape[1])


def _similarity(prediction: Tensor, projection: Tensor) -> Tensor:
    target = projection.detach().float()
    return functional.cosine_similarity(prediction.float(), target, dim=1).mean()
