"""Profiles are merged and split while a campaign runs: a person counts once, in the arm that came first."""

from datetime import timedelta

from psycopg import sql

from regulars import campaigns, experiments, messaging, orders
from regulars.campaigns import advance
from regulars.db import Database, run, values
from regulars.messaging import Sender
from tests.integration.campaigns.test_campaign import BUY, arms, launch, outcome
from tests.integration.messaging.given import AT
from tests.integration.people import regroup

FOLLOW = (orders.follow, messaging.follow, experiments.follow, campaigns.follow)
DAY = timedelta(days=1)
IMPORT = sql.SQL("""
    insert into orders.purchase (
        order_key, customer_id, position, revised_position, revision, occurred_at, booked_at, currency,
        total_minor, discount_minor, line_count, history
    )
    select 'old-' || id, id, 1, 1, 1, %(at)s, %(at)s, 'USD', 1000, 0, 0, true from unnest(%(ids)s::bigint[]) as id
""")


def buy(database, ids, at):
    with database.transaction() as tx:
        run(tx, BUY, ids=list(ids), at=at)
        tx.execute("update orders.purchase set atom_id = customer_id where atom_id is null")


def sums(database, at):
    return outcome(database, at).comparison.sums


def test_a_person_counts_once_in_the_arm_that_came_first_and_the_conflict_is_a_figure(
    database: Database,
) -> None:
    launch(database, held_out_percent=50.0)
    advance(database, Sender(), at=AT)
    told = arms(database)
    (first, second) = sorted([told["treated"][0], told["held_out"][0]])
    before = sums(database, AT + 40 * DAY)

    with database.transaction() as tx:
        regroup(tx, {second: first}, FOLLOW)

    after = sums(database, AT + 40 * DAY)
    everybody = after.assigned_treated + after.assigned_held_out
    assert (everybody, after.contaminated) == (199, 1)
    gone = "held_out" if first in told["treated"] else "treated"
    assert getattr(after, f"assigned_{gone}") == getattr(before, f"assigned_{gone}") - 1
    assert "1 person was in both arms" in outcome(database, AT + 40 * DAY).verdict
    with database.transaction() as tx:
        regroup(tx, {second: second}, FOLLOW)
    assert sums(database, AT + 40 * DAY) == before


def test_what_any_profile_bought_in_the_window_counts_for_the_person(database: Database) -> None:
    ids = launch(database, held_out_percent=0.0)
    advance(database, Sender(), at=AT)
    buy(database, [ids[1]], AT + DAY)
    advance(database, Sender(), at=AT + 2 * DAY)

    with database.transaction() as tx:
        regroup(tx, {ids[1]: ids[0]}, FOLLOW)

    assert outcome(database, AT + 2 * DAY).converted_so_far == {"treated": 1, "held_out": 0}
    with database.transaction() as tx:
        counted = sql.SQL("select atom_id from campaigns.member where counted and converted_at is not null")
        assert values(tx, counted) == [ids[0]]
        regroup(tx, {ids[1]: ids[1]}, FOLLOW)
        assert values(tx, counted) == [ids[1]]


def test_merged_before_it_was_sent_the_person_gets_one_message(database: Database) -> None:
    ids = launch(database, count=3, held_out_percent=0.0)
    with database.transaction() as tx:
        regroup(tx, {ids[2]: ids[0]}, FOLLOW)

    advance(database, Sender(), at=AT)

    found = outcome(database, AT)
    assert (found.audience, found.sent, found.skipped) == (2, 2, {"same_person": 1})


def test_imported_history_is_no_conversion(database: Database) -> None:
    ids = launch(database, held_out_percent=0.0)
    advance(database, Sender(), at=AT)
    with database.transaction() as tx:
        run(tx, IMPORT, ids=ids[:5], at=AT + DAY)
    buy(database, ids[5:7], AT + DAY)

    advance(database, Sender(), at=AT + 2 * DAY)

    assert outcome(database, AT + 2 * DAY).converted_so_far["treated"] == 2
