"""The kind's body and the values of a campaign."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from regulars.conditions import Condition, Filter, check, headline
from regulars.experiments import Arm, Comparison, Replay
from regulars.kernel import Finding

ORDER_COMPLETED = "Order Completed"
State = Literal["scheduled", "stopped", "sending", "sent", "measured"]


class Resend(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Those who got an earlier send and did not do what it asked for; who was held out stays held out."""

    campaign: str  # Its key.
    version: int
    who: Literal["not_clicked", "not_opened", "not_converted"] = "not_clicked"  # By people, not by machines.


class Campaign(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    title: str
    purpose: str  # Why it is done, in a sentence; it stands above its results.
    segment: str = ""  # One of a segment, a condition, and whom to write to again.
    condition: Condition | None = None
    resend: Resend | None = None
    exclude: tuple[str, ...] = ()  # Segments whose members do not get it.
    template: str
    topic: str | None = None  # Of the consent policy; left out, the template's.
    channel: str = "recording"
    held_out_percent: Annotated[float, msgspec.Meta(ge=0, le=50)] = 10.0
    goal: str = ORDER_COMPLETED  # The event that counts as success.
    goal_where: tuple[Filter, ...] = ()  # Of its properties; all of them hold.
    window_days: Annotated[int, msgspec.Meta(ge=1, le=365)] = 28  # Of 24 hours from each person's moment.
    # How many would do it anyway; only for saying beforehand what can be found.
    expected_percent: Annotated[float, msgspec.Meta(gt=0, lt=100)] = 10.0
    # So long after a click or an opening what somebody does is credited to it; left out, the workspace's.
    attribution_days: Annotated[int, msgspec.Meta(ge=1, le=90)] | None = None
    send_at: datetime | None = None  # Left out, it is sent when it is launched.
    local_time: bool = False  # Then day and hour of `send_at` are those of each person's own zone.
    # Whose hour has passed when it starts: at once, or at that hour tomorrow; left out, as the policy says.
    late: Literal["now", "tomorrow"] | None = None
    priority: Annotated[int, msgspec.Meta(ge=0, le=100)] = 50  # Of messages that compete the higher goes.
    capped: bool = True  # Whether frequency caps bind it and count it.

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
    filtered: bool = False  # Only events that fit what the body asks count.
    paused_at: datetime | None = None
    paused_by: str | None = None
    paused_why: str = ""
    cancelled_at: datetime | None = None
    cancelled_by: str | None = None

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


def salt_of(key: str, version: int) -> str:
    """Name the division of people; it is also the experiment's name in the log of assignments."""
    return f"campaign:{key}:{version}"


def validate(body: Campaign) -> list[Finding]:
    """Return what the body alone shows to be wrong."""
    found = [
        Finding(path=path, code="campaigns.empty", message=f"Give the campaign a {path}.")
        for path in ("title", "purpose", "goal")
        if not getattr(body, path).strip()
    ]
    found += _audience_findings(body)
    if body.goal.startswith("regulars."):
        message = "The goal is something customers do, not an event of the product itself."
        found.append(Finding(path="goal", code="campaigns.goal", message=message))
    if body.send_at is not None and body.send_at.tzinfo is None:
        message = "Give the moment with its offset, as in 2025-03-01T09:00:00-05:00."
        found.append(Finding(path="send_at", code="campaigns.send_at", message=message))
    if body.local_time and body.send_at is None:
        message = "Give the day and hour at which it goes out in each person's own zone."
        found.append(Finding(path="send_at", code="campaigns.local_time", message=message))
    return found


def _audience_findings(body: Campaign) -> list[Finding]:
    given = [bool(body.segment), body.condition is not None, body.resend is not None]
    found: list[Finding] = []
    if sum(given) != 1:
        message = "Choose who is to get it: a segment, a condition, or an earlier campaign to send again."
        found.append(Finding(path="segment", code="campaigns.audience", message=message))
    if body.condition is not None:
        found += check(body.condition, "condition")
    if body.segment and body.segment in body.exclude:
        message = f"“{body.segment}” is both to get it and left out, so nobody would; take it off one."
        found.append(Finding(path="exclude", code="campaigns.exclude", message=message))
    return found


def sentence(body: Campaign) -> str:
    means = "recorded e-mail" if body.channel == "recording" else body.channel
    held = f"hold out {body.held_out_percent:g}%" if body.held_out_share else "hold nobody out"
    does = "buys" if body.goal == ORDER_COMPLETED else f"does “{body.goal}”"
    return (
        f"Send “{body.template}” by {means} to {whom(body)}{moment(body)}, {held}, "
        f"and count who {does}{_where(body)} within {days(body.window_days)}."
    )


def whom(body: Campaign) -> str:
    """The audience in words, as in everybody in “lapsed”, but for those in “staff”."""
    if body.resend is not None:
        did_not = {"not_clicked": "click", "not_opened": "open it", "not_converted": "do what it was for"}
        words = f"everybody who got “{body.resend.campaign}” and did not {did_not[body.resend.who]}"
    elif body.condition is not None:
        said = headline(body.condition)
        words = said[:1].lower() + said[1:]
    else:
        words = f"everybody in “{body.segment}”"
    if body.exclude:
        words += " but for those in " + " or ".join(f"“{key}”" for key in body.exclude)
    return words


def moment(body: Campaign) -> str:
    if body.send_at is None:
        return ""
    zone = " in each person’s own zone" if body.local_time else f" {body.send_at:%Z}"
    return f" on {body.send_at:%Y-%m-%d %H:%M}{zone}"


def _where(body: Campaign) -> str:
    told = [
        f"{one.property} {one.test.replace('_', ' ')} "
        f"{', '.join(str(v) for v in one.values) if one.values else '' if one.value is None else one.value}"
        for one in body.goal_where
    ]
    return f" where {' and '.join(part.strip() for part in told)}" if told else ""


def did(goal: str, window_days: int) -> str:
    act = "bought" if goal == ORDER_COMPLETED else f"did “{goal}”"
    return f"{act} within {days(window_days)}"


def days(number: int) -> str:
    return "a day" if number == 1 else f"{number} days"
