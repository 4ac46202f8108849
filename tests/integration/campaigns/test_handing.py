"""Single messages that an application hands over: once for a key, with their data, past opt-outs and no further."""

from datetime import timedelta
from threading import Thread

import pytest
from psycopg import sql

from regulars import access
from regulars.campaigns import Handing, carry_on_handed, forget_keys, hand_over, past
from regulars.campaigns.handing import KeyReused
from regulars.db import values
from regulars.kernel import Invalid, parse_public_id
from regulars.messaging import LogFilters, Sender, message, message_log, suppress, why
from regulars.templates import TEMPLATE, Template
from tests.integration.messaging.given import AT, add_customers, publish

RECEIPT = Template(
    title="Receipt",
    subject="Your order {{ event.order.number }}",
    text="Thank you, {{ customer.first_name | default: 'you' }}: {{ event.order.number }} is on its way.",
    purpose="transactional",
    missing="skip",
)


KNOWN = sql.SQL("""
    insert into customers.identifier (kind, value, customer_id)
    select 'email', email_folded, customer_id from customers.customer where customer_id = any(%(ids)s)
    returning customer_id
""")


def asked(to="ada@example.invalid", number="1001", **more):
    given = {"template": "receipt", "to": to, "idempotency_key": f"{to}-{number}"}
    return Handing(**{**given, "data": {"order": {"number": number}}, **more})


def give(database, *many):
    with database.transaction() as tx:
        return hand_over(tx, access.SYSTEM, many, at=AT, now=AT)


@pytest.fixture
def people(database):
    with database.transaction() as tx:
        publish(tx, TEMPLATE, "receipt", RECEIPT)
        ids = add_customers(tx, [("Ada", "ada@example.invalid"), ("Bob", "bob@example.invalid")])
        known(tx, ids)
    return ids


def known(tx, ids):
    """As an identify would have made them known by their addresses."""
    assert len(values(tx, KNOWN, ids=list(ids))) == len(ids)


def test_a_message_is_handed_over_once_for_its_key_and_leaves_with_its_data(database, people):
    first = give(database, asked(), asked(number="1002"), asked("bob@example.invalid"))
    again = give(database, asked())
    assert [one.state for one in first] == ["queued"] * 3
    assert again[0].id == first[0].id
    assert again[0].again

    assert carry_on_handed(database, Sender(), at=AT) == 3

    with database.transaction() as tx:
        sent = message(tx, first[0].id)
        assert (sent.state, sent.subject) == ("sent", "Your order 1001")
        assert message(tx, first[1].id).subject == "Your order 1002"  # The same person, another message.
        assert [one.what for one in past(tx, first[0].send_id)] == ["queued", "checked", "sent"]
        assert "exempt" in {one.verdict for one in why(tx, first[0].send_id, AT)}
        log = message_log(tx, LogFilters(source_kind="api", customers=[people[0]]))
        assert {one.id for one in log.items} == {first[0].id, first[1].id}
        assert message_log(tx, LogFilters(state="failed")).items == ()
        assert forget_keys(tx, AT + timedelta(days=31)) == 3
    assert parse_public_id("msg", first[0].id) == first[0].send_id


def test_what_is_wrong_is_said_at_its_place_and_nothing_is_sent(database, people):
    many = (
        asked(),
        asked("nobody@example.invalid"),
        asked(number="2", template="none"),
        asked(number="3", data={"order": {}}),
        asked(number="4", channel="pigeon"),
    )
    with pytest.raises(Invalid) as wrong:
        give(database, *many)
    assert {one.path for one in wrong.value.findings} == {
        "messages[1].to",
        "messages[2].template",
        "messages[3].data",
        "messages[4].channel",
    }
    with pytest.raises(Invalid, match="keys stand twice"):
        give(database, asked(), asked())
    assert carry_on_handed(database, Sender(), at=AT) == 0

    give(database, asked())
    with pytest.raises(KeyReused):
        give(database, asked(data={"order": {"number": "other"}}))


def test_a_hard_bounce_holds_also_what_was_ordered(database, people):
    with database.transaction() as tx:
        suppress(tx, ["ada@example.invalid"], reason="bounce", at=AT)
        found = hand_over(tx, access.SYSTEM, [asked()], at=AT, now=AT)[0]

    carry_on_handed(database, Sender(), at=AT)

    with database.transaction() as tx:
        sent = message(tx, found.id)
    assert (sent.state, sent.reason) == ("skipped", "suppressed")


def test_many_hands_at_once_give_one_message(database, people):
    found = []
    hands = [Thread(target=lambda: found.extend(give(database, asked()))) for _ in range(6)]
    for one in hands:
        one.start()
    for one in hands:
        one.join()
    movers = [Thread(target=carry_on_handed, args=(database, Sender()), kwargs={"at": AT}) for _ in range(3)]
    for one in movers:
        one.start()
    for one in movers:
        one.join()

    assert len({one.id for one in found}) == 1
    with database.transaction() as tx:
        assert message(tx, found[0].id).state == "sent"
        assert len(message_log(tx, LogFilters()).items) == 1
