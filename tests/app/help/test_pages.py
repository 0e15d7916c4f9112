import re

import pytest
from PySide6.QtGui import QImage

from evface_resources import path
from evface_studio.actions.keymap import Keymap
from evface_studio.actions.table import all_actions
from evface_studio.help.pages import PAGES, PLACEHOLDER, fill, read_page
from evface_studio.settings import Settings

EACH = pytest.mark.parametrize("name", PAGES)
# Keys written out would become false when somebody changes them.
WRITTEN_KEYS = re.compile(r"\b(Ctrl|Shift|Alt|Meta)\+[A-Z]|\bF\d{1,2}\b")
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)]+)\)")
PICTURE_BYTES = 1_200_000


@pytest.fixture
def keymap(tmp_path):
    return Keymap(all_actions(), Settings(tmp_path / "studio.ini"))


@EACH
def test_a_page_names_only_actions_that_exist(name, keymap):
    filled = read_page(name).filled(keymap)
    assert not PLACEHOLDER.search(filled)
    assert "{" not in filled


@EACH
def test_a_page_writes_no_keys_out(name):
    assert WRITTEN_KEYS.findall(read_page(name).markdown) == []


@EACH
def test_a_page_begins_with_its_title_and_is_short(name):
    page = read_page(name)
    assert page.markdown.startswith("# ")
    assert 0 < len(page.title) < 40
    assert 80 < len(page.markdown.split()) < 450


@EACH
def test_links_lead_to_pages_actions_and_pictures_that_exist(name, keymap):
    for is_picture, words, target in LINK.findall(read_page(name).markdown):
        assert words
        if is_picture:
            assert not QImage(str(path(f"help/{target}"))).isNull(), target
        elif target.startswith("do:"):
            assert keymap.action(target.removeprefix("do:"))
        else:
            assert target in PAGES


@EACH
def test_every_page_has_a_picture_with_words_for_those_who_do_not_see_it(name):
    pictures = [words for mark, words, _ in LINK.findall(read_page(name).markdown) if mark]
    assert pictures
    assert all(len(words.split()) >= 3 for words in pictures)


def test_pictures_are_small_and_all_of_them_are_used():
    used = {target for name in PAGES for _, _, target in LINK.findall(read_page(name).markdown)}
    files = sorted(path("help").rglob("*.png"))
    assert {str(file.relative_to(path("help"))) for file in files} <= used
    assert sum(file.stat().st_size for file in files) < PICTURE_BYTES


def test_every_page_is_listed():
    assert {file.stem for file in path("help").glob("*.md")} == set(PAGES)


def test_a_page_tells_the_keys_that_were_chosen(keymap):
    assert fill("{key:go_to}", keymap) == "**Ctrl\\+J**"
    keymap.set_keys(keymap.action("go_to"), ("Ctrl+G",))
    assert fill("{key:go_to}", keymap) == "**Ctrl\\+G**"


def test_an_action_without_keys_is_named_by_its_menu(keymap):
    assert fill("{key:dark_theme}", keymap) == "*View › Dark theme*"
    assert fill("{menu:undo}", keymap) == "*Edit › Undo*"


def test_an_unknown_action_is_an_error(keymap):
    with pytest.raises(KeyError):
        fill("{key:no_such_action}", keymap)
