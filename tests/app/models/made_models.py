"""Trains tiny networks into a folder, in a process of its own: the window's must not have PyTorch.

Their clips bear the names of the recordings of the project that tests open.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np

from evface.events.events import Events
from evface.jobs.evaluating import EvaluateJob
from evface.morphable.model import load_open_head
from evface.training.config import read_config
from evface.training.loop import train
from evface.training_sets.clips import AU_CLASSES, PERIOD_US, Clip
from evface.training_sets.writing import write_training_set

_N_FRAMES = 4
_SMALL = (
    "data.n_frames=4", "data.crop=picture", "data.per_clip=1", "data.caches_pictures=false",
    "run.threads=1", "run.device=cpu",
)  # fmt: skip


def make_clip(subject: int, unit: str, seed: int) -> Clip:
    """Make a clip of a recording named "face" or "other"; of a third one that is nowhere."""
    random = np.random.default_rng([subject, AU_CLASSES.index(unit), seed])
    head = load_open_head()
    n = 150 * _N_FRAMES
    points = random.uniform(10, 22, (_N_FRAMES, 68, 2))
    points[:, 36], points[:, 45] = (8, 12), (24, 12)
    return Clip(
        recording={"AU1": "face", "AU12": "other"}.get(unit, "nowhere"),
        subject=f"s{subject}",
        start_us=100_000 * seed,
        events=Events(
            np.sort(random.integers(0, _N_FRAMES * PERIOD_US, n)),
            random.integers(0, 32, n).astype(np.uint16),
            random.integers(0, 32, n).astype(np.uint16),
            random.random(n) < 0.5,
        ),
        resolution=(32, 32),
        times_us=np.arange(1, _N_FRAMES + 1) * PERIOD_US,
        au_class=AU_CLASSES.index(unit),
        model=head.key,
        coefficients=random.normal(0, 1, (_N_FRAMES, len(head.action_unit_basis))).astype(
            np.float32
        ),
        pose=random.normal(0, 0.1, (_N_FRAMES, 4)).astype(np.float32),
        intensity=random.uniform(0, 1, (_N_FRAMES, 24)).astype(np.float32),
        landmarks=points.astype(np.float32),
        landmark_state=np.zeros((_N_FRAMES, 68), np.uint8),
        rgb=None,
        event_from_rgb=None,
    )


def main(folder: Path) -> None:
    """Train into the folder: two networks of action units, one of landmarks."""
    data = folder / "people.evset"
    write_training_set(
        data,
        [
            make_clip(subject, unit, seed)
            for subject in range(6)
            for unit in ("AU1", "AU12", "AU51")
            for seed in range(2)
        ],
    )
    for name, preset, settings in (
        ("points", "kp_slpt_tiny", ("data.uses_rgb=false", "model.modality=event")),
        ("units", "au_light_tiny", ("data.fractions=[0.5, 0.2, 0.3]",)),
        ("other units", "au_light_tiny", ("data.fractions=[0.5, 0.2, 0.3]", "seed=4")),
    ):
        config = read_config(preset, [*_SMALL, f"data.path={data}", "run.max_steps=2", *settings])
        train(config, folder / name)
    for name in ("points", "other units"):
        path = folder / name / "best.safetensors"
        EvaluateJob(str(path)).run(lambda _fraction, _message="": None)
    shutil.copy(folder / "units" / "best.safetensors", folder / "theirs.safetensors")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
