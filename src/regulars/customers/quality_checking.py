"""The rules of data quality, looked at every day: which are kept, which are broken, and who is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from regulars import access, definitions, log
from regulars.access import Actor
from regulars.customers.quality_daily import QualityFigure, count_figures, keep_figures, quality_now
from regulars.customers.quality_rule import (
    QualityRule,
    check_owner,
    rule_sentence,
    validate_rule,
)
from regulars.db import Query, Statements, Tx, one, rows, run
from regulars.definitions import Definition, Kind, Preview
from regulars.kernel import local_day
from regulars.log import EventType, NewEvent

FAILED, RESTORED = "regulars.customers.quality_failed", "regulars.customers.quality_restored"
PROPERTIES = {
    "rule": "The key of the rule.",
    "name": "What people call it.",
    "sentence": "What it demands.",
    "trait": "The trait it looks at.",
    "source": "From which source; empty: from all.",
    "measure": "completeness, validity, uniqueness or freshness.",
    "share": "What was found, from 0 to 1.",
    "at_least": "What it demands.",
    "customers": "How many customers stand in the way.",
    "owner": "The address of who is told.",
}
QUALITY_EVENTS = (
    EventType(
        name=FAILED,
        description="A rule of data quality is not kept any more; it stands with no customer.",
        properties=PROPERTIES,
    ),
    EventType(
        name=RESTORED,
        description="A rule of data quality that was broken is kept again; it stands with no customer.",
        properties=PROPERTIES,
    ),
)


class Sql(Statements, file="quality_rules.sql"):
    fresh_within: Query
    held_alone: Query
    standings: Query
    put_standing: Query
    forget_standings: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    measured: int  # Customers it looks at.
    concerned: int  # Those who stand in the way.

    @property
    def share(self) -> float | None:
        return 1 - self.concerned / self.measured if self.measured else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleStanding:
    key: str
    kept: bool | None  # None: nothing is there to be measured.
    since: datetime
    share: float | None
    concerned: int
    measured: int
    checked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleState:
    """A live rule and how it stands; no standing until it was looked at once."""

    key: str
    title: str
    body: QualityRule
    sentence: str
    standing: RuleStanding | None

    @property
    def broken(self) -> bool:
        return self.standing is not None and self.standing.kept is False


def measured(tx: Tx, body: QualityRule, at: datetime, figures: Sequence[QualityFigure]) -> Measured:
    """What a rule finds: from the day's figures, or counted where those do not say it."""
    asked = {"trait": body.trait, "source": body.source}
    if body.measure == "freshness":
        return one(tx, SQL.fresh_within, Measured, **asked, since=at - timedelta(days=body.days))
    found = next((f for f in figures if (f.trait, f.source) == (body.trait, body.source)), None)
    if body.measure == "uniqueness":
        if found is not None and found.shared and not body.source:
            return Measured(measured=found.customers, concerned=min(found.shared, found.customers))
        return one(tx, SQL.held_alone, Measured, **asked)
    if found is None:
        missing = _of_whom(figures, body.source) if body.measure == "completeness" else 0
        return Measured(measured=missing, concerned=missing)
    if body.measure == "completeness":
        return Measured(measured=found.of_whom, concerned=max(0, found.of_whom - found.customers))
    return Measured(measured=found.told, concerned=found.unfit)


def _of_whom(figures: Sequence[QualityFigure], source: str) -> int:
    """Of how many customers anything is told; a trait that nobody has leaves no figure of its own."""
    return max((f.of_whom for f in figures if f.source == source), default=0)


def keep_quality(tx: Tx, at: datetime) -> None:
    """Count the day and look at the rules; who owns one that breaks is told once, and when mended."""
    keep_figures(tx, at)
    live = definitions.all_live(tx, QUALITY_RULE)
    if live:
        check_rules(tx, live, at)


def check_rules(tx: Tx, live: Sequence[Definition[QualityRule]], at: datetime) -> None:
    figures = quality_now(tx)
    before = {standing.key: standing for standing in rows(tx, SQL.standings, RuleStanding)}
    told = []
    for rule in live:
        found = measured(tx, rule.body, at, figures)
        kept = None if found.share is None else found.share >= rule.body.at_least
        was = before[rule.key].kept if rule.key in before else None
        standing = {"kept": kept, "share": found.share, "concerned": found.concerned}
        run(tx, SQL.put_standing, key=rule.key, at=at, measured=found.measured, **standing)
        if kept is False and was is not False:
            told.append(_event(FAILED, rule, found, at))
        elif kept and was is False:
            told.append(_event(RESTORED, rule, found, at))
    log.append(tx, told)


def _event(name: str, rule: Definition[QualityRule], found: Measured, at: datetime) -> NewEvent:
    body = rule.body
    return NewEvent(
        message_id=f"{name}:{rule.key}:{at.isoformat()}",
        name=name,
        occurred_at=at,
        properties={
            "rule": rule.key,
            "name": rule.title,
            "sentence": rule_sentence(body),
            "trait": body.trait,
            "source": body.source,
            "measure": body.measure,
            "share": round(found.share or 0.0, 6),
            "at_least": body.at_least,
            "customers": found.concerned,
            "owner": body.owner,
        },
    )


def quality_rules(tx: Tx) -> list[RuleState]:
    """The live rules with how they stand, broken ones first."""
    standings = {standing.key: standing for standing in rows(tx, SQL.standings, RuleStanding)}
    found = [
        RuleState(
            key=rule.key,
            title=rule.title,
            body=rule.body,
            sentence=rule_sentence(rule.body),
            standing=standings.get(rule.key),
        )
        for rule in definitions.all_live(tx, QUALITY_RULE)
    ]
    return sorted(found, key=lambda rule: (not rule.broken, rule.title))


def preview_rule(tx: Tx, definition: Definition[QualityRule], at: datetime) -> Preview:
    """How it would stand by the newest figures."""
    found = measured(tx, definition.body, at, quality_now(tx))
    share = "nothing to measure yet" if found.share is None else f"{found.share:.1%}"
    kept = found.share is None or found.share >= definition.body.at_least
    warnings = () if kept else (f"It would be broken: {found.concerned:,} customers stand in the way.",)
    return Preview(
        headline=f"{rule_sentence(definition.body)}.",
        facts=(("Now", share), ("Looked at", f"{found.measured:,} customers")),
        warnings=warnings,
    )


def launch_rule(tx: Tx, definition: Definition[QualityRule], _actor: Actor, at: datetime) -> str:
    check_owner(tx, definition)
    count_figures(tx, local_day(at, access.zone(tx)), at)  # It is judged by what is known now.
    check_rules(tx, [definition], at)
    return f"{definition.title} is live: {rule_sentence(definition.body)}. It is looked at every day."


def retire_rule(tx: Tx, definition: Definition[QualityRule], _actor: Actor, _at: datetime) -> None:
    live = [rule.key for rule in definitions.all_live(tx, QUALITY_RULE) if rule.key != definition.key]
    run(tx, SQL.forget_standings, live=live)


QUALITY_RULE = Kind(
    name="quality-rule",
    title="Rule of data quality",
    plural="Rules of data quality",
    body=QualityRule,
    sentence=rule_sentence,
    validate=validate_rule,
    preview=preview_rule,
    launch=launch_rule,
    retire=retire_rule,
)
