"""Links to the customers' own page by the API: made, followed, withdrawn and audited."""


def test_a_link_is_made_followed_and_withdrawn(shop, client, ask):
    customer = shop.customers[0]
    assert ask("analysis", "POST", f"/customers/{customer}/preferences-link").status_code == 403
    made = ask("loyalty", "POST", f"/customers/{customer}/preferences-link")
    assert made.status_code == 201, made.text
    path = made.json()["url"].partition("/p/")[2]
    assert made.json()["good_until"] > shop.app.wall.now().isoformat()

    page = client.get(f"/p/{path}")
    assert page.status_code == 200
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    left = client.post(f"/p/{path}/unsubscribe", data={"List-Unsubscribe": "One-Click"})
    assert left.status_code == 200
    told = ask("marketing", "GET", "/preferences/figures?weeks=2").json()
    assert told["visits"]["unsubscribed"] == 1
    assert [(one["channel"], one["topic"], one["people"]) for one in told["opt_outs"]] == [("email", "", 1)]

    assert ask("loyalty", "POST", "/preferences/withdraw-links").status_code == 403
    turned = ask("administration", "POST", "/preferences/withdraw-links")
    assert turned.json() == {"generation": 2}
    assert client.get(f"/p/{path}").status_code == 409
    found = ask("administration", "GET", "/audit").json()["items"]
    assert {"preferences.link", "preferences.withdraw_links"} <= {one["action"] for one in found}
