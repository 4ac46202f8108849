"""What a basket would earn: by the ledger as it stands, the catalogue, and whoever asks."""

import pytest

from regulars.conditions import InSegment
from regulars.db import Tx
from regulars.kernel import Invalid
from regulars.loyalty import (
    Award,
    Basket,
    BasketLine,
    Cap,
    EarningRule,
    Lines,
    Payment,
    Rate,
    UnknownProgramme,
    accrue,
    preview_basket,
)
from tests.integration.loyalty.books import Sale, after, no_tiers, open_club, put_sales

SPEND = EarningRule(
    key="spend", points=1, per="1.00", money="USD", caps=(Cap(points=120, per="month"),), budget=1000
)
BODY = no_tiers(
    earning=(SPEND,),
    left_out=Lines(categories=("Delivery",)),
    welcome=Award(points=50),
    payment=Payment(rate=Rate(points=100, worth="1.00"), money="USD"),
)
TENNER = Basket(money="USD", total_minor=5000)


def test_a_preview_sees_what_was_earned_and_who_asks(tx: Tx) -> None:
    open_club(tx, BODY)
    first = preview_basket(tx, "club", 7, TENNER, after(1))
    assert (first.points("points"), first.joins, first.welcome) == (50, True, 50)
    assert first.payable is not None
    assert first.payable.reasons == ("only members pay with points",)

    put_sales(tx, [Sale(position=1, customer=7, at=after(1), minor=8000)])
    accrue(tx, after=0, to=1)
    member, stranger = (preview_basket(tx, "club", who, TENNER, after(2)) for who in (7, None))
    next_month = preview_basket(tx, "club", 7, TENNER, after(40))

    assert (member.points("points"), member.joins, next_month.points("points")) == (40, False, 50)
    assert member.awards[0].cuts[0].words == "the cap of 120 points a month is reached: 40 instead of 50"
    assert member.payable is not None
    assert (member.payable.points, member.payable.worth_minor) == (80, 80)
    assert (stranger.awards, stranger.with_joining[0].points) == ((), 50)


def test_the_catalogue_tells_what_the_basket_does_not(tx: Tx) -> None:
    open_club(tx, BODY)
    tx.execute(
        "insert into orders.product (product_id, product_key, category) values (1, 'post', 'Delivery')"
    )
    lines = (
        BasketLine(key="1", product="post", total_minor=500),
        BasketLine(key="2", product="post", total_minor=500, categories=("Stamps",)),
        BasketLine(key="3", product="unheard of", total_minor=500),
    )

    priced = preview_basket(tx, "club", 7, Basket(money="USD", lines=lines), after(1))

    assert [one.line for one in priced.awards[0].parts] == ["2", "3"]
    assert priced.skipped[0].words == "the category Delivery earns nothing in this programme"


def test_a_draft_is_tried_before_anything_is_launched(tx: Tx) -> None:
    vips = EarningRule(key="vips", points=5, per="1.00", money="USD", who=InSegment(segment="gone"))
    draft = no_tiers(earning=(SPEND, vips))

    priced = preview_basket(tx, "new", 7, TENNER, after(1), draft=draft)

    assert [(one.rule, one.points) for one in priced.awards] == [("spend", 50)]
    assert [(one.rule, one.code) for one in priced.skipped] == [("vips", "who")]
    with pytest.raises(UnknownProgramme):
        preview_basket(tx, "new", 7, TENNER, after(1))


def test_a_basket_that_cannot_be_says_where(tx: Tx) -> None:
    open_club(tx, BODY)
    lines = (BasketLine(key="1", total_minor=-5), BasketLine(key="1", total_minor=1))

    with pytest.raises(Invalid) as refused:
        preview_basket(tx, "club", 7, Basket(money="usd", lines=lines), after(1))

    assert [one.path for one in refused.value.findings] == ["money", "total", "lines"]
