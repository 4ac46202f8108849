"""Another system that fails in every way: tried again by the schedule, held up by nobody, stopped at last."""

import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from time import monotonic

import pytest

from regulars import webhooks
from regulars.access import SYSTEM
from regulars.app import App
from regulars.webhooks import SCHEDULE, StandsSoAlready
from tests.integration.webhooks.company import happen, open_company, order, sent, tell
from tests.integration.webhooks.receiver import Answer, Handler, Receiver


def ahead(app: App, by: timedelta) -> None:
    app.wall.by += by  # type: ignore[attr-defined]


def test_a_failure_is_tried_again_by_the_schedule_and_kept_when_it_was_the_last(
    app: App, receiver: Receiver
) -> None:
    secret = tell(app, "shop", receiver.url())
    receiver.answer = lambda _got: Answer(status=500, body=b"\x00no\xff" + b"x" * 3_000)
    happen(app, order(1))
    deliverer = app.deliverer()

    for number, pause in enumerate(SCHEDULE[1:], 1):
        before = app.wall.now()
        deliverer.run_dry()
        (one,) = sent(app)
        assert (one.state, one.attempts, one.status) == ("waiting", number, 500)
        assert abs((one.due_at - before) / pause - 1) < 0.1 + 2 / pause.total_seconds()
        if number == 1:
            assert receiver.got[0].verified(secret)
        ahead(app, one.due_at - app.wall.now())
        if number == len(SCHEDULE) - 1:  # Nothing got through for three days: not yet reason to stop.
            assert endpoint(app).state == "active"
    deliverer.run_dry()

    (one,) = sent(app)
    assert (one.state, one.attempts) == ("failed", 10) and one.ended_at
    assert len({got.id for got in receiver.got}) == 1 and len(receiver.got) == 10
    assert len({got.headers["webhook-timestamp"] for got in receiver.got}) == 10
    with app.database.transaction() as tx:
        attempts = webhooks.attempts(tx, one.delivery_id)
        hours = webhooks.hours(tx, app.wall.now() - timedelta(days=9))
    assert [a.number for a in attempts] == list(range(10, 0, -1))
    assert len(attempts[0].answer) <= 1_024 and attempts[0].answer.startswith("�no�")
    assert sum(hour.failed for hour in hours) == 10

    receiver.answer = lambda _got: Answer()
    now = app.wall.now()
    with app.database.transaction() as tx:
        count = webhooks.replay_failed(
            tx, SYSTEM, "shop", since=now - timedelta(days=9), until=now, at=now, now=now
        )
    deliverer.run_dry()
    assert count == 1 and sent(app)[0].state == "delivered" and sent(app)[0].attempts == 11
    assert receiver.got[-1].id == receiver.got[0].id


def endpoint(app: App, key: str = "shop") -> webhooks.Endpoint:
    with app.database.transaction() as tx:
        found = webhooks.endpoint(tx, key)
    assert found
    return found


def test_every_way_to_fail_is_told_and_none_leads_inside(
    app: App, receiver: Receiver, tmp_path: Path
) -> None:
    answers = {
        "/500": Answer(status=500),
        "/redirect": Answer(status=302, headers={"location": "http://169.254.169.254/latest?token=x"}),
        "/huge": Answer(body=b"y" * 3_000_000),
        "/nothing": Answer(status=204, body=b""),
    }
    receiver.answer = lambda got: answers[got.path]
    closed = "http://127.0.0.1:9/hooks"
    with encrypted(tmp_path) as port:
        allowed = open_company(
            app.database, app.settings.home, receiver.place, "127.0.0.1:9", f"localhost:{port}", wall=app.wall
        )
        for path in answers:
            tell(app, path.strip("/"), receiver.url(path))
        tell(app, "closed", closed)
        tell(app, "inside", "http://169.254.169.254/latest")
        tell(app, "name", "https://no-such-name.invalid/x")
        tell(app, "tls", f"https://localhost:{port}/x")
        happen(app, order(1))
        allowed.deliverer().run_dry()

    told = {
        key: (one.state, one.status, one.reason)
        for key in ("500", "redirect", "huge", "nothing", "closed", "inside", "name", "tls")
        for one in sent(app, key)
    }
    assert told["huge"][:2] == ("delivered", 200) and told["nothing"][:2] == ("delivered", 204)
    assert told["500"] == ("waiting", 500, "It answered 500.")
    assert told["redirect"][:2] == ("waiting", 302) and "token" not in told["redirect"][2]
    assert len(receiver.got) == 4  # The redirect was not followed.
    assert "refused" in told["closed"][2].lower() and "inside a network" in told["inside"][2]
    assert "not known" in told["name"][2] and "certificate" in told["tls"][2].lower()


class encrypted:  # noqa: N801 - reads as what it gives
    """A server whose certificate nobody vouches for; gives its port."""

    def __init__(self, folder: Path) -> None:
        files = {"cert": folder / "cert.pem", "key": folder / "key.pem"}
        made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"]
        made += ["-days", "2", "-keyout", str(files["key"]), "-out", str(files["cert"])]
        subprocess.run(made, check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(files["cert"], files["key"])
        handler = type("Sealed", (Handler,), {"receiver": Receiver()})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.handle_error = lambda *_told: None  # type: ignore[method-assign]
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)

    def __enter__(self) -> int:
        Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self.server.server_port

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


def test_who_hangs_holds_up_nobody_else_and_no_more_than_it_may(app: App, receiver: Receiver) -> None:
    release = Event()
    receiver.answer = lambda got: Answer(wait=release) if got.path == "/slow" else Answer()
    tell(app, "slow", receiver.url("/slow"), at_once=2, timeout_s=1)
    tell(app, "fast", receiver.url("/fast"))
    happen(app, *(order(number, f"u-{number}") for number in range(1, 41)))
    stop, deliverer = Event(), app.deliverer()
    began = monotonic()
    thread = Thread(target=deliverer.run, args=(stop,))
    thread.start()

    receiver.wait_for(40 + 2)
    fast = [got.at - began for got in receiver.got if got.path == "/fast"]
    stop.set()
    thread.join(10)
    release.set()

    assert not thread.is_alive() and len(fast) == 40 and max(fast) < 1.0
    assert sum(got.path == "/slow" for got in receiver.got) <= 4
    slow = sent(app, "slow")
    assert {one.state for one in slow} == {"waiting"} and {one.state for one in sent(app, "fast")} == {
        "delivered"
    }
    assert any("took too long" in one.reason or "timed out" in one.reason for one in slow)


@pytest.mark.parametrize("status", [429, 503])
def test_who_asks_for_a_pause_gets_it(app: App, receiver: Receiver, status: int) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=120), usegmt=True)
    asked = "120" if status == 429 else later
    receiver.answer = lambda _got: Answer(status=status, headers={"retry-after": asked})
    tell(app, "shop", receiver.url(), at_once=1)
    happen(app, *(order(number) for number in range(1, 6)))
    deliverer = app.deliverer()

    deliverer.run_dry()
    assert len(receiver.got) == 1  # The other four were not even tried.
    ahead(app, timedelta(seconds=100))
    deliverer.run_dry()
    assert len(receiver.got) == 1

    receiver.answer = lambda _got: Answer()
    ahead(app, timedelta(seconds=25))
    deliverer.run_dry()
    assert len(receiver.got) == 6 and {one.state for one in sent(app)} == {"delivered"}


def test_who_is_gone_is_not_asked_again_until_somebody_says_so(app: App, receiver: Receiver) -> None:
    receiver.answer = lambda _got: Answer(status=410)
    tell(app, "shop", receiver.url(), at_once=1)
    happen(app, order(1), order(2))
    deliverer = app.deliverer()
    deliverer.run_dry()
    happen(app, order(3))  # Neither it nor the news of the stop is written down for it.
    deliverer.run_dry()

    assert len(receiver.got) == 1 and endpoint(app).state == "gone" and len(sent(app)) == 2
    with app.database.transaction() as tx:
        waiting = "select name, properties from log.fact_event where name like 'regulars.webhooks%'"
        ((_, properties),) = tx.execute(waiting).fetchall()
    assert properties["webhook"] == "shop" and properties["state"] == "gone"

    receiver.answer = lambda _got: Answer()
    ahead(app, timedelta(minutes=1))
    now = app.wall.now()
    with app.database.transaction() as tx:
        webhooks.resume(tx, SYSTEM, "shop", at=now, now=now)
        with pytest.raises(StandsSoAlready, match="already"):
            webhooks.resume(tx, SYSTEM, "shop", at=now, now=now)
    deliverer.run_dry()
    assert {one.state for one in sent(app)} == {"delivered"}


def test_after_days_without_an_answer_it_is_stopped_with_a_notice(app: App, receiver: Receiver) -> None:
    tell(app, "shop", receiver.url())
    receiver.answer = lambda _got: Answer(status=500)
    deliverer = app.deliverer()
    happen(app, order(1))
    deliverer.run_dry()
    ahead(app, timedelta(days=5, minutes=1))
    deliverer.run_dry()
    assert endpoint(app).state == "failing" and "500" in endpoint(app).reason

    happen(app, order(2))
    deliverer.run_dry()
    assert len(receiver.got) == 2 and sent(app)[1].state == "waiting"  # Kept for when it goes on.
    tell(app, "shop", receiver.url("/new"))
    assert endpoint(app).state == "active"


def test_a_paused_one_and_one_without_a_secret_wait(app: App, receiver: Receiver) -> None:
    tell(app, "shop", receiver.url())
    tell(app, "held", receiver.url(), paused=True)
    now = app.wall.now()
    with app.database.transaction() as tx:
        webhooks.pause(tx, SYSTEM, "shop", at=now, now=now)
        tx.execute("delete from connections.secret where name = 'webhook/held'")
    happen(app, order(1))
    deliverer = app.deliverer()
    deliverer.run_dry()
    assert receiver.got == [] and endpoint(app).state == "paused"

    with app.database.transaction() as tx:
        webhooks.resume(tx, SYSTEM, "shop", at=now, now=now)
    deliverer.run_dry()
    assert len(receiver.got) == 1 and sent(app, "held")[0].state == "waiting"

    tell(app, "held", receiver.url())
    with app.database.transaction() as tx:
        tx.execute("delete from connections.secret where name = 'webhook/held'")
    deliverer.run_dry()
    assert "no secret" in endpoint(app, "held").problem and len(receiver.got) == 1
