"""Agreement of two people about action units: moment by moment, and event by event."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from evface.agreement.coding import Coded, coded_segments, grade_of, sample, step_times_us
from evface.agreement.matching import match_segments
from evface.agreement.statistics import (
    Figure,
    Spread,
    agreement_index,
    cohens_kappa,
    compute_spread,
    intraclass_correlations,
)
from evface.annotations.segments import UNITS, Presence, Segment

ALL_UNITS = "all"
_N_GRADES = 6  # 0 for absent, then A to E
_GRADES = np.stack(np.divmod(np.arange(_N_GRADES**2), _N_GRADES), axis=1).astype(np.float64)
# Columns and rows of the tables of events.
_ABSENT, _PRESENT, _UNMATCHED = range(3)


@dataclass(frozen=True)
class CodingSettings:
    """How codings are compared.

    Parameters
    ----------
    step_us
        Length of one moment of the comparison moment by moment.
    tolerance_us
        How far the onsets of two segments may be apart that are the same event.
    is_uncoded_absent
        Whether moments without a segment count as absent, in recordings where both coded anything;
        they are left out if not.
    """

    step_us: int = 10_000
    tolerance_us: int = 500_000
    is_uncoded_absent: bool = False

    def __post_init__(self) -> None:
        if self.step_us < 1 or self.tolerance_us < 0:
            raise ValueError(
                f"step_us must be at least 1 and tolerance_us at least 0, got {self.step_us} and "
                f"{self.tolerance_us}"
            )


@dataclass(frozen=True)
class FrameAgreement:
    """Agreement moment by moment, where both said present or absent.

    Parameters
    ----------
    agreed
        Share of the moments on which both said the same.
    kappa
        Cohen's, of present and absent.
    f1
        Of present.
    icc_2_1, icc_3_1
        Of grades 0 (absent) to 5 (E).
    n_not_coded, n_not_visible
        Moments left out as one or both coded nothing there, or could not see it, of those that
        either coded.
    n_ungraded
        Moments left out of the ICCs alone: one said present without a level from A to E.
    """

    agreed: Figure
    kappa: Figure
    f1: Figure
    icc_2_1: Figure
    icc_3_1: Figure
    n_not_coded: int
    n_not_visible: int
    n_ungraded: int


@dataclass(frozen=True)
class EventAgreement:
    """Agreement segment by segment.

    Parameters
    ----------
    n_first, n_second, n_matched
        Segments of the first and of the second, and pairs of them that are the same event.
    n_not_visible
        Unmatched segments left out as the other could not see the face there.
    kappa_matched
        Cohen's, of present and absent over the matched pairs alone.
    kappa_all
        The same with each unmatched segment as a disagreement: a category of its own.
    index
        Agreement index of FACS, the same as F1: twice the pairs that both said are present over
        all that either said are.
    icc_2_1, icc_3_1
        Of levels 1 (A) to 5 (E) over the pairs that both graded.
    same_side
        Share of the pairs present to both for which both said the same side.
    onset_us, offset_us
        Second minus first over the pairs present to both.
    """

    n_first: int
    n_second: int
    n_matched: int
    n_not_visible: int
    kappa_matched: Figure
    kappa_all: Figure
    index: Figure
    icc_2_1: Figure
    icc_3_1: Figure
    same_side: Figure
    onset_us: Spread
    offset_us: Spread


@dataclass(frozen=True)
class UnitAgreement:
    """Agreement about one action unit over all recordings, or about all of them."""

    unit: str
    frames: FrameAgreement
    events: EventAgreement


def compare_codings(
    recordings: Iterable[tuple[Sequence[Segment], Sequence[Segment], int]],
    *,
    authors: tuple[str, str],
    settings: CodingSettings,
) -> tuple[UnitAgreement, ...]:
    """Compare what two people coded.

    Parameters
    ----------
    recordings
        For each, the segments of the first project and of the second (the same twice for two
        people in one project), and how long the recording is, us. Not modified.
    authors
        The first person, of the first project, and the second, of the second.

    Returns
    -------
    tuple[UnitAgreement, ...]
        One for each unit that either coded, in the order of FACS, then one for all together;
        none where nothing was coded.
    """
    evidence: dict[str, _Evidence] = {}
    for first, second, duration_us in recordings:
        mine = {one.unit for one in first if one.author == authors[0]}
        theirs = {one.unit for one in second if one.author == authors[1]}
        for unit in mine | theirs:
            pair = (
                coded_segments(first, unit, authors[0]),
                coded_segments(second, unit, authors[1]),
            )
            if any(pair):
                # Who coded nothing at all in a recording did not code it, rather than saw nothing.
                is_absent = settings.is_uncoded_absent and bool(mine) and bool(theirs)
                evidence.setdefault(unit, _Evidence()).add(pair, duration_us, settings, is_absent)
    agreements = [evidence[unit].judge(unit) for unit in sorted(evidence, key=_order)]
    if agreements:
        together = _Evidence()
        for one in evidence.values():
            together.join(one)
        agreements.append(together.judge(ALL_UNITS))
    return tuple(agreements)


@dataclass(eq=False)
class _Evidence:
    """Counts that add up over recordings, and over units."""

    # By what the first said and the second said, `Coded`; by their grades.
    frames: NDArray[np.int64] = field(default_factory=lambda: np.zeros((4, 4), np.int64))
    grades: NDArray[np.int64] = field(default_factory=lambda: np.zeros((6, 6), np.int64))
    events: NDArray[np.int64] = field(default_factory=lambda: np.zeros((3, 3), np.int64))
    n_not_visible: int = 0
    pairs: list[tuple[Segment, Segment]] = field(default_factory=list)

    def add(
        self,
        pair: tuple[list[Segment], list[Segment]],
        duration_us: int,
        settings: CodingSettings,
        is_absent: bool,
    ) -> None:
        stop_us = max([duration_us, *(one.offset_us for side in pair for one in side)])
        times_us = step_times_us(stop_us, settings.step_us)
        (coded, grade), (coded_too, grade_too) = (sample(side, times_us) for side in pair)
        if is_absent:
            for said, level in ((coded, grade), (coded_too, grade_too)):
                level[said == Coded.NOTHING] = 0.0
                said[said == Coded.NOTHING] = Coded.ABSENT
        np.add.at(self.frames, (coded, coded_too), 1)
        judged = np.isin(coded, _JUDGED) & np.isin(coded_too, _JUDGED)
        graded = judged & np.isfinite(grade) & np.isfinite(grade_too)
        cells = (grade[graded].astype(np.int64), grade_too[graded].astype(np.int64))
        np.add.at(self.grades, cells, 1)
        self._add_events(pair, settings)

    def _add_events(
        self, pair: tuple[list[Segment], list[Segment]], settings: CodingSettings
    ) -> None:
        first, second = (
            [one for one in side if one.presence is not Presence.NOT_VISIBLE] for side in pair
        )
        matched = match_segments(first, second, tolerance_us=settings.tolerance_us)
        for row, column in matched:
            self.events[_kind(first[row]), _kind(second[column])] += 1
            self.pairs.append((first[row], second[column]))
        partners = ({row for row, _ in matched}, {column for _, column in matched})
        for side, (events, other) in enumerate(((first, pair[1]), (second, pair[0]))):
            for index, one in enumerate(events):
                if index in partners[side]:
                    continue
                if _is_hidden(one, other):
                    self.n_not_visible += 1
                else:
                    cell = (_kind(one), _UNMATCHED)
                    self.events[cell if side == 0 else cell[::-1]] += 1

    def join(self, other: _Evidence) -> None:
        self.frames += other.frames
        self.grades += other.grades
        self.events += other.events
        self.n_not_visible += other.n_not_visible
        self.pairs += other.pairs

    def judge(self, unit: str) -> UnitAgreement:
        return UnitAgreement(unit, self._judge_frames(), self._judge_events())

    def _judge_frames(self) -> FrameAgreement:
        counts = self.frames[np.ix_(_JUDGED, _JUDGED)]
        n = int(counts.sum())
        icc_2_1, icc_3_1 = self._icc(self.grades)
        unseen = self.frames[Coded.NOT_VISIBLE].sum() + self.frames[:, Coded.NOT_VISIBLE].sum()
        unseen -= self.frames[Coded.NOT_VISIBLE, Coded.NOT_VISIBLE]
        somewhere = int(self.frames.sum() - self.frames[Coded.NOTHING, Coded.NOTHING])
        return FrameAgreement(
            agreed=(
                Figure(float(np.trace(counts)) / n, n)
                if n
                else Figure.undefined("nothing that both coded")
            ),
            kappa=cohens_kappa(counts, ("absent", "present")),
            f1=agreement_index(int(counts[1, 1]), int(counts[1].sum()), int(counts[:, 1].sum())),
            icc_2_1=icc_2_1,
            icc_3_1=icc_3_1,
            n_not_coded=somewhere - n - int(unseen),
            n_not_visible=int(unseen),
            n_ungraded=n - int(self.grades.sum()),
        )

    def _judge_events(self) -> EventAgreement:
        both = [
            (one, other)
            for one, other in self.pairs
            if one.presence is Presence.PRESENT and other.presence is Presence.PRESENT
        ]
        levels = np.array(
            [(grade_of(one.intensity), grade_of(other.intensity)) for one, other in both]
        ).reshape(-1, 2)
        icc_2_1, icc_3_1 = intraclass_correlations(levels[np.isfinite(levels).all(axis=1)])
        n_same = sum(one.side is other.side for one, other in both)
        return EventAgreement(
            n_first=int(self.events[:2].sum()),
            n_second=int(self.events[:, :2].sum()),
            n_matched=int(self.events[:2, :2].sum()),
            n_not_visible=self.n_not_visible,
            kappa_matched=cohens_kappa(self.events[:2, :2], ("absent", "present")),
            kappa_all=cohens_kappa(self.events, ("absent", "present", "unmatched")),
            index=agreement_index(
                len(both), int(self.events[_PRESENT].sum()), int(self.events[:, _PRESENT].sum())
            ),
            icc_2_1=icc_2_1,
            icc_3_1=icc_3_1,
            same_side=(
                Figure(n_same / len(both), len(both))
                if both
                else Figure.undefined("no matched segment")
            ),
            onset_us=_spread([other.onset_us - one.onset_us for one, other in both]),
            offset_us=_spread([other.offset_us - one.offset_us for one, other in both]),
        )

    @staticmethod
    def _icc(grades: NDArray[np.int64]) -> tuple[Figure, Figure]:
        return intraclass_correlations(_GRADES, grades.ravel())


_JUDGED = [Coded.ABSENT, Coded.PRESENT]


def _kind(segment: Segment) -> int:
    return _PRESENT if segment.presence is Presence.PRESENT else _ABSENT


def _is_hidden(segment: Segment, others: Iterable[Segment]) -> bool:
    """Return whether the other person could not see at least half of a segment."""
    hidden_us = sum(
        max(0, min(segment.offset_us, one.offset_us) - max(segment.onset_us, one.onset_us))
        for one in others
        if one.presence is Presence.NOT_VISIBLE
    )
    return 2 * hidden_us >= segment.duration_us


def _spread(differences_us: list[int]) -> Spread:
    return compute_spread(np.array(differences_us, np.float64))


def _order(unit: str) -> tuple[int, str]:
    return (UNITS.index(unit), unit) if unit in UNITS else (len(UNITS), unit.rjust(5))
