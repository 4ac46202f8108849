"""Customers and templates for the tests of sending."""

from datetime import UTC, datetime
from pathlib import Path

from psycopg import sql

from regulars import access, definitions
from regulars.channels import Receipt
from regulars.db import run, values
from regulars.messaging import SourceName, enqueue, open_source
from regulars.templates import TEMPLATE, Template

AT = datetime(2025, 3, 1, 9, tzinfo=UTC)
NAME = SourceName(kind="campaign", key="hello", version=1)
HELLO = Template(
    title="Hello",
    subject="Hello {{ customer.first_name | default: 'you' }}",
    text="Dear {{ customer.name | default: 'you' }}, you have {{ points | default: 0 }} points.{{ unsubscribe_url }}",
    html="<p>Dear {{ customer.name | default: 'you' }}<a href='{{ unsubscribe_url }}'>No more</a></p>",
)

ADD = sql.SQL("""
    insert into customers.customer (name, email, email_folded, traits, created_at, first_seen_at, last_seen_at)
    select name, email, email, '{}', %(at)s, %(at)s, %(at)s
    from unnest(%(names)s::text[], %(emails)s::text[]) with ordinality as person (name, email, place)
    order by place
    returning customer_id
""")


def add_customers(tx, people):
    """Add (name, e-mail) pairs and give their ids."""
    names, emails = zip(*people, strict=True)
    return values(tx, ADD, names=list(names), emails=list(emails), at=AT)


def add_numbered(tx, count):
    return add_customers(tx, [(f"Person {n}", f"person-{n}@example.invalid") for n in range(count)])


def publish(tx, kind, key, body, at=AT):
    definitions.save_draft(tx, access.SYSTEM, kind, key, body, at=at)
    return definitions.publish(tx, access.SYSTEM, kind, key, at=at).definition


def queue(tx, arms, *, body=HELLO, name=NAME, channel="recording", purpose="marketing", **more):
    """Publish a template and write the ledger for these customers."""
    version = publish(tx, TEMPLATE, name.key, body).version
    source = open_source(
        tx,
        name,
        channel=channel,
        template_key=name.key,
        template_version=version,
        at=AT,
        purpose=purpose,
        **more,
    )
    enqueue(tx, source, arms, at=AT)
    return source


def treat(ids):
    return dict.fromkeys(ids, "treated")


def end_leases(database):
    """Do what time would do: the leases of dead workers run out."""
    with database.transaction() as tx:
        run(tx, sql.SQL("update messaging.send set lease_until = '-infinity' where lease_until is not null"))


def always(channel):
    """Whatever channel a source names, this one carries."""
    return lambda _tx, _key: channel


class FileProvider:
    """A provider outside of the database: what it took over stands in a file, whatever happens to us."""

    name = "outside"
    medium = "email"
    atomic = False

    def __init__(self, path: Path, before=lambda: None, after=lambda: None, each=lambda: None):
        self.path, self.before, self.after, self.each = path, before, after, each

    def deliver(self, tx, messages):
        assert tx is None
        self.before()
        with self.path.open("a") as out:
            for message in messages:
                out.write(f"{message.customer_id}\n")
                out.flush()
                self.each()
        self.after()
        return [Receipt(send_id=message.send_id, outcome="sent") for message in messages]

    @property
    def taken(self):
        return [int(line) for line in self.path.read_text().split()] if self.path.exists() else []


PARTED = """
    with kept as (
        select source_id, arm, state, reason, due, bits, sum(sends)::bigint as sends
        from (select * from messaging.send_sum union all select * from messaging.send_moved) as part
        group by source_id, arm, state, reason, due, bits
        having sum(sends) <> 0
    ),
    answered as (
        select send_id, bit_or(messaging.answer_of(kind, machine, hard)) as bits
        from messaging.reaction group by send_id
    ),
    counted as (
        select
            source_id, arm, state, coalesce(reason, '') as reason,
            case when state = 'queued' then not_before else '-infinity' end as due, 0::smallint as bits,
            count(*) as sends
        from messaging.send group by 1, 2, 3, 4, 5
        union all
        select source_id, '', messaging.left_as(state), '', '-infinity', bits, count(*)
        from answered inner join messaging.send using (send_id) group by 1, 3, 6
    )
    select 'kept', to_jsonb(more)::text from (select * from kept except select * from counted) as more
    union all
    select 'counted', to_jsonb(more)::text from (select * from counted except select * from kept) as more
"""


def parted(tx):
    """Where the sums that are kept and a count of every row differ."""
    return tx.execute(PARTED).fetchall()
