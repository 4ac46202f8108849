"""The preference centre from the link in a message to the statements in the log."""

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from threading import Barrier
from typing import Any
from zipfile import ZipFile

import pytest

from regulars import channels, customers, jobs, log, messaging, preferences, privacy, templates
from regulars.access import Actor
from regulars.app import App
from regulars.db import Database
from regulars.kernel import public_id
from regulars.log import NewEvent
from regulars.wiring import FOLLOW
from tests.integration.preferences.given import (
    AT,
    BASE,
    Hand,
    Reader,
    agree,
    letters,
    links,
    number,
    publish,
    reading,
    said,
    shop,
    statements,
    tell,
    write_to,
)

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def app(database: Database, tmp_path: Path) -> Iterator[App]:
    made = shop(database, home=tmp_path)
    yield made
    made.sequencer.close()


def later(app: App, **by: float) -> None:
    hand = app.wall
    assert isinstance(hand, Hand)
    hand.at += timedelta(**by)


def standing(app: App, who: str) -> customers.Standing:
    app.catch_up(AT)
    with app.database.transaction() as tx:
        return customers.standing(tx, number(app, who))


def rows_in(app: App, table: str) -> int:
    with app.database.transaction() as tx:
        found = tx.execute(f"select count(*) from {table}").fetchone()
    assert found is not None
    return int(found[0])


def test_what_is_switched_is_told_once_with_its_proof_and_shown_at_once(app: App) -> None:
    agree(app, "ada")
    write_to(app, "ada")
    (link,) = links(app)

    async def walk(reader: Reader) -> None:
        page = await reader.see(link)
        assert "Ada Byron" not in page
        assert "ada@" not in page
        sent = await reader.save(link, page, off=["email/news"], on=["sms/offers", "email/club"])
        assert sent.status_code == 303
        again = await reader.see(sent.headers["location"])
        assert "Saved." in again
        assert 'value="email/news">' in again
        assert 'value="email/club" checked' in again
        # The same page once more, and one on which nothing was changed, tell nothing.
        assert (await reader.save(link, page, off=["email/news"])).status_code == 303
        assert "said=nothing" in (await reader.save(link, again)).headers["location"]
        # At once again, by a clock that stands: the later word is the one that counts.
        assert "said=saved" in (await reader.save(link, again, on=["email/news"])).headers["location"]

    reading(app, walk)
    assert said(app) == [
        ("Consent Withdrawn", "email", "news"),
        ("Consent Given", "email", "club"),
        ("Consent Given", "email", "news"),
    ]
    assert standing(app, "ada").said["email", "news"].given
    proof = statements(app)[2][1]
    assert proof["wording"] == "Yes, write to me about news."
    assert (proof["wording_version"], proof["basis"], proof["purpose"]) == ("1", "consent", "advertising")
    assert (proof["ip"], proof["source"]) == ("192.0.2.7", "preference-centre")


def test_the_rest_of_the_page_is_obeyed_and_the_language_becomes_a_trait(app: App) -> None:
    agree(app, "ada")
    write_to(app, "ada")
    (link,) = links(app)

    async def walk(reader: Reader) -> None:
        changes: dict[str, Any] = {
            "often": "30",
            "pause": "90",
            "locale": "de",
            "profiling": None,
            "tracking": "yes",
        }
        sent = await reader.save(link, **changes)
        page = await reader.see(sent.headers["location"])
        app.catch_up(AT)
        write_to(app, "ada", version=2)
        assert '<html lang="de">' in page
        assert "Pause bis 31. Mai 2026" in page
        assert "Sie haben am 2. März 2026 in „News“ eingewilligt." in page
        assert (await reader.save(link, page, pause="0", often="0")).status_code == 303

    reading(app, walk)
    assert said(app)[:5] == [
        ("Fewer Messages Asked", "", ""),
        ("Messages Paused", "", ""),
        ("Profiling Objected", "", ""),
        ("Consent Given", "tracking", ""),
        ("identify", "", ""),
    ]
    with app.database.transaction() as tx:
        done = [(one.about, one.given, one.people) for one in preferences.changes(tx, AT)]
        assert preferences.opt_outs(tx, AT, app.zone) == []
    assert done == [
        ("frequency", False, 1),
        ("frequency", True, 1),
        ("pause", False, 1),
        ("pause", True, 1),
        ("profiling", False, 1),
        ("tracking", True, 1),
    ]
    assert len(letters(app)) == 1  # Nothing while it is paused.
    stands = standing(app, "ada")
    assert (stands.less_often, stands.pause_asked) == (False, False)
    assert (stands.profiling_objected, stands.tracking_allowed) == (True, True)
    with app.database.transaction() as tx:
        assert customers.get(tx, number(app, "ada")).traits["locale"] == "de"


def test_looking_changes_nothing_however_often_and_whoever_looks(app: App) -> None:
    write_to(app, "ada", topic="offers")
    (link,) = links(app)

    async def walk(reader: Reader) -> None:
        for path in (link, f"{link}/unsubscribe", f"{link}?language=de", "/p/", "/p/style.css"):
            assert (await reader.client.get(path)).status_code == 200
            await reader.client.head(path)
        for path in (f"{link}/link", f"{link}/erase"):
            assert (await reader.client.get(path)).status_code in {404, 405}

    reading(app, walk)
    assert statements(app) == []
    assert rows_in(app, "preferences.submission") == rows_in(app, "preferences.link_request") == 0
    with app.database.transaction() as tx:
        assert preferences.visits(tx, AT.date()) == {"asked_to_leave": 1, "seen": 2}


def test_whoever_looks_at_a_message_does_not_get_its_readers_link(app: App) -> None:
    write_to(app, "ada", topic="offers")
    with app.database.transaction() as tx:
        sent = next(tx.execute("select send_id from messaging.recorded"))[0]
        shown = messaging.message(tx, public_id("msg", sent))
    assert shown.text_body == f"See {BASE}/p/…"
    assert (shown.headers or {})["List-Unsubscribe"] == f"<{BASE}/p/…/unsubscribe>"
    assert shown.mime()


def test_one_click_unsubscribes_from_the_topic_of_the_message_by_any_body(app: App) -> None:
    agree(app, "ada", topic="")
    write_to(app, "ada", "ben", topic="offers")
    write_to(app, "ada", topic="", version=2)
    headers = [one[2] for one in letters(app)]
    assert {one["List-Unsubscribe-Post"] for one in headers} == {"List-Unsubscribe=One-Click"}
    paths = [one["List-Unsubscribe"].strip("<>").removeprefix(BASE) for one in headers]

    async def walk(reader: Reader) -> None:
        for _ in range(2):
            clicked = await reader.client.post(paths[0], data=ONE_CLICK)
            assert (clicked.status_code, clicked.history) == (200, [])
            assert "set-cookie" not in clicked.headers
        parts: Any = {"List-Unsubscribe": (None, "One-Click")}
        assert (await reader.client.post(paths[1], files=parts)).status_code == 200
        whole = await reader.client.post(paths[2], data=ONE_CLICK)
        assert "You are unsubscribed" in whole.text

    reading(app, walk)
    assert said(app) == [
        ("Consent Withdrawn", "email", "offers"),
        ("Consent Withdrawn", "email", "offers"),
        ("Consent Withdrawn", "email", ""),
    ]
    write_to(app, "ada", topic="news", version=3)
    assert len(letters(app)) == 3


def test_what_no_reader_and_no_mailbox_sent_unsubscribes_nobody_and_leaving_counts_with_its_message(
    app: App,
) -> None:
    agree(app, "ada", topic="")
    write_to(app, "ada", topic="offers")
    (link,) = {one[2]["List-Unsubscribe"].strip("<>").removeprefix(BASE) for one in letters(app)}

    async def scan(reader: Reader) -> None:
        bodies: list[dict[str, str]] = [
            {},
            {"List-Unsubscribe": "yes"},
            {"do": "anything"},
            {"do": "everything", "website": "https://filled.example"},
        ]
        for method in ("GET", "HEAD"):
            assert (await reader.client.request(method, link)).status_code in (200, 405)
        for body in bodies:
            asked = await reader.client.post(link, data=body)
            assert "Unsubscribe from “Offers”?" in asked.text

    reading(app, scan)
    assert said(app) == []
    assert answers(app) == []

    async def leave(reader: Reader) -> None:
        for _ in range(2):
            assert "You are unsubscribed" in (await reader.client.post(link, data=ONE_CLICK)).text

    reading(app, leave)
    assert answers(app) == [("unsubscribed", "ada@example.com")]


def answers(app: App) -> list[Any]:
    with app.database.transaction() as tx:
        return tx.execute(
            "select reaction.kind, recorded.address from messaging.fact_reaction as reaction"
            " inner join messaging.recorded using (send_id)"
        ).fetchall()


def test_a_page_asks_before_it_unsubscribes_and_from_everything_means_all_channels(app: App) -> None:
    agree(app, "ada")
    write_to(app, "ada", topic="news")
    (link,) = links(app)

    async def walk(reader: Reader) -> None:
        asked = await reader.see(f"{link}/unsubscribe")
        assert "Unsubscribe from “News”?" in asked
        done = await reader.client.post(f"{link}/unsubscribe", data={"do": "everything"})
        assert "You are unsubscribed." in done.text
        page = await reader.see(link)
        assert "checked> by" not in page
        # A topic that is switched on again is heard, and nothing else.
        assert (await reader.save(link, page, on=["email/news"])).status_code == 303
        again = await reader.see(link)
        assert re.findall(r'value="(\w+/\w*)" checked', again) == ["email/news"]

    reading(app, walk)
    assert said(app) == [
        ("Consent Withdrawn", "email", ""),
        ("Consent Withdrawn", "sms", ""),
        ("Consent Given", "email", "news"),
    ]


def test_only_a_link_that_was_asked_for_shows_who_somebody_is_and_for_an_hour(app: App) -> None:
    agree(app, "ada")
    write_to(app, "ada")
    (letter,) = links(app)

    async def walk(reader: Reader) -> None:
        assert (await reader.client.post(f"{letter}/erase")).status_code == 404
        sent = await reader.client.post(f"{letter}/link")
        assert "a link is on its way" in await reader.see(sent.headers["location"])
        app.send(AT)
        fresh = links(app)[-1]
        assert letters(app)[-1][0] == "ada@example.com"
        assert "List-Unsubscribe" not in letters(app)[-1][2]
        page = await reader.see(fresh)
        assert "Ada Byron" in page
        assert "ada@example.com" in page
        assert "News by e-mail, agreed" in page
        assert "Ada Byron" not in await reader.see(letter)
        assert "Erase all your data?" in await reader.see(f"{fresh}/erase")
        for _ in range(2):
            assert (await reader.client.post(f"{fresh}/erase")).status_code == 303
        assert "Your request has been received on 2 March 2026" in await reader.see(fresh)
        later(app, hours=1, seconds=1)
        assert "Ada Byron" not in await reader.see(fresh)
        assert (await reader.client.get(f"{fresh}/erase")).status_code == 404
        later(app, days=14)
        gone = await reader.client.get(fresh)
        assert (gone.status_code, "Ask for a new link" in gone.text) == (409, True)

    reading(app, walk)
    with app.database.transaction() as tx:
        (asked,) = privacy.erasures_of(tx, number(app, "ada"))
    assert (asked.state, asked.asked_by) == ("asked", "customer")


def test_a_proven_customer_gets_their_data_as_an_archive_and_a_link_when_it_is_ready(app: App) -> None:
    async def walk(reader: Reader) -> None:
        await reader.asks("ada@example.com")
        app.send(AT)
        fresh = links(app)[-1]
        assert (await reader.client.get(f"{fresh}/archive")).status_code == 404
        assert (await reader.client.post(f"{fresh}/download")).status_code == 303
        assert "Your archive is being made" in await reader.see(fresh)
        await asyncio.to_thread(jobs.Worker(app.database, app.jobs).run_waiting)
        later(app, hours=2)
        assert (await reader.client.get(f"{fresh}/archive")).status_code == 404
        app.send(AT)
        again = links(app)[-1]
        assert again != fresh
        assert "Your archive is ready until 9 March 2026" in await reader.see(again)
        given = await reader.client.get(f"{again}/archive")
        assert (given.status_code, given.headers["content-type"]) == (200, "application/zip")
        assert given.headers["cache-control"] == "no-store"
        with ZipFile(BytesIO(given.content)) as archive:
            assert any(b"Ada Byron" in archive.read(name) for name in archive.namelist())

    reading(app, walk)


def test_a_link_sent_to_an_address_that_is_no_longer_theirs_can_only_unsubscribe(app: App) -> None:
    agree(app, "ada")
    write_to(app, "ada")
    (link,) = links(app)
    tell(app, "ada", email="new@example.com")

    async def walk(reader: Reader) -> None:
        page = await reader.see(link)
        assert "your address has changed since" in page
        assert "new@" not in page
        assert 'name="on"' not in page
        await reader.client.post(f"{link}/link")
        app.send(AT)
        assert letters(app)[-1][0] == "new@example.com"
        later(app, days=400)
        assert (await reader.client.post(f"{link}/unsubscribe", data=ONE_CLICK)).status_code == 200

    reading(app, walk)
    assert said(app) == [("Consent Withdrawn", "email", "news")]


def test_two_people_of_one_address_choose_who_they_are_and_see_nothing_of_each_other(app: App) -> None:
    async def walk(reader: Reader) -> None:
        await reader.asks("both@example.com")
        app.send(AT)
        assert [one[0] for one in letters(app)] == ["both@example.com"]
        page = await reader.see(links(app)[0])
        ways = re.findall(r'href="(/p/[\w-]{63}[^"]*)">\d. (\w) …', page)
        assert [initial for _, initial in ways] == ["B", "C"]
        for hidden in ("Ben Both", "Cleo Both", "both@", 'name="on"'):
            assert hidden not in page
        own = await reader.see(ways[1][0])
        assert "does not say which of them you are" in own
        assert "Cleo Both" not in own
        link = ways[1][0].partition("?")[0]
        assert (await reader.client.post(f"{link}/erase")).status_code == 404
        assert (await reader.save(link, own, on=["email/news"])).status_code == 303

    reading(app, walk)
    assert standing(app, "cleo").said["email", "news"].given
    assert standing(app, "ben").said == {}


def test_asking_by_address_says_the_same_for_everybody_and_not_too_often(app: App) -> None:
    async def walk(reader: Reader) -> None:
        known = [await reader.asks("ada@example.com") for _ in range(6)]
        later(app, minutes=16)
        nobody = [await reader.asks("nobody@example.com") for _ in range(6)]
        for answers in (known, nobody):
            assert [one.status_code for one in answers] == [303] * 5 + [429]
        assert {one.headers["location"] for one in (*known[:5], *nobody[:5])} == {"/p/?said=link"}
        assert known[5].text == nobody[5].text
        assert "is on its way" in await reader.see("/p/?said=link")
        later(app, minutes=16)
        for waits_s, typed in ((0.5, {}), (20, {"website": "http://spam.invalid"})):
            assert (await reader.asks("ben@example.com", waits_s, **typed)).status_code == 303
        assert (await reader.asks("no address")).status_code == 422
        assert (await reader.client.post("/p/", data={"address": "ada@example.com"})).status_code == 422

    reading(app, walk)
    app.send(AT)
    app.send(AT)
    assert [one[0] for one in letters(app)] == ["ada@example.com"]  # One, however often it was asked for.
    assert rows_in(app, "preferences.link_request") == 10
    with app.database.transaction() as tx:
        assert preferences.forget(tx, AT + timedelta(days=40)) == 10


def test_links_that_are_asked_for_at_the_same_moment_are_all_counted(app: App) -> None:
    def ask(number: int) -> bool:
        asked = preferences.Asked(nonce=f"n{number}", origin=f"203.0.113.{number}", language="en", now=AT)
        try:
            with app.database.transaction() as tx:
                preferences.ask_by_address(tx, "ada@example.com", asked)
        except preferences.TooManyLinks:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(16))) == 5
    assert rows_in(app, "preferences.link_request") == 5


class Broken(channels.RecordingChannel):
    def deliver(self, tx: Any, messages: Any) -> Any:
        raise ConnectionError("The process dies here.")


def test_a_link_that_was_asked_for_is_mailed_once_whatever_happens_between(app: App) -> None:
    with app.database.transaction() as tx:
        asked = preferences.Asked(nonce="n", origin="192.0.2.1", language="de", now=AT)
        for _ in range(2):
            preferences.ask_by_address(tx, "Ada@Example.com", asked)
    broken = replace(app.sender, channel_of=lambda _tx, _key: Broken())
    with pytest.raises(ConnectionError):
        preferences.carry_on(app.database, broken, address=BASE, at=AT, now=AT)
    assert letters(app) == []
    for _ in range(3):
        app.send(AT)
    ((address, text, _),) = letters(app)
    assert address == "ada@example.com"
    assert "Guten Tag" in text


def test_an_address_that_only_a_page_told_shows_nothing_of_whom_it_was_told(app: App) -> None:
    claimed = NewEvent(
        message_id="claimed",
        type="identify",
        name="identify",
        occurred_at=AT,
        user_id="ada",
        properties={"email": "mallory@example.com"},
        context={"public": True},
    )
    with app.database.transaction() as tx:
        log.append(tx, [claimed])
    app.catch_up(AT)
    with app.database.transaction() as tx:
        url = preferences.link(
            tx, number(app, "ada"), BASE, now=AT, address="mallory@example.com", use="fresh"
        ).removeprefix(BASE)

    async def walk(reader: Reader) -> None:
        page = await reader.see(url)
        assert "Ada Byron" not in page and "442079460018" not in page
        assert (await reader.client.post(f"{url}/download")).status_code == 404
        assert (await reader.client.post(f"{url}/erase")).status_code == 404

    reading(app, walk)


def test_after_a_merge_the_links_of_both_open_the_one_person(app: App) -> None:
    ben, cleo = number(app, "ben"), number(app, "cleo")
    with app.database.transaction() as tx:
        both = [
            preferences.link(tx, one, BASE, now=AT, address="both@example.com", use="fresh")
            for one in (ben, cleo)
        ]
        actor = Actor(person_id=1, name="Ada", level=4, function="privacy", scope=None, via="console")
        customers.merge(tx, customers.Deciding(actor=actor, at=AT, follow=FOLLOW), ben, cleo)

    async def walk(reader: Reader) -> None:
        for url in both:
            page = await reader.see(url.removeprefix(BASE))
            assert "Who are you?" not in page
            assert "both@example.com" in page
            assert (await reader.save(url.removeprefix(BASE), page, on=["email/news"])).status_code == 303

    reading(app, walk)
    assert said(app) == [("Consent Given", "email", "news")]


def test_links_that_are_forged_withdrawn_or_of_nobody_open_nothing(app: App) -> None:
    write_to(app, "ada", topic="offers")
    (link,) = links(app)
    with app.database.transaction() as tx:
        sealing = preferences.key(tx)
        made = preferences.unseal(sealing, link.removeprefix("/p/"))
        of_nobody = preferences.seal(sealing, replace(made, atom_id=10**12))
        foreign = preferences.seal(preferences.Key(b"?" * 32, 1), made)

    async def walk(reader: Reader) -> None:
        for wrong in (f"/p/{of_nobody}", f"/p/{foreign}", link[:-1], f"{link}x", "/p/²", "/p/style.cs"):
            for path in (wrong, f"{wrong}/unsubscribe"):
                assert (await reader.client.get(path)).status_code == 404, path
                assert (await reader.client.post(path, data=ONE_CLICK)).status_code == 404, path
        page = await reader.see(link)
        elsewhere = await reader.save(link, page, nonce=page.partition('nonce" value="')[2][:30])
        assert (elsewhere.status_code, "open for too long" in elsewhere.text) == (422, True)
        with app.database.transaction() as tx:
            preferences.withdraw_links(tx)
        assert (await reader.client.get(link)).status_code == 409
        assert (await reader.client.post(f"{link}/unsubscribe", data=ONE_CLICK)).status_code == 409
        assert (await reader.client.post(link, content=b"a=" + b"x" * 100_000)).status_code == 422

    reading(app, walk)
    assert statements(app) == []


def test_a_page_is_saved_once_and_two_pages_undo_nothing_of_each_other(app: App) -> None:
    agree(app, "ada")
    who = number(app, "ada")
    with app.database.transaction() as tx:
        url = preferences.link(tx, who, BASE, now=AT, address="ada@example.com", use="letter")
    token = url.rpartition("/")[2]
    start = Barrier(4)

    def save(nonce: str, switches: dict[str, bool]) -> bool:
        start.wait()
        with app.database.transaction() as tx:
            holder = preferences.hold_link(tx, token, AT)
            sent = preferences.Sent(nonce=nonce, how="page", ip=None, at=AT, now=AT)
            wanted = preferences.Wanted(switches=switches)
            return preferences.save(tx, holder, preferences.words("en"), wanted, sent)

    off, on = {"email/news": False}, {"email/club": True}
    with ThreadPoolExecutor(4) as pool:
        saved = list(pool.map(save, ("a", "a", "b", "b"), (off, off, on, on)))
    assert sorted(saved) == [False, False, True, True]
    assert sorted(said(app)) == [("Consent Given", "email", "club"), ("Consent Withdrawn", "email", "news")]


def test_a_link_that_staff_hand_over_cannot_confirm_an_address(app: App) -> None:
    with app.database.transaction() as tx:
        url = preferences.link(tx, number(app, "ada"), BASE, now=AT)

    async def walk(reader: Reader) -> None:
        path = url.removeprefix(BASE)
        page = await reader.see(path)
        assert "by our staff" in page
        assert "Ada Byron" not in page
        assert (await reader.save(path, page, on=["email/club", "email/news"])).status_code == 303
        later(app, days=15)
        assert (await reader.client.get(path)).status_code == 409

    reading(app, walk)
    assert said(app) == [("Consent Given", "email", "news")]


def test_the_published_centre_decides_what_is_shown_and_in_which_colour(app: App) -> None:
    body = preferences.Centre(
        title="Ours",
        language="de",
        texts={
            "de": preferences.Text(
                title="Post <b>von uns</b>",
                topics={"news": preferences.TopicText(title="Neues", wording="Ja, schreibt mir.")},
            )
        },
        topics=("news",),
        channels=("email",),
        logo_text="Laden & Söhne",
        colour="#7a1f3d",
        fewer_days=(),
        pause_days=(),
        profiling=False,
        tracking=False,
    )
    with app.database.transaction() as tx:
        before = preferences.preview_link(tx, 0, BASE, now=AT, language="en").removeprefix(BASE)
        publish(tx, preferences.PREFERENCE_CENTRE, preferences.KEY, body)
        url = preferences.link(tx, number(app, "ada"), BASE, now=AT, address="ada@example.com", use="letter")

    async def walk(reader: Reader) -> None:
        page = await reader.see(url.removeprefix(BASE))
        assert "Post &lt;b&gt;von uns&lt;/b&gt;" in page
        assert "Laden &amp; Söhne" in page
        assert re.findall(r'name="on" value="([^"]+)"', page) == ["email/news", "email/"]
        assert "often" not in page
        assert "#7a1f3d" in await reader.see("/p/style.css")
        await reader.save(url.removeprefix(BASE), page, on=["email/news"])
        shown = await reader.see(before)
        assert "Ada Example" in shown
        assert (await reader.client.post(before.partition("?")[0])).status_code == 409

    reading(app, walk)
    proof = statements(app)[0][1]
    assert (proof["wording"], proof["wording_version"]) == ("Ja, schreibt mir.", "1/de")


def test_what_is_held_of_somebody_is_told_and_erased(app: App) -> None:
    write_to(app, "ada", topic="offers")
    (link,) = links(app)

    async def walk(reader: Reader) -> None:
        await reader.save(link, off=["email/offers"], often="7")
        await reader.asks("ada@example.com")

    reading(app, walk)
    atoms, known = [number(app, "ada")], ["Ada@example.com"]
    with app.database.transaction() as tx:
        chosen, asked = (found for _, found in preferences.held(tx, atoms, known))
        assert [(one["about"], one["given"]) for one in chosen] == [("consent", False), ("frequency", False)]
        assert len(asked) == 1
        assert set(preferences.erase(tx, atoms, known).values()) == {1}
        assert [found for _, found in preferences.held(tx, atoms, known)] == [[], []]


def test_a_template_needs_no_default_for_the_links_that_every_message_has() -> None:
    text = "{{ preferences_url }} {{ unsubscribe_url }}"
    assert templates.review(templates.Template(title="T", subject="S", text=text)) == []
