"""What is trained on what, and how: TOML files, and presets by name."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from evface.errors import TrainingError
from evface.training_sets.augmentation import NO_AUGMENTATION, Augmentation


@dataclass(frozen=True)
class DataConfig:
    """What is learnt from, and how it becomes pictures.

    Parameters
    ----------
    path
        Of the training set.
    split
        ``"subjects"``: some people train, others validate and test. ``"none"``: all train, so that
        nothing can be said of how good the network is with others.
    split_seed, fractions
        Who is in which split; the shares of training, validation and test.
    modality
        ``"events"``, ``"rgb"`` or ``"coefficients"``.
    representation, window_us, side_px, n_frames, crop, face_margin
        As in `evface.training_sets.clip_inputs.ClipInputs`; `face_margin` of landmarks as well.
    scheme
        Of the landmarks that are learnt.
    least_state
        Landmarks below this are left out: ``"auto"``, ``"interpolated"``, ``"corrected"`` or
        ``"verified"``.
    uses_rgb
        Whether landmarks are learnt from the video's pictures beside the events.
    per_clip
        Moments of each clip an epoch, of landmarks and of what learns without labels.
    occlusion, grey
        As in `evface.training_sets.keypoint_items.FaceAugmentation`.
    caches_pictures
        Draw each clip once. Augmentation then only mirrors and shifts.
    caches_features
        Convolve each clip once, where the convolutions are frozen. There is no augmentation then.
    """

    path: str = ""
    split: Literal["subjects", "none"] = "subjects"
    split_seed: int = 0
    fractions: tuple[float, float, float] = (0.7, 0.1, 0.2)
    modality: Literal["events", "rgb", "coefficients"] = "events"
    representation: Literal["frame", "voxel", "time_surface"] = "frame"
    window_us: int = 33_333
    side_px: int = 96
    n_frames: int = 50
    crop: Literal["picture", "face"] = "face"
    face_margin: float = 1.6
    scheme: str = "ibug68"
    least_state: Literal["auto", "interpolated", "corrected", "verified"] = "auto"
    uses_rgb: bool = False
    per_clip: int = 4
    occlusion: float = 0.0
    grey: float = 0.0
    caches_pictures: bool = False
    caches_features: bool = False


@dataclass(frozen=True)
class LossConfig:
    """How much each part counts; 0 leaves it out.

    Parameters
    ----------
    classes, coefficients, pose, intensity
        Of action units. `coefficients` is the papers' lambda.
    label_smoothing
        Of the classes, 0 to below 1.
    stages
        Of landmarks: each stage's share.
    """

    classes: float = 1.0
    coefficients: float = 1.0
    pose: float = 0.3
    intensity: float = 1.0
    label_smoothing: float = 0.1
    stages: tuple[float, ...] = (0.2, 0.3, 0.5)


@dataclass(frozen=True)
class OptimiserConfig:
    """How weights are changed.

    Parameters
    ----------
    rate
        The highest learning rate.
    momentum
        Of ``"sgd"``.
    clip_norm
        The longest gradient; 0 is any.
    average
        Decay of the running average of the weights that is validated and kept; 0 is none.
    """

    name: Literal["adamw", "adam", "sgd"] = "adamw"
    rate: float = 1e-3
    weight_decay: float = 0.0
    momentum: float = 0.9
    clip_norm: float = 0.0
    average: float = 0.0


@dataclass(frozen=True)
class ScheduleConfig:
    """How the learning rate changes.

    Parameters
    ----------
    name
        ``"constant"``; ``"cosine"`` to 0; ``"steps"``: times `factor` at each of `milestones`.
    warmup
        Share of all steps over which it rises.
    milestones
        Shares of all steps.
    """

    name: Literal["constant", "cosine", "steps"] = "constant"
    warmup: float = 0.0
    milestones: tuple[float, ...] = (0.6, 0.7)
    factor: float = 0.1


@dataclass(frozen=True)
class WeightsConfig:
    """Files of weights to begin with; empty for none.

    Parameters
    ----------
    convolutions
        Of a ResNet18 for ImageNet or an I3D for Kinetics: ``.pth`` or ``.safetensors``.
    network
        A checkpoint of the same network, to go on from with other data.
    event_backbone
        A checkpoint of ``ssmer``.
    rgb_branch
        A checkpoint of ``kp_slpt`` that sees RGB pictures, or a file of an SLPT.
    """

    convolutions: str = ""
    network: str = ""
    event_backbone: str = ""
    rgb_branch: str = ""


@dataclass(frozen=True)
class RunConfig:
    """How long, and on what.

    Parameters
    ----------
    epochs
        How often everything is seen.
    batch_size
        Of all devices together.
    max_steps
        Stop after so many; 0 is never.
    patience
        Epochs without a better validation after which training ends; 0 is never.
    metric
        What is validated: the best by it is kept. Empty is the task's own.
    device
        ``"auto"`` takes a GPU where there is one.
    precision
        ``"bf16"`` computes with fewer digits.
    threads
        Of the processor; 0 leaves it to PyTorch.
    loaders
        Threads that make batches ahead.
    checkpoint_every_s
        The longest time whose work a sudden end costs.
    """

    epochs: int = 40
    batch_size: int = 16
    max_steps: int = 0
    patience: int = 0
    metric: str = ""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    precision: Literal["float32", "bf16"] = "float32"
    threads: int = 0
    loaders: int = 1
    checkpoint_every_s: float = 60.0


# What may differ when a training goes on.
MACHINE_KEYS = ("device", "threads", "loaders", "checkpoint_every_s")


@dataclass(frozen=True)
class TrainingConfig:
    """All of it.

    Parameters
    ----------
    about
        One line for people.
    network
        Name in the registry.
    model
        Settings of the network that are not its defaults.
    seed
        Of everything that is drawn. On a processor the same seed gives the same weights.
    """

    network: str
    about: str = ""
    seed: int = 0
    model: Mapping[str, Any] = field(default_factory=dict)
    data: DataConfig = field(default_factory=DataConfig)
    augmentation: Augmentation = NO_AUGMENTATION
    loss: LossConfig = field(default_factory=LossConfig)
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    schedule: ScheduleConfig = field(default_factory=ScheduleConfig)
    weights: WeightsConfig = field(default_factory=WeightsConfig)
    run: RunConfig = field(default_factory=RunConfig)

    def to_plain(self) -> dict[str, Any]:
        """Return plain values, as `config_from` takes them."""
        return asdict(self)


def preset_names() -> tuple[str, ...]:
    """Return the names of all presets, in alphabetical order."""
    folder = files("evface.training") / "presets"
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if _is_toml(f.name)))


def read_config(name: str, settings: Iterable[str] = ()) -> TrainingConfig:
    """Read a configuration.

    Parameters
    ----------
    name
        A preset, or the path of a TOML file. A file may say ``extends = "PRESET"``.
    settings
        Each ``section.key=value``, what counts instead; values as TOML has them.

    Raises
    ------
    TrainingError
        If there is no such configuration, or it says what makes no sense.
    """
    values = _read_values(name)
    for setting in settings:
        key, is_given, text = setting.partition("=")
        if not is_given:
            raise TrainingError(f"{setting}: must be KEY=VALUE, such as run.epochs=10")
        *sections, last = key.strip().split(".")
        place = values
        for section in sections:
            place = place.setdefault(section, {})
            if not isinstance(place, dict):
                raise TrainingError(f"{key}: {section} is no section")
        place[last] = _parse_value(text.strip())
    return config_from(values)


def config_from(values: Mapping[str, Any]) -> TrainingConfig:
    """Return the configuration that plain values stand for.

    Raises
    ------
    TrainingError
        If a key is unknown, or a value is of the wrong kind.
    """
    if "network" not in values:
        raise TrainingError("network is missing; name one, or extend a preset")
    config = _build(TrainingConfig, values, "")
    assert isinstance(config, TrainingConfig)
    _check(config)
    return config


def config_text(config: TrainingConfig) -> str:
    """Return a configuration as TOML."""
    plain = config.to_plain()
    lines = [f"{key} = {_toml(value)}" for key, value in plain.items() if type(value) is not dict]
    for section, inner in plain.items():
        if isinstance(inner, dict) and inner:
            lines += ["", f"[{section}]", *(f"{key} = {_toml(v)}" for key, v in inner.items())]
    return "\n".join(lines) + "\n"


def differences(one: TrainingConfig, other: TrainingConfig) -> list[str]:
    """Return what differs and would change the weights, one ``key: before, after`` each."""
    before, after = _flat(one.to_plain()), _flat(other.to_plain())
    ignored = {f"run.{key}" for key in MACHINE_KEYS} | {"about", "data.path"}
    return [
        f"{key}: {before.get(key)}, {after.get(key)}"
        for key in sorted(before.keys() | after.keys())
        if key not in ignored and _toml(before.get(key, "")) != _toml(after.get(key, ""))
    ]


def _is_toml(name: str) -> bool:
    return name.endswith(".toml")


def _read_values(name: str) -> dict[str, Any]:
    if name in preset_names():
        text = (files("evface.training") / "presets" / f"{name}.toml").read_text(encoding="utf-8")
    elif _is_toml(name) or Path(name).is_file():
        try:
            text = Path(name).read_text(encoding="utf-8")
        except OSError as error:
            raise TrainingError(f"{name}: cannot be read ({error.strerror})") from error
        except UnicodeDecodeError as error:
            raise TrainingError(f"{name}: is no text") from error
    else:
        raise TrainingError(
            f"{name}: there is no such preset; there are {', '.join(preset_names())}"
        )
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TrainingError(f"{name}: is not TOML ({error})") from error
    base = values.pop("extends", None)
    if base is None:
        return values
    if base not in preset_names() or base == name:
        raise TrainingError(f"{name}: extends {base!r}, which is no other preset")
    return _merged(_read_values(base), values)


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merged(merged[key], value) if both else value
    return merged


def _parse_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _build(kind: type[Any], values: Any, where: str) -> Any:
    if not isinstance(values, Mapping):
        raise TrainingError(f"{where} must be a section, got {values!r}")
    known = {f.name for f in fields(kind)}
    prefix = f"{where}." if where else ""
    for key in values:
        if key not in known:
            raise TrainingError(f"{prefix}{key}: there is no such key; {where or 'the top level'} "
                                f"has {', '.join(sorted(known))}")  # fmt: skip
    hints = get_type_hints(kind)
    taken = {key: _take(hints[key], value, f"{prefix}{key}") for key, value in values.items()}
    try:
        return kind(**taken)
    except ValueError as error:
        raise TrainingError(f"{prefix}{error}") from error


def _take(hint: Any, value: Any, key: str) -> Any:
    """Return a value as its field wants it."""
    origin = get_origin(hint)
    if is_dataclass(hint) and isinstance(hint, type):
        return _build(hint, value, key)
    if origin is Literal:
        if value not in get_args(hint):
            words = ", ".join(map(repr, get_args(hint)))
            raise TrainingError(f"{key} must be one of {words}, got {value!r}")
        return value
    if origin is tuple:
        return _take_tuple(hint, value, key)
    if hint is float and type(value) is int:
        return float(value)
    wanted = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
    if hint in wanted and type(value) is not hint:
        raise TrainingError(f"{key} must be {wanted[hint]}, got {value!r}")
    if hint in wanted:
        return value
    if not isinstance(value, Mapping):
        raise TrainingError(f"{key} must be a section, got {value!r}")
    return {name: tuple(v) if isinstance(v, list) else v for name, v in value.items()}


def _take_tuple(hint: Any, value: Any, key: str) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise TrainingError(f"{key} must be a list, got {value!r}")
    inner = get_args(hint)
    if inner[-1] is Ellipsis:
        inner = (inner[0],) * len(value)
    if len(inner) != len(value):
        raise TrainingError(f"{key} must have {len(inner)} values, got {len(value)}")
    return tuple(_take(kind, v, key) for kind, v in zip(inner, value, strict=True))


def _check(config: TrainingConfig) -> None:
    at_least: list[tuple[str, float, float]] = [
        ("run.epochs", config.run.epochs, 1),
        ("run.batch_size", config.run.batch_size, 1),
        ("run.max_steps", config.run.max_steps, 0),
        ("run.patience", config.run.patience, 0),
        ("run.loaders", config.run.loaders, 1),
        ("run.threads", config.run.threads, 0),
        ("data.side_px", config.data.side_px, 8),
        ("data.n_frames", config.data.n_frames, 1),
        ("data.window_us", config.data.window_us, 1),
        ("optimiser.rate", config.optimiser.rate, 1e-12),
        ("optimiser.clip_norm", config.optimiser.clip_norm, 0),
        *((f"loss.{f.name}", getattr(config.loss, f.name), 0)
          for f in fields(config.loss) if f.name != "stages"),
    ]  # fmt: skip
    for key, value, least in at_least:
        if not value >= least:
            raise TrainingError(f"{key} must be at least {least:g}, got {value:g}")
    below_one = {
        "loss.label_smoothing": config.loss.label_smoothing,
        "optimiser.average": config.optimiser.average,
        "schedule.warmup": config.schedule.warmup,
    }
    for key, value in below_one.items():
        if not 0 <= value < 1:
            raise TrainingError(f"{key} must be 0 to below 1, got {value:g}")


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat


def _toml(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    # JSON's strings, numbers and booleans are TOML's.
    return json.dumps(value, ensure_ascii=False)
