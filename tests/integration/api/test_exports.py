"""Exporting over the API: what can be, asking, watching, fetching, and the scheduled ones."""

import csv
import io

from regulars import jobs


def work(shop):
    jobs.Worker(shop.app.database, shop.app.jobs).run_waiting()


def test_a_list_becomes_a_file_that_is_fetched(shop, ask):
    listings = {one["name"]: one for one in ask("marketing", "GET", "/export-listings").json()["items"]}
    assert {"customers", "orders", "events"} <= set(listings) and "audit" in listings
    one = ask("marketing", "GET", "/export-listings/orders").json()
    assert one == listings["orders"] and one["can_tell_what_is_new"]

    wanted = {"listing": "orders", "columns": ["order_key", "total"], "filter": {"status": "open"}}
    asked = ask("marketing", "POST", "/exports", json=wanted)
    assert asked.status_code == 202, asked.text
    here = f"/exports/{asked.json()['id']}"
    assert ask("marketing", "GET", f"{here}/file").status_code == 409
    work(shop)
    done = ask("marketing", "GET", here).json()
    assert (done["state"], done["has_file"], done["contacts"]) == ("done", True, False)
    file = ask("marketing", "GET", f"{here}/file")
    rows = list(csv.DictReader(io.StringIO(file.text, newline="")))

    assert len(rows) == done["rows"] > 0 and list(rows[0]) == ["order_key", "total"]
    assert "attachment" in file.headers["content-disposition"]
    assert ask("low", "GET", f"{here}/file").status_code == 403
    assert ask("marketing", "POST", f"{here}/cancel").status_code == 409
    assert here.rpartition("/")[2] in {
        run["id"] for run in ask("marketing", "GET", "/exports?state=done").json()["items"]
    }


def test_above_ones_level_it_waits_for_an_approval(shop, ask):
    asked = ask("applies", "POST", "/exports", json={"listing": "customers", "format": "parquet"}).json()
    assert asked["state"] == "asked" and asked["approval"]
    said = ask("privacy", "POST", f"/approvals/{asked['approval']}/approve", json={})
    assert said.status_code in (403, 404, 422)  # A key decides nothing.
    assert ask("applies", "GET", f"/exports/{asked['id']}/file").status_code == 409
    assert ask("applies", "POST", f"/exports/{asked['id']}/cancel").json()["state"] == "cancelled"


def test_what_cannot_be_exported_is_said(ask):
    unknown = ask("marketing", "POST", "/exports", json={"listing": "nothing"})
    wrong = ask("marketing", "POST", "/exports", json={"listing": "orders", "filter": {"shoe": "44"}})
    never = ask("low", "POST", "/exports", json={"listing": "orders"})

    assert (unknown.status_code, wrong.status_code, never.status_code) == (404, 422, 403)
    assert wrong.json()["findings"][0]["path"] == "filter.shoe"


def test_a_scheduled_export_is_run_tried_and_listed(shop, ask):
    body = {"title": "Night", "listing": "orders", "place": "night", "every": "daily at 02:30"}
    put = ask("marketing", "PUT", "/definitions/export/night/draft", json={"body": body})
    assert put.status_code in (200, 201), put.text
    assert ask("marketing", "POST", "/definitions/export/night/publish", json={}).status_code == 200
    here = "/scheduled-exports/night"
    assert ask("marketing", "POST", f"{here}/try").json()["sentence"].startswith("A small file")
    run = ask("marketing", "POST", f"{here}/run")
    assert run.status_code == 202, run.text
    work(shop)
    found = ask("marketing", "GET", here).json()
    runs = ask("marketing", "GET", f"{here}/runs").json()["items"]

    assert (found["live"], found["last"]["state"], found["last"]["id"]) == (True, "done", runs[0]["id"])
    assert len(list((shop.app.settings.exports_root / "night").iterdir())) == 1
    assert ask("marketing", "PUT", f"{here}/secret", json={"secret": "a:b"}).status_code == 403
    assert ask("engineering", "PUT", f"{here}/secret", json={"secret": "a:b"}).json()["secrets"] == 1
    assert [one["key"] for one in ask("marketing", "GET", "/scheduled-exports").json()["items"]] == ["night"]
