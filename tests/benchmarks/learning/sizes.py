"""The three sizes: what is made and trained in each."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

from evface.morphable.facs import HEAD_NAMES
from evface.simulation.protocols import SetSettings, all_labels
from learning.plan import Material, People, Plan, Trial

# The parts of the loss that each row of the tables learns by.
LOSSES = {
    "classes": ("loss.coefficients=0", "loss.pose=0", "loss.intensity=0"),
    "alpha": ("loss.intensity=0",),
    "all": (),
}
CONDITIONS = ("good_light", "low_light", "motion_blur")
REPRESENTATIONS = ("frame", "voxel", "time_surface")
WINDOWS_MS = (1, 5, 10, 33)
# What each number of representations is, in the order in which they are added.
SSMER_OF = {1: REPRESENTATIONS[:1], 2: REPRESENTATIONS[:2], 3: REPRESENTATIONS}
_WINDOW_US = {1: 1_000, 5: 5_000, 10: 10_000, 33: 33_333}
# The one that is kept is chosen by the same figure whatever is learnt beside.
_CHOSEN = "run.metric=facial_top1"
_WHOLE = ("model.freezes_convolutions=false", "data.caches_features=false")
_AU = "action_units"
_KP = "keypoints"


def ci() -> Plan:
    """Return the plan that shows within a minute that all of it works, and not how well."""
    people = SetSettings(
        n_subjects=5,
        seed=3,
        resolution=(56, 70),
        rgb_resolution=(32, 40),
        condition="good_light",
        labels=("AU4", "AU12", "AU26", "AU45", "AU51", "AU53"),
        n_repetitions=1,
        texture_width=256,
    )
    # All in this process, which computes with one precision.
    plain = ("run.precision=float32", "run.batch_size=6", "run.threads=1")
    light = ("data.side_px=48", "run.epochs=6", *plain)
    trials = [
        Trial(
            "ci",
            {"network": "light", "loss": loss, "copy": copy},
            "au_light",
            (*light, *LOSSES[loss], "data.caches_pictures=false"),
            _AU,
            measured_on=(_AU,),
        )
        for loss, copy in (("alpha", "one"), ("alpha", "two"), ("classes", "one"))
    ]
    trials.append(
        Trial(
            "ci",
            {"network": "coefficients"},
            "au_coefficients_lstm",
            ("run.epochs=50", "run.patience=0", *plain),
            _AU,
            measured_on=(_AU,),
        )
    )
    return Plan(
        "ci",
        "Five people, six movements once each: shows that all parts work, not how well.",
        (People(_AU, people),),
        (Material(_AU, (_AU,)),),
        tuple(trials),
    )


def two_cores() -> Plan:
    """Return the plan of the README's tables."""
    resolution = (112, 140)
    people = SetSettings(
        n_subjects=38,
        seed=5,
        resolution=resolution,
        rgb_resolution=resolution,
        condition="good_light",
        labels=_units(),
        texture_width=512,
    )
    poses = {
        condition: SetSettings(
            protocol="keypoints",
            n_subjects=38,
            seed=6,
            resolution=(160, 120),
            condition=condition,
            clips_per_subject=2,
            texture_width=512,
        )
        for condition in CONDITIONS
    }
    return Plan(
        "two-cores",
        "Small pictures and short trainings: each network gets some minutes of a core. The large "
        "ones begin with fresh weights, because those for ImageNet and Kinetics cannot be fetched, "
        "and see few pixels and few clips.",
        (People(_AU, people), *_poses(poses)),
        (Material(_AU, (_AU,)), *_pose_materials()),
        (*_two_cores_units(), *_two_cores_keypoints()),
        n_beside=2,
    )


def _two_cores_units() -> list[Trial]:
    fast = (_CHOSEN, "run.precision=bf16", "run.patience=0", 'data.crop="face"')
    # The face fills the picture nearly pixel by pixel.
    near = ("data.face_margin=1.3", *fast)
    light = ("data.side_px=64", "run.epochs=12", *near)
    small = ("data.side_px=48", "run.epochs=4", *near)
    trials = [
        _network("light", "au_light", modality, loss, seed, light)
        for modality, seeds in (("events", (0, 1)), ("rgb", (0,)))
        for seed, loss in product(seeds, ("alpha", "classes"))
    ]
    # From nothing, since weights for ImageNet cannot be fetched; 32 px is what the minutes allow.
    resnet = ("data.side_px=32", "run.epochs=4", *_WHOLE, *near)
    for network, preset, losses in (
        ("ResNet18 + LSTM", "au_resnet18_lstm", ("classes", "alpha")),
        ("ResNet18 + transformer", "au_resnet18_transformer", ("alpha",)),
    ):
        trials += [_network(network, preset, "events", loss, 0, resnet) for loss in losses]
    i3d = ("data.side_px=48", "run.max_steps=50", "run.batch_size=8", *near)
    vit = ("data.side_px=64", "run.max_steps=80", "optimiser.rate=0.001", *near)
    for loss in ("classes", "alpha"):
        trials.append(_network("I3D", "au_i3d", "events", loss, 0, i3d))
        trials.append(_network("ViT, SPT and LSA", "au_vit_spt_lsa", "events", loss, 0, vit))
    trials += _controls(("run.epochs=16", *fast))
    trials += _fusions(small)
    trials += _windows(small, WINDOWS_MS[:-1], REPRESENTATIONS)
    return trials


def _two_cores_keypoints() -> list[Trial]:
    return _keypoints("_compact", ("run.max_steps=260",), ("run.max_steps=100",), seeds=(0,))


def gpu() -> Plan:
    """Return the plan for whenever a GPU is at hand: all networks as the papers have them."""
    people = SetSettings(
        n_subjects=92,
        seed=7,
        resolution=(320, 400),
        rgb_resolution=(320, 400),
        condition="good_light",
        labels=_units(),
        texture_width=1024,
    )
    poses = {
        condition: SetSettings(
            protocol="keypoints",
            n_subjects=92,
            seed=8,
            resolution=(480, 360),
            condition=condition,
            texture_width=1024,
        )
        for condition in CONDITIONS
    }
    fast = (_CHOSEN, "run.precision=bf16", "run.loaders=4")
    face = ('data.crop="face"', "data.side_px=224", *fast)
    trained = (*_WHOLE, "run.epochs=60")
    networks = (
        ("light", "au_light", ("run.epochs=40",)),
        ("ResNet18 + LSTM", "au_resnet18_lstm", trained),
        ("ResNet18 + transformer", "au_resnet18_transformer", trained),
        ("I3D", "au_i3d", ()),
        ("ViT, SPT and LSA", "au_vit_spt_lsa", ()),
    )
    trials = [
        _network(network, preset, modality, loss, seed, (*face, *own))
        for network, preset, own in networks
        for modality, loss, seed in product(("events", "rgb"), ("classes", "alpha"), (0, 1, 2))
    ]
    trials += [
        _network("light", "au_light", "events", "all", seed, (*face, "run.epochs=40"))
        for seed in (0, 1, 2)
    ]
    trials += [
        Trial(
            "lambda",
            {"network": "light", "lambda": value},
            "au_light",
            (*face, *LOSSES["alpha"], f"loss.coefficients={value}"),
            _AU,
            measured_on=(_AU,),
            part="validation",
        )
        for value in ("0.1", "0.3", "1", "3", "10")
    ]
    trials += _controls(fast)
    trials += _fusions(face)
    trials += _windows(face, WINDOWS_MS[:-1], REPRESENTATIONS)
    full = ("run.precision=bf16", "run.loaders=8", "run.epochs=60")
    trials += _keypoints("", full, ("run.precision=bf16", "run.loaders=8"), seeds=(0, 1, 2))
    return Plan(
        "gpu",
        "Pictures of 224 px (landmarks 256 px), all networks whole, three seeds.",
        (People(_AU, people), *_poses(poses)),
        (Material(_AU, (_AU,)), *_pose_materials()),
        tuple(trials),
        n_beside=1,
        device="cuda",
    )


SIZES: dict[str, Callable[[], Plan]] = {"ci": ci, "two-cores": two_cores, "gpu": gpu}


def _units() -> tuple[str, ...]:
    return tuple(label for label in all_labels() if label.startswith("AU") or label in HEAD_NAMES)


def _poses(settings: dict[str, SetSettings]) -> list[People]:
    return [People(f"{_KP}_{condition}", one) for condition, one in settings.items()]


def _pose_materials() -> list[Material]:
    """Return what all conditions are learnt from, and what each is measured on."""
    names = tuple(f"{_KP}_{condition}" for condition in CONDITIONS)
    return [
        Material(_KP, names),
        *(Material(name, (name,)) for name in names),
    ]


def _network(
    network: str, preset: str, modality: str, loss: str, seed: int, settings: tuple[str, ...]
) -> Trial:
    labels = {"network": network, "modality": modality, "loss": loss, "seed": str(seed)}
    own = (*settings, *LOSSES[loss], f"data.modality={modality}")
    return Trial("networks", labels, preset, own, _AU, measured_on=(_AU,))


def _controls(settings: tuple[str, ...]) -> list[Trial]:
    return [
        Trial(
            "controls",
            {"network": network},
            f"au_coefficients_{network}",
            (*settings, "run.precision=float32"),
            _AU,
            measured_on=(_AU,),
        )
        for network in ("transformer", "lstm")
    ]


def _fusions(settings: tuple[str, ...]) -> list[Trial]:
    """Return each way to join both; events alone are among the windows."""
    rows = [(stage, f"au_fusion_{stage}", ()) for stage in ("early", "middle", "late")]
    rows.append(("RGB alone", "au_light", ("data.modality=rgb",)))
    return [
        Trial(
            "fusion",
            {"stage": stage},
            preset,
            (*settings, *LOSSES["alpha"], *own),
            _AU,
            measured_on=(_AU,),
        )
        for stage, preset, own in rows
    ]


def _windows(
    settings: tuple[str, ...], windows_ms: tuple[int, ...], representations: tuple[str, ...]
) -> list[Trial]:
    """Return all representations at 33 ms, and the first of them at other windows too."""
    pairs = [(name, 33) for name in representations]
    pairs += [(representations[0], window_ms) for window_ms in windows_ms]
    return [
        Trial(
            "windows",
            {"representation": name, "window_ms": str(window_ms)},
            "au_light",
            (
                *settings,
                *LOSSES["alpha"],
                f"data.representation={name}",
                f"data.window_us={_WINDOW_US[window_ms]}",
            ),
            _AU,
            measured_on=(_AU,),
        )
        for name, window_ms in pairs
    ]


def _keypoints(
    suffix: str, settings: tuple[str, ...], views: tuple[str, ...], seeds: tuple[int, ...]
) -> list[Trial]:
    """Return each alone, CMFA, and CMFA that begins with each kind of SSMER."""
    measured_on = tuple(f"{_KP}_{condition}" for condition in CONDITIONS)
    trials = []
    for seed in map(str, seeds):
        rgb = {"rgb_branch": f"{_KP}_RGB_seed-{seed}"}
        begun = {n: {"event_backbone": f"ssmer_{n}_seed-{seed}"} for n in SSMER_OF}
        for n, names in SSMER_OF.items():
            listed = ", ".join(f'"{name}"' for name in names)
            own = (*views, f"model.representations=[{listed}]")
            trials.append(Trial("ssmer", {"n": str(n), "seed": seed}, "ssmer" + suffix, own, _KP))
        rows: list[tuple[str, str, dict[str, str]]] = [
            ("events", "kp_slpt_events", {}),
            ("RGB", "kp_slpt_rgb", {}),
            ("events + SSMER 3", "kp_slpt_events", begun[3]),
            ("CMFA", "kp_cmfa", rgb),
            *((f"CMFA + SSMER {n}", "kp_cmfa", rgb | begun[n]) for n in SSMER_OF),
        ]
        for method, preset, weights in rows:
            labels = {"method": method, "seed": seed}
            trials.append(
                Trial(
                    _KP, labels, preset + suffix, settings, _KP, weights, measured_on,
                    withholds_video=method in ("CMFA", "CMFA + SSMER 3"),
                )
            )  # fmt: skip
    return trials
