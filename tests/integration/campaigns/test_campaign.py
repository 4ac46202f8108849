"""A campaign from launch to verdict: who, held out, sent, counted in the same window in both arms."""

from datetime import UTC, datetime, timedelta
from threading import Thread
from time import sleep

import msgspec
import pytest
from psycopg import sql

from regulars import access, definitions
from regulars.campaigns import (
    CAMPAIGN,
    WIN_BACK,
    WIN_BACK_KEY,
    WIN_BACK_TEMPLATE,
    WIN_BACK_TEMPLATE_KEY,
    advance,
    carry_on,
    due,
    messages,
    results,
    runs,
    why_not,
)
from regulars.db import run, values
from regulars.definitions.publishing import make_live
from regulars.kernel import Invalid, NotFound
from regulars.messaging import Sender, suppress
from regulars.segments import LIFECYCLE, SEGMENT, SEGMENTATION, STAGE_SEGMENTS
from regulars.templates import TEMPLATE
from tests.integration.messaging.given import AT, add_customers, add_numbered, end_leases

DAY = timedelta(days=1)
ENTER = sql.SQL("""
    with made as (
        insert into segments.segment (segment_key, title) values ('lapsed', 'Lapsed')
        on conflict (segment_key) do update set title = 'Lapsed'
        returning segment_id
    )
    insert into segments.membership (segment_id, customer_id, entered_at)
    select segment_id, customer_id, %(at)s from made, unnest(%(ids)s::bigint[]) as customer_id
""")
LEAVE = sql.SQL("update segments.membership set left_at = %(at)s where customer_id = any(%(ids)s)")
BUY = sql.SQL("""
    insert into orders.purchase (
        order_key, customer_id, position, revised_position, revision, occurred_at, booked_at, currency,
        total_minor, discount_minor, line_count
    )
    select %(at)s::text || '-' || id, id, 1, 1, 1, %(at)s, %(at)s, 'USD', 1000, 0, 0
    from unnest(%(ids)s::bigint[]) as id
""")


def enter(tx, ids):
    run(tx, ENTER, ids=ids, at=AT - DAY)


TOTAL = sql.SQL(
    """
    insert into orders.customer_total (customer_id, orders, first_at, last_at)
    select id, 1, %(at)s, %(at)s from unnest(%(ids)s::bigint[]) as id
    on conflict (customer_id) do update set
        orders = customer_total.orders + 1, first_at = least(customer_total.first_at, excluded.first_at),
        last_at = greatest(customer_total.last_at, excluded.last_at)
    """
)


TAKE = sql.SQL("""
    with another as (
        insert into campaigns.run (
            key, version, segment, goal, window_days, held_out_share, state, starts_at, started_at, launched_at,
            launched_by
        )
        select key, 99, segment, goal, window_days, held_out_share, 'sent', starts_at, starts_at, launched_at, launched_by
        from campaigns.run
        returning run_id
    )
    insert into campaigns.member (run_id, key, customer_id, atom_id, arm)
    select run_id, 'win-back', id, id, 'treated' from another, unnest(%(ids)s::bigint[]) as id
""")


def buy(database, ids, at):
    with database.transaction() as tx:
        run(tx, BUY, ids=list(ids), at=at)
        run(tx, TOTAL, ids=list(ids), at=at)


def publish(tx, kind, key, body, at=AT):
    found = definitions.live(tx, kind, key)
    definitions.save_draft(tx, access.SYSTEM, kind, key, body, at=at, etag=found.etag if found else None)
    # Without the check that the segment is live: here it is only rows of members.
    draft = definitions.draft(tx, kind, key)
    return make_live(tx, access.SYSTEM, kind, draft, at=at)


def launch(database, count=200, *, at=AT, **changes):
    with database.transaction() as tx:
        ids = add_numbered(tx, count)
        enter(tx, ids)
        publish(tx, TEMPLATE, WIN_BACK.template, WIN_BACK_TEMPLATE)
        publish(tx, CAMPAIGN, "win-back", msgspec.structs.replace(WIN_BACK, **changes), at=at)
    return ids


def arms(database):
    with database.transaction() as tx:
        found = messages(tx, "win-back", limit=10_000).items
    return {arm: [send.customer_id for send in found if send.arm == arm] for arm in ("treated", "held_out")}


def outcome(database, at):
    with database.transaction() as tx:
        return results(tx, "win-back", at)


def test_a_campaign_goes_from_launch_to_verdict(database):
    launch(database)

    advance(database, Sender(), at=AT)
    early = outcome(database, AT)
    sides = arms(database)
    buy(database, [*sides["treated"][:30], *sides["held_out"][:12]], AT + DAY)
    advance(database, Sender(), at=AT + DAY)
    open_still = outcome(database, AT + DAY)
    advance(database, Sender(), at=AT + 28 * DAY)
    late = outcome(database, AT + 28 * DAY)

    assert (early.audience, early.treated, early.held_out) == (200, early.sent, early.held_out_moments)
    assert early.treated + early.held_out == 200
    assert early.matures_at == AT + 28 * DAY
    assert early.comparison.outcome == open_still.comparison.outcome == "too_early"
    assert open_still.converted_so_far == {"treated": 30, "held_out": 12}
    assert late.run.state == "measured"
    assert late.comparison.sums.converted_treated == 30
    assert late.comparison.sums.converted_held_out == 12
    assert late.comparison.interval.low < late.comparison.difference < late.comparison.interval.high
    assert late.verdict.startswith("No difference seen: ")
    assert "bought within 28 days" in late.verdict
    assert late.replay.salts == 500
    assert late.replay.customers == 200
    assert late.replay.nominal


def test_the_window_is_half_open_and_the_same_in_both_arms(database):
    launch(database, window_days=7)
    advance(database, Sender(), at=AT)
    sides = arms(database)

    for side in ("treated", "held_out"):
        before, first, last, after = sides[side][:4]
        buy(database, [before], AT - timedelta(microseconds=1))
        buy(database, [first], AT)
        buy(database, [last], AT + 7 * DAY - timedelta(microseconds=1))
        buy(database, [after], AT + 7 * DAY)
    advance(database, Sender(), at=AT + 7 * DAY)

    sums = outcome(database, AT + 7 * DAY).comparison.sums
    assert (sums.converted_treated, sums.converted_held_out) == (2, 2)


def test_a_goal_other_than_an_order_is_counted_from_the_log(database):
    launch(database, goal="Review Written")
    advance(database, Sender(), at=AT)
    sides = arms(database)
    with database.transaction() as tx:
        run(
            tx,
            sql.SQL("""
                insert into log.event (position, booked_at, occurred_at, received_at, customer_id,
                    schema_version, hops, history, message_id, source, type, name, properties)
                select row_number() over (), %(at)s, %(at)s, %(at)s, id, 1, 0, false, id::text, 'shop',
                    'track', 'Review Written', '{}'
                from unnest(%(ids)s::bigint[]) as id
            """),
            ids=sides["treated"][:5],
            at=AT + DAY,
        )

    advance(database, Sender(), at=AT + DAY)

    found = outcome(database, AT + DAY)
    assert found.converted_so_far == {"treated": 5, "held_out": 0}
    assert found.did == "did “Review Written” within 28 days"


def test_who_leaves_the_audience_before_the_send_is_skipped_and_stays_in_the_comparison(database):
    ids = launch(database)
    with database.transaction() as tx:
        run(tx, LEAVE, ids=ids[:50], at=AT)

    advance(database, Sender(), at=AT)

    found = outcome(database, AT)
    assert found.audience == 200
    assert found.skipped["left_audience"] + found.sent == found.treated
    with database.transaction() as tx:
        answers = {why_not(tx, "win-back", customer) for customer in ids[:50]}
    assert answers == {
        "Not sent: the person was no longer in the audience at the moment of sending.",
        "Held out: it would have been sent, and was kept back for comparison.",
    }


def test_the_preview_says_what_the_launch_then_does(database):
    with database.transaction() as tx:
        ids = add_numbered(tx, 100)
        suppress(tx, ["person-1@example.invalid"], reason="complaint", at=AT)
        enter(tx, [*ids, *add_customers(tx, [("Nobody", None)])])
        publish(tx, TEMPLATE, WIN_BACK.template, WIN_BACK_TEMPLATE)
        draft = definitions.save_draft(tx, access.SYSTEM, CAMPAIGN, "win-back", WIN_BACK, at=AT)
        facts = dict(definitions.preview(tx, CAMPAIGN, draft, AT).facts)
        make_live(tx, access.SYSTEM, CAMPAIGN, draft, at=AT)

    advance(database, Sender(), at=AT)

    found = outcome(database, AT)
    assert facts["Audience"].startswith("101 people")
    assert facts["Get it"] == f"{found.sent} people"
    assert facts["Held out"].startswith(f"{found.held_out_moments} people (30%)")
    assert found.sent + found.held_out_moments == 99
    assert facts["Skipped: no address is known for this channel"] == "1 person"
    assert facts["Skipped: nothing is sent to this address any more"] == "1 person"
    assert sum(found.skipped.values()) == 2


def test_a_scheduled_campaign_fixes_its_audience_when_its_moment_comes(database):
    ids = launch(database, 20, send_at=AT + DAY)
    with database.transaction() as tx:
        assert due(tx, AT) == 0
        (waiting,) = runs(tx)
        enter(tx, add_customers(tx, [("Late", "late@example.invalid")]))

    advance(database, Sender(), at=AT + DAY)

    assert waiting.state == "scheduled"
    found = outcome(database, AT + DAY)
    assert found.audience == len(ids) + 1
    assert found.run.started_at == AT + DAY


@pytest.mark.parametrize("send_at", [None, AT + DAY])
def test_a_campaign_taken_out_of_use_sends_nothing_more(database, send_at):
    launch(database, 20, send_at=send_at)
    with database.transaction() as tx:
        definitions.archive(tx, access.SYSTEM, CAMPAIGN, "win-back", at=AT)

    advance(database, Sender(), at=AT + 2 * DAY)

    assert outcome(database, AT + 2 * DAY).sent == 0


def test_a_later_version_never_reaches_a_person_twice(database):
    launch(database, 20)
    advance(database, Sender(), at=AT)
    with database.transaction() as tx:
        enter(tx, add_customers(tx, [("New", "new@example.invalid")]))
        publish(tx, CAMPAIGN, "win-back", msgspec.structs.replace(WIN_BACK, title="Mended"), at=AT + DAY)

    advance(database, Sender(), at=AT + DAY)

    with database.transaction() as tx:
        assert [found.version for found in runs(tx)] == [2, 1]
        assert results(tx, "win-back", AT + DAY).audience == 1
        assert results(tx, "win-back", AT + DAY, version=1).audience == 20


def test_a_broken_off_send_goes_on_and_moments_are_those_of_the_decision(database):
    launch(database, 50)
    stopping = Sender(batch=10, variables=_stops_after(2))

    with pytest.raises(RuntimeError, match="stopped"):
        carry_on(database, stopping, at=AT)
    end_leases(database)
    advance(database, Sender(batch=10), at=AT + DAY)

    found = outcome(database, AT + DAY)
    assert found.sent + found.held_out_moments == 50
    assert found.matures_at == AT + 29 * DAY
    with database.transaction() as tx:
        moments = values(tx, sql.SQL("select distinct entered_at from campaigns.member order by 1"))
    assert moments == [AT, AT + DAY]


def _stops_after(batches):
    calls = iter(range(100))

    def variables(_tx, _ids):
        if next(calls) >= batches:
            raise RuntimeError("stopped")
        return {}

    return variables


def test_nobody_held_out_is_warned_of_and_said(database):
    launch(database, 10, held_out_percent=0)
    advance(database, Sender(), at=AT)
    advance(database, Sender(), at=AT + 28 * DAY)

    found = outcome(database, AT + 28 * DAY)
    assert found.replay is None
    assert "nobody was held out" in found.verdict


def test_an_empty_audience_ends_at_once_without_a_made_up_figure(database):
    launch(database, 1)
    with database.transaction() as tx:
        publish(tx, CAMPAIGN, "nobody", msgspec.structs.replace(WIN_BACK, segment="nobody"))
    advance(database, Sender(), at=AT)

    with database.transaction() as tx:
        found = results(tx, "nobody", AT)
    assert (found.audience, found.comparison.rate_treated) == (0, None)


def test_a_campaign_that_was_never_launched_has_no_results(tx):
    with pytest.raises(NotFound, match="has not been launched"):
        results(tx, "nothing", datetime(2025, 1, 1, tzinfo=UTC))


def test_a_campaign_without_its_segment_or_template_cannot_be_published(tx):
    definitions.save_draft(tx, access.SYSTEM, CAMPAIGN, "win-back", WIN_BACK, at=AT)

    with pytest.raises(Invalid) as caught:
        definitions.publish(tx, access.SYSTEM, CAMPAIGN, "win-back", at=AT)

    assert [finding.path for finding in caught.value.findings] == ["segment", "template"]


def test_the_ready_made_campaign_goes_to_the_lapsed_of_the_ready_made_lifecycle(database):
    with database.transaction() as tx:
        ids = add_numbered(tx, 60)
    buy(database, ids[:40], AT - 120 * DAY)
    buy(database, ids[40:], AT - DAY)

    with database.transaction() as tx:
        ready = [
            (SEGMENTATION, "lifecycle", LIFECYCLE),
            (SEGMENT, "lapsed", STAGE_SEGMENTS["lapsed"]),
            (TEMPLATE, WIN_BACK_TEMPLATE_KEY, WIN_BACK_TEMPLATE),
            (CAMPAIGN, WIN_BACK_KEY, WIN_BACK),
        ]
        for kind, key, body in ready:
            definitions.save_draft(tx, access.SYSTEM, kind, key, body, at=AT)
            published = definitions.publish(tx, access.SYSTEM, kind, key, at=AT)
    advance(database, Sender(), at=AT)

    found = outcome(database, AT)
    assert published.sentence == (
        f"“Win back the lapsed” is launched: {found.treated} people get it as far as nothing speaks "
        f"against it; {found.held_out} are held out."
    )
    assert (found.audience, found.sent) == (40, found.treated)


def test_an_order_that_comes_to_light_after_the_verdict_is_still_counted(database):
    launch(database)
    advance(database, Sender(), at=AT)
    advance(database, Sender(), at=AT + 28 * DAY)
    verdict = outcome(database, AT + 28 * DAY)
    buy(database, arms(database)["treated"][:5], AT + 27 * DAY)

    advance(database, Sender(), at=AT + 35 * DAY)

    found = outcome(database, AT + 35 * DAY)
    assert (verdict.run.state, verdict.comparison.sums.converted_treated) == ("measured", 0)
    assert (found.run.state, found.comparison.sums.converted_treated) == ("measured", 5)
    assert found.run.measured_at == AT + 35 * DAY


def test_no_verdict_stands_on_what_was_counted_before_the_windows_closed(database):
    launch(database)
    advance(database, Sender(), at=AT)
    advance(database, Sender(), at=AT + 27 * DAY)
    buy(database, arms(database)["treated"][:5], AT + 27.5 * DAY)

    found = outcome(database, AT + 28.5 * DAY)

    assert found.comparison.outcome == "too_early"


def test_a_campaign_taken_out_of_use_halfway_measures_whom_it_reached_and_ends(database):
    launch(database, 50)
    with pytest.raises(RuntimeError, match="stopped"):
        carry_on(database, Sender(batch=10, variables=_stops_after(2)), at=AT)
    with database.transaction() as tx:
        definitions.archive(tx, access.SYSTEM, CAMPAIGN, "win-back", at=AT + DAY)

    advance(database, Sender(), at=AT + DAY)
    advance(database, Sender(), at=AT + 30 * DAY)

    found = outcome(database, AT + 30 * DAY)
    assert (found.run.state, found.waiting, found.skipped) == ("measured", 0, {"stopped": 30})
    assert found.comparison.sums.treated + found.comparison.sums.held_out == 50


def test_a_later_version_replaces_the_one_that_waits_for_its_moment(database):
    launch(database, 20, send_at=AT + DAY)
    with database.transaction() as tx:
        publish(tx, CAMPAIGN, "win-back", msgspec.structs.replace(WIN_BACK, send_at=AT + 2 * DAY))

    advance(database, Sender(), at=AT + DAY)
    advance(database, Sender(), at=AT + 2 * DAY)

    with database.transaction() as tx:
        assert [(found.version, found.state) for found in runs(tx)] == [(2, "sent"), (1, "stopped")]


def test_two_versions_that_start_at_one_moment_never_both_reach_a_person(database):
    ids = launch(database, 20, send_at=AT + DAY)
    with database.connect() as other:
        with other.transaction():
            run(other, TAKE, ids=ids[:5])
            starting = Thread(target=lambda: advance(database, Sender(), at=AT + DAY))
            starting.start()
            sleep(0.3)  # It has read its audience and waits for these five.
        starting.join()

    with database.transaction() as tx:
        reached = values(tx, sql.SQL("select customer_id from messaging.send"))
    assert sorted(reached) == ids[5:]
