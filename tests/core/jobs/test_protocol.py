import pytest
from hypothesis import given
from hypothesis import strategies as st

from evface.jobs.protocol import Done, Failed, Progress, decode, encode

REPORTS = (
    st.builds(Progress, st.floats(0, 1), st.text())
    | st.builds(Done, st.text())
    | st.builds(Failed, st.text())
)


@given(REPORTS)
def test_a_report_is_one_line_and_comes_back_the_same(report):
    line = encode(report)
    assert "\n" not in line
    assert decode(line) == report


@pytest.mark.parametrize(
    "line",
    ["", "noise", "1", "[]", "null", "{}", '{"type": "Done"}', '{"type": "Nothing", "a": 1}'],
)
def test_other_lines_are_not_reports(line):
    with pytest.raises(ValueError, match="not a job's report"):
        decode(line)
