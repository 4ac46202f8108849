"""Consents, wishes and suppressed addresses over the API."""

from datetime import UTC, datetime

import pytest

from regulars import customers, log, messaging, segments
from regulars.conditions import Reachable
from regulars.kernel import public_id
from tests.integration.api.shop import publish


@pytest.fixture(scope="module")
def person(shop) -> str:
    return shop.customers[3]


def settle(shop) -> None:
    with shop.app.database.transaction() as tx:
        at = shop.app.now(tx)
    shop.app.catch_up(at)


def test_what_a_customer_says_is_recorded_with_its_reason_and_stands(shop, ask, person) -> None:
    at = f"/customers/{person}/consents"
    said = [
        {"given": True, "channel": "email", "topic": "news", "wording": "Yes, write to me"},
        {"about": "pause", "given": False, "until": "2027-01-01T00:00:00Z"},
        {"about": "frequency", "given": False, "every_days": 30},
    ]
    told = {"statements": said, "reason": "On the phone"}
    answer = ask("marketing", "POST", at, json=told)
    settle(shop)

    assert answer.status_code == 202 and len(answer.json()["message_ids"]) == 3, answer.text
    (found,) = ask("marketing", "GET", at).json()["items"]
    assert (found["topic"], found["given"], found["via"], found["reason"]) == (
        "news",
        True,
        "hand",
        "On the phone",
    )
    assert found["wording"] == "Yes, write to me" and found["believed"] is True
    assert len(ask("marketing", "GET", f"{at}?history=true").json()["items"]) == 3
    stands = ask("marketing", "GET", f"/customers/{person}/standing").json()
    assert stands == {
        "profiling_objected": False, "restricted": False, "tracking_allowed": False, "paused": True,
        "paused_until": "2027-01-01T00:00:00Z", "less_often": True, "every_days": 30,
    }  # fmt: skip


def test_who_may_not_and_what_says_nothing_is_refused(ask, person) -> None:
    at = f"/customers/{person}/consents"
    restrict = {"statements": [{"about": "processing", "given": False}], "reason": "Asked"}
    assert ask("marketing", "POST", at, json=restrict).status_code == 403
    for statement in (
        {"given": True},
        {"given": True, "channel": "fax"},
        {"about": "pause", "given": False, "topic": "x"},
    ):
        answer = ask("marketing", "POST", at, json={"statements": [statement], "reason": "Asked"})
        assert answer.status_code == 422, answer.text
    assert ask("marketing", "POST", at, json={"statements": [], "reason": "Asked"}).status_code == 422
    answer = ask(
        "marketing", "POST", at, json={"statements": [{"given": False, "channel": "sms"}], "reason": " "}
    )
    assert answer.status_code == 422 and "Say how they said it" in answer.text


def test_an_address_is_suppressed_however_it_is_written_and_only_privacy_lifts_it(ask) -> None:
    why = {"address": "Ada@Example.com", "reason": "Asked by letter"}
    assert ask("marketing", "POST", "/suppressions", json=why).json()["reason"] == "by_hand"
    asked = {"address": " ada@example.COM "}
    assert ask("low", "POST", "/suppressions/check", json=asked).json()["suppressed"] is True
    assert ask("marketing", "POST", "/suppressions/lift", json=why).status_code == 403
    assert ask("marketing", "POST", "/suppressions", json={**why, "address": "x"}).status_code == 422


def test_the_list_says_why_and_whose_masked_by_function_and_of_the_erased_nothing(shop, ask) -> None:
    with shop.app.database.transaction() as tx:
        at = shop.app.now(tx)
        known = tx.execute(
            "select customer_id, email from customers.customer where email is not null"
        ).fetchone()
        messaging.suppress(tx, [known[1].upper()], reason="hard_bounce", at=at)
        messaging.suppress(tx, ["gone@example.invalid"], reason="erased", at=at)
        messaging.suppress(tx, ["unknown@example.invalid"], reason="imported", at=at)
    told = ask("privacy", "GET", "/suppressions?source=returned").json()["items"]
    assert [(one["address"], one["reason"]) for one in told] == [(known[1], "hard_bounce")]
    assert told[0]["customer"] == public_id("cus", known[0])
    seen = ask("low", "GET", "/suppressions?reason=hard_bounce").json()["items"]
    assert seen[0]["address"] == customers.masked_text(known[1])
    others = ask("privacy", "GET", "/suppressions?limit=1&source=erasure").json()["items"]
    assert [(one["address"], one["customer"]) for one in others] == [(None, None)]
    walked, cursor = [], ""
    while cursor is not None:
        found = ask("privacy", "GET", f"/suppressions?limit=1{cursor and '&cursor=' + cursor}").json()
        walked += [one["hash"] for one in found["items"]]
        cursor = found["next"]
    assert len(walked) == len(set(walked)) >= 3
    assert ask("privacy", "GET", "/suppressions?source=nowhere").status_code == 422


def test_whom_email_reaches_is_another_as_soon_as_their_address_is_suppressed_or_lifted(shop, ask) -> None:
    publish(
        shop.app,
        segments.SEGMENT,
        "reached",
        segments.SegmentBody(name="Reached", condition=Reachable(channel="email")),
    )
    mail, yes = {"email": "eve@example.com"}, {"channel": "email", "source": "shop"}
    at = datetime(2025, 3, 2, tzinfo=UTC)
    given = {"source": "shop", "user_id": "eve", "occurred_at": at}
    with shop.app.database.transaction() as tx:
        log.append(
            tx,
            [
                log.NewEvent(message_id="eve 1", name="identify", type="identify", properties=mail, **given),
                log.NewEvent(message_id="eve 2", name="Consent Given", properties=yes, **given),
            ],
        )
    settle(shop)
    why = {"address": " Eve@Example.com", "reason": "Asked by letter"}

    seen = [is_reached(shop)]
    for who, deed in (("marketing", "/suppressions"), ("privacy", "/suppressions/lift")):
        assert ask(who, "POST", deed, json=why).status_code == 200
        seen.append(is_reached(shop))

    assert seen == [True, False, True]


def is_reached(shop) -> bool:
    with shop.app.database.transaction() as tx:
        eve = customers.find(tx, "user_id", "eve")
        return eve in [one.customer_id for one in segments.members(tx, "reached", limit=200).items]
