"""Through the real log: an order tracked becomes points, and what loyalty tells is sequenced like any event."""

from regulars import customers, log, orders
from regulars.db import Database
from regulars.log import NewEvent, ReaderRunner, Sequencer
from regulars.loyalty import EVENTS, READER, programme_overview
from tests.integration.loyalty.books import after, open_club


def placed(number: int, total: float) -> NewEvent:
    return NewEvent(
        message_id=f"order-{number}",
        name="Order Completed",
        user_id="7",
        occurred_at=after(number),
        properties={
            "order_id": str(number),
            "currency": "USD",
            "total": total,
            "products": [{"product_id": "milk", "quantity": 1, "total": total}],
        },
    )


def test_tracked_orders_earn_once_and_what_follows_is_told_in_the_log(database: Database) -> None:
    with database.transaction() as tx:
        open_club(tx)
        log.append(tx, [placed(1, 53.5), placed(2, 300)])
    sequencer = Sequencer(database, resolve=customers.resolve)
    runners = [ReaderRunner(database, reader) for reader in (customers.reader(), orders.READER, READER)]

    for _ in range(4):
        sequencer.run_once(after(3))
        for runner in runners:
            while runner.run_once():
                pass

    sequencer.close()

    with database.transaction() as tx:
        found = programme_overview(tx, "club", after(3))
        names = [row[0] for row in tx.execute("select name from log.fact_event order by position").fetchall()]
    assert (found.members, found.active, [tier.members for tier in found.tiers]) == (1, 354, [0, 1, 0, 0])
    told = [name for name in names if name.startswith("regulars.loyalty")]
    assert sorted(told) == sorted(
        ["regulars.loyalty.joined", *["regulars.loyalty.points_earned"] * 2, "regulars.loyalty.tier_changed"]
    )
    assert set(told) <= {event.name for event in EVENTS}
