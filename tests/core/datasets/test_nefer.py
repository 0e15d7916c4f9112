from evface.datasets.nefer import NEFER


def test_clips_have_events_emotion_and_the_published_split(nefer):
    samples = {sample.name: sample for sample in NEFER.iter_samples(nefer)}
    assert {name: (s.label, s.split) for name, s in samples.items()} == {
        "user_01/user01_a": ("Fear", "train"),
        "user_01/user01_b": ("Anger", "train"),
        "user_03/user03_c": ("Happiness", "validation"),
    }
    first = samples["user_01/user01_a"]
    assert first.events.name == "user01_a.raw"
    assert first.attributes == {"reported": "None"}
    assert len(first.event_frames["tbr"]) == 2
    assert first.video.paths[0].parent.name == "GOPR1"
    assert not first.has_timed_video


def test_gopro_clips_are_paired_only_where_the_emotions_agree(nefer):
    table = nefer / "annotations" / "expected_emotions" / "train_gopro.csv"
    table.write_text(table.read_text().replace("Fear", "Disgust"))
    videos = {sample.name: sample.video for sample in NEFER.iter_samples(nefer)}
    assert videos["user_01/user01_a"] is videos["user_01/user01_b"] is None
    assert videos["user_03/user03_c"] is not None


def test_each_missing_piece_gives_one_line(nefer, split_findings):
    (nefer / "event_videos" / "raw" / "user_01" / "user01_b.raw").unlink()
    (nefer / "annotations" / "expected_emotions" / "validation_event.csv").unlink()
    samples, missing = split_findings(NEFER, nefer)
    assert missing == [
        f"{nefer / 'event_videos'}: lacks user01_b.raw; unpack the archive again",
        f"{nefer / 'annotations' / 'expected_emotions' / 'validation_event.csv'}: is missing; copy "
        "annotations from the data set's repository",
    ]
    # Its pictures of events are still there.
    assert [sample.events is None for sample in samples] == [False, True]


def test_an_empty_folder_says_what_it_lacks(tmp_path, split_findings):
    samples, missing = split_findings(NEFER, tmp_path)
    assert not samples
    assert [line.partition(":")[0].removeprefix(f"{tmp_path}/") for line in missing] == [
        "event_videos",
        "rgb_videos",
        "annotations/expected_emotions/train_event.csv",
        "annotations/expected_emotions/validation_event.csv",
    ]
