from dataclasses import replace

import numpy as np
import pytest

from evface.annotations.coding_edits import SetSegments, SetVideoClass
from evface.annotations.edits import ReplaceTracks, SetFilters
from evface.annotations.landmark_edits import MoveLandmarks, VerifyLandmarks
from evface.annotations.segments import Intensity, Presence, Segment
from evface.annotations.tracks import LandmarkState
from evface.datasets.labels import presence_track, published
from evface.errors import RecordingError
from evface.events.filters.regions import Polarity
from evface.events.filters.thinning import Thinning
from evface.training_sets.clips import AU_CLASSES
from evface.training_sets.cutting import Cutting
from evface.training_sets.file import TrainingSet
from evface.training_sets.from_projects import LabelChoice, iter_project_clips
from evface.training_sets.recording_facts import Subjects
from evface.training_sets.writing import write_training_set

AU12 = AU_CLASSES.index("AU12")
CORRECTED = LandmarkState.CORRECTED


def only_clip(project, **settings):
    (clip,) = iter_project_clips(project, **settings)
    return clip


def test_labels_are_carried_to_the_moments(project, add):
    _, truth = add("one")
    clip = only_clip(project)
    assert clip.times_us.tolist() == [33_333, 66_666, 99_999, 133_332, 166_665]
    rows = np.rint(clip.times_us / 1000).astype(int)
    face, points = truth["truth_face"], truth["truth_landmarks"]
    np.testing.assert_allclose(clip.coefficients, face.action_units[rows], atol=0.01)
    np.testing.assert_allclose(clip.landmarks, points.landmarks[rows], atol=0.3)
    assert (clip.model, clip.scheme, clip.au_class) == (face.model, "ibug68", -1)
    assert np.isfinite(clip.intensity).all()
    assert clip.rgb.shape == (5, 48, 48, 3)
    assert clip.event_from_rgb is None


def test_corrections_are_exact_and_can_be_all_that_is_taken(project, add):
    entry, _ = add("one")
    moved = {3: (11.0, 12.0), 5: (20.5, 21.5)}
    project.apply(MoveLandmarks(entry.id, "transferred", 70_000, moved))
    project.apply(VerifyLandmarks(entry.id, "transferred", 100_000, landmarks=(7,)))
    clip = only_clip(project, choice=LabelChoice(least_state=CORRECTED))
    assert clip.times_us.tolist() == [33_333, 70_000, 100_000, 133_332, 166_665]
    np.testing.assert_allclose(clip.landmarks[1, [3, 5]], [[11, 12], [20.5, 21.5]])
    known = np.isfinite(clip.landmarks).all(axis=2)
    assert [tuple(place) for place in np.argwhere(known)] == [(1, 3), (1, 5), (2, 7)]
    verified = only_clip(project, choice=LabelChoice(least_state=LandmarkState.VERIFIED))
    assert np.argwhere(np.isfinite(verified.landmarks).all(axis=2)).tolist() == [[2, 7]]
    everything = only_clip(project)
    assert np.isfinite(everything.landmarks).all()
    assert everything.landmark_state[1, 3] == CORRECTED


def test_the_box_is_drawn_by_a_person_or_around_all_landmarks_of_any_state(project, add):
    entry, _ = add("one")
    project.apply(MoveLandmarks(entry.id, "transferred", 70_000, {3: (11.0, 12.0)}))
    everything = only_clip(project)
    some = only_clip(project, choice=LabelChoice(least_state=CORRECTED))
    np.testing.assert_array_equal(some.boxes_px, everything.boxes_px)
    np.testing.assert_allclose(everything.boxes_px[0, :2], everything.landmarks[0].min(axis=0))
    project.apply(MoveLandmarks(entry.id, "box_events", 100_000, {0: (1.0, 2.0), 1: (40.0, 44.0)}))
    drawn = only_clip(project).boxes_px
    np.testing.assert_allclose(drawn[2], [1, 2, 40, 44], atol=1e-4)
    np.testing.assert_array_equal(drawn[0], everything.boxes_px[0])


def test_only_one_person_s_words_can_be_taken(project, add):
    entry, _ = add("one")
    project.apply(MoveLandmarks(entry.id, "transferred", 70_000, {3: (11.0, 12.0)}))
    project.author = "berta"
    project.apply(MoveLandmarks(entry.id, "transferred", 100_000, {4: (13.0, 14.0)}))
    clip = only_clip(project, choice=LabelChoice(least_state=CORRECTED, author="berta"))
    assert np.argwhere(np.isfinite(clip.landmarks).all(axis=2)).tolist() == [[2, 4]]


def test_coded_segments_are_laid_over_the_machine_s_intensities(project, add):
    entry, _ = add("one")
    machine = only_clip(project).intensity[:, AU12]
    strong = Segment("a", "AU12", 60_000, 100_000, intensity=Intensity.of_level("E"))
    hidden = Segment("b", "AU1", 60_000, 100_000, presence=Presence.NOT_VISIBLE)
    project.apply(SetSegments(entry.id, {"a": strong, "b": hidden}))
    clips = list(iter_project_clips(project))
    # People saw AU12 and nothing else, so that is what the recording shows.
    assert clips[0].au_class == AU12
    np.testing.assert_allclose(
        clips[0].intensity[:, AU12], [machine[0], 1, 1, *machine[3:]], atol=1e-6
    )
    assert np.isnan(clips[0].intensity[:, 0]).tolist() == [False, True, True, False, False]
    coded = only_clip(project, choice=LabelChoice(not_coded="unknown"))
    assert np.isfinite(coded.intensity[:, AU12]).tolist() == [False, True, True, False, False]


def test_the_class_is_what_people_say_then_what_was_published_then_the_name(project, add):
    entry, _ = add("s1 AU_4 first")
    assert AU_CLASSES[only_clip(project).au_class] == "AU4"
    track = presence_track(published("facemorphic"), [0, 50_000], np.ones(2, bool), "AU9")
    label = replace(track, source=replace(track.source, settings={"label": "AU9"}))
    project.apply(ReplaceTracks(entry.id, {"published_action_units": label}, "Add"))
    assert AU_CLASSES[only_clip(project).au_class] == "AU9"
    project.apply(SetVideoClass(entry.id, "AU17"))
    assert AU_CLASSES[only_clip(project).au_class] == "AU17"
    project.author = "berta"
    project.apply(SetVideoClass(entry.id, "AU2"))
    assert only_clip(project).au_class == -1
    assert AU_CLASSES[only_clip(project, choice=LabelChoice(author="anna")).au_class] == "AU17"


def test_what_is_coded_tells_the_class_of_a_clip_but_cuts_no_longer_recording_down(project, add):
    entry, _ = add("one")
    project.apply(SetSegments(entry.id, {"a": Segment("a", "AU4", 0, 50_000)}))
    assert AU_CLASSES[only_clip(project).au_class] == "AU4"
    clips = list(iter_project_clips(project, cutting=Cutting(2, 2, with_rgb=False)))
    assert [len(clip.times_us) for clip in clips] == [2, 2, 2]
    assert {clip.au_class for clip in clips} == {-1}


def test_subjects_are_who_was_said_published_known_or_named(project, add):
    entry, _ = add("p07_smile")
    assert only_clip(project).subject == "p"
    assert only_clip(project, subjects=Subjects({}, r"^(p\d+)_")).subject == "p07"
    assert only_clip(project, subjects=Subjects({}, r"p\d+")).subject == "p07"
    assert only_clip(project, subjects=Subjects({}, r"q\d+", "nobody")).subject == "nobody"
    assert only_clip(project, subjects=Subjects({"p07_smile": "Ann"}, "p")).subject == "Ann"
    track = presence_track(published("nefer"), [0, 50_000], np.ones(2, bool), "AU9")
    said = {"subject": "user 3", "split": "test"}
    label = replace(track, source=replace(track.source, settings=said))
    project.apply(ReplaceTracks(entry.id, {"published_action_units": label}, "Add"))
    clip = only_clip(project, subjects=Subjects({}, r"p\d+"))
    assert (clip.subject, clip.split) == ("user 3", "test")
    with pytest.raises(ValueError, match="no regular expression"):
        Subjects({}, "(")


def test_a_synthetic_recording_tells_who_and_what_it_shows(project, add):
    add("one", subject=2, keeps_truth=True)
    clip = only_clip(project)
    assert (clip.subject, clip.condition, clip.split) == ("s002", "low_light", "train")
    assert AU_CLASSES[clip.au_class] == "AU12"


def test_the_truth_can_be_learnt_from_instead(project, add):
    entry, tracks = add("one")
    project.apply(ReplaceTracks(entry.id, tracks, "Add the truth"))
    project.apply(MoveLandmarks(entry.id, "transferred", 70_000, {3: (1.0, 2.0)}))
    clip = only_clip(project, choice=LabelChoice(labels="truth"))
    assert clip.subject == "s000"
    rows = np.rint(clip.times_us / 1000).astype(int)
    expected = tracks["truth_landmarks"].landmarks[rows]
    np.testing.assert_allclose(clip.landmarks, expected, atol=0.2)


def test_long_recordings_without_a_class_are_cut_into_windows(project, add):
    add("one", duration_us=400_000)
    clips = list(iter_project_clips(project, cutting=Cutting(n_frames=4, stride=3)))
    assert [len(clip) for clip in clips] == [4, 4, 4, 4]
    first_us = [clip.start_us + int(clip.times_us[0]) for clip in clips]
    assert first_us == [33_333, 4 * 33_333, 7 * 33_333, 9 * 33_333]
    # What came before a window is there for pictures that remember.
    assert clips[1].start_us == 0
    assert clips[2].start_us > 0


def test_recordings_without_labels_are_left_out_unless_asked(project, recording_of, tmp_path):
    folder = recording_of(tmp_path / "bare", 0, "AU12")
    (folder / "truth.h5").unlink()
    project.add_recording(folder / "events.h5", name="bare")
    assert list(iter_project_clips(project)) == []
    clip = only_clip(project, choice=LabelChoice(only_labelled=False))
    assert (clip.rgb, clip.model, clip.coefficients.shape) == (None, "", (5, 0))


def test_missing_media_are_named(project, add):
    entry, _ = add("one")
    entry.events.path.unlink()
    with pytest.raises(RecordingError, match=r"one: .*events.h5 is missing"):
        list(iter_project_clips(project))


def test_clips_hold_what_the_recording_s_filters_let_through_and_name_them(project, add, tmp_path):
    entry, _ = add("one")
    (whole, *_) = iter_project_clips(project)
    off = Thinning(kept_percent=1.0, is_on=False)
    project.apply(SetFilters(entry.id, (Polarity(keeps="off"), off)))
    (clip, *_) = iter_project_clips(project)
    assert clip.filters == ("polarity:keeps=off",)
    assert whole.filters == ()
    assert 0 < len(clip.events) == np.sum(~whole.events.p)
    np.testing.assert_array_equal(clip.landmarks, whole.landmarks)
    write_training_set(tmp_path / "x.evset", [clip])
    with TrainingSet(tmp_path / "x.evset") as written:
        assert written.index[0].filters == written.clip(0).filters == clip.filters
