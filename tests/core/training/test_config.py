"""Configurations: what is refused, and in which words."""

import tomllib

import pytest

from evface.errors import TrainingError
from evface.models.registry import model_config, model_names
from evface.training.config import config_from, config_text, differences, preset_names, read_config


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_is_whole_and_survives_being_written(name):
    config = read_config(name)
    assert config.about
    model_config(config.network, config.model)
    assert config_from(tomllib.loads(config_text(config))) == config


def test_there_is_a_preset_and_a_tiny_one_for_every_network():
    networks = {name: read_config(name).network for name in preset_names()}
    tiny = {network for name, network in networks.items() if name.endswith("_tiny")}
    assert tiny == set(networks.values()) == set(model_names())


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("optimiser.lrate=1", "optimiser.lrate: there is no such key; optimiser has"),
        ("colour=1", "colour: there is no such key; the top level has"),
        ("run.epochs=many", "run.epochs must be a whole number, got 'many'"),
        ("run.epochs=true", "run.epochs must be a whole number, got True"),
        ("run.epochs=0", "run.epochs must be at least 1"),
        ("optimiser.rate=nan", "optimiser.rate must be at least"),
        ("optimiser.name=lion", "optimiser.name must be one of 'adamw', 'adam', 'sgd'"),
        ("loss.stages=0.5", "loss.stages must be a list"),
        ("data.fractions=[1.0]", "data.fractions must have 3 values"),
        ("augmentation.mirror=2", "augmentation.mirror must be 0 to 1"),
        ("run=3", "run must be a section"),
        ("run.epochs.deep=3", "run.epochs.deep: epochs is no section"),
        ("run.epochs", "must be KEY=VALUE"),
        ("loss.label_smoothing=1", "label_smoothing must be 0 to below 1"),
    ],
)
def test_what_makes_no_sense_is_refused(setting, words):
    with pytest.raises(TrainingError) as refused:
        read_config("au_light", [setting])
    assert words in str(refused.value)


def test_a_file_may_extend_a_preset(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('extends = "au_light"\n[run]\nepochs = 3\n')
    config = read_config(str(path), ["loss.coefficients=3"])
    base = read_config("au_light")
    assert (config.run.epochs, config.loss.coefficients) == (3, 3.0)
    assert (config.run.batch_size, config.optimiser) == (base.run.batch_size, base.optimiser)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("epochs = ", "is not TOML"),
        ("[run]\nepochs = 3\n", "network is missing"),
        ('extends = "nothing"\n', "which is no other preset"),
    ],
)
def test_a_bad_file_is_refused(tmp_path, text, words):
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(TrainingError, match=words):
        read_config(str(path))


def test_an_unknown_preset_is_told_with_those_there_are():
    with pytest.raises(TrainingError, match="there are au_coefficients_lstm"):
        read_config("au_heavy")


def test_what_the_machine_is_like_makes_no_difference():
    base = read_config("au_light")
    other = read_config("au_light", ["run.threads=7", "run.device=cpu", "data.path=x"])
    assert differences(base, other) == []
    assert differences(base, read_config("au_light", ["loss.pose=2"])) == ["loss.pose: 0.3, 2.0"]
