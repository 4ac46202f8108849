"""The kind's body and the values of a campaign."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from regulars.channels import CHANNELS
from regulars.experiments import Arm, Comparison, Replay
from regulars.kernel import Finding

ORDER_COMPLETED = "Order Completed"
State = Literal["scheduled", "stopped", "sending", "sent", "measured"]


class Campaign(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    title: str
    purpose: str  # Why it is done, in a sentence; it stands above its results.
    segment: str
    template: str
    topic: str | None = None  # Of the consent policy; left out, the template's.
    channel: str = "recording"
    held_out_percent: Annotated[float, msgspec.Meta(ge=0, le=50)] = 10.0
    goal: str = ORDER_COMPLETED  # The event that counts as success.
    window_days: Annotated[int, msgspec.Meta(ge=1, le=365)] = 28  # Of 24 hours from each person's moment.
    # How many would do it anyway; only for saying beforehand what can be found.
    expected_percent: Annotated[float, msgspec.Meta(gt=0, lt=100)] = 10.0
    send_at: datetime | None = None  # Left out, it is sent when it is launched.

    @property
    def held_out_share(self) -> int:
        return round(self.held_out_percent * 100)

    @property
    def arms(self) -> tuple[Arm, Arm]:
        return (
            Arm(name="held_out", share=self.held_out_share),
            Arm(name="treated", share=10_000 - self.held_out_share),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A launched version."""

    run_id: int
    key: str
    version: int
    segment: str
    goal: str
    window_days: int
    held_out_share: int
    state: State
    starts_at: datetime
    started_at: datetime | None
    launched_at: datetime
    launched_by: str
    measured_at: datetime | None
    aa_salts: int | None
    aa_rejections: int | None
    aa_customers: int | None

    @property
    def replay(self) -> Replay | None:
        if self.aa_salts is None or self.aa_rejections is None or self.aa_customers is None:
            return None
        return Replay(salts=self.aa_salts, rejections=self.aa_rejections, customers=self.aa_customers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What a campaign did, by assignment: who was to be treated against who was to be held out."""

    run: Run
    title: str
    purpose: str
    did: str  # As in "bought within 28 days".
    audience: int
    treated: int
    held_out: int
    sent: int
    held_out_moments: int  # Held out after every check that stands before: would have been sent.
    waiting: int
    failed: int
    in_doubt: int
    skipped: dict[str, int]  # People by the code of the reason, both arms.
    converted_so_far: dict[str, int]  # By arm, whether or not the window has closed.
    matures_at: datetime | None  # When the last window closes; None while messages wait.
    comparison: Comparison
    replay: Replay | None

    @property
    def verdict(self) -> str:
        return self.comparison.verdict


def validate(body: Campaign) -> list[Finding]:
    """Return what the body alone shows to be wrong."""
    found = [
        Finding(path=path, code="campaigns.empty", message=f"Give the campaign a {path}.")
        for path in ("title", "purpose", "goal")
        if not getattr(body, path).strip()
    ]
    if body.channel not in CHANNELS:
        known = ", ".join(sorted(CHANNELS))
        message = f"There is no channel {body.channel!r}; use one of: {known}."
        found.append(Finding(path="channel", code="campaigns.channel", message=message))
    if body.goal.startswith("regulars."):
        message = "The goal is something customers do, not an event of the product itself."
        found.append(Finding(path="goal", code="campaigns.goal", message=message))
    if body.send_at is not None and body.send_at.tzinfo is None:
        message = "Give the moment with its offset, as in 2025-03-01T09:00:00-05:00."
        found.append(Finding(path="send_at", code="campaigns.send_at", message=message))
    return found


def sentence(body: Campaign) -> str:
    means = "recorded e-mail" if body.channel == "recording" else body.channel
    held = f"hold out {body.held_out_percent:g}%" if body.held_out_share else "hold nobody out"
    does = "buys" if body.goal == ORDER_COMPLETED else f"does “{body.goal}”"
    when = f" on {body.send_at:%Y-%m-%d %H:%M %Z}" if body.send_at else ""
    return (
        f"Send “{body.template}” by {means} to everybody in “{body.segment}”{when}, {held}, "
        f"and count who {does} within {days(body.window_days)}."
    )


def did(goal: str, window_days: int) -> str:
    act = "bought" if goal == ORDER_COMPLETED else f"did “{goal}”"
    return f"{act} within {days(window_days)}"


def days(number: int) -> str:
    return "a day" if number == 1 else f"{number} days"
