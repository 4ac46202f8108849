"""A hosted form from the page to the profile: confirmation, agreements, machines, repeats, races."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from regulars import customers, definitions, forms, log, templates
from regulars.access import SYSTEM
from regulars.app import App, assemble
from regulars.db import Database
from regulars.intake import create_forms
from regulars.kernel import Invalid
from regulars.settings import read_settings

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
BASE = "http://forms.test"
KEY = forms.PREFERENCES_KEY


@dataclass
class Hand:
    """The wall clock, moved by the test: whoever fills in a form takes a while."""

    at: datetime = field(default_factory=lambda: AT)

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def app(database: Database) -> Iterator[App]:
    made = replace(assemble(read_settings(workspace="forms", public_url=BASE), database), wall=Hand())
    with database.transaction() as tx:
        log.stand(tx, AT)
        for kind, key, body in (
            (templates.TEMPLATE, forms.CONFIRM_TEMPLATE_KEY, forms.CONFIRM_TEMPLATE),
            (forms.FORM, KEY, forms.PREFERENCES),
        ):
            definitions.save_draft(tx, SYSTEM, kind, key, body, at=AT, etag=None)
            definitions.publish(tx, SYSTEM, kind, key, at=AT)
    yield made
    made.sequencer.close()


@dataclass(frozen=True)
class Reader:
    """Somebody at a browser without script."""

    app: App
    client: httpx.AsyncClient

    async def opens(self) -> str:
        found = re.search(r'name="token" value="([^"]+)"', (await self.client.get(f"/f/{KEY}")).text)
        assert found
        return found.group(1)

    async def answers(self, token: str, waits_s: float = 20, **typed: Any) -> httpx.Response:
        hand = self.app.wall
        assert isinstance(hand, Hand)
        hand.at += timedelta(seconds=waits_s)
        return await self.client.post(f"/f/{KEY}", data={"token": token, **typed})


def reading(app: App, walk: Callable[[Reader], Awaitable[None]]) -> None:
    async def run() -> None:
        server = FastAPI()
        server.include_router(create_forms(app))
        transport = httpx.ASGITransport(app=server)
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            await walk(Reader(app, client))

    asyncio.run(run())


def settle(app: App) -> None:
    """The readers bring the address, the message leaves, and its events are read."""
    app.catch_up(AT)
    app.send(AT)
    app.catch_up(AT)


def profile(app: App, submission: forms.Submission) -> customers.Customer:
    with app.database.transaction() as tx:
        number = customers.find(tx, "anonymous_id", submission.person_key)
        assert number is not None
        return customers.get(tx, number)


def the_only(app: App) -> forms.Submission:
    with app.database.transaction() as tx:
        (found,) = forms.submissions(tx, KEY).items
    return found


def links(app: App) -> list[str]:
    with app.database.transaction() as tx:
        texts = [row[0] for row in tx.execute("select text_body from messaging.recorded order by send_id")]
    return [found for text in texts for found in re.findall(rf"{BASE}(/f/\S+)", text)]


def names(app: App) -> list[str]:
    with app.database.transaction() as tx:
        return [row[0] for row in tx.execute("select name from log.event order by position")]


def test_answers_are_taken_over_when_the_address_is_confirmed_and_not_before(app: App) -> None:
    async def walk(reader: Reader) -> None:
        sent = await reader.answers(
            await reader.opens(),
            **{"email": "Ada@Example.com", "first_name": "Ada", "interests": ["Recipes"], "agree-0": "yes"},
        )
        assert sent.status_code == 303
        settle(app)
        assert profile(app, the_only(app)).traits == {"email": "Ada@example.com"}
        (link,) = links(app)
        looked = await reader.client.get(link)
        assert "Yes, confirm my address" in looked.text
        assert the_only(app).state == "pending"
        assert "Your address is confirmed" in (await reader.client.post(link)).text
        assert "Your address is confirmed" in (await reader.client.post(link)).text

    reading(app, walk)
    settle(app)
    found = profile(app, the_only(app))
    assert found.traits == {
        "email": "Ada@example.com",
        "first_name": "Ada",
        "interests": ["Recipes"],
    }
    assert names(app).count("Consent Given") == 1
    assert names(app).count("regulars.forms.confirmed") == 1
    with app.database.transaction() as tx:
        (consent,) = customers.consents(tx, found.customer_id)
        answered = the_only(app)
    assert (consent.via, consent.topic, consent.believed) == ("form", "news", True)
    assert consent.asked_at == answered.submitted_at and consent.occurred_at == answered.confirmed_at
    assert consent.asked_ip == consent.ip == answered.asked_ip == answered.confirmed_ip == "127.0.0.1"
    assert consent.source == f"form {KEY}, version 1"


def test_a_form_keeps_to_the_consent_policy(app: App) -> None:
    topic = {"key": "offers", "title": "Offers", "double_opt_in": True, "wordings": {"1": "Yes"}}
    policy = {"title": "Ours", "topics": [topic]}
    asked = {"channel": "email", "topic": "offers", "wording": "Oh yes", "wording_version": "1"}
    body = {
        "title": "F",
        "confirm": False,
        "fields": [{"name": "email", "label": "E-mail", "type": "email"}],
        "agreements": [asked, {**asked, "topic": "news", "wording_version": ""}],
    }
    with app.database.transaction() as tx:
        definitions.save_draft(tx, SYSTEM, customers.CONSENT_POLICY, "consent", policy, at=AT)
        definitions.publish(tx, SYSTEM, customers.CONSENT_POLICY, "consent", at=AT)
    with pytest.raises(Invalid) as wrong, app.database.transaction() as tx:
        definitions.save_draft(tx, SYSTEM, forms.FORM, "offers", body, at=AT)
        definitions.publish(tx, SYSTEM, forms.FORM, "offers", at=AT)
    found = {one.path: one.message for one in wrong.value.findings}
    assert set(found) == {"agreements[0].topic", "agreements[0].wording_version", "agreements[1].topic"}
    assert "let this form confirm the address" in found["agreements[0].topic"]


def test_a_message_leaves_once_however_often_sending_runs(app: App) -> None:
    async def walk(reader: Reader) -> None:
        await reader.answers(await reader.opens(), email="ada@example.com")
        for _ in range(3):
            settle(app)

    reading(app, walk)
    assert len(links(app)) == 1


def test_two_answers_of_one_person_get_a_link_each(app: App) -> None:
    async def walk(reader: Reader) -> None:
        for _ in range(2):
            await reader.answers(await reader.opens(), email="ada@example.com")
        for _ in range(3):
            settle(app)
        assert len(set(links(app))) == 2
        for link in links(app):
            assert "is confirmed" in (await reader.client.post(link)).text

    reading(app, walk)
    with app.database.transaction() as tx:
        assert {one.state for one in forms.submissions(tx, KEY).items} == {"confirmed"}


def test_what_is_wrong_is_told_at_its_field_and_nothing_typed_is_lost(app: App) -> None:
    async def walk(reader: Reader) -> None:
        sent = await reader.answers(
            await reader.opens(), email="not an address", first_name="<b>Ada</b>", birthday="1.5.1990"
        )
        assert sent.status_code == 422
        assert "This is not an e-mail address" in sent.text
        assert "Write a date as year-month-day" in sent.text
        assert 'value="&lt;b&gt;Ada&lt;/b&gt;"' in sent.text

    reading(app, walk)
    assert names(app) == []


@pytest.mark.parametrize(
    ("waits_s", "typed"), [(0.5, {}), (20, {forms.TRAP: "http://spam.invalid"})], ids=["hasty", "trapped"]
)
def test_a_machine_is_thanked_counted_and_not_believed(
    app: App, waits_s: float, typed: dict[str, str]
) -> None:
    async def walk(reader: Reader) -> None:
        sent = await reader.answers(await reader.opens(), waits_s, email="bot@example.com", **typed)
        assert sent.status_code == 303

    reading(app, walk)
    with app.database.transaction() as tx:
        assert [one.refusals for one in forms.refusals(tx, KEY)] == [1]
        assert forms.submissions(tx, KEY).items == ()
    app.catch_up(AT)
    assert names(app) == []


def test_the_same_screen_sent_twice_at_once_is_one_answer(app: App) -> None:
    with app.database.transaction() as tx:
        token = forms.opened(forms.secret(tx), KEY, AT - timedelta(minutes=1))
    start = Barrier(4)

    def send(_: int) -> int:
        sent = forms.Sent(typed={"email": ["ada@example.com"]}, token=token, address="192.0.2.1")
        start.wait()
        with app.database.transaction() as tx:
            found = forms.submit(tx, KEY, sent, at=AT, now=AT)
        assert found is not None
        return found.submission_id

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(send, range(4)))) == 1
    app.catch_up(AT)
    assert names(app).count("regulars.forms.submitted") == 1


def test_too_many_answers_of_one_address_wait(app: App) -> None:
    async def walk(reader: Reader) -> None:
        codes = [
            (await reader.answers(await reader.opens(), 3, email="ada@example.com")).status_code
            for _ in range(6)
        ]
        assert codes == [303] * 5 + [429]

    reading(app, walk)


def test_a_link_that_is_not_ours_or_too_old_says_so(app: App) -> None:
    async def walk(reader: Reader) -> None:
        await reader.answers(await reader.opens(), email="ada@example.com")
        settle(app)
        (link,) = links(app)
        for wrong in (
            link[:-1],
            link.replace(f"/{KEY}/", "/other/"),
            f"/f/{KEY}/confirm/9.x",
            f"/f/{KEY}/confirm/²",
        ):
            assert (await reader.client.post(wrong)).status_code == 404, wrong
        with app.database.transaction() as tx:
            log.stand(tx, AT + timedelta(days=8))
        late = await reader.client.post(link)
        assert late.status_code == 409
        assert "good for a week" in late.text

    reading(app, walk)
    with app.database.transaction() as tx:
        assert forms.expire_due(tx, AT + timedelta(days=8)) == 1
    assert the_only(app).answers is None


def test_a_body_without_end_is_not_read(app: App) -> None:
    async def walk(reader: Reader) -> None:
        answer = await reader.client.post(f"/f/{KEY}", content=b"a=" + b"x" * 100_000)
        assert answer.status_code == 422
        many = "&".join(f"a{n}=1" for n in range(500))
        assert (await reader.client.post(f"/f/{KEY}", content=many)).status_code == 422

    reading(app, walk)


def test_a_form_that_cannot_confirm_is_not_published(app: App) -> None:
    body = replace_form(forms.PREFERENCES)
    with app.database.transaction() as tx:
        made = definitions.save_draft(tx, SYSTEM, forms.FORM, "broken", body, at=AT, etag=None)
        found = definitions.validate(tx, forms.FORM, made)
    assert {one.path for one in found} == {"fields", "template", "fields[0].choices", "fields[1].name"}


def replace_form(form: forms.Form) -> forms.Form:
    return forms.Form(
        title=form.title,
        fields=(
            forms.Field(name="colour", label="Colour", type="choice"),
            forms.Field(name="a b", label="Name"),
        ),
    )
