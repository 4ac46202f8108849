"""From an empty workspace to a campaign that reached exactly whom it should, over the API, by a real mail server."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import dkim
import httpx
import msgspec
import pytest

from regulars import access, definitions, log, templates
from regulars.access import SYSTEM
from regulars.app import App, assemble
from regulars.conditions import All, Last, Not, OrderCount
from regulars.db import Database
from regulars.segments import SegmentBody
from regulars.settings import read_settings
from tests.acceptance.console.office import serving
from tests.integration.channels import fakes
from tests.integration.deliverability.name_server import NameServer, name_server
from tests.integration.imports.office import Office

NOW = datetime.now(UTC)
PEOPLE, BAD, UNSUBSCRIBED = 10_000, 300, 500
LAPSED = 400  # Bought in 90 days, and not in 30.
LATELY = 200


@dataclass(frozen=True)
class Solo:
    """One person who does everything, at a running server."""

    app: App
    keys: dict[str, str]  # By the function one works in: a key gains nothing from being alone.
    address: str
    mail: fakes.Fake
    names: NameServer
    home: Path

    def told(self, method: str, path: str, status: int = 200, **more: Any) -> Any:
        technical = path.startswith(("/channels", "/deliverability", "/definitions/channel"))
        headers = self.as_one("engineering" if technical else "marketing") | more.pop("headers", {})
        answer = httpx.request(method, f"{self.address}/api/v1{path}", headers=headers, timeout=60, **more)
        assert answer.status_code == status, (path, answer.text)
        return answer.json()

    def as_one(self, function: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys[function]}"}

    def draft(self, kind: str, key: str, body: Any) -> None:
        """Build on what is there, if there is something."""
        there = httpx.get(f"{self.address}/api/v1/definitions/{kind}/{key}", headers=self.as_one("marketing"))
        headers = {"If-Match": there.headers["ETag"]} if there.status_code == 200 else {}
        self.told(
            "PUT",
            f"/definitions/{kind}/{key}/draft",
            json={"body": msgspec.to_builtins(body)},
            headers=headers,
        )

    def publish(self, kind: str, key: str, body: Any, status: int = 200) -> Any:
        self.draft(kind, key, body)
        return self.told("POST", f"/definitions/{kind}/{key}/publish", status, json={})

    def send(self) -> None:
        """What the worker does, again and again."""
        at = datetime.now(UTC)
        self.app.send(at)
        self.app.catch_up(at)

    @property
    def letters(self) -> list[bytes]:
        return [content for _, content in self.mail.taken]


@pytest.fixture
def solo(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Solo]:
    with fakes.smtp() as mail, name_server() as names:
        monkeypatch.setenv("REGULARS_OUTGOING_ALLOW", f"localhost:{mail.port}")
        monkeypatch.setenv("REGULARS_NAME_SERVERS", f"127.0.0.1:{names.port}")
        app = assemble(read_settings(workspace="main", home=tmp_path), database)
        with database.transaction() as tx:
            boss = access.add_person(
                tx, SYSTEM, email="ada@shop.invalid", name="Ada", level=7, function="administration", at=NOW
            ).actor("console")
            keys = {
                function: access.make_key(tx, boss, name=function, level=6, function=function, at=NOW).text
                for function in ("marketing", "engineering")
            }
        with serving(app, tmp_path) as address:
            yield Solo(app=app, keys=keys, address=address, mail=mail, names=names, home=tmp_path)
        app.sequencer.close()


def klaviyo() -> str:
    """An export of 10,000 profiles: 300 with an address that is none, 500 who unsubscribed."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(
        ["Email", "Klaviyo ID", "First Name", "External ID", "Email Marketing Consent", "Email Suppressions"]
    )
    for number in range(PEOPLE):
        bad = number >= PEOPLE - BAD
        left = number < UNSUBSCRIBED
        rows.writerow(
            [
                f"person-{number}@" if bad else f"person-{number}@example.com",
                f"01{number:06}",
                f"Ann{number}",
                f"u{number}",
                "UNSUBSCRIBED" if left else "SUBSCRIBED",
                "['UNSUBSCRIBED']" if left else "[]",
            ]
        )
    return out.getvalue()


def orders(first: int, count: int, days_ago: int) -> list[log.NewEvent]:
    return [
        log.NewEvent(
            message_id=f"o-{days_ago}-{number}", type="track", name="Order Completed", user_id=f"u{number}",
            occurred_at=NOW - timedelta(days=days_ago), source="shop",
            properties={"order_id": f"o-{days_ago}-{number}", "currency": "EUR", "total": 20,
                        "products": [{"product_id": "tea", "price": 20, "quantity": 1}]},
        )
        for number in range(first, first + count)
    ]  # fmt: skip


def bought_within(days: int) -> OrderCount:
    return OrderCount(comparison="at_least", number=1, window=Last(days=days))


def test_a_company_alone_sends_its_first_campaign(solo: Solo) -> None:
    office = Office(database=solo.app.database, home=solo.home, app=solo.app)
    imported = office.imported("klaviyo.csv", klaviyo())
    assert (imported.accepted, imported.bad) == (PEOPLE - BAD, BAD)
    suppressed = solo.told("GET", "/deliverability/suppressed")["items"]
    assert sum(one["addresses"] for one in suppressed) == UNSUBSCRIBED
    with solo.app.database.transaction() as tx:
        # Of those who lapsed some unsubscribed elsewhere; some bought lately too.
        log.append(tx, orders(UNSUBSCRIBED - 100, LAPSED + LATELY, 60))
        log.append(tx, orders(UNSUBSCRIBED - 100 + LAPSED, LATELY, 10))
    solo.app.catch_up(datetime.now(UTC))

    connect_mail(solo)
    lapsing = All(conditions=(bought_within(90), Not(condition=bought_within(30))))
    body = definitions.canonical(SegmentBody(name="Lapsing", condition=lapsing))
    solo.publish("segment", "lapsing", body)
    write_template(solo)
    first = campaign(solo, "come-back", held_out_percent=10)

    sheet = solo.told("GET", "/campaigns/come-back/sheet")
    assert sheet["audience"] == LAPSED
    assert sheet["skipped"]["suppressed"] == 100
    assert sheet["get_it"] + sheet["held_out"] + sum(sheet["skipped"].values()) == LAPSED
    before = len(solo.letters)
    solo.told("POST", "/definitions/campaign/come-back/publish", json={})
    solo.send()

    reached = Counter(to for to, _ in solo.mail.taken[before:])
    assert len(reached) == sheet["get_it"]
    assert set(reached.values()) == {1}
    assert not reached.keys() & {f"person-{number}@example.com" for number in range(UNSUBSCRIBED)}
    one_click(solo, solo.mail.taken[before])
    say_why(solo)
    assert first
    the_cap_holds(solo, before + sheet["get_it"], reached)


def connect_mail(solo: Solo) -> None:
    """A channel, its key, the records to publish, and a test that a stranger can verify."""
    channel = {
        "title": "Mail", "medium": "email", "from_name": "Shop", "from_address": "news@shop.example",
        "providers": [{"type": "smtp", "name": "main", "host": "localhost", "port": solo.mail.port,
                       "security": "none"}],
    }  # fmt: skip
    solo.publish("channel", "mail", channel)
    key = solo.told("POST", "/deliverability/domains/mail/keys", 201, json={"algorithm": "rsa"})
    found = {
        one["item"]: one
        for one in solo.told("POST", "/deliverability/domains/mail/check", json={})["findings"]
    }
    assert {"spf", "dmarc", "mx"} <= found.keys()
    assert found["spf"]["state"] == "missing"
    assert found["spf"]["publish"][0]["type"] == "TXT"
    solo.publish(
        "channel", "mail", channel | {"dkim": [{"domain": "shop.example", "selector": key["selector"]}]}
    )
    record = key["record"]
    solo.names.put(record["host"], record["type"], record["value"])
    checked = solo.told("POST", "/deliverability/domains/mail/check", json={})["findings"]
    assert next(one for one in checked if one["item"].startswith("dkim"))["state"] == "ok"

    tested = solo.told("POST", "/channels/mail/test", json={"address": "me@shop.example"})
    assert tested["outcome"] == "sent", tested
    letter = solo.letters[-1]
    read = message_from_bytes(letter, policy=policy.default)
    assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert read["List-Unsubscribe"].startswith("<http")
    signed = re.sub(r"\s", "", str(read["DKIM-Signature"]))
    covered = re.search(r";h=([^;]+);", signed)
    assert covered
    assert {"list-unsubscribe", "list-unsubscribe-post"} <= set(covered[1].lower().split(":"))
    value = record["value"].encode()
    assert dkim.verify(letter, dnsfunc=lambda _name, timeout=5: value)


def write_template(solo: Solo) -> None:
    """A ready-made one; without the unsubscribe link it is refused at the place."""
    ready = templates.TEMPLATES["points-expire"]
    without = msgspec.structs.replace(
        ready,
        mjml=(ready.mjml or "").replace("unsubscribe_url", "member_url").replace('{% render "footer" %}', ""),
    )
    refused = solo.publish("template", "letter", without, 422)
    assert any(
        one["path"].startswith("mjml") and "unsubscribe" in one["message"] for one in refused["findings"]
    )
    solo.publish("template", "letter", ready)


def campaign(solo: Solo, key: str, **changes: Any) -> Any:
    body = {
        "title": "Come back", "purpose": "Bring back who stays away.", "segment": "lapsing",
        "template": "letter", "channel": "mail", "window_days": 7, **changes,
    }  # fmt: skip
    return solo.told("PUT", f"/definitions/campaign/{key}/draft", json={"body": body})


def one_click(solo: Solo, taken: tuple[str, bytes]) -> None:
    """A GET shows a page and changes nothing; the POST of a mailbox provider ends it at once."""
    to, letter = taken
    header = message_from_bytes(letter, policy=policy.default)["List-Unsubscribe"]
    there = urlparse(header.strip("<>"))
    link = f"{solo.address}{there.path}"
    with solo.app.database.transaction() as tx:
        number = tx.execute(
            "select customer_id from customers.fact_customer where email = %s", [to]
        ).fetchone()[0]

    def withdrawn() -> int:
        solo.app.catch_up(datetime.now(UTC))
        with solo.app.database.transaction() as tx:
            query = "select count(*) from customers.consent where atom_id = %s and not given"
            return int(tx.execute(query, [number]).fetchone()[0])

    assert httpx.get(link).status_code == 200
    assert withdrawn() == 0
    clicked = httpx.post(link, data={"List-Unsubscribe": "One-Click"})
    assert clicked.status_code in (200, 202, 204), clicked.text
    assert withdrawn() == 1


def say_why(solo: Solo) -> None:
    """Somebody who was skipped has one reason, in words and check by check."""
    skipped = solo.told("GET", "/campaigns/come-back/messages?state=skipped&limit=200")["items"]
    assert {one["reason"] for one in skipped} == {"suppressed"}
    why = solo.told("GET", f"/messages/{skipped[0]['id']}/why")
    assert "suppression" in {one["code"] for one in why["checks"] if one["verdict"] == "refused"}


def the_cap_holds(solo: Solo, before: int, reached: Counter[str]) -> None:
    """Duplicated and sent again the same week: who heard from us today does not hear again."""
    solo.publish("sending-policy", "main", {"title": "Limits", "caps": [{"n": 1, "per": "week"}]})
    again = solo.told("POST", "/campaigns/come-back/again", 201, json={"who": "everybody"})
    solo.told("POST", f"/definitions/campaign/{again['key']}/publish", json={})
    solo.send()
    twice = Counter(to for to, _ in solo.mail.taken[before:])
    assert not twice.keys() & reached.keys()
    skipped = Counter(
        one["reason"]
        for one in solo.told("GET", f"/campaigns/{again['key']}/messages?state=skipped&limit=200")["items"]
    )
    assert skipped["capped"] > 0
