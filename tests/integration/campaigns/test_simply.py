"""A campaign by condition, to the others again, at everybody's own hour, paused, stopped and watched."""

from datetime import UTC, datetime, timedelta

import msgspec
from psycopg import sql
from psycopg.types.json import Jsonb

from regulars import access
from regulars.campaigns import (
    CAMPAIGN,
    WIN_BACK,
    WIN_BACK_TEMPLATE,
    Campaign,
    advance,
    begin_due,
    cancel,
    carry_on,
    count_domains,
    domains,
    domains_counted_at,
    draft_again,
    find,
    messages,
    monitor,
    once_more,
    pause,
    results,
    resume,
    revenue,
    salt_of,
    sheet,
    source_of,
    uncancel,
)
from regulars.conditions import Filter
from regulars.db import run
from regulars.definitions.publishing import make_live
from regulars.messaging import Reaction, Sender, SourceName, find_source, react
from regulars.templates import TEMPLATE
from tests.integration.campaigns.test_campaign import DAY, buy, enter, launch, outcome, publish
from tests.integration.messaging.given import AT, add_numbered, parted

REVIEWED = sql.SQL("""
    insert into log.event (position, booked_at, occurred_at, received_at, customer_id,
        schema_version, hops, history, message_id, source, type, name, properties)
    select row_number() over (), %(at)s, %(at)s, %(at)s, id, 1, 0, false, id::text, 'shop',
        'track', 'Review Written', jsonb_build_object('stars', stars)
    from unnest(%(ids)s::bigint[], %(stars)s::integer[]) as given (id, stars)
""")
TRAIT = sql.SQL(
    "update customers.customer set traits = traits || %(traits)s where customer_id = any(%(ids)s)"
)


def sent_to(database, key="win-back", state="sent"):
    with database.transaction() as tx:
        return {one.customer_id: one.send_id for one in messages(tx, key, state=state, limit=10_000).items}


def test_it_goes_again_to_who_did_not_click_and_never_to_who_was_held_out(database):
    launch(database, 40, held_out_percent=25.0)
    advance(database, Sender(), at=AT)
    first, held = sent_to(database), sent_to(database, state="held_out")
    clicked, machine = sorted(first)[:5], sorted(first)[5:8]
    with database.transaction() as tx:
        react(tx, [Reaction(key=f"c{n}", send_id=first[n], kind="clicked", at=AT) for n in clicked])
        told = [Reaction(key=f"m{n}", send_id=first[n], kind="clicked", at=AT, machine=True) for n in machine]
        react(tx, told)
        body, ending = once_more(tx, "win-back", "not_clicked")
        draft = draft_again(tx, access.SYSTEM, "win-back", body, ending=ending, at=AT)
        assert draft.key == "win-back-again"
        found = sheet(tx, draft, AT, salt=salt_of(draft.key, draft.version))
        assert [(one.key, one.people) for one in found.conflicts] == [("win-back", len(first) - 5)]
        make_live(tx, access.SYSTEM, CAMPAIGN, draft, at=AT)
    advance(database, Sender(), at=AT)

    second = {*sent_to(database, "win-back-again"), *sent_to(database, "win-back-again", "held_out")}
    assert second == set(first) - set(clicked)
    assert not second & set(held)
    assert (found.get_it, found.held_out) == (
        len(sent_to(database, "win-back-again")),
        len(sent_to(database, "win-back-again", "held_out")),
    )


def test_it_is_paused_resumed_stopped_and_taken_up_again(database):
    launch(database, 20, send_at=AT + DAY)
    with database.transaction() as tx:
        cancel(tx, access.SYSTEM, "win-back", why="Too early", at=AT)
        assert begin_due(tx, AT + DAY) == 0
        uncancel(tx, access.SYSTEM, "win-back", at=AT)
        pause(tx, access.SYSTEM, "win-back", why="A wrong price", at=AT)
        assert begin_due(tx, AT + DAY) == 0
        resume(tx, access.SYSTEM, "win-back", at=AT)
        assert begin_due(tx, AT + DAY) == 1
        pause(tx, access.SYSTEM, "win-back", why="A wrong price", at=AT)
    assert carry_on(database, Sender(), at=AT + DAY) == 0
    with database.transaction() as tx:
        seen = monitor(tx, "win-back", AT + DAY)
        assert (seen.queued, seen.paused, seen.run.paused_why) == (20, True, "A wrong price")
        before = domains(tx, "win-back")
        assert domains_counted_at(tx, seen.run.run_id) is None
    # Of large sends they are counted beside, and stand until they are counted anew.
    assert [count_domains(database, large=20), count_domains(database, large=20)] == [1, 0]
    with database.transaction() as tx:
        assert domains(tx, "win-back") == before
        resume(tx, access.SYSTEM, "win-back", at=AT)
    assert carry_on(database, Sender(batch=7), at=AT + DAY) == 20
    with database.transaction() as tx:
        seen = monitor(tx, "win-back", AT + DAY)
        assert (seen.queued, seen.done, seen.all) == (0, 20, 20)
        assert seen.per_second > 0
        assert (domains(tx, "win-back"), parted(tx)) == (before, [])
        react(tx, [Reaction(key="b", send_id=min(sent_to(database).values()), kind="bounced", at=AT)])
        assert sum(one.bounced for one in domains(tx, "win-back")) == 1
    assert count_domains(database, large=20) == 0  # Not so soon again.
    assert [count_domains(database, large=21, pause_s=0), count_domains(database, large=20, pause_s=0)] == [
        0,
        1,
    ]
    with database.transaction() as tx:
        (one,) = domains(tx, "win-back")
        assert (one.sent, one.waiting, one.bounced) == (len(sent_to(database)), 0, 1)


def test_what_waits_when_it_is_stopped_is_not_sent(database):
    launch(database, 20)
    with database.transaction() as tx:
        cancel(tx, access.SYSTEM, "win-back", why="", at=AT)
    carry_on(database, Sender(), at=AT)
    found = outcome(database, AT)
    assert (found.sent, found.skipped) == (0, {"stopped": 20})


def test_it_goes_by_condition_at_the_hour_of_everybodys_own_zone(database):
    noon = datetime(2025, 3, 2, 12, tzinfo=UTC)
    condition = {"is": "trait_equals", "trait": "city", "value": "Oslo"}
    with database.transaction() as tx:
        ids = add_numbered(tx, 30)
        run(tx, TRAIT, ids=ids[:20], traits=Jsonb({"city": "Oslo", "zone": "Europe/Oslo"}))
        run(tx, TRAIT, ids=ids[10:20], traits=Jsonb({"zone": "America/New_York"}))
        enter(tx, ids[:4])
        publish(tx, TEMPLATE, WIN_BACK.template, WIN_BACK_TEMPLATE)
        body = msgspec.convert(
            {**msgspec.to_builtins(WIN_BACK), "segment": "", "condition": condition, "exclude": ["lapsed"],
             "send_at": noon, "local_time": True, "held_out_percent": 0.0}, Campaign
        )  # fmt: skip
        publish(tx, CAMPAIGN, "win-back", body)
        assert find(tx, "win-back").starts_at == noon - timedelta(hours=14)
        begin_due(tx, noon - timedelta(hours=14))

    counts = []
    for hours in (-14, -1, 0, 4, 5):
        carry_on(database, Sender(), at=noon + timedelta(hours=hours))
        counts.append(len(sent_to(database)))
    assert counts == [0, 6, 6, 6, 16]
    assert set(sent_to(database)) == set(ids[4:20])


def test_only_orders_that_fit_count_and_money_is_compared_by_arm(database):
    where = (Filter(property="stars", test="at_least", value=4),)
    ids = launch(database, 400, held_out_percent=50.0, goal="Review Written", goal_where=where)
    advance(database, Sender(), at=AT)
    with database.transaction() as tx:
        run(tx, REVIEWED, ids=ids[:3], stars=[5, 3, 4], at=AT + DAY)
    treated = sorted(sent_to(database))
    buy(database, treated, AT + DAY)
    later = AT + 40 * DAY

    advance(database, Sender(), at=later)

    with database.transaction() as tx:
        assert sum(results(tx, "win-back", later).converted_so_far.values()) == 2
        brought = revenue(tx, find(tx, "win-back"), later)
        assert find_source(tx, source_of(find(tx, "win-back"))).priority == 50
    assert brought.sure
    assert brought.more.minor == 1000 * len(treated)
    assert (brought.currency, brought.held_out.spent) == ("USD", 0)
    assert SourceName(kind="campaign", key="win-back", version=1) == source_of(outcome(database, later).run)
