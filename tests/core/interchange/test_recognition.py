import json
import zipfile

import h5py
import numpy as np
import pytest

from evface.annotations.tracks import Camera
from evface.errors import FileError
from evface.interchange.formats import Format
from evface.interchange.recognition import Recognised, form_and_camera, recognise

CVAT = '<?xml version="1.0" encoding="utf-8"?>\n<!-- <b/> -->\n<annotations></annotations>'
ELAN = '<?xml version="1.0"?><ANNOTATION_DOCUMENT></ANNOTATION_DOCUMENT>'


def written(tmp_path, content, name="labels.bin"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (CVAT, Format.CVAT),
        (ELAN, Format.ELAN),
        (ELAN.encode("utf-16"), Format.ELAN),
        ("\ufeff" + CVAT, Format.CVAT),
        ('{"images": [], "annotations": []}', Format.COCO),
        ("frame, timestamp, confidence\n1, 0.0, 1\n", Format.OPENFACE),
    ],
)
def test_the_format_is_told_from_the_content_whatever_the_name(tmp_path, content, form):
    assert recognise(written(tmp_path, content)) == Recognised(form)


def test_archives_and_hdf5_are_told_apart(tmp_path):
    np.savez(tmp_path / "a.npz", head=np.zeros(1))
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("annotations.xml", CVAT)
    with h5py.File(tmp_path / "c", "w") as file:
        file.attrs["head"] = "{}"
    forms = [recognise(tmp_path / name).form for name in ("a.npz", "b.zip", "c")]
    assert forms == [Format.NPZ, Format.CVAT, Format.HDF5]


@pytest.mark.parametrize("camera", Camera)
def test_the_picture_is_told_by_the_sidecar_or_by_our_own_field(tmp_path, camera):
    path = written(tmp_path, CVAT, "a.xml")
    track = {"track": {"text": {"camera": str(camera)}}}
    written(tmp_path, json.dumps({"format": "evface sidecar", **track}), "a.xml.evface.json")
    own = written(tmp_path, json.dumps({"info": {"evface": track}}), "a.json")
    assert recognise(path).camera == recognise(own).camera == camera


@pytest.mark.parametrize(
    "content", ["", "video", "a,b\n1,2\n", "frame,t,x,y,p\n", "<html></html>", b"PK\x03\x04no"]
)
def test_anything_else_is_refused_in_one_line(tmp_path, content):
    with pytest.raises(FileError) as refused:
        recognise(written(tmp_path, content))
    assert "\n" not in str(refused.value)


def test_a_sidecar_leads_to_its_file(tmp_path):
    path = written(tmp_path, '{"format": "evface sidecar"}', "a.xml.evface.json")
    with pytest.raises(FileError, match=r"sidecar of a\.xml; choose that file"):
        recognise(path)


def test_what_the_user_says_counts_before_what_the_file_says(tmp_path):
    head = {"info": {"evface": {"track": {"text": {"camera": "events"}}}}}
    own = written(tmp_path, json.dumps(head), "a.json")
    assert form_and_camera(own, None, None) == (Format.COCO, Camera.EVENTS)
    assert form_and_camera(own, Format.COCO, Camera.RGB) == (Format.COCO, Camera.RGB)
    strange = written(tmp_path, "strange", "b.txt")
    assert form_and_camera(strange, Format.ELAN, None) == (Format.ELAN, Camera.RGB)
    with pytest.raises(FileError, match="choose one of COCO"):
        form_and_camera(strange, None, None)
