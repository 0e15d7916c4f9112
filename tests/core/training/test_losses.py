"""What is masked counts for nothing, and nothing is ever no number."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from evface.training.losses import action_unit_losses, landmark_losses
from evface.training.self_supervised import COLLAPSED_BELOW, siamese_losses, spread_of
from evface.training.settings import LossConfig

B, T, K = 3, 5, 4


def batch_of(seed=0):
    torch.manual_seed(seed)
    told = {
        "class_logits": torch.randn(B, 24, requires_grad=True),
        "coefficients": torch.randn(B, T, K, requires_grad=True),
        "pose": torch.randn(B, T, 4, requires_grad=True),
        "intensity_logits": torch.randn(B, T, 24, requires_grad=True),
    }
    batch = {
        "frame_mask": torch.ones(B, T, dtype=torch.bool),
        "au_class": torch.tensor([0, 5, 23]),
        "coefficients": torch.randn(B, T, K),
        "coefficients_mask": torch.ones(B, T, dtype=torch.bool),
        "pose": torch.randn(B, T, 4),
        "pose_mask": torch.ones(B, T, dtype=torch.bool),
        "intensity": torch.rand(B, T, 24),
        "intensity_mask": torch.ones(B, T, 24, dtype=torch.bool),
    }
    return told, batch


def test_the_loss_is_the_weighted_sum_of_its_parts():
    told, batch = batch_of()
    config = LossConfig(classes=1, coefficients=3, pose=0.5, intensity=2, label_smoothing=0.1)
    losses = action_unit_losses(told, batch, config)
    classes = functional.cross_entropy(told["class_logits"], batch["au_class"], label_smoothing=0.1)
    coefficients = functional.mse_loss(told["coefficients"], batch["coefficients"])
    pose = functional.mse_loss(told["pose"], batch["pose"])
    intensity = functional.binary_cross_entropy_with_logits(
        told["intensity_logits"], batch["intensity"]
    )
    expected = classes + 3 * coefficients + 0.5 * pose + 2 * intensity
    torch.testing.assert_close(losses["loss"], expected)


def test_what_is_masked_may_be_anything():
    told, batch = batch_of()
    batch["au_class"][0] = -1
    batch["frame_mask"][1, 3:] = False
    batch["coefficients_mask"][2, 0] = False
    batch["intensity_mask"][0, :, 7] = False
    before = action_unit_losses(told, batch, LossConfig())["loss"]
    batch["coefficients"][1, 3:] = batch["coefficients"][2, 0] = torch.nan
    batch["pose"][1, 3:] = torch.nan
    batch["intensity"][0, :, 7] = torch.nan
    losses = action_unit_losses(told, batch, LossConfig())
    torch.testing.assert_close(losses["loss"], before)
    losses["loss"].backward()
    for value in told.values():
        assert torch.isfinite(value.grad).all()
    assert not told["coefficients"].grad[1, 3:].any()
    assert not told["class_logits"].grad[0].any()


def test_without_a_single_label_the_loss_is_zero_and_can_be_followed():
    told, batch = batch_of()
    batch["au_class"][:] = -1
    for name in ("coefficients_mask", "pose_mask", "intensity_mask"):
        batch[name][:] = False
    losses = action_unit_losses(told, batch, LossConfig())
    losses["loss"].backward()
    assert losses["loss"].item() == 0


def test_a_weight_of_zero_switches_a_part_off():
    told, batch = batch_of()
    losses = action_unit_losses(told, batch, LossConfig(coefficients=0))
    assert "coefficients" not in losses
    losses["loss"].backward()
    assert told["coefficients"].grad is None
    with pytest.raises(ValueError, match="switched off"):
        action_unit_losses(told, batch, LossConfig(0, 0, 0, 0))


def test_landmarks_count_over_the_distance_between_the_eyes_and_by_stage():
    truth = torch.rand(2, 6, 2)
    stages = torch.stack([truth + torch.tensor([d, 0.0]) for d in (0.1, 0.2, 0.4)])[:, None]
    batch = {
        "landmarks": truth,
        "landmark_mask": torch.ones(2, 6, dtype=torch.bool),
        "norm": torch.tensor([0.5, 0.5]),
    }
    losses = landmark_losses(stages, batch, (0.2, 0.3, 0.5))
    expected = (0.2 * 0.1 + 0.3 * 0.2 + 0.5 * 0.4) / 0.5
    np.testing.assert_allclose(losses["loss"].item(), expected, rtol=1e-5)
    np.testing.assert_allclose(losses["nme"].item(), 0.8, rtol=1e-5)


def test_a_missing_landmark_or_eye_gives_no_number_without_sense():
    stages = torch.rand(3, 2, 1, 4, 2, requires_grad=True)
    batch = {
        "landmarks": torch.full((1, 4, 2), torch.nan),
        "landmark_mask": torch.tensor([[True, False, True, True]]),
        "norm": torch.zeros(1),
    }
    batch["landmarks"][0, [0, 2, 3]] = stages[-1, -1, 0, [0, 2, 3]].detach()
    losses = landmark_losses(stages, batch, (0.2, 0.3, 0.5))
    losses["loss"].backward()
    assert torch.isfinite(losses["loss"])
    assert torch.isfinite(stages.grad).all()
    with pytest.raises(ValueError, match="3 shares, got 2"):
        landmark_losses(stages, batch, (0.5, 0.5))


def test_views_that_agree_have_the_least_loss():
    torch.manual_seed(0)
    z = {name: torch.randn(8, 16) for name in "abc"}
    same = dict.fromkeys("abc", z["a"])
    assert float(siamese_losses(same, same)["loss"]) == pytest.approx(-3.0)
    assert float(siamese_losses(z, z)["loss"]) > -1.5


def test_no_gradient_reaches_what_is_predicted():
    z = {name: torch.randn(4, 8, requires_grad=True) for name in "ab"}
    p = {name: torch.randn(4, 8, requires_grad=True) for name in "ab"}
    siamese_losses(z, p)["loss"].backward()
    assert all(value.grad is None for value in z.values())
    assert all(value.grad is not None for value in p.values())


def test_collapsed_features_are_known_by_their_spread():
    torch.manual_seed(0)
    assert float(spread_of(torch.randn(512, 64))) == pytest.approx(1.0, abs=0.05)
    collapsed = torch.randn(1, 64) + 0.01 * torch.randn(512, 64)
    assert float(spread_of(collapsed)) < COLLAPSED_BELOW
