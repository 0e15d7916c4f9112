"""The network of every preset, as it is trained, says the same as ONNX."""

import pytest
import torch

from evface.export.onnx import TOLERANCE, write_onnx
from evface.training.config import preset_names
from evface.training.tasks import make_task

# There is a tiny one of every network; large ones differ from it in width alone.
PRESETS = [name for name in preset_names() if name.endswith(("_tiny", "_compact", "_quick"))]


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_says_the_same_as_onnx(name, configured, training_set, tmp_path):
    # Networks are as the presets have them, pictures are small.
    config = configured(name, "data.side_px=64", "data.caches_features=false")
    info = make_task(config, training_set, [0]).info()
    torch.manual_seed(0)
    network = info.build().eval()
    assert write_onnx(tmp_path / "network.onnx", network, info) <= TOLERANCE
