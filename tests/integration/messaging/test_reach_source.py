"""What conditions take for reachable, and what the check before a send says of the same people."""

import random
from datetime import timedelta

import pytest
from psycopg import sql

from regulars import access, customers, definitions, log
from regulars.customers import CONSENT_POLICY, ConsentPolicy, Statement
from regulars.db import Database, run, values
from regulars.messaging import Subject, refusals, suppress
from regulars.templates import TEMPLATE, Template
from tests.integration.messaging.given import AT, add_customers, publish
from tests.integration.messaging.test_consent_of_sends import send
from tests.integration.people import regroup

DAY = timedelta(days=1)
PEOPLE = 160
LOCALS = (
    "anna",
    "ANNA.Berg",
    "jürgen",
    "JÜRGEN",
    "Straße",
    "ΣΊΣΥΦΟΣ",
    "жук",
    "o'neill",
    "a b",
    "x,y",
    "zero\u200b",
    "",
)
DOMAINS = ("@example.invalid", "@ex.invalid", "@", "@b@c.invalid", "")
PHONES = ("+4930123456", "030 / 123 456", "phone me", "12", None)
POLICIES = (
    None,
    ConsentPolicy(title="Asks first"),
    ConsentPolicy(title="Ours", basis="legitimate_interest", targeting_is_profiling=False, less_often_days=3),
)
PHONED = sql.SQL("""
    update customers.customer set phone = given.phone
    from unnest(%(ids)s::bigint[], %(phones)s::text[]) as given (customer_id, phone)
    where customer.customer_id = given.customer_id
""")
REACHED = {
    name: sql.SQL(
        "select customer_id from messaging.{} where channel = %(channel)s and since < %(at)s"
    ).format(sql.Identifier(name))
    for name in ("fact_reach", "fact_reach_of_all")
}


def said(chance: random.Random) -> list[Statement]:
    """What somebody may have said, in the order in which it was."""
    channel = chance.choice(("email", "email", "sms", "phone"))
    until = chance.choice((None, AT + 2 * DAY, AT + 5 * DAY))
    choices = (
        Statement(given=chance.random() < 0.6, channel=channel),
        Statement(given=chance.random() < 0.5, channel=channel, topic="news"),
        Statement(about="processing", given=chance.random() < 0.5),
        Statement(about="profiling", given=chance.random() < 0.4),
        Statement(about="pause", given=chance.random() < 0.3, until=None),
        Statement(about="pause", given=False, until=until),
        Statement(about="frequency", given=chance.random() < 0.2, every_days=chance.choice((None, 4))),
    )
    return chance.sample(choices, chance.choice((0, 0, 1, 2, 3)))


def settle(database: Database) -> None:
    sequencer = log.Sequencer(database, customers.resolve)
    log.catch_up(database, sequencer, [log.ReaderRunner(database, customers.reader())], AT)
    sequencer.close()


@pytest.fixture
def people(database: Database) -> list[int]:
    chance = random.Random(5)
    emails = [chance.choice(LOCALS) + chance.choice(DOMAINS) if n % 9 else None for n in range(PEOPLE)]
    with database.transaction() as tx:
        publish(
            tx,
            TEMPLATE,
            "hello",
            Template(title="Hello", subject="Hello", text="Hello {{ unsubscribe_url }}"),
        )
        ids = add_customers(tx, [(f"Person {n}", email) for n, email in enumerate(emails)])
        run(tx, PHONED, ids=ids, phones=[chance.choice(PHONES) for _ in ids])
        suppress(
            tx, ["jÜrgen@example.invalid", "STRASSE@ex.invalid", "ANNA@Ex.invalid"], reason="complaint", at=AT
        )
        suppress(tx, ["+4930123456"], reason="complaint", channel="sms", at=AT)
        for number in ids:
            for place, statement in enumerate(said(chance)):
                customers.record(tx, number, [statement], at=AT - DAY + place * timedelta(hours=1))
    settle(database)
    send(database, {f"p{n}": n for n in ids}, "first", AT - timedelta(hours=2))
    with database.transaction() as tx:
        merged = {ids[n]: ids[n - 1] for n in range(1, PEOPLE, 10)}
        regroup(tx, merged, [])
    return [number for number in ids if number not in merged]


def test_reach_agrees_with_the_check_before_a_send(database: Database, people: list[int]) -> None:
    told: set[str] = set()
    for policy in POLICIES:
        if policy:
            with database.transaction() as tx:
                before = definitions.live(tx, CONSENT_POLICY, "consent")
                etag = before.etag if before else None
                definitions.save_draft(tx, access.SYSTEM, CONSENT_POLICY, "consent", policy, at=AT, etag=etag)
                definitions.publish(tx, access.SYSTEM, CONSENT_POLICY, "consent", at=AT)
        for channel in ("email", "sms", "phone", "post", "push"):
            for at in (AT, AT + 2 * DAY, AT + 3 * DAY, AT + 40 * DAY):
                with database.transaction() as tx:
                    refused = refusals(tx, people, Subject(medium=channel, targeted=True), at)
                    told |= set(refused.values())
                    found = {
                        name: set(values(tx, query, channel=channel, at=at))
                        for name, query in REACHED.items()
                    }
                expected = set(people) - refused.keys()
                assert found == dict.fromkeys(found, expected), (policy, channel, at)

    assert told == {
        "suppressed", "restricted", "channel_opt_out", "no_consent", "profiling_objected",
        "paused", "less_often", "no_address", "bad_address",
    }  # fmt: skip
