"""Letters over a real mail server that sends back what it cannot deliver, and the mailboxes they come back to."""

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from psycopg import sql

from regulars import customers, definitions, deliverability, messaging
from regulars.db import records, run, value, values
from regulars.deliverability import BOUNCE_POLICY, BouncePolicy
from regulars.deliverability.boxes import Letter
from regulars.deliverability.polling import read_letter
from regulars.kernel import public_id
from regulars.templates import TEMPLATE
from tests.integration.channels.certificates import contexts
from tests.integration.deliverability.given import AT, app_of, mail_channel, mailbox, publish
from tests.integration.deliverability.mail_servers import Imap, Mailbox, Pop, mail_server, serving
from tests.integration.messaging.given import HELLO, NAME, add_customers, queue, treat
from tests.unit.deliverability.letters import DSN, EXIM, letter

PEOPLE = ("ann@gone.example", "bob@full.example", "cas@away.example", "dee@spam.example",
          "eve@fine.example", "fay@answers.example")  # fmt: skip
REACTIONS = sql.SQL("""
    select split_part(customer.email, '@', 2) as domain, reaction.kind, reaction.hard, reaction.machine
    from messaging.fact_reaction as reaction
    inner join customers.customer using (customer_id)
    order by 1, 2
""")
MAILS = sql.SQL("select outcome, kind, address, excerpt from deliverability.mail order by mail_id")


def test_what_comes_back_of_a_real_send_is_told_once_and_followed_up(database, tmp_path):
    box = Mailbox()
    with serving(box, Imap), mail_server(box) as (sink, port):
        app = app_of(database, tmp_path, port, box.port)
        with database.transaction() as tx:
            people = add_customers(tx, [(one.partition("@")[0], one) for one in PEOPLE])
            mail_channel(tx, port)
            mailbox(app, tx, box.port)
            queue(tx, treat(people), channel="mail")
        messaging.carry_on(database, app.sender, NAME, at=AT)
        assert {to for _, to, _ in sink.taken} == set(PEOPLE)
        assert all(sender.startswith("bounces+msg_") for sender, _, _ in sink.taken)
        other = {"address": "eve@other.example", "final": "eve@other.example"}
        box.put(letter(DSN, **other, message=last_of(database)))
        box.put(b"\xff\xfe broken \r\n" + b"Content-Type: multipart/report; boundary=x\r\n\r\n" * 3)
        box.put(letter("From: sales@else.example\nTo: bounces@shop.example\nSubject: Offer\n\nBuy!"))

        # The server goes away between what is committed and putting it away: nothing is told twice.
        box.hang_up_at = "STORE"
        app.tend_deliverability()
        box.hang_up_at = ""
        with database.transaction() as tx:
            assert deliverability.box_states(tx)["bounces"].problem
            deliverability.look_into_now(tx, "bounces", app.wall.now())
        app.tend_deliverability()
        app.catch_up(AT)
        app.sequencer.close()

    with database.transaction() as tx:
        assert [tuple(one.values()) for one in records(tx, REACTIONS)] == [
            ("answers.example", "replied", False, False),
            ("away.example", "replied", False, True),
            ("full.example", "bounced", False, False),
            ("gone.example", "bounced", True, False),
            ("spam.example", "complained", False, False),
        ]
        reasons = {one: messaging.suppression_of(tx, one) for one in PEOPLE}
        assert {one: found.reason for one, found in reasons.items() if found} == {
            "ann@gone.example": "hard_bounce",
            "dee@spam.example": "complaint",
        }
        assert messaging.suppression_of(tx, "x@forwarded.example") is None
        withdrawn = [[said.given for said in customers.consents(tx, one)] for one in people]
        assert withdrawn == [[], [], [], [False], [], []]
        broken, orphan = sorted(deliverability.unmatched(tx).items, key=lambda one: one.outcome)
        assert (broken.outcome, broken.reason[:12]) == ("set_aside", "It is broken")
        assert (orphan.address, "another address" in orphan.reason) == ("eve@other.example", True)
        assert deliverability.box_states(tx)["bounces"].problem is None
        kept = records(tx, MAILS)
        assert all(not one["excerpt"] for one in kept if one["outcome"] == "matched")
    # Bounces were moved away; what people wrote is still where they look for it.
    assert len(box.of("Processed")) == 5 + 1
    assert len(box.of("INBOX")) == 3


def sent_to(database, *addresses, channel="recording", name=NAME, days=0):
    """Messages that left to these, as their ids."""
    at = AT + timedelta(days=days)
    with database.transaction() as tx:
        people = add_customers(tx, [(one, one) for one in addresses])
        if definitions.live(tx, TEMPLATE, "hello") is None:
            publish(tx, TEMPLATE, "hello", HELLO)
        source = messaging.open_source(
            tx, name, channel=channel, template_key="hello", template_version=1, at=AT
        )
        messaging.enqueue(tx, source, treat(people), at=AT)
    messaging.carry_on(database, messaging.Sender(), name, at=at)
    with database.transaction() as tx:
        found = sql.SQL(
            "select send_id from messaging.send where customer_id = any(%(people)s) order by customer_id"
        )
        return [public_id("msg", one) for one in values(tx, found, people=people)]


def came(raw, via="mailbox:bounces"):
    return read_letter(via, Letter(uid="", raw=raw))


def test_soft_bounces_escalate_and_replies_and_delays_never_do(database):
    with database.transaction() as tx:
        publish(tx, BOUNCE_POLICY, "main", BouncePolicy(soft_bounces=3, soft_days=10))
    ids = [sent_to(database, f"bob{n}@full.example", name=replace(NAME, version=n + 1))[0] for n in range(3)]
    # The same address: what counts is where it went.
    with database.transaction() as tx:
        same = messaging.address_hash(tx, "bob@full.example")
        tx.execute("update messaging.send set address_hash = %s", [same])
    soft = {
        "address": "bob@full.example",
        "final": "bob@full.example",
        "status": "5.2.2",
        "words": "552 full",
    }
    for days, message in ((0, ids[0]), (1, ids[0]), (2, ids[1]), (30, ids[2])):
        with database.transaction() as tx:
            at = AT + timedelta(days=days)
            raw = letter(DSN, **soft, message=message) + f"{days}".encode()
            taken = deliverability.take_in(tx, came(raw), at=at, now=at)
            assert (taken.outcome, taken.kind) == ("matched", "soft")
            assert deliverability.take_in(tx, came(raw), at=at, now=at).outcome == "known"
            again = letter(DSN, **soft | {"action": "delayed"}, message=message) + f"{days}".encode()
            deliverability.take_in(tx, came(again), at=at, now=at)
            assert messaging.suppression_of(tx, "bob@full.example") is None

    for days, message in ((31, ids[0]), (32, ids[1])):
        with database.transaction() as tx:
            at = AT + timedelta(days=days)
            raw = letter(DSN, **soft, message=message) + f"{days}".encode()
            deliverability.take_in(tx, came(raw), at=at, now=at)
    with database.transaction() as tx:
        assert messaging.suppression_of(tx, "bob@full.example").reason == "soft_bounces"


@pytest.mark.parametrize(("after", "left"), [("delete", 1), ("leave", 2)])
def test_a_pop3_mailbox_is_looked_into_without_taking_anything_twice(database, tmp_path, after, left):
    box = Mailbox()
    [message] = sent_to(database, "ada@example.org")
    box.put(letter(DSN, message=message))
    box.put(letter("From: sales@else.example\nSubject: Offer\n\n.Buy!"))
    with serving(box, Pop):
        app = app_of(database, tmp_path, box.port)
        with database.transaction() as tx:
            body = mailbox(app, tx, box.port, protocol="pop3", after=after)
        assert app.poller.look_around() == ["bounces"]
        assert app.poller.look_around() == []  # Not due.
        app.poller.look_into("bounces", body)
    with database.transaction() as tx:
        state = deliverability.box_states(tx)["bounces"]
        assert (state.taken, state.problem) == (2, None)
        assert deliverability.outcomes(tx) == {"ignored": 1, "matched": 1}
        assert messaging.suppression_of(tx, "ada@example.org").reason == "hard_bounce"
    assert len(box.of("INBOX")) == left


def test_a_mailbox_shows_its_password_only_to_its_own_server_and_over_tls_that_is_trusted(database, tmp_path):
    server, trusting = contexts(tmp_path, "localhost")
    box = Mailbox(tls=server)
    box.put(letter(DSN))
    with serving(box, Imap):
        app = app_of(database, tmp_path, box.port)
        with database.transaction() as tx:
            body = mailbox(app, tx, box.port, security="tls")
        app.poller.look_into("bounces", body)
        with database.transaction() as tx:
            deliverability.look_into_now(tx, "bounces", app.wall.now())
        app.poller.look_around()
        with database.transaction() as tx:
            assert "certificate" in deliverability.box_states(tx)["bounces"].problem.lower()
        assert box.logins == 0

        replace(app.poller, context=trusting).look_into("bounces", body)
        elsewhere = msgspec.structs.replace(body, user="somebody-else")
        app.poller.look_into("bounces", elsewhere)
        with database.transaction() as tx:
            assert "for another place" in deliverability.box_states(tx)["bounces"].problem
            assert [one.address for one in deliverability.unmatched(tx).items] == ["ada@example.org"]
        assert box.logins == 1

    outside = app_of(database, tmp_path)  # Nothing internal is allowed.
    outside.poller.look_into("bounces", body)
    with database.transaction() as tx:
        assert "is not asked from here" in deliverability.box_states(tx)["bounces"].problem


def test_what_was_kept_of_somebody_goes_with_them_and_after_its_days(database):
    [message] = sent_to(database, "ada@example.org")
    with database.transaction() as tx:
        deliverability.take_in(tx, came(letter(DSN, message=message)), at=AT, now=AT)
        deliverability.take_in(tx, came(letter(DSN, message="msg_9")), at=AT, now=AT)
        deliverability.take_in(
            tx, came(letter(EXIM, message="msg_9", address="bo@example.org")), at=AT, now=AT
        )
        assert len(deliverability.unmatched(tx).items) == 2
        atoms = values(tx, sql.SQL("select atom_id from messaging.send"))
        told = deliverability.held(tx, atoms, ["ada@example.org"])
        assert [len(found) for _, found in told] == [1, 1]

        deliverability.erase(tx, atoms, ["ada@example.org"])

        dump = "".join(
            str(records(tx, sql.SQL(f"select * from deliverability.{table}"))) for table in ("mail", "bounce")
        )
        assert "ada" not in dump
        assert [one.address for one in deliverability.unmatched(tx).items] == ["bo@example.org"]
        assert deliverability.forget_old_mail(tx, AT + timedelta(days=13)) == 0
        assert deliverability.forget_old_mail(tx, AT + timedelta(days=15)) == 1
        assert deliverability.unmatched(tx).items == ()

        messaging.erase(tx, atoms, ["ada@example.org"])
        run(
            tx,
            sql.SQL("update customers.customer set erased_at = now() where customer_id = any(%(a)s)"),
            a=atoms,
        )
        for late in (
            came(letter(DSN, message=message).replace(b"ada", b"Ada")),  # It names the message and no proof.
            replace(came(letter(DSN, message=message)), via="webhook:ses", trusted=True),
        ):
            deliverability.take_in(tx, late, at=AT, now=AT)
        dump = "".join(
            str(records(tx, sql.SQL(f"select * from deliverability.{table}"))) for table in ("mail", "bounce")
        )
        assert "ada" not in dump.lower()
        assert "example.org" not in dump


def last_of(database):
    with database.transaction() as tx:
        return public_id("msg", value(tx, sql.SQL("select max(send_id) from messaging.send")))
