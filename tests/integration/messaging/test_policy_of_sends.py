"""The sending policy: caps, quiet hours, priority and holdout hold for every message, whoever sends beside."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from psycopg import sql

from regulars import access, audit, definitions
from regulars.channels import Receipt
from regulars.db import run
from regulars.kernel import Conflict
from regulars.messaging import (
    POLICY_KEY,
    SENDING_POLICY,
    Cap,
    QuietHours,
    Sender,
    SendingPolicy,
    Share,
    SourceName,
    Subject,
    carry_on,
    enqueue,
    find_source,
    forecast,
    give_up,
    local_moments,
    may_test_to,
    messages,
    pause,
    retry_failed,
    sending_policy,
    settle,
    switch_template,
    tally,
    why,
    why_not,
    why_person,
)
from regulars.templates import TEMPLATE
from tests.integration.messaging.given import (
    AT,
    HELLO,
    FileProvider,
    add_numbered,
    always,
    end_leases,
    publish,
    queue,
    treat,
)

HOUR = timedelta(hours=1)
LIVES = sql.SQL(
    "update customers.customer set traits = traits || %(traits)s::text::jsonb where customer_id = %(id)s"
)


def named(key):
    return SourceName(kind="campaign", key=key, version=1)


def rule(tx, **more):
    publish(tx, SENDING_POLICY, POLICY_KEY, SendingPolicy(title="Ours", **more))


def became(database, key):
    with database.transaction() as tx:
        found = Counter()
        for one in tally(tx, named(key)):  # A line for each arm.
            found[one.state, one.reason] += one.people
        return found


def send(database, key, *, at=AT, sender=None):
    carry_on(database, sender or Sender(batch=50), named(key), at=at)
    return became(database, key)


def lives(tx, customer_id, zone, trait="zone"):
    run(tx, LIVES, id=customer_id, traits=f'{{"{trait}": "{zone}"}}')


def test_caps_hold_across_campaigns_days_and_zones_and_are_answered_with_figures(database):
    with database.transaction() as tx:
        here, tokyo, nowhere = add_numbered(tx, 3)
        lives(tx, tokyo, "Asia/Tokyo", trait="timezone")
        lives(tx, nowhere, "Mars/Olympus")  # Unknown: as in the workspace's own.
        rule(tx, caps=(Cap(n=1, per="day"), Cap(n=2, channel="email")))
        for key in ("one", "two", "three", "four"):
            queue(tx, treat([here, tokyo, nowhere]), name=named(key))
        queue(tx, treat([here]), name=named("receipt"), purpose="transactional")

    assert send(database, "one") == {("sent", None): 3}
    # The same day here, and the next one in Tokyo.
    assert send(database, "two", at=AT + 8 * HOUR) == {("sent", None): 1, ("skipped", "capped"): 2}
    assert send(database, "receipt", at=AT + 8 * HOUR) == {("sent", None): 1}
    # A Sunday: the week is full in Tokyo alone, and what was transactional counts for nobody.
    assert send(database, "three", at=AT + 24 * HOUR) == {("sent", None): 2, ("skipped", "capped"): 1}
    # Monday: everybody's week begins anew.
    assert send(database, "four", at=AT + 48 * HOUR) == {("sent", None): 3}

    with database.transaction() as tx:
        told = why_not(tx, named("two"), here)
        assert told == (
            "Not sent: the person has heard as often as the policy allows "
            "(1 went, at most 1 message a calendar day)."
        )
        checks = {one.code: one for one in why_person(tx, named("two"), here, AT)}
        assert checks["caps"].verdict == "refused"
        assert checks["audience"].verdict == "passed"
        assert checks["quiet_hours"].verdict == "not_reached"
        went = {one.code: one for one in why_person(tx, named("three"), here, AT)}
        assert went["caps"].said == "0 of 1 message a calendar day; 1 of 2 e-mails a calendar week had gone."
        exempt = {one.code: one.verdict for one in why_person(tx, named("receipt"), here, AT)}
        assert exempt["caps"] == exempt["quiet_hours"] == exempt["global_holdout"] == "exempt"
        told = [one.action for one in audit.entries(tx).items]
        assert "messages.exempt" in told
        assert "definitions.published" in told


def test_two_hosts_and_two_campaigns_at_once_break_no_cap(database, tmp_path):
    providers = [FileProvider(tmp_path / f"taken-{n}") for n in range(4)]
    with database.transaction() as tx:
        ids = add_numbered(tx, 60)
        rule(tx, caps=(Cap(n=1, per="day"),))
        for key in ("left", "right"):
            queue(tx, treat(ids), name=named(key), channel="outside")
    start = Barrier(4)

    def host(number):
        start.wait()
        sender = Sender(channel_of=always(providers[number]), batch=7)
        return carry_on(database, sender, named(("left", "right")[number % 2]), at=AT)

    with ThreadPoolExecutor(4) as pool:
        moved = list(pool.map(host, range(4)))

    taken = Counter(number for one in providers for number in one.taken)
    assert sum(moved) == 120
    assert taken == Counter(ids)  # Everybody once, of two campaigns and four workers.
    assert became(database, "left")["sent", None] + became(database, "right")["sent", None] == 60


def test_quiet_hours_hold_or_skip_by_the_customers_clock(database):
    night = QuietHours(starts="20:00", ends="08:00")
    with database.transaction() as tx:
        _, tokyo, paris = ids = add_numbered(tx, 3)
        lives(tx, tokyo, "Asia/Tokyo")
        lives(tx, paris, "Europe/Paris")
        rule(tx, quiet_hours=(night, QuietHours(starts="12:00", ends="13:00", then="skip")))
        queue(tx, treat(ids), name=named("night"))
        queue(tx, treat([paris]), name=named("noon"))
        queue(tx, treat([tokyo]), name=named("code"), purpose="transactional")
        foreseen = forecast(tx, ids, Subject(medium="email"), datetime.fromisoformat("2025-03-01T12:00Z"))

    evening = datetime.fromisoformat("2025-03-01T12:00Z")  # 21:00 in Tokyo.
    noon = datetime.fromisoformat("2025-03-01T11:30Z")  # 12:30 in Paris.
    assert foreseen == {("sent", None): 1, ("queued", "quiet_hours"): 1, ("skipped", "quiet_hours"): 1}
    assert send(database, "noon", at=noon) == {("skipped", "quiet_hours"): 1}
    assert send(database, "code", at=evening) == {("sent", None): 1}
    assert send(database, "night", at=evening + HOUR) == {("sent", None): 2, ("queued", "quiet_hours"): 1}
    with database.transaction() as tx:
        (waits,) = messages(tx, named("night"), state="queued").items
        held = next(one for one in why(tx, waits.send_id, evening) if one.verdict == "held")
        assert (waits.customer_id, held.code) == (tokyo, "quiet_hours")
        assert "20:00 to 08:00 in Asia/Tokyo" in held.said
        assert "Until 2025-03-01 23:00 UTC" in held.said
    morning = datetime.fromisoformat("2025-03-01T23:00Z")
    assert send(database, "night", at=morning - HOUR)[("queued", "quiet_hours")] == 1
    assert send(database, "night", at=morning) == {("sent", None): 3}


def test_of_messages_that_compete_the_highest_goes_and_the_lower_waits_for_what_becomes_of_it(database):
    with database.transaction() as tx:
        both, suppressed = ids = add_numbered(tx, 2)
        rule(tx, competing_hours=24)
        high = queue(tx, treat(ids), name=named("high"), priority=80)
        queue(tx, treat(ids), name=named("low"), priority=20)
        queue(tx, treat(ids), name=named("free"), priority=1, capped=False)
    gone = Sender(audience=lambda _tx, found: set(found) - {suppressed})

    assert send(database, "low") == {("queued", "outranked"): 2}
    assert send(database, "free") == {("sent", None): 2}
    assert send(database, "high", sender=gone) == {("sent", None): 1, ("skipped", "left_audience"): 1}
    later = send(database, "low", at=AT + HOUR)
    assert later == {("skipped", "outranked"): 1, ("sent", None): 1}
    with database.transaction() as tx:
        assert why_not(tx, named("low"), both).endswith("(the campaign high, priority 80).")
        assert high.priority == 80


def test_what_is_paused_outranks_nobody(database):
    with database.transaction() as tx:
        ids = add_numbered(tx, 2)
        rule(tx, competing_hours=24)
        high = queue(tx, treat(ids), name=named("high"), priority=80)
        queue(tx, treat(ids), name=named("low"), priority=20)
        pause(tx, high, paused=True)

    assert send(database, "low") == {("sent", None): 2}
    assert send(database, "high") == {("queued", None): 2}
    with database.transaction() as tx:
        assert give_up(tx, high, reason="cancelled", at=AT) == 2
        pause(tx, high, paused=False)
    assert send(database, "high") == {("skipped", "cancelled"): 2}


def test_the_holdout_of_all_marketing_is_drawn_once_and_comes_before_the_campaigns_own(database):
    with database.transaction() as tx:
        ids = add_numbered(tx, 200)
        rule(tx, holdout_percent=20.0)
        arms = {number: "held_out" if number % 2 else "treated" for number in ids}
        for key in ("one", "two"):
            queue(tx, arms, name=named(key))
        queue(tx, treat(ids), name=named("order"), purpose="transactional")
        foreseen = forecast(tx, ids, Subject(medium="email"), AT, arms=arms)

    one, two = send(database, "one"), send(database, "two")

    assert one == two == foreseen
    assert 15 < one[("held_out", "global_holdout")] < 65
    assert send(database, "order") == {("sent", None): 200}
    with database.transaction() as tx:
        held = [
            {s.customer_id for s in messages(tx, named(key), state="held_out", limit=200).items if s.reason}
            for key in ("one", "two")
        ]
        assert held[0] == held[1]
        assert why_not(tx, named("one"), min(held[0])).startswith(
            "Held out: the person hears nothing of marketing"
        )


class Moody:
    """Asks to wait, gives no answer, or takes it, as it is told for each time."""

    name, medium, atomic = "outside", "email", False

    def __init__(self, *answers):
        self.answers, self.ids = list(answers), []

    def deliver(self, _tx, given):
        answer = self.answers.pop(0) if self.answers else "sent"
        self.ids += [one.headers["Message-ID"] for one in given]
        wait = 600.0 if answer == "deferred" else None
        return [Receipt(send_id=one.send_id, outcome=answer, retry_after_s=wait) for one in given]


def test_who_asked_to_wait_is_tried_again_later_and_not_for_ever(database):
    patient, stubborn = Moody("deferred", "deferred"), Moody(*["deferred"] * 20)
    with database.transaction() as tx:
        ids = add_numbered(tx, 3)
        for key in ("patient", "stubborn"):
            queue(tx, treat(ids), name=named(key), channel="outside")

    def at(minutes, key, channel):
        return send(
            database, key, at=AT + minutes * timedelta(minutes=1), sender=Sender(channel_of=always(channel))
        )

    assert at(0, "patient", patient) == {("queued", "deferred"): 3}
    assert at(9, "patient", patient) == {("queued", "deferred"): 3}
    assert len(patient.ids) == 3
    assert at(10, "patient", patient) == {("queued", "deferred"): 3}
    assert at(20, "patient", patient) == {("sent", None): 3}
    assert set(Counter(patient.ids).values()) == {3}  # Each by one id, three times.
    for hour in range(12):
        last = at(hour * 60, "stubborn", stubborn)
    assert last == {("failed", "gave_up"): 3}
    assert set(Counter(stubborn.ids).values()) == {7}
    with database.transaction() as tx:
        assert why_not(tx, named("stubborn"), ids[0]) == "Failed: the other side asked to wait too often."


def test_what_failed_is_retried_and_what_is_in_doubt_settled_by_hand_and_nobody_gets_it_twice(database):
    refuses, silent = Moody("failed"), Moody("in_doubt", "in_doubt")
    with database.transaction() as tx:
        ids = add_numbered(tx, 2)
        source = queue(tx, treat(ids), name=named("post"), channel="outside")
        doubtful = queue(tx, treat(ids), name=named("doubt"), channel="outside")
        queue(tx, treat(ids), name=named("order"), channel="outside", purpose="transactional")

    assert send(database, "post", sender=Sender(channel_of=always(refuses))) == {("failed", "refused"): 2}
    with database.transaction() as tx:
        assert retry_failed(tx, access.SYSTEM, source, at=AT) == 2
    assert send(database, "post", sender=Sender(channel_of=always(refuses))) == {("sent", None): 2}
    with database.transaction() as tx:
        assert retry_failed(tx, access.SYSTEM, source, at=AT) == 0

    unsure = Sender(channel_of=always(silent))
    assert send(database, "doubt", sender=unsure) == {("in_doubt", "no_answer"): 2}
    assert send(database, "order", sender=unsure) == {("queued", "in_doubt"): 2}
    assert send(database, "order", at=AT + HOUR, sender=unsure) == {("sent", None): 2}
    assert set(Counter(silent.ids[2:]).values()) == {2}  # Again, under the same id.
    with database.transaction() as tx:
        first, second = messages(tx, named("doubt")).items
        assert settle(tx, access.SYSTEM, doubtful, [first.send_id], sent=True, reason="asked", at=AT) == 1
        assert settle(tx, access.SYSTEM, doubtful, [second.send_id], sent=False, reason="asked", at=AT) == 1
        assert retry_failed(tx, access.SYSTEM, doubtful, at=AT) == 1
    assert send(database, "doubt", sender=unsure) == {("sent", None): 2}
    assert len(silent.ids) == 2 + 4 + 1


def test_a_version_switched_in_flight_reaches_only_who_still_waits(database):
    with database.transaction() as tx:
        ids = add_numbered(tx, 4)
        source = queue(tx, treat(ids), name=named("letter"))
        found = definitions.get(tx, TEMPLATE, "letter", 1)
        definitions.save_draft(tx, access.SYSTEM, TEMPLATE, "letter", found.body, etag=found.etag, at=AT)
        other = definitions.publish(tx, access.SYSTEM, TEMPLATE, "letter", at=AT).definition
    left = iter([2, 0, 2])
    tomorrow = AT + timedelta(days=1)
    two = Sender(batch=50, allowance=lambda *_: Share(left=next(left), until=tomorrow))
    assert send(database, "letter", sender=two) == {("sent", None): 2, ("queued", "warm_up"): 2}

    with database.transaction() as tx:
        switch_template(tx, access.SYSTEM, source, other.version, reason="a wrong price", at=AT)
    send(database, "letter")

    with database.transaction() as tx:
        versions = tx.execute("select template_version from messaging.fact_send order by send_id").fetchall()
        assert [row[0] for row in versions] == [1, 1, 2, 2]
        assert "messages.switch_template" in [one.action for one in audit.entries(tx).items]


def test_a_local_moment_is_each_persons_own_and_data_reaches_the_template(database):
    said = {
        "title": "Hello",
        "text": "{{ event.code | default: 'none' }} of {{ campaign.key }} {{ unsubscribe_url }}",
    }
    with database.transaction() as tx:
        here, tokyo = add_numbered(tx, 2)
        lives(tx, tokyo, "Asia/Tokyo")
        wall = datetime.fromisoformat("2025-03-02T09:00")
        moments = local_moments(tx, [here, tokyo], wall, at=AT)
        body = HELLO.__class__(subject="x", **said)
        source = queue(tx, {}, name=named("local"), body=body)
        enqueue(tx, source, treat([here, tokyo]), at=AT, data={tokyo: {"code": "A1"}}, not_before=moments)
        assert moments[tokyo] == datetime.fromisoformat("2025-03-02T00:00Z")

    assert send(database, "local", at=moments[tokyo] - HOUR) == {("queued", None): 2}
    assert send(database, "local", at=moments[tokyo]) == {("sent", None): 1, ("queued", None): 1}
    assert send(database, "local", at=moments[here]) == {("sent", None): 2}
    with database.transaction() as tx:
        texts = tx.execute("select text_body from messaging.recorded order by customer_id").fetchall()
        assert [row[0].strip() for row in texts] == ["none of local", "A1 of local"]


def test_the_preview_says_what_the_policy_would_have_kept_back(database):
    policy = SendingPolicy(
        title="New",
        caps=(Cap(n=1, per="day"), Cap(n=1, per="hours", hours=24)),
        quiet_hours=(QuietHours(starts="08:00", ends="10:00"),),
        test_addresses=("Ann@example.com",),
    )
    with database.transaction() as tx:
        ids = add_numbered(tx, 4)
        for key in ("one", "two"):
            queue(tx, treat(ids), name=named(key))
    send(database, "one")
    send(database, "two", at=AT + 2 * HOUR)
    with database.transaction() as tx:
        draft = definitions.save_draft(tx, access.SYSTEM, SENDING_POLICY, POLICY_KEY, policy, at=AT)
        facts = dict(definitions.preview(tx, SENDING_POLICY, draft, at=AT + 3 * HOUR).facts)
        assert facts == {
            "Marketing of the last 30 days": "8 messages",
            "Kept back: more than 1 message a calendar day": "4 of them (50.0%)",
            "Kept back: more than 1 message in 24 hours": "4 of them (50.0%)",
            "Held: 08:00 to 10:00": "4 of them (50.0%)",
        }
        assert sending_policy(tx).title == "No limits"
        definitions.save_draft(tx, access.SYSTEM, SENDING_POLICY, "other", policy, at=AT)
        with pytest.raises(Conflict, match="one sending policy"):
            definitions.publish(tx, access.SYSTEM, SENDING_POLICY, "other", at=AT)
        assert may_test_to(policy, " ann@EXAMPLE.com")
        assert not may_test_to(policy, "bob@example.com")


def test_a_worker_that_lost_its_lease_settles_what_it_sent_of_a_transactional_source(database):
    channel = Moody()
    with database.transaction() as tx:
        ids = add_numbered(tx, 2)
        queue(tx, treat(ids), name=named("order"), channel="outside", purpose="transactional")
    deliver = channel.deliver

    def slow(tx, given):
        end_leases(database)
        with database.transaction() as tx_:
            pause(tx_, find_source(tx_, named("order")), paused=True)
        carry_on(database, Sender(channel_of=always(channel)), named("order"), at=AT)
        assert became(database, "order") == {("queued", "interrupted"): 2}
        return deliver(tx, given)

    channel.deliver = slow

    assert send(database, "order", sender=Sender(channel_of=always(channel))) == {("sent", None): 2}
    assert set(Counter(channel.ids).values()) == {1}
