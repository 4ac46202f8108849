"""Launching a campaign: its audience is frozen, divided and put into the ledger."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone

from regulars.access import Actor
from regulars.campaigns.audience import audience
from regulars.campaigns.audience import uses as audience_uses
from regulars.campaigns.carrying import carries
from regulars.campaigns.model import Campaign, Run, moment, salt_of, sentence, validate
from regulars.campaigns.previewing import preview
from regulars.campaigns.sheet import subject_of
from regulars.campaigns.statements import SQL
from regulars.customers import hold
from regulars.db import Tx, one, rows, run, values
from regulars.definitions import Definition, Kind, Lookup, Ref, get, live
from regulars.experiments import assign
from regulars.kernel import Finding, NotFound
from regulars.messaging import (
    SourceName,
    enqueue,
    find_source,
    give_up,
    local_moments,
    open_source,
    pause,
)
from regulars.templates import TEMPLATE, topic_findings

STOPPED = "stopped"
FIRST_ZONE = timezone(timedelta(hours=14))  # Of Kiritimati: every day begins there.


def _validate(body: Campaign, lookup: Lookup) -> list[Finding]:
    found = [*validate(body), *topic_findings(body.topic or "", lookup)]
    if not carries(body.channel, lookup):
        message = f"No channel {body.channel!r} is live; publish it first, or choose another."
        found.append(Finding(path="channel", code="campaigns.channel", message=message))
    return found


def _uses(body: Campaign) -> list[Ref]:
    return [*audience_uses(body), Ref(kind="template", key=body.template, path="template")]


def begins_at(body: Campaign) -> datetime | None:
    """When its audience is frozen: of a local hour, when that comes to the first of all zones."""
    if body.send_at is None or not body.local_time:
        return body.send_at
    return body.send_at.replace(tzinfo=FIRST_ZONE)


def source_of(found: Run) -> SourceName:
    return SourceName(kind="campaign", key=found.key, version=found.version)


def launch(tx: Tx, definition: Definition[Campaign], actor: Actor, at: datetime) -> str:
    """Record the launch and, unless it waits for its moment, freeze the audience and write the ledger."""
    hold(tx)
    body = definition.body
    starts_at = begins_at(body) or at
    run(tx, SQL.stop_scheduled, key=definition.key, except_version=definition.version)
    run(
        tx,
        SQL.add_run,
        key=definition.key,
        version=definition.version,
        segment=body.segment,
        goal=body.goal,
        window_days=body.window_days,
        held_out_share=body.held_out_share,
        starts_at=starts_at,
        at=at,
        by=actor.name,
        filtered=bool(body.goal_where),
    )
    found = find(tx, definition.key, definition.version)
    if found.state != "scheduled":
        return f"“{body.title}” was launched before; nothing happens twice."
    if starts_at > at:
        return f"“{body.title}” goes out{moment(body)}."
    arms = start(tx, found, body, at)
    return (
        f"“{body.title}” is launched: {arms['treated']} people get it as far as nothing speaks against it; "
        f"{arms['held_out']} are held out."
    )


def start(tx: Tx, found: Run, body: Campaign, at: datetime) -> Counter[str]:
    """Freeze the audience, divide it and write a ledger row for each; both arms have one."""
    people = audience(tx, body, found.key, at)
    salt = salt_of(found.key, found.version)
    arms = assign(tx, salt, people, salt=salt, arms=body.arms, at=at)
    frozen = values(
        tx,
        SQL.freeze,
        run_id=found.run_id,
        key=found.key,
        customer_ids=list(arms),
        arms=list(arms.values()),
    )
    # Another version that starts at this moment may have taken some: those are its, not ours.
    arms = {customer_id: arms[customer_id] for customer_id in frozen}
    template = live(tx, TEMPLATE, body.template)
    if template is None:
        raise NotFound(f"The template {body.template!r} is not live; publish it first.")
    subject = subject_of(tx, body, template.body)
    source = open_source(
        tx,
        source_of(found),
        channel=body.channel,
        template_key=template.key,
        template_version=template.version,
        at=at,
        topic=subject.topic,
        purpose=subject.purpose,
        targeted=subject.targeted,
        priority=body.priority,
        capped=body.capped,
    )
    if found.paused_at is not None:
        pause(tx, source, paused=True)
    enqueue(tx, source, arms, at=at, not_before=_moments(tx, body, list(arms), at))
    run(tx, SQL.start_run, run_id=found.run_id, at=at)
    return Counter(arms.values())


def _moments(tx: Tx, body: Campaign, people: Sequence[int], at: datetime) -> Mapping[int, datetime] | None:
    """When each may get it, if the hour is that of their own zone."""
    if not body.local_time or body.send_at is None:
        return None
    wall = body.send_at.replace(tzinfo=None)
    if body.late is None:
        return local_moments(tx, people, wall, at=at)
    return local_moments(tx, people, wall, at=at, past=body.late)


def retire(tx: Tx, definition: Definition[Campaign], actor: Actor, at: datetime) -> None:
    """Stop what has not started, and give up what waits to be sent; what has left is measured as before."""
    run(tx, SQL.stop_scheduled, key=definition.key, except_version=None)
    for found in rows(tx, SQL.sending_of, Run, key=definition.key):
        run(tx, SQL.cancel_run, run_id=found.run_id, at=at, by=actor.name)
        source = find_source(tx, source_of(found))
        pause(tx, source, paused=True)
        give_up(tx, source, reason=STOPPED, at=at)


def start_due(tx: Tx, at: datetime) -> int:
    """Start the scheduled campaigns whose moment has come; returns how many."""
    waiting = rows(tx, SQL.due_runs, Run, at=at)
    for found in waiting:
        start(tx, found, get(tx, CAMPAIGN, found.key, found.version).body, at)
    return len(waiting)


def find(tx: Tx, key: str, version: int | None = None) -> Run:
    """Return the run of a version, the newest when none is named."""
    try:
        return one(tx, SQL.find_run, Run, key=key, version=version)
    except NotFound:
        raise NotFound(f"The campaign {key[:80]!r} has not been launched.") from None


CAMPAIGN = Kind(
    name="campaign",
    title="Campaign",
    plural="Campaigns",
    body=Campaign,
    sentence=sentence,
    validate=_validate,
    uses=_uses,
    preview=preview,
    launch=launch,
    retire=retire,
)
