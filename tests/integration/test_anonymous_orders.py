"""Somebody buys without a name and gives it later: orders, points and segments are the person's by then."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

from regulars import customers, log, loyalty, segments
from regulars.app import App
from regulars.db import Database
from regulars.settings import Settings
from tests.integration.test_history import BUYERS, TWICE, publish

START = datetime(2025, 1, 1, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)


def told(number: int, at: datetime, **who: str) -> log.NewEvent:
    return log.NewEvent(
        message_id=f"m{number}",
        name="Order Completed",
        occurred_at=at,
        properties={"order_id": f"o{number}", "currency": "USD", "total": 20},
        **who,
    )


def test_what_was_bought_before_the_name_was_known_is_the_persons(database: Database) -> None:
    app = App(settings=Settings(), database=database, zone="America/New_York")
    club = loyalty.points_club(name="Club", legal_entity="Corner Shop Ltd", zone=app.zone, money="USD")
    with closing(app.sequencer):
        with database.transaction() as tx:
            log.stand(tx, START)
            publish(tx, loyalty.PROGRAMME, "club", club, START - 2 * HOUR)
            log.append(
                tx, [told(1, START - HOUR, user_id="ann"), told(2, START - HOUR, anonymous_id="browser")]
            )
        app.catch_up(START)
        with database.transaction() as tx:
            publish(tx, segments.SEGMENT, "buyers", BUYERS, START)
            publish(tx, segments.SEGMENT, "twice", TWICE, START)
            ann = customers.find(tx, "user_id", "ann")
        app.catch_up(START)

        with database.transaction() as tx:
            identify = log.NewEvent(
                message_id="known",
                type="identify",
                name="identify",
                user_id="ann",
                anonymous_id="browser",
                occurred_at=START,
                properties={},
            )
            log.append(tx, [identify, told(3, START - HOUR, anonymous_id="browser")])
        app.catch_up(START)

        with database.transaction() as tx:
            assert customers.find(tx, "anonymous_id", "browser") == ann
            member = loyalty.member(tx, ann, programme="club", at=START)
            assert (member.balance.active, loyalty.check_ledger(tx)) == (60, [])
            found = {key: segments.members(tx, key).items for key in ("buyers", "twice")}
            assert {key: [one.customer_id for one in items] for key, items in found.items()} == {
                "buyers": [ann],
                "twice": [ann],
            }
