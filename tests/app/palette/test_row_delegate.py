import pytest

from evface_studio.palette.row_delegate import split_keys


@pytest.mark.parametrize(
    ("keys", "caps"),
    [
        ("Ctrl+Shift+P", ["Ctrl", "Shift", "P"]),
        ("Ctrl++", ["Ctrl", "+"]),
        ("Ctrl+Alt++", ["Ctrl", "Alt", "+"]),
        ("+", ["+"]),
        ("F1", ["F1"]),
        ("Ctrl+-", ["Ctrl", "-"]),
    ],
)
def test_each_key_has_a_cap_of_its_own(keys, caps):
    assert split_keys(keys) == caps
