import json
from dataclasses import replace

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from evface.annotations.boxes import BOX_ROLES, derived_box_track
from evface.annotations.corrections import Correction, PlacedCorrection
from evface.annotations.tracks import Camera, LandmarkState
from evface.errors import RecordingError
from evface.interchange.coco_writing import write_coco
from evface.landmarks.schemes import IBUG68


@pytest.fixture
def path(tmp_path):
    return tmp_path / "labels.json"


def test_cocos_own_library_reads_and_evaluates_it(labels, path, capsys):
    write_coco(path, labels, "teacher")
    truth = COCO(str(path))
    assert truth.loadCats([1])[0]["keypoints"] == list(IBUG68.names)
    skeleton = np.array(truth.loadCats([1])[0]["skeleton"])
    assert (skeleton.min(), skeleton.max()) == (1, 68)
    results = [
        {key: one[key] for key in ("image_id", "category_id", "keypoints")} | {"score": 1.0}
        for one in truth.dataset["annotations"]
        if one["num_keypoints"]
    ]
    evaluation = COCOeval(truth, truth.loadRes(results), "keypoints")
    evaluation.params.kpt_oks_sigmas = np.full(68, 0.05)
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    assert evaluation.stats[0] == pytest.approx(1.0)
    for result in results:
        result["keypoints"] = [c + 500 * (i % 3 == 0) for i, c in enumerate(result["keypoints"])]
    worse = COCOeval(truth, truth.loadRes(results), "keypoints")
    worse.params.kpt_oks_sigmas = np.full(68, 0.05)
    worse.evaluate()
    worse.accumulate()
    worse.summarize()
    assert worse.stats[0] < 0.1
    assert capsys.readouterr().out


def test_visibility_says_what_is_hidden_and_what_is_missing(labels, path):
    write_coco(path, labels, "teacher")
    annotations = json.loads(path.read_text())["annotations"]
    assert annotations[2]["keypoints"][5 * 3 : 5 * 3 + 3] == [40.1, 50.2, 1]
    assert annotations[2]["keypoints"][6 * 3 + 2] == 2
    assert annotations[3]["keypoints"] == [0, 0, 0] * 68
    assert annotations[3]["num_keypoints"] == 0
    x, y, width, height = annotations[2]["bbox"]
    points = np.array(annotations[2]["keypoints"]).reshape(68, 3)[:, :2]
    assert (points >= [x, y]).all()
    assert (points <= [x + width, y + height]).all()


def test_a_box_that_somebody_drew_takes_the_place_of_that_of_the_landmarks(labels, path):
    teacher, role = labels.tracks["teacher"], BOX_ROLES[Camera.RGB]
    t_us = int(teacher.times_us[2])
    drawn = [
        PlacedCorrection(t_us, corner, Correction(xy, LandmarkState.CORRECTED, "anna", "2026"))
        for corner, xy in enumerate([(10.0, 20.0), (110.0, 220.0)])
    ]
    write_coco(path, labels, "teacher")
    before = json.loads(path.read_text())["annotations"]
    tracks = {**labels.tracks, role: derived_box_track(teacher)}
    corrections = {**labels.corrections, role: tuple(drawn)}
    write_coco(path, replace(labels, tracks=tracks, corrections=corrections), "teacher")
    after = json.loads(path.read_text())["annotations"]
    assert after[2]["bbox"] == [10.0, 20.0, 100.0, 200.0]
    assert after[5]["bbox"] == before[5]["bbox"]


def test_what_a_recording_lacks_is_said(labels, path):
    with pytest.raises(RecordingError, match="has no landmarks 'model'"):
        write_coco(path, labels, "model")
    with pytest.raises(RecordingError, match="find what moved with evface project relink"):
        write_coco(path, replace(labels, resolutions={Camera.EVENTS: (3, 2)}), "teacher")
    assert not path.exists()
