"""Holds by the API: placed, shown, captured, voided, each answered the same when it is sent again."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from regulars import loyalty
from regulars.kernel import parse_public_id


@pytest.fixture(scope="module")
def club(shop):
    """Two members; the first has 300 points more than the orders gave."""
    with shop.app.database.transaction() as tx:
        at = shop.app.now(tx)
        for customer in shop.customers[:2]:
            loyalty.enrol(tx, "club", parse_public_id("cus", customer), at=at)
        first = parse_public_id("cus", shop.customers[0])
        loyalty.adjust(tx, "club", first, 300, key="hold-gift", at=at, reason="test", actor="Ada")
    return [f"/programmes/club/members/{customer}" for customer in shop.customers[:2]]


def once(key):
    return {"Idempotency-Key": key}


def spendable(ask, member):
    return ask("loyalty", "GET", member).json()["spendable"]


def test_a_hold_is_placed_shown_captured_in_part_and_voided_once(ask, club):
    before = spendable(ask, club[0])
    body = {"amount": 120, "order_key": "o-1", "reason": "Cart 1"}

    placed = ask("loyalty", "POST", f"{club[0]}/holds", json=body, headers=once("h-1"))
    assert placed.status_code == 200, placed.text
    assert ask("loyalty", "POST", f"{club[0]}/holds", json=body, headers=once("h-1")).json() == placed.json()
    assert (placed.json()["outcome"], placed.json()["available"]) == ("held", before - 120)
    here = f"/programmes/club/holds/{placed.json()['hold']}"
    shown = ask("loyalty", "GET", here).json()
    assert (shown["state"], shown["amount"], shown["order_key"]) == ("open", 120, "o-1")
    assert [one["id"] for one in ask("loyalty", "GET", f"{club[0]}/holds?state=open").json()["items"]] == [
        shown["id"]
    ]

    captured = ask("loyalty", "POST", f"{here}/capture", json={"amount": 100}, headers=once("c-1"))
    assert (captured.status_code, captured.json()["captured"]) == (200, 100), captured.text
    again = ask("loyalty", "POST", f"{here}/capture", json={"amount": 100}, headers=once("c-1"))
    assert again.json() == captured.json()
    assert ask("loyalty", "GET", here).json()["transfer"] == captured.json()["transfer"]
    assert spendable(ask, club[0]) == before - 100

    second = ask("loyalty", "POST", f"{club[0]}/holds", json={"amount": 50, "id": "h-2"}).json()["hold"]
    voided = ask("loyalty", "POST", f"/programmes/club/holds/{second}/void", json={"id": "v-2"})
    assert (voided.json()["outcome"], spendable(ask, club[0])) == ("voided", before - 100)
    for deed, code in (("capture", "voided"), ("void", "voided")):
        refused = ask("loyalty", "POST", f"/programmes/club/holds/{second}/{deed}", json={"id": f"x-{deed}"})
        assert (refused.status_code, code in refused.json()["detail"]) == (409, True), refused.text


def test_what_is_wrong_with_a_hold_is_said_and_nothing_is_held(ask, club, shop):
    before, here = spendable(ask, club[0]), f"{club[0]}/holds"
    placed = ask("loyalty", "POST", here, json={"amount": 10}, headers=once("w-1")).json()["hold"]

    def refused(path, body, key="w-9", who="loyalty"):
        answer = ask(who, "POST", path, json=body, headers=once(key) if key else {})
        return answer.status_code, answer.json()

    too_much = refused(here, {"amount": before + 1}, "w-2")
    assert (too_much[0], too_much[1]["code"]) == (409, "loyalty.insufficient_points")
    assert refused(here, {"amount": 1}, "w-2")[1]["code"] == "loyalty.key_conflict"
    conflict = refused(here, {"amount": 11}, "w-1")
    assert (conflict[0], "amount" in conflict[1]["detail"]) == (409, True)
    for body, field in (
        ({"amount": 0}, "amount"),
        ({"amount": -5}, "amount"),
        ({"amount": 5, "currency": "gold"}, "currency"),
        ({"amount": 5, "expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
    ):
        status, said = refused(here, body)
        assert (status, field in str(said["findings"])) == (422, True), said
    assert refused(here, {"amount": 5}, None)[0] == 422  # No id.
    assert refused(f"/programmes/nothing/members/{shop.customers[0]}/holds", {"amount": 5})[0] == 404
    assert refused("/programmes/club/holds/hld_zzz9/void", {})[0] == 404
    assert refused("/programmes/club/holds/cus_1/void", {})[0] in (404, 422)
    larger = refused(f"/programmes/club/holds/{placed}/capture", {"amount": 11})
    assert (larger[0], "10" in larger[1]["detail"]) == (409, True)
    assert refused(here, {"amount": 5}, who="analysis")[0] == 403
    assert spendable(ask, club[0]) == before - 10
    assert refused(f"/programmes/club/holds/{placed}/void", {}, "w-3")[0] == 200
    assert spendable(ask, club[0]) == before


def test_of_many_clients_that_capture_or_void_one_hold_one_wins(ask, club):
    before = spendable(ask, club[0])
    placed = ask("loyalty", "POST", f"{club[0]}/holds", json={"amount": 40}, headers=once("m-1")).json()[
        "hold"
    ]

    def resolve(number):
        deed = ("capture", "void")[number % 2]
        path = f"/programmes/club/holds/{placed}/{deed}"
        return deed, ask("loyalty", "POST", path, json={}, headers=once(f"m-{deed}-{number}")).status_code

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(resolve, range(8)))

    won = [deed for deed, status in answers if status == 200]
    assert (len(won), {status for _, status in answers}) == (1, {200, 409})
    assert spendable(ask, club[0]) == before - (40 if won == ["capture"] else 0)
