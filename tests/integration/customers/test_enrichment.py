"""Enrichment from a real HTTP server on this machine."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from regulars import customers, definitions, jobs
from regulars.customers import Enricher
from regulars.db import Database
from regulars.kernel import Invalid
from regulars.outgoing import WayOut
from tests.integration.customers.shop import AT, Shop

ANSWERS: dict[str, tuple[int, Any]] = {
    "/people/a%2Bb%40x.invalid": (200, {"company": {"size": 12}, "tags": [{"name": "vip"}]}),
    "/people/nothing%40x.invalid": (404, {}),
    "/people/broken%40x.invalid": (200, "no JSON"),
}


class Source(BaseHTTPRequestHandler):
    asked: list[tuple[str, str | None]] = []  # noqa: RUF012 - emptied by each test

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers.get("Authorization")))
        status, plain = ANSWERS.get(self.path, (500, {}))
        body = plain.encode() if isinstance(plain, str) else json.dumps(plain).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def source() -> Iterator[str]:
    Source.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Source)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    made = Shop(database)
    yield made
    made.sequencer.close()


def define(shop: Shop, source: str, **more: Any) -> None:
    body = {
        "name": "Firm data",
        "url": f"http://{source}/people/{{email}}",
        "traits": {"company.size": "company_size", "tags[0].name": "tag"},
        "secret_header": "Authorization",
        "expires_days": 30,
        **more,
    }
    shop.publish(customers.ENRICHMENT, "firm", body)


def enricher(shop: Shop, source: str, at: Any = AT, **more: Any) -> Enricher:
    given = {
        "way": WayOut(allow=frozenset({source})),
        "secret": lambda _tx, name: f"secret of {name}",
        **more,
    }
    return Enricher(database=shop.database, now=lambda _tx: at, **given)


def test_a_source_is_asked_with_its_secret_and_its_values_become_traits_that_expire(
    shop: Shop, source: str
) -> None:
    shop.tell(
        shop.identify("1", email="a+b@x.invalid"),
        shop.identify("2", email="nothing@x.invalid"),
        shop.identify("3", email="broken@x.invalid"),
        shop.identify("4", plan="gold"),
    )
    define(shop, source)
    done = enricher(shop, source).run("firm")
    shop.read()

    assert done == {"found": 1, "nothing": 1, "failed": 1, "rests": False}
    assert {told for _, told in Source.asked} == {"Bearer secret of enrichment/firm"}
    assert shop.traits("1") == {"email": "a+b@x.invalid", "company_size": 12, "tag": "vip"}
    with shop.database.transaction() as tx:
        told = {one.name: one for one in customers.told_traits(tx, shop.id("1"))}
        assert told["tag"].words == "added by enrichment (firm)"
        assert told["tag"].expires_at == AT + timedelta(days=30)
        assert customers.enrichment_tally(tx, "firm").asked == 3


def test_nobody_is_asked_for_again_before_it_is_due(shop: Shop, source: str) -> None:
    shop.tell(shop.identify("1", email="a+b@x.invalid"))
    define(shop, source, again_days=10)
    for days in (0, 9, 10):
        enricher(shop, source, AT + timedelta(days=days)).run("firm")

    assert len(Source.asked) == 2


def test_a_source_that_fails_rests_until_tomorrow(shop: Shop, source: str) -> None:
    shop.tell(*(shop.identify(str(n), email=f"{n}@x.invalid") for n in range(9)))
    define(shop, source)

    assert enricher(shop, source).run("firm") == {"found": 0, "nothing": 0, "failed": 3, "rests": True}


def test_no_address_inside_the_network_is_asked(shop: Shop, source: str) -> None:
    shop.tell(shop.identify("1", email="a+b@x.invalid"))
    define(shop, source)
    done = enricher(shop, source, way=WayOut()).run("firm")

    assert (done["failed"], Source.asked) == (1, [])


def test_each_day_one_job_is_asked_for(shop: Shop, source: str) -> None:
    define(shop, source)
    for _ in range(2):
        with shop.database.transaction() as tx:
            assert customers.due_enrichments(tx, AT) == 1

    with shop.database.transaction() as tx:
        assert len(jobs.jobs(tx, name=customers.ENRICH).items) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"url": "ftp://x.example/{id}"},
        {"url": "https://x.example/"},
        {"url": "https://{email}/x"},
        {"url": "https://x.example/{secret}"},
        {"traits": {}},
        {"per_day": 0},
        {"headers": {"x": "a\nb"}},
    ],
)
def test_a_source_that_cannot_be_asked_is_refused(shop: Shop, body: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        define(shop, "x.example", **body)


def test_what_is_published_can_be_read_in_a_sentence(shop: Shop, source: str) -> None:
    define(shop, source)
    with shop.database.transaction() as tx:
        found = definitions.get(tx, customers.ENRICHMENT, "firm")
    assert customers.ENRICHMENT.sentence(found.body) == (
        f"Asks {source} for company_size, tag of up to 1,000 customers a day and forgets it after 30 days"
    )
