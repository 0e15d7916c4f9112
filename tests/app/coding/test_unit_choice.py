import pytest

from evface.annotations.segments import UNITS
from evface_studio.coding.unit_choice import RowFilter, UnitChoice


@pytest.fixture
def units(settings, qapp):
    del qapp
    return UnitChoice(settings)


def test_without_curves_all_are_shown_and_stay_when_one_is_coded(units):
    assert units.shown == UNITS
    units.set_coded(["AU12"])
    assert units.shown == UNITS


def test_active_ones_are_shown_with_those_that_were_coded(units):
    units.set_known(["AU1", "AU12", "AU27"], ["AU12"])
    assert units.shown == ("AU12",)
    units.set_coded(["AU4"])
    assert units.shown == ("AU4", "AU12")
    units.set_filter(RowFilter.ALL)
    assert units.shown.index("AU27") == units.shown.index("AU26") + 1
    units.set_filter(RowFilter.CODED)
    assert units.shown == ("AU4",)


def test_chosen_ones_stay_whatever_is_coded_and_take_in_what_is_typed(units):
    units.choose(["AU45", "AU2"])
    units.set_coded(["AU4"])
    assert units.shown == ("AU2", "AU45")
    units.show("AU5")
    assert units.shown == ("AU2", "AU5", "AU45")


def test_what_was_added_is_there_the_next_time(units, settings, qtbot):
    with qtbot.waitSignal(units.changed):
        units.set_known(["AU1"], ["AU1"])
    units.add("AU46")
    assert units.shown == ("AU1", "AU46")
    assert "AU46" in UnitChoice(settings).all


def test_nothing_is_said_where_nothing_changes(units, qtbot):
    units.set_filter(RowFilter.ALL)
    with qtbot.assertNotEmitted(units.changed):
        units.set_coded(["AU12"])
