"""What the API answers, address by address, where the description alone does not say it."""

import base64
import contextlib
import logging

import pytest
from anyio import to_thread

from regulars import access, audit, loyalty
from regulars.access import PERMISSIONS
from regulars.api import specification
from regulars.kernel import CallerError, parse_public_id
from tests.integration.api.shop import CUSTOMERS, PASSWORD

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def member(shop):
    return f"/programmes/club/members/{shop.customers[0]}"


@pytest.fixture
def session(shop, client):
    """A person of administration at the console: the headers a page of ours sends."""
    now, app = shop.app.wall.now(), shop.app
    with app.database.transaction() as tx:
        at = app.now(tx)
    made = access.sign_in(
        app.database,
        email="administration@shop.example",
        password=PASSWORD,
        address="192.0.2.1",
        agent="Firefox",
        at=at,
        now=now,
    )
    client.cookies.set("regulars-main", made.token)
    yield {"X-CSRF-Token": made.session.csrf, "Origin": "http://127.0.0.1:8642"}
    client.cookies.clear()


def test_every_address_names_a_permission_of_the_table():
    for path, operations in specification().openapi()["paths"].items():
        for method, operation in operations.items():
            if path != "/ready":
                assert operation["x-permission"] in PERMISSIONS, f"{method} {path}"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "access.no_credentials"),
        ({"Authorization": "Basic YTpi"}, "access.no_credentials"),
        ({"Authorization": "Bearer rk_1_0000"}, "access.wrong_key"),
        ({"Authorization": "Bearer " + "x" * 5000}, "access.wrong_key"),
    ],
)
def test_without_a_good_key_nothing_is_told(client, headers, code):
    answer = client.get("/api/v1/customers", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"


def test_who_may_not_is_told_why(ask):
    answer = ask("low", "GET", "/audit")

    assert answer.status_code == 403
    assert answer.json()["code"] == "access.not_allowed"
    assert answer.json()["detail"].startswith("Only ")


def test_a_tracking_key_only_sends_events_in(ask):
    assert ask("tracking", "GET", "/customers").status_code == 403


def test_contact_details_are_masked_by_function(shop, ask):
    path = f"/customers/{shop.customers[0]}"

    assert "…" in ask("marketing", "GET", path).json()["email"]
    assert ask("low", "GET", path).json()["email"].endswith("@shop.invalid")
    for page in ("", "/timeline", "/segments"):
        assert "@shop.invalid" not in ask("marketing", "GET", path + page).text


def test_pages_walk_every_customer_once(ask):
    seen, cursor = [], ""
    while cursor is not None:
        more = f"&cursor={cursor}" if cursor else ""
        page = ask("marketing", "GET", f"/customers?limit=7{more}").json()
        seen += [one["id"] for one in page["items"]]
        cursor = page["next"]

    assert len(seen) == len(set(seen)) == CUSTOMERS


def test_a_cursor_of_another_list_is_refused(ask):
    cursor = ask("marketing", "GET", "/definitions?limit=1").json()["next"]

    assert ask("marketing", "GET", f"/customers?cursor={cursor}").status_code == 422


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("/customers?q=customer", '["\\u0000", 1]'),
        ("/customers?q=customer", '["\\ud800", 1]'),
        ("/definitions?", '["\\u0000", "a"]'),
        ("/customers?", '[{"t": "2025-03-01"}]'),
        ("/customers?", "[9223372036854775808]"),
        ("/customers?", "{}"),
    ],
)
def test_a_forged_cursor_is_refused(ask, path, parts):
    cursor = base64.urlsafe_b64encode(parts.encode()).decode().rstrip("=")

    assert ask("marketing", "GET", f"{path}&cursor={cursor}").status_code == 422


@pytest.mark.parametrize("instant", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_a_cursor_from_the_edges_of_time_gives_a_page(shop, ask, instant):
    cursor = base64.urlsafe_b64encode(f'[{{"t": "{instant}"}}, 5]'.encode()).decode().rstrip("=")

    for page in ("timeline", "orders"):
        path = f"/customers/{shop.customers[0]}/{page}?cursor={cursor}"
        assert ask("marketing", "GET", path).status_code == 200


def test_a_parameter_that_is_not_taken_is_named(ask):
    found = ask("marketing", "GET", "/customers?limt=7&limit=1&limit=2").json()["findings"]

    assert [(one["path"], one["code"]) for one in found] == [
        ("limt", "query.unknown"),
        ("limit", "query.repeated"),
    ]


@pytest.mark.parametrize("path", ["/customers?q=%00", "/definitions/segment/a%00b", "/segments/%00/members"])
def test_a_null_sign_is_refused_not_broken(ask, path):
    assert ask("marketing", "GET", path).status_code == 422


@pytest.mark.parametrize("body", [b'{"amount": 1, "id": "\\u0000"}', b'{"amount": 1, "id": "\\ud800"}'])
def test_text_that_cannot_be_stored_is_refused(ask, member, body):
    answer = ask("loyalty", "POST", f"{member}/spendings", content=body, headers=JSON)

    assert answer.status_code == 422
    assert answer.json()["findings"][0]["path"] == "id"


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b"{}", {}, 415),
        (b"{", JSON, 422),
        (b"[" * 100_000, JSON, 400),
        (b"\xff", JSON, 400),
        (b" " * 4_000_001, JSON, 413),
        (b'{"amount": 1.0}', JSON, 422),
        (b'{"amount": "1"}', JSON, 422),
        (b'{"amount": true}', JSON, 422),
        (b'{"amount": 1, "id": "a", "colour": "red"}', JSON, 422),
        (b'{"amount": 1}', JSON, 422),
    ],
)
def test_a_body_of_the_wrong_form_is_a_problem(ask, member, content, headers, status):
    answer = ask("loyalty", "POST", f"{member}/spendings", content=content, headers=headers)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_body_without_a_length_is_measured_while_it_comes(ask, member):
    pieces = (b" " * 1_000_000 for _ in range(5))

    assert ask("loyalty", "POST", f"{member}/spendings", content=pieces, headers=JSON).status_code == 413


def test_all_methods_of_an_address_are_allowed(ask):
    answer = ask("loyalty", "PATCH", "/people")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


@pytest.mark.parametrize("path", ["/nothing", "/customers/", "/a%0Ab"])
def test_an_address_that_nobody_has_is_a_problem(ask, path):
    answer = ask("loyalty", "GET", path)

    assert (answer.status_code, answer.json()["code"]) == (404, "http.not_found")


def test_spending_twice_with_one_key_is_once(ask, member):
    before = ask("loyalty", "GET", member).json()["spendable"]
    spend = {"method": "POST", "path": f"{member}/spendings", "headers": {"Idempotency-Key": "till-1"}}

    first = ask("loyalty", json={"amount": 3}, **spend)
    again = ask("loyalty", json={"amount": 3, "id": "till-1"}, **spend)
    other = ask("loyalty", json={"amount": 4}, **spend)

    assert first.status_code == 200
    assert first.json() == again.json()
    assert first.json()["available"] == before - 3
    assert other.status_code == 409
    assert "amount" in other.json()["detail"]


def test_who_moved_points_stands_in_the_audit_once(ask, shop, member):
    spend = {"method": "POST", "path": f"{member}/spendings", "headers": {"Idempotency-Key": "told-once"}}

    made = [ask("loyalty", json={"amount": 1}, **spend).json()["transfer"] for _ in range(2)]

    assert made[0] == made[1]
    with shop.app.database.transaction() as tx:
        told = audit.entries(tx, action="loyalty.spend").items
    assert [entry.after["transfer"] for entry in told if entry.after["transfer"] == made[0]] == made[:1]


def test_approving_points_by_the_api_posts_them_once(ask, shop):
    member = f"/programmes/club/members/{shop.customers[1]}"
    before = ask("loyalty", "GET", f"{member}/balance").json()["active"]
    customer = parse_public_id("cus", shop.customers[1])
    with shop.app.database.transaction() as tx:
        at = shop.app.now(tx)
        lead = next(one for one in access.people(tx) if one.function == "loyalty")
        deed = loyalty.Deed(
            programme="club",
            customer_id=customer,
            kind="give",
            amount=60_000,
            reason="goodwill",
            note="Sorry",
        )
        asked = loyalty.ask_by_hand(tx, access.actor_of(tx, lead.person_id, "console"), deed, key="k", at=at)
        for one in access.people(tx):
            if one.person_id != lead.person_id and access.approval(tx, asked.approval_id).state == "pending":
                with contextlib.suppress(CallerError):
                    access.decide(
                        tx, access.actor_of(tx, one.person_id, "console"), asked.approval_id, "approve", at=at
                    )
        state = access.approval(tx, asked.approval_id).state

    done = [ask("loyalty", "POST", f"/approvals/{asked.public_id}/carry-out") for _ in range(2)]

    assert state == "approved"
    assert [one.status_code for one in done] == [200, 200], done[0].text
    assert ask("loyalty", "GET", f"{member}/balance").json()["active"] == before + 60_000


def test_a_refused_spending_stays_refused(ask, member):
    spend = {"json": {"amount": 40_000, "id": "too-much"}}

    first = ask("loyalty", "POST", f"{member}/spendings", **spend)
    ask("loyalty", "POST", f"{member}/adjustments", json={"amount": 45_000, "id": "gift", "reason": "Sorry"})
    again = ask("loyalty", "POST", f"{member}/spendings", **spend)

    assert (first.status_code, first.json()["code"]) == (409, "loyalty.insufficient_points")
    assert again.json()["detail"] == first.json()["detail"]


def test_a_reversal_gives_back(ask, member):
    before = ask("loyalty", "GET", f"{member}/balance").json()
    made = ask("loyalty", "POST", f"{member}/spendings", json={"amount": 2, "id": "back-1"}).json()
    path = f"/programmes/club/transfers/{made['transfer']}/reversal"

    back = ask("loyalty", "POST", path, json={"reason": "Returned", "id": "back-2"})

    assert back.status_code == 200
    assert ask("loyalty", "GET", f"{member}/balance").json()["active"] == before["active"]
    line = ask("loyalty", "GET", f"{member}/statement?limit=1").json()["items"][0]
    assert line["kind"] == "reversal"
    assert ask("loyalty", "GET", "/programmes/club/trial-balance").json()["total"] == 0


def test_an_adjustment_above_the_limit_is_not_made(ask, member):
    asked = {"amount": 60_000, "id": "large", "reason": "A gift"}

    assert ask("loyalty", "POST", f"{member}/adjustments", json=asked).status_code == 403
    assert ask("marketing", "POST", f"{member}/adjustments", json=asked).status_code == 403


def test_two_ids_that_differ_are_refused(ask, member):
    answer = ask(
        "loyalty",
        "POST",
        f"{member}/spendings",
        json={"amount": 1, "id": "a"},
        headers={"Idempotency-Key": "b"},
    )

    assert answer.json()["findings"][0]["code"] == "key.two"


def test_a_draft_is_saved_under_its_etag(ask):
    path = "/definitions/segment/etagged"
    body = {"name": "Buyers", "condition": {"is": "order_count", "at_least": 1}}
    found = ask("marketing", "GET", "/definitions/segment/never").status_code
    kinds = {one["name"] for one in ask("marketing", "GET", "/kinds").json()["items"]}
    live = ask("marketing", "GET", "/definitions/segment/lapsed").json()["body"]

    new = ask("marketing", "PUT", f"{path}/draft", json={"body": live | {"name": "One"}})
    etag = new.headers["etag"]
    blind = ask("marketing", "PUT", f"{path}/draft", json={"body": live | {"name": "Blind"}})
    second = ask(
        "marketing", "PUT", f"{path}/draft", json={"body": live | {"name": "Two"}}, headers={"If-Match": etag}
    )
    late = ask(
        "marketing",
        "PUT",
        f"{path}/draft",
        json={"body": live | {"name": "Late"}},
        headers={"If-Match": etag},
    )
    same = ask("marketing", "GET", path, headers={"If-None-Match": second.headers["etag"]})

    assert (found, "segment" in kinds, body["name"]) == (404, True, "Buyers")
    assert [r.status_code for r in (new, blind, second, late, same)] == [200, 409, 200, 412, 304]
    assert {"path": "name", "theirs": "Two", "yours": "Late"} in late.json()["difference"]


def test_what_breaks_the_kinds_rules_is_said_at_its_place(ask):
    answer = ask("marketing", "PUT", "/definitions/segment/wrong/draft", json={"body": {"colour": "red"}})

    assert answer.status_code == 422
    assert {"colour", "name"} <= {one["path"] for one in answer.json()["findings"]}


def test_above_ones_level_publishing_becomes_a_request_that_a_person_decides(ask, client, session):
    live = ask("marketing", "GET", "/definitions/segment/lapsed").json()["body"]
    path = "/definitions/segment/asked-for"
    etag = ask("applies", "PUT", f"{path}/draft", json={"body": live}).headers["etag"]

    asked = ask("applies", "POST", f"{path}/publish", json={"note": "Please"}, headers={"If-Match": etag})
    approval = asked.json()["approval"]
    by_program = ask("marketing", "POST", f"/approvals/{approval}/decision", json={"verdict": "approve"})

    assert asked.status_code == 202
    assert asked.headers["location"] == f"/api/v1/approvals/{approval}"
    assert by_program.status_code == 403
    assert ask("marketing", "GET", f"/approvals/{approval}").json()["state"] == "pending"


def test_by_the_consoles_session_one_looks_and_changes_only_with_its_token(client, session):
    new = {"name": "Another till", "level": 3, "function": "loyalty"}

    seen = client.get("/api/v1/me")
    bare = client.post("/api/v1/keys", json=new)
    foreign = client.post("/api/v1/keys", json=new, headers=session | {"Origin": "https://evil.example"})
    made = client.post("/api/v1/keys", json=new, headers=session)

    assert seen.json()["csrf"] == session["X-CSRF-Token"]
    assert [bare.json()["code"], foreign.json()["code"]] == [
        "access.wrong_csrf_token",
        "access.foreign_origin",
    ]
    assert made.status_code == 201
    used = client.get("/api/v1/me", headers={"Authorization": f"Bearer {made.json()['text']}"})
    assert used.json()["name"] == "Another till"
    assert made.json()["text"] not in client.get("/api/v1/keys").text
    ended = client.delete(f"/api/v1/keys/{made.json()['id']}", headers=session)
    assert ended.json()["revoked_at"]


def test_a_key_makes_no_keys(ask):
    answer = ask("administration", "POST", "/keys", json={"name": "x", "level": 1, "function": "loyalty"})

    assert answer.status_code == 403


def test_values_of_the_audit_are_for_few(ask):
    seen = ask("administration", "GET", "/audit?action=definitions.published&limit=1").json()["items"][0]
    hidden = ask("marketing", "GET", "/audit?action=definitions.published&limit=1").json()["items"][0]

    assert seen["values_shown"] and seen["after"]
    assert not hidden["values_shown"] and hidden["after"] is None


def test_a_reader_is_paused_and_resumed_on_the_record(ask):
    paused = ask("engineering", "POST", "/readers/loyalty/pause").json()
    resumed = ask("engineering", "POST", "/readers/loyalty/resume").json()
    told = ask("administration", "GET", "/audit?subject_kind=reader").json()["items"]

    assert (paused["paused"], resumed["paused"]) == (True, False)
    assert [one["action"] for one in told[:2]] == ["readers.resume", "readers.pause"]


def test_advancing_the_clock_is_one_job(ask):
    first = ask("marketing", "POST", "/clock/advance", json={"days": 1})
    again = ask("marketing", "POST", "/clock/advance", json={"days": 1})

    assert first.status_code == again.status_code == 202
    assert first.json()["id"] == again.json()["id"]
    assert first.headers["location"] == f"/api/v1/jobs/{first.json()['id']}"
    assert ask("engineering", "POST", f"/jobs/{first.json()['id']}/cancel").json()["state"] == "cancelled"


def test_files_that_were_exported_differ_in_nothing(ask):
    files = ask("marketing", "GET", "/definition-files").json()["files"]
    key = "template/we-miss-you.yaml"
    changed = files | {key: files[key].replace("subject:", "subject: ").replace("We miss you", "Hello")}

    same = ask("marketing", "POST", "/definition-files/diff", json={"files": files})
    tried = ask("marketing", "POST", "/definition-files/apply", json={"files": changed, "dry_run": True})
    outside = ask("marketing", "POST", "/definition-files/diff", json={"files": {"../../etc/x.yaml": ""}})

    assert same.json()["changes"] == []
    assert tried.status_code == 200
    assert outside.status_code == 422


def test_a_message_is_shown_as_it_left(ask):
    sends = ask("marketing", "GET", "/campaigns/win-back/messages?state=sent&limit=1").json()["items"]
    shown = ask("marketing", "GET", f"/messages/{sends[0]['id']}").json()

    assert shown["text_body"]
    assert "…" in shown["address"]
    assert "…" in shown["headers"]["To"]


def test_what_nobody_expected_has_a_reference_and_tells_nothing(shop, ask, caplog):
    def renamed(before: str, after: str) -> None:
        with shop.app.database.transaction() as tx:
            tx.execute(f"alter table experiments.{before} rename to {after}")

    renamed("readout", "hidden_away")
    try:
        with caplog.at_level(logging.ERROR):
            answer = ask("marketing", "GET", "/experiments")
    finally:
        renamed("hidden_away", "readout")

    assert answer.status_code == 500
    assert answer.json()["reference"] in caplog.text
    assert "readout" not in answer.text
    assert "relation" not in answer.text


def test_answers_stay_out_of_shared_caches(ask, client):
    assert ask("marketing", "GET", "/customers").headers["cache-control"] == "no-store"
    assert client.get("/api/v1/customers").headers["cache-control"] == "no-store"
    tagged = ask("marketing", "GET", "/definitions/segment/lapsed")
    assert tagged.headers["cache-control"] == "private, no-cache"


def test_every_body_has_an_example_in_the_description():
    for path, operations in specification().openapi()["paths"].items():
        for method, operation in operations.items():
            done = [body for status, body in operation["responses"].items() if status.startswith("2")]
            for body in [*done, operation.get("requestBody", {"content": {}})]:
                assert all("example" in media for media in body["content"].values()), f"{method} {path}"


def test_there_are_as_many_route_threads_as_connections(shop, client):
    def tokens() -> float:
        return to_thread.current_default_thread_limiter().total_tokens

    assert client.portal.call(tokens) == shop.app.settings.connections


def test_health_asks_nobody(shop, client):
    shop.app.catch_up(shop.app.wall.now())
    assert client.get("/health").json() == {"status": "ok"}
    assert client.get("/api/v1/ready").json() == {"status": "ok", "settled": True}
