"""What changes of whom no event tells is asked again at once, and not only by the nightly sweep."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import msgspec
import pytest
from psycopg import sql

from regulars import log, loyalty, orders, segments
from regulars.conditions import Condition, Filter, Measured
from regulars.db import Database, values
from regulars.definitions import Registry
from regulars.segments import SCORING, SCORINGS, SEGMENT, SegmentBody
from regulars.wiring import KINDS
from tests.integration.segments.living import HOUR, Living

PROGRAMME = Registry(KINDS).kind("programme")
CLUB = loyalty.points_club(name="Club", legal_entity="Shop Ltd", zone="UTC", money="EUR")
TEA = Measured(of="order_line", where=(Filter(property="category", value="Tea"),))


@pytest.fixture
def living(database: Database, tmp_path: Path) -> Iterator[Living]:
    made = Living(database, tmp_path, Random(1), defined=())
    yield made
    made.close()


def buys(living: Living, *who: str) -> None:
    lines = [{"product_id": "sencha", "total": 12, "quantity": 1}]
    with living.database.transaction() as tx:
        log.append(
            tx,
            [
                log.NewEvent(
                    source="shop", message_id=f"bought-{one}", name="Order Completed", user_id=one,
                    occurred_at=living.now,
                    properties={"order_id": one, "currency": "EUR", "total": 12, "products": lines},
                )
                for one in who
            ],
        )  # fmt: skip
    living.pass_time(HOUR)
    living.settle()


def put(living: Living, category: str | None) -> None:
    with living.database.transaction() as tx:
        orders.put_products(tx, [orders.Product(product_key="sencha", category=category)], at=living.now)


def members(living: Living, key: str) -> int:
    living.settle()
    assert living.differences() == []
    with living.database.transaction() as tx:
        return len(segments.members(tx, key).items)


def publish(living: Living, key: str, condition: Condition) -> None:
    living.publish(SEGMENT, key, SegmentBody(name=key.title(), condition=condition))


def catalogue_told(living: Living) -> list[dict[str, object]]:
    told = sql.SQL(
        "select properties from log.event where name = 'regulars.orders.catalogue_changed' order by position"
    )
    with living.database.transaction() as tx:
        return values(tx, told)


def test_a_product_described_otherwise_changes_who_bought_such(living: Living) -> None:
    put(living, "Drinks")
    buys(living, "a", "b")
    publish(living, "tea", TEA)
    publish(living, "few-kinds", Measured(of="order_line", figure="distinct", property="brand", value=1))
    assert members(living, "tea") == 0

    put(living, "Tea")
    assert members(living, "tea") == 2
    put(living, "Tea")
    put(living, None)
    with living.database.transaction() as tx:
        told = orders.Product(product_key="sencha", category="Other", brand="Own")
        orders.fill_products(tx, [told])

    assert (members(living, "tea"), members(living, "few-kinds")) == (2, 2)
    assert catalogue_told(living) == [
        {"products": 1, "properties": ["category"]},
        {"products": 1, "properties": ["brand"]},
    ]


def test_a_product_described_otherwise_while_everybody_is_asked_is_not_lost(
    living: Living, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(living, "Drinks")
    buys(living, "a")
    publish(living, "tea", TEA)
    monkeypatch.setattr("regulars.segments.recomputing.LARGE", 0)
    whole = __import__("regulars.segments.whole", fromlist=["whole_answer"])
    answered = whole.whole_answer

    def meanwhile(*given: object) -> object:
        answer = answered(*given)
        monkeypatch.setattr(whole, "whole_answer", answered)
        put(living, "Tea")
        living.app.catch_up(living.now)
        return answer

    monkeypatch.setattr(whole, "whole_answer", meanwhile)
    with living.database.transaction() as tx:
        segments.ask_again(tx)
    while not living.app.ask_everybody(living.now):
        pass

    assert members(living, "tea") == 1


def test_an_edited_programme_and_another_scoring_are_asked_at_once(living: Living) -> None:
    living.publish(PROGRAMME, "club", CLUB)
    buys(living, "a", "b")
    publish(living, "silver", Measured(of="tier", where=(Filter(property="tier", value="Friend"),)))
    publish(living, "scored", Measured(of="score"))
    assert (members(living, "silver"), members(living, "scored")) == (0, 0)

    assert CLUB.tier_set is not None
    named = tuple(
        msgspec.structs.replace(one, name="Friend" if one.name == "Member" else one.name)
        for one in CLUB.tier_set.tiers
    )
    renamed = msgspec.structs.replace(CLUB, tier_set=msgspec.structs.replace(CLUB.tier_set, tiers=named))
    living.publish(PROGRAMME, "club", renamed)
    body = msgspec.structs.replace(next(iter(SCORINGS.values())), currency="EUR")
    living.publish(SCORING, "value", body)

    assert (members(living, "silver"), members(living, "scored")) == (2, 2)
