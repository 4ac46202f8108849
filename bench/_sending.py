"""People, a policy and a past to check sends against, written straight into PostgreSQL; and the checks timed.

The people live in six zones; one in fifty is suppressed, one in ten held out of all marketing or of this, and
two in five heard something in the last days, so that caps, quiet hours and holdouts all have something to say.
"""

# ruff: noqa: E501 - statements keep their lines

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter

from regulars import access, definitions
from regulars.channels import RecordingChannel
from regulars.db import Database, Tx
from regulars.messaging import (
    POLICY_KEY,
    SENDING_POLICY,
    Cap,
    QuietHours,
    Sender,
    SendingPolicy,
    SourceName,
    Subject,
    carry_on,
    enqueue,
    forecast,
    open_source,
    tally,
)
from regulars.templates import TEMPLATE, Template

AT = datetime(2025, 6, 4, 12, tzinfo=UTC)  # A Wednesday; at this moment it is night in Auckland alone.
CHUNK = 100_000
POLICY = SendingPolicy(
    title="Bench",
    caps=(Cap(n=1, per="day"), Cap(n=3, per="week"), Cap(n=20, per="hours", hours=720)),
    quiet_hours=(QuietHours(starts="21:00", ends="08:00"),),
    competing_hours=4,
    holdout_percent=5.0,
)
LETTER = Template(
    title="Hello",
    subject="Hello {{ customer.first_name | default: 'you' }}",
    text="Dear {{ customer.name | default: 'you' }}, come by. {{ unsubscribe_url }}",
    html="<p>Dear {{ customer.name | default: 'you' }}, come by.</p><p><a href='{{ unsubscribe_url }}'>No more</a></p>",
)
PEOPLE = """
insert into customers.customer (name, email, email_folded, traits, created_at, first_seen_at, last_seen_at)
select
    'Person ' || n, 'person-' || n || '@example.invalid', 'person-' || n || '@example.invalid',
    jsonb_build_object('zone', (array['Europe/Berlin', 'America/New_York', 'Europe/London', 'Asia/Kolkata', 'America/Sao_Paulo', 'Pacific/Auckland'])[n % 6 + 1]),
    '2024-01-01', '2024-01-01', '2024-01-01'
from generate_series({first}, {last}) as n
"""
SUPPRESSED = """
insert into messaging.suppression (channel, address_hash, reason, suppressed_at)
select 'email', sha256(secret.outer_key || sha256(secret.inner_key || convert_to(customer.email, 'UTF8'))), 'bounced', '2025-01-01'
from customers.customer, messaging.secret where customer.customer_id % 50 = 0
on conflict do nothing
"""
PAST = """
insert into messaging.send (source_id, customer_id, atom_id, arm, state, queued_at, decided_at, resolved_at, entry)
select {source}, customer_id, customer_id, 'treated', 'sent', moment, moment, moment, {entry}
from customers.customer, lateral (select timestamptz '2025-06-04 12:00Z' - make_interval(hours => ({entry} * 20 + customer_id % 19)::integer) as moment) as at
where customer_id % 5 < 2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    people: int
    seconds: float
    outcomes: dict[str, int]

    @property
    def per_s(self) -> float:
        return self.people / self.seconds


def fill(database: Database, people: int) -> None:
    """So many customers, who is suppressed, and what they were sent in the last days."""
    for first in range(1, people + 1, CHUNK):
        with database.transaction() as tx:
            tx.execute(PEOPLE.format(first=first, last=min(first + CHUNK - 1, people)).encode())
    with database.transaction() as tx:
        tx.execute(SUPPRESSED.encode())
        _publish(tx)
        past = open_source(
            tx,
            SourceName(kind="bench", key="past", version=1),
            channel="recording",
            template_key="hello",
            template_version=1,
            at=AT,
        )
        for entry in range(3):
            tx.execute(PAST.format(source=past.source_id, entry=entry).encode())
    with database.connect() as connection:
        connection.autocommit = True
        connection.execute("analyze")


def _publish(tx: Tx) -> None:
    for kind, key, body in ((TEMPLATE, "hello", LETTER), (SENDING_POLICY, POLICY_KEY, POLICY)):
        definitions.save_draft(tx, access.SYSTEM, kind, key, body, at=AT)  # type: ignore[arg-type]
        definitions.publish(tx, access.SYSTEM, kind, key, at=AT)  # type: ignore[arg-type]


def checks_alone(database: Database, people: int) -> Timed:
    """Every check that comes before the template, of so many people; nothing is written."""
    arms = dict.fromkeys(range(10, people + 1, 10), "held_out")
    found: Counter[tuple[str, str | None]] = Counter()
    began = perf_counter()
    for first in range(1, people + 1, CHUNK):
        ids = range(first, min(first + CHUNK, people + 1))
        with database.transaction() as tx:
            found += forecast(tx, ids, Subject(medium="email", targeted=True), AT, arms=arms)
    return Timed(people=people, seconds=perf_counter() - began, outcomes=_named(found))


def queue(database: Database, key: str, people: int, channel: str = "recording") -> SourceName:
    """Write the ledger for so many people, one in ten held out."""
    name = SourceName(kind="bench", key=key, version=1)
    with database.transaction() as tx:
        source = open_source(
            tx, name, channel=channel, template_key="hello", template_version=1, at=AT, targeted=True
        )
        arms = {number: "held_out" if number % 10 == 0 else "treated" for number in range(1, people + 1)}
        enqueue(tx, source, arms, at=AT)
    with database.connect() as connection:
        connection.autocommit = True
        connection.execute("analyze messaging.send")
    return name


def recorded(database: Database, name: SourceName, people: int, sender: Sender | None = None) -> Timed:
    """All checks, the template and the recording channel, of everybody in the ledger of a source."""
    channel = RecordingChannel()
    began = perf_counter()
    carry_on(database, sender or Sender(channel_of=lambda _tx, _key: channel), name, at=AT)
    seconds = perf_counter() - began
    with database.transaction() as tx:
        found = {(one.state, one.reason): one.people for one in tally(tx, name)}
    return Timed(people=people, seconds=seconds, outcomes=_named(Counter(found)))


def _named(found: Counter[tuple[str, str | None]]) -> dict[str, int]:
    return {
        f"{state}{f': {reason}' if reason else ''}": many
        for (state, reason), many in sorted(found.items(), key=str)
    }
