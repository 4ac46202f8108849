"""Segments over the API: what one can choose from, estimates, overlaps, lists, who came and went."""

import pytest

from regulars import definitions, segments
from regulars.access import SYSTEM

BUYERS = {"is": "order_count", "comparison": "at_least", "number": 2}


@pytest.fixture(scope="module")
def guests(shop):
    with shop.app.database.transaction() as tx:
        at = shop.app.now(tx)
        body = segments.SegmentBody(name="Guests", list=True)
        definitions.save_draft(tx, SYSTEM, segments.SEGMENT, "guests", body, at=at)
        definitions.publish(tx, SYSTEM, segments.SEGMENT, "guests", at=at)
    return "/segments/guests"


def test_what_one_can_choose_from_is_told_without_contacts(ask):
    found = ask("marketing", "GET", "/conditions/vocabulary")
    assert found.status_code == 200, found.text
    told = found.json()
    assert told["looked_at"] > 0 and {one["name"] for one in told["sources"]} >= {
        "event",
        "order",
        "tier",
        "reach",
    }
    assert "Order Completed" in {one["name"] for one in told["events"]}
    assert {one["key"] for one in told["choices"]["approaches"]} == {"lifecycle"}
    hidden = {one["name"]: one for one in told["traits"] if one["hidden"]}
    assert "email" in hidden and not hidden["email"]["values"] and "@" not in found.text

    event = ask("marketing", "GET", "/conditions/vocabulary", params={"event": "Order Completed"}).json()
    assert {one["name"] for one in event["properties"]} >= {"order_id", "total"} and not event["traits"]
    source = ask("marketing", "GET", "/conditions/vocabulary", params={"source": "tier"}).json()["source"]
    assert {one["name"] for one in source["columns"]} == {"programme", "tier_set", "tier", "number"}
    assert ask("marketing", "GET", "/conditions/vocabulary", params={"source": "'; --"}).status_code == 404


def test_an_estimate_says_who_and_an_invalid_one_says_where(ask):
    asked = {"condition": BUYERS, "editing": "page", "turn": 1}
    found = ask("marketing", "POST", "/segments/estimate", json=asked)
    assert found.status_code == 200, found.text
    told = found.json()
    assert told["sentence"] == "bought at least 2 times" and told["is_exact"]
    assert 0 < told["matching"] <= told["people"] and len(told["sample"]) <= 8
    assert told["reachable"]["email"] <= told["matching"]
    assert "@" not in found.text

    wrong = ask(
        "marketing", "POST", "/segments/estimate", json={"condition": {"is": "any", "conditions": [{}]}}
    )
    assert wrong.status_code == 422 and wrong.json()["findings"][0]["path"].startswith(
        "condition.conditions[0]"
    )
    nowhere = {"condition": {"is": "in_segment", "segment": "weather"}}
    assert ask("marketing", "POST", "/segments/estimate", json=nowhere).status_code == 422

    overlap = ask("marketing", "GET", "/segments/overlap", params={"keys": "loyal, lapsed,lifecycle.new"})
    assert overlap.status_code == 200, overlap.text
    assert [one["key"] for one in overlap.json()["segments"]] == ["loyal", "lapsed", "lifecycle.new"]
    assert all(one["both"] == 0 for one in overlap.json()["pairs"])
    assert ask("marketing", "GET", "/segments/overlap", params={"keys": "loyal"}).status_code == 422


def test_a_contact_detail_is_not_found_by_counting(ask):
    asked = {
        "is": "not",
        "condition": {"is": "trait_text", "trait": "email", "how": "starts_with", "value": "a"},
    }
    event = {"is": "measured", "of": "event", "where": [{"property": "billing.street", "value": "Elm"}]}
    for condition in (asked, event):
        found = ask("marketing", "POST", "/segments/estimate", json={"condition": condition})
        assert found.status_code == 422 and "whose values you may not see" in found.text
        assert ask("privacy", "POST", "/segments/estimate", json={"condition": condition}).status_code == 200
    there = {"condition": {"is": "trait_exists", "trait": "email"}}
    assert ask("marketing", "POST", "/segments/estimate", json=there).status_code == 200


def test_lists_are_kept_by_who_may_publish_segments(ask, shop, guests):
    first, second = shop.customers[:2]
    put = ask("marketing", "POST", f"{guests}/entries", json={"customers": [first, "cus_nobody"]})
    assert put.status_code == 200, put.text
    assert (put.json()["changed"], put.json()["members"], put.json()["unknown"]) == (1, 1, ["cus_nobody"])
    assert ask("marketing", "POST", f"{guests}/entries", json={"customers": [first]}).json()["unchanged"] == 1
    assert ask("finance", "POST", f"{guests}/entries", json={"customers": [second]}).status_code == 403
    for wrong in ({}, {"identifiers": ["x"]}, {"customers": [first], "identifiers": ["x"], "kind": "email"}):
        assert ask("marketing", "POST", f"{guests}/entries", json=wrong).status_code == 422
    assert ask("marketing", "POST", "/segments/loyal/entries", json={"customers": [first]}).status_code == 422
    assert (
        ask("marketing", "POST", "/segments/weather/entries", json={"customers": [first]}).status_code == 404
    )

    file = f"customer_id\n{first}\n{second}\n".encode()
    sent = ask(
        "marketing",
        "POST",
        f"{guests}/file",
        content=file,
        headers={"Content-Type": "application/octet-stream"},
    )
    assert sent.status_code == 200, sent.text
    assert (sent.json()["changed"], sent.json()["members"]) == (1, 2)
    assert {one["customer"] for one in ask("marketing", "GET", f"{guests}/entries").json()["items"]} == {
        first,
        second,
    }
    assert len(ask("marketing", "GET", f"{guests}/movements", params={"way": "entered"}).json()["items"]) == 2

    kept = ask("marketing", "POST", f"{guests}/snapshot", json={"into": "guests-then", "name": "Guests then"})
    assert kept.status_code in (201, 202), kept.text
    gone = ask("marketing", "POST", f"{guests}/entries/removed", json={"customers": [second]})
    assert (gone.json()["changed"], gone.json()["members"]) == (1, 1)
    left = ask("marketing", "GET", f"{guests}/movements", params={"way": "left"}).json()["items"]
    assert [one["customer"] for one in left] == [second]
