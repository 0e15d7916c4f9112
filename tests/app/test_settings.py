import pytest

from evface_studio.settings import Settings
from evface_studio.theme import DARK, LIGHT


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
