"""Redemptions as rows of a list: who, what, where it stands, and the next step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from regulars import customers, rewards
from regulars.console.loyalty_figures import chip_of
from regulars.console.parts import Chip, Column, Tone

COLUMNS = (
    Column(title="Redemption"),
    Column(title="Member"),
    Column(title="Points", numeric=True),
    Column(title="State"),
    Column(title="When"),
    Column(title="Next step", hidden_title=True),
)
TONES: Mapping[str, Tone] = {
    "held": "waiting",
    "ordered": "waiting",
    "ready": "live",
    "sent": "live",
    "handed_over": "good",
    "cancelled": "quiet",
    "lapsed": "quiet",
}
BUTTONS = {"ready": "Make ready", "sent": "Mark as sent", "handed_over": "Hand over"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RedemptionRow:
    one: rewards.Redemption
    chip: Chip
    word: str
    tone: Tone
    next_step: str  # The state it may go to; empty: nothing is left.
    button: str


def rows_of(
    found: Sequence[rewards.Redemption], people: Mapping[int, customers.Customer]
) -> tuple[RedemptionRow, ...]:
    return tuple(_row(one, people.get(one.customer_id)) for one in found)


def _row(one: rewards.Redemption, person: customers.Customer | None) -> RedemptionRow:
    step = one.steps_left[0] if one.steps_left else ""
    return RedemptionRow(
        one=one,
        chip=chip_of(person, one.customer_id, f"/loyalty/{one.programme}/members"),
        word=rewards.STATES[one.state],
        tone=TONES[one.state],
        next_step=step,
        button=BUTTONS.get(step, ""),
    )
