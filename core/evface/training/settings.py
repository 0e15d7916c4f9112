"""What is trained on what, and how: all that a configuration says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from evface.training_sets.augmentation import NO_AUGMENTATION, Augmentation


@dataclass(frozen=True)
class DataConfig:
    """What is learnt from, and how it becomes pictures.

    Parameters
    ----------
    path
        Of the training set.
    split
        ``"subjects"``: some people train, others validate and test. ``"time"``: the same people
        train and, later on, validate and test, for recordings of one or two. ``"none"``: all train.
        Only the first says how good the network is with people it never saw.
    split_seed, fractions
        Who is in which split; the shares of training, validation and test.
    modality
        ``"events"``, ``"rgb"``, ``"both"`` or ``"coefficients"``.
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
    occlusion, grey, far
        As in `evface.training_sets.keypoint_items.FaceAugmentation`.
    caches_pictures
        Draw each clip once. Augmentation then only mirrors and shifts.
    caches_features
        Convolve each clip once, where the convolutions are frozen. There is no augmentation then.
    """

    path: str = ""
    split: Literal["subjects", "time", "none"] = "subjects"
    split_seed: int = 0
    fractions: tuple[float, float, float] = (0.7, 0.1, 0.2)
    modality: Literal["events", "rgb", "both", "coefficients"] = "events"
    representation: Literal["frame", "voxel", "time_surface", "adaptive"] = "frame"
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
    far: float = 0.0
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
        A checkpoint of ``kp_slpt`` that sees RGB pictures, or a file of an SLPT; for ``au_fusion``
        one of its trunk that sees ``rgb``.
    events_branch
        For ``au_fusion``: a checkpoint of its trunk that sees ``events``.
    """

    convolutions: str = ""
    network: str = ""
    event_backbone: str = ""
    rgb_branch: str = ""
    events_branch: str = ""


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
    keeps
        The network that validates ``"best"``, or the ``"last"``, where there is too little to
        validate on for a choice.
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
    keeps: Literal["best", "last"] = "best"
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
