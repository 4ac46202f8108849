"""A small shop for the tests of the API: people, keys, customers with orders, a club and a campaign."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from regulars import (
    access,
    campaigns,
    channels,
    connections,
    definitions,
    log,
    loyalty,
    offers,
    rewards,
    segments,
    templates,
)
from regulars.app import App, assemble
from regulars.db import Database
from regulars.settings import Settings

START = datetime(2025, 3, 1, 5, tzinfo=UTC)
ZONE = "America/New_York"
CUSTOMERS = 24
CLUB = "club"
PASSWORD = "seven herons over the mill"
HIGHEST = ("marketing", "loyalty", "administration", "engineering", "privacy", "analysis", "finance")


@dataclass(frozen=True)
class Shop:
    app: App
    keys: dict[str, str]  # Text of a key of the highest level, by function; low is a cashier's who assists.
    customers: list[str]  # Public ids.


def open_shop(dsn: str, home: Path, *, lived_days: int = 70) -> Shop:
    database = Database(dsn)
    with database.transaction() as tx:
        log.stand(tx, START)
        access.set_zone(tx, access.SYSTEM, ZONE, at=START)
        keys = hire(tx)
    app = assemble(Settings(home=home, connections=6), database)
    define(app)
    app.advance(START + timedelta(days=6))
    with database.transaction() as tx:
        log.append(tx, [event for number in range(1, CUSTOMERS + 1) for event in life(number)])
        log.refuse(
            tx,
            [
                log.NewReject(
                    source="shop", stage="intake", code="events.no_name", reason="No name.", payload="{}"
                )
            ],
        )
    app.advance(START + timedelta(days=lived_days))
    send(app)
    with database.transaction() as tx:
        from regulars import customers

        found = [one.id for one in customers.list_page(tx).items]
    return Shop(app=app, keys=keys, customers=found)


def hire(tx) -> dict[str, str]:
    keys = {}
    boss = None
    for function in ("administration", *HIGHEST):
        if function in keys:
            continue
        person = access.add_person(
            tx,
            access.SYSTEM,
            email=f"{function}@shop.example",
            name=f"Ada of {function}",
            level=7,
            function=function,
            at=START,
        )
        access.give_password(tx, access.SYSTEM, person.person_id, PASSWORD, at=START)
        boss = boss or person.actor("console")
        keys[function] = access.make_key(
            tx, boss, name=f"The {function} program", level=7, function=function, at=START
        ).text
    keys["low"] = access.make_key(tx, boss, name="The till", level=2, function="cashier", at=START).text
    keys["applies"] = access.make_key(
        tx, boss, name="An assistant", level=3, function="marketing", at=START
    ).text
    keys["tracking"] = access.make_key(tx, boss, name="The web shop", kind="tracking", at=START).text
    return keys


def define(app: App) -> None:
    club = loyalty.points_club(name="Club", legal_entity="The shop", zone=ZONE, money="USD")
    wanted = (
        (loyalty.PROGRAMME, CLUB, club),
        (offers.POOL, "five", offers.five_off("USD")),
        (rewards.REWARD, "voucher", rewards.five_voucher(programme=CLUB, pool="five")),
        (segments.SEGMENTATION, "lifecycle", segments.LIFECYCLE),
        *((segments.SEGMENT, key, body) for key, body in segments.STAGE_SEGMENTS.items()),
        (templates.TEMPLATE, campaigns.WIN_BACK_TEMPLATE_KEY, campaigns.WIN_BACK_TEMPLATE),
        (
            connections.CONNECTION,
            "north",
            connections.ConnectionBody(title="North", source="north", shape="shopify"),
        ),
    )
    for kind, key, body in wanted:
        publish(app, kind, key, body)
    publish(app, channels.CHANNEL, "letters", channels.READY_MADE["only-recorded"])
    with app.database.transaction() as tx:
        code = offers.issue(tx, "five", None, key="shown", at=START).code
        offers.redeem(tx, code, None, 2000, key="used", at=START).confirmed()


def publish(app: App, kind, key, body) -> None:
    with app.database.transaction() as tx:
        at = app.now(tx)
        definitions.save_draft(tx, access.SYSTEM, kind, key, body, at=at)
        definitions.publish(tx, access.SYSTEM, kind, key, at=at)


def send(app: App) -> None:
    publish(app, campaigns.CAMPAIGN, campaigns.WIN_BACK_KEY, campaigns.WIN_BACK)
    with app.database.transaction() as tx:
        now = app.now(tx)
    app.advance(now + timedelta(hours=1))


def life(number: int):
    """Everybody becomes known, then buys one to three times in the first days."""
    seen = START + timedelta(days=number % 5, minutes=number)
    traits = {
        "name": f"Customer {number}",
        "first_name": "Customer",
        "email": f"customer-{number}@shop.invalid",
        "phone": f"+1 555 010 {number:04}",
    }
    yield event(number, "identify", seen, traits, kind="identify")
    yield replace(
        event(number, "group", seen, {"type": "account"}, kind="group"), context={"groupId": "acme"}
    )
    for time in range(1 + number % 3):
        total = f"{10 + number}.50"
        properties = {
            "order_id": f"order-{number}-{time}",
            "currency": "USD",
            "total": float(total),
            "products": [{"product_id": "tea", "quantity": 1, "total": float(total)}],
        }
        yield event(number, "Order Completed", seen + timedelta(minutes=time + 1), properties, key=str(time))


def event(number, name, when, properties, *, kind="track", key=""):
    return log.NewEvent(
        message_id=f"shop-{kind}-{number}-{key}",
        type=kind,
        name=name,
        occurred_at=when,
        properties=properties,
        user_id=str(number),
        source="shop",
    )
