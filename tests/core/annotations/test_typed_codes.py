import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface.annotations.facs_names import FACS_NAMES, WITHOUT_SIDES, facs_name
from evface.annotations.segments import LEVELS, UNITS, Presence, Side
from evface.annotations.typed_codes import TypedCode, parse_code, parse_codes


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("12", TypedCode("AU12")),
        ("12cl", TypedCode("AU12", level="C", side=Side.LEFT)),
        ("12b", TypedCode("AU12", level="B")),
        ("12bb", TypedCode("AU12", level="B", side=Side.BOTH)),
        ("12bl", TypedCode("AU12", level="B", side=Side.LEFT)),
        ("12lb", TypedCode("AU12", level="B", side=Side.LEFT)),
        ("12r", TypedCode("AU12", side=Side.RIGHT)),
        ("R12E", TypedCode("AU12", level="E", side=Side.RIGHT)),
        (" au04d ", TypedCode("AU4", level="D")),
        ("004", TypedCode("AU4")),
        ("12-", TypedCode("AU12", Presence.ABSENT)),
        ("-12", TypedCode("AU12", Presence.ABSENT)),
        ("12l-", TypedCode("AU12", Presence.ABSENT, side=Side.LEFT)),
        ("12n", TypedCode("AU12", Presence.NOT_VISIBLE)),
        ("12nr", TypedCode("AU12", Presence.NOT_VISIBLE, side=Side.RIGHT)),
    ],
)
def test_codes_are_read_as_facs_coders_type_them(text, code):
    assert parse_code(text) == code


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("3", "AU3 does not exist"),
        ("0", "AU0 does not exist"),
        ("99c", "AU99 does not exist"),
        ("", "type a number"),
        ("c", "'c' is not a code"),
        ("12cd", "one level, not C and D"),
        ("12lr", "not all of it"),
        ("12clb", "not all of it"),
        ("12x", "'x' means nothing after AU12"),
        ("12--", "'-' means nothing"),
        ("12c-", "no level where it is absent"),
        ("12nc", "no level where it is absent"),
        ("12n-", "both absent and not visible"),
        ("51l", "head turn left\\) has no sides"),
        ("12.5", "is not a code"),
        ("-l-12", "is not a code"),
    ],
)
def test_what_is_no_code_is_told_why(text, problem):
    with pytest.raises(ValueError, match=problem):
        parse_code(text)


@given(
    st.sampled_from(sorted(set(FACS_NAMES) - WITHOUT_SIDES)),
    st.none() | st.sampled_from(LEVELS),
    st.sampled_from(Side),
    st.sampled_from(Presence),
)
def test_every_code_that_can_be_meant_can_be_typed(number, level, side, presence):
    if presence is not Presence.PRESENT:
        level = None
    mark = {Presence.PRESENT: "", Presence.ABSENT: "-", Presence.NOT_VISIBLE: "n"}[presence]
    letter = {Side.BOTH: "", Side.LEFT: "l", Side.RIGHT: "r"}[side]
    typed = f"{number}{(level or '').lower()}{mark}{letter}"
    assert parse_code(typed) == TypedCode(f"AU{number}", presence, level, side)


@given(st.text(max_size=6) | st.text("0123456789abcdelrn-+ ", max_size=8))
def test_whatever_is_typed_is_a_code_or_gets_an_answer(text):
    try:
        answer = parse_codes(text)
    except ValueError as error:
        answer = str(error)
    assert answer


def test_several_codes_are_typed_at_once():
    assert [str(code) for code in parse_codes("1+2, 4c 12dl")] == [
        "AU1",
        "AU2",
        "AU4 C",
        "AU12 D left",
    ]
    assert len(parse_codes("12cl+12dr")) == 2
    with pytest.raises(ValueError, match="AU12 is there twice"):
        parse_codes("12c+12l")


def test_a_code_is_shown_in_words():
    assert str(parse_code("14n")) == "AU14 not visible"
    assert str(parse_code("14-r")) == "AU14 absent right"


def test_every_unit_of_the_project_is_a_facs_code():
    assert all(facs_name(unit) for unit in UNITS)
    assert facs_name("AU12") == "lip corner puller"
    assert facs_name("AU3") == ""
