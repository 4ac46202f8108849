"""Traits, groups, views and consents over the API."""

import json

import pytest


@pytest.fixture(scope="module")
def person(shop) -> str:
    return shop.customers[-1]


def settle(shop) -> None:
    with shop.app.database.transaction() as tx:
        at = shop.app.now(tx)
    shop.app.catch_up(at)


def test_a_trait_written_over_the_api_stands_with_who_wrote_it_and_is_masked_by_function(
    shop, ask, person
) -> None:
    told = {"traits": {"plan": "gold", "address": {"street": "1 Long Road"}}}
    answer = ask("marketing", "POST", f"/customers/{person}/traits", json=told)
    settle(shop)

    assert answer.status_code == 202, answer.text
    items = ask("marketing", "GET", f"/customers/{person}/traits").json()["items"]
    found = {one["name"]: one for one in items}
    assert found["plan"]["value"] == "gold"
    assert found["plan"]["origin"] == "hand"
    assert found["address"]["value"] == {"street": "…ad"}
    seen = ask("low", "GET", f"/customers/{person}/traits/history?name=address").json()["items"]
    assert [one["value"] for one in seen] == [{"street": "1 Long Road"}]


@pytest.mark.parametrize(
    "traits", [{}, {"a": "\x00"}, {"a": [{"\ud800": 1}]}, {"a": {"b": {"c": ["x\x00"]}}}]
)
def test_what_cannot_be_kept_is_refused_at_its_place(ask, person, traits) -> None:
    body = json.dumps({"traits": traits})
    headers = {"Content-Type": "application/json"}
    answer = ask("marketing", "POST", f"/customers/{person}/traits", content=body, headers=headers)

    assert answer.status_code == 422


def test_a_group_is_put_joined_listed_and_left(shop, ask, person) -> None:
    at = "/groups/household/h-1"
    assert ask("marketing", "PUT", at, json={"traits": {"name": "The Limas"}}).status_code == 202
    assert ask("marketing", "POST", f"{at}/members", json={"customers": [person]}).status_code == 202
    settle(shop)

    assert ask("marketing", "GET", at).json()["name"] == "The Limas"
    assert [g["key"] for g in ask("marketing", "GET", "/groups?q=LIMA").json()["items"]] == ["h-1"]
    assert [m["customer"] for m in ask("marketing", "GET", f"{at}/members").json()["items"]] == [person]
    assert "h-1" in [g["key"] for g in ask("marketing", "GET", f"/customers/{person}/groups").json()["items"]]

    assert ask("marketing", "DELETE", f"{at}/members/{person}").status_code == 202
    settle(shop)
    left = ask("marketing", "GET", f"/customers/{person}/groups").json()["items"]
    assert "h-1" not in [g["key"] for g in left]


def test_who_may_not_edit_customers_changes_no_group(ask) -> None:
    answer = ask("engineering", "PUT", "/groups/household/h-2", json={"traits": {}})

    assert answer.status_code == 403


def test_a_view_is_saved_replaced_by_its_name_and_deleted(ask) -> None:
    told = {"name": "Mine", "filters": {"stage": "lapsed"}, "columns": ["tier", "trait:plan"]}
    first = ask("marketing", "POST", "/customer-views", json=told)
    again = ask("marketing", "POST", "/customer-views", json={**told, "shared": True})

    assert (first.status_code, again.json()["id"]) == (201, first.json()["id"])
    assert [v["shared"] for v in ask("marketing", "GET", "/customer-views").json()["items"]] == [True]
    assert ask("marketing", "DELETE", f"/customer-views/{first.json()['id']}").status_code == 200
    assert ask("marketing", "GET", "/customer-views").json()["items"] == []
    assert ask("marketing", "POST", "/customer-views", json={"name": " "}).status_code == 422


def test_the_traits_that_are_told_are_listed_with_how_full_they_are(ask) -> None:
    items = ask("marketing", "GET", "/traits").json()["items"]

    assert items
    assert all(0 < one["share"] <= 1 for one in items)
