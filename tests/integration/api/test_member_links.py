"""Links to members' own pages by the API: made, followed and audited."""


def test_a_link_to_a_member_page_is_made_and_shows_nothing_of_the_member(shop, client, ask):
    customer = shop.customers[0]
    place = f"/programmes/club/members/{customer}/link"
    assert ask("analysis", "POST", place).status_code == 403
    assert ask("loyalty", "POST", place.replace("club/", "nothing/")).status_code == 404
    made = ask("loyalty", "POST", place)
    assert made.status_code == 201, made.text
    assert made.json()["good_until"] > shop.app.wall.now().isoformat()
    path = made.json()["url"].partition("/m/")[2]
    assert path.endswith("?programme=club")

    page = client.get(f"/m/{path}")
    assert page.status_code == 200
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert page.headers["cache-control"] == "no-store"
    assert "points to spend" not in page.text
    assert client.get("/m/style.css").status_code == 200
    found = ask("administration", "GET", "/audit").json()["items"]
    assert "portal.link" in {one["action"] for one in found}
