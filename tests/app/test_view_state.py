import pytest

from evface_studio.view_state import Layer, PointerTool, ViewState


@pytest.fixture
def view_state() -> ViewState:
    state = ViewState()
    state.set_duration_us(2_000_000)
    return state


def test_time_is_clipped_to_the_recording(view_state):
    view_state.set_time_us(-5)
    assert view_state.time_us == 0
    view_state.set_time_us(9_000_000)
    assert view_state.time_us == 2_000_000


def test_a_setter_that_changes_nothing_is_silent(view_state, qtbot):
    view_state.set_time_us(7)
    with (
        qtbot.assertNotEmitted(view_state.time_changed),
        qtbot.assertNotEmitted(view_state.window_changed),
        qtbot.assertNotEmitted(view_state.layers_changed),
        qtbot.assertNotEmitted(view_state.appearance_changed),
    ):
        view_state.set_time_us(7)
        view_state.set_window_us(view_state.window_us)
        view_state.set_layer(Layer.LANDMARKS, True)
        view_state.set_palette(view_state.palette)


def test_times_past_the_range_of_32_bits_arrive_whole(view_state):
    heard = []
    view_state.time_changed.connect(heard.append)
    view_state.set_duration_us(10_000_000_000)
    view_state.set_time_us(9_999_999_999)
    assert heard == [9_999_999_999]


def test_a_shorter_recording_pulls_the_time_back(view_state):
    view_state.set_time_us(1_900_000)
    view_state.set_duration_us(500_000)
    assert view_state.time_us == 500_000
    assert view_state.visible_range == (0, 500_000)


@pytest.mark.parametrize(("asked", "got"), [(1, 100), (5_000, 5_000), (10**9, 1_000_000)])
def test_the_window_stays_between_100_us_and_1_s(view_state, asked, got):
    view_state.set_window_us(asked)
    assert view_state.window_us == got


@pytest.mark.parametrize(("asked", "got"), [(0.0, 0.01), (0.5, 0.5), (100.0, 4.0)])
def test_the_speed_stays_between_a_hundredth_and_four(view_state, asked, got):
    view_state.set_speed(asked)
    assert view_state.speed == got


def test_layers_come_and_go_one_by_one(view_state, qtbot):
    assert not view_state.shows(Layer.TRUTH)
    with qtbot.waitSignal(view_state.layers_changed):
        view_state.set_layer(Layer.TRUTH, True)
    view_state.set_layer(Layer.BOX, False)
    assert view_state.shows(Layer.TRUTH)
    assert not view_state.shows(Layer.BOX)
    assert view_state.shows(Layer.LANDMARKS)


def test_the_landmark_under_the_pointer_comes_before_the_chosen_one(qtbot):
    view = ViewState()
    view.choose_landmark(8)
    assert view.landmark == 8
    with qtbot.waitSignal(view.landmark_changed):
        view.point_at_landmark(30)
    assert (view.landmark, view.chosen_landmark) == (30, 8)
    view.point_at_landmark(None)
    assert view.landmark == 8


def test_only_a_chosen_landmark_can_be_placed(qtbot):
    view = ViewState()
    view.set_tool(PointerTool.PLACE)
    assert view.tool is PointerTool.SELECT
    view.choose_landmark(8)
    view.set_tool(PointerTool.PLACE)
    assert view.tool is PointerTool.PLACE
    with qtbot.waitSignal(view.tool_changed):
        view.choose_landmark(None)
    assert view.tool is PointerTool.SELECT


def test_of_several_chosen_landmarks_one_is_looked_at_as_long_as_it_is_among_them():
    view = ViewState()
    view.select_landmarks({3, 8, 30}, 8)
    assert (view.selected_landmarks, view.chosen_landmark) == ({3, 8, 30}, 8)
    view.select_landmarks({3, 8})
    assert view.chosen_landmark == 8
    view.select_landmarks({3, 30})
    assert view.chosen_landmark is None
    view.select_landmarks({30})
    assert view.chosen_landmark == 30
    view.select_landmarks(())
    assert (view.selected_landmarks, view.chosen_landmark) == (frozenset(), None)


def test_a_longer_recording_leaves_the_moment_and_a_chosen_range_alone():
    view = ViewState()
    view.set_duration_us(1_000_000)
    view.set_time_us(300_000)
    view.set_visible_range(200_000, 500_000)
    view.extend_duration_us(2_000_000)
    assert (view.duration_us, view.time_us) == (2_000_000, 300_000)
    assert view.visible_range == (200_000, 500_000)
    view.extend_duration_us(1_500_000)
    assert view.duration_us == 2_000_000


def test_at_the_end_and_with_all_in_view_a_longer_recording_is_followed():
    view = ViewState()
    view.set_duration_us(1_000_000)
    view.set_time_us(1_000_000)
    view.extend_duration_us(2_000_000)
    assert view.time_us == 2_000_000
    assert view.visible_range == (0, 2_000_000)
