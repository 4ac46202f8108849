"""The pages of rewards, vouchers and redemptions, as the people who run them use them; also in a browser."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from regulars import access, definitions, loyalty, offers, rewards
from regulars.access import SYSTEM
from regulars.app import App, assemble
from regulars.db import Database
from regulars.jobs import Worker
from regulars.settings import read_settings
from tests.acceptance.console.looking import serious
from tests.acceptance.console.office import AT, PASSWORD, Person, build, serving
from tests.integration.people import know

POOL = {
    "name": "5 off", "worth.kind": "money_off", "worth.amount": "5.00", "currency": "USD", "valid_days": "180",
    "uses_per_code": "1", "look.pattern": "####-####-####", "look.alphabet": offers.ALPHABET,
    "look.check_sign": "on",
}  # fmt: skip
VOUCHER = {
    "name": "5 off your next purchase", "programme": "club", "points": "200", "fulfilment": "code",
    "pool": "5-off", "cost": "5.00", "money": "USD",
}  # fmt: skip
MUG = {
    "name": "Coffee mug", "programme": "club", "points": "600", "fulfilment": "picked_up", "counted": "on",
    "stock": "3", "low_stock": "2", "per_member": "2", "tier_prices": "club/Gold = 500",
}  # fmt: skip


@pytest.fixture
def app(database: Database, tmp_path: Path) -> Iterator[App]:
    build(database)
    with database.transaction() as tx:
        for name, level, function in (("Lou Loyal", 4, "loyalty"), ("Ada Applies", 3, "loyalty")):
            email = f"{name[:3].lower()}{level}@example.invalid"
            one = access.add_person(tx, SYSTEM, email=email, name=name, level=level, function=function, at=AT)
            access.give_password(tx, SYSTEM, one.person_id, PASSWORD, at=AT)
    made = assemble(read_settings(workspace="pages", home=tmp_path / "home"), database)
    club = loyalty.points_club(name="Our club", legal_entity="Shop Ltd", zone="UTC", money="USD")
    with database.transaction() as tx:
        definitions.save_draft(tx, SYSTEM, loyalty.PROGRAMME, "club", club, at=AT)
        definitions.publish(tx, SYSTEM, loyalty.PROGRAMME, "club", at=AT)
        know(tx, [7])
        loyalty.enrol(tx, "club", 7, at=AT)
        loyalty.adjust(tx, "club", 7, 1500, key="opening", at=AT, reason="opening", actor="Ada")
    yield made
    made.sequencer.close()


def walking(app: App, email: str, walk: Callable[[Person], Awaitable[None]]) -> None:
    async def run() -> None:
        await walk(await Person(app).sign_in(email))

    asyncio.run(run())


async def follow(person: Person, path: str, **data: str) -> str:
    """Send a form that works; gives where it led."""
    answer = await person.send(path, **data)
    assert answer.status_code == 303, re.sub(r"\s+", " ", answer.text)[-3000:]
    return answer.headers["location"]


def work(app: App) -> None:
    Worker(app.database, app.jobs).run_waiting()


def test_a_reward_is_set_up_redeemed_handed_over_and_taken_back(app: App) -> None:  # noqa: PLR0915 - one walk
    async def walk(person: Person) -> None:  # noqa: PLR0915
        assert "No voucher pool yet" in await person.see("/loyalty/vouchers")
        assert "No reward yet" in await person.see("/loyalty/rewards")
        assert "Nothing waits for anybody" in await person.see("/loyalty/redemptions")
        weak = await person.send(
            "/loyalty/vouchers/new", **(POOL | {"look.pattern": "####", "valid_days": "x"})
        )
        assert weak.status_code == 422 and "Write a whole number" in weak.text
        weak = await person.send("/loyalty/vouchers/new", **(POOL | {"look.pattern": "####"}))
        assert weak.status_code == 422 and "codes can be guessed" in weak.text
        assert await follow(person, "/loyalty/vouchers/new", **POOL) == "/loyalty/vouchers/5-off"
        assert "No codes yet" in await person.see("/loyalty/vouchers/5-off")
        assert 'value="5.00"' in await person.see("/loyalty/vouchers/5-off/edit")
        assert await follow(person, "/loyalty/rewards/new", **VOUCHER)
        wrong = await person.send("/loyalty/rewards/new", **(MUG | {"tier_prices": "club/Tin = 5"}))
        assert wrong.status_code == 422 and "no tier" in wrong.text
        assert await follow(person, "/loyalty/rewards/new", **MUG) == "/loyalty/rewards/coffee-mug"
        mug = await person.see("/loyalty/rewards/coffee-mug")
        assert "First stock" in mug and "500 in club/Gold" in mug
        assert (
            await person.send("/loyalty/rewards/coffee-mug/stock", amount="-9", reason="x")
        ).status_code == 422
        await follow(person, "/loyalty/rewards/coffee-mug/stock", amount="-1", reason="Broken")
        assert "runs low" in await person.see("/loyalty/rewards")
        changed = MUG | {"description": "Ours"}
        assert (await person.send("/loyalty/rewards/coffee-mug/edit", **changed)).status_code == 409
        etag = re.search(r'name="etag" value="([^"]+)"', await person.see("/loyalty/rewards/coffee-mug/edit"))
        assert etag
        await follow(person, "/loyalty/rewards/coffee-mug/edit", **changed, etag=etag.group(1))
        assert rewards_in(app)["coffee-mug"].body.description == "Ours"

        member = "/loyalty/club/members/cus_7/rewards"
        assert "Can be had" in await person.see(member)
        mug_at = await follow(person, member, reward="coffee-mug", key="a")
        assert await follow(person, member, reward="coffee-mug", key="a") == mug_at
        code_at = await follow(person, member, reward="5-off-your-next-purchase", key="a")
        missing = await person.send(member, reward="dear", key="a")
        assert missing.status_code == 404
        assert "Make ready" in await person.see("/loyalty/redemptions")
        await follow(person, f"{mug_at}/state", state="ready", back="/loyalty/redemptions?state=open")
        shown = await person.see(mug_at)
        assert "Hand over" in shown and "Ready" in shown
        assert (await person.send(f"{mug_at}/state", state="sent")).status_code == 409
        await follow(person, f"{mug_at}/state", state="cancelled", note="Chipped")
        assert "Chipped" in await person.see(mug_at)
        public = re.search(r"/loyalty/vouchers/codes/(vch_\w+)", await person.see(code_at))
        assert public
        code = await person.see(public.group())
        found = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}", code)
        assert found
        led = await person.client.get("/loyalty/vouchers", params={"q": found.group().lower()})
        assert led.headers["location"] == public.group()
        assert (await person.client.get("/loyalty/vouchers", params={"q": "ABC"})).status_code == 404
        refused = await person.send(f"{public.group()}/withdraw", confirm="xxxx")
        assert refused.status_code == 409
        await follow(person, f"{public.group()}/withdraw", confirm=found.group()[-4:])
        assert "Withdrawn" in await person.see(public.group())

    walking(app, "lou4@example.invalid", walk)
    with app.database.transaction() as tx:
        held = loyalty.member(tx, 7, programme="club", at=AT)
        assert held is not None and held.spendable == 1300
        assert loyalty.check_ledger(tx) == []


def rewards_in(app: App) -> dict[str, rewards.Launched]:
    with app.database.transaction() as tx:
        return {one.key: one for one in rewards.rewards(tx)}


def test_codes_are_made_uploaded_used_and_given_back_in_the_pages(app: App) -> None:
    card = {
        **POOL,
        "name": "Gift card",
        "worth.kind": "gift_card",
        "worth.amount": "50.00",
        "uses_per_code": "",
    }
    own = {**POOL, "name": "Newcomers", "own_codes": "on", "low_codes": "2", "caps": "5", "cap.per": "day"}

    async def walk(person: Person) -> None:
        await follow(person, "/loyalty/vouchers/new", **card)
        await follow(person, "/loyalty/vouchers/gift-card/codes", count="30", write="w", printed="on")
        assert (
            await person.send("/loyalty/vouchers/gift-card/codes", count="", write="x")
        ).status_code == 422
        assert "Codes are being made" in await person.see("/loyalty/vouchers/gift-card")
        await asyncio.to_thread(work, app)
        shown = await person.see("/loyalty/vouchers/gift-card?state=issued")
        assert "$1,500.00" in shown or "1,500.00" in shown
        await follow(person, "/loyalty/vouchers/new", **own)
        few = await person.send("/loyalty/vouchers/newcomers/uploads", codes="ä")
        assert few.status_code == 422
        await follow(person, "/loyalty/vouchers/newcomers/uploads", codes="WELCOME-2025\nWELCOME-2026")
        assert "runs low" in await person.see("/loyalty/vouchers")
        at = await follow(person, "/loyalty/vouchers/gift-card/issues", customer="cus_7", write="i")
        code = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}", await person.see(at))
        assert code
        with app.database.transaction() as tx:
            used = offers.redeem(tx, code.group(), 7, 3000, key="u", at=AT, order_key="order-1").confirmed()
        shown = await person.see(at)
        assert "Paid with the card" in shown and "20.00 USD left" in shown and "order-1" in shown
        await follow(person, f"{at}/give-back", use=f"use_{used.use_id}", write="b")
        assert "Given back to the card" in await person.see(at)

    walking(app, "lou4@example.invalid", walk)

    async def below(person: Person) -> None:
        asked = await follow(person, "/loyalty/rewards/new", **(VOUCHER | {"fulfilment": "none", "pool": ""}))
        assert asked == "/loyalty/rewards"
        assert "waits to be published" in await person.see("/loyalty/rewards")

    walking(app, "ada3@example.invalid", below)

    async def following(person: Person) -> None:
        assert not re.search(
            r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}", await person.see("/loyalty/vouchers/gift-card")
        )
        assert (
            await person.send("/loyalty/vouchers/gift-card/codes", count="5", write="y")
        ).status_code == 403

    walking(app, "sam@example.invalid", following)


def test_the_pages_read_well_wide_and_narrow(app: App, chromium: Browser, tmp_path: Path) -> None:
    with app.database.transaction() as tx:
        for key, kind, body in (
            ("five-off", offers.POOL, offers.five_off("USD")),
            ("gift-card", offers.POOL, offers.gift_card("USD")),
            ("voucher", rewards.REWARD, rewards.five_voucher(programme="club", pool="five-off")),
            ("mug", rewards.REWARD, rewards.coffee_mug(programme="club")),
        ):
            definitions.save_draft(tx, SYSTEM, kind, key, body, at=AT)
            definitions.publish(tx, SYSTEM, kind, key, at=AT)
        rewards.change_stock(tx, "mug", 4, reason="Delivered", actor="Ada", at=AT)
        rewards.redeem(tx, None, "club", "mug", 7, key="a", at=AT).confirmed()
        rewards.redeem(tx, None, "club", "voucher", 7, key="b", at=AT).confirmed()
        card = offers.issue(tx, "gift-card", 7, key="c", at=AT)
        offers.redeem(tx, card.code, 7, 1250, key="d", at=AT, order_key="order-1").confirmed()
        offers.generate(tx, "five-off", 60, key="e", at=AT)
        mug = rewards.redemptions_of(tx, 7)[1]
    complaints: list[str] = []
    with serving(app, app.settings.home) as url:
        context = chromium.new_context(base_url=url, viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.goto("/sign-in")
        page.fill("#f-email", "lou4@example.invalid")
        page.fill("#f-password", PASSWORD)
        page.click("main button")
        page.wait_for_url("**/")
        for number, path in enumerate(
            (
                "/loyalty/rewards",
                "/loyalty/rewards/new",
                "/loyalty/rewards/mug",
                "/loyalty/redemptions",
                f"/loyalty/redemptions/{mug.public_id}",
                "/loyalty/club/members/cus_7/rewards",
                "/loyalty/vouchers",
                "/loyalty/vouchers/new",
                "/loyalty/vouchers/five-off",
                f"/loyalty/vouchers/codes/{card.public_id}",
            )
        ):
            for width in (1440, 390):
                page.set_viewport_size({"width": width, "height": 900})
                page.goto(path)
                page.screenshot(path=tmp_path / f"{number}-{width}.png", full_page=True)
                overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                assert overflow <= 0, f"{path} is {overflow} too wide at {width}"
            assert serious(page) == [], path
        context.close()
    assert complaints == []
