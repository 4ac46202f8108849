"""Metrics of a programme, places of members by hand, and refreshing a tier set over the API."""

from datetime import timedelta

from tests.integration.api.shop import CLUB, START


def test_a_member_is_placed_by_hand_and_the_programme_is_measured(shop, ask):
    place, who = f"/programmes/{CLUB}", shop.customers[0]
    member = f"{place}/members/{who}/tiers"

    [before] = ask("finance", "GET", member).json()["items"]
    wrong = ask("loyalty", "POST", f"{member}/club", json={"tier": "Diamond", "reason": "x"})
    past = ask(
        "loyalty", "POST", f"{member}/club", json={"tier": "Gold", "reason": "x", "until": START.isoformat()}
    )
    placed = ask(
        "loyalty", "POST", f"{member}/club", json={"tier": "Gold", "reason": "A guest", "exempt": True}
    )
    seen = ask("finance", "GET", f"{place}/tier-sets/club/refresh").json()
    refreshed = ask("loyalty", "POST", f"{place}/tier-sets/club/refresh", json={"reason": "Spring"})
    ended = ask("loyalty", "POST", f"{member}/club/end", json={"reason": "Moved away"})

    assert (before["tier_set"], before["name"], before["kept"]) == ("club", "Member", False)
    assert [one.status_code for one in (wrong, past)] == [422, 422]
    [now] = placed.json()["items"]
    assert (now["name"], now["kept"], now["why"].startswith("Gold: set by hand on")) == ("Gold", True, True)
    assert seen["lowered"] == 0
    assert refreshed.json() == {"lifted": seen["lifted"], "lowered": 0}
    assert ended.json()["items"][0]["name"] != "Gold"
    assert ask("finance", "POST", f"{member}/club", json={"tier": "Gold", "reason": "x"}).status_code == 403
    assert ask("loyalty", "POST", f"{member}/none/end", json={"reason": "x"}).status_code == 404

    span = {"start": START.isoformat(), "stop": (START + timedelta(days=365)).isoformat()}
    found = ask("finance", "GET", f"{place}/metrics", params=span)
    assert found.status_code == 200, found.text
    roll = found.json()["roll"]
    assert roll["closing"] == sum(roll[name] for name in ("opening", "earned", "adjusted", "other")) - sum(
        roll[name] for name in ("redeemed", "expired", "reversed")
    )
    assert found.json()["migrations"][0]["names"][0] == "Member"
    bad = {"start": "0001-01-01T00:00:00Z"}
    assert ask("finance", "GET", f"{place}/metrics", params=bad).status_code == 422
