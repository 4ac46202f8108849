"""Importing over the API: upload, suggestion, mapping, dry run, run, bad rows, and who may."""

import pytest

from regulars import jobs

CSV = b"Customer ID,E-Mail,Farbe\nimp-1,one@example.com,rot\nimp-2,nonsense,blau\n"


@pytest.fixture
def sent(ask):
    def send(name="people.csv", content=CSV, who="engineering"):
        headers = {"Content-Type": "application/octet-stream"}
        return ask(who, "POST", f"/imports?name={name}", content=content, headers=headers)

    return send


def work(shop):
    jobs.Worker(shop.app.database, shop.app.jobs).run_waiting()


def test_a_file_goes_from_upload_to_mended_rows(shop, ask, sent):
    made = sent()
    assert made.status_code == 201, made.text
    here = f"/imports/{made.json()['id']}"
    suggested = ask("engineering", "GET", f"{here}/suggestion").json()
    assert suggested["mapping"]["columns"] == {
        "Customer ID": "user_id",
        "E-Mail": "email",
        "Farbe": "traits.farbe",
    }
    chosen = ask("engineering", "PUT", f"{here}/mapping", json={"mapping": suggested["mapping"]})
    assert chosen.status_code == 200, chosen.text
    ask("engineering", "POST", f"{here}/check")
    work(shop)
    found = ask("engineering", "GET", here).json()
    assert (found["state"], found["findings"]["good"], found["findings"]["bad"]) == ("checked", 1, 1)
    ask("engineering", "POST", f"{here}/run")
    work(shop)
    done = ask("engineering", "GET", here).json()
    assert (done["state"], done["accepted"], done["bad"], done["job_state"]) == ("done", 1, 1, "done")
    bad = ask("engineering", "GET", f"{here}/bad-rows").json()["items"]
    assert [(row["row"], row["problems"][0]["code"]) for row in bad] == [(3, "email")]
    text = ask("engineering", "GET", f"{here}/bad-rows-file").text
    assert text.splitlines()[1].startswith("3,E-Mail: It is no e-mail address.")
    ask("engineering", "PUT", f"{here}/bad-rows/3", json={"cells": {"E-Mail": "two@example.com"}})
    tried = ask("engineering", "POST", f"{here}/bad-row-tries").json()
    assert tried == {"taken": 1, "still_bad": 0}
    assert ask("engineering", "POST", f"{here}/run").status_code == 409


def test_the_same_file_is_told(sent):
    first, second = (
        sent(content=CSV + b"imp-3,three@example.com,x\n"),
        sent(content=CSV + b"imp-3,three@example.com,x\n"),
    )

    assert first.json()["id"] in second.json()["same_as"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b""),
        ("a.csv", b"\x89PNG\r\n\x1a\n"),
        ("a.xlsx", b"PK\x03\x04"),
        ("a.parquet", b"PAR1xx"),
        ("a.json", b"{"),
    ],
)
def test_what_cannot_be_read_is_a_problem_that_says_why(sent, shop, name, content):
    answer = sent(name, content)

    assert answer.status_code == 422 and answer.json()["code"] == "imports.unreadable"
    assert not list(shop.app.settings.imports.glob("incoming-*"))


def test_a_mapping_with_mistakes_names_them_all(ask, sent):
    here = f"/imports/{sent().json()['id']}"
    body = {"title": "x", "what": "orders", "columns": {"Nope": "order_id", "Farbe": "colour"}}
    answer = ask("engineering", "PUT", f"{here}/mapping", json={"mapping": body})

    assert answer.status_code == 422
    assert len(answer.json()["findings"]) >= 3


def test_who_may_not_import_sends_nothing(sent, shop):
    before = set(shop.app.settings.imports.glob("*")) if shop.app.settings.imports.exists() else set()
    answer = sent(who="privacy")

    assert answer.status_code == 403
    assert set(shop.app.settings.imports.glob("*")) == before
