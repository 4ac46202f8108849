"""Whoever may not see contact details finds none on any address of the API; a till's key lists nobody's."""

import re

import pytest
from msgspec import structs
from psycopg import sql

from regulars import access, campaigns, definitions, offers
from regulars.db import run
from regulars.kernel import parse_public_id
from regulars.templates import TEMPLATE, Template
from tests.integration.api.shop import PASSWORD
from tests.integration.messaging.given import publish

CONTACTS = re.compile(r"customer-\d+(?:@|%40)shop\.invalid|\+?1[ -]?555[ -]?010[ -]?\d{4}")
UNKNOWN = "1"
FOOTER = Template(
    title="With a footer",
    subject="For {{ customer.email }}",
    text="To {{ customer.email }}, {{ customer.phone }}: https://shop.example/?to={{ customer.email | url_encode }}",
    html="<p>To {{ customer.email }} <img src='https://shop.example/a@2x.png' alt=''></p>",
    purpose="transactional",
    missing="skip",
)


@pytest.fixture(scope="module")
def places(shop, client, ask):
    """Every address that is looked at, of things that are there where the shop has such."""
    with shop.app.database.transaction() as tx:
        at = shop.app.now(tx)
        number = parse_public_id("cus", shop.customers[0])
        offers.issue(tx, "five", number, key="theirs", at=at)
        publish(tx, TEMPLATE, "footer", FOOTER, at=at)
        given = [
            campaigns.Handing(
                template="footer",
                to=shop.customers[0],
                idempotency_key=f"masked-{n}",
                data={"sent_to": f"customer-{n}@shop.invalid"},
                channel="recording",
            )
            for n in range(2)
        ]
        sent, refused = campaigns.hand_over(tx, access.SYSTEM, given, at=at, now=at)
    shop.app.send_single(at)
    with shop.app.database.transaction() as tx:
        said = "550 <customer-1@shop.invalid> is not here, nor +1 555 010 0001"
        for table in ("send", "reaction"):
            statement = sql.SQL("update messaging.{} set {} detail = %(said)s where send_id = %(id)s")
            failed = sql.SQL("state = 'failed', reason = 'refused',") if table == "send" else sql.SQL("")
            run(tx, statement.format(sql.Identifier(table), failed), said=said, id=refused.send_id)
    known = {
        "customer": shop.customers[0],
        "programme": "club",
        "type": "account",
        "group": "acme",
        "pool": "five",
        "reward": "voucher",
        "campaign": "win-back",
        "trait": "email",
        "source": "shop",
        "segment": "active",
        "message": sent.id,
    }
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    return [
        re.sub(r"\{(\w+)\}", lambda name: known.get(name[1], UNKNOWN), path.removeprefix("/api/v1"))
        for path, methods in paths.items()
        if "get" in methods
    ] + [f"/messages/{refused.id}", f"/messages/{refused.id}/why"]


@pytest.mark.parametrize("who", ["analysis", "administration", "low"])
def test_no_address_shows_contacts_or_codes_to_who_may_not_see_them(shop, ask, places, who):
    codes = {row[0] for row in shop_codes(shop)}
    assert len(codes) > 1
    seen, leaks = 0, {}
    for path in places:
        answer = ask(who, "GET", path)
        if answer.status_code != 200:
            continue
        seen += 1
        if who == "low" and path.startswith(f"/customers/{shop.customers[0]}"):
            continue  # A till sees whom it serves.
        found = set(CONTACTS.findall(answer.text)) | {code for code in codes if code in answer.text}
        if found:
            leaks[path] = sorted(found)[:3]
    assert seen > 40
    assert leaks == {}


def test_no_page_of_messages_shows_contacts_to_who_may_not_see_them(shop, client, places):
    messages = [place for place in places if re.fullmatch("/messages/msg_[^/]+", place)]
    with shop.app.database.transaction() as tx:
        at = shop.app.now(tx)
        body = campaigns.WIN_BACK.__class__(**{**structs.asdict(campaigns.WIN_BACK), "template": "footer"})
        definitions.save_draft(tx, access.SYSTEM, campaigns.CAMPAIGN, "footer-one", body, at=at)
    head = {"Origin": str(client.base_url)}
    token = re.search(r'csrf_token" value="(\w+)"', client.get("/sign-in").text)[1]
    who = {"email": "marketing@shop.example", "password": PASSWORD, "csrf_token": token}
    signed = client.post("/sign-in", data=who, headers=head, follow_redirects=False)
    assert signed.status_code == 303, signed.text
    written = {
        "title": "Looked at", "key": "looked-at", "new": "1", "medium": "email", "markup": "html",
        "p0.subject": "{{ customer.email }}", "p0.text": "{{ traits.email }} {{ traits.phone }} {{ customer.phone }}",
        "p0.source": "<p>{{ traits.email }} {{ customer.email }}</p>", "who": shop.customers[0],
    }  # fmt: skip
    page = client.get("/templates/new?start=empty").text
    written["csrf_token"] = re.search(r'csrf_token" value="(\w+)"', page)[1]
    frames = [
        client.post("/templates/frame", data={**written, "view": view}, headers=head) for view in ("", "text")
    ]
    pages = [
        client.get(path)
        for path in (*messages, f"{messages[0]}/html", "/messages", "/campaigns/footer-one/launch")
    ]
    client.cookies.clear()
    for one in (*frames, *pages):
        assert (one.status_code, one.url, CONTACTS.findall(one.text)) == (200, one.url, [])
    assert all("c…@" in one.text for one in (*frames, pages[0], pages[-1]))


def test_a_till_sees_the_phone_of_whom_it_serves_and_in_no_list(shop, ask):
    here = f"/customers/{shop.customers[0]}"
    one = ask("low", "GET", here).json()["phone"]

    assert CONTACTS.fullmatch(one)
    listed = {row["id"]: row["phone"] for row in ask("low", "GET", "/customers").json()["items"]}
    assert listed[shop.customers[0]] not in (None, one)
    sought = ask("low", "GET", "/customers", params={"q": one}).json()["items"]
    assert [row["phone"] for row in sought] == [listed[shop.customers[0]]]
    code = ask("low", "GET", "/voucher-pools/five/codes").json()["items"][0]
    assert (code["code"], len(code["ending"])) == (None, 4)
    full = {row["phone"] for row in ask("privacy", "GET", "/customers").json()["items"]}
    assert one in full


def shop_codes(shop):
    with shop.app.database.transaction() as tx:
        return tx.execute("select code from offers.fact_voucher").fetchall()
