"""Experiments: comparisons of two arms that were kept under a label."""

from typing import Literal

from pydantic import Field

from regulars import experiments
from regulars.api.calling import Calling, permission, resource
from regulars.api.shapes import Instant, Out, Page

router = resource("experiments")


class Interval(Out):
    low: float
    high: float


class Sums(Out):
    assigned_treated: int
    assigned_held_out: int
    held_out_share: int = Field(description="Of 10,000, as declared.")
    treated: int = Field(description="Those whose window has passed.")
    held_out: int
    converted_treated: int
    converted_held_out: int


class Comparison(Out):
    """The figures of two arms; null wherever an arm is empty."""

    sums: Sums
    rate_treated: float | None
    rate_held_out: float | None
    interval_treated: Interval | None
    interval_held_out: Interval | None
    difference: float | None
    interval: Interval | None = Field(description="Of the difference: 95 %, score.")
    lift: float | None = Field(description="Relative.")
    lift_interval: Interval | None
    p_value: float | None
    sample_ratio_p_value: float
    detectable: float | None = Field(description="The rise that these arms find 8 times in 10.")
    outcome: Literal["blocked", "too_early", "nothing_to_compare", "no_difference", "more", "fewer"]
    verdict: str = Field(examples=["Too early to say: the window is still open for 12 of 240 people."])


class Readout(Out):
    label: str
    note: str = Field(description="What the data are.")
    saved_at: Instant
    comparison: Comparison


@router.get("/experiments", openapi_extra=permission("figures.view"))
def readouts(call: Calling) -> Page[Readout]:
    """Every kept comparison, by label."""
    with call.enter() as entered:
        return Page(items=tuple(Readout.model_validate(one) for one in experiments.readouts(entered.tx)))
