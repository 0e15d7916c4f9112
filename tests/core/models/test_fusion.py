"""Events and video together, at three stages, and events alone."""

import pytest
import torch

from evface.models.registry import model_config
from evface.models.specs import InputSpec, TargetSpec

INPUTS, TARGETS = InputSpec("both", 3, 32, 6), TargetSpec(n_coefficients=5)
STAGES = ("early", "middle", "late")
TRUNKS = {
    "au_light": {"n_channels": (4, 8), "n_features": 8, "n_hidden": 8},
    "au_vit_spt_lsa": {"n_spatial_layers": 1, "n_temporal_layers": 1},
}


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)


def make(stage, trunk="au_light", **settings):
    said = {"stage": stage, "trunk": trunk, "trunk_settings": TRUNKS[trunk], **settings}
    return model_config("au_fusion", said).build(INPUTS, TARGETS)


def make_branch(modality, **settings):
    config = model_config("au_light", TRUNKS["au_light"] | settings)
    return config.build(InputSpec(modality, 3, 32, 6), TARGETS)


def clips(n=2):
    pictures = {kind: torch.rand(n, 6, 3, 32, 32) for kind in ("events", "rgb")}
    return pictures | {"frame_mask": torch.ones(n, 6, dtype=torch.bool)}


def logits(network, batch):
    with torch.no_grad():
        return network.eval()(batch)["class_logits"]


@pytest.mark.parametrize("trunk", TRUNKS)
@pytest.mark.parametrize("stage", STAGES)
def test_both_pictures_count_at_every_stage(stage, trunk):
    network, batch = make(stage, trunk), clips()
    told = logits(network, batch)
    for kind in ("events", "rgb"):
        other = logits(network, batch | {kind: torch.rand_like(batch[kind])})
        assert not torch.allclose(told, other, atol=1e-6), kind


@pytest.mark.parametrize("stage", STAGES)
def test_a_video_that_is_missing_is_never_looked_at(stage):
    network, batch = make(stage), clips()
    events = {key: value for key, value in batch.items() if key != "rgb"}
    partly = logits(network, batch | {"rgb_ok": torch.tensor([False, True])})
    torch.testing.assert_close(partly[0], logits(network, events)[0])
    torch.testing.assert_close(partly[1], logits(network, batch)[1])


@pytest.mark.parametrize("stage", STAGES)
def test_in_training_the_video_is_withheld_now_and_then(stage):
    settings = TRUNKS["au_light"] | {"dropout": 0.0}
    network = make(stage, missing_rgb=0.5, trunk_settings=settings).train()
    for part in network.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            part.eval()
    batch = {key: value[:1].expand(32, *value.shape[1:]) for key, value in clips().items()}
    told = network(batch)["class_logits"]
    kinds = {tuple(row.round(decimals=3).tolist()) for row in told.detach()}
    assert len(kinds) == 2


def test_late_fusion_begins_as_the_mean_of_both_branches():
    events, rgb = make_branch("events"), make_branch("rgb")
    network = make("late", frozen=("events", "rgb"))
    network.take_branch("events", events)
    network.take_branch("rgb", rgb)
    batch = clips()
    mean = (logits(events, batch) + logits(rgb, batch)) / 2
    torch.testing.assert_close(logits(network, batch), mean)


def test_a_frozen_branch_stays_as_it_was_trained():
    network = make("late", frozen=("events",)).train()
    network.take_branch("events", make_branch("events"))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    learning = [weight for weight in network.parameters() if weight.requires_grad]
    optimiser = torch.optim.SGD(learning, 0.5)
    network(clips())["class_logits"].square().sum().backward()
    optimiser.step()
    changed = {n for n, v in network.state_dict().items() if not torch.equal(v, before[n])}
    assert not any(".branches.events." in name for name in changed)
    assert any(".branches.rgb." in name for name in changed)
    assert "fused.join_classes.weight" in changed


def test_middle_fusion_takes_only_what_sees_frames():
    network, events = make("middle"), make_branch("events")
    network.take_branch("events", events)
    for name, value in events.frames.state_dict().items():
        assert torch.equal(network.fused.branches["events"].state_dict()[name], value)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="stage must be early, middle or late, got 'soon'"):
        make("soon")
    with pytest.raises(ValueError, match="trunk must be au_light or au_vit_spt_lsa"):
        model_config("au_fusion", {"trunk": "au_i3d"})
    with pytest.raises(ValueError, match="have no branches"):
        make("early", frozen=("rgb",))
    with pytest.raises(ValueError, match="have no branches"):
        make("early").take_branch("rgb", make_branch("rgb"))
    with pytest.raises(ValueError, match="of another size"):
        make("late").take_branch("rgb", make_branch("rgb", n_hidden=4))
    with pytest.raises(ValueError, match="trunk_settings"):
        make("middle", trunk_settings={"depth": 3})
