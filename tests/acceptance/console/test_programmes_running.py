"""A programme that runs: its versions in sentences, its numbers, pausing and closing, the ends of lots."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from regulars import customers, definitions, log, loyalty
from regulars.app import App
from regulars.loyalty import PROGRAMME, points_club
from tests.acceptance.console import corner_shop, office
from tests.acceptance.console.office import Person
from tests.acceptance.console.programme_shop import open_shop
from tests.conftest import TestServer

pytestmark = pytest.mark.anyio
CLUB = "/loyalty/club"
REVIEWS = {
    "key": "review", "name": "Reviews", "points": 5, "per": "1", "counts": "events", "event": "Review Written",
    "where": [{"property": "rating", "test": "at_least", "value": 4}],
}  # fmt: skip
LATER = office.AT + timedelta(days=2)


@pytest.fixture(scope="module")
def shop(server: TestServer) -> Iterator[App]:
    """The club runs in its second version, and its members earned 20 and 10 points."""
    with open_shop(server) as app:
        body = points_club(name="Club", legal_entity="The shop", zone="UTC", money="USD")
        with app.database.transaction() as tx:
            publish(tx, app, body)
            plain = definitions.canonical(body)
            rules = [*plain["earning"], REVIEWS]
            publish(tx, app, plain | {"returns": "unlimited", "gifts": True, "earning": rules})
            bought = office.AT + timedelta(days=1)
            log.append(tx, [corner_shop.order("u1", bought, 2_000, 2)])
            log.append(tx, [corner_shop.identify("u2", bought, {"name": "Ben Brown"})])
            log.append(tx, [corner_shop.order("u2", bought + timedelta(hours=1), 1_000, 3)])
        app.advance(LATER)
        yield app
        app.sequencer.close()


def publish(tx, app: App, body) -> None:
    eve = office.actor(app, "eve")
    live = definitions.live(tx, PROGRAMME, "club")
    etag = live.etag if live else None
    definitions.save_draft(tx, eve, PROGRAMME, "club", body, at=office.AT, etag=etag)
    definitions.publish(tx, eve, PROGRAMME, "club", at=office.AT)


async def come(shop: App, who: str) -> Person:
    return await Person(shop).sign_in(f"{who}@example.invalid")


def member(app: App, who: str = "u1") -> str:
    with app.database.transaction() as tx:
        found = customers.find(tx, "user_id", who)
        assert found
        return customers.get(tx, found).id


async def test_versions_are_compared_in_sentences(shop: App) -> None:
    eve = await come(shop, "eve")
    page = await eve.see(f"{CLUB}/rules?version=2")

    changes = page[page.index("What version 2 changed against version 1") :]
    assert "<del>Reversing an award takes no more than is left; nobody owes points.</del>" in changes
    assert "leaves a debt" in changes


async def test_the_numbers_carry_their_formulas_and_add_up(shop: App) -> None:
    eve = await come(shop, "eve")
    page = await eve.see(f"{CLUB}/metrics/numbers")

    assert "members ÷ eligible customers" in page
    assert "2 of 2 customers" in page
    assert "It adds up" in page
    assert "Too early to say" in page
    assert (await eve.see("/loyalty/metrics", status=303)) == ""


async def test_the_tester_names_each_field_that_cannot_be_read(shop: App) -> None:
    eve = await come(shop, "eve")
    page = await eve.see(f"{CLUB}/tester?do=try&product=bread&quantity=many&price=x", status=422)

    assert "&#39;many&#39; is no quantity" in page
    assert "&#39;x&#39; is no amount" in page


async def test_the_tester_takes_prices_from_the_catalogue(shop: App) -> None:
    eve = await come(shop, "eve")
    page = await eve.see(f"{CLUB}/tester?do=try&product=rye&quantity=3&price=&member=Ada+Abbott")

    assert "12 points" in page
    assert "Rye bread" in page


async def test_the_tester_says_what_something_done_earns(shop: App) -> None:
    eve = await come(shop, "eve")
    asked = f"{CLUB}/tester?do=try&member=Ada+Abbott&event=Review+Written&tells=rating+%3D+"

    assert "5 points" in await eve.see(f"{asked}5")
    assert "Nothing is earned" in await eve.see(f"{asked}3")
    assert "says nothing; write a line" in await eve.see(f"{CLUB}/tester?do=try&event=A&tells=x", status=422)


async def test_pausing_is_asked_for_below_the_level_and_done_above_it(shop: App) -> None:
    tom = await come(shop, "tom")
    eve = await come(shop, "eve")
    foreseen = await eve.see(f"{CLUB}/run?do=pause")
    assert "what occurs from now on earns nothing" in foreseen

    asked = await tom.send(f"{CLUB}/run", do="pause", reason="Stocktaking")
    assert asked.headers["location"].startswith("/approvals/apr_")
    done = await eve.send(f"{CLUB}/run", do="pause", reason="Stocktaking")
    assert done.headers["location"] == CLUB
    assert "Paused" in await eve.see(CLUB)

    await eve.send(f"{CLUB}/run", do="resume")
    assert "Live" in await eve.see(CLUB)


async def test_closing_says_what_hinders_it_at_the_field(shop: App) -> None:
    eve = await come(shop, "eve")
    page = await eve.see(f"{CLUB}/run?do=close&closing=2026-06-01&until=2026-05-01", status=422)

    assert re.search(r'id="f-until-wrong".*choose a later instant', page, re.DOTALL)


async def test_the_end_of_a_lot_moves_with_a_reason(shop: App) -> None:
    eve = await come(shop, "eve")
    here = f"{CLUB}/members/{member(shop)}"
    lot = re.search(r'name="lot" value="(lot_\w+)"', await eve.see(f"{here}/lots"))
    assert lot
    refused = await eve.send(f"{here}/lots", lot=lot.group(1), until="2027-01-31", do="move")
    assert refused.status_code == 422
    assert "Say why" in refused.text

    await eve.send(f"{here}/lots", lot=lot.group(1), until="2027-01-31", reason="Illness", do="move")

    page = await eve.see(here)
    assert "1 Feb 2027" in page
    assert "Illness" in await eve.see(f"{here}/lots")
    with shop.database.transaction() as tx:
        found = customers.find(tx, "user_id", "u1")
        assert loyalty.lots(tx, found or 0, programme="club")[0].remaining == 20


async def test_a_version_may_begin_later_and_for_some_first(shop: App) -> None:
    tom = await come(shop, "tom")
    with shop.database.transaction() as tx:
        live = definitions.live(tx, PROGRAMME, "club")
        assert live
        first = {"begins": "2026-02-01T00:00:00Z", "only_for": {"percent": 10}}
        body = definitions.canonical(live.body) | first
        tom_self = office.actor(shop, "tom")
        definitions.save_draft(tx, tom_self, PROGRAMME, "club", body, at=LATER, etag=live.etag)

    page = await tom.see(f"{CLUB}/draft")

    assert "for 10% of customers, drawn at random" in page
    assert "Ask to publish it from 1 Feb 2026" in page


async def test_points_are_passed_on_once_and_seen_by_both(shop: App) -> None:
    eve = await come(shop, "eve")
    ben = f"{CLUB}/members/{member(shop, 'u2')}"
    assert "No member fits" in await eve.see(f"{ben}/gift?to=Nobody&amount=3", status=422)
    assert "Only 10 points can be passed on" in await eve.see(
        f"{ben}/gift?to=Ada+Abbott&amount=11", status=422
    )

    foreseen = await eve.see(f"{ben}/gift?to=Ada+Abbott&amount=4&reason=Birthday")
    assert "Pass 4 points on to Ada Abbott" in foreseen
    key = re.search(r'name="form_key" value="(\w+)"', foreseen)
    assert key
    given = {"form_key": key.group(1), "to": member(shop), "amount": "4", "reason": "Birthday"}
    for _ in range(2):
        assert (await eve.send(f"{ben}/gift", **given)).status_code == 303

    with shop.database.transaction() as tx:
        found = [customers.find(tx, "user_id", who) for who in ("u1", "u2")]
        stands = [loyalty.member(tx, one or 0, programme="club", at=LATER) for one in found]
    assert [one.balance.active for one in stands if one] == [24, 6]
    assert "another member" in await eve.see(ben)
