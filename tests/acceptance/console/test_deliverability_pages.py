"""The pages of deliverability, by somebody at a browser without script, and what a provider tells over the web."""

import asyncio
import json
import re

import httpx

from regulars import access, connections, deliverability, messaging
from regulars.access import SYSTEM
from regulars.web import application
from tests.acceptance.console import mail_shop
from tests.acceptance.console.office import BASE, PASSWORD, Person
from tests.integration.deliverability.name_server import name_server

HERE = "/deliverability/domains/letters"


def test_domains_keys_bounces_and_suppressed_addresses_are_seen_and_changed_by_level(database, tmp_path):
    asyncio.run(_walked(database, tmp_path))


async def _walked(database, tmp_path):
    with name_server() as names:
        app = mail_shop.build(database, tmp_path, f"127.0.0.1:{names.port}")
        ada = await Person(app).sign_in("ada@example.invalid")
        max_ = await Person(app).sign_in("max@example.invalid")
        cas = await Person(app).sign_in("cas@example.invalid")

        assert "Sending domains" in await ada.see("/deliverability")
        assert "Not asked yet" in await ada.see(HERE)
        assert (await ada.send(f"{HERE}/keys", algorithm="rsa", selector="r202603")).status_code == 303
        assert (await max_.send(f"{HERE}/keys")).status_code == 403
        shown = await ada.see(HERE)
        value = re.search(r"v=DKIM1; k=rsa; p=[A-Za-z0-9+/=]+", shown.replace("&#43;", "+"))[0]
        names.put("r202603._domainkey.shop.example", "TXT", value)
        assert (await max_.send(f"{HERE}/check")).status_code == 303
        assert "Our rsa key." in await max_.see(HERE)
        assert "too much came back" in shown

        back = await ada.see("/deliverability/bounces")
        assert "gone.example" in back
        assert "nobody@else.example" not in back  # Contacts are not for everybody.
        assert (await ada.client.get("/deliverability/bounces?format=csv")).text.count("\n") > 28
        assert "Bounced for good" in await cas.see("/deliverability/suppressed")
        found = await max_.send(
            "/deliverability/suppressed", do="add", address="bo@x.example", reason="By letter"
        )
        assert found.status_code == 303
        looked = await max_.send("/deliverability/suppressed", do="look", address=" BO@x.example ")
        assert "Nothing is sent there since" in looked.text
        await _listed_and_lifted(app, max_, cas)
        assert (
            await max_.send("/deliverability/suppressed", do="lift", address="bo@x.example")
        ).status_code == 403
        assert (
            await ada.send("/deliverability/bounce-mailbox/main/secret", secret="word")
        ).status_code == 303
        assert "Live" in await ada.see("/deliverability/mailboxes")
        await cas.see("/deliverability/mailboxes", status=403)


def test_a_provider_tells_over_the_web_with_its_proof_only(database, tmp_path):
    asyncio.run(_told(database, tmp_path))


async def _told(database, tmp_path):
    app = mail_shop.build(database, tmp_path, "127.0.0.1:1")
    with database.transaction() as tx:
        body = deliverability.BounceWebhook(title="Post", shape="postmark")
        mail_shop.publish(tx, deliverability.BOUNCE_WEBHOOK, "post", body, app.wall.now())
        name, now = deliverability.secret_of_webhook("post"), app.wall.now()
        connections.set_secret(tx, SYSTEM, app.vault, name, "secret", at=now, now=now)
    transport = httpx.ASGITransport(app=application(app))
    told = json.dumps({"RecordType": "Bounce", "Type": "HardBounce", "Email": "who@x.example"})
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        for auth, status in ((None, 401), (("any", "wrong"), 401), (("any", "secret"), 200)):
            answer = await client.post("/v1/bounces/post", content=told, auth=auth)
            assert answer.status_code == status
        assert answer.json() == {"outcome": "taken", "matched": 0, "unmatched": 1}
        assert (await client.post("/v1/bounces/none", content=told)).status_code == 404
        assert (await client.post("/v1/bounces/post", content="x", auth=("a", "secret"))).status_code == 422
        big = await client.post("/v1/bounces/post", content="x" * 2_000_000, auth=("a", "secret"))
        assert big.status_code == 413


async def _listed_and_lifted(app, max_, cas):
    """By row, also of an address that nobody here has; an erased one stays, and lifting is of the few."""
    here = "/deliverability/suppressed"
    with app.database.transaction() as tx:
        who = {"email": "pia@example.invalid", "name": "Pia", "level": 5, "function": "privacy"}
        one = access.add_person(tx, SYSTEM, **who, at=app.now(tx))
        access.give_password(tx, SYSTEM, one.person_id, PASSWORD, at=app.now(tx))
    pia = await Person(app).sign_in("pia@example.invalid")
    shown = await max_.see(f"{here}?reason=by_hand&source=hand&channel=email")
    assert "nobody here has it" in shown and "listing=suppressions&amp;reason=by_hand" in shown
    assert "No address fits" in await max_.see(f"{here}?source=person")
    one = re.search(rf'href="({here}/email/[0-9a-f]{{64}})"', shown)[1]
    assert "Lift it" not in await max_.see(one)
    assert (await max_.send(f"{one}/lift", reason="No")).status_code == 403
    assert "Lift it" in await pia.see(one)
    refused = await pia.send(f"{one}/lift", reason=" ")
    assert refused.status_code == 422 and "Say why" in refused.text
    assert (await pia.send(f"{one}/lift", reason="Asked by letter")).status_code == 303
    await pia.see(one, status=404)
    with app.database.transaction() as tx:
        messaging.suppress(tx, ["gone@x.example"], reason="erased", at=app.now(tx))
        messaging.suppress(tx, ["bo@x.example"], reason="by_hand", at=app.now(tx))
    erased = await pia.see(f"{here}?reason=erased")
    assert ">erased<" in erased
    kept = re.search(rf'href="({here}/email/[0-9a-f]{{64}})"', erased)[1]
    assert "Lift it" not in await pia.see(kept)
    assert (await pia.send(f"{kept}/lift", reason="Asked by letter")).status_code == 422
    assert "Bounced for good" in await cas.see(here)
