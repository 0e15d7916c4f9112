"""Files of networks: what they hold, and what is refused."""

import errno
import os
import pickle
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from evface.errors import FileError, ModelFileError
from evface.models.checkpoints import (
    BEST,
    NetworkInfo,
    network_file,
    read_info,
    read_network,
    write_checkpoint,
)
from evface.training.checkpoints import read_position
from evface.training.loop import train
from evface.training.runs import LAST


@pytest.fixture
def run(configured, tmp_path):
    train(configured("au_light_tiny", "run.epochs=1"), tmp_path)
    return tmp_path


def test_a_network_reads_back_as_it_was(run):
    network, info = read_network(run / BEST)
    assert info.network == "au_light"
    assert info.settings["n_channels"] == [4, 8]
    kept = load_file(run / BEST)
    for name, value in network.state_dict().items():
        assert torch.equal(value, kept[f"network.{name}"])


def test_the_folder_of_a_training_stands_for_its_best_network(run, tmp_path):
    assert network_file(run) == network_file(run / BEST) == run / BEST
    assert read_info(run) == read_network(run)[1] == read_info(run / BEST)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelFileError, match="holds no trained network; train there"):
        read_network(tmp_path / "empty")


def test_a_pickle_is_refused_and_never_run(tmp_path):
    class Harm:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "harm"),))

    for name, write in {
        "pickle": lambda path: path.write_bytes(pickle.dumps({"network": Harm()})),
        "torch": lambda path: torch.save({"network": Harm()}, path),
    }.items():
        path = tmp_path / f"{name}.safetensors"
        write(path)
        with pytest.raises(ModelFileError, match="holds Python objects, which could run code"):
            read_network(path)
    assert not (tmp_path / "harm").exists()


def test_a_network_whose_first_byte_is_that_of_a_pickle_is_read(run, tmp_path):
    info, path = read_info(run / BEST), tmp_path / "network.safetensors"
    weights = load_file(run / BEST)
    for n in range(300):
        write_checkpoint(path, replace(info, training={"padding": "x" * n}), weights)
        if path.read_bytes()[0] == 0x80:
            break
    assert path.read_bytes()[0] == 0x80
    assert read_network(path)[1].training["padding"] == "x" * n


def test_what_is_no_network_of_ours_is_told_apart(tmp_path, run):
    bare = tmp_path / "bare.safetensors"
    save_file({"x": torch.zeros(2)}, bare)
    noise = tmp_path / "noise.safetensors"
    noise.write_bytes(bytes(range(1, 200)))
    nonsense = tmp_path / "nonsense.safetensors"
    info = replace(read_info(run / BEST), training=["all", "of", "it"])
    write_checkpoint(nonsense, info, load_file(run / BEST))
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes((run / BEST).read_bytes()[:-100])
    for path, words in (
        (bare, "holds weights, but no network of evface"),
        (nonsense, "holds weights, but no network of evface"),
        (noise, "is no network, or damaged"),
        (cut, "is no network, or damaged"),
        (tmp_path / "none.safetensors", "cannot be read"),
    ):
        with pytest.raises(ModelFileError, match=words):
            read_network(path)


def test_a_network_of_another_version_or_kind_is_refused(run, tmp_path, monkeypatch):
    info, weights = read_info(run / BEST), load_file(run / BEST)
    path = tmp_path / "other.safetensors"
    write_checkpoint(path, replace(info, network="au_heavy"), weights)
    with pytest.raises(ModelFileError, match="'au_heavy', which this evface has not"):
        read_info(path)
    write_checkpoint(path, replace(info, settings={**info.settings, "depth": 3}), weights)
    with pytest.raises(ModelFileError, match="does not fit the network au_light of this evface"):
        read_network(path)
    write_checkpoint(path, replace(info, settings={**info.settings, "n_hidden": 9}), weights)
    with pytest.raises(ModelFileError, match="does not fit the network au_light of this evface"):
        read_network(path)
    monkeypatch.setattr("evface.models.checkpoints._VERSION", 99)
    write_checkpoint(path, info, weights)
    monkeypatch.undo()
    with pytest.raises(ModelFileError, match="written by a newer evface; update"):
        read_info(path)


def test_a_network_is_no_training_that_goes_on(run):
    with pytest.raises(ModelFileError, match="no training that can go on"):
        read_position(run / BEST)


def test_a_full_disk_leaves_the_last_good_checkpoint(configured, tmp_path, monkeypatch):
    real = Path.open
    config = configured("au_light_tiny", "run.epochs=9")

    class Full:
        def __init__(self, file):
            self._file = file

        def write(self, content):
            self._file.write(content[: len(content) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self._file.close()

    def open_(self, mode="r", **options):
        is_third = LAST in self.name and "w" in mode and (tmp_path / LAST).exists()
        if is_third and read_position(tmp_path / LAST)[1].step == 3:
            return Full(real(self, mode, **options))
        return real(self, mode, **options)

    monkeypatch.setattr(Path, "open", open_)
    with pytest.raises(FileError, match=r"last.safetensors: cannot be written \(No space left"):
        train(config, tmp_path)
    monkeypatch.undo()
    assert read_position(tmp_path / LAST)[1].step == 3
    assert not list(tmp_path.glob("*.part"))
    assert train(config, tmp_path).n_steps == 18


def test_what_was_measured_may_be_no_number(tmp_path):
    info = NetworkInfo("au_light", {}, {}, training={"metrics": {"top1": float("nan")}})
    write_checkpoint(tmp_path / "x.safetensors", info, {"network.a": torch.zeros(1)})
    assert read_info(tmp_path / "x.safetensors").training["metrics"] == {"top1": None}
