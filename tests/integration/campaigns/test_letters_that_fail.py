"""A campaign by a real mail server: it stops when too much comes back, goes on, and what was refused goes again."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes

import httpx
from psycopg import sql

from regulars import access, audit, customers, messaging
from regulars.access import SYSTEM
from regulars.campaigns import find, retry_all, source_of
from regulars.db import values
from regulars.deliverability import BOUNCE_POLICY, BouncePolicy
from regulars.messaging.sending import send_batch
from tests.acceptance.console.office import serving
from tests.integration.campaigns.test_campaign import launch, publish
from tests.integration.channels import fakes
from tests.integration.deliverability.given import app_of, mail_channel, mailbox
from tests.integration.deliverability.mail_servers import Imap, Mailbox
from tests.integration.deliverability.mail_servers import serving as serving_mail
from tests.unit.deliverability.letters import DSN, letter

PEOPLE, FIRST, BACK = 60, 30, 20
REFUSED = "update messaging.send set state = 'failed', reason = 'refused' where send_id = any(%s)"
IN_DOUBT = "update messaging.send set state = 'in_doubt', reason = 'interrupted' where send_id = any(%s)"
ADDRESS = sql.SQL("""
    update customers.customer set email = %(email)s, email_folded = %(email)s where customer_id = %(id)s returning 1
""")


def test_it_stops_by_itself_with_its_reason_goes_on_by_api_and_what_was_refused_goes_again(
    database, tmp_path
):
    box = Mailbox()
    with serving_mail(box, Imap), fakes.smtp() as fake:
        app = app_of(database, tmp_path, fake.port, box.port)
        now = datetime.now(UTC)
        with database.transaction() as tx:
            mail_channel(tx, fake.port)
            mailbox(app, tx, box.port)
            publish(tx, BOUNCE_POLICY, "main", BouncePolicy(stop_from=25))
            people = [("marketing", 5), ("analysis", 2)]
            boss = access.add_person(
                tx, SYSTEM, email="a@shop.invalid", name="Ada", level=7, function="administration", at=now
            ).actor("console")
            keys = {
                one: access.make_key(tx, boss, name=one, level=level, function=one, at=now).text
                for one, level in people
            }
        ids = launch(database, PEOPLE, channel="mail", held_out_percent=0.0)
        moved(database, ids[-1], "refused-1@shop.invalid")

        with serving(app, tmp_path) as address:

            def told(who, method, path, status=200, **more):
                headers = {"Authorization": f"Bearer {keys[who]}"}
                answer = httpx.request(method, f"{address}/api/v1{path}", headers=headers, timeout=30, **more)
                assert answer.status_code == status, (path, answer.text)
                return answer.json()

            # A part of it has left when its bounces come back.
            with database.transaction() as tx:
                source = messaging.find_source(tx, source_of(find(tx, "win-back")))
            sender = replace(app.sender, batch=FIRST)
            assert send_batch(database, sender, source, at=now) == FIRST
            for to, content in fake.taken[:BACK]:
                raw = letter(DSN, address=to, final=to, message=message_id(content))
                box.put(raw)
            assert app.tend_deliverability()
            seen = told("marketing", "GET", "/campaigns/win-back/monitor")
            assert (seen["paused"], seen["sent"], seen["queued"]) == (True, FIRST, PEOPLE - FIRST)
            assert seen["bounced_hard"] == BACK
            assert seen["paused_why"].startswith(f"{BACK} of {FIRST} messages (66.7%) came back for good")
            assert app.send(now) == 0

            resumed = {"json": {"reason": "The list was cleaned"}}
            told("marketing", "POST", "/campaigns/win-back/resume", 422, json={"reason": ""})
            assert not told("marketing", "POST", "/campaigns/win-back/resume", **resumed)["paused"]
            assert app.send(now) == PEOPLE - FIRST
            assert set(fake.ids.values()) == {1}
            assert len(fake.ids) == PEOPLE - 1

            failed = told("marketing", "GET", "/messages?state=failed")["items"]
            assert [one["reason"] for one in failed] == ["refused"]
            again = f"/messages/{failed[0]['id']}/retry"
            told("analysis", "POST", again, 403, json={})
            moved(database, ids[-1], "right@shop.invalid")
            assert told("marketing", "POST", again, json={"reason": "Mended"})["state"] == "queued"
            assert app.send(now) == 1
            told("marketing", "POST", again, 409, json={})
            assert told("marketing", "GET", again.removesuffix("/retry"))["state"] == "sent"
            assert Counter(to for to, _ in fake.taken)["right@shop.invalid"] == 1
            with database.transaction() as tx:
                assert find(tx, "win-back").state == "sent"

            all_that_failed_go_again_once(app, told, fake, ids[40])
        app.sequencer.close()


def message_id(content):
    return message_from_bytes(content)["Message-ID"].strip("<>").partition("@")[0]


def moved(database, customer_id, email):
    with database.transaction() as tx:
        assert values(tx, ADDRESS, email=email, id=customer_id)


def all_that_failed_go_again_once(app, told, fake, gone_id):
    """By three people at the same moment, while the worker moves; checked again, and none in doubt among them."""
    now, before = datetime.now(UTC), len(fake.taken)
    with app.database.transaction() as tx:
        known = values(tx, sql.SQL("select send_id from messaging.send order by customer_id"))
        tx.execute(REFUSED, [known[40:52]])
        tx.execute(IN_DOUBT, [known[52:55]])
        gone = customers.by_ids(tx, [gone_id])[gone_id].email
        messaging.suppress(tx, [gone], reason="by_hand", at=now)
    whole = "/campaigns/win-back/retry"
    told("analysis", "POST", whole, 403, json={})
    mended = {"json": {"reason": "The quota was raised"}}
    with ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(told, "marketing", "POST", whole, **mended) for _ in range(3)]
        moving = threads.submit(app.send, now)
    assert sorted(one.result()["messages"] for one in asked) == [0, 0, 12]
    assert moving.result() + app.send(now) == 12
    assert told("marketing", "POST", whole, json={}) == {"messages": 0}
    assert len(fake.taken) == before + 11
    seen = told("marketing", "GET", "/campaigns/win-back/monitor")
    assert (seen["failed"], seen["in_doubt"], seen["queued"]) == (0, 3, 0)
    assert seen["skipped"] == {"suppressed": 1} and seen["state"] == "sent"
    with app.database.transaction() as tx:
        deeds = audit.entries(tx, action="messages.retry").items
        assert deeds[0].reason == "The quota was raised" and deeds[0].after["messages"] == 12
        assert len(deeds) == 2
    cannot_end_while_some_are_put_back(app, known[30], now)


def cannot_end_while_some_are_put_back(app, send_id, now):
    with app.database.transaction() as tx:
        tx.execute(REFUSED, [[send_id]])
    with ThreadPoolExecutor(1) as threads:
        with app.database.transaction() as tx:
            tx.execute("update campaigns.run set state = 'sending'")
        with app.database.transaction() as tx:
            assert retry_all(tx, SYSTEM, "win-back", at=now) == 1
            ending = threads.submit(app.send, now)
            time.sleep(0.5)
        assert ending.result() + app.send(now) == 1
    with app.database.transaction() as tx:
        assert find(tx, "win-back").state == "sent"
