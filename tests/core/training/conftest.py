"""A made-up training set from which a class can be learnt: it tells where the events are."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from evface.events.events import Events
from evface.geometry.transforms import PlanarTransform
from evface.training.config import read_config
from evface.training_sets.clips import PERIOD_US, Clip
from evface.training_sets.file import TrainingSet
from evface.training_sets.writing import write_training_set

SIZE = (32, 32)
N_FRAMES = 4
K = 3
SMALL = (
    "data.n_frames=4", "data.crop=picture", "run.threads=1", "run.device=cpu",
    "run.checkpoint_every_s=0.0", "data.caches_pictures=false", "data.per_clip=1",
)  # fmt: skip


def make_clip(subject: int, au_class: int, seed: int = 0, *, n: int = N_FRAMES, **changes) -> Clip:
    """Make a clip whose events lie in a band, whose place tells the class."""
    random = np.random.default_rng([subject, au_class + 1, seed])
    n_events = 200 * n
    middle = 4 + 12 * (au_class % 3)
    # A face's points: spread, with the eye corners apart.
    points = random.uniform(10, 22, (n, 68, 2))
    points[:, 36], points[:, 45] = (8, 12), (24, 12)
    values = {
        "recording": f"s{subject} {au_class} {seed}",
        "subject": f"s{subject}",
        "start_us": 0,
        "events": Events(
            np.sort(random.integers(0, n * PERIOD_US, n_events)),
            np.clip(random.normal(middle, 1, n_events), 0, 31).astype(np.uint16),
            random.integers(0, 32, n_events).astype(np.uint16),
            random.random(n_events) < 0.5,
        ),
        "resolution": SIZE,
        "times_us": np.arange(1, n + 1) * PERIOD_US,
        "rgb": random.integers(0, 256, (n, 32, 32, 3), dtype=np.uint8),
        "event_from_rgb": PlanarTransform(np.eye(3)),
        "au_class": au_class,
        "model": "made-up",
        "coefficients": random.normal(au_class, 0.1, (n, K)).astype(np.float32),
        "pose": random.normal(0, 0.1, (n, 4)).astype(np.float32),
        "intensity": np.full((n, 24), np.nan, np.float32),
        "landmarks": points.astype(np.float32),
        "landmark_state": np.zeros((n, 68), np.uint8),
    }
    return Clip(**values | changes)


def make_set(path, *, n_subjects=4, classes=(0, 1), repetitions=2, **changes):
    clips = [
        make_clip(subject, au_class, seed, **changes)
        for subject in range(n_subjects)
        for au_class in classes
        for seed in range(repetitions)
    ]
    write_training_set(path, clips)
    return path


@pytest.fixture(scope="session")
def set_path(tmp_path_factory):
    return make_set(tmp_path_factory.mktemp("sets") / "made-up.evset")


@pytest.fixture
def training_set(set_path):
    with TrainingSet(set_path) as opened:
        yield opened


@pytest.fixture
def configured(set_path):
    """Give a tiny configuration by preset, of the made-up set."""

    def read(preset="au_light_tiny", *settings, path=set_path):
        return read_config(preset, [*SMALL, f"data.path={path}", *settings])

    return read


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
