"""The kind `programme`: preview, launch, end; and the ready-made points club."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from psycopg.types.json import Jsonb

from regulars.access import Actor
from regulars.db import Query, Statements, Tx, one, run, value
from regulars.definitions import Definition, Kind, Preview
from regulars.kernel import Finding, Invalid, Money
from regulars.loyalty.earning_rule import EarningRule
from regulars.loyalty.model import UNNAMED, Currency, Programme, amount_text, points_for
from regulars.loyalty.period import Period
from regulars.loyalty.tier_set import Tier, TierSet
from regulars.loyalty.tier_sets import keep_sets
from regulars.loyalty.validation import validate
from regulars.loyalty.words import sentence, sentences


class Sql(Statements, file="programme.sql"):
    save_programme: Query
    end_version: Query
    begin_version: Query
    save_currency: Query
    changed_scale: Query
    open_programme_accounts: Query
    open_member_accounts: Query
    last_year: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    orders: int
    total_minor: int
    customers: int


def preview(tx: Tx, definition: Definition[Programme], at: datetime) -> Preview:
    """Scale, before it is live: what the year before would have earned by the order rules as a whole."""
    programme = definition.body
    facts = [(f"Sentence {i}", said) for i, said in enumerate(sentences(programme), 1)]
    for rule in programme.earning:
        trade = one(tx, SQL.last_year, Trade, start=at - timedelta(days=365), end=at, money=rule.money)
        about = points_for(
            trade.total_minor, points=rule.points, per_minor=rule.per_minor, rounding=rule.rounding
        )
        currency = programme.currency(rule.currency) or UNNAMED
        spent = Money(trade.total_minor, rule.money).format()
        label = f"Rule {rule.key} on the last 365 days"
        facts.append((label, f"about {amount_text(about, currency)} for {trade.orders:,} orders of {spent}"))
    return Preview(
        headline=f"“{programme.name}” starts: orders that occur from then on earn by this version.",
        facts=tuple(facts),
        warnings=("Points once awarded are owed; ending the programme does not take them back.",),
        reversible=False,
    )


def launch(tx: Tx, definition: Definition[Programme], _actor: Actor, at: datetime) -> str:
    launch_version(tx, definition.key, definition.version, definition.body, at)
    name = definition.body.name
    return f"“{name}” is live: orders that occur from now on earn by version {definition.version}."


def launch_version(tx: Tx, key: str, version: int, programme: Programme, at: datetime) -> int:
    """Puts a version in force from an instant on; the one before rules what occurred before."""
    for i, currency in enumerate(programme.currencies):
        if value(tx, SQL.changed_scale, key=key, code=currency.code, scale=currency.scale):
            message = f"The scale of {currency.code} cannot change: points are booked in it. Add a currency."
            finding = Finding(path=f"currencies[{i}].scale", code="fixed", message=message)
            raise Invalid(message, [finding])
    run(tx, SQL.end_version, key=key, at=at)
    programme_id = int(
        value(
            tx,
            SQL.save_programme,
            key=key,
            name=programme.name,
            legal_entity=programme.legal_entity,
            zone=programme.zone,
            at=at,
        )
    )
    body = Jsonb(msgspec.to_builtins(programme))
    run(tx, SQL.begin_version, programme_id=programme_id, version=version, at=at, body=body)
    open_books(tx, programme_id, programme, at)
    return programme_id


def open_books(tx: Tx, programme_id: int, programme: Programme, at: datetime) -> None:
    for currency in programme.currencies:
        run(
            tx,
            SQL.save_currency,
            programme_id=programme_id,
            code=currency.code,
            name=currency.name,
            scale=currency.scale,
        )
    run(tx, SQL.open_programme_accounts, programme_id=programme_id)
    run(tx, SQL.open_member_accounts, programme_id=programme_id)
    keep_sets(tx, programme_id, programme, at)


def retire(tx: Tx, definition: Definition[Programme], _actor: Actor, at: datetime) -> None:
    """Ends earning; what was earned stays owed and can be spent until it expires."""
    run(tx, SQL.end_version, key=definition.key, at=at)


PROGRAMME = Kind(
    name="programme",
    title="Programme",
    plural="Programmes",
    body=Programme,
    validate=validate,
    sentence=sentence,
    preview=preview,
    launch=launch,
    retire=retire,
)


def points_club(*, name: str, legal_entity: str, zone: str, money: str) -> Programme:
    """The ready-made club: a point a unit of money, half a year's validity, four tiers over half a year."""
    return Programme(
        name=name,
        legal_entity=legal_entity,
        zone=zone,
        currencies=(Currency(code="points", name="points"),),
        earning=(EarningRule(key="spend", points=1, per="1.00", money=money, rounded_per="order"),),
        valid=Period(count=6, unit="months", round_to="end_of_month"),
        tier_set=TierSet(
            key="club",
            window_days=182,
            valid_days=91,
            downgrade="one_step",
            tiers=(
                Tier(name="Member", threshold=0),
                Tier(name="Silver", threshold=300),
                Tier(name="Gold", threshold=1000),
                Tier(name="Platinum", threshold=2500),
            ),
        ),
    )
