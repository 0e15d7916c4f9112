"""Networks out of a project's models, and into them."""

import json
import struct

import onnx
import pytest

from evface.errors import FileError, ModelFileError
from evface.jobs.networks import ExportNetworkJob, ImportNetworkJob

from ..inference.conftest import make_trained  # noqa: TID252

__all__ = ["make_trained"]


def silent(_fraction, _message=""):
    pass


def with_header(path, **changes):
    """Change what a checkpoint says of itself."""
    packed = path.read_bytes()
    (length,) = struct.unpack("<Q", packed[:8])
    header = json.loads(packed[8 : 8 + length])
    said = json.loads(header["__metadata__"]["evface"]) | changes
    header["__metadata__"]["evface"] = json.dumps(said)
    words = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(words)) + words + packed[8 + length :])


def test_a_network_becomes_onnx(make_trained, tmp_path):
    told = []
    path = tmp_path / "network.onnx"
    job = ExportNetworkJob(str(make_trained("au_light").path), str(path))
    assert job.run(lambda _f, words="": told.append(words)) == str(path)
    assert {one.name for one in onnx.load(path).graph.output} >= {"class_logits"}
    assert told[-1].startswith("Says the same to ")


def test_a_network_made_elsewhere_becomes_a_run(make_trained, tmp_path):
    source = make_trained("au_light").path
    folder = tmp_path / "faces.models" / "theirs"
    assert ImportNetworkJob(str(source), str(folder)).run(silent) == str(folder)
    assert [path.name for path in folder.iterdir()] == ["best.safetensors"]
    assert (folder / "best.safetensors").read_bytes() == source.read_bytes()
    with pytest.raises(FileError, match="cannot be made"):
        ImportNetworkJob(str(source), str(folder)).run(silent)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"version": 99}, "written by a newer evface; update evface"),
        ({"network": "au_other"}, "is a network 'au_other', which this evface has not"),
        ({"network": "au_i3d", "settings": {}}, "does not fit the network au_i3d"),
        ({"format": "other"}, "holds weights, but no network of evface"),
    ],
)
def test_another_network_or_version_is_refused(make_trained, tmp_path, changes, words):
    source = make_trained("au_light").path
    with_header(source, **changes)
    folder = tmp_path / "models" / "theirs"
    with pytest.raises(ModelFileError, match=words):
        ImportNetworkJob(str(source), str(folder)).run(silent)
    assert not folder.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"\x80\x04code", "could run code"), (b"PK\x03\x04", "could run code"), (b"no", "damaged")],
)
def test_code_and_damage_are_refused(tmp_path, content, words):
    (tmp_path / "evil.safetensors").write_bytes(content)
    with pytest.raises(ModelFileError, match=words):
        ImportNetworkJob(str(tmp_path / "evil.safetensors"), str(tmp_path / "out")).run(silent)
    assert not (tmp_path / "out").exists()
