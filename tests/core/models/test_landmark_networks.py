import pytest
import torch

from evface.models.blocks.patches import Boxes
from evface.models.registry import model_config
from evface.models.specs import KeypointSpec
from evface.models.ssmer.network import backbone_weights
from evface.training.losses import landmark_losses

INPUTS = KeypointSpec(n_landmarks=5, channels=3, side_px=64)
SMALL = {
    "backbone": "compact",
    "n_features": 16,
    "n_token": 16,
    "n_layers": 2,
    "n_heads": 2,
    "n_feedforward": 16,
}
# What the small networks do beyond the paper.
OURS = {"guesses_first": True, "begins_with_patches": True, "n_across": 5}
ALL = pytest.mark.parametrize("settings", [{}, OURS], ids=["paper", "ours"])


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)


def cmfa(**settings):
    return model_config("kp_cmfa", SMALL | settings).build(INPUTS)


def faces(n=2, *, rgb=True):
    batch = {"event": torch.rand(n, 3, 64, 64)}
    return batch | ({"rgb": torch.rand(n, 3, 64, 64)} if rgb else {})


def test_patches_are_sampled_where_their_boxes_are():
    # A picture whose values are the places of its pixels.
    side = 32
    at = (torch.arange(side) + 0.5) / side
    picture = torch.stack([at.expand(side, side), at[:, None].expand(side, side)])[None]
    centres = torch.tensor([[[0.5, 0.25], [0.6, 0.7]]])
    patches = Boxes(centres, 0.1).sample(picture, 7).view(2, 2, 7, 7)
    torch.testing.assert_close(patches.mean(dim=(2, 3)), centres[0], atol=1e-4, rtol=0)
    torch.testing.assert_close(patches[0, 0, 0, 6] - patches[0, 0, 0, 0], torch.tensor(0.2 * 6 / 7))


def test_boxes_end_at_the_picture_and_place_offsets_within_them():
    boxes = Boxes(torch.tensor([[[0.0, 1.0]]]), 0.25)
    assert boxes.low.tolist() == [[[0.0, 0.75]]]
    assert boxes.size.tolist() == [[[0.25, 0.25]]]
    placed = boxes.place(torch.tensor([[[0.0, 1.0]]]))
    assert placed.tolist() == [[[0.0, 1.0]]]


@pytest.mark.parametrize("backbone", ["compact", "hrnet"])
def test_all_layers_of_all_stages_are_told_and_the_last_counts(backbone):
    network = cmfa(backbone=backbone)
    told = network(faces())
    assert told["stages"].shape == (3, 2, 2, 5, 2)
    assert torch.equal(told["landmarks"], told["stages"][-1, -1])
    told["stages"].sum().backward()
    frozen = ("rgb_backbone", "rgb_tokens", "rgb_structure")
    for name, parameter in network.named_parameters():
        if name.startswith(frozen):
            assert parameter.grad is None, name
        elif name != "null_tokens":  # which stand in only now and then
            assert parameter.grad is not None, name


@ALL
@pytest.mark.parametrize("name", ["kp_slpt", "kp_cmfa"])
def test_before_training_landmarks_lie_on_the_mean_face(name, settings):
    network = model_config(name, SMALL | settings).build(INPUTS).eval()
    network.mean_shape.copy_(torch.rand(5, 2) * 0.4 + 0.3)
    with torch.no_grad():
        told = network(faces())
    torch.testing.assert_close(
        told["landmarks"], network.mean_shape.expand(2, -1, -1), atol=0.02, rtol=0
    )


@ALL
def test_training_never_changes_the_frozen_branch_not_even_its_statistics(settings):
    network = cmfa(**settings).train()
    before = {k: v.clone() for k, v in network.state_dict().items() if k.startswith("rgb_")}
    for _ in range(2):
        network(faces())["landmarks"].sum().backward()
    after = network.state_dict()
    assert before
    assert all(torch.equal(after[name], value) for name, value in before.items())


def test_the_rgb_branch_is_that_of_an_aligner_trained_on_rgb():
    aligner = model_config("kp_slpt", SMALL | {"modality": "rgb"}).build(INPUTS)
    network = cmfa()
    network.take_rgb_branch(aligner)
    name = "stem.0.weight"
    assert torch.equal(network.rgb_backbone.state_dict()[name], aligner.backbone.state_dict()[name])
    assert torch.equal(network.rgb_structure, aligner.decoder.structure)
    with pytest.raises(ValueError, match="makes no first guess"):
        cmfa(guesses_first=True).take_rgb_branch(aligner)
    with pytest.raises(ValueError, match="must see 'rgb'"):
        network.take_rgb_branch(model_config("kp_slpt", SMALL).build(INPUTS))
    wide = model_config("kp_slpt", SMALL | {"modality": "rgb", "n_token": 32}).build(INPUTS)
    with pytest.raises(ValueError, match="another size"):
        network.take_rgb_branch(wide)


@ALL
def test_without_an_rgb_picture_the_same_weights_work_on_events_alone(settings):
    network = cmfa(**settings).eval()
    with_rgb = faces()
    nothing = {**with_rgb, "rgb_ok": torch.tensor([False, True])}
    events = {"event": with_rgb["event"]}
    with torch.no_grad():
        whole, partly, alone = (network(b)["landmarks"] for b in (with_rgb, nothing, events))
    torch.testing.assert_close(partly[0], alone[0])
    torch.testing.assert_close(partly[1], whole[1])
    assert not torch.allclose(whole[0], alone[0], atol=1e-7)


def test_a_network_that_needs_rgb_says_so():
    network = cmfa(can_do_without_rgb=False, weighs_rgb=False)
    network(faces())
    with pytest.raises(ValueError, match="need an RGB picture"):
        network(faces(rgb=False))
    with pytest.raises(ValueError, match="need an RGB picture"):
        network({**faces(), "rgb_ok": torch.tensor([False, True])})


def test_self_supervision_compares_all_views_and_its_backbone_fits_the_aligners():
    settings = {"backbone": "compact", "n_features": 24, "n_bottleneck": 8}
    network = model_config("ssmer", settings).build(INPUTS)
    views = {name: torch.rand(4, 3, 64, 64) for name in ("frame", "voxel", "time_surface")}
    told = network(views)
    for part in ("projections", "predictions"):
        assert {name: tuple(v.shape) for name, v in told[part].items()} == dict.fromkeys(
            views, (4, 24)
        )
    aligner = cmfa()
    weights = backbone_weights(network.state_dict())
    missing, unexpected = aligner.event_backbone.load_state_dict(weights, strict=False)
    assert not unexpected
    assert all(name.startswith("head.") for name in missing)


def test_landmarks_that_begin_with_their_own_patches_are_learnt_within_seconds():
    # Four faces, each landmark a spot; errors over half the picture's side.
    mean = torch.rand(5, 2) * 0.5 + 0.25
    points = mean + torch.rand(4, 5, 2) * 0.14 - 0.07
    at = (torch.arange(64) + 0.5) / 64
    off = (at[:, None, None, None] - points[..., 1]) ** 2 + (
        at[:, None, None] - points[..., 0]
    ) ** 2
    spots = torch.exp(-off / 0.002).amax(dim=-1).permute(2, 0, 1)
    batch = {
        "event": spots[:, None].expand(-1, 3, -1, -1),
        "landmarks": points,
        "landmark_mask": torch.ones(4, 5, dtype=torch.bool),
        "norm": torch.full((4,), 0.5),
    }
    settings = SMALL | OURS | {"dropout": 0.0}
    network = model_config("kp_slpt", settings).build(INPUTS)
    network.mean_shape.copy_(mean)
    optimiser = torch.optim.AdamW(network.parameters(), 3e-3)
    errors = []
    for _ in range(60):
        told = network(batch)
        losses = landmark_losses(told["stages"], batch, (0.2, 0.3, 0.5))
        loss = losses["loss"] + landmark_losses(told["guess"][None, None], batch, (1.0,))["loss"]
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        errors.append(float(losses["nme"]))
    assert errors[0] > 0.05
    assert errors[-1] < 0.02
