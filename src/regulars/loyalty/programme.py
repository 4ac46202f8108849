"""The kind `programme`: what publishing one would do, and what it does."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from regulars.access import Actor
from regulars.conditions import uses as used_by_condition
from regulars.db import Query, Statements, Tx, maybe, one
from regulars.definitions import Definition, Kind, Preview, Ref
from regulars.kernel import Money
from regulars.loyalty.earning_rule import EarningRule, Multiplier
from regulars.loyalty.launching import end_programme, launch_version
from regulars.loyalty.model import UNNAMED, Programme, amount_text, points_for
from regulars.loyalty.order_match import either
from regulars.loyalty.time_words import said_instant
from regulars.loyalty.validation import validate
from regulars.loyalty.words import sentence, sentences

YEAR = timedelta(days=365)


class Sql(Statements, file="programme.sql"):
    last_year: Query
    in_force: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    orders: int
    total_minor: int
    customers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    version: int
    members: int


def preview(tx: Tx, definition: Definition[Programme], at: datetime) -> Preview:
    """Scale, before it is live: what the year before would have earned by the order rules as a whole."""
    programme = definition.body
    facts = [(f"Sentence {i}", told) for i, told in enumerate(sentences(programme), 1)]
    facts.append(("In force", in_force(programme)))
    standing = maybe(tx, SQL.in_force, InForce, key=definition.key)
    if standing is not None:
        facts.append(("Replaces", f"version {standing.version}, for {standing.members:,} members"))
    facts += [_scale(tx, programme, rule, at) for rule in programme.earning if rule.counts == "money"]
    return Preview(
        headline=f"“{programme.name}” starts: orders that occur {_when(programme)} earn by this version.",
        facts=tuple(facts),
        warnings=tuple(_warnings(programme, at)),
        reversible=False,
    )


def in_force(programme: Programme) -> str:
    """From when and for whom, as in "from 1 December 2026 at 00:00 (Europe/Berlin), in north first"."""
    when = "at once"
    if programme.begins is not None:
        when = f"from {said_instant(programme.begins, programme.zone)}"
    return when + for_whom(programme)


def for_whom(programme: Programme) -> str:
    only = programme.only_for
    if only is None:
        return ""
    where = f", in {either(only.stores)} first" if only.stores else ""
    share = f", for {only.percent}% of the customers first" if only.percent else ""
    return f"{where}{share}; the version before holds for the rest"


def _when(programme: Programme) -> str:
    return (
        "from then on"
        if programme.begins is None
        else f"from {said_instant(programme.begins, programme.zone)} on"
    )


def _warnings(programme: Programme, at: datetime) -> Iterator[str]:
    yield "Points once awarded are owed; ending the programme does not take them back."
    if programme.begins is not None and programme.begins < at:
        yield "The instant at which it was to begin has passed; choose a later one, or none to begin at once."
    if programme.sandbox:
        yield "It is a sandbox: its points are worth nothing and count in no figure."


def _scale(tx: Tx, programme: Programme, rule: EarningRule, at: datetime) -> tuple[str, str]:
    trade = one(tx, SQL.last_year, Trade, start=at - YEAR, end=at, money=rule.money)
    about = points_for(
        trade.total_minor, points=rule.points, per_minor=rule.per_minor, rounding=rule.rounding
    )
    currency = programme.currency(rule.currency) or UNNAMED
    spent = Money(trade.total_minor, rule.money).format()
    bounded = "at most about" if _narrowed(programme, rule) else "about"
    label = f"Rule {rule.key} on the last 365 days"
    return label, f"{bounded} {amount_text(about, currency)} for {trade.orders:,} orders of {spent}"


def _narrowed(programme: Programme, rule: EarningRule) -> bool:
    plain = EarningRule(key="", points=1, per="1")
    asks = ("lines", "orders", "tiers", "who", "caps", "budget", "excluded_products")
    return programme.left_out is not None or any(getattr(rule, name) != getattr(plain, name) for name in asks)


def launch(tx: Tx, definition: Definition[Programme], _actor: Actor, at: datetime) -> str:
    programme, version = definition.body, definition.version
    launch_version(tx, definition.key, version, programme, at)
    if programme.begins is not None and programme.begins > at:
        when = said_instant(programme.begins, programme.zone)
        told = (
            f"“{programme.name}” begins on {when}: orders that occur from then on earn by version {version}"
        )
    else:
        told = f"“{programme.name}” is live: orders that occur from now on earn by version {version}"
    return f"{told}{for_whom(programme)}."


def retire(tx: Tx, definition: Definition[Programme], _actor: Actor, at: datetime) -> None:
    end_programme(tx, definition.key, at)


def uses(programme: Programme) -> list[Ref]:
    """The reward it redeems by itself, and the segments and approaches that conditions of its rules name."""
    found: list[Ref] = []
    asking: dict[str, tuple[EarningRule | Multiplier, ...]] = {
        "earning": programme.earning,
        "multipliers": programme.multipliers,
    }
    if programme.auto_reward is not None:
        found.append(Ref(kind="reward", key=programme.auto_reward.reward, path="auto_reward.reward"))
    for name, several in asking.items():
        for i, one_of in enumerate(several):
            if one_of.who is not None:
                named = used_by_condition(one_of.who, f"{name}[{i}].who")
                found += [Ref(kind=use.kind, key=use.key, path=use.path) for use in named]
    return found


PROGRAMME = Kind(
    name="programme",
    title="Programme",
    plural="Programmes",
    body=Programme,
    validate=validate,
    sentence=sentence,
    uses=uses,
    preview=preview,
    launch=launch,
    retire=retire,
)
