import pytest

from evface.review.queue import QueueItem
from evface.review.reasons import Reason, ReasonKind
from evface_studio.look.theme import DARK, LIGHT
from evface_studio.panels.review_card import ReasonCard, describe_value


def _reason(kind, value, threshold, t_us=0):
    return Reason(kind, t_us, "transferred", value, threshold, f"Says {kind}")


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (_reason(ReasonKind.JUMP, 0.0573, 0.05), "5.73 % of the face, limit 5 %"),
        (_reason(ReasonKind.LOW_CONFIDENCE, 0.65, 0.3), "0.35, limit 0.70"),
        (_reason(ReasonKind.COLLAPSED, 5.0, 2.0), "5 times smaller, limit 2"),
        (_reason(ReasonKind.COLLAPSED, float("inf"), 2.0), "∞ times smaller, limit 2"),
        (_reason(ReasonKind.JERK, 230_000.0, 80_000.0), "2.3·10^5 face sizes/s³, limit 8.0·10^4"),
        (_reason(ReasonKind.LATE_SEGMENT, 1.0, 0.0), "1.00 s too long"),
    ],
)
def test_a_value_is_told_with_its_unit_and_its_threshold(reason, words):
    assert describe_value(reason) == words


def test_the_card_tells_every_reason_of_the_item_it_is_given(qtbot):
    card = ReasonCard(DARK)
    qtbot.addWidget(card)
    assert card.sentences == ()
    reasons = (
        _reason(ReasonKind.SWAPPED, 0.4, 0.05),
        _reason(ReasonKind.JUMP, 0.2, 0.05, t_us=30_000),
    )
    card.show_item(QueueItem("r", "clip", "transferred", 0, 0.9, reasons))
    card.set_theme(LIGHT)
    assert card.sentences == ("Says swapped", "Says jump")
    card.show_item(None)
    assert card.sentences == ()
