"""Sending through the recording channel: each check, each reason, and each message once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email import message_from_bytes

import pytest
from psycopg import sql

from regulars.db import values
from regulars.kernel import NotFound
from regulars.messaging import (
    Sender,
    Subject,
    carry_on,
    find_source,
    message,
    messages,
    pause,
    suppress,
    tally,
    unreachable,
    why_not,
)
from regulars.templates import Template
from tests.integration.messaging.given import AT, NAME, add_customers, add_numbered, queue, treat

INBOX = sql.SQL("select name from log.inbox order by arrival")


def outcomes(tx):
    return {(row.arm, row.state, row.reason): row.people for row in tally(tx, NAME)}


def test_each_person_gets_the_message_once_and_held_out_people_get_a_moment(database):
    with database.transaction() as tx:
        ids = add_numbered(tx, 50)
        queue(tx, treat(ids[:40]) | dict.fromkeys(ids[40:], "held_out"))

    moved = carry_on(database, Sender(batch=7), NAME, at=AT)
    again = carry_on(database, Sender(batch=7), NAME, at=AT)

    with database.transaction() as tx:
        assert (moved, again) == (50, 0)
        assert outcomes(tx) == {("treated", "sent", None): 40, ("held_out", "held_out", None): 10}
        names = values(tx, INBOX)
        assert names.count("regulars.messaging.sent") == 40
        assert names.count("regulars.messaging.held_out") == 10
        assert {send.decided_at for send in messages(tx, NAME, limit=100).items} == {AT}


def test_every_refusal_is_kept_with_its_reason_and_answers_why_not(database):
    with database.transaction() as tx:
        people = [
            ("Ann", "ann@example.invalid"),
            ("Bea", None),
            ("Cid", "cid@example.invalid\r\nBcc: all@example.invalid"),
            ("Dan", "Dan@Example.invalid"),
            ("Eve", "shared@example.invalid"),
            ("Fay", "Shared@example.invalid"),
            ("Gus", "gus@example.invalid"),
        ]
        ann, bea, cid, dan, eve, fay, gus = ids = add_customers(tx, people)
        suppress(tx, [" dan@example.INVALID"], reason="complaint", at=AT)
        wrong = {"no_address": 1, "bad_address": 1, "suppressed": 1}
        assert unreachable(tx, ids, Subject(medium="email"), AT) == wrong
        queue(tx, treat([*ids, 999_999]))

    carry_on(database, Sender(audience=lambda _tx, found: set(found) - {gus}, batch=3), NAME, at=AT)

    with database.transaction() as tx:
        assert outcomes(tx) == {
            ("treated", "sent", None): 2,
            ("treated", "skipped", "no_address"): 1,
            ("treated", "skipped", "bad_address"): 1,
            ("treated", "skipped", "suppressed"): 1,
            ("treated", "skipped", "same_address"): 1,
            ("treated", "skipped", "left_audience"): 1,
            ("treated", "skipped", "no_customer"): 1,
        }
        assert why_not(tx, NAME, ann) == "It was sent."
        assert why_not(tx, NAME, bea) == "Not sent: no address is known for this channel."
        assert why_not(tx, NAME, cid) == "Not sent: the address cannot be written to."
        assert why_not(tx, NAME, dan) == "Not sent: nothing is sent to this address any more."
        assert why_not(tx, NAME, eve) == "It was sent."
        assert why_not(tx, NAME, fay) == "Not sent: another profile with the same address gets the message."
        assert why_not(tx, NAME, gus).startswith("Not sent: the person was no longer in the audience")
        assert why_not(tx, NAME, 5_555_555) == "The person was not in the audience when it was fixed."


def test_a_message_is_kept_as_it_would_have_left(database):
    with database.transaction() as tx:
        (anna,) = add_customers(tx, [("Änna <b>Berg</b>", "anna@example.invalid")])
        queue(tx, treat([anna]))

    carry_on(database, Sender(variables=lambda _tx, ids: {i: {"points": 1250} for i in ids}), NAME, at=AT)

    with database.transaction() as tx:
        (send,) = messages(tx, NAME).items
        found = message(tx, "msg_1")
        parsed = message_from_bytes(found.mime())
        text, html = (part.get_payload(decode=True).decode() for part in parsed.get_payload())
        assert send.customer_id == anna
        assert found.subject == "Hello Änna"
        assert parsed["To"] == "anna@example.invalid"
        assert parsed["Message-ID"] == "<msg_1@regulars.invalid>"
        assert "1250 points" in text
        assert "<p>Dear Änna &lt;b&gt;Berg&lt;/b&gt;<a href=''>No more</a></p>" in html
        assert found.mime() == found.mime()
        with pytest.raises(NotFound):
            message(tx, "msg_zz")


def test_a_template_can_decline_and_its_reason_is_kept(database):
    body = Template(
        title="No",
        subject="No",
        text="{% if points == 0 %}{% abort_message 'no points yet' %}{% endif %}Yes {{ unsubscribe_url }}",
    )
    with database.transaction() as tx:
        ids = add_customers(tx, [("Ann", "a@example.invalid"), ("Bea", "A@example.invalid")])
        queue(tx, treat(ids), body=body)

    carry_on(
        database, Sender(variables=lambda _tx, found: {i: {"points": i - ids[0]} for i in found}), NAME, at=AT
    )

    with database.transaction() as tx:
        assert why_not(tx, NAME, ids[0]).endswith("(aborted: no points yet).")
        assert why_not(tx, NAME, ids[1]) == "It was sent."  # The first one declined, so the address is free.


def test_a_template_that_needs_a_variable_skips_whoever_lacks_it(database):
    body = Template(
        title="No",
        subject="No",
        text="Dear {{ customer.name }} {{ unsubscribe_url | default: '' }}",
        missing="skip",
    )
    with database.transaction() as tx:
        ids = add_customers(tx, [(None, "a@example.invalid"), ("Bea", "b@example.invalid")])
        queue(tx, treat(ids), body=body)

    carry_on(database, Sender(), NAME, at=AT)

    with database.transaction() as tx:
        assert why_not(tx, NAME, ids[0]).endswith(
            "declined for this person (missing_variable: customer.name)."
        )
        assert why_not(tx, NAME, ids[1]) == "It was sent."


def test_a_paused_source_moves_nothing_and_goes_on_where_it_stood(database):
    with database.transaction() as tx:
        ids = add_numbered(tx, 10)
        pause(tx, queue(tx, treat(ids)), paused=True)

    assert carry_on(database, Sender(), NAME, at=AT) == 0
    with database.transaction() as tx:
        pause(tx, find_source(tx, NAME), paused=False)
    assert carry_on(database, Sender(), NAME, at=AT + timedelta(days=1)) == 10

    with database.transaction() as tx:
        assert outcomes(tx) == {("treated", "sent", None): 10}


def test_several_workers_on_one_source_reach_everybody_once(database):
    with database.transaction() as tx:
        twins = [(f"Twin {n}", f"twin-{n // 2}@example.invalid") for n in range(400)]
        queue(tx, treat(add_customers(tx, twins)))

    with ThreadPoolExecutor(4) as pool:
        moved = list(pool.map(lambda _: carry_on(database, Sender(batch=10), NAME, at=AT), range(4)))

    with database.transaction() as tx:
        assert sum(moved) == 400
        assert outcomes(tx) == {("treated", "sent", None): 200, ("treated", "skipped", "same_address"): 200}
        assert values(
            tx, sql.SQL("select count(*) - count(distinct lower(address)) from messaging.recorded")
        ) == [0]


def test_pages_of_the_ledger_follow_one_another(database):
    with database.transaction() as tx:
        queue(tx, treat(add_numbered(tx, 5)))
    carry_on(database, Sender(), NAME, at=AT)

    with database.transaction() as tx:
        first = messages(tx, NAME, limit=3)
        second = messages(tx, NAME, cursor=first.next, limit=3)

        assert [send.send_id for send in first.items + second.items] == [1, 2, 3, 4, 5]
        assert second.next is None
