"""Whose scope counts: that of the definition, or its key where it was published for the whole company."""

import pytest

from regulars import access, definitions, offers
from regulars.access import SYSTEM
from tests.integration.api.shop import CLUB


@pytest.fixture(scope="module")
def asks(shop, client):
    """Ask as a program of level 4 whose scope is given."""
    with shop.app.database.transaction() as tx:
        at = shop.app.now(tx)
        for key, scope in (("open", None), ("north-only", "north")):
            definitions.save_draft(tx, SYSTEM, offers.POOL, key, offers.five_off("USD"), scope=scope, at=at)
            definitions.publish(tx, SYSTEM, offers.POOL, key, at=at)
        person = access.add_person(
            tx, SYSTEM, name="Kay", email="kay@example.invalid", level=5, function="engineering", at=at
        )
        actor = person.actor("console")
        keys = {
            scope: access.make_key(
                tx, actor, name=f"Till {scope}", level=4, function="loyalty", scope=scope, at=at
            ).text
            for scope in (CLUB, "north", "open", None)
        }

    def asked(scope, method, path, **more):
        headers = {"Authorization": f"Bearer {keys[scope]}"} | more.pop("headers", {})
        return client.request(method, f"/api/v1{path}", headers=headers, **more)

    return asked


def test_points_and_books_of_a_programme_are_of_its_scope(shop, asks):
    member = f"/programmes/{CLUB}/members/{shop.customers[0]}"
    given = {"amount": 5, "reason": "Sorry"}
    closing = {"until": "2020-01-01T00:00:00Z", "reason": "Year end"}
    told = {
        scope: (
            asks(scope, "POST", f"{member}/adjustments", json=given | {"id": f"adj-{scope}"}).status_code,
            asks(scope, "POST", f"/programmes/{CLUB}/closings", json=closing).status_code,
        )
        for scope in (CLUB, "north", None)
    }
    assert told["north"] == (403, 403)
    assert {told[CLUB][0] // 100, told[None][0] // 100} == {2}
    assert {told[CLUB][1] // 100, told[None][1] // 100} == {2}


def test_codes_are_made_handed_out_seen_and_used_in_the_scope_of_their_pool(asks):
    def told(scope: str | None, pool: str) -> list[object]:
        place, mark = f"/voucher-pools/{pool}", f"{scope}-{pool}"
        made = asks(scope, "POST", f"{place}/issues", json={"id": f"i-{mark}"})
        theirs = asks(None, "POST", f"{place}/issues", json={"id": f"own-{mark}"}).json()
        spare = asks(None, "POST", f"{place}/issues", json={"id": f"spare-{mark}"}).json()
        used = {"code": theirs["code"], "id": f"u-{mark}", "amount_minor": 1000}
        answers = [
            asks(scope, "POST", f"{place}/codes", json={"count": 1, "id": f"g-{mark}"}),
            made,
            asks(scope, "POST", "/vouchers/checks", json={"code": theirs["code"], "amount_minor": 1000}),
            asks(scope, "POST", "/vouchers/uses", json=used),
            asks(scope, "POST", f"/voucher-codes/{spare['id']}/cancellation"),
        ]
        sees = asks(scope, "GET", f"/voucher-codes/{theirs['id']}").json()["voucher"]["code"] is not None
        return [sees, *sorted({one.status_code // 100 for one in answers})]

    assert told(None, "open") == told(None, "north-only") == [True, 2]
    assert told("north", "north-only") == told("open", "open") == [True, 2]
    assert told("north", "open") == told(CLUB, "open") == told("open", "north-only") == [False, 4]
