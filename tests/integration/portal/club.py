"""A club whose member has points, a level, a card and rewards; and somebody at a browser without script."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import httpx
from fastapi import FastAPI

from regulars import definitions, log, loyalty, offers, rewards, templates
from regulars.access import SYSTEM
from regulars.app import App, assemble
from regulars.db import Database
from regulars.intake import create_member_page, create_preferences
from regulars.kernel import Clock
from regulars.loyalty import Benefit, Period, Tier, TierSet
from regulars.settings import read_settings
from tests.integration.loyalty.books import changed
from tests.integration.preferences.given import AT, BASE, HELLO, Hand, letters, number, publish

TIERS = TierSet(
    key="club",
    tiers=(
        Tier(name="Member", threshold=0, benefits=(Benefit(key="news", text="News first"),)),
        Tier(name="Gold", threshold=1000, benefits=(Benefit(key="delivery", text="Free delivery"),)),
    ),
)
CLUB = changed(
    name="Corner Club",
    legal_entity="Corner Shop Ltd",
    zone="UTC",
    tier_set=TIERS,
    starts=Period(count=14, unit="days"),
    valid=Period(count=90, unit="days"),
    pooling="household",
)
PEOPLE = {
    "ada": {"email": "ada@example.com", "name": "Ada Byron", "card": "79927398713"},
    "ben": {"email": "both@example.com", "name": "Ben Both"},
    "cleo": {"email": "both@example.com", "name": "Cleo Both"},
    "dan": {"email": "dan@example.com", "name": "Dan No Member"},
}


def event(who: str, kind: str, key: str, days: float, **properties: object) -> log.NewEvent:
    return log.NewEvent(
        message_id=f"{kind}-{who}-{key}",
        type="identify" if kind == "identify" else "track",
        name=kind,
        occurred_at=AT - timedelta(days=days),
        user_id=who,
        source="shop",
        properties=properties,
        context={"server": True},
    )


def club(database: Database, *, wall: Clock | None = None, home: Path | None = None) -> App:
    """Ada has 500 points to spend, 53 that come in four days, and a voucher; one reward is in reach."""
    settings = read_settings(workspace="club", public_url=BASE, home=home)
    app = replace(assemble(settings, database), wall=wall or Hand())
    with database.transaction() as tx:
        log.stand(tx, AT - timedelta(days=40))
        begun = AT - timedelta(days=40)
        definitions.save_draft(tx, SYSTEM, loyalty.PROGRAMME, "club", CLUB, at=begun, etag=None)
        definitions.publish(tx, SYSTEM, loyalty.PROGRAMME, "club", at=begun)
        publish(tx, templates.TEMPLATE, "hello", replace_text(HELLO))
        offers.launch_pool(tx, "five", 1, offers.five_off("USD"), AT - timedelta(days=40))
        offer(tx, "five", name="Five off", points=200, fulfilment="code", pool="five", per_member=2)
        offer(tx, "mug", name="Coffee mug", points=900, description="White, with our sign.")
        offer(tx, "box", name="Gold box", points=100, least_tier="club/Gold")
        log.append(tx, [event(who, "identify", "known", 40, **traits) for who, traits in PEOPLE.items()])
    app.catch_up(AT - timedelta(days=40))
    give(app, "ada", 500)
    give(app, "ben", 77)
    with database.transaction() as tx:
        log.stand(tx, AT)
        loyalty.activate_due(tx, AT)
        sale = {"order_id": "A-17", "currency": "USD", "total": 53.0}
        log.append(tx, [event("ada", "Order Completed", "A-17", 10, **sale)])
    app.catch_up(AT)
    with database.transaction() as tx:
        offers.issue(tx, "five", number(app, "ada"), key="welcome", at=AT)
    return app


def replace_text(template: templates.Template) -> templates.Template:
    return templates.Template(
        title=template.title, subject="Hello", text="See {{ member_url }}", purpose="transactional"
    )


def offer(tx: object, key: str, **body: object) -> None:
    rewards.launch_reward(tx, key, 1, rewards.Reward(**({"programme": "club"} | body)))  # type: ignore[arg-type]


def give(app: App, who: str, points: int) -> None:
    at, customer = AT - timedelta(days=39), number(app, who)
    with app.database.transaction() as tx:
        loyalty.enrol(tx, "club", customer, at=at)
        loyalty.adjust(tx, "club", customer, points, key=f"gift-{who}", at=at, reason="secret", actor="Sam")


def links(app: App) -> list[str]:
    return [found for _, text, _ in letters(app) for found in re.findall(rf"{BASE}(/m/\S+)", text)]


def share(app: App, *who: str) -> None:
    """They are one household."""
    with app.database.transaction() as tx:
        tx.execute(
            "insert into customers.circle (type, key, first_seen_at, last_seen_at)"
            " values ('household', 'home', %s, %s)",
            (AT, AT),
        )
        for one in who:
            tx.execute(
                "insert into customers.circle_member (group_id, atom_id, belongs, since, occurred_at, position)"
                " select group_id, %s, true, %s, %s, 1 from customers.circle where key = 'home'",
                (number(app, one), AT, AT),
            )


def rows(app: App, sql: str) -> list[tuple[object, ...]]:
    with app.database.transaction() as tx:
        return list(tx.execute(sql))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Browser:
    """A device: its cookies stay."""

    app: App
    client: httpx.AsyncClient

    async def see(self, path: str, status: int = 200) -> str:
        answer = await self.client.get(path, follow_redirects=True)
        assert answer.status_code == status, answer.text[-1500:]
        return answer.text

    async def press(self, path: str, action: str, **changes: str) -> httpx.Response:
        """Sends the form of a page, with its hidden field."""
        nonce = re.search(r'name="nonce" value="([^"]+)"', await self.see(path))
        assert nonce
        return await self.client.post(action, data={"nonce": nonce[1], **changes})

    async def proves(self, path: str) -> httpx.Response:
        return await self.press(path, f"{path}/open")


def browsing(app: App, walk: Callable[[Callable[[], Browser]], Awaitable[None]]) -> None:
    """`walk` makes as many devices as it needs."""

    async def run() -> None:
        server = FastAPI()
        server.include_router(create_preferences(app))
        server.include_router(create_member_page(app))
        transport = httpx.ASGITransport(app=server, client=("192.0.2.7", 4711))

        def device() -> Browser:
            return Browser(app, httpx.AsyncClient(transport=transport, base_url=BASE))

        await walk(device)

    asyncio.run(run())
