"""Merging, splitting, declining and undoing over the API."""

import pytest

from regulars import log
from tests.integration.api.shop import START


@pytest.fixture(scope="module")
def two(shop):
    """Two customers of these tests' own, who share an address and a card that nobody verified."""
    app = shop.app
    with app.database.transaction() as tx:
        at = app.now(tx)
        told = [
            log.NewEvent(
                message_id=f"identity-{user}", type="identify", name="identify", user_id=user, occurred_at=START,
                source="web", properties={"email": "pair@home.example", "card": "79927398713", "phone": "none"},
                context={"verified": False},
            )
            for user in ("pair-1", "pair-2")
        ]  # fmt: skip
        log.append(tx, told)
    app.catch_up(at)
    return told


def found(ask, user_id):
    return ask("marketing", "GET", "/customers", params={"user_id": user_id}).json()["items"][0]["id"]


def test_a_merge_is_previewed_done_told_and_undone(ask, two):
    one, other = found(ask, "pair-1"), found(ask, "pair-2")
    preview = ask("marketing", "GET", "/identity/merge-preview", params={"one": other, "other": one}).json()
    assert (preview["stays"], preview["goes"]) == (one, other)
    assert {t["trait"] for t in preview["traits"]} == {"email", "card", "phone"}
    assert "pair@home.example" not in str(preview)

    made = ask(
        "marketing", "POST", "/identity/merges", json={"one": one, "other": other, "reason": "One card"}
    ).json()
    assert made["people"] == [one]
    assert found(ask, "pair-2") == one
    again = ask("marketing", "POST", "/identity/merges", json={"one": one, "other": other})
    assert (again.status_code, again.json()["code"]) == (409, "customers.already_one")
    seen = ask("marketing", "GET", f"/customers/{other}/identities").json()
    assert [record["value"] for record in seen["records"]] == ["pair-1", "pair-2"]
    assert [(d["deed"], d["reason"], d["undone"]) for d in seen["deeds"]] == [("merge", "One card", False)]
    assert {s["value"] for s in seen["sightings"]} == {"p…@h….example", "79927398713"}

    undone = ask("marketing", "POST", f"/identity/deeds/{made['deed']['id']}/undo", json={}).json()
    assert sorted(undone["people"]) == sorted([one, other])


def test_a_split_and_a_decline_and_what_does_not_fit(ask, two):
    one, other = found(ask, "pair-1"), found(ask, "pair-2")
    ask("marketing", "POST", "/identity/merges", json={"one": one, "other": other})
    wrong = ask("marketing", "POST", f"/customers/{one}/split", json={"leaving": [one, other]})
    assert (wrong.status_code, wrong.json()["findings"][0]["path"]) == (422, "leaving")
    parted = ask(
        "marketing", "POST", f"/customers/{one}/split", json={"leaving": [other], "reason": "Two people"}
    ).json()
    assert sorted(parted["people"]) == sorted([one, other])

    assert (
        ask("marketing", "POST", "/identity/declines", json={"one": one, "other": other}).status_code == 200
    )
    kinds = [
        s["kind"]
        for s in ask("marketing", "GET", "/identity/suggestions").json()["items"]
        if one in s.values()
    ]
    assert kinds == []
    assert (
        ask("marketing", "POST", "/identity/merges", json={"one": one, "other": "cus_zzzzzz"}).status_code
        == 404
    )
    assert ask(
        "marketing", "POST", "/identity/merges", json={"one": one, "other": "'; drop--"}
    ).status_code in (404, 422)


def test_what_is_no_identifier_is_listed_and_the_till_may_not_merge(ask, two):
    listed = ask("marketing", "GET", "/identity/problems").json()["items"]
    assert {"phone"} <= {one["kind"] for one in listed}
    assert ask("low", "POST", "/identity/merges", json={"one": "cus_1", "other": "cus_2"}).status_code == 403
