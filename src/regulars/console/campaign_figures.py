"""How a campaign reads: its state, figures, who was left out, and its set-up in plain words."""

from dataclasses import dataclass
from datetime import datetime

from regulars import campaigns, definitions, experiments
from regulars.campaigns import Campaign, Results
from regulars.console.comparisons import ComparisonView, split, view
from regulars.console.formats import count_of, number, percent
from regulars.console.parts import Figure, Tone
from regulars.db import Tx
from regulars.messaging import REASONS

CHANNEL_WORDS = {"recording": "recording: keeps each message, sends nothing"}
STATES: dict[str, tuple[str, Tone]] = {
    "scheduled": ("Waits for its moment", "waiting"),
    "sending": ("Sending", "live"),
    "sent": ("Window open", "live"),
    "measured": ("Measured", "good"),
    "stopped": ("Stopped", "quiet"),
    "paused": ("Paused", "waiting"),
    "draft": ("Draft", "quiet"),
    "asked": ("Waits for approval", "waiting"),
    "archived": ("Archived", "quiet"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRow:
    href: str
    title: str
    key: str
    state: str
    tone: Tone
    audience: int | None
    held_out: int | None
    verdict: str
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    reason: str
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Invented:
    """A labelled data set of nobody, beside the real one."""

    label: str
    note: str
    view: ComparisonView


def row_of(head: definitions.Head, line: campaigns.RunLine | None, *, asked: bool) -> CampaignRow:
    state = line.run.state if line else "draft"
    word, tone = STATES["asked" if asked else state]
    sums = line.comparison.sums if line else None
    return CampaignRow(
        href=f"/campaigns/{head.key}",
        title=head.title,
        key=head.key,
        state=word,
        tone=tone,
        audience=sums.assigned_treated + sums.assigned_held_out if sums else None,
        held_out=sums.assigned_held_out if sums else None,
        verdict=split(line.comparison.verdict)[0] if line else "Not launched yet.",
        changed_at=head.changed_at,
    )


def figures(found: Results, key: str, at: datetime) -> tuple[Figure, ...]:
    people = f"/campaigns/{key}/people"
    share = percent(found.held_out / found.audience) if found.audience else ""
    closes = "while messages wait, no window is complete"
    if found.matures_at is not None:
        closes = "all windows have closed" if found.matures_at <= at else "the last window is still open"
    converted = sum(found.converted_so_far.values())
    return (
        Figure(label="Audience", value=number(found.audience), note="fixed at launch", href=people),
        Figure(
            label="Sent",
            value=number(found.sent),
            note=f"of {count_of(found.treated, 'treated person', 'treated people')}",
            href=f"{people}?state=sent",
        ),
        Figure(
            label="Held out",
            value=number(found.held_out),
            note=f"{share} for comparison",
            href=f"{people}?state=held_out",
        ),
        Figure(label=found.did.capitalize(), value=number(converted), note=f"both arms; {closes}"),
    )


def skipped(found: Results) -> tuple[Skipped, ...]:
    return tuple(
        Skipped(reason=REASONS.get(code, code).capitalize(), people=people)
        for code, people in sorted(found.skipped.items(), key=lambda one: -one[1])
    )


def invented(tx: Tx) -> tuple[Invented, ...]:
    return tuple(
        Invented(
            label=one.label,
            note=one.note,
            view=view(one.comparison, key=f"invented-{n}", did=one.did),
        )
        for n, one in enumerate(experiments.readouts(tx))
    )


def setup_facts(body: Campaign) -> tuple[tuple[str, str], ...]:
    moment = f"{body.send_at:%-d %B %Y, %H:%M %Z}" if body.send_at else "when it is launched"
    if body.send_at and body.local_time:
        moment = f"{body.send_at:%-d %B %Y, %H:%M} in each person’s own zone"
    return (
        ("Audience", campaigns.whom(body)),
        ("Message", f"“{body.template}”"),
        (
            "Channel",
            "recording: keeps each message, sends nothing" if body.channel == "recording" else body.channel,
        ),
        ("Goes out", moment),
        ("Held out", f"{body.held_out_percent:g}% for comparison"),
        ("Goal", f"“{body.goal}” within {count_of(body.window_days, 'day')}"),
        ("Expected anyway", f"{body.expected_percent:g}%"),
        ("Priority", f"{body.priority} of 100"),
        ("Frequency caps", "bind it" if body.capped else "do not bind it"),
    )
