"""The pages of forms, as the people who run them see them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta

import pytest

from regulars import definitions, forms, templates
from regulars.access import SYSTEM
from regulars.app import App
from regulars.db import Database
from tests.acceptance.console.office import AT, Person, build

KEY = forms.PREFERENCES_KEY


@pytest.fixture
def app(database: Database) -> Iterator[App]:
    made = build(database)
    yield made
    made.sequencer.close()


def walking(app: App, walk: Callable[[Person], Awaitable[None]], email: str = "max@example.invalid") -> None:
    async def run() -> None:
        await walk(await Person(app).sign_in(email))

    asyncio.run(run())


def publish(app: App) -> None:
    with app.database.transaction() as tx:
        for kind, key, body in (
            (templates.TEMPLATE, forms.CONFIRM_TEMPLATE_KEY, forms.CONFIRM_TEMPLATE),
            (forms.FORM, KEY, forms.PREFERENCES),
        ):
            definitions.save_draft(tx, SYSTEM, kind, key, body, at=AT, etag=None)
            definitions.publish(tx, SYSTEM, kind, key, at=AT)


def answer(app: App) -> None:
    typed = {"email": ["ada@example.com"], "first_name": ["<i>Ada</i>"], "agree-0": ["yes"]}
    with app.database.transaction() as tx:
        token = forms.opened(forms.secret(tx), KEY, AT - timedelta(minutes=1))
        forms.submit(tx, KEY, forms.Sent(typed=typed, token=token, address="192.0.2.1"), at=AT, now=AT)
    app.catch_up(AT)


def test_without_forms_the_page_says_how_to_begin(app: App) -> None:
    async def walk(person: Person) -> None:
        assert "No form yet" in await person.see("/data/forms")

    walking(app, walk)


def test_a_form_shows_its_address_its_counts_and_masked_answers(app: App) -> None:
    publish(app)
    answer(app)

    async def walk(person: Person) -> None:
        assert "What do you like?" in await person.see("/data/forms")
        seen = await person.see(f"/data/forms/{KEY}")
        assert f"/f/{KEY}" in seen
        assert "Waits for confirmation" in seen
        assert "&lt;i&gt;Ada&lt;/i&gt;" in seen
        assert "ada@example.com" not in seen
        assert "Write to me by e-mail about these." in seen

    walking(app, walk)


def test_who_needs_contact_details_sees_them(app: App) -> None:
    publish(app)
    answer(app)

    async def walk(person: Person) -> None:
        assert "ada@example.com" in await person.see(f"/data/forms/{KEY}")

    walking(app, walk, "cas@example.invalid")
