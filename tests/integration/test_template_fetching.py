"""What templates fetch while a message is written, of a real server on this machine."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from time import monotonic, sleep

import pytest

from regulars import messaging
from regulars.messaging.ahead import lease
from regulars.outgoing import WayOut
from regulars.templates import BRAND, BRAND_KEY, Abort, Brand, Fetcher, Prepared, Shelf, Template, review
from tests.integration.messaging.given import AT, NAME, add_numbered, end_leases, publish, queue, treat


class Shop(BaseHTTPRequestHandler):
    """Another system: offers, errors, slowness, redirects, and too much."""

    def do_GET(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.server.asked.append((self.command, self.path, self.headers.get("X-Key"), sent))
        status = int(self.path[8:11]) if self.path.startswith("/status/") else 200
        if self.path.startswith("/held"):
            self.server.may_go.wait(20)
        if self.path == "/slow":
            sleep(4)
        self.send_response(302 if self.path == "/away" else status)
        if self.path == "/away":
            self.send_header("Location", "/offers/1")
        self.end_headers()
        said = {"title": "<b>Milk</b> & bread", "all": [1, 2], "path": self.path}
        self.wfile.write(b"x" * 1_500_000 if self.path == "/much" else json.dumps(said).encode())

    do_POST = do_GET  # noqa: N815 - as the server calls it

    def handle(self) -> None:
        with suppress(ConnectionError):
            super().handle()

    def log_message(self, *_told: object) -> None:
        pass


@pytest.fixture
def shop() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    server.daemon_threads = True
    server.asked = []
    server.may_go = Event()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def saying(shop, tag, *, then="", brand=None):
    host = f"127.0.0.1:{shop.server_port}"
    text = tag.replace("HOST", f"http://{host}") + then
    brand = brand or Brand(name="Shop", fetch_hosts=(host,))
    return Prepared(Template(title="a", subject="a", text=text, html=text), Shelf(brand=brand))


def way(shop):
    return WayOut(allow=frozenset({f"127.0.0.1:{shop.server_port}"}))


def test_json_is_saved_with_its_status_and_other_text_is_printed_escaped(shop):
    fetch = Fetcher(way(shop))
    said = saying(
        shop,
        '{% fetch "HOST/offers/{{ customer.id }}" :headers {"X-Key": "k{{ customer.id }}"} :save offer %}',
        then="{{ offer.title }}, {{ offer.all[1] }}, {{ offer.status }}",
    ).render({"customer": {"id": "../ad?min=1#é"}}, fetch=fetch)

    assert said.text == "<b>Milk</b> & bread, 2, 200"
    assert said.html == "&lt;b&gt;Milk&lt;/b&gt; &amp; bread, 2, 200"
    assert shop.asked == [("GET", "/offers/%2E%2E%2Fad%3Fmin%3D1%23%C3%A9", "k../ad?min=1#", "")]


def test_a_body_is_json_whatever_the_values_hold(shop):
    tag = '{% fetch "HOST/ask" :body {"who": "{{ customer.id }}", "n": [1, "{{ points }}"]} :save got %}{{ got.path }}'
    said = saying(shop, tag).render({"customer": {"id": '"},"x":"'}, "points": 5}, fetch=Fetcher(way(shop)))

    assert said.text == "/ask"
    assert [(method, json.loads(sent)) for method, _, _, sent in shop.asked][:1] == [
        ("POST", {"who": '"},"x":"', "n": [1, "5"]})
    ]


def test_what_is_the_same_is_asked_once_until_its_time_is_over(shop):
    clock = Time()
    fetch = Fetcher(way(shop), clock=clock)
    ready = saying(shop, '{% fetch "HOST/offers/1" :cache_max_age 60 :save offer %}')

    for at in (0.0, 59.0, 61.0, 62.0):
        clock.now = at
        ready.render({}, fetch=fetch)
    fetch.forget()
    ready.render({}, fetch=fetch)

    assert len(shop.asked) == 3


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("status/500", "it answered 500"),
        ("away", "it answered 302"),
        ("much", "more than 1,000,000 bytes"),
        ("status/403", "it answered 403"),
    ],
)
def test_a_failure_keeps_the_message_back_with_the_reason_or_is_blank_as_declared(shop, path, why):
    fetch = Fetcher(way(shop))

    with pytest.raises(Abort, match=f"fetch_failed: 127.*{why}"):
        saying(shop, f'{{% fetch "HOST/{path}" %}}').render({}, fetch=fetch)
    blank = saying(shop, f'{{% fetch "HOST/{path}" :save got :on_error blank %}}', then="[{{ got.title }}]")
    assert blank.render({}, fetch=fetch).text == "[]"


def test_what_is_not_there_is_empty_and_does_not_count_as_a_failure(shop):
    ready = saying(shop, '{% fetch "HOST/status/404" :save got %}', then="{{ got.status }}[{{ got.title }}]")

    assert ready.render({}, fetch=Fetcher(way(shop))).text == "404[]"


def test_a_slow_host_costs_two_seconds_a_few_times_and_is_then_left_alone(shop):
    clock = Time()
    fetch = Fetcher(way(shop), clock=clock)
    ready = saying(shop, '{% fetch "HOST/slow" %}')
    began = monotonic()
    with pytest.raises(Abort, match="fetch_failed"):
        ready.render({}, fetch=fetch)
    assert 1.5 < monotonic() - began < 3.5
    bad = saying(shop, '{% fetch "HOST/status/503" %}')
    for _ in range(6):
        with pytest.raises(Abort, match="fetch_failed"):
            bad.render({}, fetch=fetch)

    with pytest.raises(Abort, match="left alone"):
        ready.render({}, fetch=fetch)
    assert len([one for one in shop.asked if one[1] == "/status/503"]) == 4

    clock.now = 31.0
    with pytest.raises(Abort, match="503"):
        bad.render({}, fetch=fetch)


def test_only_hosts_of_the_brand_are_asked_and_never_the_network_inside(shop):
    tag = '{% fetch "HOST/offers/1" %}'
    elsewhere = saying(shop, tag, brand=Brand(name="Shop", fetch_hosts=("api.shop.example",)))
    with pytest.raises(Abort, match="does not allow to fetch from 127"):
        elsewhere.render({}, fetch=Fetcher(way(shop)))
    assert "fetch_hosts" in review(elsewhere.body, elsewhere.shelf)[0].message
    with pytest.raises(Abort, match="inside a network|Port"):
        saying(shop, tag).render({}, fetch=Fetcher(WayOut()))
    with pytest.raises(Abort, match="nothing is fetched here"):
        saying(shop, tag).render({})
    many = saying(shop, '{% for i in (1..11) %}{% fetch "HOST/offers/1" :save x %}{% endfor %}')
    with pytest.raises(Abort, match="at most 10 times"):
        many.render({}, fetch=Fetcher(way(shop)))
    assert len(shop.asked) == 1


@pytest.mark.parametrize(
    ("tag", "told"),
    [
        ("{% fetch %}", "an address in quotes"),
        ("{% fetch traits.url %}", "an address in quotes"),
        ('{% fetch "https://{{ traits.host }}/x" %}', "its host written out"),
        ('{% fetch "https://a.example{{ traits.host }}/x" %}', "its host written out"),
        ('{% fetch "https://me:pw@a.example/{{ tier }}" %}', "its host written out"),
        ('{% fetch "file:///etc/passwd" %}', "its host written out"),
        ('{% fetch "https://a.example/x" :method delete %}', "not 'DELETE'"),
        ('{% fetch "https://a.example/x" :save Offer! %}', "small letters|no :option"),
        ('{% fetch "https://a.example/x" :cache_max_age 99999 %}', "at most 14400"),
        ('{% fetch "https://a.example/x" :on_error retry %}', "abort or blank"),
        ('{% fetch "https://a.example/x" :body {"a": } %}', "no JSON"),
        ('{% fetch "https://a.example/x" :headers {"a": 1} %}', "wants texts"),
        ('{% fetch "https://a.example/x" :redirects 3 %}', "has no :redirects"),
        ('{% fetch "https://a.example/x" save %}', "begin with a colon"),
        ('{% fetch "https://a.example/{{ nobody.has }}" :save x %}{{ x.y }}', "No message has 'nobody.has'"),
        ('{% fetch "https://a.example/x" %}', "does not allow to fetch from a.example"),
    ],
)
def test_a_wrong_tag_is_found_at_review(tag, told):
    messages = [one.message for one in review(Template(title="a", subject="a", text=tag))]
    assert any(re.search(told, one) for one in messages), messages


TWO = (
    '{% fetch "HOST/held/{{ customer.id }}" :body {"who": "{{ customer.id }}"} :save offer %}'
    '{% fetch "HOST/more{{ offer.path }}" :save more %}{{ more.path }} {{ unsubscribe_url }}'
)


def test_no_transaction_is_open_while_a_batch_asks_and_each_is_written_by_its_own_answers(shop, database):
    host = f"127.0.0.1:{shop.server_port}"
    with database.transaction() as tx:
        publish(tx, BRAND, BRAND_KEY, Brand(name="Shop", fetch_hosts=(host,)))
        people = add_numbered(tx, 6)
        body = Template(title="a", subject="a", text=TWO.replace("HOST", f"http://{host}"))
        source = queue(tx, treat(people[:5]) | {people[5]: "held_out"}, body=body)
    sender = messaging.Sender(fetch=Fetcher(way(shop)))

    def states():
        with database.transaction() as tx:
            return dict(tx.execute("select state, count(*) from messaging.send group by state").fetchall())

    sending = Thread(target=messaging.carry_on, args=(database, sender, NAME), kwargs={"at": AT})
    sending.start()
    while not shop.asked:
        sleep(0.01)
    with database.transaction() as tx:
        others = "select count(*) from pg_stat_activity where xact_start is not null and datname = current_database()"
        assert (
            tx.execute(
                others + " and pid <> pg_backend_pid() and backend_type = 'client backend'"
            ).fetchone()[0]
            == 0
        )
        messaging.pause(tx, source, paused=True)
    assert states() == {"claimed": 6}
    shop.may_go.set()
    sending.join()
    assert states() == {"queued": 6}  # Paused meanwhile: nothing left, and they wait as before.

    with database.transaction() as tx:
        messaging.pause(tx, source, paused=False)
        tx.execute("update messaging.send set not_before = '-infinity'")
        # Of a worker that died while it asked: nothing had left, so they wait again once its lease is over.
        lease(
            tx,
            [row[0] for row in tx.execute("select send_id from messaging.send").fetchall()],
            worker="x",
            lease_s=60,
        )
    end_leases(database)
    shop.asked.clear()
    assert messaging.carry_on(database, sender, NAME, at=AT) == 6
    assert states() == {"sent": 5, "held_out": 1}
    said = [(json.loads(sent)["who"], path) for method, path, _, sent in shop.asked if method == "POST"]
    assert sorted(said) == sorted(
        {(who, path) for who, path in said}
    )  # Once for each, and for nobody held out.
    with database.transaction() as tx:
        texts = [row[0] for row in tx.execute("select text_body from messaging.recorded").fetchall()]
    assert sorted(text.split()[0] for text in texts) == sorted(f"/more%2Fheld%2F{who}" for who, _ in said)
    assert len(texts) == 5
