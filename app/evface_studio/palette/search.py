"""Finds what a person means by a few typed letters."""

from __future__ import annotations

from dataclasses import dataclass

_WHOLE_WORD, _WORD_START, _INSIDE, _SCATTERED = 4.0, 3.0, 1.5, 0.5
# The text begins with the word.
_FIRST = 0.5


@dataclass(frozen=True)
class Match:
    """How well a text fits what was typed.

    Parameters
    ----------
    score
        The higher, the better.
    letters
        Places in the text of the letters that were typed, in order.
    """

    score: float
    letters: tuple[int, ...] = ()


def match(query: str, text: str, more: str = "") -> Match | None:
    """Compare typed words with a text; None where one of the words is nowhere to be found.

    Each word may stand anywhere, in any order: as a word, as its beginning, within it, or, last of
    all, as letters that follow one another with others between them.

    Parameters
    ----------
    query
        What was typed. Nothing at all fits everything.
    text
        What is shown.
    more
        Other words by which it can be found, worth less.
    """
    score, letters = 0.0, set[int]()
    plain = text.lower()
    for word in query.lower().split():
        found = _find(word, plain)
        if found is not None:
            score += found.score
            letters.update(found.letters)
            continue
        found = _find(word, more.lower())
        if found is None or found.score < _INSIDE:
            return None
        score += found.score / 4
    return Match(score, tuple(sorted(letters)))


def _find(word: str, text: str) -> Match | None:
    best: Match | None = None
    start = text.find(word)
    while start >= 0:
        stop = start + len(word)
        begins = start == 0 or not text[start - 1].isalnum()
        ends = stop == len(text) or not text[stop].isalnum()
        score = _WHOLE_WORD if begins and ends else _WORD_START if begins else _INSIDE
        score += _FIRST * (start == 0)
        if best is None or score > best.score:
            best = Match(score, tuple(range(start, stop)))
        start = text.find(word, start + 1)
    return best or _scattered(word, text)


def _scattered(word: str, text: str) -> Match | None:
    """Find letters one after another, the first at the start of a word."""
    if len(word) < 2:
        return None
    for start in range(len(text)):
        if text[start] != word[0] or (start and text[start - 1].isalnum()):
            continue
        letters, place = [start], start
        for letter in word[1:]:
            place = text.find(letter, place + 1)
            if place < 0:
                break
            letters.append(place)
        else:
            return Match(_SCATTERED * len(word) / (letters[-1] - start + 1), tuple(letters))
    return None
