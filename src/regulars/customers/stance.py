"""Where a person stands: what they agreed to, object to and asked for; whether they may hear of a topic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from regulars.customers.consenting import ConsentPolicy
from regulars.customers.model import PREFIX
from regulars.db import Query, Statements, Tx, rows, values
from regulars.kernel import NotFound, public_id


class Sql(Statements, file="stance.sql"):
    standings: Query
    restricted: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """The last word on one channel and topic."""

    given: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    customer_id: int
    profiling_objected: bool = False
    restricted: bool = False  # The data may be kept, and nothing done with it.
    tracking_allowed: bool = False
    pause_asked: bool = False
    pause_until: datetime | None = None  # None of a pause that was asked for: until they say otherwise.
    less_often: bool = False
    every_days: int | None = None  # How long after a message the next may come; None: as the policy says.
    # By channel and topic; an empty topic is the whole channel.
    said: Mapping[tuple[str, str], Word] = field(default_factory=dict)

    def paused(self, at: datetime) -> bool:
        return self.pause_asked and (self.pause_until is None or self.pause_until > at)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    customer_id: int
    profiling_objected: bool
    restricted: bool
    tracking_allowed: bool
    pause_asked: bool
    pause_until: datetime | None
    less_often: bool
    every_days: int | None
    channels: list[str]
    topics: list[str]
    givens: list[bool]
    instants: list[datetime]

    def standing(self) -> Standing:
        words = zip(self.channels, self.topics, self.givens, self.instants, strict=True)
        return Standing(
            customer_id=self.customer_id,
            profiling_objected=self.profiling_objected,
            restricted=self.restricted,
            tracking_allowed=self.tracking_allowed,
            pause_asked=self.pause_asked,
            pause_until=self.pause_until,
            less_often=self.less_often,
            every_days=self.every_days,
            said={(channel, topic): Word(given=given, at=at) for channel, topic, given, at in words},
        )


def standings(tx: Tx, customer_ids: Sequence[int]) -> dict[int, Standing]:
    """Where these people stand, by the id of each survivor; who is nobody's is left out."""
    found = rows(tx, SQL.standings, _Row, ids=list(customer_ids), channel=None, topic=None, silent=True)
    return {row.customer_id: row.standing() for row in found}


def outspoken(tx: Tx, customer_ids: Sequence[int], channel: str, topic: str) -> dict[int, Standing]:
    """Where those of these people stand who said anything that counts for one channel and topic.

    The others, mostly nearly all, stand alike; who asks for many spares a value for each.
    """
    found = rows(tx, SQL.standings, _Row, ids=list(customer_ids), channel=channel, topic=topic, silent=False)
    return {row.customer_id: row.standing() for row in found}


def standing(tx: Tx, customer_id: int) -> Standing:
    """Where one person stands; raises NotFound."""
    found = standings(tx, [customer_id])
    if not found:
        raise NotFound(f"There is no customer {public_id(PREFIX, customer_id)}.")
    return next(iter(found.values()))


def restricted(tx: Tx, customer_ids: Sequence[int]) -> set[int]:
    """Of these customers, those whose data may be kept and nothing done with it."""
    return set(values(tx, SQL.restricted, ids=list(customer_ids)))


def may_hear(
    policy: ConsentPolicy,
    stands: Standing,
    channel: str,
    topic: str,
    at: datetime,
    *,
    targeted: bool = False,
    contract: bool = False,
) -> str | None:
    """None when a message may be sent, else the code of what stands against it.

    `targeted`: they were chosen by what is known of them. `contract`: it is part of what they ordered or
    asked for, whatever the topic. Who withdrew a channel and agreed to one of its topics later hears of
    that; who withdrew a topic hears of it again only after agreeing to that very topic.
    """
    if stands.restricted:
        return "restricted"
    if contract or policy.basis_of(topic) == "contract":
        return None
    refused = _unagreed(policy, stands, channel, topic)
    if refused:
        return refused
    if targeted and policy.targeting_is_profiling and stands.profiling_objected:
        return "profiling_objected"
    return "paused" if stands.paused(at) else None


def _unagreed(policy: ConsentPolicy, stands: Standing, channel: str, topic: str) -> str | None:
    whole = stands.said.get((channel, ""))
    own = stands.said.get((channel, topic)) if topic else None
    if whole and not whole.given and not (own and own.given and own.at > whole.at):
        return "channel_opt_out"
    if own:
        return None if own.given else "topic_opt_out"
    listed = policy.topic(topic)
    agreed = whole is not None and not (listed and listed.own_consent)
    return None if agreed or policy.basis_of(topic) != "consent" else "no_consent"
