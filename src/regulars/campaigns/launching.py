"""Launching a campaign: what would happen; then the audience is frozen, divided and put into the ledger."""

from collections import Counter
from datetime import datetime

from regulars.access import Actor
from regulars.campaigns.audience import audience
from regulars.campaigns.audience import uses as audience_uses
from regulars.campaigns.model import Campaign, Run, days, sentence, validate, whom
from regulars.campaigns.statements import SQL
from regulars.channels import CHANNELS
from regulars.customers import consent_policy, hold
from regulars.db import Tx, one, rows, run, values
from regulars.definitions import Definition, Kind, Lookup, Preview, Ref, get, live
from regulars.experiments import arms_of, assign, detectable_effect
from regulars.kernel import Finding, NotFound
from regulars.messaging import (
    REASONS,
    SourceName,
    Subject,
    consent_words,
    enqueue,
    find_source,
    give_up,
    open_source,
    pause,
    refusals,
)
from regulars.templates import TEMPLATE, Template, topic_findings

STOPPED = "stopped"


def _validate(body: Campaign, lookup: Lookup) -> list[Finding]:
    return [*validate(body), *topic_findings(body.topic or "", lookup)]


def _uses(body: Campaign) -> list[Ref]:
    return [*audience_uses(body), Ref(kind="template", key=body.template, path="template")]


def salt_of(key: str, version: int) -> str:
    """Name the division of people; it is also the experiment's name in the log of assignments."""
    return f"campaign:{key}:{version}"


def subject_of(body: Campaign, template: Template | None) -> Subject:
    """Say what it is about, for the check of consent; people are chosen by what is known of them."""
    return Subject(
        medium=CHANNELS[body.channel].medium,
        topic=body.topic if body.topic is not None else template.topic if template else "",
        purpose=template.purpose if template else "marketing",
        targeted=True,
    )


def source_of(found: Run) -> SourceName:
    return SourceName(kind="campaign", key=found.key, version=found.version)


def preview(tx: Tx, definition: Definition[Campaign], at: datetime) -> Preview:
    """Say who would get it, who is held out and who cannot be reached; the arms are those it would have."""
    body = definition.body
    people = audience(tx, body, definition.key, at)
    arm_of = arms_of(salt_of(definition.key, definition.version), people, body.arms)
    arms = Counter(arm_of)
    template = live(tx, TEMPLATE, body.template)
    subject = subject_of(body, template.body if template else None)
    refused = refusals(tx, people, subject, at)
    missed, left = Counter(refused.values()), len(people) - len(refused)
    get_it = sum(
        arm == "treated" for number, arm in zip(people, arm_of, strict=True) if number not in refused
    )
    facts = [
        ("Audience", f"{len(people):,} people, {whom(body)}, who have not had this campaign"),
        ("Get it", f"up to {get_it:,} people, who may be written to today"),
        ("Held out", f"{arms['held_out']:,} people ({body.held_out_percent:g}%), for comparison"),
        *((f"Not reachable: {REASONS[reason]}", f"{number:,} people") for reason, number in missed.items()),
        ("Remain", f"{left:,} people, both arms together"),
        ("Asked of consent", consent_words(consent_policy(tx), subject)),
        ("Can be found", _found(body, arms)),
        ("Counted", f"who does “{body.goal}” within {days(body.window_days)}, both arms alike"),
        ("Cost", _cost(body)),
    ]
    late = body.send_at is not None and body.send_at <= at
    return Preview(
        headline=sentence(body),
        facts=tuple(facts),
        warnings=(
            *_warnings(body, len(people), late=late),
            *(
                [f"“{body.template}” is transactional, so opt-outs do not keep it from anybody."]
                if subject.purpose == "transactional"
                else []
            ),
        ),
        reversible=body.channel == "recording",
    )


def _found(body: Campaign, arms: Counter[str]) -> str:
    rise = detectable_effect(body.expected_percent / 100, arms["treated"], arms["held_out"])
    if rise is None:
        return "no difference, however large, with arms of this size"
    anyway = f"if {body.expected_percent:g}% would do it anyway"
    return f"a rise of {rise * 100:.1f} points or more, 8 times in 10, {anyway}"


def _cost(body: Campaign) -> str:
    if body.channel == "recording":
        return "nothing: the recording channel sends nothing"
    return "as the provider of the channel charges"


def _warnings(body: Campaign, people: int, *, late: bool) -> list[str]:
    found = []
    if people == 0:
        found.append("Nobody is in the audience, so nothing would be sent.")
    if body.held_out_share == 0:
        found.append("Nobody is held out, so what it changed will never be known.")
    if late:
        found.append("The moment it was planned for has passed; it would be sent at once.")
    return found


def launch(tx: Tx, definition: Definition[Campaign], actor: Actor, at: datetime) -> str:
    """Record the launch and, unless it waits for its moment, freeze the audience and write the ledger."""
    hold(tx)
    body = definition.body
    starts_at = body.send_at or at
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
        return f"“{body.title}” goes out on {starts_at:%Y-%m-%d %H:%M %Z}."
    arms = start(tx, found, body, at)
    return f"“{body.title}” goes to {arms['treated']} people; {arms['held_out']} are held out."


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
    subject = subject_of(body, template.body)
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
    )
    enqueue(tx, source, arms, at=at)
    run(tx, SQL.start_run, run_id=found.run_id, at=at)
    return Counter(arms.values())


def retire(tx: Tx, definition: Definition[Campaign], _actor: Actor, at: datetime) -> None:
    """Stop what has not started, and give up what waits to be sent; what has left is measured as before."""
    run(tx, SQL.stop_scheduled, key=definition.key, except_version=None)
    for found in rows(tx, SQL.sending_of, Run, key=definition.key):
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
