"""One-click unsubscribe (RFC 8058): what a mailbox may send does it, and nothing else that asks for the link does."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from regulars.app import App
from regulars.db import Database
from tests.integration.preferences.given import BASE, Reader, agree, letters, reading, said, shop, write_to

FORM = "application/x-www-form-urlencoded"
PARTS = 'multipart/form-data; boundary="=_a+b"'
ONE_CLICK = "List-Unsubscribe=One-Click"


def part(name: str, text: str, *, more: str = "") -> str:
    return f'--=_a+b\r\nContent-Disposition: form-data; name="{name}"\r\n{more}\r\n{text}\r\n'


# The body and its type: these are what the standard has, in every dress a mailbox may give them.
GOOD = {
    "form": (ONE_CLICK, FORM),
    "with its letters' code": (ONE_CLICK, f"{FORM}; charset=UTF-8"),
    "parts": (part("List-Unsubscribe", "One-Click") + "--=_a+b--\r\n", PARTS),
    "after another part": (
        part("other", "a=b&c=d;e") + part("List-Unsubscribe", "One-Click") + "--=_a+b--\r\n",
        PARTS,
    ),
    "a part with its type": (
        part("List-Unsubscribe", "One-Click", more="Content-Type: text/plain\r\n") + "--=_a+b--\r\n",
        PARTS,
    ),
}
BAD = {
    "nothing": ("", FORM),
    "another word": ("List-Unsubscribe=Two-Click", FORM),
    "more than the word": ("List-Unsubscribe=One-Clicks", FORM),
    "another name": ("Unsubscribe=One-Click", FORM),
    "json": ('{"List-Unsubscribe": "One-Click"}', "application/json"),
    "another part": (part("Unsubscribe", "One-Click") + "--=_a+b--\r\n", PARTS),
    "a part that says more": (part("List-Unsubscribe", "One-Click-not") + "--=_a+b--\r\n", PARTS),
    "half a part": (part("List-Unsubscribe", "One-Click")[:60], PARTS),
    "what a program fills in": (f"{ONE_CLICK}&website=https://filled.example", FORM),
    "too long": (ONE_CLICK + "&a=" + "x" * 70_000, FORM),
    "too many": (ONE_CLICK + "&a=1" * 300, FORM),
    "no letters": ("List-Unsubscribe=\xff\x00\x01", FORM),
}


@pytest.fixture
def app(database: Database, tmp_path: Path) -> Iterator[App]:
    made = shop(database, home=tmp_path)
    yield made
    made.sequencer.close()


def link_of(app: App) -> str:
    return letters(app)[-1][2]["List-Unsubscribe"].strip("<>").removeprefix(BASE)


def test_no_other_request_unsubscribes_anybody_and_none_leads_away_or_leaves_a_cookie(app: App) -> None:
    agree(app, "ada", topic="")
    write_to(app, "ada", topic="offers")
    link = link_of(app)
    token = link.split("/")[2]

    async def ask(reader: Reader) -> None:
        for name, (body, kind) in BAD.items():
            head = {"content-type": kind}
            asked = await reader.client.post(link, content=body.encode("latin-1"), headers=head)
            assert (name, asked.status_code) == (name, 200)
            assert (name, "Unsubscribe from “Offers”?" in asked.text) == (name, True)
            assert not {"set-cookie", "location"} & set(asked.headers)
        head = {"content-type": FORM, "x-http-method-override": "POST"}
        for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"):
            for to in (link, f"{link}?{ONE_CLICK}&do=everything&_method=POST"):
                other = await reader.client.request(method, to, content=ONE_CLICK, headers=head)
                assert (method, other.status_code) in ((method, 405), ("GET", 200))
                assert "set-cookie" not in other.headers
        turned = token[:-2] + ("AA" if token[-2:] != "AA" else "BA")
        for wrong in (turned, token[:-1], f"{token}x", "x", "%00", "..%2F..", token.lower()):
            gone = await reader.client.post(f"/p/{wrong}/unsubscribe", content=ONE_CLICK, headers=head)
            assert (wrong, gone.status_code) == (wrong, 404)
        # The page of choices is no place for one click.
        await reader.client.post(link.removesuffix("/unsubscribe"), content=ONE_CLICK, headers=head)

    reading(app, ask)
    assert said(app) == []


def test_each_dress_of_the_body_unsubscribes_at_once_with_the_answer_itself(app: App) -> None:
    for who in ("ada", "ben"):
        agree(app, who, topic="")
    links = []
    sends = [("ada", "news"), ("ada", "offers"), ("ben", "offers"), ("ben", ""), ("ada", "")]
    for version, (who, topic) in enumerate(sends, 1):
        write_to(app, who, topic=topic, version=version)
        links.append(link_of(app))

    async def click(reader: Reader) -> None:
        for link, (name, (body, kind)) in zip(links, GOOD.items(), strict=True):
            clicked = await reader.client.post(link, content=body, headers={"content-type": kind})
            assert (name, clicked.status_code, clicked.history) == (name, 200, [])
            assert (name, "unsubscribed" in clicked.text) == (name, True)
            assert not {"set-cookie", "location"} & set(clicked.headers)
            assert clicked.headers["cache-control"] == "no-store"

    reading(app, click)
    assert [one[1:] for one in said(app)] == [("email", topic) for _, topic in sends]
