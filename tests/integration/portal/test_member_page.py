"""The member's own page: what a link shows, what a device that proved the address sees, and rewards redeemed."""

import asyncio
import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from regulars import loyalty, portal, preferences, rewards
from regulars.app import App
from regulars.db import Database
from tests.integration.portal.club import AT, Browser, browsing, club, links, rows, share
from tests.integration.preferences.given import Hand, number, tell, write_to

OWN = ("Ada", "500", "79927398713", "A-17", "Gold", "household")


@pytest.fixture
def app(database: Database) -> Iterator[App]:
    made = club(database)
    yield made
    made.sequencer.close()


def hand(app: App) -> Hand:
    assert isinstance(app.wall, Hand)
    return app.wall


def points(app: App, who: str) -> int:
    with app.database.transaction() as tx:
        found = loyalty.member(tx, number(app, who), programme="club", at=AT)
    assert found is not None
    return found.spendable


SEALED = re.compile(r"[\w.-]{40,}")  # May hold any signs.


def told(page: str, words: tuple[str, ...] = ("500",)) -> list[str]:
    return [word for word in words if word in SEALED.sub("", page)]


async def asked(app: App, browser: Browser, link: str) -> str:
    """Presses the button; gives the link that is mailed."""
    hand(app).at += timedelta(seconds=1)
    assert (await browser.client.post(f"{link}/link")).status_code == 303
    app.send(AT)
    return links(app)[-1]


def test_a_link_shows_nothing_until_the_address_is_proved_and_then_on_that_device_alone(app: App) -> None:
    write_to(app, "ada", "dan")
    letter, strangers = links(app)

    async def walk(device: Callable[[], Browser]) -> None:
        friend, own = device(), device()
        forwarded = await friend.see(f"{letter}?programme=club")
        assert "Corner Club" in forwarded
        assert "a…@e….com" in forwarded
        assert not told(forwarded, OWN)
        # Of who is no member the same is said.
        other = await friend.see(f"{strangers}?programme=club")
        assert other.replace(strangers, "").replace("d…@", "a…@") == forwarded.replace(letter, "")
        fresh = await asked(app, own, letter)
        assert not told(await own.see(fresh), OWN)
        assert "regulars-member" not in own.client.cookies  # Looking proves nothing; programs look too.
        opened = await own.proves(fresh)
        assert opened.status_code == 303
        kept = opened.headers["set-cookie"].lower()
        assert "httponly" in kept and "samesite=lax" in kept and "path=/m" in kept and "max-age" in kept
        page = await own.see("/m/")
        assert all(word in page for word in OWN[:5])
        # The mail passed on afterwards opens nothing more, nor does the letter.
        assert "ada@example.com" not in await friend.see(fresh.replace("/m/", "/p/"))
        late = await friend.see(fresh)
        assert "Send me a link" in late and not told(late, OWN)
        refused = await friend.client.post(f"{fresh}/open", data={"nonce": "x"})
        assert refused.status_code == 409
        assert not told(await friend.see(letter), OWN)
        assert "500" in await own.see(letter)
        # Somebody else's letter shows nothing on this device.
        assert not told(await own.see(strangers), OWN[:4])
        # A cookie that was made up, or changed, is none.
        number_, _, sign = own.client.cookies["regulars-member"].strip('"').partition(".")
        for forged in (f"{int(number_) + 1}.{sign}", f"{number_}.{'0' * len(sign)}", "x", "²." + sign[:3]):
            headers = {"Cookie": f"regulars-member={forged}".encode()}
            answer = await friend.client.get("/m/", headers=headers)
            assert not told(answer.text)

    browsing(app, walk)


def test_a_device_is_let_out_by_its_holder_by_time_by_a_new_address_and_with_all_links(app: App) -> None:
    write_to(app, "ada")
    (letter,) = links(app)

    async def let_in(browser: Browser) -> None:
        hand(app).at += timedelta(minutes=16)
        await browser.proves(await asked(app, browser, letter))
        assert "500" in await browser.see("/m/")

    async def walk(device: Callable[[], Browser]) -> None:
        late = await asked(app, device(), letter)
        hand(app).at += timedelta(hours=1, seconds=1)
        assert "Send me a link" in await device().see(late)  # It proves for an hour.
        first, leaving, third = device(), device(), device()
        await let_in(leaving)
        kept = leaving.client.cookies["regulars-member"]
        assert (await leaving.press("/m/", "/m/leave")).status_code == 200
        leaving.client.cookies.set("regulars-member", kept)
        assert not told(await leaving.see("/m/"))
        await let_in(first)
        hand(app).at += timedelta(days=29)
        assert "500" in await first.see("/m/")
        hand(app).at += timedelta(days=2)
        assert not told(await first.see("/m/"))
        await let_in(third)
        with app.database.transaction() as tx:
            preferences.withdraw_links(tx)
        assert not told(await third.see("/m/"))
        with app.database.transaction() as tx:
            made = portal.member_link(tx, "club", number(app, "ada"), "", at=AT, now=hand(app).at)
        fourth = device()
        await fourth.proves(await asked(app, fourth, made.partition("?")[0]))
        assert "500" in await fourth.see("/m/")
        tell(app, "ada", email="other@example.com")
        assert not told(await fourth.see("/m/"))

    browsing(app, walk)
    assert rows(app, "select count(*) from portal.device") == [(4,)]
    with app.database.transaction() as tx:
        found = portal.held(tx, [number(app, "ada")], [])
        assert [len(lines) for _, lines in found] == [4]
        assert portal.forget(tx, hand(app).at) == 1  # The one that was left a month ago.
        assert portal.erase(tx, [number(app, "ada")], []) == {"portal.device": 3}


def test_the_same_is_answered_for_every_address_and_shared_ones_show_nobody(app: App) -> None:
    async def types(browser: Browser, address: str) -> tuple[int, str]:
        page = await browser.see("/m/?programme=club")
        nonce = re.search(r'name="nonce" value="([^"]+)"', page)
        assert nonce
        hand(app).at += timedelta(seconds=20)
        sent = await browser.client.post("/m/?programme=club", data={"nonce": nonce[1], "address": address})
        return sent.status_code, sent.headers.get("location", "")

    async def walk(device: Callable[[], Browser]) -> None:
        browser = device()
        answers = {
            await types(browser, address)
            for address in ("ada@example.com", "dan@example.com", "nobody@example.com", "both@example.com")
        }
        assert answers == {(303, "/m/?programme=club&said=link")}
        app.send(AT)
        assert len(links(app)) == 3
        shared = links(app)[-1]
        seen = await browser.see(shared)
        assert "Several people use this address" in seen
        assert "Ben" not in seen and "77" not in seen
        for _ in range(4):
            await types(browser, "ada@example.com")
        assert (await types(browser, "ada@example.com"))[0] == 429

    browsing(app, walk)


def test_a_member_sees_everything_and_redeems_a_reward_once_however_often_it_is_sent(app: App) -> None:
    write_to(app, "ada")
    (letter,) = links(app)

    async def walk(device: Callable[[], Browser]) -> None:
        own = device()
        await own.proves(await asked(app, own, letter))
        page = await own.see("/m/?language=en")
        for line in (
            "<strong>500</strong> points",
            "53 points from 6 March 2026 on",
            "500 points to be spent before",
            "947 points to go until Gold",
            "News first",
            "With Gold you also get",
            "For your order A-17",
            "Given by us",
            "400 points missing",
            "from Gold on",
            "5.00 USD off",
        ):
            assert line in page, line
        assert "secret" not in page and "Sam" not in page  # Why and by whom is the company's.
        german = await own.see("/m/?language=de")
        assert "Für Ihre Bestellung A-17" in german and 'lang="de"' in german
        nonce = re.search(r'name="nonce" value="([^"]+)"', await own.see("/m/rewards/five"))
        assert nonce
        sent = await asyncio.gather(
            *(own.client.post("/m/rewards/five", data={"nonce": nonce[1]}) for _ in range(3))
        )
        assert {one.status_code for one in sent} == {303}
        (place,) = {one.headers["location"] for one in sent}
        assert "“Five off” is yours." in await own.see(place)
        assert points(app, "ada") == 300
        # Without enough points, from elsewhere, and without having proved anything, nothing is spent.
        assert 'action="/m/rewards/mug' not in await own.see("/m/rewards/mug")
        abroad = {"Sec-Fetch-Site": "cross-site"}
        crossed = await own.client.post("/m/rewards/five", data={"nonce": nonce[1]}, headers=abroad)
        assert crossed.status_code == 422
        friend = device()
        assert (await friend.client.post("/m/rewards/five", data={"nonce": nonce[1]})).status_code == 404
        other = await friend.client.get(place)
        assert "Five off" not in other.text
        again = await own.press("/m/rewards/five", "/m/rewards/five")
        assert again.status_code == 303
        assert "as often as it is given" in await own.see("/m/rewards/five")
        refused = await own.client.post("/m/rewards/five", data={"nonce": nonce[1]})
        assert refused.headers["location"] == place  # What was asked first is answered the same.
        await own.see("/m/rewards/none", 404)
        share(app, "ada", "ben")
        page = await own.see("/m/?language=en")
        assert "<strong>100</strong> points" in page
        assert "Your household can spend 177 points together." in page
        assert "Ben Both" not in page and "77 points" not in page.replace("177 points", "")

    browsing(app, walk)
    assert points(app, "ada") == 177  # With what Ben has.
    with app.database.transaction() as tx:
        made = rewards.redemptions_of(tx, number(app, "ada"))
    assert len(made) == 2
