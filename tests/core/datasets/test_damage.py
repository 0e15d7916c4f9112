"""Whatever a label file holds, it is read, or named in one line: nothing else happens."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evface.datasets.registry import DATASETS
from evface.errors import DatasetError

_FILES = [
    ("facemorphic", "facemorphic", "recordings/anna/AU_12/event_frames_1/annotation.json"),
    ("e-sie", "esie", "label/u1/a/9.txt"),
    ("e-celebv", "celebv", "ecelebv_gt_frame_max/abcde_0.txt"),
    ("e-celebv", "celebv", "train_val_test_split_multilabel_mod.json"),
    (
        "wflw",
        "wflw",
        "WFLW_annotations/list_98pt_rect_attr_train_test/list_98pt_rect_attr_train.txt",
    ),
    ("wflw-v", "wflw_v", "landmarks/-3rDiJYQ6CQ.npy"),
    ("wflw-v", "wflw_v", "bboxes/-3rDiJYQ6CQ.npy"),
    ("nefer", "nefer", "annotations/expected_emotions/train_event.csv"),
    ("fes", "fes", "lab/xml/20211123_1/19/annotations.xml"),
    ("fes", "fes", "train/03_11.txt"),
]


@pytest.mark.parametrize(("name", "fixture", "file"), _FILES, ids=[file for *_, file in _FILES])
def test_damage_is_named_or_does_no_harm(request, name, fixture, file):
    folder = request.getfixturevalue(fixture)
    path = folder / file
    whole = path.read_bytes()

    @settings(max_examples=20, suppress_health_check=list(HealthCheck))
    @given(
        start=st.integers(0, len(whole)),
        n_lost=st.integers(0, 40),
        put=st.binary(max_size=6)
        | st.text('0123456789.,-ex<>[]{}"\t\n ', max_size=6).map(str.encode),
    )
    def check(start, n_lost, put):
        path.write_bytes(whole[:start] + put + whole[start + n_lost :])
        try:
            findings = DATASETS[name].find(folder)
        except DatasetError as error:
            lines = [str(error)]
        else:
            lines = [str(line) for line in findings.missing]
        assert all(len(line.splitlines()) == 1 for line in lines)

    check()
