"""Trained networks as ONNX, with all it takes to use them written into the file."""

from __future__ import annotations

import copy
import importlib.util
import json
import os
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import torch
from torch import Tensor, nn

from evface.annotations.segments import UNITS
from evface.errors import ModelFileError
from evface.files import replacing
from evface.models.checkpoints import NetworkInfo, temperature_of
from evface.models.registry import task_of

OPSET = 18
# How far outputs may lie from those of PyTorch.
TOLERANCE = 1e-4

# These take clips of any length up to that which they were trained on; the others have them padded
# and masked to exactly that.
_ANY_LENGTH = ("au_light", "au_resnet18_lstm", "au_coefficients_lstm")
_ACTION_UNITS = ("class_logits", "coefficients", "pose", "intensity_logits")
_LANDMARKS = ("stages", "landmarks")


def write_onnx(path: Path, network: nn.Module, info: NetworkInfo, *, checkpoint: str = "") -> float:
    """Write a network as ONNX and compare what it says there with what it says here.

    Inputs have the names of `evface.training_sets`' batches, pictures from 0 to 1; the number of
    clips or faces is free. The file's metadata say in JSON what the network is, how it is fed, its
    classes, its landmark scheme and what z-scores stand for.

    Parameters
    ----------
    path
        Replaced where it exists, all or nothing.
    network
        In evaluation mode. Not modified.
    info
        What it is.
    checkpoint
        Digest of the checkpoint it comes from, for the metadata.

    Returns
    -------
    float
        The largest difference of any output, over batches of other sizes than it was written with.

    Raises
    ------
    ModelFileError
        If ``onnx`` or ``onnxruntime`` is not installed, or the two do not say the same.
    FileError
        If the file cannot be written.
    """
    for package in ("onnx", "onnxruntime"):
        if importlib.util.find_spec(package) is None:
            raise ModelFileError(
                path, f'cannot be written without {package}; pip install "evface[train]"'
            )
    model = _with_metadata(_trace(network, info), info, checkpoint)
    difference = max(_difference(model, network, example_inputs(info, n)) for n in (1, 3))
    if not difference <= TOLERANCE:
        raise ModelFileError(
            path, f"was not written: outputs differ by {difference:.1e} from those of PyTorch"
        )
    with replacing(path) as temporary, temporary.open("wb") as file:
        file.write(model)
        file.flush()
        os.fsync(file.fileno())
    return difference


def example_inputs(info: NetworkInfo, n: int) -> dict[str, Tensor]:
    """Return inputs of random numbers for `n` clips or faces, by name; one clip ends early."""
    drawn = torch.Generator().manual_seed(n)
    inputs = info.inputs
    side_px, channels = inputs["side_px"], inputs["channels"]

    def pictures(*shape: int) -> Tensor:
        return torch.rand(*shape, side_px, side_px, generator=drawn)

    match task_of(info.network):
        case "action_units":
            n_frames = inputs["n_frames"]
            frame_mask = torch.ones(n, n_frames, dtype=torch.bool)
            frame_mask[-1, max(1, n_frames - n_frames // 3) :] = False
            if inputs["modality"] == "coefficients":
                sequence = torch.randn(n, n_frames, channels, generator=drawn)
                return {"sequence": sequence, "frame_mask": frame_mask}
            if inputs["modality"] == "both":
                rgb_ok = torch.arange(n) % 2 == 0
                if not info.settings.get("missing_rgb"):
                    rgb_ok[:] = True
                events, rgb = (pictures(n, n_frames, channels) for _ in range(2))
                return {"events": events, "rgb": rgb, "rgb_ok": rgb_ok, "frame_mask": frame_mask}
            return {inputs["modality"]: pictures(n, n_frames, channels), "frame_mask": frame_mask}
        case "landmarks" if info.network == "kp_cmfa":
            rgb_ok = torch.arange(n) % 2 == 0
            if not info.settings.get("can_do_without_rgb", True):
                rgb_ok[:] = True
            return {"event": pictures(n, channels), "rgb": pictures(n, 3), "rgb_ok": rgb_ok}
        case "landmarks":
            modality = info.settings.get("modality", "event")
            return {modality: pictures(n, 3 if modality == "rgb" else channels)}
        case _:
            return {name: pictures(n, channels) for name in _views(info)}


class _ByPosition(nn.Module):
    """A network that takes and gives tensors in order, as a graph does."""

    def __init__(self, network: nn.Module, names: tuple[str, ...]) -> None:
        super().__init__()
        self.network, self._names = network, names

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        return _flat(self.network(dict(zip(self._names, inputs, strict=True))))


class _SlicedMaxPool(nn.Module):
    """`nn.AdaptiveMaxPool2d` on pictures of one known size, of operations that graphs have."""

    def __init__(self, n_out: int, size: tuple[int, int]) -> None:
        super().__init__()
        self._rows, self._columns = (
            [(k * length // n_out, -(-(k + 1) * length // n_out)) for k in range(n_out)]
            for length in size
        )

    def forward(self, x: Tensor) -> Tensor:
        rows = torch.stack([x[:, :, a:b].amax(dim=2) for a, b in self._rows], dim=2)
        return torch.stack([rows[..., a:b].amax(dim=3) for a, b in self._columns], dim=3)


def _trace(network: nn.Module, info: NetworkInfo) -> bytes:
    inputs = example_inputs(info, 2)
    network = _with_plain_pools(copy.deepcopy(network).cpu().eval(), inputs)
    names = _output_names(info)
    axes = {name: {0: "n"} for name in (*inputs, *names)}
    if "stages" in axes:
        axes["stages"] = {2: "n"}
    if info.network in _ANY_LENGTH:
        for name in (*inputs, *names):
            if name != "class_logits":
                axes[name][1] = "n_frames"
    # Of the two exporters of PyTorch this one keeps recurrent layers whole, with clips of any
    # length; it says that it is the older one, and of every shape that it is kept as it is.
    with (
        warnings.catch_warnings(),
        _plain_attention(),
        tempfile.TemporaryDirectory(prefix="evface-") as folder,
    ):
        warnings.simplefilter("ignore")
        written = Path(folder) / "network.onnx"
        torch.onnx.export(
            _ByPosition(network, tuple(inputs)).eval(),
            tuple(inputs.values()),
            written,
            input_names=list(inputs),
            output_names=list(names),
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )
        return written.read_bytes()


@contextmanager
def _plain_attention() -> Iterator[None]:
    """Keep transformers from taking their layers as one, which graphs do not know."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


def _with_plain_pools(network: nn.Module, inputs: dict[str, Tensor]) -> nn.Module:
    """Replace what the exporter cannot express, by what says the same."""
    sizes: dict[nn.Module, tuple[int, int]] = {}

    def note(module: nn.Module, args: tuple[Tensor, ...]) -> None:
        sizes[module] = (args[0].shape[-2], args[0].shape[-1])

    pools = [part for part in network.modules() if isinstance(part, nn.AdaptiveMaxPool2d)]
    handles = [pool.register_forward_pre_hook(note) for pool in pools]
    with torch.no_grad():
        network(inputs)
    for handle in handles:
        handle.remove()
    for parent in list(network.modules()):
        for name, part in list(parent.named_children()):
            if isinstance(part, nn.AdaptiveMaxPool2d):
                setattr(parent, name, _SlicedMaxPool(int(str(part.output_size)), sizes[part]))
    return network


def _with_metadata(graph: bytes, info: NetworkInfo, checkpoint: str) -> bytes:
    import onnx

    model = onnx.load_from_string(graph)
    model.producer_name, model.producer_version = "evface", version("evface")
    said = {name: value for name, value in asdict(info).items() if name != "training"}
    said["pictures"] = "float32 from 0 to 1"
    if task_of(info.network) == "action_units":
        said["classes"] = list(UNITS[: info.targets["n_classes"]])
        said["temperature"] = temperature_of(info)
    if checkpoint:
        said["checkpoint"] = checkpoint
    for name, value in said.items():
        model.metadata_props.add(
            key=name, value=value if isinstance(value, str) else json.dumps(value)
        )
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _difference(model: bytes, network: nn.Module, inputs: dict[str, Tensor]) -> float:
    """Return how far the graph's outputs lie from the network's, frames of padding left out."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Errors only.
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    wanted = {one.name for one in session.get_inputs()}
    found = session.run(
        None, {name: value.numpy() for name, value in inputs.items() if name in wanted}
    )
    with torch.no_grad():
        expected = _flat(network(inputs))
    mask = inputs.get("frame_mask")
    largest = 0.0
    for one, other in zip(expected, found, strict=True):
        apart = (one - torch.from_numpy(other)).abs()
        if mask is not None and apart.ndim == 3:
            apart = apart[mask]
        largest = max(largest, float(apart.max()))
    return largest


def _flat(outputs: Mapping[str, Tensor | Mapping[str, Tensor]]) -> tuple[Tensor, ...]:
    tensors: list[Tensor] = []
    for value in outputs.values():
        tensors += [value] if isinstance(value, Tensor) else value.values()
    return tuple(tensors)


def _output_names(info: NetworkInfo) -> tuple[str, ...]:
    match task_of(info.network):
        case "action_units":
            return _ACTION_UNITS
        case "landmarks":
            return (*_LANDMARKS, "guess") if info.settings.get("guesses_first") else _LANDMARKS
        case _:
            views = _views(info)
            return tuple(
                f"{what}_{name}" for what in ("projection", "prediction") for name in views
            )


def _views(info: NetworkInfo) -> tuple[str, ...]:
    return tuple(info.settings["representations"])
