import numpy as np

from evface.datasets.wflw import WFLW


def test_each_line_is_a_face_of_the_published_split(wflw):
    samples = {sample.split: sample for sample in WFLW.iter_samples(wflw)}
    assert set(samples) == {"train", "test"}
    train = samples["train"]
    assert (train.name, train.subject) == ("train/1", "0--Parade/a b.jpg")
    assert train.video.box_px == (60, 30, 120, 90)
    assert train.is_simulated
    assert train.attributes == {
        **dict.fromkeys(("pose", "illumination", "make-up", "occlusion"), "0"),
        **dict.fromkeys(("expression", "blur"), "1"),
    }
    tracks = train.read_tracks()
    track = tracks["published_landmarks"]
    assert (track.scheme, len(track)) == ("wflw98", 1)
    np.testing.assert_array_equal(track.landmarks[0, 54], [100, 60])
    np.testing.assert_array_equal(tracks["published_boxes"].boxes_px, [[60, 30, 120, 90]])


def test_one_split_can_be_asked_for(wflw):
    assert [sample.split for sample in WFLW.iter_samples(wflw, split="test")] == ["test"]
    assert not list(WFLW.iter_samples(wflw, split="validation"))


def test_missing_pieces_are_named(wflw, split_findings):
    (wflw / "WFLW_images" / "1--Handshaking" / "c.jpg").unlink()
    lists = wflw / "WFLW_annotations" / "list_98pt_rect_attr_train_test"
    (lists / "list_98pt_rect_attr_train.txt").unlink()
    samples, missing = split_findings(WFLW, wflw)
    assert not samples
    assert missing == [
        f"{lists / 'list_98pt_rect_attr_train.txt'}: is missing; unpack WFLW_annotations.tar.gz "
        "there",
        f"{wflw / 'WFLW_images' / '1--Handshaking' / 'c.jpg'}: is missing; unpack "
        "WFLW_images.tar.gz again",
    ]


def test_damaged_lines_and_names_that_lead_out_are_named(wflw, split_findings):
    path = wflw / "WFLW_annotations/list_98pt_rect_attr_train_test/list_98pt_rect_attr_train.txt"
    line = path.read_text().strip()
    words = line.split()
    path.write_text(
        "\n".join(
            (
                line,
                "1 2 3",
                line.replace("0--Parade/a b.jpg", "../../x.jpg"),
                line.replace("0--Parade/a b.jpg", "/etc/passwd"),
                " ".join(["none", *words[1:]]),
            )
        )
    )
    samples, missing = split_findings(WFLW, wflw)
    assert [sample.name for sample in samples] == ["train/1", "train/5", "test/1"]
    assert missing[0] == f"{path}: line 2: expected 207 words, got 3; download it again"
    assert "'../../x.jpg' leads out of" in missing[1]
    assert "'/etc/passwd' leads out of" in missing[2]
    assert f"{path}: line 5: could not convert string to float: 'none'" in missing[3]
