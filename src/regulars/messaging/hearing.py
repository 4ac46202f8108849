"""Whether people may hear of something now: consent, objections, restriction, pause; and who is tracked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from regulars.customers import BASES, ConsentPolicy, Standing, consent_policy, may_hear, outspoken, standings
from regulars.db import Query, Statements, Tx, rows, run
from regulars.templates import Purpose

LESS_OFTEN = "less_often"


class Sql(Statements, file="hearing.sql"):
    last_heard: Query
    one_at_a_time: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a message is about, as far as consent goes."""

    medium: str  # The channel people agree to, such as email.
    topic: str = ""  # Empty: the channel as a whole.
    purpose: Purpose = "marketing"
    targeted: bool = False  # Whether people are chosen by what is known of them.


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    customer_id: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """What some people may hear at an instant."""

    refused: Mapping[int, str]  # The code of the reason, by person.
    tracked: frozenset[int]  # Of whom opens and clicks may be counted.


def hearing(
    tx: Tx, people: Sequence[int], subject: Subject, at: datetime, *, sending: bool = False
) -> Hearing:
    """Ask for all of these persons at once; who is not among the refused may hear.

    With `sending`, nobody else decides about those who want to hear less often until the commit.
    """
    policy = consent_policy(tx)
    stand = outspoken(tx, people, subject.medium, subject.topic)
    silent = Standing(customer_id=0, tracking_allowed=policy.tracking == "allowed")
    said_nothing = [number for number in people if number not in stand]
    told = _refusal(policy, silent, subject, at)
    refused = dict.fromkeys(said_nothing, told) if told else {}
    for number, one in stand.items():
        reason = _refusal(policy, one, subject, at)
        if reason:
            refused[number] = reason
    if subject.purpose != "transactional" and policy.basis_of(subject.topic) != "contract":
        sparing = [one for number, one in stand.items() if one.less_often and number not in refused]
        if sending and sparing:
            run(tx, SQL.one_at_a_time, ids=[one.customer_id for one in sparing])
        refused |= dict.fromkeys(_too_soon(tx, policy, sparing, at), LESS_OFTEN)
    tracked = {number for number, one in stand.items() if one.tracking_allowed}
    if silent.tracking_allowed:
        tracked |= set(said_nothing)
    return Hearing(refused=refused, tracked=frozenset(tracked))


def _refusal(policy: ConsentPolicy, one: Standing, subject: Subject, at: datetime) -> str | None:
    return may_hear(
        policy,
        one,
        subject.medium,
        subject.topic,
        at,
        targeted=subject.targeted,
        contract=subject.purpose == "transactional",
    )


def _too_soon(tx: Tx, policy: ConsentPolicy, sparing: Sequence[Standing], at: datetime) -> list[int]:
    """Of those who want to hear less often, who heard something lately."""
    if not sparing:
        return []
    lately = {
        one.customer_id: one.at
        for one in rows(tx, SQL.last_heard, Heard, ids=[one.customer_id for one in sparing])
    }
    return [
        one.customer_id
        for one in sparing
        if one.customer_id in lately
        and at - lately[one.customer_id] < timedelta(days=one.every_days or policy.less_often_days)
    ]


def consent_words(policy: ConsentPolicy, subject: Subject) -> str:
    """Return on which basis it is sent, in words, as in "News by email: only with consent"."""
    listed = policy.topic(subject.topic)
    if subject.purpose == "transactional":
        return f"by {subject.medium}: {BASES['contract']}"
    about = f"{listed.title} " if listed else ""
    return f"{about}by {subject.medium}: {BASES[policy.basis_of(subject.topic)]}"


def tracking_allowed(tx: Tx, people: Sequence[int]) -> frozenset[int]:
    """Of these people, those whose opens and clicks may be counted; ask before making a pixel or link."""
    return frozenset(number for number, one in standings(tx, people).items() if one.tracking_allowed)
