"""Checks of sending domains over time: the newest answers, since when, and what has gone wrong."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from regulars.db import Query, Statements, Tx, rows, run
from regulars.deliverability.asking import Asker
from regulars.deliverability.domains import SendingDomain
from regulars.deliverability.keys import public_keys
from regulars.deliverability.records import Found, Known, Record, State, look_at

EVERY = timedelta(days=1)
CHANGES = 50
ITEMS: Mapping[str, str] = {
    "spf": "SPF",
    "dkim": "DKIM",
    "dmarc": "DMARC",
    "mx": "Mail server (MX)",
    "ptr": "Name of the address (PTR)",
    "tracking": "Links and pictures",
}


class Sql(Statements, file="checking.sql"):
    keep: Query
    forget_others: Query
    forget_channels: Query
    findings: Query
    fallen: Query
    last_checks: Query
    changes: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one thing asked of a channel's domain stands."""

    channel_key: str
    item: str
    domain: str
    state: State
    found: str
    wanted: str
    records: list[dict[str, str]]
    checked_at: datetime
    since: datetime
    fell_at: datetime | None

    @property
    def title(self) -> str:
        name, _, more = self.item.partition(":")
        return f"{ITEMS.get(name, name)}{f', {more}' if more and more != 'from' else ''}"

    @property
    def to_publish(self) -> tuple[Record, ...]:
        return tuple(Record(**one) for one in self.records)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    item: str
    state: State
    found: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Last:
    channel_key: str
    checked_at: datetime


def known_of(tx: Tx, sending: SendingDomain, public_host: str) -> Known:
    domains = dict.fromkeys((sending.domain, *(domain for domain, _ in sending.signing)))
    keys = {pair: key for domain in domains for pair, key in public_keys(tx, domain).items()}
    return Known(keys=keys, public_host=public_host)


def ask_domain(asker: Asker, sending: SendingDomain, known: Known) -> list[Found]:
    """Ask the name servers; outside any transaction, for they may be slow."""
    return look_at(asker, sending, known)


def keep_findings(tx: Tx, channel: str, found: Sequence[Found], now: datetime) -> None:
    """Keep what was found of a channel's domain."""
    items = [one.item for one in found]
    run(
        tx,
        SQL.keep,
        channel=channel,
        items=items,
        domains=[one.domain for one in found],
        states=[one.state for one in found],
        founds=[one.found for one in found],
        wanteds=[one.wanted for one in found],
        records=[json.dumps([asdict(record) for record in one.records]) for one in found],
        now=now,
    )
    if not any(one.state == "unasked" for one in found):  # Else nobody knows what else there is.
        run(tx, SQL.forget_others, channel=channel, items=items)


def due_domains(tx: Tx, domains: Sequence[SendingDomain], now: datetime) -> list[SendingDomain]:
    """Those not asked for a day, by the wall clock; of channels that are gone nothing is kept."""
    run(tx, SQL.forget_channels, channels=[one.channel for one in domains])
    last = {one.channel_key: one.checked_at for one in rows(tx, SQL.last_checks, _Last)}
    return [one for one in domains if one.channel not in last or last[one.channel] <= now - EVERY]


def standings(tx: Tx, channel: str | None = None) -> list[Standing]:
    """By channel, in the order in which one mends them."""
    found = rows(tx, SQL.findings, Standing, channel=channel)
    order = list(ITEMS)
    return sorted(found, key=lambda one: (one.channel_key, order.index(one.item.partition(":")[0]), one.item))


def fallen(tx: Tx) -> list[Standing]:
    """What was right once and has gone wrong since."""
    return rows(tx, SQL.fallen, Standing)


def changes_of(tx: Tx, channel: str) -> list[Change]:
    """The latest first."""
    return rows(tx, SQL.changes, Change, channel=channel, limit=CHANGES)
