"""History is not news: what was imported changes profiles, orders and segments, and nothing leaves."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import msgspec
from psycopg import sql

from regulars import access, campaigns, definitions, log, loyalty, orders, segments, templates
from regulars.app import App
from regulars.conditions import OrderCount
from regulars.db import Database, Tx, value
from regulars.loyalty import points_club
from regulars.segments import SegmentBody
from regulars.settings import Settings

START = datetime(2025, 1, 1, 5, tzinfo=UTC)
DAY = timedelta(days=1)
PEOPLE = 1_000
BUYERS = SegmentBody(name="Buyers", condition=OrderCount(comparison="at_least", number=1))
TWICE = SegmentBody(name="Twice", condition=OrderCount(comparison="at_least", number=2))


def bought(number: int, at: datetime, *, history: bool, who: int | None = None) -> log.NewEvent:
    return log.NewEvent(
        message_id=f"order-{number}",
        name="Order Completed",
        user_id=f"u{number if who is None else who}",
        occurred_at=at,
        properties={"order_id": f"o{number}", "currency": "USD", "total": 20},
        history=history,
    )


def known(number: int) -> log.NewEvent:
    return log.NewEvent(
        message_id=f"known-{number}",
        type="identify",
        name="identify",
        user_id=f"u{number}",
        occurred_at=START,
        properties={"email": f"u{number}@example.invalid", "name": f"U {number}"},
    )


def publish(tx: Tx, kind: definitions.Kind, key: str, body: object, at: datetime) -> None:
    definitions.save_draft(tx, access.SYSTEM, kind, key, body, at=at)
    definitions.publish(tx, access.SYSTEM, kind, key, at=at)


def opened(app: App) -> None:
    """A club, two segments, and a campaign that has gone to everybody who bought: ten people."""
    club = points_club(name="Club", legal_entity="Corner Shop Ltd", zone=app.zone, money="USD")
    with app.database.transaction() as tx:
        log.stand(tx, START)
        publish(tx, loyalty.PROGRAMME, "club", club, START - DAY)
        log.append(tx, [known(n) for n in range(10)])
        log.append(tx, [bought(n, START, history=False) for n in range(10)])
    app.catch_up(START)
    with app.database.transaction() as tx:
        publish(tx, segments.SEGMENT, "buyers", BUYERS, START)
        publish(tx, segments.SEGMENT, "twice", TWICE, START)
        publish(tx, templates.TEMPLATE, "we-miss-you", campaigns.WIN_BACK_TEMPLATE, START)
        body = msgspec.structs.replace(
            campaigns.WIN_BACK, segment="buyers", template="we-miss-you", held_out_percent=0.0
        )
        publish(tx, campaigns.CAMPAIGN, "again", body, START)
    app.advance(START + DAY)


def figures(app: App, at: datetime) -> dict[str, int]:
    with app.database.transaction() as tx:
        club = loyalty.programme_overview(tx, "club", at)
        again = campaigns.results(tx, "again", at)
        return {
            "members": club.members,
            "issued": club.issued,
            "sent": again.sent,
            "converted": again.converted_so_far["treated"],
            "orders": orders.totals(tx, START - 400 * DAY, at + DAY)[0].orders,
        }


NEWS = sql.SQL("""
    select count(*) from log.fact_event
    where position > %(since)s and starts_with(name, 'regulars.') and not history
        and name not like 'regulars.jobs%%'
""")


def test_a_thousand_orders_of_history_change_segments_and_fire_nothing(database: Database) -> None:
    app = App(settings=Settings(), database=database, zone="America/New_York")
    with closing(app.sequencer):
        opened(app)
        before = figures(app, START + DAY)
        with database.transaction() as tx:
            head = log.sequencer_status(tx).head
            # Some lie inside the window of the campaign, and are of people who got it.
            old = [bought(n, START + DAY / 2, history=True, who=n % 10) for n in range(5_000, 5_050)]
            old += [bought(n, START - 30 * DAY, history=True) for n in range(1_000, 1_950)]
            log.append(tx, old)

        app.catch_up(START + DAY)
        app.advance(START + 3 * DAY)

        after = figures(app, START + 3 * DAY)
        with database.transaction() as tx:
            sizes = {size.key: size.members for size in segments.sizes(tx)}
            news = value(tx, NEWS, since=head)
    assert after == {**before, "orders": before["orders"] + PEOPLE}
    assert sizes == {"buyers": 960, "twice": 10}
    assert news == 0
