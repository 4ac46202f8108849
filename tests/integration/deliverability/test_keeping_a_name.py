"""Warm-up plans that cap by day, and sources that stop by themselves."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from psycopg import sql

from regulars import definitions, deliverability, messaging
from regulars.access import SYSTEM
from regulars.db import value, values
from regulars.deliverability import BOUNCE_POLICY, WARM_UP, BouncePolicy, Came, Returned, WarmUp
from regulars.kernel import Conflict, Invalid, public_id
from regulars.messaging import Reaction, SourceName
from regulars.messaging.ledger import send_of_person
from tests.integration.deliverability.given import AT, app_of, publish
from tests.integration.messaging.given import NAME, add_numbered, queue, treat

ZONE = "Europe/Berlin"
STARTS = date(2026, 3, 2)


def left(database):
    with database.transaction() as tx:
        return value(tx, sql.SQL("select count(*) from messaging.send where state = 'sent'"))


def test_a_plan_caps_each_day_also_for_two_senders_at_once_and_grows_only_when_little_comes_back(
    database, tmp_path
):
    app = app_of(database, tmp_path)
    zone = app.zone
    plan = WarmUp(
        title="New", channel="recording", starts_on=STARTS, first_day=20, growth_percent=50, ends_at=60
    )
    with database.transaction() as tx:
        assert deliverability.allowance(tx, "recording", AT, zone) is None
        publish(tx, WARM_UP, "new", plan)
        source = queue(tx, treat(add_numbered(tx, 300)))
        assert deliverability.allowance(tx, "recording", AT - timedelta(days=1), zone) == 0
    days = []
    for day in range(6):
        at = AT + timedelta(days=day)
        before = left(database)
        with ThreadPoolExecutor(3) as pool:
            for _ in range(2):
                [one.result() for one in [
                    pool.submit(messaging.carry_on, database, app.sender, NAME, at=at) for _ in range(3)
                ]]  # fmt: skip
        days.append(left(database) - before)
        if day == 1:  # Of 30 that day, 3 come back: the next day sends no more.
            _come_back(database, "hard", 3, at, newest=30)
    # 20, 30, held at 30, 45, then 60 is the end of the plan; after it nothing caps.
    assert days == [20, 30, 30, 45, 60, 300 - 185]
    with database.transaction() as tx:
        assert deliverability.allowance(tx, "recording", AT + timedelta(days=6), zone) is None
        shown = deliverability.days_of(tx, plan, AT + timedelta(days=5), zone)
        assert [(one.planned, one.sent, one.held) for one in shown[:6]] == [
            (20, 20, False), (30, 30, True), (30, 30, False), (45, 45, False), (60, 60, False), (None, 115, False),
        ]  # fmt: skip
    assert source.channel == "recording"


def test_on_a_capped_day_who_answered_lately_goes_first_then_who_bought_last_and_the_others_wait(
    database, tmp_path
):
    app = app_of(database, tmp_path)
    with database.transaction() as tx:
        people = add_numbered(tx, 12)
        before = SourceName(kind="campaign", key="before", version=1)
        queue(tx, treat(people), name=before)
    messaging.carry_on(database, app.sender, before, at=AT)
    with database.transaction() as tx:
        sends = [send_of_person(tx, messaging.find_source(tx, before), one).send_id for one in people]
        told = [
            (11, "clicked", 1, False),
            (10, "opened", 3, False),
            (9, "clicked", 100, False),
            (8, "opened", 1, True),
        ]
        messaging.react(tx, [
            Reaction(key=f"x{place}", send_id=sends[place], kind=kind, at=AT - timedelta(days=days), machine=machine)
            for place, kind, days, machine in told
        ])  # fmt: skip
        for place, days in ((7, 40), (6, 2)):
            tx.execute(
                "insert into orders.customer_total values (%s, 1, %s, %s)",
                [people[place], AT, AT - timedelta(days=days)],
            )
        plan = WarmUp(
            title="New", channel="recording", starts_on=STARTS + timedelta(days=1), first_day=5, ends_at=100
        )
        publish(tx, WARM_UP, "new", plan)
        # Two of those who go first are refused, so that their places go to the next.
        tx.execute("update customers.customer set email = null where customer_id = any(%s)", [people[10:]])
        queue(tx, treat(people))

    def gone(day):
        messaging.carry_on(database, app.sender, NAME, at=AT + timedelta(days=day))
        with database.transaction() as tx:
            source = messaging.find_source(tx, NAME)
            found = [send_of_person(tx, source, one) for one in people]
        return (
            {place for place, one in enumerate(found) if one.state == "sent"},
            {(one.reason, one.not_before) for one in found if one.state == "queued"},
        )

    assert gone(0) == (set(), {("warm_up", AT + timedelta(days=1))})  # The plan has not begun.
    # Who clicked 100 days ago, or is a machine, stands with the others, in the order of the ledger.
    assert gone(1) == ({7, 6, 0, 1, 2}, {("warm_up", AT + timedelta(days=2))})
    with database.transaction() as tx:
        waits = send_of_person(tx, messaging.find_source(tx, NAME), people[5])
        first = messaging.why(tx, waits.send_id, AT + timedelta(days=1))[0]
        assert (first.code, first.verdict) == ("warm_up", "held")
        told = deliverability.next_share(tx, "recording", AT + timedelta(days=1), app.zone)
        days = deliverability.days_of(tx, plan, AT + timedelta(days=1), app.zone)
        assert (told.day, told.planned) == (STARTS + timedelta(days=2), 7)
        # 5, 7, 9, 13, 19, 26, 37, 52, 73, 100 a day, beginning with the 3rd.
        assert deliverability.ends_on(plan, days) == date(2026, 3, 13)
        assert deliverability.ends_on(plan, days[:3]) == date(2026, 3, 13)
        assert "the warm-up plan of the channel lets no more leave today" in first.said.lower()
        definitions.archive(tx, SYSTEM, WARM_UP, "new", at=AT)
    assert gone(1.1) == ({0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, set())


def _come_back(database, kind, count, at, *, newest=None):
    with database.transaction() as tx:
        ids = values(
            tx,
            sql.SQL(
                "select send_id from messaging.send where state = 'sent' and not exists"
                " (select from deliverability.bounce where bounce.send_id = send.send_id)"
                " order by decided_at desc, send_id desc limit %(most)s"
            ),
            most=newest or 10_000,
        )[:count]
        told = [Returned(kind=kind, messages=(public_id("msg", one),)) for one in ids]
        came = Came(via="webhook:x", digest=f"{kind}{count}{at}{ids[:1]}".encode(), told=told, trusted=True)
        assert deliverability.take_in(tx, came, at=at, now=at).matched == count


def test_what_surely_bounces_too_much_stops_and_goes_on_when_somebody_says_so(database, tmp_path):
    app = app_of(database, tmp_path)
    with database.transaction() as tx:
        publish(tx, BOUNCE_POLICY, "main", BouncePolicy(stop_from=50))
        queue(tx, treat(add_numbered(tx, 200)))
    messaging.carry_on(database, app.sender, NAME, at=AT)

    _come_back(database, "soft", 60, AT)  # Full mailboxes stop nothing.
    _come_back(database, "hard", 14, AT)
    with database.transaction() as tx:
        source = messaging.find_source(tx, NAME)
        assert deliverability.watch(tx, source, AT) is None  # 7 %, and surely only more than 4.2 %.
    _come_back(database, "hard", 8, AT + timedelta(minutes=1))
    with database.transaction() as tx:
        [reason] = deliverability.watch_all(tx, AT)
        assert reason.startswith("22 of 200 messages (11.0%) came back for good")
        source = messaging.find_source(tx, NAME)
        assert source.paused
        assert deliverability.watch_all(tx, AT) == []
        assert [one.reason for one in deliverability.open_stops(tx)] == [reason]
        with pytest.raises(Invalid):
            deliverability.resume(tx, SYSTEM, source, reason=" ", at=AT)
    later = AT + timedelta(hours=1)
    with database.transaction() as tx:
        deliverability.resume(tx, SYSTEM, source, reason="The list was cleaned", at=later)
        assert not messaging.find_source(tx, NAME).paused
        assert deliverability.watch_all(tx, later) == []
    with database.transaction() as tx, pytest.raises(Conflict):
        deliverability.resume(tx, SYSTEM, source, reason="Again", at=later)
