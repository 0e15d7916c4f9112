"""`evface bench learning`: its plans, how rows are compared, and a small one from end to end."""

import json
from dataclasses import replace

import numpy as np
import pytest

from evface.cli.bench import load_benchmark
from evface.errors import FileError
from evface.simulation.protocols import SetSettings
from evface.training.evaluation_file import ClipTold, Evaluation

benchmark = load_benchmark("learning")

from learning.material import make_material  # noqa: E402
from learning.people import FACE, HEAD, NME, difference, measured  # noqa: E402
from learning.plan import Material, People, Plan, Trial  # noqa: E402
from learning.sizes import SIZES  # noqa: E402
from learning.trials import carry_out, drawn_by  # noqa: E402
from readme_marks import marks, write_between_marks  # noqa: E402


@pytest.mark.parametrize("size", SIZES)
def test_every_configuration_of_a_size_can_be_read(size):
    plan = SIZES[size]()
    plan.check()
    assert len(plan.lines()) == len(plan.people) + len(plan.trials)


def test_saying_what_would_be_done_does_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = []
    assert benchmark.run(said.append, size="gpu", dry=True) == []
    assert any("au_i3d" in line and "224 px" in line for line in said)
    assert not list(tmp_path.iterdir())


def test_each_part_of_the_question_is_asked_of_two_cores():
    trials = SIZES["two-cores"]().trials
    asked = {(t.labels["network"], t.labels["modality"], t.labels["loss"]) for t in trials
             if t.group == "networks"}  # fmt: skip
    for modality in ("events", "rgb"):
        assert {("light", modality, "classes"), ("light", modality, "alpha")} <= asked
    methods = {t.labels["method"] for t in trials if t.group == "keypoints"}
    assert {"events", "RGB", "CMFA", *(f"CMFA + SSMER {n}" for n in (1, 2, 3))} <= methods
    windows = {t.labels["window_ms"] for t in trials if t.group == "windows"}
    assert windows == {"1", "5", "10", "33"}


def test_nobody_is_chosen_by_the_people_who_are_tested():
    for plan in (make() for make in SIZES.values()):
        chosen = [trial for trial in plan.trials if trial.group == "lambda"]
        assert all(trial.part == "validation" for trial in chosen)


def test_a_trial_is_another_when_anything_it_rests_on_changes():
    plan = SIZES["two-cores"]()
    names = ("keypoints_CMFA_seed-0", "keypoints_RGB_seed-0", "keypoints_events_seed-0")
    cmfa, rgb, events = map(plan.trial, names)
    longer = replace(rgb, settings=(*rgb.settings, "run.epochs=99"))
    other = replace(plan, trials=tuple(longer if t is rgb else t for t in plan.trials))
    assert other.digest_of(cmfa) != plan.digest_of(cmfa)
    assert other.digest_of(events) == plan.digest_of(events)
    said = replace(events, settings=(*events.settings, "run.threads=2"))
    assert plan.digest_of(said) == plan.digest_of(events)


def test_trials_that_keep_the_same_pictures_are_known():
    plan = SIZES["two-cores"]()
    joined, alone, other, landmarks = (
        drawn_by(plan.trial(name))
        for name in (
            "fusion_middle",
            "windows_frame_33",
            "windows_voxel_33",
            "keypoints_RGB_seed-0",
        )
    )
    assert alone < joined
    assert not other & joined
    assert not landmarks


def told(hits, *, subject_of=lambda k: f"s{k}", shown="AU12", error=float("nan")):
    clips = [
        ClipTold(f"r{k}", subject_of(k), 0, shown, shown if hit else "AU1", error=error)
        for k, hit in enumerate(hits)
    ]
    return Evaluation("au_light", "test", (), len(clips), {}, (), None, clips=tuple(clips))


def test_a_row_is_the_mean_over_people_and_seeds():
    one, two = told([1, 0, 1, 1]), told([1, 0, 0, 1])
    assert measured([one, two], FACE).value == pytest.approx(5 / 8)
    assert measured([one], HEAD) is None
    assert measured([told([1, 1, 1])], FACE).low == 1


def test_people_who_all_gain_are_as_sure_as_their_number_allows():
    found = difference([told([1] * 8)], [told([0] * 8)], FACE)
    assert found.value == found.low == found.high == 1
    assert found.p_value == pytest.approx(2 / 2**8)
    assert found.is_sure


def test_a_difference_that_goes_either_way_is_not_sure():
    found = difference([told([1, 0] * 4)], [told([0, 1] * 4)], FACE)
    assert found.value == 0
    assert found.low < 0 < found.high
    assert not found.is_sure


def test_clips_without_the_measure_do_not_count():
    clips = told([1, 1], error=0.05)
    mixed = replace(clips, clips=(clips.clips[0], replace(clips.clips[1], error=np.nan)))
    assert measured([mixed], NME).value == pytest.approx(0.05)


def test_tables_go_between_the_marks_of_a_readme_each_time(tmp_path):
    path = tmp_path / "README.md"
    begin, end = marks("learning")
    path.write_text(f"before\n{begin}\nold\n{end}\nafter\n", encoding="utf-8")
    for _ in range(2):
        write_between_marks(path, "learning", "| new |\n")
    assert path.read_text(encoding="utf-8") == f"before\n{begin}\n\n| new |\n\n{end}\nafter\n"
    with pytest.raises(FileError, match="put them where the tables belong"):
        write_between_marks(path, "events", "")


def small_plan():
    people = SetSettings(
        n_subjects=3,
        resolution=(32, 40),
        rgb_resolution=(16, 20),
        condition="good_light",
        labels=("AU12", "AU53"),
        n_repetitions=1,
        texture_width=128,
    )

    def trial(seed, *settings):
        labels = {"network": "light", "seed": str(seed)}
        return Trial("small", labels, "au_light_tiny", settings, "faces", {}, ("faces",))

    trials = (trial(0), trial(1), trial(2, "weights.network=nowhere.safetensors"))
    return Plan("ci", "", (People("faces", people),), (Material("faces", ("faces",)),), trials)


def test_what_is_done_is_kept_and_what_fails_is_told(tmp_path):
    plan, said = small_plan(), []
    made = make_material(plan, tmp_path, said.append)
    assert (made.n_recordings, made.n_made) == (6, 6)
    outcomes, failed = carry_out(plan, made.paths, tmp_path, said.append)
    assert list(failed) == ["small_light_seed-2"]
    assert all(len(one.evaluations["faces"].clips) == 2 for one in outcomes.values())
    written = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("done.json")}
    assert len(written) == 2
    assert json.loads(next(iter(written)).read_text())["n_steps"] > 0
    assert make_material(plan, tmp_path, said.append).n_made == 0
    again, _ = carry_out(plan, made.paths, tmp_path, said.append)
    assert again.keys() == outcomes.keys()
    assert {p: p.stat().st_mtime_ns for p in written} == written
