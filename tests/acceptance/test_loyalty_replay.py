"""A company's first programme, from the ready-made one to the auditor's zero, over the API of a running server."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from regulars import access, definitions, log, loyalty, offers, rewards
from regulars.access import SYSTEM
from regulars.app import App, assemble
from regulars.db import Database
from regulars.settings import read_settings
from tests.acceptance.console.office import serving

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
STAFF = (("Noah", 3, "loyalty"), ("Marta", 4, "loyalty"), ("Till 7", 2, "cashier"), ("Eve", 4, "engineering"))
BODY = loyalty.READY_MADE["points-and-voucher"](
    name="Corner Club", legal_entity="Corner Shop Ltd", zone="Europe/Berlin", money="EUR"
)
BEGINS = AT + timedelta(hours=1)
BASKET = [  # 53.20, of which a gift card of 20.00 and delivery of 3.20 earn nothing.
    {"key": "1", "product": "beans", "total_minor": 1990, "categories": ["Coffee"]},
    {"key": "2", "product": "cups", "total_minor": 1010, "categories": ["Household"]},
    {"key": "3", "product": "gift", "total_minor": 2000, "categories": ["Gift cards"]},
    {"key": "4", "product": "parcel", "total_minor": 320, "categories": ["Delivery"]},
]


@dataclass(frozen=True)
class Shop:
    app: App
    keys: dict[str, str]
    people: dict[str, access.Actor]
    address: str

    def ask(self, who: str, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.keys[who]}"} | more.pop("headers", {})
        return httpx.request(method, f"{self.address}/api/v1{path}", headers=headers, timeout=30, **more)

    def told(self, who: str, method: str, path: str, status: int = 200, **more: Any) -> Any:
        answer = self.ask(who, method, path, **more)
        assert answer.status_code == status, (path, answer.text)
        return answer.json()

    def later(self, at: datetime) -> None:
        self.app.advance(at)

    def settle(self) -> None:
        with self.app.database.transaction() as tx:
            at = self.app.now(tx)
        self.app.catch_up(at)


@pytest.fixture
def shop(database: Database, tmp_path: Path) -> Iterator[Shop]:
    app = assemble(read_settings(workspace="main", home=tmp_path), database)
    keys, people = {}, {}
    with database.transaction() as tx:
        log.stand(tx, AT)
        boss = access.add_person(
            tx, SYSTEM, email="ada@shop.invalid", name="Ada", level=7, function="administration", at=AT
        ).actor("console")
        for name, level, function in STAFF:
            email = f"{name.replace(' ', '').lower()}@shop.invalid"
            one = access.add_person(tx, SYSTEM, email=email, name=name, level=level, function=function, at=AT)
            people[name] = one.actor("console")
            keys[name] = access.make_key(tx, boss, name=name, level=level, function=function, at=AT).text
        keys["Elsewhere"] = access.make_key(
            tx, boss, name="South", level=2, function="cashier", scope="brand:south", at=AT
        ).text
    with serving(app, tmp_path) as address:
        yield Shop(app=app, keys=keys, people=people, address=address)
    app.sequencer.close()


def publish(shop: Shop, kind: Any, key: str, body: Any, status: int = 200) -> dict[str, Any]:
    """Noah drafts over the API; he publishes where his level may, else asks."""
    draft = {"body": msgspec.to_builtins(body)}
    shop.told("Noah", "PUT", f"/definitions/{kind.name}/{key}/draft", json=draft)
    return shop.told("Noah", "POST", f"/definitions/{kind.name}/{key}/publish", status, json={})


def approve(shop: Shop, asked: dict[str, Any]) -> None:
    """Marta says yes in person; what she approves is done at once."""
    with shop.app.database.transaction() as tx:
        number = next(one.approval_id for one in access.approvals(tx, state="pending").items)
        access.decide(tx, shop.people["Marta"], number, "approve", comment="", at=AT)
        definitions.carry_out(tx, shop.app.kinds, number, shop.people["Marta"], at=AT)
    assert asked["approval"]


def test_a_programme_from_ready_made_to_a_ledger_that_is_zero(shop: Shop, tmp_path: Path) -> None:
    body = msgspec.structs.replace(BODY, begins=BEGINS)

    asked = publish(shop, loyalty.PROGRAMME, "corner", body, 202)  # Level 3 asks,
    tried = shop.told(
        "Noah", "POST", "/programmes/corner/try", json={"draft": True, "money": "EUR", "lines": BASKET}
    )
    approve(shop, asked)  # level 4 approves,
    assert shop.told("Noah", "GET", "/programmes/corner/run")["state"] == "coming"
    shop.later(BEGINS + timedelta(minutes=1))  # and it begins at its time.
    assert shop.told("Noah", "GET", "/programmes/corner/run")["state"] == "running"
    live = shop.told("Noah", "GET", "/definitions/programme/corner/versions")["items"][0]
    assert live["sentence"] == loyalty.sentence(body)

    of_lines = {part["line"]: part["points"] for part in tried["with_joining"][0]["parts"]}
    assert of_lines == {"1": 20, "2": 10}
    assert {one["line"] for one in tried["skipped"]} >= {"3", "4"}

    for kind, key, made in (
        (offers.POOL, "five", offers.five_off("EUR")),
        (rewards.REWARD, "voucher", rewards.Reward(
            name="5 off", programme="corner", points=200, fulfilment="code", pool="five"
        )),
    ):  # fmt: skip
        approve(shop, publish(shop, kind, key, made, 202))

    enrolled = enrol(shop)
    shown = {"programme": "corner", "kind": "phone", "value": "+49301234567"}
    assert shop.ask("Elsewhere", "GET", "/checkout/members", params=shown).status_code == 403
    order = {
        "order": "o-1", "programme": "corner", "customer": enrolled,
        "cart": {"currency": "EUR", "lines": [
            {"key": "1", "product": "beans", "total_minor": 19_900},
            {"key": "2", "product": "cups", "total_minor": 10_100},
            {"key": "3", "product": "mugs", "total_minor": 5_350},
        ]},
    }  # fmt: skip
    first = shop.told("Till 7", "POST", "/checkout/orders", json=order)
    assert first["fresh"]
    assert [award["points"] for award in first["awards"]] == [354]
    assert not shop.told("Till 7", "POST", "/checkout/orders", json=order)["fresh"]
    changed = json.loads(json.dumps(order))
    changed["cart"]["lines"][0]["total_minor"] = 5
    conflict = shop.told("Till 7", "POST", "/checkout/orders", 409, json=changed)
    assert "cart.lines[0].total_minor" in conflict["detail"]
    shop.settle()
    assert spendable(shop, enrolled) == 354

    redemption, code = two_tills_redeem_at_once(shop, enrolled)
    assert spendable(shop, enrolled) == 154

    sessions = [
        shop.told("Till 7", "POST", "/checkout/sessions", json={
            "programme": "corner", "customer": enrolled, "id": f"s-{n}", "codes": [code],
            "cart": {"currency": "EUR", "lines": [{"key": "1", "product": "beans", "total_minor": 1990}]},
        })
        for n in (1, 2)
    ]  # fmt: skip
    assert [one["said"][0]["applied"] for one in sessions] == [True, False]
    shop.told("Till 7", "POST", f"/checkout/sessions/{sessions[0]['id']}/void", json={"id": "v-1"})

    shop.told("Noah", "POST", f"/redemptions/{redemption}/state", json={"state": "cancelled"})
    lots = shop.told("Noah", "GET", f"/programmes/corner/members/{enrolled}/lots")["items"]
    assert [(lot["amount"], lot["remaining"]) for lot in lots] == [(354, 354)]  # Back in their lot.
    give_back(shop, enrolled)
    explained(shop, enrolled)
    checked = subprocess.run(
        [sys.executable, "-m", "regulars", "ledger", "check"],
        env={**os.environ, "REGULARS_DATABASE_URL": shop.app.database.dsn, "REGULARS_HOME": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert shop.told("Noah", "GET", "/programmes/corner/trial-balance")["total"] == 0


def enrol(shop: Shop) -> str:
    """At the till, by a phone number nobody knows yet."""
    asked = {"id": "e-1", "programme": "corner", "kind": "phone", "value": "+49 30 1234567", "name": "Bo"}
    with ThreadPoolExecutor(1) as worker:
        calling = worker.submit(shop.told, "Till 7", "POST", "/checkout/members", json=asked)
        while not calling.done():
            shop.settle()
        assert calling.result()["state"] == "member"
    found = shop.told(
        "Till 7", "GET", "/checkout/members",
        params={"programme": "corner", "kind": "phone", "value": "+49301234567"},
    )  # fmt: skip
    assert (found["name"], found["member"], found["spendable"]) == ("Bo", True, 0)
    return str(found["customer"])


def two_tills_redeem_at_once(shop: Shop, customer: str) -> tuple[str, str]:
    """354 points, 200 each: one wins, the other is told why not."""
    place = f"/programmes/corner/members/{customer}/redemptions"
    with ThreadPoolExecutor(2) as tills:
        answers = list(
            tills.map(
                lambda n: shop.ask("Till 7", "POST", place, json={"id": f"r-{n}", "reward": "voucher"}),
                (1, 2),
            )
        )
    assert sorted(one.status_code for one in answers) == [201, 409]
    won = next(one.json() for one in answers if one.status_code == 201)
    return won["id"], won["voucher"]["code"]


def give_back(shop: Shop, customer: str) -> None:
    """One of three lines, then the rest: as if all had come back at once."""
    for key, lines in (("b-1", [{"line": "3"}]), ("b-2", [])):
        shop.told("Till 7", "POST", "/checkout/orders/o-1/returns", json={"id": key, "lines": lines})
        shop.settle()
        assert spendable(shop, customer) == (300 if lines else 0)


def explained(shop: Shop, customer: str) -> None:
    lines = shop.told("Noah", "GET", f"/programmes/corner/members/{customer}/statement")["items"]
    assert {one["kind"] for one in lines} >= {"earn", "spend", "reversal"}
    assert all(one["text"] for one in lines)


def spendable(shop: Shop, customer: str) -> int:
    return int(shop.told("Noah", "GET", f"/programmes/corner/members/{customer}")["spendable"])


def test_the_sample_till_sells_returns_and_goes_on_while_nobody_answers(shop: Shop, tmp_path: Path) -> None:
    with shop.app.database.transaction() as tx:
        loyalty.launch_version(tx, "points_club", 1, BODY, AT)
    queue = tmp_path / "queue.jsonl"

    def till(*args: str, address: str = shop.address) -> str:
        given = {"REGULARS": address, "REGULARS_KEY": shop.keys["Till 7"], "TILL_QUEUE": str(queue)}
        done = subprocess.run(
            [sys.executable, "examples/till.py", *args],
            cwd=ROOT, env={**os.environ, **given}, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    sold = till("sell", "--line", "beans=19.90", "--line", "cups=7.50").splitlines()
    assert sold[0].startswith("To pay: 27.40 EUR")
    assert till("return", "--order", sold[-1], "--line", "2").startswith("Returned")
    kept = till("sell", "--line", "beans=19.90", address="http://127.0.0.1:9")
    assert "kept and sent later" in kept
    assert len(queue.read_text().splitlines()) == 1
    assert till("flush") == "1 sent.\n"
    assert queue.read_text() == ""
    shop.settle()
    with shop.app.database.transaction() as tx:
        totals = tx.execute("select net_minor from orders.fact_order order by position").fetchall()
    assert totals == [(1990,), (1990,)]
