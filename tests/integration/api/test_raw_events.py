"""All events for another system: who may, what is masked, how it is packed, and how one goes on."""

import json

import pytest

PATH = "/events/raw"


def lines(answer) -> list[dict]:
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.content.splitlines()]


def everything(ask, who: str) -> list[dict]:
    found, after = [], 0
    while True:
        answer = ask(who, "GET", PATH, params={"after": after, "limit": 37})
        found += lines(answer)
        after = int(answer.headers["Regulars-Next"])
        if after == int(answer.headers["Regulars-Head"]):
            return found


def test_page_by_page_it_is_the_log(shop, ask):
    told = everything(ask, "privacy")

    with shop.app.database.transaction() as tx:
        logged = tx.execute(
            "select position, message_id, name, customer_id, properties from log.event order by position"
        ).fetchall()
    assert [(one["position"], one["message_id"], one["name"], one["properties"]) for one in told] == [
        (position, message_id, name, properties) for position, message_id, name, _, properties in logged
    ]
    assert [one["customer"] is None for one in told] == [customer is None for *_, customer, _ in logged]
    first = next(one for one in told if one["name"] == "Order Completed")
    assert first["occurred_at"].endswith("Z") and first["person"] == first["customer"]
    assert first["customer"].startswith("cus_") and first["id"].startswith("evt_")


def test_contact_details_come_for_who_may_see_them(ask):
    seen = [one for one in everything(ask, "privacy") if one["name"] == "identify"]
    masked = [one for one in everything(ask, "engineering") if one["name"] == "identify"]

    assert len(seen) == len(masked) == 24
    assert seen[0]["properties"]["email"].endswith("@shop.invalid")
    assert masked[0]["properties"]["email"] == "c…@s….invalid"
    assert masked[0]["properties"]["name"] == seen[0]["properties"]["name"]


def test_it_is_packed_for_who_takes_that_and_only_for_who_may(shop, client, ask):
    packed = ask("analysis", "GET", PATH, params={"limit": 500}, headers={"Accept-Encoding": "gzip"})
    plain = ask("analysis", "GET", PATH, params={"limit": 500}, headers={"Accept-Encoding": "identity"})

    assert packed.headers["Content-Encoding"] == "gzip" and "Content-Encoding" not in plain.headers
    assert packed.content == plain.content and plain.headers["Content-Type"] == "application/x-ndjson"
    assert int(packed.headers["Content-Length"]) < len(plain.content) / 4
    for who in ("low", "applies", "finance", "tracking"):
        assert ask(who, "GET", PATH).status_code in (401, 403), who


@pytest.mark.parametrize(
    ("params", "path"),
    [
        ({"after": -1}, "after"),
        ({"after": "x"}, "after"),
        ({"limit": 0}, "limit"),
        ({"limit": 10_001}, "limit"),
    ],
)
def test_what_is_asked_wrongly_is_said(ask, params, path):
    answer = ask("privacy", "GET", PATH, params=params)

    assert answer.status_code == 422 and answer.json()["findings"][0]["path"] == path


def test_at_the_head_there_is_nothing_and_beyond_it_neither(ask):
    head = int(ask("privacy", "GET", PATH).headers["Regulars-Head"])

    for after in (head, head + 5):
        answer = ask("privacy", "GET", PATH, params={"after": after})
        assert (answer.content, answer.headers["Regulars-Next"]) == (b"", str(after))
        assert answer.headers["Regulars-Removed"] == "0"


def test_a_ready_statement_is_answered_over_everything(ask):
    names = [one["name"] for one in ask("analysis", "GET", "/lake/statements").json()["items"]]
    answers = {name: ask("analysis", "GET", f"/lake/statements/{name}") for name in names}

    assert {name for name, answer in answers.items() if answer.status_code != 200} == set()
    orders = answers["orders_by_month"].json()
    assert orders["columns"][:3] == ["month", "currency", "orders"] and not orders["cut"]
    assert sum(row[2] for row in orders["rows"]) == 48 and orders["rows"][0][1] == "USD"
    assert answers["points_by_month"].json()["rows"] and answers["messages_by_state"].json()["rows"]
    assert ask("analysis", "GET", "/lake/statements/nothing").status_code == 404
    assert ask("low", "GET", "/lake/statements").status_code == 403


def test_who_asks_in_sql_needs_the_same_and_seeing_contacts_is_audited(shop):
    from regulars.access import NotAllowed
    from regulars.cli.sql import admit

    for who, contacts in (("finance", False), ("engineering", True)):
        with pytest.raises(NotAllowed):
            admit(shop.app, f"{who}@shop.example", contacts=contacts)
    admit(shop.app, "engineering@shop.example", contacts=False)
    admit(shop.app, "privacy@shop.example", contacts=True)
    admit(shop.app, None, contacts=True)

    with shop.app.database.transaction() as tx:
        told = tx.execute(
            "select name from audit.entry inner join audit.actor using (actor_id) "
            "where action = 'events.export' order by 1"
        ).fetchall()
    assert told == [("Ada of privacy",), ("Command line",)]
