"""Single messages, the log and a campaign's steering as an application sees them."""


def test_a_message_is_handed_over_looked_up_and_explained(ask, shop):
    to = {"template": "we-miss-you", "to": shop.customers[0], "channel": "recording"}
    body = {**to, "data": {"order": {"number": "1"}}}
    given = ask("marketing", "POST", "/messages", json={**body, "idempotency_key": "one"})
    assert given.status_code == 201, given.text
    assert given.json()["state"] == "queued"
    again = ask("marketing", "POST", "/messages", json=body, headers={"Idempotency-Key": "one"})
    assert (again.json()["id"], again.json()["again"]) == (given.json()["id"], True)

    wrong = ask("marketing", "POST", "/messages", json={**body, "template": "none", "idempotency_key": "two"})
    assert wrong.status_code == 422
    assert "template" in wrong.text
    assert "messages[0]" not in wrong.text
    assert ask("marketing", "POST", "/messages", json=body).status_code == 422  # Without a key.
    other = ask("marketing", "POST", "/messages", json={**body, "data": {}, "idempotency_key": "one"})
    assert other.status_code == 409

    path = f"/messages/{given.json()['id']}"
    with shop.app.database.transaction() as tx:
        at = shop.app.now(tx)
    shop.app.send_single(at)
    found = ask("marketing", "GET", path).json()
    assert found["state"] in ("sent", "skipped")
    assert [one["what"] for one in found["history"]][:2] == ["queued", "checked"]
    assert ask("marketing", "GET", f"{path}/why").json()["checks"]
    listed = ask("marketing", "GET", f"/messages?customer={shop.customers[0]}&source_kind=api").json()[
        "items"
    ]
    assert [one["id"] for one in listed] == [given.json()["id"]]


def test_what_cannot_be_kept_is_refused_at_its_place_and_nothing_is_sent(ask, shop):
    body = {"template": "we-miss-you", "to": shop.customers[1], "channel": "recording"}

    def handed(key, **more):
        return ask("marketing", "POST", "/messages", json={**body, **more, "idempotency_key": key})

    wrong = {
        "nul": {"data": {"note": "a\x00b"}},
        "nul-name": {"data": {"a\x00b": [{"c": 1}]}},
        "deep": {"data": {"list": [{"note": "\x00"}]}},
        "to": {"to": "ada@example.com\r\nBcc: all@example.com"},
        "long": {"data": {"note": "x" * 40_000}},
    }
    for key, more in wrong.items():
        refused = handed(key, **more)
        assert (key, refused.status_code) == (key, 422), refused.text
        assert refused.json()["findings"][0]["path"].startswith(next(iter(more)))
    for raw in ('"\\ud800"', "NaN", "1e999"):
        plain = f'{{"template":"we-miss-you","to":"x","data":{{"n":{raw}}},"idempotency_key":"raw"}}'
        head = {"content-type": "application/json"}
        assert ask("marketing", "POST", "/messages", content=plain, headers=head).status_code == 422
    many = [{**body, "idempotency_key": f"many-{n}"} for n in range(1001)]
    for list_of in ([], many, [many[0], many[0]], [many[0], {**many[1], "to": "nobody"}]):
        assert ask("marketing", "POST", "/messages/batch", json={"messages": list_of}).status_code == 422
    for who in ("low", "analysis", "tracking", "applies"):
        assert ask(who, "POST", "/messages", json={**body, "idempotency_key": "who"}).status_code == 403
    for name in ("reason", "source_kind", "source", "channel"):
        assert ask("marketing", "GET", f"/messages?{name}=a%00b").status_code == 422
    assert ask("administration", "GET", "/deliverability/came-back?channel=%00").status_code == 422
    listed = ask("marketing", "GET", f"/messages?customer={shop.customers[1]}&source_kind=api")
    assert listed.json()["items"] == []


def test_a_campaign_is_watched_and_made_again_by_api(ask):
    seen = ask("marketing", "GET", "/campaigns/win-back/monitor").json()
    assert seen["sent"] > 0
    assert (
        ask("marketing", "POST", "/campaigns/win-back/pause", json={}).status_code == 409
    )  # All of it is sent.
    made = ask("marketing", "POST", "/campaigns/win-back/again", json={"who": "not_clicked"})
    assert made.status_code == 201, made.text
    sheet = ask("marketing", "GET", f"/campaigns/{made.json()['key']}/sheet").json()
    assert sheet["audience"] == seen["sent"]
    assert sheet["get_it"] + sheet["held_out"] + sum(sheet["skipped"].values()) == sheet["audience"]
