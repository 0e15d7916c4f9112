import pytest

from evface_studio.look.theme import DARK, LIGHT
from evface_studio.settings import Settings


@pytest.fixture
def path(tmp_path):
    return tmp_path / "studio.ini"


@pytest.fixture
def files(tmp_path):
    made = [tmp_path / f"{number}.evface" for number in range(12)]
    for file in made:
        file.touch()
    return made


def test_dark_is_the_first_theme(path):
    assert Settings(path).theme == DARK


def test_the_theme_is_remembered(path):
    Settings(path).set_theme(LIGHT)
    assert Settings(path).theme == LIGHT


def test_a_theme_for_this_time_is_not_remembered(path):
    assert Settings(path, theme=LIGHT).theme == LIGHT
    assert Settings(path).theme == DARK


def test_a_theme_chosen_later_wins_over_one_for_this_time(path):
    settings = Settings(path, theme=LIGHT)
    settings.set_theme(DARK)
    assert settings.theme == DARK


def test_what_was_opened_last_comes_first_and_only_once(path, files):
    settings = Settings(path)
    for file in (files[0], files[1], files[0]):
        settings.remember((file,))
    assert Settings(path).recent == [(files[0],), (files[1],)]


def test_one_recent_thing_is_remembered_too(path, files):
    Settings(path).remember((files[0], files[1]))
    assert Settings(path).recent == [(files[0], files[1])]


def test_the_list_does_not_grow_for_ever(path, files):
    settings = Settings(path)
    for file in files:
        settings.remember((file,))
    assert len(settings.recent) == 8
    assert settings.recent[0] == (files[-1],)


def test_what_has_gone_is_not_offered(path, files):
    settings = Settings(path)
    settings.remember((files[0],))
    files[0].unlink()
    assert settings.recent == []


def test_the_list_can_be_emptied(path, files):
    settings = Settings(path)
    settings.remember((files[0],))
    settings.forget_recent()
    assert Settings(path).recent == []


def test_damaged_settings_are_no_obstacle(path):
    path.write_bytes(bytes(range(256)))
    assert Settings(path).theme == DARK
    assert Settings(path).recent == []


def test_text_has_the_systems_size_at_first_and_another_is_remembered(path, qtbot):
    settings = Settings(path)
    assert settings.text_percent == 100
    with qtbot.waitSignal(settings.text_percent_changed) as changed:
        settings.set_text_percent(150)
    assert changed.args == [150]
    assert Settings(path).text_percent == 150


def test_a_size_of_text_for_this_time_is_not_remembered(path):
    assert Settings(path, text_percent=200).text_percent == 200
    assert Settings(path).text_percent == 100


def test_a_size_of_text_that_is_not_offered_is_no_obstacle(path):
    path.write_text("[General]\ntext_percent=9000\n")
    assert Settings(path).text_percent == 100


def test_the_tour_is_remembered_as_seen(path):
    assert not Settings(path).saw_tour
    Settings(path).set_saw_tour()
    assert Settings(path).saw_tour


def test_the_actions_run_last_are_kept_newest_first_and_once(path):
    settings = Settings(path)
    for action in ("undo", "redo", "undo", *map(str, range(20))):
        settings.remember_action(action)
    assert settings.last_actions[:2] == ["19", "18"]
    assert len(settings.last_actions) == 12
    settings.remember_action("15")
    assert settings.last_actions[0] == "15"
    assert settings.last_actions.count("15") == 1
