"""Connections and file drops over the API, and webhooks over HTTP."""

import json
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from regulars import access, connections
from regulars.access import SYSTEM
from regulars.app import App
from regulars.connections import BYTES_MAX
from regulars.web import application
from tests.integration.connections.shop import AT, SECRET, connected, logged, publish, raw_of, sample, signed

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # It would rather have a newer client, which is not needed here.
    from starlette.testclient import TestClient

PATH = "/v1/webhooks/web-shop"


@pytest.fixture
def client(app: App) -> Iterator[TestClient]:
    with TestClient(application(app), base_url="http://127.0.0.1:8642") as made:
        yield made


@pytest.fixture
def key(app: App) -> str:
    with app.database.transaction() as tx:
        made = access.add_person(
            tx, SYSTEM, email="e@example.invalid", name="Eng", level=5, function="engineering", at=AT
        )
        actor = access.actor_of(tx, made.person_id, "console")
        return access.make_key(
            tx, actor, name="Program", kind="api", level=5, function="engineering", at=AT
        ).text


def ask(client: TestClient, key: str, method: str, path: str, **more: Any) -> Any:
    headers = {"Authorization": f"Bearer {key}"}
    return client.request(method, f"/api/v1{path}", headers=headers, **more)


def test_a_delivery_over_http_is_in_the_log_once_it_is_answered(app: App, client: TestClient) -> None:
    connected(app)
    raw = raw_of(sample("shopify-guest"))
    headers = signed(raw, "orders/create")

    first = client.post(PATH, content=raw, headers=headers)
    again = client.post(PATH, content=raw, headers=headers)

    assert first.status_code == again.status_code == 200
    assert (first.json()["outcome"], again.json()["outcome"]) == ("taken", "again")
    assert [event["name"] for event in logged(app)] == ["Order Completed"]


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{}", {}, 401),
        (b"{}", {"x-shopify-hmac-sha256": "AAAA"}, 401),
        (b"x" * (BYTES_MAX + 1), {}, 413),
        (b"webhook_id=12", {}, 200),
        (b"webhook_id=12&x=1", {}, 401),
    ],
)
def test_what_is_not_believed_gets_a_clear_answer(
    app: App, client: TestClient, content: bytes, headers: dict[str, str], status: int
) -> None:
    connected(app)

    answer = client.post(PATH, content=content, headers=headers)

    assert answer.status_code == status and answer.headers["content-type"] == "application/json"
    assert logged(app) == []


def test_a_body_in_pieces_beyond_the_limit_is_cut_off(app: App, client: TestClient) -> None:
    connected(app)

    def pieces() -> Iterator[bytes]:
        for _ in range(BYTES_MAX // 65_536 + 2):
            yield b"x" * 65_536

    assert client.post(PATH, content=pieces()).status_code == 413


def test_other_methods_and_unknown_connections_are_told(app: App, client: TestClient) -> None:
    connected(app)

    assert client.get(PATH).status_code == 405
    for path in (
        "/v1/webhooks/other",
        "/v1/webhooks/",
        "/v1/webhooks/a/b",
        "/v1/webhooks/%00",
        "/v1/webhooks/%ff",
    ):
        assert client.post(path, content=b"{}").status_code == 404, path


def test_a_packed_body_is_no_way_in(app: App, client: TestClient) -> None:
    import gzip

    connected(app)
    bomb = gzip.compress(b"[" * 50_000_000)
    headers = signed(bomb, "orders/create") | {"content-encoding": "gzip"}

    answer = client.post(PATH, content=bomb, headers=headers)

    assert answer.json()["outcome"] == "rejected" and "UTF-8" in answer.json()["reason"]


def test_without_the_database_the_shop_is_asked_to_send_it_again(app: App, client: TestClient) -> None:
    connected(app)
    raw = raw_of(sample("shopify-order"))
    with app.database.transaction() as tx:
        tx.execute("alter table log.inbox rename to gone")

    answer = client.post(PATH, content=raw, headers=signed(raw, "orders/create"))

    assert answer.status_code == 503 and answer.headers["retry-after"]
    with app.database.transaction() as tx:
        tx.execute("alter table log.gone rename to inbox")
        assert connections.tallies(tx, "web-shop") == []


def test_a_connection_over_the_api(app: App, client: TestClient, key: str) -> None:
    publish(app, "web-shop", title="The shop", source="web-shop", shape="shopify")

    told = ask(client, key, "PUT", "/connections/web-shop/secret", json={"secret": SECRET})
    raw = raw_of(sample("shopify-order"))
    client.post(PATH, content=raw, headers=signed(raw, "orders/create"))

    assert told.status_code == 200 and SECRET not in told.text
    one = ask(client, key, "GET", "/connections/web-shop").json()
    assert one["secrets"] == 1 and one["live"] and one["counts"][0]["outcome"] == "taken"
    assert one["address"].endswith(PATH)
    assert ask(client, key, "GET", "/connections").json()["items"][0]["key"] == "web-shop"
    (delivery,) = ask(client, key, "GET", "/connections/web-shop/deliveries").json()["items"]
    assert delivery["outcome"] == "taken" and delivery["events"] == 1
    assert ask(client, key, "DELETE", "/connections/web-shop/secret").json()["secrets"] == 0
    assert ask(client, key, "GET", "/connections/none").status_code == 404


def test_a_payload_is_tried_over_the_api(app: App, client: TestClient, key: str) -> None:
    connected(app)
    body = {"payload": raw_of(sample("shopify-order")).decode(), "topic": "orders/create"}

    good = ask(client, key, "POST", "/connections/web-shop/try", json=body).json()
    broken = body | {"payload": json.dumps({"id": 1})}
    wrong = ask(client, key, "POST", "/connections/web-shop/try", json=broken).json()

    assert good["events"][0]["event"] == "Order Completed" and good["findings"] == []
    assert {one["path"] for one in wrong["findings"]} == {"$.total_price", "$.currency"}
    assert logged(app) == []


def test_a_file_drop_over_the_api(app: App, client: TestClient, key: str) -> None:
    publish(
        app,
        "nightly",
        connections.FILE_DROP,
        title="Nightly",
        place="nightly",
        what="orders",
        source="tills",
    )

    assert ask(client, key, "GET", "/file-drops").json()["items"][0]["title"] == "Nightly"
    assert ask(client, key, "GET", "/file-drops/nightly").json()["live"]
    assert ask(client, key, "GET", "/file-drops/nightly/files").json()["items"] == []
    assert ask(client, key, "POST", "/file-drops/nightly/look").status_code == 202
    assert ask(client, key, "POST", "/file-drops/nightly/files/1/import").status_code == 404
    told = ask(client, key, "PUT", "/file-drops/nightly/secret", json={"secret": "pass-word"})
    assert told.json()["secrets"] == 1 and "pass-word" not in told.text


def test_a_secret_stands_nowhere_in_the_open(app: App, client: TestClient, key: str) -> None:
    connected(app)
    ask(client, key, "PUT", "/connections/web-shop/secret", json={"secret": "very-secret-text"})

    with app.database.transaction() as tx:
        tables = tx.execute(
            "select format('%I.%I', table_schema, table_name) from information_schema.tables "
            "where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')"
        ).fetchall()
        for (table,) in tables:
            found = tx.execute(f"select 1 from {table} t where t::text like '%very-secret%'").fetchall()
            assert found == [], table
    place = app.settings.folder / "secret-key"
    assert place.stat().st_mode & 0o777 == 0o600
    for path in ("/definitions/connection/web-shop", "/audit"):
        assert "very-secret-text" not in ask(client, key, "GET", path).text
