"""What training makes small. Whatever nobody labelled is masked, and counts for nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from evface.models.blocks.heads import ActionUnitOutputs
from evface.training.settings import LossConfig

# Landmarks of a face whose eyes fall together would count without end.
_LEAST_NORM = 1e-3


def action_unit_losses(
    told: ActionUnitOutputs, batch: Mapping[str, Tensor], config: LossConfig
) -> dict[str, Tensor]:
    r"""Weigh what was told of clips and of their frames.

    .. math:: L = w_c L_{CE} + \lambda L_\alpha + w_p L_{pose} + w_i L_{BCE}

    Parameters
    ----------
    told
        By a network.
    batch
        As `evface.training_sets.action_unit_items.ActionUnitItems` makes it, on the same device.

    Returns
    -------
    dict[str, Tensor]
        ``loss``, and the parts that count, each a scalar. Cross-entropy is over the clips with a
        class; squared errors of z-scored coefficients and pose are means over the frames with
        them; binary cross-entropy is over the action units that were coded in a frame. A part
        without any label is 0.

    References
    ----------
    Becattini et al., "Neuromorphic Facial Analysis with Cross-Modal Supervision", 2024, Sec. 5.
    Differs: pose and intensities are learnt as well, and frames without a label are masked.
    """
    frames = batch["frame_mask"]
    parts: dict[str, Tensor] = {}
    if config.classes:
        known = batch["au_class"] >= 0
        each = functional.cross_entropy(
            told["class_logits"].float(),
            batch["au_class"].clamp(min=0),
            label_smoothing=config.label_smoothing,
            reduction="none",
        )
        parts["classes"] = _masked_mean(each, known)
    if config.coefficients and told["coefficients"].shape[-1]:
        mask = batch["coefficients_mask"] & frames
        parts["coefficients"] = _squared(told["coefficients"], batch["coefficients"], mask)
    if config.pose:
        parts["pose"] = _squared(told["pose"], batch["pose"], batch["pose_mask"] & frames)
    if config.intensity:
        mask = batch["intensity_mask"] & frames[..., None]
        each = functional.binary_cross_entropy_with_logits(
            told["intensity_logits"].float(), _known(batch["intensity"], mask), reduction="none"
        )
        parts["intensity"] = _masked_mean(each, mask)
    if not parts:
        raise ValueError("every part of the loss is switched off")
    weighted = [getattr(config, name) * part for name, part in parts.items()]
    return {"loss": torch.stack(weighted).sum(), **parts}


def landmark_losses(
    stages: Tensor, batch: Mapping[str, Tensor], shares: Sequence[float]
) -> dict[str, Tensor]:
    """Weigh the errors of all layers of all stages, over the distance between the eyes.

    Parameters
    ----------
    stages : (n_stages, n_layers, b, n, 2) float
        As a network placed the landmarks, 0 to 1 across the square.
    batch
        With ``landmarks`` (b, n, 2), ``landmark_mask`` (b, n) and ``norm`` (b).
    shares
        Of each stage.

    Returns
    -------
    dict[str, Tensor]
        ``loss``; ``nme``, that of the last layer, for people.

    Raises
    ------
    ValueError
        If there are as many shares as stages.

    References
    ----------
    arXiv 2509.24968 (CMFA): shares 0.2, 0.3 and 0.5. Differs: missing landmarks are left out.
    """
    if len(shares) != len(stages):
        raise ValueError(f"loss.stages must have {len(stages)} shares, got {len(shares)}")
    known = batch["landmark_mask"] & batch["norm"].isfinite()[:, None]
    truth = _known(batch["landmarks"], known[..., None])
    errors = (stages.float() - truth).square().sum(dim=-1).clamp(min=1e-12).sqrt()
    errors = errors / batch["norm"].nan_to_num(1.0).clamp(min=_LEAST_NORM)[:, None]
    mask = known.expand_as(errors)
    each = torch.stack([_masked_mean(e, m) for e, m in zip(errors, mask, strict=True)])
    weights = torch.tensor(shares, dtype=each.dtype, device=each.device)
    return {
        "loss": (weights * each).sum(),
        "nme": _masked_mean(errors[-1, -1], mask[-1, -1]).detach(),
    }


def _squared(told: Tensor, true: Tensor, mask: Tensor) -> Tensor:
    """Return the mean squared error of (b, t, k) over the frames of a mask (b, t)."""
    each = (told.float() - _known(true, mask[..., None])).square().mean(dim=-1)
    return _masked_mean(each, mask)


def _known(true: Tensor, mask: Tensor) -> Tensor:
    """Return targets that are 0 where they are masked: NaN would reach the gradients."""
    return torch.where(mask, true, torch.zeros_like(true))


def _masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    return (values * mask).sum() / mask.sum().clamp(min=1)
