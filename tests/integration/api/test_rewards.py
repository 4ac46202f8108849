"""Rewards and voucher codes by the API: set up, redeemed, used at the till, given back, and guessed at."""

from regulars import definitions, loyalty, offers
from regulars.access import SYSTEM
from regulars.jobs import Worker
from regulars.kernel import parse_public_id


def publish(app, kind, key, body):
    with app.database.transaction() as tx:
        at = app.now(tx)
        definitions.save_draft(tx, SYSTEM, kind, key, body, at=at)
        definitions.publish(tx, SYSTEM, kind, key, at=at)


def once(key):
    return {"Idempotency-Key": key}


def test_points_become_a_code_that_two_tills_cannot_both_use(shop, ask):
    customer = shop.customers[0]
    member = f"/programmes/club/members/{customer}"
    with shop.app.database.transaction() as tx:
        at = shop.app.now(tx)
        number = parse_public_id("cus", customer)
        loyalty.enrol(tx, "club", number, at=at)
        loyalty.adjust(tx, "club", number, 1000, key="gift", at=at, reason="test", actor="Ada")

    before = ask("loyalty", "GET", member).json()["spendable"]
    choice = ask("low", "GET", f"{member}/rewards").json()["items"][0]
    assert (choice["key"], choice["points"], choice["can_have"]) == ("voucher", 200, True)
    body = {"reward": "voucher"}
    made = ask("low", "POST", f"{member}/redemptions", json=body, headers=once("r-1"))
    again = ask("low", "POST", f"{member}/redemptions", json=body, headers=once("r-1"))
    assert made.status_code == 201, made.text
    assert again.json() == made.json()
    other = ask("low", "POST", f"{member}/redemptions", json={"reward": "mug"}, headers=once("r-1"))
    assert (other.status_code, other.json()["code"]) == (409, "rewards.key_conflict")
    assert "another reward" in other.json()["detail"]
    assert ask("low", "POST", f"{member}/redemptions", json=body).status_code == 422
    assert ask("loyalty", "GET", member).json()["spendable"] == before - 200
    code = made.json()["voucher"]["code"]

    shown = {"code": code.lower(), "customer": customer, "amount_minor": 5320, "order_key": "o-1"}
    checked = ask("low", "POST", "/vouchers/checks", json=shown).json()
    assert (checked["usable"], checked["given"]["minor"]) == (True, 500)
    reserved = ask(
        "low", "POST", "/vouchers/reservations", json={"code": code, "order_key": "o-1"}, headers=once("h")
    )
    assert reserved.status_code == 201, reserved.text
    elsewhere = ask(
        "low",
        "POST",
        "/vouchers/uses",
        json=shown | {"order_key": "o-2", "customer": None},
        headers=once("u-0"),
    )
    assert (elsewhere.status_code, elsewhere.json()["findings"][0]["code"]) == (409, "reserved")
    used = ask("low", "POST", "/vouchers/uses", json=shown, headers=once("u-1"))
    assert used.status_code == 201, used.text
    assert ask("low", "POST", "/vouchers/uses", json=shown, headers=once("u-1")).json() == used.json()
    second = ask("low", "POST", "/vouchers/uses", json=shown, headers=once("u-2"))
    assert (second.status_code, second.json()["findings"][0]["code"]) == (409, "used_up")
    released = ask("low", "DELETE", f"/vouchers/reservations/{reserved.json()['reservation']}")
    assert released.status_code == 409
    cancel = f"/redemptions/{made.json()['id']}/state"
    refused = ask("loyalty", "POST", cancel, json={"state": "cancelled"})
    assert (refused.status_code, refused.json()["code"]) == (409, "offers.not_usable")
    back = ask("low", "POST", f"/vouchers/uses/{used.json()['use']}/cancellation", json={}, headers=once("b"))
    assert (back.json()["whole"], back.json()["given_back"]["minor"]) == (True, 500)
    assert ask("low", "POST", cancel, json={"state": "cancelled"}).status_code == 403
    cancelled = ask("loyalty", "POST", cancel, json={"state": "cancelled", "note": "Sent back"})
    assert cancelled.json()["state"] == "cancelled", cancelled.text
    assert ask("loyalty", "GET", member).json()["spendable"] == before
    assert ask("loyalty", "GET", f"/customers/{customer}/vouchers").json()["items"][0]["state"] == "cancelled"
    hidden = ask("analysis", "GET", f"/customers/{customer}/vouchers").json()["items"][0]
    assert (hidden["code"], hidden["ending"]) == (None, code[-4:])


def test_codes_are_made_by_a_job_uploaded_withdrawn_and_listed(shop, ask):
    publish(shop.app, offers.POOL, "card", offers.gift_card("USD"))
    publish(shop.app, offers.POOL, "own", offers.welcome_code("USD"))
    asked = {"count": 1200, "printed": True}
    job = ask("loyalty", "POST", "/voucher-pools/card/codes", json=asked, headers=once("g"))
    assert job.status_code == 202, job.text
    assert (
        ask("loyalty", "POST", "/voucher-pools/card/codes", json=asked, headers=once("g")).json()["id"]
        == job.json()["id"]
    )
    Worker(shop.app.database, shop.app.jobs).run_waiting()
    done = ask("loyalty", "GET", f"/jobs/{job.json()['id']}").json()
    assert (done["state"], done["done"], done["result"]) == ("done", 1200, {"made": 1200})
    pool = ask("analysis", "GET", "/voucher-pools/card").json()
    assert (pool["issued"], pool["owed"]["minor"]) == (1200, 1200 * 5000)
    first = ask("loyalty", "GET", "/voucher-pools/card/codes", params={"limit": 1}).json()
    assert first["next"]
    card = first["items"][0]
    paid = {"code": card["code"], "amount_minor": 6000}
    assert ask("low", "POST", "/vouchers/uses", json=paid, headers=once("p-1")).status_code == 409
    used = ask("low", "POST", "/vouchers/uses", json=paid | {"up_to": True}, headers=once("p-2")).json()
    assert (used["given"]["minor"], used["balance"]["minor"]) == (5000, 0)
    part = ask(
        "low",
        "POST",
        f"/vouchers/uses/{used['use']}/cancellation",
        json={"amount_minor": 1500},
        headers=once("c"),
    )
    assert part.json()["whole"] is False
    assert ask("low", "GET", f"/voucher-codes/{card['id']}").json()["voucher"]["balance"]["minor"] == 1500
    owed = ask("finance", "GET", "/gift-card-liability").json()["items"][0]
    assert owed["owed"]["minor"] == owed["loaded"]["minor"] - 3500
    assert (
        ask("loyalty", "POST", f"/voucher-codes/{card['id']}/cancellation", json={}).json()["state"]
        == "cancelled"
    )
    up = ask("loyalty", "POST", "/voucher-pools/own/uploads", json={"codes": ["SUMMER-2025", "summer 2025"]})
    assert up.json() == {"added": 1, "repeated": 1, "weak": 0}
    issued = ask("loyalty", "POST", "/voucher-pools/own/issues", json={}, headers=once("i"))
    assert issued.json()["code"] == "SUMMER-2025"
    empty = ask("loyalty", "POST", "/voucher-pools/own/issues", json={}, headers=once("j"))
    assert (empty.status_code, empty.json()["code"]) == (409, "offers.no_codes_left")
    assert ask("low", "POST", "/voucher-pools/own/uploads", json={"codes": ["AAAA-2025"]}).status_code == 403


def test_who_guesses_codes_is_stopped_after_sixty(shop, ask):
    publish(shop.app, offers.POOL, "guessed", offers.five_off("USD"))
    # Of another function: not even a guess.
    assert ask("applies", "POST", "/vouchers/checks", json={"code": "GUESS-1"}).status_code == 403

    found = [
        ask("low", "POST", "/vouchers/checks", json={"code": f"GUESS-{n:04}"}).status_code for n in range(61)
    ]

    assert found == [404] * 60 + [429]
