"""A client of the real process: from the set-up code over a person's key to points and definitions."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from regulars.definitions import canonical
from regulars.loyalty import points_club

PASSWORD = "seven herons over the mill"


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[tuple[str, str]]:
    """`regulars serve` in a home of its own; gives its address and its set-up code."""
    home: Path = tmp_path_factory.mktemp("served")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: text for name, text in os.environ.items() if not name.startswith("REGULARS_")}
    environment |= {"REGULARS_HOME": str(home / "home"), "REGULARS_PORT": str(port)}
    told = home / "told"
    with told.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "regulars", "serve"], env=environment, stdout=out, stderr=out
        )
    try:
        yield f"http://127.0.0.1:{port}", code_in(told, process)
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0, told.read_text()


def code_in(told: Path, process: subprocess.Popen) -> str:
    for _ in range(600):
        found = re.search(r"/set-up\?code=(\S+)", told.read_text())
        if found:
            return found[1]
        assert process.poll() is None, told.read_text()
        time.sleep(0.1)
    pytest.fail(f"It did not start: {told.read_text()}")


@pytest.fixture(scope="module")
def person(address) -> Iterator[httpx.Client]:
    """The first person, in a browser of theirs: with a session and the token of our pages."""
    url, code = address
    with httpx.Client(base_url=url, headers={"Origin": url}, timeout=30) as browser:
        form = browser.get("/set-up").text
        token = re.search(r'name="csrf_token" value="([^"]+)"', form)
        assert token, form
        entered = browser.post(
            "/set-up",
            data={
                "csrf_token": token[1],
                "code": code,
                "name": "Ada",
                "email": "ada@shop.example",
                "password": PASSWORD,
            },
        )
        assert entered.status_code == 303, entered.text
        browser.headers["X-CSRF-Token"] = browser.get("/api/v1/me").json()["csrf"]
        yield browser


@pytest.fixture(scope="module")
def programs(person, address) -> Iterator[dict[str, httpx.Client]]:
    """Programs by function, each with a key that the person made."""
    made = {}
    for name, level, function in (
        ("loyalty", 7, "loyalty"),
        ("marketing", 7, "marketing"),
        ("assistant", 3, "marketing"),
        ("till", 2, "cashier"),
    ):
        new = {"name": name, "level": level, "function": function}
        text = person.post("/api/v1/keys", json=new).raise_for_status().json()["text"]
        headers = {"Authorization": f"Bearer {text}"}
        made[name] = httpx.Client(base_url=f"{address[0]}/api/v1", headers=headers, timeout=30)
    yield made
    for client in made.values():
        client.close()


def test_only_with_a_key_and_only_what_it_may(address, programs):
    bare = httpx.get(f"{address[0]}/api/v1/customers")
    wrong = httpx.get(f"{address[0]}/api/v1/customers", headers={"Authorization": "Bearer rk_1_no"})

    assert (bare.status_code, wrong.status_code) == (401, 401)
    assert programs["till"].get("/audit").status_code == 403
    assert programs["till"].get("/customers").json() == {"items": [], "next": None}
    assert programs["till"].get("/customers/cus_z8").status_code == 404
    assert programs["till"].get("/nothing").headers["content-type"] == "application/problem+json"


def test_a_programme_is_drafted_published_and_read_with_its_etag(programs):
    loyalty = programs["loyalty"]
    club = canonical(points_club(name="Club", legal_entity="The shop", zone="Europe/Berlin", money="EUR"))
    path = "/definitions/programme/club"

    draft = loyalty.put(f"{path}/draft", json={"body": club})
    etag = draft.headers["etag"]
    renamed = loyalty.put(
        f"{path}/draft", json={"body": club | {"name": "The club"}}, headers={"If-Match": etag}
    )
    stale = loyalty.put(f"{path}/draft", json={"body": club}, headers={"If-Match": etag})
    wrong = loyalty.put(f"{path}/draft", json={"body": {"name": 7}}, headers={"If-Match": etag})
    published = loyalty.post(
        f"{path}/publish", json={"note": "Go"}, headers={"If-Match": renamed.headers["etag"]}
    )
    read = loyalty.get(path)
    unchanged = loyalty.get(path, headers={"If-None-Match": read.headers["etag"]})

    assert [a.status_code for a in (draft, renamed, stale, wrong)] == [200, 200, 412, 422]
    assert stale.json()["difference"] == [{"path": "name", "theirs": "The club", "yours": "Club"}]
    assert (published.status_code, published.json()["outcome"]) == (200, "published")
    assert (read.json()["state"], unchanged.status_code) == ("live", 304)


def test_what_is_above_ones_level_waits_for_a_person(programs, person, address):
    body = {"name": "Everybody", "condition": {"is": "all", "conditions": []}}
    path = "/definitions/segment/everybody"

    programs["assistant"].put(f"{path}/draft", json={"body": body}).raise_for_status()
    asked = programs["assistant"].post(f"{path}/publish", json={})
    by_program = programs["marketing"].post(
        f"/approvals/{asked.json()['approval']}/decision", json={"verdict": "approve"}
    )

    assert (asked.status_code, by_program.status_code) == (202, 403)
    waiting = person.get("/api/v1/approvals?state=pending").json()["items"]
    assert [one["id"] for one in waiting] == [asked.json()["approval"]]


def test_pages_follow_one_another(person):
    seen, cursor = [], ""
    while cursor is not None:
        more = {"cursor": cursor} if cursor else {}
        page = person.get("/api/v1/audit", params={"limit": 3, **more}).raise_for_status().json()
        assert len(page["items"]) <= 3
        seen += [entry["id"] for entry in page["items"]]
        cursor = page["next"]

    assert len(seen) == len(set(seen)) >= 8


def test_the_same_id_is_answered_the_same(programs):
    spend = {"json": {"amount": 10}, "headers": {"Idempotency-Key": "till-1"}}
    path = "/programmes/club/members/cus_z8/spendings"

    assert programs["loyalty"].post(path, **spend).status_code == 404
    assert programs["loyalty"].post(path, json={"amount": 10}).status_code == 422
    assert programs["till"].post(path, **spend).status_code == 403


def test_many_at_once_are_all_answered(programs):
    from concurrent.futures import ThreadPoolExecutor

    def ask(_number: int) -> int:
        return programs["marketing"].get("/customers").status_code

    with ThreadPoolExecutor(24) as pool:
        assert set(pool.map(ask, range(120))) == {200}
