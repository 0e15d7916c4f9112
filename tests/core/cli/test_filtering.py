"""Filters on the command line."""

import json

import numpy as np
import pytest

from evface.events.events import Events
from evface.events.filters.flicker import Flicker
from evface.events.filters.hot_pixels import HotPixels
from evface.events.filters.registry import FILTERS
from evface.events.formats.hdf5_writer import write_events_hdf5
from evface.events.sources import open_events
from evface.projects.project import Project

HOT = ((3, 4), (60, 40))


@pytest.fixture
def recording(tmp_path):
    """Return a file of noise with two hot pixels, as events."""
    random = np.random.default_rng(0)
    n = 4_000
    at = np.arange(0, 1_000_000, 4_000)
    t = np.concatenate([random.integers(0, 1_000_000, n), at, at + 9])
    x = np.concatenate([random.integers(0, 64, n), *(np.full(len(at), px) for px, _ in HOT)])
    y = np.concatenate([random.integers(0, 48, n), *(np.full(len(at), py) for _, py in HOT)])
    order = np.argsort(t, kind="stable")
    events = Events(
        t[order], x[order].astype("u2"), y[order].astype("u2"), random.random(len(t)) < 0.5
    )
    path = tmp_path / "noisy.h5"
    write_events_hdf5(path, [events], resolution=(64, 48))
    return path


def read(path):
    source = open_events(path)
    try:
        return source.read(0, source.duration_us)
    finally:
        source.close()


def test_converting_through_filters_says_what_each_left_out(evface, recording, tmp_path):
    before = read(recording)
    out = tmp_path / "out.h5"
    code, said, _ = evface(
        "convert", recording, out, "--filter", "hot-pixels", "--filter", "polarity", "--json"
    )
    assert code == 0
    kept = read(out)
    is_hot = np.any([(before.x == x) & (before.y == y) for x, y in HOT], axis=0)
    assert len(kept) == np.sum(~is_hot & before.p)
    hot, polarity = json.loads(said)["filters"]
    assert hot["n_removed"] == is_hot.sum()
    assert "pixels=3/4+60/40" in hot["filter"]
    assert polarity == {"filter": "polarity:keeps=on", "n_removed": np.sum(~is_hot & ~before.p)}
    assert len(before) == len(kept) + hot["n_removed"] + polarity["n_removed"]
    code, said, _ = evface("convert", recording, out, "--filter", "thinning", "--force")
    assert "events left out by thinning:kept_percent=50" in said


def test_many_pixels_are_counted_and_not_listed(evface, recording, tmp_path):
    pixels = "+".join(f"{x}/7" for x in range(1_200))
    code, said, _ = evface(
        "convert", recording, tmp_path / "out.h5", "--filter", f"hot-pixels:pixels={pixels}"
    )
    assert code == 0
    (words,) = (line for line in said.splitlines() if "hot-pixels" in line)
    assert words.endswith("least_percent=80 (1,200 pixels)")


def test_a_part_is_filtered_as_the_whole_is(evface, recording, tmp_path):
    whole, part = tmp_path / "whole.h5", tmp_path / "part.h5"
    filters = ("--filter", "neighbours:within_us=30000", "--filter", "refractory:period_us=20000")
    evface("convert", recording, whole, *filters)
    evface("convert", recording, part, *filters, "--start-us", 333_333, "--stop-us", 700_000)
    expected, cut = read(whole), read(part)
    assert len(cut) > 50
    source = open_events(whole)
    origin_us = source.origin_us
    source.close()
    absolute = expected.t + origin_us
    wanted = np.sum((absolute >= 333_333) & (absolute < 700_000))
    assert len(cut) == wanted


def test_a_picture_is_drawn_behind_filters(evface, recording, tmp_path):
    out = tmp_path / "x.png"
    _, whole, _ = evface("render", recording, out, "--json", "--at-us", 500_000)
    _, said, _ = evface(
        "render", recording, out, "--json", "--force", "--at-us", 500_000, "--filter", "polarity"
    )
    assert 0 < json.loads(said)["n_events"] < json.loads(whole)["n_events"]


def test_filters_are_listed_and_mistakes_told(evface, recording, tmp_path):
    code, said, _ = evface("convert", "--filter", "help")
    assert code == 0
    assert all(f"{name}: {kind.summary}" in said for name, kind in FILTERS.items())
    for text in ("sharpen", "flicker:hz=5", "thinning:kept_percent=300"):
        code, _, problem = evface("convert", recording, tmp_path / "y.h5", "--filter", text)
        assert code == 2
        assert "help" in problem


def test_the_filters_of_a_project_are_set_said_and_cleared(evface, recording, tmp_path):
    path = tmp_path / "p.evface"
    with Project.create(path) as project:
        project.add_recording(recording)
    code, said, _ = evface("project", "filters", path)
    assert (code, said) == (0, "noisy\n  all events pass\n")
    code, said, _ = evface(
        "project", "filters", path, "--recording", "noisy", "--set", "hot-pixels",
        "--set", "flicker:mains_hz=60", "--json",
    )  # fmt: skip
    assert code == 0
    assert [one["is_on"] for one in json.loads(said)["filters"]["noisy"]] == [True, True]
    with Project.open(path) as project:
        (entry,) = project.recordings()
        assert entry.filters == (HotPixels(pixels=HOT), Flicker(mains_hz=60))
        assert project.check() == []
    _, said, _ = evface("project", "list", path)
    assert "filter  Flicker of lamps" in said
    evface("project", "filters", path, "--clear")
    with Project.open(path) as project:
        assert project.recordings()[0].filters == ()
        project.undo()
        assert len(project.recordings()[0].filters) == 2
    assert evface("project", "filters", path, "--clear", "--set", "flicker")[0] == 2
