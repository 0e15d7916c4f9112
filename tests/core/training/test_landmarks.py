import numpy as np
import pytest
import torch

from evface.errors import TrainingError
from evface.models.checkpoints import read_network
from evface.training.evaluation import evaluate
from evface.training.loop import train
from evface.training.tasks import make_task
from evface.training_sets.file import TrainingSet
from evface.training_sets.torch_data import collate, to_floats

from .conftest import make_set


@pytest.fixture(scope="module")
def unregistered(tmp_path_factory):
    path = tmp_path_factory.mktemp("sets") / "unregistered.evset"
    return make_set(path, n_subjects=3, classes=(0,), event_from_rgb=None)


@pytest.mark.parametrize("preset", ["kp_cmfa_tiny", "kp_slpt_tiny"])
def test_a_video_that_nobody_laid_onto_the_events_is_refused(
    configured, tmp_path, unregistered, preset
):
    config = configured(preset, path=unregistered)
    with pytest.raises(TrainingError, match="nobody knows how its video lies on the events"):
        train(config, tmp_path)


def test_events_alone_need_no_video(configured, tmp_path, unregistered):
    config = configured("kp_cmfa_tiny", "data.uses_rgb=false", "run.max_steps=1", path=unregistered)
    assert train(config, tmp_path).n_steps == 1


@pytest.mark.parametrize(("scheme", "n"), [("five", 5), ("ibug68", 68), ("wflw98", 98)])
def test_networks_of_five_68_and_98_landmarks_are_trained_and_measured(
    configured, tmp_path, scheme, n
):
    points = np.random.default_rng(0).uniform(8, 24, (4, 98, 2)).astype(np.float32)
    labels = {"landmarks": points, "landmark_state": np.zeros((4, 98), np.uint8)}
    path = tmp_path / "98.evset"
    make_set(path, classes=(0,), scheme="wflw98", **labels)
    config = configured("kp_cmfa_tiny", f"data.scheme={scheme}", "run.max_steps=1", path=path)
    result = train(config, tmp_path / "run")
    with TrainingSet(path) as training_set:
        found = evaluate(result.path, training_set, part="test", n_resamples=1)
    assert found.figures["nme"].value > 0
    assert len(read_network(result.path)[0].mean_shape) == n


def test_a_network_that_guesses_is_told_how_far_its_guess_is_off(configured, set_path):
    config = configured("kp_cmfa_tiny")
    with TrainingSet(set_path) as training_set:
        task = make_task(config, training_set, [0, 1])
        items = task.items(trains=False)
        network = task.info().build()
        task.begin(network)
        batch = to_floats(collate([items.item(0, 0)]))
        with torch.no_grad():
            losses, told = task.losses(network.eval(), batch)
            without, _ = task.losses(lambda _batch: {"stages": told["stages"]}, batch)
    assert float(losses["loss"]) > float(without["loss"])
