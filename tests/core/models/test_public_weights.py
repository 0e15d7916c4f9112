"""Parameters are named as in the weights that people have, so that those load."""

import torch

from evface.models.blocks.inception import InflatedInception
from evface.models.blocks.resnet import ResNet18


def test_a_resnet18_has_the_names_and_shapes_of_torchvision():
    state = {name: tuple(value.shape) for name, value in ResNet18().state_dict().items()}
    assert len(state) == 122  # as many as torchvision's resnet18 has
    assert state["conv1.weight"] == (64, 3, 7, 7)
    assert state["layer1.1.bn2.running_var"] == (64,)
    assert state["layer2.0.downsample.0.weight"] == (128, 64, 1, 1)
    assert state["layer2.0.downsample.1.num_batches_tracked"] == ()
    assert state["layer4.1.conv2.weight"] == (512, 512, 3, 3)
    assert not any(name.startswith("layer1.0.downsample") for name in state)
    convolutions = sum(
        value.numel() for name, value in ResNet18().named_parameters() if not name.startswith("fc.")
    )
    assert convolutions == 11_176_512  # 11,689,512 with its 1000 classes


def test_an_inflated_inception_has_the_names_of_the_weights_for_kinetics():
    network = InflatedInception()
    state = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    assert state["Conv3d_1a_7x7.conv3d.weight"] == (64, 3, 7, 7, 7)
    assert state["Mixed_3b.b1b.conv3d.weight"] == (128, 96, 3, 3, 3)
    assert state["Mixed_4e.b2b.bn.running_mean"] == (64,)
    assert state["Mixed_5c.b3b.conv3d.weight"] == (128, 832, 1, 1, 1)
    # 12.7 million with 400 classes, whose layer is left out here.
    n_logits = 400 * 1024 + 400
    assert sum(p.numel() for p in network.parameters()) + n_logits == 12_697_264


def test_an_inflated_inception_takes_clips_of_any_length_and_size():
    network = InflatedInception(2).eval()
    with torch.no_grad():
        for shape in ((3, 32, 32), (9, 33, 47)):
            assert network(torch.rand(1, 2, *shape)).shape == (1, 1024)
