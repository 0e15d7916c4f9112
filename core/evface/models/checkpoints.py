"""Files of trained networks: weights as safetensors, and beside them all it takes to use them."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evface.errors import ModelFileError
from evface.files import JSON_DAMAGES, plain_values, replacing
from evface.models.registry import model_config, model_names, task_of
from evface.models.specs import InputSpec, KeypointSpec, TargetSpec

if TYPE_CHECKING:  # The studio asks what a network is, and must not load PyTorch.
    from torch import Tensor, nn

# In the folder of a training.
BEST = "best.safetensors"
_FORMAT = "evface network"
_VERSION = 1
# Fields of a network that have fields of their own.
_SECTIONS = ("settings", "inputs", "targets", "feeding", "statistics", "training")
# What pickles and the archives that torch.save makes begin with.
_PICKLE_STARTS = (b"\x80", b"PK\x03\x04")
# No checkpoint says more of itself than this.
_LONGEST_HEADER = 64 * 1024 * 1024


@dataclass(frozen=True)
class NetworkInfo:
    """What a network is, how it is fed and how it was trained; all of it plain values.

    Parameters
    ----------
    network
        Name in the registry.
    settings
        Of its configuration.
    inputs
        Fields of its `InputSpec`, or `KeypointSpec`.
    targets
        Fields of its `TargetSpec`; empty for networks that have none.
    feeding
        Fields of what makes pictures for it, such as `evface.training_sets` has it.
    statistics
        What a target's zero and one stand for, as `TargetStatistics.to_json` gives it.
    model
        Key of the morphable model whose coefficients it tells; empty without any.
    scheme
        Of the landmarks it places; empty without any.
    training
        How it came about: the configuration, the hash of the data, subjects of each split, the
        step, and what was measured.
    """

    network: str
    settings: Mapping[str, Any]
    inputs: Mapping[str, Any]
    targets: Mapping[str, Any] = field(default_factory=dict)
    feeding: Mapping[str, Any] = field(default_factory=dict)
    statistics: Mapping[str, Any] = field(default_factory=dict)
    model: str = ""
    scheme: str = ""
    training: Mapping[str, Any] = field(default_factory=dict)

    def build(self) -> nn.Module:
        """Make the network, with fresh weights.

        Raises
        ------
        ValueError
            If there is no such network, or it has no such setting.
        """
        config = model_config(self.network, _with_tuples(self.settings))
        try:
            if task_of(self.network) == "action_units":
                return config.build(InputSpec(**self.inputs), TargetSpec(**self.targets))
            return config.build(KeypointSpec(**self.inputs))
        except TypeError as error:
            raise ValueError(str(error)) from error


def temperature_of(info: NetworkInfo) -> float:
    """Return what to divide a network's logits by for probabilities, as validation found it."""
    return float(info.training.get("calibration", {}).get("temperature", 1.0))


def write_checkpoint(path: Path, info: NetworkInfo, weights: Mapping[str, Tensor]) -> None:
    """Write a network, all or nothing.

    Parameters
    ----------
    weights
        By name; more than the network's own may be there, such as a training's state.

    Raises
    ------
    FileError
        If the file cannot be written; what was there before is still there then.
    """
    from safetensors.torch import save

    words = json.dumps({"format": _FORMAT, "version": _VERSION, **plain_values(asdict(info))})
    kept = {name: value.detach().cpu().contiguous().clone() for name, value in weights.items()}
    packed = save(kept, metadata={"evface": words, "made_with": version("evface")})
    with replacing(path) as temporary, temporary.open("wb") as file:
        file.write(packed)
        file.flush()
        os.fsync(file.fileno())


def network_file(path: Path) -> Path:
    """Return where a network lies that is named by its file, or by the folder of its training.

    Raises
    ------
    ModelFileError
        If the folder holds none.
    """
    if not path.is_dir():
        return path
    found = path / BEST
    if not found.is_file():
        raise ModelFileError(path, "holds no trained network; train there, or name another folder")
    return found


def read_about(path: Path) -> dict[str, Any]:
    """Read all that a checkpoint says of itself, whatever that is; neither PyTorch nor weights.

    Raises
    ------
    ModelFileError
        If it is missing or damaged, or holds something else.
    """
    _refuse_code(path)
    try:
        n_bytes = path.stat().st_size
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > min(_LONGEST_HEADER, n_bytes):
                raise ValueError("its header is longer than the file")
            header = json.loads(file.read(length))
        words = header.get("__metadata__", {}).get("evface", "{}")
        ends = [value["data_offsets"][1] for name, value in header.items() if name[0] != "_"]
        if n_bytes < 8 + length + max(ends, default=0):
            raise ValueError("it is cut short")
        about = json.loads(words)
    except (*JSON_DAMAGES, OSError, struct.error) as error:
        raise ModelFileError(
            path, f"is no network, or damaged ({error}); train it again"
        ) from error
    return about if isinstance(about, dict) else {}


def read_info(path: Path) -> NetworkInfo:
    """Read what a network is, without PyTorch and its weights.

    Raises
    ------
    ModelFileError
        If the file is missing, damaged, no network of evface, or of a newer version.
    """
    path = network_file(path)
    return info_of(path, read_about(path))


def info_of(path: Path, about: Mapping[str, Any]) -> NetworkInfo:
    """Return what a network is, of what `read_about` read.

    Raises
    ------
    ModelFileError
        If it is no network of evface, or of a newer version.
    """
    fields = dict(about)
    try:
        if fields.pop("format") != _FORMAT:
            raise ValueError("another format")
        if int(fields.pop("version")) > _VERSION:
            raise ModelFileError(path, "was written by a newer evface; update evface")
        if not all(isinstance(fields.get(name, {}), dict) for name in _SECTIONS):
            raise ValueError("something else than sections")
        info = NetworkInfo(**fields)
        is_known = info.network in model_names()
    except JSON_DAMAGES as error:
        raise ModelFileError(path, "holds weights, but no network of evface") from error
    if not is_known:
        raise ModelFileError(path, f"is a network {info.network!r}, which this evface has not")
    return info


def read_weights(path: Path) -> dict[str, Tensor]:
    """Read all that a checkpoint holds, by name.

    Raises
    ------
    ModelFileError
        If it cannot be read.
    """
    import safetensors
    from safetensors.torch import load_file

    path = network_file(path)
    _refuse_code(path)
    try:
        return load_file(str(path))
    except (safetensors.SafetensorError, OSError) as error:
        raise ModelFileError(path, f"is damaged ({error}); train it again") from error


def read_network(path: Path) -> tuple[nn.Module, NetworkInfo]:
    """Read a trained network, ready to be used: in evaluation mode, on the processor.

    Raises
    ------
    ModelFileError
        If it cannot be read, is another network than it says, or of another version.
    """
    info = read_info(path)
    weights = {
        name.removeprefix("network."): value
        for name, value in read_weights(path).items()
        if name.startswith("network.")
    }
    try:
        network = info.build()
        network.load_state_dict(weights)
    except (ValueError, RuntimeError) as error:
        raise ModelFileError(
            path,
            f"does not fit the network {info.network} of this evface; train it again, or use the "
            f"version that made it ({str(error).partition(chr(10))[0]})",
        ) from error
    return network.eval(), info


def _refuse_code(path: Path) -> None:
    try:
        with path.open("rb") as file:
            start = file.read(9)
    except OSError as error:
        raise ModelFileError(path, f"cannot be read ({error.strerror})") from error
    # Its first bytes may be the same as those of safetensors, which go on with a brace after 8.
    if start.startswith(_PICKLE_STARTS) and start[8:] != b"{":
        raise ModelFileError(
            path,
            "holds Python objects, which could run code; evface reads networks it wrote itself",
        )


def _with_tuples(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: tuple(value) if isinstance(value, list) else value for name, value in settings.items()
    }
