import pytest

from evface.cli.bench import Figure, available_benchmarks, load_benchmark


def test_a_ratio_above_one_is_better_whatever_the_direction():
    fast = Figure("decode", 200.0, "Mev/s", "other", 100.0)
    quick = Figure("latency", 5.0, "ms", "other", 10.0, higher_is_better=False)
    assert fast.ratio == quick.ratio == pytest.approx(2.0)
    assert Figure("alone", 1.0, "s").ratio is None


def test_a_target_is_met_in_its_own_direction():
    assert Figure("frame rate", 60.0, "fps", target=60.0).is_met
    assert not Figure("frame rate", 59.0, "fps", target=60.0).is_met
    assert Figure("latency", 20.0, "ms", target=28.0, higher_is_better=False).is_met
    assert Figure("latency", 20.0, "ms").is_met is None


def test_every_benchmark_of_the_source_tree_is_found():
    assert {"events", "face", "processing", "simulation", "studio"} <= set(available_benchmarks())


def test_an_option_reaches_the_benchmark_that_takes_it_and_no_other(evface):
    code, _, said = evface("bench", "learning", "--size", "two-cores", "--dry")
    assert code == 0
    assert "train keypoints_CMFA_seed-0" in said
    code, _, said = evface("bench", "events", "--dry")
    assert code != 0
    assert "takes no such option" in said


def test_the_table_of_events_is_markdown_with_a_line_for_each_figure():
    figures = [
        Figure("EVT3: streaming", 300.0, "Mev/s", "evutils", 200.0, 260.0),
        Figure("a window anywhere", 5.0, "ms", "evutils", 8.0, 4.0, higher_is_better=False),
        Figure("HDF5: size", 2.4, "bytes/event"),
    ]
    table = load_benchmark("events").to_markdown(figures).split("\n\n")[1].splitlines()
    assert table[2:] == [
        "| EVT3: streaming | 300 Mev/s | evutils 200 | 1.50x | ≥ 260 ✓ |",
        "| a window anywhere | 5 ms | evutils 8 | 1.60x | ≤ 4 ✗ |",
        "| HDF5: size | 2.4 bytes/event |  |  |  |",
    ]
