"""The preference centre from the link in a message to the statements in the log."""

from collections.abc import Iterator

import pytest

from regulars.app import App
from regulars.db import Database
from tests.integration.preferences.given import (
    Reader,
    agree,
    letters,
    links,
    reading,
    said,
    shop,
    statements,
    write_to,
)


@pytest.fixture
def app(database: Database) -> Iterator[App]:
    made = shop(database)
    yield made
    made.sequencer.close()


def test_what_is_switched_is_told_once_with_its_proof_and_shown_at_once(app: App) -> None:
    agree(app, "ada")
    write_to(app, "ada")
    (link,) = links(app)

    async def walk(reader: Reader) -> None:
        page = await reader.see(link)
        assert "Ada" not in page and "ada@" not in page
        sent = await reader.save(link, page, off=["email/news"], on=["sms/offers", "email/club"])
        assert sent.status_code == 303
        again = await reader.see(sent.headers["location"])
        assert "Saved." in again
        assert 'value="email/news">' in again and 'value="email/club" checked' in again
        assert (await reader.save(link, page, off=["email/news"])).status_code == 303

    reading(app, walk)
    assert said(app) == [("Consent Withdrawn", "email", "news"), ("Consent Given", "email", "club")]
    proof = statements(app)[1][1]
    assert proof["ip"] == "192.0.2.7"
    assert proof["source"] == "preference-centre"
    assert "List-Unsubscribe" in letters(app)[0][2]
