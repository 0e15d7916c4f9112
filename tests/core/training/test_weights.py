"""Weights that others trained."""

import os

import pytest
import torch
from safetensors.torch import save_file

from evface.errors import ModelFileError, TrainingError
from evface.models.blocks.inception import InflatedInception
from evface.models.blocks.normalising import IMAGENET_MEAN, IMAGENET_STD
from evface.models.blocks.resnet import ResNet18
from evface.models.checkpoints import read_network
from evface.models.registry import model_config
from evface.models.specs import InputSpec, KeypointSpec, TargetSpec
from evface.training.loop import train
from evface.training.settings import WeightsConfig
from evface.training.weights import load_weights


def lstm(channels=3):
    return model_config("au_resnet18_lstm", {"n_features": 8, "n_hidden": 4, "n_layers": 1}).build(
        InputSpec("events", channels, 32, 4), TargetSpec(n_coefficients=2)
    )


@pytest.fixture
def imagenet():
    torch.manual_seed(1)
    return ResNet18(n_features=1000).state_dict()


@pytest.mark.parametrize("kind", ["pth", "wrapped", "parallel", "safetensors"])
def test_the_usual_files_of_a_resnet18_load(tmp_path, imagenet, kind):
    path = tmp_path / f"resnet18.{'safetensors' if kind == 'safetensors' else 'pth'}"
    match kind:
        case "pth":
            torch.save(imagenet, path)
        case "wrapped":
            torch.save({"epoch": 3, "state_dict": imagenet}, path)
        case "parallel":
            torch.save({f"module.{name}": value for name, value in imagenet.items()}, path)
        case "safetensors":
            save_file(imagenet, path)
    network = lstm()
    load_weights(network, WeightsConfig(convolutions=str(path)))
    own = network.frames.resnet.state_dict()
    for name, value in imagenet.items():
        if not name.startswith("fc."):
            assert torch.equal(own[name], value), name
    assert own["fc.weight"].shape == (8, 512)


def test_pictures_are_shown_as_the_weights_expect_them(tmp_path, imagenet):
    path = tmp_path / "resnet18.pth"
    torch.save(imagenet, path)
    network = lstm().eval()
    pictures = torch.rand(2, 3, 32, 32)
    resnet = network.frames.resnet
    torch.testing.assert_close(network.frames.convolve(pictures), resnet.convolve(pictures))
    load_weights(network, WeightsConfig(convolutions=str(path)))
    mean, std = (torch.tensor(v)[:, None, None] for v in (IMAGENET_MEAN, IMAGENET_STD))
    expected = resnet.convolve((pictures - mean) / std)
    torch.testing.assert_close(network.frames.convolve(pictures), expected)
    # It is kept with the weights.
    again = lstm().eval()
    again.load_state_dict(network.state_dict())
    torch.testing.assert_close(again.frames.convolve(pictures), expected)


def test_other_channels_take_the_mean_of_those_there_are(tmp_path, imagenet):
    torch.save(imagenet, tmp_path / "resnet18.pth")
    network = lstm(channels=2)
    load_weights(network, WeightsConfig(convolutions=str(tmp_path / "resnet18.pth")))
    grey = torch.rand(1, 1, 32, 32)
    ours = network.frames.resnet.conv1(grey.expand(-1, 2, -1, -1))
    whole = ResNet18(n_features=1000)
    whole.load_state_dict(imagenet)
    torch.testing.assert_close(ours, whole.conv1(grey.expand(-1, 3, -1, -1)), atol=1e-5, rtol=1e-4)


def test_a_file_of_kinetics_loads(tmp_path):
    torch.manual_seed(2)
    state = InflatedInception(3).state_dict() | {"logits.conv3d.weight": torch.zeros(400, 1024)}
    torch.save(state, tmp_path / "i3d.pth")
    network = model_config("au_i3d", {"n_features": 8}).build(
        InputSpec("events", 3, 32, 8), TargetSpec(n_coefficients=2)
    )
    load_weights(network, WeightsConfig(convolutions=str(tmp_path / "i3d.pth")))
    name = "Mixed_4c.b1b.conv3d.weight"
    assert torch.equal(network.inception.state_dict()[name], state[name])
    # From -1 to 1.
    assert network.norm(torch.tensor([0.0, 0.5, 1.0])[:, None, None]).flatten().tolist() == [
        -1, 0, 1,
    ]  # fmt: skip


def test_what_does_not_fit_is_told(tmp_path, imagenet):
    path = tmp_path / "w.pth"
    torch.save(InflatedInception(3).state_dict(), path)
    with pytest.raises(ModelFileError, match=r"lacks .*; it is of another network"):
        load_weights(lstm(), WeightsConfig(convolutions=str(path)))
    torch.save(imagenet | {"layer4.1.conv2.weight": torch.zeros(3, 3)}, path)
    with pytest.raises(ModelFileError, match=r"does not fit \(size mismatch for layer4.1.conv2"):
        load_weights(lstm(), WeightsConfig(convolutions=str(path)))
    path.write_bytes(b"nothing")
    with pytest.raises(ModelFileError):
        load_weights(lstm(), WeightsConfig(convolutions=str(path)))
    with pytest.raises(ModelFileError, match="is not there"):
        load_weights(lstm(), WeightsConfig(convolutions=str(tmp_path / "none.pth")))
    light = model_config("au_light").build(InputSpec(), TargetSpec())
    with pytest.raises(TrainingError, match="has no public convolutions"):
        load_weights(light, WeightsConfig(convolutions=str(path)))


def test_code_in_a_file_of_weights_is_never_run(tmp_path):
    class Harm:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "harm"),))

    torch.save({"conv1.weight": Harm()}, tmp_path / "w.pth")
    with pytest.raises(ModelFileError, match="holds more than weights, perhaps code"):
        load_weights(lstm(), WeightsConfig(convolutions=str(tmp_path / "w.pth")))
    assert not (tmp_path / "harm").exists()


def test_a_chain_of_trainings_ends_in_cmfa(configured, tmp_path):
    """Without labels, then an RGB aligner, then the network that has both."""
    one = ("run.epochs=1", "run.max_steps=1")
    alone = train(configured("ssmer_tiny", *one), tmp_path / "ssmer").path
    aligner = train(configured("kp_slpt_tiny", *one), tmp_path / "slpt").path
    begun = WeightsConfig(event_backbone=str(alone), rgb_branch=str(aligner))
    settings = {"backbone": "compact", "n_features": 64, "n_token": 16, "n_across": 5,
                "n_layers": 1, "n_heads": 2, "n_feedforward": 16}  # fmt: skip
    cmfa = model_config("kp_cmfa", settings).build(KeypointSpec(68, 3, 32))
    assert len(load_weights(cmfa, begun)) == 2
    views, rgb = read_network(alone)[0], read_network(aligner)[0]
    assert torch.equal(cmfa.event_backbone.stem[0].weight, views.backbone.stem[0].weight)
    assert torch.equal(cmfa.rgb_backbone.head.weight, rgb.backbone.head.weight)
    assert torch.equal(cmfa.mean_shape, rgb.mean_shape)
    config = configured(
        "kp_cmfa_tiny", *one, f"weights.event_backbone={alone}", f"weights.rgb_branch={aligner}"
    )
    result = train(config, tmp_path / "cmfa")
    assert any("RGB branch of best.safetensors" in note for note in result.notes)
    frozen = read_network(result.path)[0].rgb_backbone.head.weight
    assert torch.equal(frozen, rgb.backbone.head.weight)


def test_branches_that_were_trained_apart_are_joined_late(configured, tmp_path):
    one = ("run.epochs=1", "run.max_steps=1")
    events = train(configured("au_light_tiny", *one), tmp_path / "events").path
    rgb = train(configured("au_light_tiny", "data.modality=rgb", *one), tmp_path / "rgb").path
    branches = (f"weights.events_branch={events}", f"weights.rgb_branch={rgb}")
    settings = ("model.trunk_settings.n_features=16", 'model.frozen=["events", "rgb"]')
    config = configured("au_fusion_late_tiny", *one, *branches, *settings)
    result = train(config, tmp_path / "late")
    assert sum("Branch of" in note for note in result.notes) == 2
    joined, alone = read_network(result.path)[0], read_network(rgb)[0]
    for name, value in alone.state_dict().items():
        assert torch.equal(joined.state_dict()[f"fused.branches.rgb.{name}"], value)
    wrong = (f"weights.rgb_branch={events}", "model.stage=middle")
    with pytest.raises(ModelFileError, match="is a au_light that sees events; the branch is"):
        train(configured("au_fusion_late_tiny", *one, *wrong), tmp_path / "wrong")
    with pytest.raises(TrainingError, match="only au_fusion has branches"):
        load_weights(lstm(), WeightsConfig(events_branch=str(events)))


def test_the_wrong_kind_of_checkpoint_is_told(configured, tmp_path):
    light = train(configured("au_light_tiny", "run.max_steps=1"), tmp_path / "light").path
    cmfa = model_config("kp_cmfa", {"backbone": "compact", "n_token": 16}).build(KeypointSpec())
    with pytest.raises(ModelFileError, match="is a au_light; an RGB branch is of kp_slpt"):
        load_weights(cmfa, WeightsConfig(rgb_branch=str(light)))
    with pytest.raises(ModelFileError, match="is a au_light; an event backbone is of ssmer"):
        load_weights(cmfa, WeightsConfig(event_backbone=str(light)))
    with pytest.raises(ModelFileError, match="does not fit"):
        load_weights(cmfa, WeightsConfig(network=str(light)))


def test_training_goes_on_from_a_network_with_other_data(configured, tmp_path):
    first = train(configured("au_light_tiny", "run.max_steps=2"), tmp_path / "first").path
    config = configured(
        "au_light_tiny", f"weights.network={first}", "run.max_steps=1", "optimiser.rate=1e-12",
        "optimiser.weight_decay=0",
    )  # fmt: skip
    again = train(config, tmp_path / "again").path
    for one, other in zip(
        read_network(first)[0].parameters(), read_network(again)[0].parameters(), strict=True
    ):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=0)
