"""What looks unusual stands for review, once; who is blocked spends nothing and goes on earning."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from regulars import customers, log, loyalty
from regulars.app import App, assemble
from regulars.db import Database
from regulars.exports import Asked
from regulars.loyalty import Velocity
from regulars.settings import read_settings
from tests.integration.loyalty.books import changed

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
MUCH = Velocity(key="much", watches="earned_points", more_than=500, hours=24, does="block")
OFTEN = Velocity(key="often", watches="earning_orders", more_than=3, hours=24)


@pytest.fixture
def app(database: Database, tmp_path: Path):
    made = assemble(read_settings(workspace="watch", home=tmp_path), database)
    with database.transaction() as tx:
        log.stand(tx, AT)
        loyalty.launch_version(tx, "club", 1, changed(tier_set=None, velocity=(MUCH, OFTEN)), AT)
    yield made
    made.sequencer.close()


def buy(app: App, who: str, *totals: float, at: datetime = AT) -> int:
    with app.database.transaction() as tx:
        events = [
            log.NewEvent(
                message_id=f"{who}-{at:%d%H%M}-{n}", name="Order Completed", user_id=who, source="shop",
                occurred_at=at + timedelta(minutes=n),
                properties={"order_id": f"{who}-{at:%d%H%M}-{n}", "currency": "USD", "total": total},
            )
            for n, total in enumerate(totals)
        ]  # fmt: skip
        log.append(tx, events)
    app.advance(at + timedelta(hours=1))
    with app.database.transaction() as tx:
        found = customers.find(tx, "user_id", who)
    assert found is not None
    return found


def test_more_than_the_limit_is_reviewed_once_and_a_block_stops_spending_until_it_is_lifted(app: App) -> None:
    calm, busy, rich = buy(app, "calm", 40, 60), buy(app, "busy", 1, 2, 3, 4, 5), buy(app, "rich", 400, 300)

    with app.database.transaction() as tx:
        found = {(one.customer_id, one.rule): one for one in loyalty.reviews(tx, "club")}
        assert set(found) == {(busy, "often"), (rich, "much")}
        assert found[rich, "much"].words == "700 points earned in 24 hours, more than 500"
        assert found[busy, "often"].figure == 4
        assert loyalty.blocked(tx, "club", busy) is None
        assert loyalty.blocked(tx, "club", calm) is None
        stopped = loyalty.blocked(tx, "club", rich)
        assert stopped is not None
        assert stopped.rule == "much"
        listing = app.exports.listings.get("reviews")
        by = listing.read({"programme": "club", "state": "open"}, at=AT, zone="UTC")
        asked = Asked(at=AT, zone="UTC", columns=listing.columns, filter=by)
        listed = [line for part in listing.rows(tx, asked) for line in part]
        assert {(line[2], line[4]) for line in listed} == {
            (rich, "700 points earned in 24 hours, more than 500"),
            (busy, "4 orders that earned in 24 hours, more than 3"),
        }
        tx.execute("update loyalty.currency set scale = 2")
        assert {one.words for one in loyalty.reviews(tx, "club")} == {
            "7.00 points earned in 24 hours, more than 5.00",
            "4 orders that earned in 24 hours, more than 3",
        }
        tx.execute("update loyalty.currency set scale = 0")
        assert loyalty.limit_words(MUCH, 2).startswith("More than 5.00 points earned of one member")

    later = app.database
    buy(app, "rich", 10, at=AT + timedelta(hours=2))
    with later.transaction() as tx:
        assert len(loyalty.reviews(tx, "club")) == 2
        member = loyalty.member(tx, rich, programme="club", at=AT + timedelta(hours=3))
        assert member is not None
        assert member.balance.active == 710  # Earning went on.
        with pytest.raises(loyalty.Blocked, match="may not spend points since 2 March 2026"):
            loyalty.spend(tx, "club", rich, 100, key="s1", at=AT + timedelta(hours=3))

    with later.transaction() as tx:
        review = next(one for one in loyalty.reviews(tx, "club", state="open") if one.customer_id == rich)
        at = AT + timedelta(hours=4)
        done = loyalty.decide_review(tx, review.id, "cleared", note="A wedding", by="Lina", at=at)
        assert (done.state, done.decided_by) == ("cleared", "Lina")
        assert loyalty.spend(tx, "club", rich, 100, key="s2", at=at).outcome == "posted"
        with pytest.raises(loyalty.AlreadyDecided, match="Lina cleared"):
            loyalty.decide_review(tx, review.id, "confirmed", note="Hm", by="Sam", at=at)


def test_staff_block_and_lift_by_hand(app: App) -> None:
    calm = buy(app, "calm", 40)
    with app.database.transaction() as tx:
        assert loyalty.block(tx, "club", calm, reason="Card reported stolen", by="Sam", at=AT)
        assert not loyalty.block(tx, "club", calm, reason="Again", by="Sam", at=AT)
        with pytest.raises(loyalty.Blocked, match="Card reported stolen"):
            loyalty.spend(tx, "club", calm, 10, key="s1", at=AT + timedelta(hours=2))
        assert loyalty.lift(tx, "club", calm, by="Lina", at=AT)
        assert not loyalty.lift(tx, "club", calm, by="Lina", at=AT)
        assert loyalty.spend(tx, "club", calm, 10, key="s2", at=AT + timedelta(hours=2)).outcome == "posted"
