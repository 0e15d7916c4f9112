"""Filters as text and as JSON."""

import json

import pytest

from evface.events.filters.activity import Neighbours
from evface.events.filters.flicker import Flicker
from evface.events.filters.hot_pixels import HotPixels
from evface.events.filters.regions import Region
from evface.events.filters.registry import (
    FILTERS,
    PRESETS,
    filter_to_text,
    filters_from_json,
    filters_to_json,
    parse_filter,
)


@pytest.mark.parametrize("filters", [*PRESETS.values(), tuple(kind() for kind in FILTERS.values())])
def test_filters_come_back_from_json(filters):
    filters = (*filters, HotPixels(pixels=((3, 4), (0, 9)), is_on=False))
    said = json.loads(json.dumps(filters_to_json(filters)))
    assert filters_from_json(said) == filters
    assert [parse_filter(filter_to_text(one)) for one in filters if one.is_on] == [
        one for one in filters if one.is_on
    ]


@pytest.mark.parametrize(
    "said",
    [
        None,
        {},
        [3],
        [{"filter": "sharpen"}],
        [{}],
        [{"filter": "thinning", "kept": 3}],
        [{"filter": "thinning", "kept_percent": 300.0}],
        [{"filter": "thinning", "kept_percent": "many"}],
        [{"filter": "thinning", "kept_percent": True}],
        [{"filter": "thinning", "is_on": 1}],
        [{"filter": "polarity", "keeps": []}],
        [{"filter": "hot-pixels", "pixels": [[1]]}],
        [{"filter": "hot-pixels", "pixels": 3}],
    ],
)
def test_json_that_is_no_chain_of_filters_is_refused(said):
    with pytest.raises(ValueError, match=r"must be|no filter|has no"):
        filters_from_json(said)


def test_a_filter_is_named_on_a_command_line():
    assert parse_filter("flicker") == Flicker()
    assert parse_filter("flicker:mains_hz=60") == Flicker(mains_hz=60)
    assert parse_filter("neighbours: within_us=2000") == Neighbours(within_us=2000)
    assert parse_filter("hot-pixels:pixels=12/40+100/3,least_percent=90") == HotPixels(
        pixels=((12, 40), (100, 3)), least_percent=90.0
    )
    assert parse_filter("region:keeps=outside,left_px=3") == Region(left_px=3, keeps="outside")
    for text, problem in (
        ("sharpen", "no filter 'sharpen'"),
        ("flicker:hz=50", "flicker has no 'hz'; it has mains_hz"),
        ("flicker:50", "not of the form key=value"),
        ("flicker:mains_hz=fifty", "must be a number"),
        ("flicker:mains_hz=55", "must be one of 50, 60"),
        ("hot-pixels:pixels=1;2", "must be as 12/40"),
    ):
        with pytest.raises(ValueError, match=problem):
            parse_filter(text)
