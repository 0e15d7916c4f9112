"""Every network as ONNX says what it says here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from evface.errors import ModelFileError
from evface.export import onnx as exporting
from evface.export.onnx import OPSET, example_inputs, write_onnx
from evface.models.checkpoints import NetworkInfo
from evface.models.registry import model_config, model_names, settings_of, task_of
from evface.models.specs import InputSpec, KeypointSpec, TargetSpec

_COMPACT = {
    "backbone": "compact",
    "n_token": 16,
    "n_layers": 2,
    "n_heads": 2,
    "n_feedforward": 32,
}
_SETTINGS: dict[str, dict[str, Any]] = {
    "kp_slpt": _COMPACT,
    "kp_cmfa": _COMPACT,
    "au_fusion": {"trunk_settings": {"n_channels": (4, 8), "n_features": 8, "n_hidden": 8}},
    "ssmer": {"backbone": "compact", "n_features": 16, "n_bottleneck": 8},
}
_STATISTICS = {"coefficient_mean": [0.1] * 5, "coefficient_std": [0.5] * 5}


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def _info(name: str, **settings: Any) -> NetworkInfo:
    config = model_config(name, _SETTINGS.get(name, {}) | settings)
    if task_of(name) == "action_units":
        is_sequence = name.startswith("au_coefficients")
        sees = "both" if name == "au_fusion" else "events"
        inputs = (
            InputSpec("coefficients", 9, 0, 6)
            if is_sequence
            else InputSpec(sees, side_px=32, n_frames=6)  # type: ignore[arg-type]
        )
        return NetworkInfo(
            name,
            settings_of(config),
            asdict(inputs),
            asdict(TargetSpec(n_coefficients=5)),
            feeding={"representation": "frame", "window_us": 33_333},
            statistics=_STATISTICS,
            model="open-head",
        )
    spec = KeypointSpec(n_landmarks=5, side_px=32)
    return NetworkInfo(name, settings_of(config), asdict(spec), scheme="five")


def _network(info: NetworkInfo) -> torch.nn.Module:
    torch.manual_seed(0)
    network = info.build()
    # Statistics of other than fresh layers, so that they count.
    for name, value in network.named_buffers():
        if name.endswith("running_mean"):
            value.normal_(std=0.1)
        elif name.endswith("running_var"):
            value.uniform_(0.5, 1.5)
    return network.eval()


@pytest.mark.parametrize("name", model_names())
def test_every_network_says_the_same_as_onnx(tmp_path: Path, name: str) -> None:
    info = _info(name)
    assert write_onnx(tmp_path / "network.onnx", _network(info), info) <= 1e-4


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("au_light", {"looks_ahead": False}),
        ("au_vit_spt_lsa", {"knows_order": False}),
        ("au_fusion", {"stage": "early"}),
        ("au_fusion", {"stage": "late", "missing_rgb": 0.0}),
        ("au_fusion", {"stage": "middle", "trunk": "au_vit_spt_lsa", "trunk_settings": {}}),
        ("kp_slpt", {"backbone": "hrnet"}),
        ("kp_slpt", {"modality": "rgb"}),
        ("kp_cmfa", {"backbone": "hrnet"}),
        ("kp_cmfa", {"can_do_without_rgb": False, "weighs_rgb": False}),
    ],
)
def test_other_settings_say_the_same(tmp_path: Path, name: str, settings: dict[str, Any]) -> None:
    info = _info(name, **settings)
    assert write_onnx(tmp_path / "network.onnx", _network(info), info) <= 1e-4


@pytest.mark.parametrize("name", ["au_light", "au_resnet18_lstm", "au_coefficients_lstm"])
def test_recurrent_networks_take_clips_of_another_length(tmp_path: Path, name: str) -> None:
    info = _info(name)
    network = _network(info)
    write_onnx(tmp_path / "network.onnx", network, info)
    short = {key: value[:, :4] for key, value in example_inputs(info, 2).items()}
    session = onnxruntime.InferenceSession(tmp_path / "network.onnx")
    found = session.run(["intensity_logits"], {k: v.numpy() for k, v in short.items()})[0]
    with torch.no_grad():
        expected = network(short)["intensity_logits"]
    assert found.shape == (2, 4, 24)
    mask = short["frame_mask"]
    assert torch.allclose(expected[mask], torch.from_numpy(found)[mask], atol=1e-5)


def test_the_file_says_how_the_network_is_used(tmp_path: Path) -> None:
    info = _info("au_light")
    write_onnx(tmp_path / "network.onnx", _network(info), info, checkpoint="abc123")
    model = onnx.load(tmp_path / "network.onnx")
    said = {one.key: one.value for one in model.metadata_props}
    assert [one.version for one in model.opset_import] == [OPSET]
    assert said["network"] == "au_light"
    assert said["model"] == "open-head"
    assert said["checkpoint"] == "abc123"
    assert json.loads(said["classes"])[0] == "AU1"
    assert len(json.loads(said["classes"])) == 24
    assert json.loads(said["statistics"]) == _STATISTICS
    assert json.loads(said["feeding"])["window_us"] == 33_333
    assert json.loads(said["inputs"])["n_frames"] == 6
    assert "training" not in said


def test_frozen_parts_are_in_the_file(tmp_path: Path) -> None:
    info = _info("kp_cmfa")
    network = _network(info)
    write_onnx(tmp_path / "network.onnx", network, info)
    model = onnx.load(tmp_path / "network.onnx")
    kept = sum(int(np.prod(one.dims)) for one in model.graph.initializer)
    frozen = sum(p.numel() for p in network.parameters() if not p.requires_grad)
    learnt = sum(p.numel() for p in network.parameters() if p.requires_grad)
    assert frozen > 0
    # Normalisation is folded into convolutions: a few numbers fewer.
    assert kept > 0.95 * (frozen + learnt)


def test_exporting_leaves_the_network_as_it_was(tmp_path: Path) -> None:
    info = _info("au_light")
    network = _network(info)
    before = str(network)
    write_onnx(tmp_path / "network.onnx", network, info)
    assert str(network) == before


def test_a_graph_that_says_something_else_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = _info("au_coefficients_lstm")
    monkeypatch.setattr(exporting, "TOLERANCE", -1.0)
    with pytest.raises(ModelFileError, match="outputs differ by"):
        write_onnx(tmp_path / "network.onnx", _network(info), info)
    assert not (tmp_path / "network.onnx").exists()


def test_without_onnx_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = _info("au_coefficients_lstm")
    monkeypatch.setattr(exporting.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(ModelFileError, match=r"without onnx; pip install"):
        write_onnx(tmp_path / "network.onnx", _network(info), info)
