"""Rejects, sources and discovered events over the API."""

import json

import pytest

from regulars import log
from regulars.kernel import public_id
from regulars.log import NewReject

MESSAGE = {"type": "track", "userId": "customer-9", "properties": {"email": "jane.doe@example.com", "n": 1}}


def refuse(shop, *messages, source="web", stage="intake"):
    with shop.app.database.transaction() as tx:
        log.refuse(
            tx,
            [
                NewReject(
                    source=source,
                    stage=stage,
                    code="events.no_name",
                    reason="The event's name is missing.",
                    path="event",
                    payload=json.dumps(one),
                    message_id=one.get("messageId"),
                )
                for one in messages
            ],
        )
        return [public_id("rej", one.reject_id) for one in reversed(log.rejects(tx, limit=len(messages)))]


def test_a_reject_is_listed_counted_and_read_with_its_place(shop, ask):
    [number] = refuse(shop, MESSAGE | {"messageId": "a1"}, source="list")

    [listed] = ask("engineering", "GET", "/rejects?source=list&state=open").json()["items"]
    counts = ask("engineering", "GET", "/rejects/counts").json()["items"]
    whole = ask("privacy", "GET", f"/rejects/{number}").json()

    assert (listed["id"], listed["path"], listed["code"], listed["state"]) == (
        number, "event", "events.no_name", "open",
    )  # fmt: skip
    assert "payload" not in listed
    assert {"source": "list", "code": "events.no_name", "rejects": 1}.items() <= next(
        one for one in counts if one["source"] == "list"
    ).items()
    assert json.loads(whole["payload"])["properties"]["email"] == "jane.doe@example.com"


def test_contacts_in_a_payload_are_masked_and_stay_as_they_came_when_it_is_mended(shop, ask):
    [number] = refuse(shop, MESSAGE | {"messageId": "mask-1"}, source="mask")

    shown = ask("engineering", "GET", f"/rejects/{number}").json()["payload"]
    assert "jane" not in shown
    corrected = json.loads(shown) | {"event": "Tea Ordered"}
    done = ask("engineering", "POST", f"/rejects/{number}/mend", json={"payload": json.dumps(corrected)})

    assert (done.status_code, done.json()["state"]) == (200, "mended")
    shop.app.catch_up(shop.app.wall.now())
    with shop.app.database.transaction() as tx:
        kept = tx.execute("select name, properties from log.event where message_id = 'mask-1'").fetchall()
    assert kept == [("Tea Ordered", MESSAGE["properties"])]


def test_what_is_still_wrong_is_told_with_its_place_and_changes_nothing(shop, ask):
    [number] = refuse(shop, MESSAGE | {"messageId": "b1"}, source="wrong")

    answer = ask("engineering", "POST", f"/rejects/{number}/mend", json={"payload": json.dumps(MESSAGE)})

    assert answer.status_code == 422
    assert answer.json()["findings"][0]["path"] == "event"
    assert ask("engineering", "GET", f"/rejects/{number}").json()["state"] == "open"


def test_a_replay_that_fails_says_the_newest_reason_and_a_dismissed_one_stays_so(shop, ask):
    [number] = refuse(shop, MESSAGE | {"userId": None, "messageId": "c1", "event": "Tea"}, source="again")

    replayed = ask("engineering", "POST", f"/rejects/{number}/replay").json()
    dismissed = ask("engineering", "POST", f"/rejects/{number}/dismiss").json()

    assert (replayed["state"], replayed["code"], replayed["attempts"]) == ("open", "events.nobody", 1)
    assert dismissed["state"] == "dismissed"
    assert ask("engineering", "POST", f"/rejects/{number}/replay").status_code == 409


def test_many_are_tried_again_as_a_job(shop, ask):
    refuse(shop, *(MESSAGE | {"messageId": f"job-{n}", "event": "Tea"} for n in range(3)), source="many")

    answer = ask("engineering", "POST", "/reject-replays", json={"source": "many"})

    assert (answer.status_code, answer.json()["name"]) == (202, "rejects.replay")
    assert answer.json()["args"]["source"] == "many"


def test_pages_follow_each_other(shop, ask):
    numbers = refuse(shop, *(MESSAGE | {"messageId": f"page-{n}"} for n in range(5)), source="pages")

    first = ask("engineering", "GET", "/rejects?source=pages&limit=3").json()
    rest = ask("engineering", "GET", f"/rejects?source=pages&limit=3&cursor={first['next']}").json()

    assert [one["id"] for one in (*first["items"], *rest["items"])] == numbers[::-1]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("who", "method", "path", "status"),
    [
        ("low", "GET", "/rejects", 403),
        ("low", "GET", "/sources", 403),
        ("low", "GET", "/tracked-events", 403),
        ("privacy", "GET", "/rejects", 200),
        ("privacy", "POST", "/rejects/rej_1/replay", 403),
        ("finance", "POST", "/rejects/rej_1/dismiss", 403),
        ("engineering", "GET", "/rejects/rej_zzzzz", 404),
        ("engineering", "GET", "/sources/nowhere", 404),
    ],
)
def test_who_may_not_is_told_so(shop, ask, who, method, path, status):
    assert ask(who, method, path).status_code == status


def test_sources_and_what_arrives_stand_side_by_side(shop, ask):
    refuse(shop, MESSAGE | {"messageId": "s1"}, source="only-rejects")

    sources = {one["key"]: one for one in ask("engineering", "GET", "/sources").json()["items"]}
    [order] = ask("engineering", "GET", "/tracked-events?name=Order%20Completed").json()["items"]

    assert sources["only-rejects"]["rejects_open"] == 1
    assert order["events"] > 0
    assert order["planned"] is False
    total = next(one for one in order["properties"] if one["name"] == "total")
    assert total["seen"][0]["type"] == "number"
    source = order["sources"][0]
    assert ask("engineering", "GET", f"/sources/{source}").json()["events"] >= order["events"]
