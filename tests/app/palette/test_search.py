import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface_studio.palette.search import match

WORDS = st.text(string.ascii_letters + " +-", max_size=24)


def order(query, *texts):
    """Return the texts that fit, best first."""
    found = [(match(query, text), text) for text in texts]
    return [text for hit, text in sorted(found, key=lambda x: -x[0].score if x[0] else 0) if hit]


@given(WORDS)
def test_nothing_typed_fits_everything(text):
    assert match("  ", text) is not None


@given(WORDS)
def test_a_text_fits_itself(text):
    assert match(text, text) is not None


@given(WORDS, WORDS)
def test_the_letters_found_are_letters_that_were_typed(query, text):
    found = match(query, text)
    if found is not None:
        assert {text[i].lower() for i in found.letters} <= set(query.lower())


def test_words_may_come_in_any_order():
    assert match("text larger", "Larger text") is not None


def test_a_word_that_is_nowhere_to_be_found_does_not_fit():
    assert match("larger xyz", "Larger text") is None


def test_whole_words_come_before_beginnings_before_letters_within():
    texts = ("Undo", "Undoing", "Refund old", "sundown")
    assert order("undo", *texts)[:2] == ["Undo", "Undoing"]
    assert match("undo", "sundown").score < match("undo", "Undoing").score


def test_letters_in_a_row_with_gaps_fit_last_of_all():
    assert order("gttf", "Go to a time or frame") == ["Go to a time or frame"]
    assert match("gttf", "Going") is None


def test_other_words_count_less_than_the_text():
    by_menu = match("playback", "Faster", "Playback")
    assert by_menu is not None
    assert by_menu.letters == ()
    assert by_menu.score < match("fast", "Faster").score


@pytest.mark.parametrize(
    ("query", "letters"), [("time", (8, 9, 10, 11)), ("go", (0, 1)), ("GO", (0, 1))]
)
def test_typed_letters_are_pointed_out(query, letters):
    assert match(query, "Go to a time").letters == letters
