"""What a comparison of two arms says, in one plain sentence."""

from dataclasses import dataclass
from typing import Literal

from regulars.experiments.balance import THRESHOLD, sample_ratio_p_value
from regulars.experiments.power import detectable_effect
from regulars.experiments.proportion import (
    Interval,
    Proportion,
    newcombe,
    relative_lift,
    score_p_value,
    wilson,
)

Outcome = Literal["blocked", "too_early", "nothing_to_compare", "no_difference", "more", "fewer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """All that the mathematics needs: counts of customers by arm, as assigned, whatever they received."""

    assigned_treated: int
    assigned_held_out: int
    held_out_share: int  # of 10,000, as declared
    treated: int  # those whose window has passed
    held_out: int
    converted_treated: int  # of those whose window has passed
    converted_held_out: int
    # People of whom profiles in both arms were merged; each counts once, in the arm that came first.
    contaminated: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The figures of two arms; None wherever an arm is empty, so that nothing is made up."""

    sums: Sums
    rate_treated: float | None
    rate_held_out: float | None
    interval_treated: Interval | None
    interval_held_out: Interval | None
    difference: float | None
    interval: Interval | None  # of the difference
    lift: float | None  # relative
    lift_interval: Interval | None
    p_value: float | None  # of the score test; shown only where one look was declared
    sample_ratio_p_value: float
    detectable: float | None  # rise that these arms find 8 times in 10
    outcome: Outcome
    verdict: str


def compare(sums: Sums, *, did: str = "did it") -> Comparison:
    """Return the figures and the verdict; `did` completes "12.1% of 214 treated …"."""
    treated = _proportion(sums.converted_treated, sums.treated)
    held_out = _proportion(sums.converted_held_out, sums.held_out)
    both = (treated, held_out) if treated and held_out else None
    interval = newcombe(*both) if both else None
    ratio = sample_ratio_p_value(
        (sums.assigned_treated, sums.assigned_held_out), (10_000 - sums.held_out_share, sums.held_out_share)
    )
    detectable = detectable_effect(held_out.rate, sums.treated, sums.held_out) if both and held_out else None
    outcome = _outcome(sums, ratio, interval)
    return Comparison(
        sums=sums,
        rate_treated=treated.rate if treated else None,
        rate_held_out=held_out.rate if held_out else None,
        interval_treated=wilson(treated) if treated else None,
        interval_held_out=wilson(held_out) if held_out else None,
        difference=both[0].rate - both[1].rate if both else None,
        interval=interval,
        lift=both[0].rate / both[1].rate - 1 if both and both[1].count else None,
        lift_interval=relative_lift(*both) if both else None,
        p_value=score_p_value(*both) if both else None,
        sample_ratio_p_value=ratio,
        detectable=detectable,
        outcome=outcome,
        verdict=_sentence(outcome, sums, ratio, interval, detectable=detectable, did=did),
    )


def _proportion(count: int, of: int) -> Proportion | None:
    return Proportion(count=count, of=of) if of else None


def _outcome(sums: Sums, ratio: float, interval: Interval | None) -> Outcome:
    if ratio < THRESHOLD:
        return "blocked"
    if sums.treated + sums.held_out < sums.assigned_treated + sums.assigned_held_out:
        return "too_early"
    if interval is None:
        return "nothing_to_compare"
    if interval.low > 0:
        return "more"
    return "fewer" if interval.high < 0 else "no_difference"


def _sentence(
    outcome: Outcome,
    sums: Sums,
    ratio: float,
    interval: Interval | None,
    *,
    detectable: float | None,
    did: str,
) -> str:
    said = _said(outcome, sums, ratio, interval, detectable=detectable, did=did)
    return f"{said} {_contamination(sums.contaminated)}".strip()


def _contamination(people: int) -> str:
    if people == 0:
        return ""
    who = "1 person was" if people == 1 else f"{people:,} people were"
    stays = "counts" if people == 1 else "count"
    return f"{who} in both arms before profiles were merged, and {stays} in the first."


def _said(
    outcome: Outcome,
    sums: Sums,
    ratio: float,
    interval: Interval | None,
    *,
    detectable: float | None,
    did: str,
) -> str:
    if outcome == "blocked":
        return (
            f"No verdict: {sums.assigned_treated:,} treated and {sums.assigned_held_out:,} held out do not "
            f"fit the declared {sums.held_out_share / 100:g}% held out (chance {ratio:.1g}). "
            "Find out why people are missing from an arm before believing any figure."
        )
    if outcome == "too_early":
        everybody = sums.assigned_treated + sums.assigned_held_out
        still_open = everybody - sums.treated - sums.held_out
        return (
            f"Too early to say: the window is still open for {still_open:,} of {everybody:,} people. "
            "Looking before all windows have closed would find differences that are not there."
        )
    if interval is None:
        empty = "held out" if sums.held_out == 0 else "treated"
        return f"No comparison: nobody was {empty}, so what would have happened anyway is not known."
    return f"{_seen(outcome, sums, interval, did)} {_sensitivity(detectable)}".strip()


def _seen(outcome: Outcome, sums: Sums, interval: Interval, did: str) -> str:
    head = {"more": "A rise", "fewer": "A fall"}.get(outcome, "No difference seen")
    treated = f"{percent(sums.converted_treated / sums.treated)} of {sums.treated:,} treated {did}"
    held_out = f"{percent(sums.converted_held_out / sums.held_out)} of {sums.held_out:,} held out"
    return (
        f"{head}: {treated} and {held_out}; "
        f"the difference lies between {points(interval.low)} and {points(interval.high)} points."
    )


def _sensitivity(detectable: float | None) -> str:
    if detectable is None:
        return "With these arms no difference, however large, would have been found 8 times in 10."
    return (
        f"With these arms only a difference of {detectable * 100:.1f} points or more "
        "would have been found 8 times in 10."
    )


def percent(rate: float) -> str:
    return f"{rate * 100:.1f}%"


def points(difference: float) -> str:
    """Return percentage points with their sign, as in +1.3 and −7.0."""
    return f"{difference * 100:+.1f}".replace("-", "−")
