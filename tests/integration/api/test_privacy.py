"""Copies, erasures, retention and the record over the API."""

import io
import zipfile

import pytest

from regulars.jobs import Worker


@pytest.fixture(scope="module")
def person(shop) -> str:
    return shop.customers[4]


def work(shop) -> None:
    Worker(shop.app.database, shop.app.jobs).run_waiting()


def test_a_copy_is_made_and_fetched_by_who_may(shop, ask, person) -> None:
    assert ask("marketing", "POST", f"/customers/{person}/copies").status_code == 403
    made = ask("privacy", "POST", f"/customers/{person}/copies")
    assert made.status_code == 202, made.text
    at = f"/privacy/copies/{made.json()['id']}"
    assert ask("privacy", "GET", f"{at}/file").status_code == 404

    work(shop)

    assert ask("privacy", "GET", at).json()["state"] == "ready"
    assert ask("marketing", "GET", f"{at}/file").status_code == 403
    with zipfile.ZipFile(io.BytesIO(ask("privacy", "GET", f"{at}/file").content)) as archive:
        assert {"index.html", "data.json"} <= set(archive.namelist())
    assert ask("privacy", "GET", "/privacy/copies").json()["items"][0]["downloads"] == 1


def test_an_erasure_is_asked_for_carried_out_and_certified(shop, ask, person) -> None:
    wanted = {"customer": person}
    assert ask("marketing", "POST", "/privacy/erasures", json=wanted).status_code == 403
    assert ask("privacy", "POST", "/privacy/erasures", json={"customer": "cus_zzz"}).status_code == 404
    assert ask("privacy", "POST", "/privacy/erasures", json=wanted | {"grace_days": 99}).status_code == 422
    begun = ask("privacy", "POST", "/privacy/erasures", json=wanted)
    assert (begun.status_code, begun.json()["state"]) == (202, "waiting"), begun.text
    again = ask("privacy", "POST", "/privacy/erasures", json=wanted)
    assert again.json()["id"] == begun.json()["id"]

    work(shop)

    done = ask("privacy", "GET", f"/privacy/erasures/{begun.json()['id']}").json()
    assert (done["state"], done["problem"]) == ("done", None)
    assert done["counts"]["customers.customer"] >= 0
    assert ask("privacy", "GET", f"/customers/{person}").status_code == 404
    assert ask("privacy", "GET", "/privacy/erasures?state=open").json()["items"] == []
    late = ask("privacy", "POST", f"/privacy/erasures/{done['id']}/decline", json={"reason": "Too late"})
    assert late.status_code == 409


def test_retention_and_the_record_are_told_in_every_form(ask) -> None:
    kept = ask("privacy", "GET", "/privacy/retention").json()
    assert {one["kind"]: one["days"] for one in kept["kinds"]}["messages"] is None
    record = ask("privacy", "GET", "/privacy/record").json()
    assert "Orders" in [one["what"] for one in record["activities"]]
    assert ask("privacy", "GET", "/privacy/record?format=csv").text.startswith("what,why,basis")
    assert "<h1>Record of processing</h1>" in ask("privacy", "GET", "/privacy/record?format=html").text
    assert ask("privacy", "GET", "/privacy/record?format=pdf").status_code == 422
