import pytest
from PySide6.QtWidgets import QApplication, QLabel, QToolButton

from evface_studio.look.style import style_sheet
from evface_studio.look.text_size import (
    apply_text_size,
    bound_size,
    fix_size,
    scaled,
    set_icon_size,
    set_text_factor,
)
from evface_studio.look.theme import DARK


@pytest.fixture
def application(qapp):
    apply_text_size(qapp, 100)
    yield qapp
    apply_text_size(qapp, 100)


def test_text_grows_and_shrinks_again(application):
    before = application.font().pointSizeF()
    apply_text_size(application, 150)
    assert application.font().pointSizeF() == pytest.approx(1.5 * before)
    apply_text_size(application, 100)
    assert application.font().pointSizeF() == pytest.approx(before)


def test_what_was_given_a_size_grows_with_text(application, qtbot):
    label, button = QLabel("x"), QToolButton()
    qtbot.addWidget(label)
    qtbot.addWidget(button)
    fix_size(label, width_px=40, height_px=10)
    bound_size(button, least_width_px=20, most_width_px=60)
    set_icon_size(button, 16)
    apply_text_size(application, 200)
    assert (label.width(), label.height()) == (80, 20)
    assert (button.minimumWidth(), button.maximumWidth()) == (40, 120)
    assert button.iconSize().width() == 32


def test_larger_words_stay_larger(application, qtbot):
    title = QLabel("x")
    qtbot.addWidget(title)
    set_text_factor(title, 1.5)
    apply_text_size(application, 200)
    assert title.font().pointSizeF() == pytest.approx(1.5 * application.font().pointSizeF())


def test_the_style_grows_but_lines_stay_thin(application):
    apply_text_size(application, 200)
    assert scaled(14) == 28
    sheet = style_sheet(DARK)
    assert "width: 28px; height: 28px" in sheet
    assert "border: 1px solid" in sheet
    assert "border: 2px solid" not in sheet


def test_nothing_is_scaled_without_a_choice():
    assert isinstance(QApplication.instance(), QApplication)
    assert scaled(17) == 17
