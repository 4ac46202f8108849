"""A small shop with a past: real rooms, a few dozen customers, a programme, a lifecycle and a measured campaign."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec
from fastapi import FastAPI

from regulars import access, campaigns, definitions, log, loyalty, segments, templates
from regulars.access import SYSTEM
from regulars.app import App, assemble
from regulars.conditions import Last, OrderCount
from regulars.console import create_console, mount
from regulars.db import Database
from regulars.segments import SegmentBody
from regulars.settings import read_settings

END = datetime(2025, 3, 4, 5, tzinfo=UTC)
START = END - timedelta(days=100)
SENT = END - timedelta(days=14)
PASSWORD = "four plain words here"
PEOPLE = (
    ("lea@example.invalid", "Lea Leads", 5, "marketing"),
    ("max@example.invalid", "Max Applies", 3, "marketing"),
    ("sam@example.invalid", "Sam Looks", 1, "marketing"),
    ("ana@example.invalid", "Ana Answers", 3, "service_agent"),
)
NAMES = ("Ada Abbott", "Alan Almeida", "Alma Baker", "Bianca Chen", "Carlos Costa", "Dora Diallo")


def build(database: Database) -> App:
    """Live through a hundred days; gives the wired workspace."""
    app = assemble(read_settings(workspace="shop"), database)
    with database.transaction() as tx:
        log.stand(tx, START)
        for email, name, level, function in PEOPLE:
            one = access.add_person(
                tx, SYSTEM, email=email, name=name, level=level, function=function, at=START
            )
            access.give_password(tx, SYSTEM, one.person_id, PASSWORD, at=START)
    define(app)
    told = list(events())
    for stop in (START + timedelta(days=50), SENT, END):
        with database.transaction() as tx:
            log.append(tx, [event for event in told if event.occurred_at < stop])
        app.advance(stop)
        if stop == SENT:
            send(app)
        told = [event for event in told if event.occurred_at >= stop]
    app.sequencer.close()
    wait_for_people(app)
    return app


def define(app: App) -> None:
    club = loyalty.points_club(name="Shop club", legal_entity="The shop", zone="UTC", money="USD")
    frequent = SegmentBody(
        name="Frequent", condition=OrderCount(comparison="at_least", number=3, window=Last(days=30))
    )
    bodies = [
        (loyalty.PROGRAMME, "club", club),
        (segments.SEGMENTATION, "lifecycle", segments.LIFECYCLE),
        *((segments.SEGMENT, key, body) for key, body in segments.STAGE_SEGMENTS.items()),
        (segments.SEGMENT, "frequent", frequent),
        (templates.TEMPLATE, campaigns.WIN_BACK_TEMPLATE_KEY, campaigns.WIN_BACK_TEMPLATE),
    ]
    with app.database.transaction() as tx:
        for kind, key, body in bodies:
            definitions.save_draft(tx, SYSTEM, kind, key, body, at=START)
            definitions.publish(tx, SYSTEM, kind, key, at=START)


def send(app: App) -> None:
    body = msgspec.structs.replace(campaigns.WIN_BACK, window_days=7)
    with app.database.transaction() as tx:
        definitions.save_draft(tx, SYSTEM, campaigns.CAMPAIGN, "win-back", body, at=SENT)
        definitions.publish(tx, SYSTEM, campaigns.CAMPAIGN, "win-back", at=SENT)


def wait_for_people(app: App) -> None:
    """A draft made under somebody's eye, and a request that waits."""
    with app.database.transaction() as tx:
        sam, max_ = (actor(tx, email) for email in ("sam@example.invalid", "max@example.invalid"))
        idea = SegmentBody(name="Sam's idea", condition=OrderCount(comparison="at_least", number=9))
        weekly = SegmentBody(name="Weekly", condition=OrderCount(comparison="at_least", number=5))
        definitions.save_draft(tx, sam, segments.SEGMENT, "idea", idea, at=END)
        definitions.save_draft(tx, max_, segments.SEGMENT, "weekly", weekly, at=END)
        definitions.publish(tx, max_, segments.SEGMENT, "weekly", at=END)


def actor(tx: object, email: str) -> access.Actor:
    found = access.person_by_email(tx, email)
    assert found is not None
    return access.actor_of(tx, found.person_id, "console")


def events() -> Iterator[log.NewEvent]:
    """Six who buy every five days, sixty who bought once long ago and partly come back, one who only looked for long."""
    for number, name in enumerate(NAMES, 1):
        traits = {"name": name, "email": f"person-{number}@shop.invalid", "phone": f"+1555010{number:04}"}
        yield identify(f"u{number}", START, traits | {"age": "35-44"})
        for n in range(20):
            yield order(f"u{number}", START + timedelta(days=5 * n, hours=number), 1000 + 100 * number, n)
    for number in range(10, 70):
        yield identify(
            f"u{number}", START, {"name": f"Past {number}", "email": f"past-{number}@shop.invalid"}
        )
        yield order(f"u{number}", START + timedelta(days=1, minutes=number), 900, 0)
        if number % 3 == 0:
            yield order(f"u{number}", SENT + timedelta(days=2, minutes=number), 1200, 1)
    yield identify("u99", START, {"name": "Nora Looker"})
    yield order("u99", END - timedelta(days=3), 1500, 0)
    yield log.NewEvent(
        message_id="coupon",
        name="Coupon Applied",
        occurred_at=END - timedelta(days=5),
        user_id="u1",
        properties={"coupon_id": "c7"},
        source="till",
    )


def identify(user_id: str, at: datetime, traits: dict[str, str]) -> log.NewEvent:
    return log.NewEvent(
        message_id=f"i-{user_id}", type="identify", name="identify", occurred_at=at, user_id=user_id,
        properties=traits, source="till",
    )  # fmt: skip


def order(user_id: str, at: datetime, cents: int, n: int) -> log.NewEvent:
    key, total = f"{user_id}-{n}", cents / 100
    products = [
        {"product_id": "bread", "quantity": 1, "total": 2.5, "discount": 0.5},
        {"product_id": "cheese", "quantity": 2, "total": round(total - 2.5, 2)},
    ]
    return log.NewEvent(
        message_id=f"o-{key}", name="Order Completed", occurred_at=at, user_id=user_id, source="till",
        properties={"order_id": key, "currency": "USD", "total": total, "store_id": "7", "products": products},
    )  # fmt: skip


def serve(app: App) -> FastAPI:
    server = FastAPI(openapi_url=None)
    mount(create_console(app), server)
    return server


def server() -> FastAPI:
    """For a process of its own: the shop whose address stands in the environment."""
    dsn = os.environ["REGULARS_TEST_SHOP"]
    return serve(assemble(read_settings(workspace="shop"), Database(dsn)))
