"""What holds for every network of action units, and what is particular to some."""

import pytest
import torch

from evface.models.registry import model_config, model_names, settings_of
from evface.models.specs import InputSpec, TargetSpec

TARGETS = TargetSpec(n_coefficients=7)
N_FRAMES = 8
# Small, so that each takes a fraction of a second.
SMALL = {
    "au_resnet18_lstm": {"n_features": 16, "n_hidden": 8, "n_layers": 2},
    "au_resnet18_transformer": {"n_features": 16, "n_hidden": 8, "n_layers": 1},
    "au_i3d": {"n_features": 8},
    "au_light": {"n_channels": (4, 8), "n_features": 8, "n_hidden": 8},
    "au_vit_spt_lsa": {"n_spatial_layers": 1, "n_temporal_layers": 1},
    "au_fusion": {"trunk_settings": {"n_channels": (4, 8), "n_features": 8, "n_hidden": 8}},
    "au_coefficients_lstm": {"n_hidden": 8},
    "au_coefficients_transformer": {"n_hidden": 8, "n_layers": 1},
}
# Convolutions over time have no mask.
MASKING = [name for name in SMALL if name != "au_i3d"]


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)


def make(name, **settings):
    sees = "both" if name == "au_fusion" else "events"
    inputs = (
        InputSpec(sees, 2, 32, N_FRAMES)
        if "coefficients" not in name
        else InputSpec("coefficients", 11, 0, N_FRAMES)
    )
    return model_config(name, SMALL[name] | settings).build(inputs, TARGETS)


def clips(name, n=2, n_frames=N_FRAMES, *, lengths=None):
    mask = torch.ones(n, n_frames, dtype=torch.bool)
    for row, length in enumerate(lengths or []):
        mask[row, length:] = False
    if "coefficients" in name:
        return {"frame_mask": mask, "sequence": torch.randn(n, n_frames, 11)}
    kinds = ("events", "rgb") if name == "au_fusion" else ("events",)
    return {"frame_mask": mask} | {kind: torch.rand(n, n_frames, 2, 32, 32) for kind in kinds}


def test_the_small_ones_are_all_there_are():
    assert {name for name in model_names() if name.startswith("au_")} == set(SMALL)


@pytest.mark.parametrize("name", SMALL)
def test_every_network_tells_all_of_a_clip_and_learns_from_it(name):
    network = make(name)
    told = network(clips(name))
    shapes = {key: tuple(value.shape) for key, value in told.items()}
    assert shapes == {
        "class_logits": (2, 24),
        "coefficients": (2, N_FRAMES, 7),
        "pose": (2, N_FRAMES, 4),
        "intensity_logits": (2, N_FRAMES, 24),
    }
    sum(value.square().mean() for value in told.values()).backward()
    for parameter_name, parameter in network.named_parameters():
        if parameter.requires_grad:
            assert parameter.grad is not None, parameter_name
            assert torch.isfinite(parameter.grad).all(), parameter_name


@pytest.mark.parametrize("name", MASKING)
def test_padding_changes_nothing(name):
    network = make(name).eval()
    batch = clips(name, lengths=[5, N_FRAMES])
    other = {
        key: value.clone() if value.dtype != torch.bool else value for key, value in batch.items()
    }
    for fed in other.keys() - {"frame_mask"}:
        other[fed][0, 5:] += 3.0
    with torch.no_grad():
        one, another = network(batch), network(other)
    torch.testing.assert_close(one["class_logits"], another["class_logits"])
    for key in ("coefficients", "pose", "intensity_logits"):
        torch.testing.assert_close(one[key][0, :5], another[key][0, :5])


@pytest.mark.parametrize("name", SMALL)
def test_a_shorter_clip_is_told_as_the_same_clip_with_padding(name):
    if name == "au_i3d":
        pytest.skip("its convolutions over time see the padding")
    network = make(name).eval()
    long = clips(name, n=1, lengths=[5])
    short = {key: value[:, :5] for key, value in long.items()}
    with torch.no_grad():
        one, another = network(long), network(short)
    torch.testing.assert_close(one["class_logits"], another["class_logits"], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(
        one["coefficients"][:, :5], another["coefficients"], rtol=1e-4, atol=1e-5
    )


def test_frozen_convolutions_stay_as_they_are_and_can_be_computed_once():
    network = make("au_resnet18_lstm").train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    batch = clips("au_resnet18_lstm")
    told = network(batch)
    told["class_logits"].sum().backward()
    torch.optim.SGD([p for p in network.parameters() if p.requires_grad], 0.1).step()
    changed = {n for n, v in network.state_dict().items() if not torch.equal(v, before[n])}
    assert not {name for name in changed if ".resnet." in name and ".fc." not in name}
    assert "frames.resnet.fc.weight" in changed
    network.eval()
    with torch.no_grad():
        flat = batch["events"].flatten(0, 1)
        cached = network.frames.resnet.convolve(flat).view(2, N_FRAMES, -1)
        torch.testing.assert_close(
            network({**batch, "events": cached})["class_logits"], network(batch)["class_logits"]
        )


def test_a_stream_frame_by_frame_is_told_as_the_clip():
    network = make("au_light", looks_ahead=False).eval()
    batch = clips("au_light", n=1)
    with torch.no_grad():
        whole = network(batch)
        state = None
        for index in range(N_FRAMES):
            (coefficients, pose, intensity), state = network.step(batch["events"][:, index], state)
            torch.testing.assert_close(coefficients, whole["coefficients"][:, index])
            torch.testing.assert_close(pose, whole["pose"][:, index])
            torch.testing.assert_close(intensity, whole["intensity_logits"][:, index])
    with pytest.raises(ValueError, match="looks ahead"):
        make("au_light").step(batch["events"][:, 0], None)


def test_without_positions_in_time_the_order_of_frames_does_not_matter():
    batch = clips("au_vit_spt_lsa", n=1)
    order = torch.randperm(N_FRAMES)
    mixed = {**batch, "events": batch["events"][:, order]}
    for knows_order in (False, True):
        network = make("au_vit_spt_lsa", knows_order=knows_order).eval()
        with torch.no_grad():
            one, other = network(batch)["class_logits"], network(mixed)["class_logits"]
        assert torch.allclose(one, other, atol=1e-5) is not knows_order


def test_settings_are_checked_by_name():
    with pytest.raises(ValueError, match="no network 'resnet'"):
        model_config("resnet")
    with pytest.raises(ValueError, match="has no setting 'depth'"):
        model_config("au_light", {"depth": 3})
    assert settings_of(model_config("au_light", {"n_hidden": 3}))["n_hidden"] == 3
