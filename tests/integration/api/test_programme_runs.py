"""Trying a basket, pausing, running again and closing a programme over the API."""

from datetime import timedelta

from regulars import definitions, loyalty
from regulars.access import SYSTEM
from tests.integration.api.shop import CLUB, START, ZONE

BASKET = {
    "money": "USD",
    "lines": [
        {"key": "1", "product": "tea", "total_minor": 4330, "categories": ["Tea"]},
        {"key": "2", "product": "card", "total_minor": 500, "categories": ["Gift cards"]},
        {"key": "3", "product": "post", "total_minor": 490, "categories": ["Delivery"]},
    ],
}


def test_a_programme_is_tried_paused_and_closed(shop, ask):
    place, member = f"/programmes/{CLUB}", shop.customers[0]
    make = loyalty.READY_MADE["points-and-voucher"]
    draft = make(name="Next", legal_entity="The shop", zone=ZONE, money="USD")
    with shop.app.database.transaction() as tx:
        etag = definitions.live(tx, loyalty.PROGRAMME, CLUB).etag
        definitions.save_draft(tx, SYSTEM, loyalty.PROGRAMME, CLUB, draft, at=shop.app.now(tx), etag=etag)

    live = ask("finance", "POST", f"{place}/try", json=BASKET | {"customer": member})
    tried = ask("finance", "POST", f"{place}/try", json=BASKET | {"customer": member, "draft": True})
    stranger = ask("finance", "POST", f"{place}/try", json=BASKET)
    wrong = ask("finance", "POST", f"{place}/try", json=BASKET | {"lines": BASKET["lines"][:1] * 2})

    assert live.status_code == 200, live.text
    assert (live.json()["version"], live.json()["awards"][0]["points"]) == (1, 53)
    assert tried.json()["version"] is None
    [award] = tried.json()["awards"]
    assert [(one["line"], one["figure"], one["factor"], one["points"]) for one in award["parts"]] == [
        ("1", 4330, 100, 43)
    ]
    assert [(one["line"], one["words"]) for one in tried.json()["skipped"]] == [
        ("2", "the category Gift cards earns nothing in this programme"),
        ("3", "the category Delivery earns nothing in this programme"),
    ]
    assert stranger.json()["awards"] == []
    assert stranger.json()["with_joining"][0]["points"] == 53
    assert (wrong.status_code, wrong.json()["findings"][0]["path"]) == (422, "lines")
    assert ask("finance", "POST", "/programmes/none/try", json=BASKET).status_code == 404

    happened = {"event": "Review Written", "properties": {"stars": 5}, "customer": member}
    said = ask("finance", "POST", f"{place}/try-event", json=happened).json()
    assert (said["awards"], said["skipped"][0]["words"]) == ([], "earned by buying, not by an event")

    assert ask("low", "POST", f"{place}/pause", json={}).status_code == 403
    paused = ask("loyalty", "POST", f"{place}/pause", json={"reason": "Counting"})
    assert paused.json()["sentence"].startswith("“Club” is paused")
    assert ask("loyalty", "POST", f"{place}/pause", json={}).status_code == 409
    assert ask("finance", "GET", f"{place}/run").json()["state"] == "paused"
    assert ask("loyalty", "POST", f"{place}/resume", json={}).status_code == 200
    past = {"closing_at": START.isoformat(), "spend_until": "2030-01-01T00:00:00Z"}
    refused = ask("loyalty", "POST", f"{place}/close", json=past)
    assert [one["path"] for one in refused.json()["findings"]] == ["closing_at"]
    until = (START + timedelta(days=900)).isoformat()
    assert ask("loyalty", "POST", f"{place}/close", json={"spend_until": until}).status_code == 200
    run = ask("finance", "GET", f"{place}/run").json()
    assert (run["state"], [one["version"] for one in run["versions"]]) == ("closed", [1])
    said = ask("finance", "POST", f"{place}/try", json=BASKET).json()["skipped"]
    assert [one["code"] for one in said] == ["closed"]
