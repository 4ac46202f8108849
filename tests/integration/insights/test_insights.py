"""Figures that need several rooms at once, against what was written."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from regulars import customers, definitions, insights, log, loyalty, segments
from regulars.access import SYSTEM
from regulars.app import App, assemble
from regulars.db import Database, Tx, drop_database
from regulars.insights import Narrowing, StageMove
from regulars.kernel import Money
from regulars.settings import read_settings
from tests.conftest import TestServer

AT = datetime(2025, 3, 5, 12, tzinfo=UTC)  # A Wednesday.
START = AT - timedelta(days=70)
DAY = timedelta(days=1)
BY = Narrowing(approach="lifecycle", programme="club")


def bought(user_id: str, days_ago: float, cents: int = 1000) -> log.NewEvent:
    key = f"{user_id}-{days_ago}"
    return log.NewEvent(
        message_id=key,
        name="Order Completed",
        occurred_at=AT - days_ago * DAY,
        user_id=user_id,
        properties={"order_id": key, "currency": "USD", "total": cents / 100},
    )


PAST = (
    *(bought("often", 3.5 * n + 1) for n in range(20)),
    bought("gone", 65),
    bought("pausing", 30, 2550),
    bought("late", 3),
)


@pytest.fixture(scope="module")
def app(server: TestServer) -> Iterator[App]:
    """Seventy days lived through once; the tests only read."""
    dsn = server.clone()
    with Database(dsn) as database:
        yield lived(assemble(read_settings(workspace="insights"), database), database)
    drop_database(server.dsn, dsn.split("dbname=")[1].split()[0])


def lived(made: App, database: Database) -> App:
    club = loyalty.points_club(name="Club", legal_entity="The shop", zone="UTC", money="USD")
    with database.transaction() as tx:
        log.stand(tx, START)
        for kind, key, body in (
            (loyalty.PROGRAMME, "club", club),
            (segments.SEGMENTATION, "lifecycle", segments.LIFECYCLE),
        ):
            definitions.save_draft(tx, SYSTEM, kind, key, body, at=START)
            definitions.publish(tx, SYSTEM, kind, key, at=START)
    for stop in (AT - 40 * DAY, AT - 7 * DAY, AT):
        with database.transaction() as tx:
            log.append(tx, [event for event in PAST if event.occurred_at < stop])
        made.advance(stop)
    made.sequencer.close()
    return made


@pytest.fixture
def tx(app: App) -> Iterator[Tx]:
    with app.database.transaction() as opened:
        yield opened


def id_of(tx: Tx, user_id: str) -> int:
    found = customers.find(tx, "user_id", user_id)
    assert found is not None
    return found


def test_a_standing_says_stage_points_orders_and_what_they_came_to(tx: Tx) -> None:
    pausing = id_of(tx, "pausing")

    (standing,) = insights.standings(tx, [pausing], approach="lifecycle", programme="club").values()

    assert (standing.stage, standing.orders, standing.spent) == ("at-risk", 1, Money(2550, "USD"))
    assert (standing.active_points, standing.tier) == (26, "Member")


def test_a_standing_without_approach_and_programme_has_the_orders_alone(tx: Tx) -> None:
    gone = id_of(tx, "gone")

    (standing,) = insights.standings(tx, [gone], approach=None, programme=None).values()

    assert (standing.stage, standing.tier, standing.orders) == (None, None, 1)


def test_the_roll_and_its_count_fit_the_same_filters(tx: Tx) -> None:
    lapsed = Narrowing(approach="lifecycle", programme="club", stage="lapsed")
    joined = Narrowing(approach="lifecycle", programme="club", joined_since=AT - 10 * DAY)

    found = {name: insights.roll(tx, by).items for name, by in (("lapsed", lapsed), ("joined", joined))}

    assert [one.user_id for one in found["lapsed"]] == ["gone"]
    assert [one.user_id for one in found["joined"]] == ["late"]
    assert [insights.roll_count(tx, by) for by in (BY, lapsed, joined)] == [4, 1, 1]


def test_pages_of_the_roll_follow_each_other_without_gap_or_repeat(tx: Tx) -> None:
    first = insights.roll(tx, BY, limit=3)
    second = insights.roll(tx, BY, first.next, limit=3)

    ids = [one.customer_id for one in (*first.items, *second.items)]
    assert ids == sorted(ids, reverse=True)
    assert (len(ids), second.next) == (4, None)


def test_a_search_is_narrowed_and_never_loses_anybody(tx: Tx) -> None:
    at_risk = Narrowing(approach="lifecycle", programme="club", stage="at-risk")

    found, cursor = [], None
    while True:
        page = insights.searched(tx, "p", at_risk, cursor, limit=1)
        found += page.items
        cursor = page.next
        if cursor is None:
            break

    assert [one.user_id for one in found] == ["pausing"]


def test_stage_moves_compare_then_and_now_and_forget_who_came_back(tx: Tx) -> None:
    moves = insights.stage_moves(tx, "lifecycle", AT - 7 * DAY)

    assert (
        StageMove(before="active", after="at-risk", customers=1) in moves
        or StageMove(before="new", after="at-risk", customers=1) in moves
    )
    assert StageMove(before=None, after="new", customers=1) in moves
    assert sum(move.customers for move in moves) <= 4
    assert insights.stage_moves(tx, "lifecycle", AT) == []


def test_arrivals_count_a_half_open_span(tx: Tx) -> None:
    found = insights.arrivals(tx, AT - 7 * DAY, AT, programme="club")
    nobody = insights.arrivals(tx, AT, AT + DAY, programme="club")

    assert (found.customers, found.members) == (1, 1)
    assert (nobody.customers, nobody.members) == (0, 0)


def test_activity_compares_two_spans(tx: Tx) -> None:
    week = 7 * DAY

    found = insights.activity(tx, (AT - week, AT), (AT - 2 * week, AT - week))

    assert found is not None
    assert (found.orders, found.buyers, found.sales) == (3, 2, Money(3000, "USD"))
    assert (found.orders_before, found.buyers_before) == (2, 1)
    assert insights.activity(tx, (AT + DAY, AT + week), (AT + week, AT + 2 * week)) is None


def test_what_is_outstanding_is_what_the_members_hold(tx: Tx) -> None:
    held = insights.outstanding(tx, "club")

    assert held is not None
    assert (held.currency, held.members) == ("points", 4)
    assert held.points == loyalty.programme_overview(tx, "club", AT).active


def test_who_came_and_went_is_told_the_latest_first(tx: Tx) -> None:
    passed = insights.passages(tx, "lifecycle.at-risk", AT - 60 * DAY)
    totals = insights.totals_since(tx, AT - 60 * DAY)["lifecycle.at-risk"]

    assert [one.happened_at for one in passed] == sorted((one.happened_at for one in passed), reverse=True)
    assert sum(one.came for one in passed) == totals.came
    assert sum(not one.came for one in passed) == totals.went


def test_the_rhythm_is_the_median_gap_between_days_of_visits(tx: Tx) -> None:
    often, late = (insights.rhythm(tx, id_of(tx, name), "UTC") for name in ("often", "late"))

    assert (often.orders, often.visits, often.spent) == (20, 20, (Money(20000, "USD"),))
    assert often.usual_gap_days in (3.0, 3.5, 4.0)
    assert (late.orders, late.usual_gap_days) == (1, None)


def test_weeks_are_all_there_and_the_running_one_is_not_finished(tx: Tx) -> None:
    weeks = insights.weeks(tx, AT, "UTC")

    assert weeks[0].start == date(2024, 12, 23)
    assert weeks[-1].start == date(2025, 3, 3)
    assert [week.finished for week in weeks] == [True] * (len(weeks) - 1) + [False]
    assert sum(week.sales.minor for week in weeks) == sum(
        round(float(event.properties["total"]) * 100) for event in PAST
    )


def test_an_order_is_found_by_its_key_only_with_its_customer(tx: Tx) -> None:
    gone, late = id_of(tx, "gone"), id_of(tx, "late")

    assert list(insights.order_ids(tx, gone, ["gone-65", "late-3"])) == ["gone-65"]
    assert insights.order_ids(tx, late, ["gone-65"]) == {}
